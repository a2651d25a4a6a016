/**
 * An SQS standard queue and the pollers that Lambda has on it: at least once, no order, a visibility time-out after which a
 * message comes again, a dead-letter queue after too many receives.
 */
import type { Prng } from './prng.ts'
import type { Scheduler } from './scheduler.ts'

interface Message {
  readonly id: string
  readonly body: string
  receives: number
}

/** What became of a batch: the ids that failed, or everything (an error, a time-out, a killed worker). */
export type BatchOutcome = { readonly failed: readonly string[] } | 'all-failed'

export interface QueueSettings {
  readonly name: string
  readonly visibilitySeconds: number
  /** Receives a batch; must call `done` once, or never (the worker died: the messages come again). */
  readonly deliver: (
    messages: readonly { readonly messageId: string; readonly body: string }[],
    done: (outcome: BatchOutcome) => void,
  ) => void
  /** Chance that a message is delivered once more although it was deleted. */
  readonly duplicateRate: number
  /** Largest delay besides the asked one, milliseconds: what makes order arbitrary. */
  readonly maxJitter: number
}

/** Messages of one batch, and receives before the dead-letter queue (as deployed). */
const BATCH_SIZE = 10
const MAX_RECEIVES = 5
const POLL_MILLISECONDS = 2

export class SimulatedQueue {
  readonly dead: Message[] = []
  /** Messages that are neither deleted nor dead. */
  readonly messages = new Set<Message>()
  private ready: Message[] = []
  private polling = false
  private sent = 0
  private readonly settings: QueueSettings
  private readonly scheduler: Scheduler
  private readonly prng: Prng

  constructor(settings: QueueSettings, scheduler: Scheduler, prng: Prng) {
    this.settings = settings
    this.scheduler = scheduler
    this.prng = prng
  }

  send(body: string, delaySeconds: number): void {
    const message = { id: `${this.settings.name}-${++this.sent}`, body, receives: 0 }
    this.messages.add(message)
    const jitter = this.prng.next() * this.settings.maxJitter
    this.scheduler.after(delaySeconds * 1000 + jitter, () => this.show(message))
  }

  private show(message: Message): void {
    if (!this.messages.has(message)) return
    this.ready.push(message)
    if (this.polling) return
    this.polling = true
    this.scheduler.after(POLL_MILLISECONDS, () => this.poll())
  }

  private poll(): void {
    this.polling = false
    const batch = this.ready.splice(0, BATCH_SIZE).filter(message => this.receive(message))
    if (this.ready.length > 0) {
      this.polling = true
      this.scheduler.after(POLL_MILLISECONDS, () => this.poll())
    }
    if (batch.length === 0) return
    let answered = false
    const done = (outcome: BatchOutcome): void => {
      if (answered) return
      answered = true
      for (const message of batch) {
        if (outcome === 'all-failed' || outcome.failed.includes(message.id)) continue
        this.messages.delete(message)
        if (this.prng.chance(this.settings.duplicateRate)) this.send(message.body, this.prng.between(0, 60))
      }
    }
    this.settings.deliver(
      batch.map(({ id, body }) => ({ messageId: id, body })),
      done,
    )
  }

  /** Counts the receive and hides the message; false when it was received too often and is dead. */
  private receive(message: Message): boolean {
    if (++message.receives > MAX_RECEIVES) {
      this.messages.delete(message)
      this.dead.push(message)
      return false
    }
    this.scheduler.after(this.settings.visibilitySeconds * 1000, () => this.show(message))
    return true
  }
}
