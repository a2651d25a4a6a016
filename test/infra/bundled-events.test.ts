/**
 * The sample events of the e2e suite (test/e2e/event-cases.ts) through the handlers of the bundles: the same promises, kept by what is
 * deployed instead of by the sources, with the times of AWS.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { INBOX_BUCKET } from '../../local/local-platform.ts'
import { CASES } from '../e2e/event-cases.ts'
import { readEvent, sidesOf, testPlatform } from '../support/embedded-stack.ts'
import type { TestStack } from '../support/embedded-stack.ts'
import { startBundledGateway } from './bundled-gateway.ts'
import { ARCHIVE, INBOX } from './scenario.ts'

const SCHEDULES = {
  'nightly-pi': { team: 'payments', expression: 'at(2099-01-01T03:00:00)', spec: readEvent('specs/spark-pi.yaml') },
}
/** A cancelled job is CANCELLED a create window (35 s) after its create. */
const CASE_MILLISECONDS = 180_000
const WAIT = { timeout: 150_000, interval: 200 }
vi.setConfig({ testTimeout: CASE_MILLISECONDS })

let stack: TestStack
beforeAll(async () => {
  const gateway = await startBundledGateway(testPlatform({ inboxBuckets: [INBOX], archiveBucket: ARCHIVE }, SCHEDULES))
  // The cases need no scheduler and no bus: what they ask of a stack is all in its sides.
  stack = { ...gateway, ...sidesOf(gateway, INBOX, WAIT) } as unknown as TestStack
}, CASE_MILLISECONDS)
afterAll(() => stack.close())

describe.concurrent('a sample event, through the bundles', () => {
  for (const [file, { promise, check }] of Object.entries(CASES)) {
    it(`${file} ${promise}`, async () => {
      // A dot in a bucket's name has it addressed by path, which is what the embedded S3 understands.
      const text = readEvent(file).replaceAll(INBOX_BUCKET, INBOX)
      await expect(check(stack, text)).resolves.toBeUndefined()
    })
  }
})
