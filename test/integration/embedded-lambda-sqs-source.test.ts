import type { SQSEvent } from 'aws-lambda'
import { startFauxqs } from 'fauxqs'
import { afterEach, describe, expect, test } from 'vitest'
import { createLambdaRunner, type LambdaRunner } from '../../local/aws/lambda/lambda-runner.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

describe('an SQS event source', () => {
  test('hands messages over as Lambda does, and deletes them when the function succeeds', async () => {
    const { sqs, runner, addQueue } = await startStack()
    const events: SQSEvent[] = []
    runner.register({ name: 'reader', timeoutSeconds: 3, handler: async (event: SQSEvent) => void events.push(event) })
    const queueUrl = addQueue('jobs')
    const messageAttributes = { kind: { DataType: 'String', StringValue: 'test' } }
    const sent = sqs.sendMessage('jobs', '{"id":1}', { messageAttributes })
    runner.addSqsSource({
      functionName: 'reader',
      queueUrl,
      batchSize: 10,
      maximumConcurrency: 2,
      reportBatchItemFailures: true,
    })
    await expect.poll(() => events.length).toBe(1)
    expect(events[0]?.Records).toEqual([
      {
        messageId: sent.messageId,
        receiptHandle: expect.any(String),
        body: '{"id":1}',
        attributes: expect.objectContaining({ ApproximateReceiveCount: '1', SentTimestamp: expect.any(String) }),
        messageAttributes: {
          kind: { stringValue: 'test', stringListValues: [], binaryListValues: [], dataType: 'String' },
        },
        md5OfBody: sent.md5OfBody,
        md5OfMessageAttributes: expect.any(String),
        eventSource: 'aws:sqs',
        eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:jobs',
        awsRegion: 'us-east-1',
      },
    ])
    await expect.poll(() => countMessages(sqs, 'jobs')).toBe(0)
  })

  test('keeps the failed part of a batch alone, which the queue moves to its dead-letter queue', async () => {
    const { sqs, runner, addQueue } = await startStack()
    const seen: string[] = []
    runner.register({
      name: 'reader',
      timeoutSeconds: 3,
      handler: async ({ Records }: SQSEvent) => {
        seen.push(...Records.map(record => record.body))
        const bad = Records.filter(record => record.body === 'bad')
        return { batchItemFailures: bad.map(record => ({ itemIdentifier: record.messageId })) }
      },
    })
    addQueue('dead')
    const queueUrl = addQueue('jobs', 'dead')
    for (const body of ['good', 'bad', 'fine']) sqs.sendMessage('jobs', body)
    addSource(runner, queueUrl)
    await expect.poll(() => countMessages(sqs, 'dead')).toBe(1)
    expect(seen.filter(body => body === 'bad').length).toBe(2) // the queue's maxReceiveCount
    expect(seen.filter(body => body !== 'bad').toSorted()).toEqual(['fine', 'good'])
    expect(sqs.inspectQueue('dead')?.messages.ready[0]?.body).toBe('bad')
    expect(countMessages(sqs, 'jobs')).toBe(0)
  })

  test.each([
    ['throws', async (): Promise<unknown> => Promise.reject(new Error('no'))],
    ['runs out of time', (): Promise<unknown> => new Promise(() => {})],
    ['names an unknown message', async (): Promise<unknown> => ({ batchItemFailures: [{ itemIdentifier: 'x' }] })],
  ])('moves the whole batch to the dead-letter queue when the function %s each time', async (_, handler) => {
    const { sqs, runner, addQueue } = await startStack()
    runner.register({ name: 'reader', timeoutSeconds: 0.05, handler })
    addQueue('dead')
    const queueUrl = addQueue('jobs', 'dead')
    for (const body of ['a', 'b', 'c']) sqs.sendMessage('jobs', body)
    addSource(runner, queueUrl)
    await expect.poll(() => countMessages(sqs, 'dead'), { timeout: 5000 }).toBe(3)
    expect(countMessages(sqs, 'jobs')).toBe(0)
  })

  test('never runs more batches at once than it may', async () => {
    const { sqs, runner, addQueue } = await startStack()
    let running = 0
    let most = 0
    let done = 0
    const gates = Array.from({ length: 6 }, () => Promise.withResolvers<void>())
    runner.register({
      name: 'reader',
      timeoutSeconds: 20,
      handler: async () => {
        running += 1
        most = Math.max(most, running)
        await gates[done + running - 1]?.promise
        running -= 1
        done += 1
      },
    })
    const queueUrl = addQueue('jobs')
    for (let index = 0; index < 6; index += 1) sqs.sendMessage('jobs', String(index))
    runner.addSqsSource({
      functionName: 'reader',
      queueUrl,
      batchSize: 1,
      maximumConcurrency: 2,
      reportBatchItemFailures: false,
    })
    await expect.poll(() => running).toBe(2)
    for (const gate of gates) gate.resolve()
    await expect.poll(() => done).toBe(6)
    expect(most).toBe(2)
  })

  test('gathers a batch above ten within its window', async () => {
    const { sqs, runner, addQueue } = await startStack()
    const sizes: number[] = []
    runner.register({
      name: 'reader',
      timeoutSeconds: 3,
      handler: async (event: SQSEvent) => void sizes.push(event.Records.length),
    })
    const queueUrl = addQueue('jobs')
    for (let index = 0; index < 25; index += 1) sqs.sendMessage('jobs', String(index))
    const source = { functionName: 'reader', queueUrl, batchSize: 25, batchWindowSeconds: 2, maximumConcurrency: 1 }
    runner.addSqsSource({ ...source, reportBatchItemFailures: false })
    await expect.poll(() => sizes).toEqual([25])
    await expect.poll(() => countMessages(sqs, 'jobs')).toBe(0)
  })

  test('outlives a queue that is away, and says so', async () => {
    const { sqs, runner, addQueue, problems } = await startStack()
    const bodies: string[] = []
    runner.register({
      name: 'reader',
      timeoutSeconds: 3,
      handler: async (event: SQSEvent) => void bodies.push(...event.Records.map(record => record.body)),
    })
    const queueUrl = addQueue('jobs')
    sqs.deleteQueue('jobs')
    addSource(runner, queueUrl)
    await expect.poll(() => problems.length).toBeGreaterThan(0)
    addQueue('jobs')
    sqs.sendMessage('jobs', 'back')
    await expect.poll(() => bodies, { timeout: 5000 }).toEqual(['back'])
  })

  test('that AWS would refuse is refused', async () => {
    const { runner, addQueue } = await startStack()
    runner.register({ name: 'reader', timeoutSeconds: 3, handler: async () => null })
    const source = {
      functionName: 'reader',
      queueUrl: addQueue('jobs'),
      maximumConcurrency: 2,
      reportBatchItemFailures: true,
    }
    expect(() => runner.addSqsSource({ ...source, batchSize: 11 })).toThrow('batchWindowSeconds must be at least 1')
    expect(() => runner.addSqsSource({ ...source, batchSize: 10_001 })).toThrow('1 to 10,000')
    expect(() => runner.addSqsSource({ ...source, batchSize: 1, functionName: 'nobody' })).toThrow('Function not found')
  })
})

test('an asynchronous event whose retries are used up goes to the on-failure queue', async () => {
  const { sqs, runner, addQueue } = await startStack()
  const onFailureQueueUrl = addQueue('failures')
  runner.register({
    name: 'worker',
    timeoutSeconds: 3,
    onFailureQueueUrl,
    handler: async () => {
      throw new TypeError('no')
    },
  })
  const requestId = await runner.invokeAsync('worker', { n: 1 })
  await expect.poll(() => countMessages(sqs, 'failures')).toBe(1)
  expect(JSON.parse(sqs.inspectQueue('failures')?.messages.ready[0]?.body ?? '')).toMatchObject({
    version: '1.0',
    requestContext: {
      requestId,
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:worker:$LATEST',
      condition: 'RetriesExhausted',
      approximateInvokeCount: 3,
    },
    requestPayload: { n: 1 },
    responseContext: { functionError: 'Unhandled' },
    responsePayload: { errorType: 'TypeError', errorMessage: 'no' },
  })
  await expect.poll(() => runner.pendingInvocations()).toBe(0)
})

type Fauxqs = Awaited<ReturnType<typeof startFauxqs>>
interface Stack {
  readonly sqs: Fauxqs
  readonly runner: LambdaRunner
  readonly problems: string[]
  /** Creates a queue and answers its URL; with a dead-letter queue, messages move there after two receives. */
  addQueue(name: string, deadLetterQueue?: string): string
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
  const addQueue = (name: string, deadLetterQueue?: string): string => {
    const deadLetterTargetArn = `arn:aws:sqs:us-east-1:000000000000:${deadLetterQueue}`
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 })
    sqs.createQueue(name, deadLetterQueue === undefined ? {} : { attributes: { RedrivePolicy } })
    return `${endpoint}/000000000000/${name}`
  }
  return { sqs, runner, problems, addQueue }
}

function addSource(runner: LambdaRunner, queueUrl: string): void {
  const source = { functionName: 'reader', queueUrl, batchSize: 10, maximumConcurrency: 2, retryVisibilitySeconds: 0 }
  runner.addSqsSource({ ...source, reportBatchItemFailures: true })
}

function countMessages(sqs: Fauxqs, name: string): number {
  const { ready = [], inflight = [], delayed = [] } = sqs.inspectQueue(name)?.messages ?? {}
  return ready.length + inflight.length + delayed.length
}
