/** The contract of JobStore over the fake and over the DynamoDB adapter; and what only a network can do to the latter. */
import { PutItemCommand, TransactionCanceledException, TransactionConflictException } from '@aws-sdk/client-dynamodb'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DynamoDbJobStore } from '../../shared/adapters/dynamodb-job-store.ts'
import { BadPageTokenError } from '../../shared/operations/ports.ts'
import { FakeJobStore } from '../support/fake-job-store.ts'
import { startEmbeddedTables } from '../support/embedded-table.ts'
import type { EmbeddedTables } from '../support/embedded-table.ts'
import { NOW } from '../support/make-job.ts'
import { jobNamed } from './job-store-lists.contract.ts'
import { jobStoreContract } from './job-store.contract.ts'
import { SPEC } from './sample-spec.ts'

let tables: EmbeddedTables
beforeAll(async () => {
  tables = await startEmbeddedTables()
})
afterAll(() => tables.close())

const openStore = async (client: DynamoDBClient = tables.client) =>
  new DynamoDbJobStore(client, { tableName: await tables.create(), retentionDays: 15 })

jobStoreContract('in memory', async () => new FakeJobStore())
jobStoreContract('on the embedded DynamoDB', () => openStore())

describe('JobStore on DynamoDB, when an answer is lost and the SDK repeats the write', () => {
  let store: DynamoDbJobStore
  const loseAnswerOf = (target: string) => tables.control.failNext({ target, kind: 'commit-then-drop' })
  beforeEach(async () => {
    tables.control.clear()
    store = await openStore()
  })

  it('has saved', async () => {
    const job = jobNamed('a')
    await store.create(job, SPEC)
    loseAnswerOf('PutItem')
    expect(await store.save(job, { ...job, state: 'SUBMITTING' })).toMatchObject({ outcome: 'saved' })
    expect(await store.get(job)).toMatchObject({ state: 'SUBMITTING', version: job.version + 1 })
  })
  it('has saved the last state of a job, too', async () => {
    const job = jobNamed('a', {}, 'RUNNING')
    await store.create(job, SPEC)
    loseAnswerOf('PutItem')
    expect(await store.save(job, { ...job, state: 'SUCCEEDED' })).toMatchObject({ outcome: 'saved' })
  })
  it('has created job and spec', async () => {
    loseAnswerOf('TransactWriteItems')
    expect(await store.create(jobNamed('a'), SPEC)).toEqual({ outcome: 'created' })
  })
  it('finds its own refused job', async () => {
    const job = jobNamed('a', {}, 'REJECTED')
    loseAnswerOf('PutItem')
    expect(await store.create(job, undefined)).toEqual({ outcome: 'exists', job })
  })
  it('gives each turn at most once', async () => {
    await store.reserveTurn('main', NOW, 500)
    loseAnswerOf('UpdateItem')
    const turns = [await store.reserveTurn('main', NOW, 500), await store.reserveTurn('main', NOW, 500)]
    expect(turns).toEqual([NOW + 1_000, NOW + 1_500])
  })
  it('does not call a write its own that differs in anything', async () => {
    const job = jobNamed('a')
    await store.create(job, SPEC)
    await store.save(job, { ...job, state: 'SUBMITTING', message: 'theirs' })
    expect(await store.save(job, { ...job, state: 'SUBMITTING', message: 'ours' })).toEqual({ outcome: 'conflict' })
  })
  it('writes nothing and throws when the table is away for as long as the SDK tries', async () => {
    tables.control.failNext({ target: 'TransactWriteItems', kind: 'drop', count: 10 })
    await expect(store.create(jobNamed('a'), SPEC)).rejects.toBeInstanceOf(Error)
    tables.control.clear()
    expect(await store.get(jobNamed('a'))).toBeUndefined()
  })
})

describe('JobStore on DynamoDB', () => {
  it('creates although another transaction on the item was just under way', async () => {
    const contended = await openStore(clientThatConflicts(2))
    expect(await contended.create(jobNamed('a'), SPEC)).toEqual({ outcome: 'created' })
  })
  it('saves although a transaction on the job was just under way', async () => {
    const job = jobNamed('a')
    let refusals = 2
    const send = (command: { readonly constructor: { readonly name: string } }) =>
      command.constructor.name === 'PutItemCommand' && refusals-- > 0
        ? Promise.reject(new TransactionConflictException({ message: 'Transaction is ongoing', $metadata: {} }))
        : tables.client.send(command as never)
    const tableName = await tables.create()
    const store = new DynamoDbJobStore({ send } as unknown as DynamoDBClient, { tableName, retentionDays: 15 })
    await store.create(job, SPEC)
    expect(await store.save(job, { ...job, state: 'SUBMITTING' })).toMatchObject({ outcome: 'saved' })
    expect(refusals).toBeLessThan(0)
  })
  it('gives up where the conflict stays', async () => {
    const contended = await openStore(clientThatConflicts(1_000))
    await expect(contended.create(jobNamed('a'), SPEC)).rejects.toThrow(TransactionCanceledException)
  })
  it.each([
    ['an empty sort key', { createdKey: { S: '' } }],
    ['a key part that is a number', { createdKey: { N: '7' } }],
    ["another team's job", { pk: { S: 'JOB#risk#jaaaaaaaaaaaaaaaaaaaaaaaa' } }],
    ['an item that is no job', { sk: { S: '' } }],
  ])('refuses a page token with %s', async (_, change) => {
    const store = await openStore()
    const key = {
      pk: { S: 'JOB#payments#ja' },
      sk: { S: 'JOB' },
      teamKey: { S: 'TEAM#payments' },
      createdKey: { S: '2026' },
    }
    const next = Buffer.from(JSON.stringify({ ...key, ...change })).toString('base64url')
    await expect(store.list({ team: 'payments', limit: 10, next })).rejects.toThrow(BadPageTokenError)
  })
  it('refuses to read a record of a release that it does not know', async () => {
    const tableName = await tables.create()
    const store = new DynamoDbJobStore(tables.client, { tableName, retentionDays: 15 })
    const job = { M: { schemaVersion: { N: '2' }, jobId: { S: 'ja' } } }
    const Item = { pk: { S: 'JOB#payments#ja' }, sk: { S: 'JOB' }, job }
    await tables.client.send(new PutItemCommand({ TableName: tableName, Item }))
    await expect(store.get({ team: 'payments', jobId: 'ja' })).rejects.toThrow(/record version 2/)
  })
})

/** The embedded DynamoDB has one writer and so no conflicts of transactions; this client has as many as asked for. */
function clientThatConflicts(times: number): DynamoDBClient {
  let left = times
  const { client } = tables
  const send = (command: { readonly constructor: { readonly name: string } }) => {
    if (command.constructor.name !== 'TransactWriteItemsCommand' || left-- <= 0) return client.send(command as never)
    const CancellationReasons = [{ Code: 'TransactionConflict' }, { Code: 'None' }]
    return Promise.reject(new TransactionCanceledException({ message: 'conflict', CancellationReasons, $metadata: {} }))
  }
  return { send } as unknown as DynamoDBClient
}
