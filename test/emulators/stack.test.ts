/** The whole gateway once from end to end on DynamoDB Local and ministack: dropped, posted, cancelled, told, and nothing dead. */
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { readEvent, testPlatform } from '../support/embedded-stack.ts'
import { startStackOnEmulators } from './stack-on-emulators.ts'
import type { Delivered, StackOnEmulators } from './stack-on-emulators.ts'

const INBOX = `inbox-${crypto.randomUUID()}`
const ARCHIVE = `archive-${crypto.randomUUID()}`
const SPARK_PI = readEvent('specs/spark-pi.yaml')
const LONG_RUNNING = readEvent('specs/long-running.json')
/** Two cores for everything: seconds on a free machine. */
const WAIT = { timeout: 50_000, interval: 100 }

let stack: StackOnEmulators
const told: Delivered[] = []
beforeAll(async () => {
  stack = await startStackOnEmulators(testPlatform({ inboxBuckets: [INBOX], archiveBucket: ARCHIVE }))
})
afterAll(() => stack.close())

async function call(method: string, path: string, body?: string) {
  const response = await fetch(`${stack.apiUrl}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${await stack.token('payments')}`,
      'idempotency-key': path === '/v1/jobs' ? crypto.randomUUID() : '',
      'content-type': 'application/yaml',
    },
    ...(body !== undefined && { body }),
  })
  return { status: response.status, body: (await response.json()) as Readonly<Record<string, unknown>> }
}
const submit = async (spec: string): Promise<string> => {
  const answer = await call('POST', '/v1/jobs', spec)
  expect(answer.status, JSON.stringify(answer.body)).toBe(202)
  return String(answer.body['id'])
}
const untilState = (id: string, state: string) =>
  vi.waitFor(async () => {
    const { body } = await call('GET', `/v1/jobs/${id}`)
    expect(body).toMatchObject({ state })
    return body
  }, WAIT)
const report = (key: string) =>
  vi.waitFor(async () => {
    const { Body } = await stack.s3.send(new GetObjectCommand({ Bucket: INBOX, Key: key }))
    return JSON.parse((await Body?.transformToString()) ?? '') as { readonly job?: { readonly id: string } }
  }, WAIT)
const createsOf = (id: string) =>
  stack.auditLog.filter(
    ({ verb, objectRef, responseStatus }) =>
      verb === 'create' &&
      responseStatus.code === 201 &&
      objectRef?.resource === 'sparkapplications' &&
      (objectRef.name ?? '').includes(id.slice(1, 11)),
  )

describe.concurrent('On DynamoDB Local and ministack, a job', () => {
  it('that is posted ends SUCCEEDED after one create, and the bus is told of each of its states', async () => {
    const id = await submit(SPARK_PI)
    expect(await untilState(id, 'SUCCEEDED')).toMatchObject({ reason: 'COMPLETED', attempt: 1 })
    expect(createsOf(id)).toHaveLength(1)
    await vi.waitFor(async () => {
      told.push(...(await stack.takeEvents()))
      const ids = told.filter(({ detail }) => detail['jobId'] === id).map(({ detail }) => String(detail['eventId']))
      const states = new Set(ids.map(eventId => eventId.split('#').slice(1).join(' ')))
      expect([...states]).toEqual(expect.arrayContaining(['1 QUEUED', '1 SUBMITTING', '1 PENDING', '1 SUCCEEDED']))
    }, WAIT)
  })
  it('that is dropped has its reports beside it', async () => {
    const Key = 'payments/größe a+b.yaml'
    await stack.s3.send(new PutObjectCommand({ Bucket: INBOX, Key, Body: SPARK_PI }))
    expect(await report(`${Key}.accepted.json`)).toMatchObject({ report: 'accepted' })
    expect(await report(`${Key}.result.json`)).toMatchObject({ report: 'result', job: { state: 'SUCCEEDED' } })
  })
  it('that is dropped with an error in it is refused with a report', async () => {
    const Key = 'payments/bad.yaml'
    await stack.s3.send(new PutObjectCommand({ Bucket: INBOX, Key, Body: `${SPARK_PI}\nexeuctor: {}\n` }))
    expect(await report(`${Key}.rejected.json`)).toMatchObject({ report: 'rejected' })
  })
  it('that is cancelled ends CANCELLED, and nothing of it runs', async () => {
    const id = await submit(LONG_RUNNING)
    await untilState(id, 'RUNNING')
    expect((await call('DELETE', `/v1/jobs/${id}`)).status).toBe(202)
    await untilState(id, 'CANCELLED')
    expect(createsOf(id)).toHaveLength(1)
  })
})

it('On DynamoDB Local and ministack, no message of all that is left dead', async () => {
  for (const name of ['intake-dead', 'reconcile-dead', 'observe-dead', 'events-dead'] as const)
    expect(await stack.take(name)).toEqual([])
})
