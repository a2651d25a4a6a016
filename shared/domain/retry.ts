/** Whether, when and with what change a failed attempt is followed by another: one table (reason.ts) and this arithmetic. */
import type { Attempt, Job } from './job.ts'
import { FAILURES } from './reason.ts'
import type { FailureReason } from './reason.ts'

/** What an out-of-memory attempt's memory is multiplied by. */
export const MEMORY_FACTOR = 1.5

export interface RetryDecision {
  readonly notBefore: number
  readonly moreMemoryFor?: 'driver' | 'executor'
}

/**
 * The next attempt, or undefined when this was the last. `jitter` is 0 … 1. Author's failures count against
 * `authorRetries`, all attempts against `maxAttempts`.
 */
export function decideRetry(job: Job, reason: FailureReason, now: number, jitter: number): RetryDecision | undefined {
  const row = FAILURES[reason]
  if (row.retry === 'never') return undefined
  if (job.attempt >= maxAttemptsOf(job)) return undefined
  if (row.retry === 'author' && authorFailures(job.attempts) >= job.retry.authorRetries) return undefined
  const delaySeconds = backOffSeconds(job, job.attempt, jitter) * row.delayFactor
  return {
    notBefore: now + Math.round(delaySeconds * 1000),
    ...(row.moreMemoryFor && { moreMemoryFor: row.moreMemoryFor }),
  }
}

/** An author who asks for more repeats than the platform's default gets them. */
const maxAttemptsOf = (job: Job): number => Math.max(job.retry.maxAttempts, job.retry.authorRetries + 1)

/** Failures of the program itself in attempts before the present one. */
const authorFailures = (attempts: readonly Attempt[]): number =>
  attempts.slice(0, -1).filter(attempt => attempt.reason === 'USER_CODE_FAILED').length

/** Doubles from the first delay to the limit; jitter of ± 20 % keeps a burst of failures from coming back as a burst. */
export function backOffSeconds(job: Pick<Job, 'retry'>, failedAttempt: number, jitter: number): number {
  const { firstDelaySeconds, maxDelaySeconds } = job.retry
  const exponential = firstDelaySeconds * 2 ** Math.min(failedAttempt - 1, 20)
  return Math.min(exponential, maxDelaySeconds) * (0.8 + 0.4 * jitter)
}
