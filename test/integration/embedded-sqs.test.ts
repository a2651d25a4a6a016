/** The embedded SQS through the real SDK. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
  type Message,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEmbeddedSqs, type EmbeddedSqs } from '../../local/aws/sqs/sqs-server.ts'

const MODULE_URL = new URL('../../local/aws/sqs/sqs-server.ts', import.meta.url).href
const QUEUES = [
  { name: 'reconcile', visibilityTimeoutSeconds: 30, deadLetterQueue: 'reconcile-dead', maxReceiveCount: 2 },
  { name: 'reconcile-dead' },
  { name: 'plain' },
]

let sqs: EmbeddedSqs
let client: SQSClient

beforeAll(async () => {
  sqs = await startEmbeddedSqs({ queues: QUEUES })
  client = makeClient(sqs.url)
})
afterAll(async () => {
  client.destroy()
  await sqs.close()
})

test('the queues asked for are there, with their attributes, under the URLs answered', async () => {
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: 'reconcile' }))
  expect(QueueUrl).toBe(sqs.queueUrl('reconcile'))
  expect(new URL(QueueUrl ?? '').origin).toBe(sqs.url)
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
  expect(Attributes).toMatchObject({ VisibilityTimeout: '30', QueueArn: sqs.queueArn('reconcile') })
  expect(JSON.parse(Attributes?.['RedrivePolicy'] ?? '')).toEqual({
    deadLetterTargetArn: sqs.queueArn('reconcile-dead'),
    maxReceiveCount: 2,
  })
})

test('messages are sent in batches, received once and deleted', async () => {
  const QueueUrl = sqs.queueUrl('plain')
  const Entries = ['a', 'b', 'c'].map(id => ({ Id: id, MessageBody: id }))
  await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
  const messages = await receive(client, QueueUrl)
  expect(messages.map(({ Body }) => Body)).toEqual(expect.arrayContaining(['a', 'b', 'c']))
  expect(messages).toHaveLength(3)
  expect(await receive(client, QueueUrl)).toEqual([])
  for (const { ReceiptHandle } of messages) await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
  expect(Attributes).toMatchObject({ ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesNotVisible: '0' })
})

test('a message received too often goes to the dead-letter queue', async () => {
  const QueueUrl = sqs.queueUrl('reconcile')
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'poison' }))
  for (let round = 1; round <= 2; round += 1) {
    const [message] = await receive(client, QueueUrl)
    expect(message?.Attributes?.ApproximateReceiveCount).toBe(String(round))
    await client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout: 0 }),
    )
  }
  expect(await receive(client, QueueUrl)).toEqual([])
  const [dead] = await receive(client, sqs.queueUrl('reconcile-dead'))
  expect(dead?.Body).toBe('poison')
})

test('a queue that nobody asked for does not exist', async () => {
  const url = client.send(new GetQueueUrlCommand({ QueueName: 'unknown' }))
  await expect(url).rejects.toBeInstanceOf(QueueDoesNotExist)
  expect(() => sqs.queueUrl('unknown')).toThrow(/no queue unknown/)
})

test('a dead-letter queue that is not among the queues is refused at the start', async () => {
  const started = startEmbeddedSqs({ queues: [{ name: 'alone', deadLetterQueue: 'nowhere', maxReceiveCount: 3 }] })
  await expect(started).rejects.toThrow(/no queue nowhere/)
})

describe('what is not SQS', () => {
  test.each([
    ['S3 put', 'PUT', '/bucket/key', {}],
    ['S3 list', 'GET', '/bucket', {}],
    ['SNS', 'POST', '/', { 'content-type': 'application/x-www-form-urlencoded' }],
    [
      'DynamoDB',
      'POST',
      '/',
      { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.PutItem' },
    ],
  ] as const)('%s is refused with 501', async (_name, method, path, headers) => {
    const response = await fetch(sqs.url + path, { method, headers, ...(method === 'GET' ? {} : { body: 'Action=x' }) })
    expect(response.status).toBe(501)
  })

  test('the other interfaces of this machine are not listened on', async () => {
    const addresses = Object.values(networkInterfaces()).flatMap(list => list ?? [])
    const outside = addresses.filter(({ internal, family }) => !internal && family === 'IPv4')
    for (const { address } of outside) {
      await expect(fetch(`http://${address}:${new URL(sqs.url).port}/`)).rejects.toThrow('fetch failed')
    }
    expect(new URL(sqs.url).hostname).toBe('127.0.0.1')
  })
})

test('with a data folder, messages and receive counts survive kill -9, under the new URLs', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'embedded-sqs-'))
  try {
    const { child, url } = await startInChild(dataDir)
    const first = makeClient(url)
    const { QueueUrl: firstUrl } = await first.send(new GetQueueUrlCommand({ QueueName: 'reconcile' }))
    for (const body of ['one', 'two', 'three']) {
      await first.send(new SendMessageCommand({ QueueUrl: firstUrl, MessageBody: body }))
    }
    const [taken] = await receive(first, firstUrl, 1)
    await first.send(new DeleteMessageCommand({ QueueUrl: firstUrl, ReceiptHandle: taken?.ReceiptHandle }))
    const [held] = await receive(first, firstUrl, 1)
    child.kill('SIGKILL')
    await once(child, 'exit')

    const restarted = await startEmbeddedSqs({ queues: QUEUES, dataDir })
    const second = makeClient(restarted.url)
    const { QueueUrl } = await second.send(new GetQueueUrlCommand({ QueueName: 'reconcile' }))
    expect(QueueUrl).toBe(restarted.queueUrl('reconcile'))
    expect(new URL(QueueUrl ?? '').origin).toBe(restarted.url)
    const left = await receive(second, QueueUrl)
    console.log(taken, held, left)
    expect(left).toHaveLength(1)
    expect(new Set([taken?.Body, held?.Body, left[0]?.Body])).toEqual(new Set(['one', 'two', 'three']))
    await second.send(
      new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: held?.ReceiptHandle, VisibilityTimeout: 0 }),
    )
    const [again] = await receive(second, QueueUrl)
    expect([again?.Body, again?.Attributes?.ApproximateReceiveCount]).toEqual([held?.Body, '2'])
    await restarted.close()
  } finally {
    await rm(dataDir, { recursive: true })
  }
})

function makeClient(endpoint: string): SQSClient {
  return new SQSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  })
}

async function receive(on: SQSClient, QueueUrl: string | undefined, max = 10): Promise<Message[]> {
  const answer = await on.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: max,
      WaitTimeSeconds: 0,
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
    }),
  )
  return answer.Messages ?? []
}

async function startInChild(dataDir: string): Promise<{ child: ChildProcess; url: string }> {
  const code = `
    import { startEmbeddedSqs } from ${JSON.stringify(MODULE_URL)}
    const { url } = await startEmbeddedSqs({ queues: ${JSON.stringify(QUEUES)}, dataDir: ${JSON.stringify(dataDir)} })
    console.log(url)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [url] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, url: url.toString().trim() }
}
