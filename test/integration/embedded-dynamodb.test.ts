/** The embedded DynamoDB through the real SDK, and its streams through the wire protocol. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  IdempotentParameterMismatchException,
  ProvisionedThroughputExceededException,
  PutItemCommand,
  QueryCommand,
  ResourceNotFoundException,
  TransactGetItemsCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEmbeddedDynamoDb, type EmbeddedDynamoDb } from '../../local/aws/dynamodb/dynamodb-server.ts'

const MODULE_URL = new URL('../../local/aws/dynamodb/dynamodb-server.ts', import.meta.url).href

let nowMs = Date.parse('2026-11-21T12:00:00Z')
let database: EmbeddedDynamoDb
let client: DynamoDBClient

beforeAll(async () => {
  database = await startEmbeddedDynamoDb({ now: () => nowMs })
  client = makeClient(database.url)
})
afterAll(async () => {
  client.destroy()
  await database.close()
})

describe('conditions', () => {
  test('of 50 racing conditional puts exactly one wins', async () => {
    const table = await makeTable(client)
    const puts = Array.from({ length: 50 }, (_, index) =>
      client.send(
        new PutItemCommand({
          TableName: table,
          Item: { pk: { S: 'job-1' }, writer: { N: String(index) } },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      ),
    )
    const outcomes = await Promise.allSettled(puts)
    const losers = outcomes.filter(outcome => outcome.status === 'rejected')
    expect(losers).toHaveLength(49)
    for (const { reason } of losers) expect(reason).toBeInstanceOf(ConditionalCheckFailedException)
  })

  test('of 30 that arrive in one packet, too', async () => {
    const table = await makeTable(client)
    const requests = Array.from({ length: 30 }, (_, index) => ({
      TableName: table,
      Item: { pk: { S: 'job-1' }, writer: { N: String(index) } },
      ConditionExpression: 'attribute_not_exists(pk)',
    }))
    const answers = await postInOnePacket(database.url, 'PutItem', requests)
    expect(answers.match(/^HTTP\/1\.1 200/gm)).toHaveLength(1)
    expect(answers.match(/ConditionalCheckFailedException/g)).toHaveLength(29)
  })

  test.each(['put', 'update', 'delete'])('a failed %s carries the item, if asked', async kind => {
    const table = await makeTable(client)
    await put(client, table, { pk: { S: 'a' }, version: { N: '7' } })
    const condition = {
      TableName: table,
      ConditionExpression: 'version = :v',
      ExpressionAttributeValues: { ':v': { N: '6' } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    } as const
    const write =
      kind === 'put'
        ? client.send(new PutItemCommand({ ...condition, Item: { pk: { S: 'a' } } }))
        : kind === 'update'
          ? client.send(
              new UpdateItemCommand({ ...condition, Key: { pk: { S: 'a' } }, UpdateExpression: 'SET x = version' }),
            )
          : client.send(new DeleteItemCommand({ ...condition, Key: { pk: { S: 'a' } } }))
    const error = await write.catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ConditionalCheckFailedException)
    expect((error as ConditionalCheckFailedException).Item).toEqual({ pk: { S: 'a' }, version: { N: '7' } })
  })

  test('a failed condition carries no item, if not asked', async () => {
    const table = await makeTable(client)
    await put(client, table, { pk: { S: 'a' } })
    const error = await client
      .send(
        new PutItemCommand({
          TableName: table,
          Item: { pk: { S: 'a' } },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      )
      .catch((caught: unknown) => caught)
    expect((error as ConditionalCheckFailedException).Item).toBeUndefined()
  })

  test('a missing table is a ResourceNotFoundException', async () => {
    await expect(put(client, 'no-such-table', { pk: { S: 'a' } })).rejects.toBeInstanceOf(ResourceNotFoundException)
  })
})

describe('an index', () => {
  test('follows puts, updates and deletes of its items', async () => {
    const table = await makeTable(client)
    await put(client, table, { pk: { S: 'a' }, state: { S: 'QUEUED' } })
    await put(client, table, { pk: { S: 'b' }, state: { S: 'QUEUED' } })
    await put(client, table, { pk: { S: 'c' }, state: { S: 'QUEUED' } })
    await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { pk: { S: 'b' } },
        UpdateExpression: 'SET #s = :running',
        ExpressionAttributeNames: { '#s': 'state' },
        ExpressionAttributeValues: { ':running': { S: 'RUNNING' } },
      }),
    )
    await client.send(new DeleteItemCommand({ TableName: table, Key: { pk: { S: 'c' } } }))
    expect(await queryState(client, table, 'QUEUED')).toEqual(['a'])
    expect(await queryState(client, table, 'RUNNING')).toEqual(['b'])
  })

  test('follows a batch write', async () => {
    const table = await makeTable(client)
    const requests = Array.from({ length: 25 }, (_, index) => ({
      PutRequest: { Item: { pk: { S: `job-${index}` }, state: { S: 'QUEUED' } } },
    }))
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }))
    expect(await queryState(client, table, 'QUEUED')).toHaveLength(25)
  })
})

describe('a transaction', () => {
  test('writes all of its items, its index entries and nothing twice', async () => {
    const table = await makeTable(client)
    await put(client, table, { pk: { S: 'old' } })
    await client.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName: table, Item: { pk: { S: 'a' }, state: { S: 'QUEUED' } } } },
          {
            Update: {
              TableName: table,
              Key: { pk: { S: 'count' } },
              UpdateExpression: 'ADD jobs :one',
              ExpressionAttributeValues: { ':one': { N: '1' } },
            },
          },
          { Delete: { TableName: table, Key: { pk: { S: 'old' } } } },
        ],
      }),
    )
    const { Responses: responses } = await client.send(
      new TransactGetItemsCommand({
        TransactItems: ['a', 'count', 'old'].map(pk => ({ Get: { TableName: table, Key: { pk: { S: pk } } } })),
      }),
    )
    expect(responses).toEqual([
      { Item: { pk: { S: 'a' }, state: { S: 'QUEUED' } } },
      { Item: { pk: { S: 'count' }, jobs: { N: '1' } } },
      {},
    ])
    expect(await queryState(client, table, 'QUEUED')).toEqual(['a'])
  })

  test('that fails one condition writes nothing and says which, with the item', async () => {
    const table = await makeTable(client)
    await put(client, table, { pk: { S: 'taken' }, owner: { S: 'first' } })
    const error = await client
      .send(
        new TransactWriteItemsCommand({
          TransactItems: [
            { Put: { TableName: table, Item: { pk: { S: 'new' } } } },
            {
              Put: {
                TableName: table,
                Item: { pk: { S: 'taken' } },
                ConditionExpression: 'attribute_not_exists(pk)',
                ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
              },
            },
            {
              ConditionCheck: {
                TableName: table,
                Key: { pk: { S: 'absent' } },
                ConditionExpression: 'attribute_exists(pk)',
                ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
              },
            },
          ],
        }),
      )
      .catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(TransactionCanceledException)
    const reasons = (error as TransactionCanceledException).CancellationReasons
    expect(reasons?.map(reason => reason.Code)).toEqual(['None', 'ConditionalCheckFailed', 'ConditionalCheckFailed'])
    expect(reasons?.[1]?.Item).toEqual({ pk: { S: 'taken' }, owner: { S: 'first' } })
    expect(reasons?.[2]?.Item).toBeUndefined()
    expect(await get(client, table, 'new')).toBeUndefined()
  })

  test('with a token runs once in 10 minutes, and refuses the token with other parameters', async () => {
    const table = await makeTable(client)
    const addOne = (amount: string): TransactWriteItemsCommand =>
      new TransactWriteItemsCommand({
        ClientRequestToken: 'token-1',
        TransactItems: [
          {
            Update: {
              TableName: table,
              Key: { pk: { S: 'count' } },
              UpdateExpression: 'ADD jobs :n',
              ExpressionAttributeValues: { ':n': { N: amount } },
            },
          },
        ],
      })
    await client.send(addOne('1'))
    await client.send(addOne('1'))
    expect(await get(client, table, 'count')).toEqual({ pk: { S: 'count' }, jobs: { N: '1' } })
    await expect(client.send(addOne('2'))).rejects.toBeInstanceOf(IdempotentParameterMismatchException)
    nowMs += 10 * 60 * 1000
    await database.sweep()
    await client.send(addOne('1'))
    expect(await get(client, table, 'count')).toEqual({ pk: { S: 'count' }, jobs: { N: '2' } })
  })

  test('with two operations on one item is refused', async () => {
    const table = await makeTable(client)
    const transaction = client.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName: table, Item: { pk: { S: 'a' } } } },
          { Delete: { TableName: table, Key: { pk: { S: 'a' } } } },
        ],
      }),
    )
    await expect(transaction).rejects.toMatchObject({ name: 'ValidationException', message: /multiple operations/ })
  })

  test('never shows half of itself to TransactGetItems', async () => {
    const table = await makeTable(client)
    const write = (version: number): Promise<unknown> =>
      client.send(
        new TransactWriteItemsCommand({
          TransactItems: ['left', 'right'].map(pk => ({
            Put: { TableName: table, Item: { pk: { S: pk }, version: { N: String(version) } } },
          })),
        }),
      )
    await write(0)
    const writes = Array.from({ length: 20 }, (_, index) => write(index + 1))
    const reads = Array.from({ length: 20 }, () =>
      client.send(
        new TransactGetItemsCommand({
          TransactItems: ['left', 'right'].map(pk => ({ Get: { TableName: table, Key: { pk: { S: pk } } } })),
        }),
      ),
    )
    for (const { Responses: [left, right] = [] } of await Promise.all(reads)) {
      expect(left?.Item?.['version']).toEqual(right?.Item?.['version'])
    }
    await Promise.all(writes)
  })
})

describe('time to live', () => {
  test('deletes what has expired, keeps what has not, and says in the stream who did it', async () => {
    const table = await makeTable(client, { stream: true })
    await client.send(
      new UpdateTimeToLiveCommand({
        TableName: table,
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      }),
    )
    const description = await client.send(new DescribeTimeToLiveCommand({ TableName: table }))
    expect(description.TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' })
    const nowSeconds = Math.floor(nowMs / 1000)
    await put(client, table, { pk: { S: 'over' }, expiresAt: { N: String(nowSeconds - 1) } })
    await put(client, table, { pk: { S: 'later' }, expiresAt: { N: String(nowSeconds + 60) } })
    await put(client, table, { pk: { S: 'never' } })
    await put(client, table, { pk: { S: 'text' }, expiresAt: { S: '1' } })
    expect(await database.sweep()).toBe(1)
    expect(await get(client, table, 'over')).toBeUndefined()
    for (const pk of ['later', 'never', 'text']) expect(await get(client, table, pk)).toBeDefined()
    const removed = (await readStream(database.url, table)).filter(record => record.eventName === 'REMOVE')
    expect(removed).toMatchObject([
      { dynamodb: { Keys: { pk: { S: 'over' } } }, userIdentity: { PrincipalId: 'dynamodb.amazonaws.com' } },
    ])
  })
})

describe('a stream', () => {
  test('has every change in order, with both images', async () => {
    const table = await makeTable(client, { stream: true })
    const first = { pk: { S: 'a' }, n: { N: '1' } }
    const second = { pk: { S: 'a' }, n: { N: '2' } }
    await put(client, table, first)
    await put(client, table, second)
    await put(client, table, second)
    await client.send(new DeleteItemCommand({ TableName: table, Key: { pk: { S: 'a' } } }))
    await client.send(new DeleteItemCommand({ TableName: table, Key: { pk: { S: 'a' } } }))
    const records = await readStream(database.url, table)
    expect(records.map(({ eventName, dynamodb }) => [eventName, dynamodb.OldImage, dynamodb.NewImage])).toEqual([
      ['INSERT', undefined, first],
      ['MODIFY', first, second],
      ['REMOVE', second, undefined],
    ])
  })

  test('is read on from a sequence number, after it or at it', async () => {
    const table = await makeTable(client, { stream: true })
    for (const pk of ['a', 'b', 'c', 'd']) await put(client, table, { pk: { S: pk } })
    const records = await readStream(database.url, table)
    const second = records[1]!.dynamodb.SequenceNumber
    const after = await readStream(database.url, table, { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: second })
    const at = await readStream(database.url, table, { type: 'AT_SEQUENCE_NUMBER', sequenceNumber: second })
    expect(after.map(toKey)).toEqual(['c', 'd'])
    expect(at.map(toKey)).toEqual(['b', 'c', 'd'])
  })

  test('from LATEST has only what comes later, page by page', async () => {
    const table = await makeTable(client, { stream: true })
    await put(client, table, { pk: { S: 'before' } })
    let iterator = await getIterator(database.url, table, { type: 'LATEST' })
    for (const pk of ['a', 'b', 'c']) await put(client, table, { pk: { S: pk } })
    const seen: string[] = []
    for (let page = 0; page < 3; page += 1) {
      const answer = await callStreams(database.url, 'GetRecords', { ShardIterator: iterator, Limit: 2 })
      seen.push(...(answer['Records'] as StreamRecord[]).map(toKey))
      iterator = answer['NextShardIterator'] as string
    }
    expect(seen).toEqual(['a', 'b', 'c'])
  })

  test('has the changes of a transaction and of racing writers exactly once', async () => {
    const table = await makeTable(client, { stream: true })
    const names = Array.from({ length: 40 }, (_, index) => `job-${index}`)
    await Promise.all(names.map(pk => put(client, table, { pk: { S: pk } })))
    await client.send(
      new TransactWriteItemsCommand({
        TransactItems: ['x', 'y'].map(pk => ({ Put: { TableName: table, Item: { pk: { S: pk } } } })),
      }),
    )
    const records = await readStream(database.url, table)
    const sequences = records.map(record => record.dynamodb.SequenceNumber)
    expect(sequences).toEqual([...new Set(sequences)].sort())
    expect(records.map(toKey).sort()).toEqual([...names, 'x', 'y'].sort())
  })

  test('forgets records after 24 hours and says so to who asks for them', async () => {
    const table = await makeTable(client, { stream: true })
    await put(client, table, { pk: { S: 'old' } })
    const [old] = await readStream(database.url, table)
    nowMs += 24 * 60 * 60 * 1000 + 1000
    await put(client, table, { pk: { S: 'new' } })
    await database.sweep()
    expect((await readStream(database.url, table)).map(toKey)).toEqual(['new'])
    const start = { type: 'AT_SEQUENCE_NUMBER', sequenceNumber: old!.dynamodb.SequenceNumber }
    await expect(getIterator(database.url, table, start)).rejects.toThrow('TrimmedDataAccessException')
  })

  test('is announced by DescribeTable and ends with its table', async () => {
    const table = await makeTable(client, { stream: true })
    const { Table: description } = await client.send(new DescribeTableCommand({ TableName: table }))
    expect(description).toMatchObject({
      TableStatus: 'ACTIVE',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    })
    await client.send(new DeleteTableCommand({ TableName: table }))
    const { Streams: streams } = await callStreams(database.url, 'ListStreams', { TableName: table })
    expect(streams).toEqual([])
  })
})

describe('faults on request', () => {
  test('throttle refuses and does nothing', async () => {
    const table = await makeTable(client)
    const once = makeClient(database.url, 1)
    database.control.failNext({ target: 'PutItem', kind: 'throttle' })
    await expect(put(once, table, { pk: { S: 'a' } })).rejects.toBeInstanceOf(ProvisionedThroughputExceededException)
    expect(await get(client, table, 'a')).toBeUndefined()
  })

  test('commit-then-drop writes and loses the answer; drop does not even write', async () => {
    const table = await makeTable(client)
    const once = makeClient(database.url, 1)
    database.control.failNext({ target: 'PutItem', kind: 'commit-then-drop' })
    database.control.failNext({ target: 'PutItem', kind: 'drop' })
    await expect(put(once, table, { pk: { S: 'written' } })).rejects.toThrow(/socket hang up|ECONNRESET/)
    await expect(put(once, table, { pk: { S: 'lost' } })).rejects.toThrow(/socket hang up|ECONNRESET/)
    expect(await get(client, table, 'written')).toBeDefined()
    expect(await get(client, table, 'lost')).toBeUndefined()
  })
})

describe('with a data folder', () => {
  test('what was acknowledged survives kill -9: items, index, stream, token, time to live', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'embedded-dynamodb-'))
    try {
      const first = await startInChild(dataDir)
      const writer = makeClient(first.url, 1)
      const table = await makeTable(writer, { stream: true })
      await writer.send(
        new UpdateTimeToLiveCommand({
          TableName: table,
          TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        }),
      )
      await writer.send(transactionOf(table))
      const acknowledged = await writeUntilKilled(writer, table, first.child)

      const restarted = await startEmbeddedDynamoDb({ dataDir })
      const reader = makeClient(restarted.url)
      for (const pk of acknowledged) expect(await get(reader, table, pk)).toBeDefined()
      const streamed = (await readStream(restarted.url, table)).map(toKey)
      expect(streamed).toEqual([...new Set(streamed)])
      expect(streamed).toEqual(expect.arrayContaining([...acknowledged, 'in-transaction']))
      const indexed = await queryState(reader, table, 'QUEUED')
      expect(indexed.sort()).toEqual(streamed.filter(pk => pk !== 'in-transaction').sort())
      await put(reader, table, { pk: { S: 'after-restart' } })
      expect((await readStream(restarted.url, table)).map(toKey)).toEqual([...streamed, 'after-restart'])
      await reader.send(transactionOf(table))
      expect(await get(reader, table, 'in-transaction')).toMatchObject({ runs: { N: '1' } })
      const { TimeToLiveDescription } = await reader.send(new DescribeTimeToLiveCommand({ TableName: table }))
      expect(TimeToLiveDescription?.AttributeName).toBe('expiresAt')
      await restarted.close()
    } finally {
      await rm(dataDir, { recursive: true })
    }
  })
})

interface StreamRecord {
  eventName: string
  dynamodb: { SequenceNumber: string; Keys: { pk: { S: string } }; OldImage?: unknown; NewImage?: unknown }
}

let tableCount = 0

async function makeTable(on: DynamoDBClient, options: { stream?: boolean } = {}): Promise<string> {
  tableCount += 1
  const name = `table-${tableCount}`
  await on.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'state', AttributeType: 'S' },
      ],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by-state',
          KeySchema: [{ AttributeName: 'state', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
      ...(options.stream ? { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } } : {}),
    }),
  )
  return name
}

function makeClient(endpoint: string, maxAttempts = 3): DynamoDBClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  return new DynamoDBClient({ endpoint, region: 'us-east-1', credentials, maxAttempts })
}

type Item = NonNullable<PutItemCommand['input']['Item']>

async function put(on: DynamoDBClient, table: string, item: Item): Promise<void> {
  await on.send(new PutItemCommand({ TableName: table, Item: item }))
}

async function get(on: DynamoDBClient, table: string, pk: string): Promise<unknown> {
  const answer = await on.send(new GetItemCommand({ TableName: table, Key: { pk: { S: pk } }, ConsistentRead: true }))
  return answer.Item
}

async function queryState(on: DynamoDBClient, table: string, state: string): Promise<string[]> {
  const { Items = [] } = await on.send(
    new QueryCommand({
      TableName: table,
      IndexName: 'by-state',
      KeyConditionExpression: '#s = :s',
      ExpressionAttributeNames: { '#s': 'state' },
      ExpressionAttributeValues: { ':s': { S: state } },
    }),
  )
  return Items.map(item => item['pk']?.S ?? '')
}

function transactionOf(table: string): TransactWriteItemsCommand {
  return new TransactWriteItemsCommand({
    ClientRequestToken: 'one-run',
    TransactItems: [
      {
        Update: {
          TableName: table,
          Key: { pk: { S: 'in-transaction' } },
          UpdateExpression: 'ADD runs :one',
          ExpressionAttributeValues: { ':one': { N: '1' } },
        },
      },
    ],
  })
}

/** Eight writers at once; the process is killed when 60 writes are acknowledged. Answers those acknowledged. */
async function writeUntilKilled(on: DynamoDBClient, table: string, child: ChildProcess): Promise<string[]> {
  const acknowledged: string[] = []
  let next = 0
  const writeOn = async (): Promise<void> => {
    for (; next < 1000;) {
      const pk = `job-${next++}`
      try {
        await put(on, table, { pk: { S: pk }, state: { S: 'QUEUED' } })
      } catch {
        return
      }
      acknowledged.push(pk)
      if (acknowledged.length === 60) child.kill('SIGKILL')
    }
  }
  await Promise.all([...Array.from({ length: 8 }, writeOn), once(child, 'exit')])
  expect(acknowledged.length).toBeLessThan(1000)
  return acknowledged
}

/** Pipelines the requests on one connection, so that all are there before the first is answered. */
async function postInOnePacket(url: string, action: string, bodies: readonly object[]): Promise<string> {
  const { hostname, port, host } = new URL(url)
  const socket = connect(Number(port), hostname)
  const requests = bodies.map((body, index) => {
    const text = JSON.stringify(body)
    const lines = [
      'POST / HTTP/1.1',
      `host: ${host}`,
      `x-amz-target: DynamoDB_20120810.${action}`,
      'authorization: AWS4-HMAC-SHA256 Credential=local',
      `content-length: ${Buffer.byteLength(text)}`,
      `connection: ${index === bodies.length - 1 ? 'close' : 'keep-alive'}`,
    ]
    return `${lines.join('\r\n')}\r\n\r\n${text}`
  })
  socket.write(requests.join(''))
  let answers = ''
  for await (const chunk of socket) answers += String(chunk)
  return answers
}

async function callStreams(url: string, action: string, body: object): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDBStreams_20120810.${action}`,
      authorization: 'AWS4-HMAC-SHA256 Credential=local/20261121/us-east-1/dynamodb/aws4_request',
    },
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as Record<string, unknown>
  if (!response.ok) throw new Error(`${String(answer['__type'])}: ${String(answer['message'])}`)
  return answer
}

async function getIterator(
  url: string,
  table: string,
  start: { type: string; sequenceNumber?: string },
): Promise<string> {
  const { Streams: streams } = await callStreams(url, 'ListStreams', { TableName: table })
  const { StreamArn } = (streams as Array<{ StreamArn: string }>)[0]!
  const { StreamDescription: description } = await callStreams(url, 'DescribeStream', { StreamArn })
  const { ShardId } = (description as { Shards: Array<{ ShardId: string }> }).Shards[0]!
  const answer = await callStreams(url, 'GetShardIterator', {
    StreamArn,
    ShardId,
    ShardIteratorType: start.type,
    SequenceNumber: start.sequenceNumber,
  })
  return answer['ShardIterator'] as string
}

async function readStream(
  url: string,
  table: string,
  start: { type: string; sequenceNumber?: string } = { type: 'TRIM_HORIZON' },
): Promise<StreamRecord[]> {
  const answer = await callStreams(url, 'GetRecords', { ShardIterator: await getIterator(url, table, start) })
  return answer['Records'] as StreamRecord[]
}

function toKey(record: StreamRecord): string {
  return record.dynamodb.Keys.pk.S
}

async function startInChild(dataDir: string): Promise<{ child: ChildProcess; url: string }> {
  const code = `
    import { startEmbeddedDynamoDb } from ${JSON.stringify(MODULE_URL)}
    const { url } = await startEmbeddedDynamoDb({ dataDir: ${JSON.stringify(dataDir)} })
    console.log(url)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [url] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, url: url.toString().trim() }
}
