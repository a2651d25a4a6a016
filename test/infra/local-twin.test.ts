/**
 * The embedded stack runs with the times, batches and repeats of the deployment: both read shared/runtime/function-table.ts. This
 * holds that they do: a number in either place would be a second source.
 */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const OF_THE_TABLE =
  /\b(timeoutSeconds|memoryMiB|batchSize|reservedConcurrency|maximumRetryAttempts|MAX_RECEIVES)\b: ?=? ?\d/

it.each([
  'local/gateway-functions.ts',
  'local/emulators.ts',
  'infra/functions.ts',
  'infra/queues.ts',
  'infra/sources.ts',
  'infra/sparkgate.ts',
])('%s has no number of its own for what the table of functions says', file => {
  const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
  expect(source).toContain('function-table.ts')
  expect(source.split('\n').filter(line => OF_THE_TABLE.test(line))).toEqual([])
})
