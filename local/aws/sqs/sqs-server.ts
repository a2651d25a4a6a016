/**
 * An embedded SQS, for `npm run local`, the demo and tests: fauxqs on a free loopback port, with the queues asked for.
 *
 * Emulated by fauxqs (measured): delays, visibility time-outs, receive counts and dead-letter queues, batches, long polls,
 * FIFO queues, message groups. With a `dataDir` queues and messages survive kill -9, receive counts and time-outs included.
 * Not emulated: signatures (any credentials do), permissions, retention (messages do not age out), StartMessageMoveTask,
 * ListDeadLetterSourceQueues. Everything that is not SQS answers 501.
 */
import { openFauxqsEngine } from './fauxqs-engine.ts'

export interface EmbeddedQueue {
  readonly name: string
  /** 30 unless given, as in AWS. */
  readonly visibilityTimeoutSeconds?: number
  /** 0 unless given. */
  readonly delaySeconds?: number
  /** How long a receive waits when its caller does not say; 0 unless given. */
  readonly receiveWaitSeconds?: number
  /** The name of a queue that is asked for as well, or was made before. Needs `maxReceiveCount`. */
  readonly deadLetterQueue?: string
  /** After so many receives without a delete a message goes to the dead-letter queue. */
  readonly maxReceiveCount?: number
}

export interface EmbeddedSqsOptions {
  /** 0, the default, takes a free port. */
  readonly port?: number
  /** A folder of its own; created if missing. Without it everything is in memory. */
  readonly dataDir?: string
  readonly region?: string
  readonly queues: readonly EmbeddedQueue[]
}

export interface EmbeddedSqs {
  readonly url: string
  /** The URL of a queue. Throws if there is none of that name. */
  queueUrl(name: string): string
  /** The ARN of a queue. Throws if there is none of that name. */
  queueArn(name: string): string
  close(): Promise<void>
}

/** Rejects when the port is taken, or when a dead-letter queue is not among the queues. */
export async function startEmbeddedSqs(options: EmbeddedSqsOptions): Promise<EmbeddedSqs> {
  const engine = await openFauxqsEngine({
    port: options.port ?? 0,
    region: options.region ?? 'us-east-1',
    dataDir: options.dataDir,
  })
  const find = (name: string): { url: string; arn: string } => {
    const queue = engine.findQueue(name)
    if (queue === undefined) throw new Error(`The embedded SQS has no queue ${name}`)
    return queue
  }
  try {
    // All exist before any redrive policy names one.
    for (const queue of options.queues) engine.putQueue(queue.name, renderAttributes(queue))
    for (const queue of options.queues) {
      const policy = renderRedrivePolicy(queue, name => find(name).arn)
      if (policy !== undefined) engine.putQueue(queue.name, { RedrivePolicy: policy })
    }
  } catch (error) {
    await engine.close()
    throw error
  }
  let closing: Promise<void> | undefined
  return {
    url: `http://127.0.0.1:${engine.port}`,
    queueUrl: name => find(name).url,
    queueArn: name => find(name).arn,
    close: () => (closing ??= engine.close()),
  }
}

function renderAttributes(queue: EmbeddedQueue): Record<string, string> {
  return {
    ...(queue.name.endsWith('.fifo') ? { FifoQueue: 'true' } : {}),
    ...(queue.visibilityTimeoutSeconds === undefined
      ? {}
      : { VisibilityTimeout: String(queue.visibilityTimeoutSeconds) }),
    ...(queue.delaySeconds === undefined ? {} : { DelaySeconds: String(queue.delaySeconds) }),
    ...(queue.receiveWaitSeconds === undefined
      ? {}
      : { ReceiveMessageWaitTimeSeconds: String(queue.receiveWaitSeconds) }),
  }
}

function renderRedrivePolicy(queue: EmbeddedQueue, findArn: (name: string) => string): string | undefined {
  const { name, deadLetterQueue, maxReceiveCount } = queue
  if (deadLetterQueue === undefined && maxReceiveCount === undefined) return undefined
  if (deadLetterQueue === undefined || maxReceiveCount === undefined) {
    throw new Error(`Queue ${name} needs both deadLetterQueue and maxReceiveCount, or neither`)
  }
  return JSON.stringify({ deadLetterTargetArn: findArn(deadLetterQueue), maxReceiveCount })
}
