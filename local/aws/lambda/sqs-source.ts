/**
 * The SQS event source of Lambda: long-polls a queue, invokes the function with batches, deletes what succeeded. What
 * failed stays in the queue and comes back after its visibility timeout; the queue's own redrive policy moves it to the
 * dead-letter queue. No npm emulator has this part. A throttled invocation counts as a failed batch, as in AWS.
 */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  type Message,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { waitUnlessAborted } from './abortable-wait.ts'
import { decideFailedItems } from './batch-item-failures.ts'
import type { InvocationOutcome } from './function-runtime.ts'
import { queueArnFromUrl, renderSqsEvent } from './sqs-event.ts'

/** One event source mapping. Limits are those of AWS. */
export interface SqsSourceOptions {
  readonly functionName: string
  readonly queueUrl: string
  /** 1 to 10,000; more than 10 needs a window of at least one second. */
  readonly batchSize: number
  /** 0 (default) to 300: how long to gather a batch. */
  readonly batchWindowSeconds?: number
  /** Batches in work at the same time. AWS accepts 2 to 1,000; 1 is accepted here. */
  readonly maximumConcurrency: number
  readonly reportBatchItemFailures: boolean
  /** When given, failed messages become visible after this time instead of the queue's visibility timeout. */
  readonly retryVisibilitySeconds?: number
}

/** What a source needs from the runner. */
export interface SqsSourceDependencies {
  readonly sqs: SQSClient
  readonly region: string
  readonly invoke: (functionName: string, event: unknown) => Promise<InvocationOutcome>
  readonly signal: AbortSignal
  /** Told about everything that went wrong outside of the function. */
  readonly onProblem: (message: string, error: unknown) => void
}

/** The most that one SQS call receives, deletes or changes. */
const sqsCallEntries = 10
/** SQS' longest long poll. */
const longPollSeconds = 20
/** The pause after a call that failed: long enough not to flood the log, short enough not to be felt. */
const pauseAfterErrorMilliseconds = 500

/** Polls until the signal aborts. Resolves when the last batch is done. Throws at once for options that AWS refuses. */
export function startSqsSource(dependencies: SqsSourceDependencies, options: SqsSourceOptions): Promise<void> {
  checkOptions(options)
  return pollQueue(dependencies, options)
}

async function pollQueue(dependencies: SqsSourceDependencies, options: SqsSourceOptions): Promise<void> {
  const running = new Set<Promise<void>>()
  while (!dependencies.signal.aborted) {
    if (running.size >= options.maximumConcurrency) {
      await Promise.race(running)
      continue
    }
    const messages = await collectBatch(dependencies, options)
    if (messages.length === 0) continue
    const work = handleBatch(dependencies, options, messages).finally(() => running.delete(work))
    running.add(work)
  }
  await Promise.all(running)
}

/** Messages that were received before an error are still handed over: they are ours until their visibility ends. */
async function collectBatch(dependencies: SqsSourceDependencies, options: SqsSourceOptions): Promise<Message[]> {
  const messages: Message[] = []
  const windowMilliseconds = (options.batchWindowSeconds ?? 0) * 1000
  let windowEnd = Date.now()
  try {
    do {
      const entries = Math.min(sqsCallEntries, options.batchSize - messages.length)
      const waitSeconds = messages.length === 0 ? longPollSeconds : Math.ceil((windowEnd - Date.now()) / 1000)
      const received = await receive(dependencies, options.queueUrl, entries, Math.min(waitSeconds, longPollSeconds))
      if (messages.length === 0) windowEnd = Date.now() + windowMilliseconds
      messages.push(...received)
    } while (messages.length > 0 && messages.length < options.batchSize && Date.now() < windowEnd)
  } catch (error) {
    if (!dependencies.signal.aborted) {
      dependencies.onProblem(`receiving from ${options.queueUrl} failed`, error)
      await waitUnlessAborted(pauseAfterErrorMilliseconds, dependencies.signal)
    }
  }
  return messages
}

async function receive(
  { sqs, signal }: SqsSourceDependencies,
  queueUrl: string,
  entries: number,
  waitSeconds: number,
): Promise<Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: queueUrl,
    MaxNumberOfMessages: entries,
    WaitTimeSeconds: Math.max(0, waitSeconds),
    MessageSystemAttributeNames: ['All'],
    MessageAttributeNames: ['All'],
  })
  return (await sqs.send(command, { abortSignal: signal })).Messages ?? []
}

async function handleBatch(
  dependencies: SqsSourceDependencies,
  options: SqsSourceOptions,
  messages: readonly Message[],
): Promise<void> {
  const event = renderSqsEvent(messages, queueArnFromUrl(options.queueUrl, dependencies.region))
  const outcome = await dependencies.invoke(options.functionName, event)
  const reporting = options.reportBatchItemFailures ? 'report-item-failures' : 'whole-batch'
  const failedIds = decideFailedItems(
    outcome,
    messages.map(message => message.MessageId ?? ''),
    reporting,
  )
  const isFailed = (message: Message): boolean => failedIds.has(message.MessageId ?? '')
  try {
    await deleteMessages(
      dependencies,
      options.queueUrl,
      messages.filter(message => !isFailed(message)),
    )
    await hastenRetry(dependencies, options, messages.filter(isFailed))
  } catch (error) {
    dependencies.onProblem(`acknowledging to ${options.queueUrl} failed; its messages come again`, error)
  }
}

async function deleteMessages(
  { sqs, onProblem }: SqsSourceDependencies,
  queueUrl: string,
  messages: readonly Message[],
): Promise<void> {
  for (const entries of chunkEntries(messages)) {
    const answer = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }))
    if (answer.Failed?.length) onProblem(`deleting from ${queueUrl} failed; the messages come again`, answer.Failed)
  }
}

async function hastenRetry(
  { sqs, onProblem }: SqsSourceDependencies,
  { queueUrl, retryVisibilitySeconds }: SqsSourceOptions,
  messages: readonly Message[],
): Promise<void> {
  if (retryVisibilitySeconds === undefined) return
  for (const chunk of chunkEntries(messages)) {
    const entries = chunk.map(entry => ({ ...entry, VisibilityTimeout: retryVisibilitySeconds }))
    const answer = await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries: entries }))
    if (answer.Failed?.length) onProblem(`changing the visibility in ${queueUrl} failed`, answer.Failed)
  }
}

function chunkEntries(messages: readonly Message[]): { Id: string; ReceiptHandle: string }[][] {
  const entries = messages.map((message, index) => ({ Id: String(index), ReceiptHandle: message.ReceiptHandle ?? '' }))
  return Array.from({ length: Math.ceil(entries.length / sqsCallEntries) }, (_, chunk) =>
    entries.slice(chunk * sqsCallEntries, (chunk + 1) * sqsCallEntries),
  )
}

function checkOptions({ batchSize, batchWindowSeconds = 0, maximumConcurrency }: SqsSourceOptions): void {
  if (!(batchSize >= 1 && batchSize <= 10_000))
    throw new RangeError(`batchSize is ${batchSize}; 1 to 10,000 is allowed.`)
  if (!(batchWindowSeconds >= 0 && batchWindowSeconds <= 300)) {
    throw new RangeError(`batchWindowSeconds is ${batchWindowSeconds}; 0 to 300 is allowed.`)
  }
  if (batchSize > sqsCallEntries && batchWindowSeconds < 1) {
    throw new RangeError(`batchSize ${batchSize} is above 10, so batchWindowSeconds must be at least 1.`)
  }
  if (!(maximumConcurrency >= 1 && maximumConcurrency <= 1000)) {
    throw new RangeError(`maximumConcurrency is ${maximumConcurrency}; 1 to 1,000 is allowed.`)
  }
}
