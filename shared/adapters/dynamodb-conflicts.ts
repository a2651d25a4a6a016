/**
 * Writes that met another transaction on the same item, or a limit of the table's rate: DynamoDB refuses them without a look at
 * their conditions, and the SDK repeats neither TransactionConflictException nor a cancelled transaction. Admissions of one
 * team or cluster all change the same counter, so that this is everyday work and no failure.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { TransactionCanceledException, TransactionConflictException } from '@aws-sdk/client-dynamodb'

/** One of the writers that meet commits each time; twenty at once are all through after six tries. */
const MAX_TRIES = 10
/** The longest first pause, doubled each time up to the largest: 1.1 s in all, where a function has 30. */
const FIRST_PAUSE_MILLISECONDS = 10
const LARGEST_PAUSE_MILLISECONDS = 200
/** Reasons of a cancelled transaction that say nothing about its conditions. */
const PASSING = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'])

/** Repeats a write that changed nothing, after a pause of random length; any other error goes through. */
export async function despiteConflicts<Answer>(write: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    try {
      return await write()
    } catch (error) {
      if (!isPassing(error) || tries >= MAX_TRIES) throw error
      const longest = Math.min(LARGEST_PAUSE_MILLISECONDS, FIRST_PAUSE_MILLISECONDS * 2 ** (tries - 1))
      await wait(Math.random() * longest)
    }
  }
}

/** A condition that failed is an answer, whatever else happened to the other items. */
function isPassing(error: unknown): boolean {
  if (error instanceof TransactionConflictException) return true
  if (!(error instanceof TransactionCanceledException)) return false
  const codes = (error.CancellationReasons ?? []).map(reason => reason.Code ?? '')
  return !codes.includes('ConditionalCheckFailed') && codes.some(code => PASSING.has(code))
}
