import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DynamoDBStreamEvent } from 'aws-lambda'
import { startFauxqs } from 'fauxqs'
import { afterEach, describe, expect, test } from 'vitest'
import { createLambdaRunner, type LambdaRunner } from '../../local/aws/lambda/lambda-runner.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

describe('a DynamoDB stream source', () => {
  test('hands records over in order and continues behind its checkpoint after a restart', async () => {
    const stream = await startStreamServer(['a', 'b', 'c'])
    const checkpointFile = join(await makeFolder(), 'checkpoint.json')
    const first = await startStack()
    const seen: string[] = []
    const handler = async (event: DynamoDBStreamEvent): Promise<void> => void seen.push(...event.Records.map(readId))
    first.runner.register({ name: 'reader', timeoutSeconds: 3, handler })
    addStream(first.runner, stream.endpoint, { checkpointFile })
    await expect.poll(() => seen).toEqual(['a', 'b', 'c'])
    await expect.poll(() => readFile(checkpointFile, 'utf8').catch(() => '')).toContain('"sequenceNumber":"3"')
    await first.runner.stop()

    stream.add('d')
    const second = await startStack()
    second.runner.register({ name: 'reader', timeoutSeconds: 3, handler })
    addStream(second.runner, stream.endpoint, { checkpointFile })
    await expect.poll(() => seen).toEqual(['a', 'b', 'c', 'd'])
  })

  test('gives events the form of Lambda', async () => {
    const stream = await startStreamServer(['a'])
    const { runner } = await startStack()
    const events: DynamoDBStreamEvent[] = []
    runner.register({
      name: 'reader',
      timeoutSeconds: 3,
      handler: async (event: DynamoDBStreamEvent) => void events.push(event),
    })
    addStream(runner, stream.endpoint)
    await expect.poll(() => events.length).toBe(1)
    expect(events[0]?.Records[0]).toEqual({
      eventID: 'event-1',
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'us-east-1',
      dynamodb: expect.objectContaining({ NewImage: { id: { S: 'a' } }, SequenceNumber: '1' }),
      eventSourceARN: streamArn,
    })
  })

  test('tries again from the first failed record', async () => {
    const stream = await startStreamServer(['a', 'b', 'c'])
    const { runner } = await startStack()
    const batches: string[][] = []
    runner.register({
      name: 'reader',
      timeoutSeconds: 3,
      handler: async (event: DynamoDBStreamEvent) => {
        batches.push(event.Records.map(readId))
        return batches.length === 1 ? { batchItemFailures: [{ itemIdentifier: '2' }] } : null
      },
    })
    addStream(runner, stream.endpoint)
    await expect
      .poll(() => batches)
      .toEqual([
        ['a', 'b', 'c'],
        ['b', 'c'],
      ])
  })

  test('sends what it skips to the on-failure queue, by place and not by content', async () => {
    const stream = await startStreamServer(['a', 'broken-record', 'c'])
    const { sqs, runner, addQueue } = await startStack()
    const seen: string[] = []
    runner.register({
      name: 'reader',
      timeoutSeconds: 3,
      handler: async (event: DynamoDBStreamEvent) => {
        const ids = event.Records.map(readId)
        if (ids.includes('broken-record')) throw new Error('no')
        seen.push(...ids)
      },
    })
    addStream(runner, stream.endpoint, {
      bisect: true,
      maximumRetryAttempts: 1,
      onFailureQueueUrl: addQueue('skipped'),
    })
    await expect.poll(() => seen).toEqual(['a', 'c'])
    const body = sqs.inspectQueue('skipped')?.messages.ready[0]?.body ?? ''
    expect(JSON.parse(body)).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 2 },
      DDBStreamBatchInfo: {
        shardId: 'shard-1',
        startSequenceNumber: '2',
        endSequenceNumber: '2',
        batchSize: 1,
        streamArn,
      },
    })
    expect(body).not.toContain('broken-record')
  })

  test('goes on when an iterator has expired and when the service was away', async () => {
    const stream = await startStreamServer(['a'])
    const { runner, problems } = await startStack()
    const seen: string[] = []
    runner.register({
      name: 'reader',
      timeoutSeconds: 3,
      handler: async (event: DynamoDBStreamEvent) => void seen.push(...event.Records.map(readId)),
    })
    addStream(runner, stream.endpoint)
    await expect.poll(() => seen).toEqual(['a'])
    stream.failNext('ExpiredIteratorException')
    await expect.poll(() => problems.length).toBeGreaterThan(0)
    stream.add('b')
    await expect.poll(() => seen, { timeout: 5000 }).toEqual(['a', 'b'])
  })

  test('follows a shard that was closed into the one that continues it', async () => {
    const stream = await startStreamServer(['a', 'b'])
    stream.closeShard()
    stream.add('c')
    const { runner } = await startStack()
    const seen: string[] = []
    runner.register({
      name: 'reader',
      timeoutSeconds: 3,
      handler: async (event: DynamoDBStreamEvent) => void seen.push(...event.Records.map(readId)),
    })
    addStream(runner, stream.endpoint)
    await expect.poll(() => seen).toEqual(['a', 'b', 'c'])
  })
})

type Fauxqs = Awaited<ReturnType<typeof startFauxqs>>
interface Stack {
  readonly sqs: Fauxqs
  readonly runner: LambdaRunner
  readonly problems: string[]
  addQueue(name: string): string
}

async function startStack(): Promise<Stack> {
  const sqs = await startFauxqs({ port: 0, logger: false, host: '127.0.0.1' })
  cleanups.push(() => sqs.stop())
  const endpoint = `http://127.0.0.1:${sqs.port}`
  const problems: string[] = []
  const runner = createLambdaRunner({
    sqs: { endpoint, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } },
    retryDelayScale: 0.0001,
    onProblem: message => problems.push(message),
  })
  cleanups.push(() => runner.stop(1000))
  const addQueue = (name: string): string => {
    sqs.createQueue(name)
    return `${endpoint}/000000000000/${name}`
  }
  return { sqs, runner, problems, addQueue }
}

function addStream(runner: LambdaRunner, endpoint: string, options: object = {}): void {
  const source = { functionName: 'reader', endpoint, tableName: 'jobs', batchSize: 100, reportBatchItemFailures: true }
  runner.addStreamSource({ ...source, maximumRetryAttempts: 3, pollMilliseconds: 10, ...options })
}

function readId(record: DynamoDBStreamEvent['Records'][number]): string {
  return record.dynamodb?.NewImage?.['id']?.S ?? ''
}

const streamArn = 'arn:aws:dynamodb:us-east-1:000000000000:table/jobs/stream/2027-01-01T00:00:00.000'

/** The stream protocol in small: shards of numbered records; an iterator is `<shard>:<index>`. */
async function startStreamServer(
  ids: string[],
): Promise<{ endpoint: string; add(id: string): void; failNext(code: string): void; closeShard(): void }> {
  const shards: object[][] = [[]]
  let sequence = 0
  let nextFailure: string | undefined
  const add = (id: string): void => {
    sequence += 1
    const dynamodb = {
      NewImage: { id: { S: id } },
      SequenceNumber: String(sequence),
      ApproximateCreationDateTime: 1.8e9,
    }
    const standard = {
      eventID: `event-${sequence}`,
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
    }
    shards.at(-1)!.push({ ...standard, awsRegion: 'us-east-1', dynamodb })
  }
  for (const id of ids) add(id)

  const answer = (operation: string, input: Record<string, string>): object => {
    if (operation === 'ListStreams') return { Streams: [{ StreamArn: streamArn, TableName: input['TableName'] }] }
    if (operation === 'DescribeStream') {
      const Shards = shards.map((_, index) => ({
        ShardId: `shard-${index + 1}`,
        ...(index > 0 && { ParentShardId: `shard-${index}` }),
      }))
      return { StreamDescription: { StreamArn: streamArn, Shards } }
    }
    if (operation === 'GetShardIterator') {
      const shard = Number(input['ShardId']?.split('-')[1]) - 1
      const start = shards[shard]!.findIndex(record =>
        JSON.stringify(record).includes(`"SequenceNumber":"${input['SequenceNumber']}"`),
      )
      return { ShardIterator: `${shard}:${input['ShardIteratorType'] === 'TRIM_HORIZON' ? 0 : start + 1}` }
    }
    const [shard = 0, index = 0] = (input['ShardIterator'] ?? '').split(':').map(Number)
    const Records = shards[shard]!.slice(index, index + Number(input['Limit']))
    const isClosed = shard < shards.length - 1 && index + Records.length >= shards[shard]!.length
    return { Records, NextShardIterator: isClosed ? null : `${shard}:${index + Records.length}` }
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      const operation = String(request.headers['x-amz-target']).replace('DynamoDBStreams_20120810.', '')
      const isSigned = String(request.headers.authorization).startsWith('AWS4-HMAC-SHA256 ')
      if (!isSigned) return response.writeHead(400).end('{"__type":"#MissingAuthenticationTokenException"}')
      const failure = operation === 'GetRecords' ? nextFailure : undefined
      if (failure !== undefined) nextFailure = undefined
      const body = failure
        ? { __type: `com.amazonaws.dynamodb.v20120810#${failure}` }
        : answer(operation, JSON.parse(String(Buffer.concat(chunks))))
      return response.writeHead(failure ? 400 : 200).end(JSON.stringify(body))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(async () => {
    server.close()
    server.closeAllConnections()
  })
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { endpoint, add, failNext: code => (nextFailure = code), closeShard: () => shards.push([]) }
}

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'embedded-lambda-sources-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}
