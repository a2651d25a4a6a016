/**
 * An SQS queue in virtual time with Lambda's poller on it: messages become visible after their delay, and batches of at most ten go
 * to the function, so many at once. Every request is counted: what senders make, and the poller's receives and deletes.
 */
import type { SQSClient } from '@aws-sdk/client-sqs'
import type { VirtualTime } from './virtual-time.ts'

export interface VirtualQueueOptions {
  readonly time: VirtualTime
  readonly batchSize: number
  readonly maximumConcurrency: number
  /** Waits for as long as a request takes. */
  readonly travel: () => Promise<void>
  /** When a failed message is seen again. */
  readonly retryMilliseconds: number
  /** Invokes the function with the bodies; answers which of them failed. */
  readonly deliver: (bodies: readonly string[]) => Promise<ReadonlySet<number>>
}

interface Message {
  readonly MessageBody: string
  readonly DelaySeconds?: number
}
interface Command {
  readonly constructor: { readonly name: string }
  readonly input: Message & { readonly Entries?: readonly Message[] }
}

/** What a poll takes to see a message that is there. */
const RECEIVE_MILLISECONDS = 12

export class VirtualQueue {
  readonly requests = new Map<string, number>()
  failures = 0
  readonly client: SQSClient
  private readonly visible: string[] = []
  private delayed = 0
  private running = 0
  private isPolled = false
  private readonly options: VirtualQueueOptions

  constructor(options: VirtualQueueOptions) {
    this.options = options
    const client = { send: (command: Command) => this.send(command) }
    this.client = client as unknown as SQSClient
  }

  /** Messages that nobody has handled yet. */
  get length(): number {
    return this.visible.length + this.delayed + this.running
  }

  private async send({ constructor, input }: Command) {
    this.count(constructor.name.replace('Command', ''))
    await this.options.travel()
    for (const { MessageBody, DelaySeconds = 0 } of input.Entries ?? [input]) this.put(MessageBody, DelaySeconds * 1000)
    return {}
  }

  private put(body: string, delay: number): void {
    this.delayed++
    this.options.time.after(delay, () => {
      this.delayed--
      this.visible.push(body)
      this.poll()
    })
  }

  /** A long poll answers at once when there is something; what came meanwhile is in the same batch. */
  private poll(): void {
    const { time, maximumConcurrency } = this.options
    if (this.isPolled || this.running >= maximumConcurrency || this.visible.length === 0) return
    this.isPolled = true
    time.after(RECEIVE_MILLISECONDS, () => {
      this.isPolled = false
      this.count('ReceiveMessage')
      const bodies = this.visible.splice(0, this.options.batchSize)
      this.running++
      void this.work(bodies)
      this.poll()
    })
  }

  private async work(bodies: readonly string[]): Promise<void> {
    const failed = await this.options.deliver(bodies)
    this.running--
    this.failures += failed.size
    if (failed.size < bodies.length) this.count('DeleteMessageBatch')
    for (const index of failed) this.put(bodies[index] ?? '', this.options.retryMilliseconds)
    this.poll()
  }

  private count(name: string): void {
    this.requests.set(name, (this.requests.get(name) ?? 0) + 1)
  }
}
