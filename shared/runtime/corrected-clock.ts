/**
 * The time, corrected by what AWS says it is. Windows of a few seconds decide whether a create may still be on its way
 * (docs/adr/0002), so a worker whose clock is minutes off would prove what is not so. Each answer of DynamoDB carries a
 * `Date` header: the second in which the server wrote it, between sending and arrival. A clock that contradicts it is moved:
 * as little as it must, or into the middle of what is possible when it was far away. So a slow answer, which says less, moves no
 * clock that may be right, and one that is a little off by no more than that: ages are differences of two such times.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Clock } from '../operations/ports.ts'

/** A header says the second that has begun. */
const SECOND = 1_000

export class CorrectedClock implements Clock {
  private readonly own: () => number
  private offset = 0

  /** `own` is the machine's clock, in epoch milliseconds. */
  constructor(own: () => number = () => Date.now()) {
    this.own = own
  }

  now(): number {
    return this.own() + this.offset
  }

  /** Takes the time of a `Date` header that just arrived, asked for at `sentAt` of the own clock; anything else is passed over. */
  observe(header: unknown, sentAt: number): void {
    const said = typeof header === 'string' ? Date.parse(header) : Number.NaN
    if (Number.isNaN(said)) return
    const least = said - this.own()
    const most = said + SECOND - sentAt
    const nearest = Math.min(Math.max(this.offset, least), most)
    if (nearest === this.offset) return
    const isFar = Math.abs(nearest - this.offset) > most - least
    this.offset = isFar ? (least + most) / 2 : nearest
  }

  /** Reads the time from each answer of a client. */
  follow(client: DynamoDBClient): void {
    client.middlewareStack.add(
      next => async args => {
        const sentAt = this.own()
        const result = await next(args)
        const { response } = result as { readonly response?: { readonly headers?: Readonly<Record<string, unknown>> } }
        this.observe(response?.headers?.['date'], sentAt)
        return result
      },
      { step: 'deserialize', name: 'corrected-clock', priority: 'low' },
    )
  }
}
