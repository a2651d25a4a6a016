/**
 * The time, corrected by what AWS says it is. Windows of a few seconds decide whether a create may still be on its way
 * (docs/adr/0002), so a worker whose clock is minutes off would prove what is not so. Each answer of DynamoDB carries a
 * `Date` header; a clock that is more than its resolution and a slow answer away from it follows it.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Clock } from '../operations/ports.ts'

/** The header has whole seconds, and an answer may take a second: smaller differences say nothing. */
const TOLERANCE_MILLISECONDS = 2_000
/** A header says the second that has begun. */
const MIDDLE_OF_SECOND = 500

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

  /** Takes the time of a `Date` header that just arrived; anything else is passed over. */
  observe(header: unknown): void {
    const said = typeof header === 'string' ? Date.parse(header) : Number.NaN
    if (Number.isNaN(said)) return
    const difference = said + MIDDLE_OF_SECOND - this.own()
    this.offset = Math.abs(difference) > TOLERANCE_MILLISECONDS ? difference : 0
  }

  /** Reads the time from each answer of a client. */
  follow(client: DynamoDBClient): void {
    client.middlewareStack.add(
      next => async args => {
        const result = await next(args)
        const { response } = result as { readonly response?: { readonly headers?: Readonly<Record<string, unknown>> } }
        this.observe(response?.headers?.['date'])
        return result
      },
      { step: 'deserialize', name: 'corrected-clock', priority: 'low' },
    )
  }
}
