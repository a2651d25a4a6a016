/**
 * The decision: given the job, what was seen of its attempt, and the time, what is the one next step? Pure, total, and
 * the only place where a job's course is decided. `reconcileJob` is the loop that does what it says.
 */
import { currentAttempt, unprovedAttempt, withAttempt } from '../job.ts'
import type { Attempt, Job, Stop } from '../job.ts'
import { isTerminal } from '../job-state.ts'
import { decideLive, isPastPending } from './decide-live.ts'
import { stopAtDeadline } from './ends.ts'
import { createWindow, proveGone } from './proof.ts'
import { record, waitUntil } from './step.ts'
import type { DecisionInput, NextStep } from './step.ts'

export function decideNextStep(input: DecisionInput): NextStep {
  const { job } = input
  switch (job.state) {
    case 'QUEUED':
      return decideQueued(input)
    case 'SUBMITTING':
      return decideSubmitting(input)
    case 'PENDING':
    case 'RUNNING':
      return decideLive(input)
    case 'CANCELLING':
      return decideCancelling(input)
    case 'SUCCEEDED':
    case 'FAILED':
    case 'CANCELLED':
    case 'TIMED_OUT':
    case 'REJECTED':
      return { step: 'nothing' }
  }
}

/** Which attempt's object has to be looked at before deciding; undefined when none. */
export function attemptToLookAt(job: Job): Attempt | undefined {
  if (isTerminal(job.state) || job.state === 'SUBMITTING') return undefined
  return unprovedAttempt(job)
}

function decideQueued(input: DecisionInput): NextStep {
  const { job, now } = input
  const deadline = Math.max(job.stateSince, job.notBefore ?? 0) + job.deadlines.queuedSeconds * 1000
  if (now > deadline) return stopAtDeadline(input, 'QUEUED_TOO_LONG', 'queued', job.deadlines.queuedSeconds)
  const previous = unprovedAttempt(job)
  if (previous !== undefined)
    return proveGone(
      input,
      previous,
      (previous.createdAt ?? previous.endedAt ?? now) + createWindow(input),
      provedJob => provedJob,
    )
  if (job.notBefore !== undefined && now < job.notBefore)
    return waitUntil(job, job.notBefore, 'BACKING_OFF', `Attempt ${job.attempt} starts after a back-off.`)
  if (job.submitAt === undefined) return { step: 'reserve-turn' }
  // A turn may lie behind the deadline: a long queue.
  const until = Math.min(job.submitAt, deadline + 1)
  if (now < job.submitAt) return waitUntil(job, until, 'WAITING_FOR_TURN', 'Waits for its turn at the cluster.')
  return { step: 'begin-attempt' }
}

function decideSubmitting(input: DecisionInput): NextStep {
  const { job, now } = input
  const attempt = currentAttempt(job)
  if (attempt === undefined) throw new Error(`job ${job.jobId} is SUBMITTING without an attempt`)
  if (isPastPending(input, attempt))
    return stopAtDeadline(input, 'PENDING_TOO_LONG', 'pending', job.deadlines.pendingSeconds)
  if (attempt.createRetryAt !== undefined && now < attempt.createRetryAt)
    return { step: 'wait', until: attempt.createRetryAt, job }
  return { step: 'create' }
}

function decideCancelling(input: DecisionInput): NextStep {
  const { job, now } = input
  const attempt = unprovedAttempt(job)
  const { stop } = job
  if (stop === undefined) throw new Error(`job ${job.jobId} is CANCELLING without a fence`)
  if (attempt === undefined) return record(job, stopped(stop, now), now)
  const lastCreateAt = attempt.createdAt ?? attempt.endedAt ?? stop.requestedAt
  return proveGone(input, attempt, lastCreateAt + createWindow(input), proved => {
    const ended = withAttempt(proved, {
      endedAt: attempt.endedAt ?? now,
      outcome: attempt.outcome ?? 'STOPPED',
      reason: attempt.reason ?? stop.reason,
      message: attempt.message ?? stop.message,
    })
    return { ...ended, ...stopped(stop, now) }
  })
}

const stopped = (stop: Stop, now: number) => ({
  state: stop.outcome,
  stateSince: now,
  reason: stop.reason,
  message: stop.message,
})
