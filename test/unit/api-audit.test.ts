/** The audit trail of submissions that nobody waits for: one line for each decision, from S3's and from schedules' events. */
import { describe, expect, it } from 'vitest'
import { createHandler as createDropHandler } from '../../functions/object-created/handler.ts'
import { createHandler as createFiringHandler } from '../../functions/schedule-fired/handler.ts'
import { makePlatform } from '../support/make-job.ts'
import { bytesOf, SPARK_PI } from '../support/make-spec.ts'
import { makeWorld } from '../support/make-world.ts'

type Fields = Readonly<Record<string, unknown>>

function keepAudit() {
  const items: Fields[] = []
  const keep = (message: string, fields: object = {}) => {
    if (message === 'audit') items.push({ ...fields })
  }
  return { items, log: { info: keep, warn: keep, error: keep } }
}

const CONTEXT = { awsRequestId: 'request-1', getRemainingTimeInMillis: () => 30_000 } as never

describe('an object in the inbox', () => {
  const record = (key: string, more: object = {}) => ({
    eventName: 'ObjectCreated:Put',
    userIdentity: { principalId: 'AWS:AROAEXAMPLE:airflow' },
    requestParameters: { sourceIPAddress: '10.0.0.1' },
    s3: { bucket: { name: 'inbox' }, object: { key, versionId: 'v1', sequencer: '1' } },
    ...more,
  })
  const drop = async (text: string, key = 'payments/a.yaml', more: object = {}) => {
    const world = makeWorld()
    const { items, log } = keepAudit()
    world.inbox.objects.set(`inbox/${key}@v1`, { outcome: 'read', bytes: bytesOf(text) })
    const handler = createDropHandler({ ...world.deps, log })
    const body = JSON.stringify({ Records: [record(encodeURIComponent(key), more)] })
    const event = { Records: [{ messageId: 'm', body }] } as never
    await handler(event, CONTEXT)
    await handler(event, CONTEXT)
    return items
  }
  const KNOWN = {
    operation: 'submit',
    trigger: 's3',
    principal: 'AWS:AROAEXAMPLE:airflow',
    sourceIp: '10.0.0.1',
    key: 'inbox/payments/a.yaml',
    version: 'v1',
    requestId: 'request-1',
  }
  it('is told with who put it there, what it became, and that its repeat was one', async () => {
    const [first, second, ...more] = await drop(SPARK_PI)
    expect(more).toEqual([])
    const accepted = { ...KNOWN, team: 'payments', decision: 'allowed' }
    expect(first).toMatchObject(accepted)
    expect(first).not.toHaveProperty('reason')
    expect(first?.['jobId']).toMatch(/^j[a-z2-7]{24}$/)
    expect(first?.['specHash']).toMatch(/^[0-9a-f]{64}$/)
    expect(second).toEqual({ ...first, reason: 'repeated' })
  })
  it('that is refused is told with the rule, without its text', async () => {
    const [item] = await drop('main: "s3://secret-name"\nnobody-knows: 1\n')
    expect(item).toMatchObject({ ...KNOWN, team: 'payments', decision: 'refused' })
    expect(item?.['reason']).toMatch(/^spec-refused: [a-z-]+$/)
    expect(JSON.stringify(item)).not.toContain('secret-name')
  })
  it('under nobody’s prefix is told as well', async () => {
    const [item] = await drop(SPARK_PI, 'nobody/a.yaml')
    expect(item).toMatchObject({
      decision: 'refused',
      reason: 'spec-refused: unknown-prefix',
      key: 'inbox/nobody/a.yaml',
    })
    expect(item).not.toHaveProperty('team')
  })
  it('whose key has control characters stays on one line', async () => {
    const [item] = await drop(SPARK_PI, 'payments/a\r\n{"decision":"allowed"}\u0000\u202e.yaml')
    expect(item?.['key']).toBe('inbox/payments/a\\u{d}\\u{a}{"decision":"allowed"}\\u{0}\\u{202e}.yaml')
  })
  it('of an event that does not say who is of an unknown one', async () => {
    const [item] = await drop(SPARK_PI, 'payments/a.yaml', { userIdentity: undefined, requestParameters: 7 })
    expect(item?.['principal']).toBe('unknown')
    expect(item).not.toHaveProperty('sourceIp')
  })
  it('that is our own report asks for nothing', async () => {
    expect(await drop('{}', 'payments/a.yaml.result.json')).toEqual([])
  })
})

describe('a schedule that fires', () => {
  const fire = async (schedule: string) => {
    const nightly = { team: 'payments', expression: 'rate(1 day)', spec: SPARK_PI }
    const world = makeWorld(makePlatform({ schedules: { nightly } }))
    const { items, log } = keepAudit()
    await createFiringHandler({ ...world.deps, log })({ schedule, scheduledTime: '2026-11-21T03:00:00Z' }, CONTEXT)
    return items
  }
  it('is told with its time', async () => {
    expect(await fire('nightly')).toEqual([
      {
        operation: 'submit',
        trigger: 'schedule',
        principal: 'schedule nightly',
        team: 'payments',
        jobId: expect.stringMatching(/^j[a-z2-7]{24}$/) as string,
        key: 'nightly',
        version: '2026-11-21T03:00:00Z',
        specHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        decision: 'allowed',
        requestId: 'request-1',
      },
    ])
  })
  it('and is gone is told as refused', async () => {
    expect(await fire('gone\nforged')).toMatchObject([
      {
        principal: 'schedule gone\\u{a}forged',
        decision: 'refused',
        reason: expect.stringContaining('no schedule') as string,
      },
    ])
  })
})
