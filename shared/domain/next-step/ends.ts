/** The ends: of an attempt (and perhaps of its job), at a deadline, by a fence. */
import { withAttempt } from '../job.ts'
import type { Job, Stop } from '../job.ts'
import type { Observed } from '../observed.ts'
import { FAILURES } from '../reason.ts'
import type { FailureReason } from '../reason.ts'
import { decideRetry } from '../retry.ts'
import { record } from './step.ts'
import type { DecisionInput, NextStep } from './step.ts'

export function succeed(input: DecisionInput, message: string): NextStep {
  const { job, now } = input
  const ended = withAttempt(job, { endedAt: endOf(input), outcome: 'SUCCEEDED', reason: 'COMPLETED', message })
  return record(ended, { state: 'SUCCEEDED', stateSince: now, reason: 'COMPLETED', message }, now)
}

/** The attempt failed: the job fails with it, or waits for the next one. */
export function endAttempt(
  input: Omit<DecisionInput, 'observed' | 'settings'> & { readonly observed?: Observed },
  reason: FailureReason,
  message: string,
): NextStep {
  const { job, now, jitter } = input
  const ended = withAttempt(job, { endedAt: endOf(input), outcome: 'FAILED', reason, message })
  const retry = decideRetry(ended, reason, now, jitter)
  if (retry === undefined) {
    return record(
      ended,
      { state: 'FAILED', stateSince: now, reason, message: `${message} ${FAILURES[reason].remedy}` },
      now,
    )
  }
  const { submitAt: _turn, ...rest } = ended
  return record(
    { ...rest, attempt: job.attempt + 1 },
    {
      state: 'QUEUED',
      stateSince: now,
      notBefore: retry.notBefore,
      reason: 'BACKING_OFF',
      message: `Attempt ${job.attempt} failed: ${reason}. ${message}`,
    },
    now,
  )
}

export function stopAtDeadline(
  input: DecisionInput,
  reason: FailureReason,
  what: string,
  seconds: number,
  detail = '',
): NextStep {
  const { job, now } = input
  const message = `It was ${what} for more than ${seconds} s. ${detail} ${FAILURES[reason].remedy}`.replace(
    / {2,}/g,
    ' ',
  )
  return record(job, fence({ outcome: 'TIMED_OUT', requestedAt: now, requestedBy: 'deadline', reason, message }), now)
}

/** The fields that put up the fence: written before anything is removed (rule 8). */
export const fence = (stop: Stop) => ({
  state: 'CANCELLING' as const,
  stateSince: stop.requestedAt,
  stop,
  reason: 'STOPPING' as const,
  message: stop.message,
})

/**
 * The pod's own end where it is known: the operator's is when it looked. Kubernetes writes whole seconds, so it is never
 * put before what we saw of the attempt ourselves.
 */
function endOf(input: { readonly job: Job; readonly observed?: Observed; readonly now: number }): number {
  const pods = input.observed?.kind === 'seen' ? input.observed.pods : []
  const ends = pods
    .filter(pod => pod.role === 'driver')
    .flatMap(pod => pod.containers.flatMap(each => each.finishedAt ?? []))
  if (ends.length === 0) return input.now
  const last = input.job.attempts.at(-1)
  return Math.max(...ends, last?.runningAt ?? last?.createdAt ?? 0)
}
