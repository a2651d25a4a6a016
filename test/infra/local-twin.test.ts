/**
 * The embedded stack runs with the same time-outs, batches and retries as AWS. Its numbers stand in local/gateway.ts as
 * literals; until both sides read one table, this reads them from the source.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  CHANGE_STREAM,
  FUNCTION_NAMES,
  FUNCTIONS,
  MAX_RECEIVES,
  QUEUE_NAMES,
  QUEUES,
} from '../../infra/function-table.ts'
import type { FunctionRow } from '../../infra/function-table.ts'

const gateway = readFileSync(new URL('../../local/gateway.ts', import.meta.url), 'utf8')
const emulators = readFileSync(new URL('../../local/emulators.ts', import.meta.url), 'utf8')

describe('the embedded stack and the deployment agree on', () => {
  it.each(FUNCTION_NAMES)('the time-out and the reserved concurrency of %s', name => {
    const registration = new RegExp(`name: '${name}',[\\s\\S]*?\\}\\)`).exec(gateway)?.[0] ?? ''
    const row: FunctionRow = FUNCTIONS[name]
    expect(Number(/timeoutSeconds: (\d+)/.exec(registration)?.[1])).toBe(row.timeoutSeconds)
    expect(/reservedConcurrency: (\d+)/.exec(registration)?.[1]).toBe(row.reservedConcurrency?.toString())
  })

  it.each(QUEUE_NAMES)('who is fed by %s, and how many batches at once', name => {
    const { feeds, maximumConcurrency } = QUEUES[name]
    expect(gateway).toContain(`queue('${feeds}', endpoints.queues.${name}, ${maximumConcurrency})`)
  })

  it('batches, and how often the change stream is tried again', () => {
    const sizes = [...gateway.matchAll(/batchSize: (\d+)/g)].map(([, size]) => Number(size))
    expect(sizes).toEqual([QUEUES.intake.batchSize, CHANGE_STREAM.batchSize])
    expect(gateway).toContain(`maximumRetryAttempts: ${CHANGE_STREAM.retryAttempts}`)
  })

  it('after how many receives a message is for a person', () => {
    expect(emulators).toContain(`MAX_RECEIVES = ${MAX_RECEIVES}`)
  })
})
