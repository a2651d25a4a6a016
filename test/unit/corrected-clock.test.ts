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
  it.each([-FIVE_MINUTES, FIVE_MINUTES, 3_000, -3_000])('follows a header that is %i ms away', skew => {
    const clock = new CorrectedClock(() => AT + skew)
    expect(clock.now()).toBe(AT + skew)
    clock.observe(SAID)
    expect(clock.now()).toBe(AT + 500)
  })
  it('keeps its own time within the resolution of the header, and takes it back when its clock was set right', () => {
    let skew = FIVE_MINUTES
    const clock = new CorrectedClock(() => AT + skew)
    clock.observe(SAID)
    skew = 1_200
    clock.observe(SAID)
    expect(clock.now()).toBe(AT + 1_200)
  })
  it.each([undefined, '', 'soon', 7, null, {}])('passes over %j', header => {
    const clock = new CorrectedClock(() => AT)
    clock.observe(header)
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
