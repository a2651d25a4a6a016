/**
 * Takes records of one shard through a function in order, by Lambda's rules: the first failed record and all behind it are
 * tried again; a batch may be halved on an error, which costs no retry; when the retries are used up, the batch goes to
 * the on-failure destination and the shard moves on. Getting past the first record starts the count of retries anew.
 */
import { waitUnlessAborted } from './abortable-wait.ts'
import { decideFailedItems, type BatchReporting } from './batch-item-failures.ts'
import type { InvocationOutcome } from './function-runtime.ts'
import type { StreamRecord } from './streams-client.ts'

/** The rules of one mapping. */
export interface StreamBatchRules {
  readonly reporting: BatchReporting
  readonly onError: 'bisect' | 'retry-whole'
  /** Retries of the same first record; -1 retries for ever (AWS: until the record expires). */
  readonly maximumRetryAttempts: number
}

/** The effects, so that the order of things can be tested without a server. */
export interface StreamBatchEffects {
  readonly invoke: (records: readonly StreamRecord[]) => Promise<InvocationOutcome>
  /** Everything up to and including this record needs nothing any more. */
  readonly passed: (record: StreamRecord) => Promise<void>
  readonly giveUp: (records: readonly StreamRecord[], invokeCount: number) => Promise<void>
  readonly signal: AbortSignal
}

const firstRetryDelayMilliseconds = 100
const maximumRetryDelayMilliseconds = 5000

/** Returns when all records are passed or given up, or when the signal aborted before that. */
export async function processStreamRecords(
  records: readonly StreamRecord[],
  rules: StreamBatchRules,
  effects: StreamBatchEffects,
): Promise<void> {
  let rest = records
  let size = records.length
  let failures = 0
  while (rest.length > 0 && !effects.signal.aborted) {
    const batch = rest.slice(0, size)
    const passedCount = countPassed(batch, await effects.invoke(batch), rules.reporting)
    const lastPassed = batch[passedCount - 1]
    if (lastPassed) {
      await effects.passed(lastPassed)
      rest = rest.slice(passedCount)
      failures = 0
      if (passedCount === batch.length) size = rest.length
      continue
    }
    if (rules.onError === 'bisect' && batch.length > 1) {
      size = Math.ceil(batch.length / 2)
      continue
    }
    failures += 1
    if (rules.maximumRetryAttempts >= 0 && failures > rules.maximumRetryAttempts) {
      await effects.giveUp(batch, failures)
      await effects.passed(batch.at(-1) as StreamRecord)
      rest = rest.slice(batch.length)
      size = rest.length
      failures = 0
      continue
    }
    const delay = Math.min(firstRetryDelayMilliseconds * 2 ** (failures - 1), maximumRetryDelayMilliseconds)
    await waitUnlessAborted(delay, effects.signal)
  }
}

/** How many records from the front need nothing any more: all before the first failed one. */
function countPassed(batch: readonly StreamRecord[], outcome: InvocationOutcome, reporting: BatchReporting): number {
  const identifiers = batch.map(record => record.dynamodb.SequenceNumber)
  const failed = decideFailedItems(outcome, identifiers, reporting)
  const first = identifiers.findIndex(identifier => failed.has(identifier))
  return first === -1 ? batch.length : first
}
