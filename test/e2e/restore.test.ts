/**
 * A table that was restored to an earlier time (docs/deploy.md, "Restore"): a job that is behind its object adopts it, and the object
 * of a job that the table does not know is told of and left alone.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DeleteItemCommand, DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { startEmulators } from '../../local/emulators.ts'
import type { Emulators } from '../../local/emulators.ts'
import { startGateway } from '../../local/gateway.ts'
import type { Gateway } from '../../local/gateway.ts'
import { KEYS, REGION } from '../../local/local-platform.ts'
import { mintToken } from '../../local/stack.ts'
import { TABLE_SCHEMA } from '../../shared/adapters/dynamodb-table.ts'
import {
  E2E_TEST_MILLISECONDS,
  eventually,
  functionsFor,
  readEvent,
  TEST_PACE,
  testPlatform,
} from '../support/embedded-stack.ts'
import type { JobAnswer } from '../support/embedded-stack.ts'

const LONG = readEvent('specs/long-running.json')
/** More than the two jobs of this test write. */
const MOST_ITEMS = 200

vi.setConfig({ testTimeout: E2E_TEST_MILLISECONDS, hookTimeout: 2 * E2E_TEST_MILLISECONDS })

const platform = testPlatform()
const folder = mkdtempSync(join(tmpdir(), 'sparkgate-restore-'))
const logged: { message: string; fields: object }[] = []
const keep = (message: string, fields: object): void => void logged.push({ message, fields })
let emulators: Emulators
let gateway: Gateway
let behind: JobAnswer
let lost: JobAnswer

beforeAll(async () => {
  const places = { platform, dataDir: join(folder, 'data'), keep: 'memory', speed: 50, spark: 'off' } as const
  emulators = await startEmulators(places)
  gateway = await start()
  const client = new DynamoDBClient({
    endpoint: emulators.endpoints.dynamodbUrl,
    region: REGION,
    credentials: KEYS.people,
  })
  // The job waits in SUBMITTING: that is where the table is taken back to.
  emulators.kubernetes.control.setWebhook('down')
  const id = await submit('behind')
  await untilState(id, 'SUBMITTING')
  const earlier = await itemsOf(client)
  emulators.kubernetes.control.setWebhook('up')
  behind = await untilState(id, 'RUNNING')
  lost = await untilState(await submit('lost'), 'RUNNING')
  await gateway.close()
  await restore(client, earlier)
  client.destroy()
  logged.length = 0
  gateway = await start()
})
afterAll(async () => {
  await gateway.close()
  await emulators.close()
  rmSync(folder, { recursive: true, force: true })
})

it('a job that is behind its object adopts it: nothing is started twice', async () => {
  const job = await untilState(behind.id, 'RUNNING')
  expect(job.attempts).toMatchObject([{ number: 1, objectName: behind.attempts[0]?.objectName }])
  expect(createdFor(behind)).toHaveLength(1)
})

it('an object whose job the table does not know is told of, and left alone', async () => {
  expect((await call('GET', `/v1/jobs/${lost.id}`)).status).toBe(404)
  const orphans = () => logged.filter(({ message }) => message === 'an object of no known job')
  await eventually(() => expect(JSON.stringify(orphans())).toContain(lost.attempts[0]?.objectName))
  expect(createdFor(lost)).toHaveLength(1)
  expect(emulators.kubernetes.auditLog.filter(({ verb }) => verb === 'delete')).toEqual([])
})

const start = (): Promise<Gateway> =>
  startGateway({
    platform,
    endpoints: emulators.endpoints,
    dataDir: join(folder, 'gateway'),
    log: { info: keep, warn: keep, error: keep },
    pace: TEST_PACE,
    ...functionsFor(),
  })

async function call(method: string, path: string, headers: Record<string, string> = {}, body?: string) {
  const authorization = `Bearer ${await mintToken(emulators.endpoints, platform, 'payments')}`
  const init = { method, headers: { authorization, ...headers }, ...(body !== undefined && { body }) }
  const response = await fetch(`${gateway.apiUrl}${path}`, init)
  return { status: response.status, body: (await response.json()) as JobAnswer }
}

async function submit(key: string): Promise<string> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key }
  const { status, body } = await call('POST', '/v1/jobs', headers, LONG)
  expect(status).toBe(202)
  return body.id
}

const untilState = (id: string, state: string): Promise<JobAnswer> =>
  eventually(async () => {
    const { body } = await call('GET', `/v1/jobs/${id}`)
    expect(body).toMatchObject({ state })
    return body
  })

const createdFor = ({ attempts }: JobAnswer) =>
  emulators.kubernetes.auditLog.filter(
    ({ verb, objectRef, responseStatus }) =>
      verb === 'create' && responseStatus.code === 201 && objectRef?.name === attempts[0]?.objectName,
  )

type Item = Record<string, AttributeValue>

async function itemsOf(client: DynamoDBClient): Promise<readonly Item[]> {
  const { Items = [], LastEvaluatedKey } = await client.send(
    new ScanCommand({ TableName: emulators.endpoints.tableName, Limit: MOST_ITEMS, ConsistentRead: true }),
  )
  if (LastEvaluatedKey !== undefined) throw new Error(`the table has more than ${MOST_ITEMS} items`)
  return Items
}

async function restore(client: DynamoDBClient, earlier: readonly Item[]): Promise<void> {
  const TableName = emulators.endpoints.tableName
  const names = TABLE_SCHEMA.KeySchema.map(({ AttributeName }) => AttributeName)
  for (const item of await itemsOf(client)) {
    const Key = Object.fromEntries(names.flatMap(name => (item[name] === undefined ? [] : [[name, item[name]]])))
    await client.send(new DeleteItemCommand({ TableName, Key }))
  }
  for (const Item of earlier) await client.send(new PutItemCommand({ TableName, Item }))
}
