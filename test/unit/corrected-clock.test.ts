/** A worker whose clock is wrong follows the time that DynamoDB's answers carry. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DynamoDbJobStore } from '../../shared/adapters/dynamodb-job-store.ts'
import { CorrectedClock } from '../../shared/runtime/corrected-clock.ts'
import { startEmbeddedTables } from '../support/embedded-table.ts'
import type { EmbeddedTables } from '../support/embedded-table.ts'

const FIVE_MINUTES = 300_000
const SAID = 'Sat, 21 Nov 2026 17:00:00 GMT'
const AT = Date.parse(SAID)

describe('the corrected clock', () => {
  it.each([
    [-FIVE_MINUTES, 500],
    [FIVE_MINUTES, 500],
    [1_200, 1_000],
    [-900, 0],
  ])('follows a header that is %i ms away: to its middle from afar, else as little as it must', (skew, time) => {
    const clock = new CorrectedClock(() => AT + skew)
    expect(clock.now()).toBe(AT + skew)
    clock.observe(SAID, AT + skew)
    expect(clock.now()).toBe(AT + time)
  })
  it('keeps its own time where the header allows it, and follows one that was set right', () => {
    let skew = FIVE_MINUTES
    const clock = new CorrectedClock(() => AT + skew)
    clock.observe(SAID, AT + skew)
    skew = 900
    clock.observe(SAID, AT + skew)
    expect(clock.now() - AT).toBeGreaterThanOrEqual(0)
    expect(clock.now() - AT).toBeLessThanOrEqual(1_000)
  })
  it('is not set back by seconds because it was a little ahead of a slow answer', () => {
    let now = AT
    const clock = new CorrectedClock(() => now + 240)
    const sentAt = now + 784 + 240
    now = AT + 9_200
    clock.observe(SAID, sentAt)
    expect(now - clock.now()).toBeLessThan(1_000)
  })
  it('does not believe a slow answer more than itself', () => {
    const clock = new CorrectedClock(() => AT + 9_000)
    clock.observe(SAID, AT + 200)
    expect(clock.now()).toBe(AT + 9_000)
  })
  it('learns little from a slow answer, and the rest from the next', () => {
    let now = AT + 8_000
    const clock = new CorrectedClock(() => now - FIVE_MINUTES)
    clock.observe(SAID, AT - FIVE_MINUTES)
    expect(Math.abs(clock.now() - now)).toBeLessThan(5_000)
    now += 20
    clock.observe(new Date(now - 10).toUTCString(), now - 20 - FIVE_MINUTES)
    expect(Math.abs(clock.now() - now)).toBeLessThan(1_020)
  })
  it.each([undefined, '', 'soon', 7, null, {}])('passes over %j', header => {
    const clock = new CorrectedClock(() => AT)
    clock.observe(header, AT)
    expect(clock.now()).toBe(AT)
  })
})

describe('with a real client', () => {
  let tables: EmbeddedTables
  beforeAll(async () => {
    tables = await startEmbeddedTables()
  })
  afterAll(() => tables.close())

  it('one answer is enough', async () => {
    const clock = new CorrectedClock(() => Date.now() - FIVE_MINUTES)
    clock.follow(tables.client)
    const store = new DynamoDbJobStore(tables.client, { tableName: await tables.create(), retentionDays: 15 })
    await store.get({ team: 'payments', jobId: 'ja' })
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(2_500)
  })
})
