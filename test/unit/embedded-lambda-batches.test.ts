import { describe, expect, test } from 'vitest'
import { decideFailedItems } from '../../local/aws/lambda/batch-item-failures.ts'
import type { InvocationOutcome } from '../../local/aws/lambda/function-runtime.ts'
import { processStreamRecords, type StreamBatchRules } from '../../local/aws/lambda/stream-batch.ts'
import type { StreamRecord } from '../../local/aws/lambda/streams-client.ts'

const failure = { errorType: 'Error', errorMessage: 'no' }

describe('which items of a batch failed', () => {
  const answers: [title: string, value: unknown, failed: string[]][] = [
    ['no answer', null, []],
    ['an empty object', {}, []],
    ['a null list', { batchItemFailures: null }, []],
    ['an empty list', { batchItemFailures: [] }, []],
    ['one known item', { batchItemFailures: [{ itemIdentifier: 'b' }] }, ['b']],
    ['an item twice', { batchItemFailures: [{ itemIdentifier: 'b' }, { itemIdentifier: 'b' }] }, ['b']],
    ['an empty identifier', { batchItemFailures: [{ itemIdentifier: '' }] }, ['a', 'b', 'c']],
    ['a null identifier', { batchItemFailures: [{ itemIdentifier: null }] }, ['a', 'b', 'c']],
    ['a null item', { batchItemFailures: [null] }, ['a', 'b', 'c']],
    ['another key name', { batchItemFailures: [{ messageId: 'b' }] }, ['a', 'b', 'c']],
    ['an unknown item', { batchItemFailures: [{ itemIdentifier: 'b' }, { itemIdentifier: 'z' }] }, ['a', 'b', 'c']],
    ['a list that is none', { batchItemFailures: 'b' }, ['a', 'b', 'c']],
    ['a text', 'done', ['a', 'b', 'c']],
  ]

  test.each(answers)('%s', (_, value, failed) => {
    const outcome: InvocationOutcome = { kind: 'succeeded', value }
    expect([...decideFailedItems(outcome, ['a', 'b', 'c'], 'report-item-failures')]).toEqual(failed)
  })

  test.each(['failed', 'timed-out', 'throttled'] as const)('a function that %s fails all of them', kind => {
    expect([...decideFailedItems({ kind, error: failure }, ['a', 'b'], 'report-item-failures')]).toEqual(['a', 'b'])
  })

  test('without reporting, the answer of a function that succeeded is not read', () => {
    const value = { batchItemFailures: [{ itemIdentifier: 'b' }] }
    expect(decideFailedItems({ kind: 'succeeded', value }, ['a', 'b'], 'whole-batch').size).toBe(0)
  })
})

describe('records of a stream', () => {
  test('are tried again from the first failed record, in order', async () => {
    const run = await process(4, { reporting: 'report-item-failures' }, (batch, call) =>
      call === 1 ? { batchItemFailures: [{ itemIdentifier: '4' }, { itemIdentifier: '3' }] } : batch && null,
    )
    expect(run.batches).toEqual(['1 2 3 4', '3 4'])
    expect(run.passed).toEqual(['2', '4'])
  })

  test('are given up together when the retries are used up, and the shard moves on', async () => {
    const run = await process(2, { maximumRetryAttempts: 1 }, () => 'throw')
    expect(run.batches).toEqual(['1 2', '1 2'])
    expect(run.givenUp).toEqual(['1 2 after 2'])
    expect(run.passed).toEqual(['2'])
  })

  test('are halved until the bad one is alone, which costs no retry', async () => {
    const run = await process(4, { onError: 'bisect', maximumRetryAttempts: 0 }, batch =>
      batch.includes('3') ? 'throw' : null,
    )
    expect(run.batches).toEqual(['1 2 3 4', '1 2', '3 4', '3', '4'])
    expect(run.givenUp).toEqual(['3 after 1'])
    expect(run.passed).toEqual(['2', '3', '4'])
  })

  test('start their count of retries anew behind a record that passed', async () => {
    const rules = { reporting: 'report-item-failures', maximumRetryAttempts: 1 } as const
    const run = await process(3, rules, (batch, call) =>
      call % 2 === 1
        ? { batchItemFailures: [{ itemIdentifier: batch[0] }] }
        : { batchItemFailures: batch.slice(1).map(itemIdentifier => ({ itemIdentifier })) },
    )
    expect(run.batches).toEqual(['1 2 3', '1 2 3', '2 3', '2 3', '3', '3'])
    expect(run.givenUp).toEqual([])
  })
})

interface Run {
  readonly batches: string[]
  readonly passed: string[]
  readonly givenUp: string[]
}

/** Runs records 1…count; `answer` gets the batch and the number of the call, and 'throw' fails it. */
async function process(
  count: number,
  rules: Partial<StreamBatchRules>,
  answer: (batch: readonly string[], call: number) => unknown,
): Promise<Run> {
  const records: StreamRecord[] = Array.from({ length: count }, (_, index) => ({
    dynamodb: { SequenceNumber: String(index + 1) },
  }))
  const run: Run = { batches: [], passed: [], givenUp: [] }
  const read = (batch: readonly StreamRecord[]): string[] => batch.map(record => record.dynamodb.SequenceNumber)
  const all: StreamBatchRules = { reporting: 'whole-batch', onError: 'retry-whole', maximumRetryAttempts: 5, ...rules }
  await processStreamRecords(records, all, {
    signal: AbortSignal.timeout(20_000),
    invoke: async batch => {
      run.batches.push(read(batch).join(' '))
      const value = answer(read(batch), run.batches.length)
      return value === 'throw' ? { kind: 'failed', error: failure } : { kind: 'succeeded', value }
    },
    passed: async record => void run.passed.push(record.dynamodb.SequenceNumber),
    giveUp: async (batch, invokeCount) => void run.givenUp.push(`${read(batch).join(' ')} after ${invokeCount}`),
  })
  return run
}
