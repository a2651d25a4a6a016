/**
 * The decision: given the job, what was seen of its attempt, and the time, what is the one next step? Pure, total, and
 * the only place where a job's course is decided. `reconcileJob` is the loop that does what it says.
 */
import { changeAttempt, currentAttempt, unprovedAttempt, withAttempt } from '../job.ts'
import type { Attempt, Job, Stop } from '../job.ts'
import { isTerminal } from '../job-state.ts'
import { decideLive, isPastPending } from './decide-live.ts'
import { abandonLost } from './decide-unreachable.ts'
import { stopAtDeadline } from './ends.ts'
import { createWindow, proveGone } from './proof.ts'
import { record, waitUntil } from './step.ts'
import type { DecisionInput, NextStep } from './step.ts'

export function decideNextStep(input: DecisionInput): NextStep {
  const { job } = input
  const late = decideTotal(input)
  if (late !== undefined) return late
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

/** When all attempts together must be over; absent: never. */
export const totalDeadline = ({ deadlines, createdAt, reopenedAt }: Job): number | undefined =>
  deadlines.totalSeconds === undefined ? undefined : (reopenedAt ?? createdAt) + deadlines.totalSeconds * 1000

function decideTotal(input: DecisionInput): NextStep | undefined {
  const { job, now } = input
  const deadline = totalDeadline(job)
  if (deadline === undefined || now <= deadline || job.state === 'CANCELLING' || isTerminal(job.state)) return undefined
  return stopAtDeadline(input, 'TOTAL_TOO_LONG', 'under way', job.deadlines.totalSeconds ?? 0)
}

/** Which attempt's object has to be looked at before deciding; undefined when none. */
export function attemptToLookAt(job: Job): Attempt | undefined {
  if (isTerminal(job.state) || job.state === 'SUBMITTING') return undefined
  return unprovedAttempt(job)
}

/** After its proof an attempt holds no room any more: the next one is admitted anew, perhaps elsewhere. */
function released(job: Job): Job {
  if (job.claim === undefined || job.claim.attempt === job.attempt) return job
  const { claim: _given, submitAt: _turn, ...rest } = job
  return rest
}

function decideQueued(input: DecisionInput): NextStep {
  const { job, now } = input
  const deadline = Math.max(job.stateSince, job.notBefore ?? 0) + job.deadlines.queuedSeconds * 1000
  if (now > deadline) return stopAtDeadline(input, 'QUEUED_TOO_LONG', 'queued', job.deadlines.queuedSeconds)
  const previous = unprovedAttempt(job)
  if (previous !== undefined) return proveGone(input, previous, released)
  const free = released(job)
  if (free !== job) return record(free, {}, now)
  if (job.notBefore !== undefined && now < job.notBefore)
    return waitUntil(job, job.notBefore, 'BACKING_OFF', `Attempt ${job.attempt} starts after a back-off.`)
  if (job.claim !== undefined) return decideAdmitted(input, deadline)
  if (job.readyAt !== undefined) {
    const waiting = job.reason === 'WAITING_FOR_ROOM' ? {} : waitingForRoom
    return { step: 'ask-for-admission', until: deadline + 1, job: { ...job, ...waiting } }
  }
  if (job.dependsOn !== undefined && job.attempts.length === 0) return { step: 'look-at-dependencies' }
  return joinQueue(job, now)
}

const waitingForRoom = {
  reason: 'WAITING_FOR_ROOM',
  message: 'Waits in the queue for room within the limits of its team and of a cluster.',
} as const

/** Nothing of its own holds the job up any more. */
export const joinQueue = (job: Job, now: number): NextStep => record(job, { readyAt: now, ...waitingForRoom }, now)

/** It has room; its turn at the operator decides when it goes. */
function decideAdmitted({ job, now }: DecisionInput, deadline: number): NextStep {
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
  const { createRetryAt, unreachableSince, refused, settledAt } = attempt
  if (refused !== undefined && settledAt === undefined) {
    const until = now + createWindow(input)
    return { step: 'wait', until, job: withAttempt(job, { settledAt: now, createRetryAt: until }) }
  }
  if (createRetryAt === undefined || now >= createRetryAt) return { step: 'create' }
  // Only while the last question is unanswered: a cluster that may be back is asked first.
  const lost = unreachableSince === undefined ? undefined : abandonLost(input, attempt, unreachableSince)
  return lost ?? { step: 'wait', until: createRetryAt, job }
}

function decideCancelling(input: DecisionInput): NextStep {
  const { job, now } = input
  const attempt = unprovedAttempt(job)
  const { stop } = job
  if (stop === undefined) throw new Error(`job ${job.jobId} is CANCELLING without a fence`)
  if (attempt === undefined) return record(job, stopped(stop, now), now)
  return proveGone(input, attempt, proved => {
    const ended = changeAttempt(proved, attempt, {
      endedAt: attempt.endedAt ?? now,
      outcome: attempt.outcome ?? 'STOPPED',
      reason: attempt.reason ?? stop.reason,
      message: attempt.message ?? stop.message,
    })
    return unprovedAttempt(ended) === undefined ? { ...ended, ...stopped(stop, now) } : ended
  })
}

const stopped = (stop: Stop, now: number) => ({
  state: stop.outcome,
  stateSince: now,
  reason: stop.reason,
  message: stop.message,
})
