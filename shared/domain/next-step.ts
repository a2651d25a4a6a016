/**
 * The decision: given the job, what was seen of its attempt, and the time, what is the one next step? Pure, total, and
 * the only place where a job's course is decided. `reconcileJob` is the loop that does what it says.
 */
import { diagnoseFailure, diagnoseWaiting } from './diagnosis.ts'
import type { EngineSettings } from './engine-settings.ts'
import { currentAttempt, unprovedAttempt, withAttempt } from './job.ts'
import type { Attempt, Job, Stop } from './job.ts'
import { isTerminal } from './job-state.ts'
import { isLivePod } from './observed.ts'
import type { ApplicationView, Observed } from './observed.ts'
import { meaningOf } from './operator-state.ts'
import { FAILURES } from './reason.ts'
import type { FailureReason, Reason } from './reason.ts'
import { decideRetry } from './retry.ts'

export type NextStep =
  /** The job is over. */
  | { readonly step: 'nothing' }
  /** Look again at `until`; `job` carries what was learned meanwhile. */
  | { readonly step: 'wait'; readonly until: number; readonly job: Job }
  /** Take a turn at the cluster's operator. */
  | { readonly step: 'reserve-turn' }
  /** Write the job as given, then decide again. */
  | { readonly step: 'record'; readonly job: Job }
  /** Begin a new attempt: write SUBMITTING (the operation fills in name and remedies). */
  | { readonly step: 'begin-attempt' }
  /** POST the SparkApplication of the current attempt. */
  | { readonly step: 'create' }
  /** DELETE this object, by uid. */
  | { readonly step: 'delete'; readonly objectName: string; readonly uid: string }

export interface DecisionInput {
  readonly job: Job
  readonly observed: Observed
  readonly now: number
  readonly settings: EngineSettings
  /** 0 … 1, for back-off. */
  readonly jitter: number
}

/** Which attempt's object has to be looked at before deciding; undefined when none. */
export function attemptToLookAt(job: Job): Attempt | undefined {
  if (isTerminal(job.state) || job.state === 'SUBMITTING') return undefined
  return unprovedAttempt(job)
}

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

function decideQueued(input: DecisionInput): NextStep {
  const { job, now } = input
  const waitsSince = Math.max(job.stateSince, job.notBefore ?? 0)
  if (now > waitsSince + job.deadlines.queuedSeconds * 1000)
    return stopAtDeadline(input, 'QUEUED_TOO_LONG', 'queued', job.deadlines.queuedSeconds)
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
  if (now < job.submitAt) return waitUntil(job, job.submitAt, 'WAITING_FOR_TURN', 'Waits for its turn at the cluster.')
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

function decideLive(input: DecisionInput): NextStep {
  const { job, observed } = input
  const attempt = currentAttempt(job)
  if (attempt === undefined) throw new Error(`job ${job.jobId} is ${job.state} without an attempt`)
  if (observed.kind === 'nothing') throw new Error(`job ${job.jobId} is ${job.state} and nobody looked`)
  if (observed.kind === 'unavailable') return decideUnreachable(input, observed)
  const { application } = observed
  if (application === undefined) return decideAbsent(input, attempt)
  if (application.uid !== attempt.uid) {
    return endAttempt(
      input,
      'NAME_CONFLICT',
      `${application.name} was deleted, and another object took its name (uid ${application.uid}).`,
    )
  }
  const seen = withSighting(input, application)
  switch (meaningOf(application.operatorState)) {
    case 'pending':
      return decidePending({ ...input, job: seen }, application)
    case 'suspended':
      return decideWaiting(
        { ...input, job: seen },
        'SUSPENDED',
        'Somebody suspended the SparkApplication.',
        'PENDING_TOO_LONG',
      )
    case 'running':
      return decideRunning({ ...input, job: seen })
    case 'succeeded':
      return succeed({ ...input, job: seen }, 'The driver ended with exit code 0.')
    case 'failed':
      return decideFailed({ ...input, job: seen }, application)
  }
}

/** Facts of this look that belong on the record whatever follows. */
function withSighting(input: DecisionInput, application: ApplicationView): Job {
  const { absentSince: _gone, ...attempt } = currentAttempt(input.job) ?? {}
  const job = { ...input.job, observedAt: input.now }
  const attempts = [...job.attempts.slice(0, -1), { ...(attempt as Attempt), ...sightingOf(application) }]
  return { ...job, attempts }
}

const sightingOf = (application: ApplicationView): Partial<Attempt> => ({
  ...(application.sparkApplicationId !== undefined && { sparkApplicationId: application.sparkApplicationId }),
  ...(application.run !== undefined && { run: application.run }),
})

function decidePending(input: DecisionInput, application: ApplicationView): NextStep {
  const { job, observed } = input
  // The rank never falls: a driver that ran does not become pending again in our record.
  if (job.state === 'RUNNING') return lookAgain(input, job.reason, job.message)
  const waiting = diagnoseWaiting(observed.kind === 'seen' ? observed.pods : [])
  const message =
    application.operatorState === '' || application.operatorState === 'SUBMITTED'
      ? waiting.message
      : `The operator says ${application.operatorState}. ${waiting.message}`
  return decideWaiting(input, waiting.reason, message, waiting.atDeadline)
}

function decideWaiting(input: DecisionInput, reason: Reason, message: string, atDeadline: FailureReason): NextStep {
  const attempt = currentAttempt(input.job)
  if (input.job.state === 'PENDING' && attempt && isPastPending(input, attempt)) {
    return stopAtDeadline(input, atDeadline, 'pending', input.job.deadlines.pendingSeconds, message)
  }
  return lookAgain(input, reason, message)
}

function decideRunning(input: DecisionInput): NextStep {
  const { job, now } = input
  if (job.state === 'PENDING') {
    const running = withAttempt(job, { runningAt: now })
    return record(running, { state: 'RUNNING', stateSince: now, reason: 'RUNNING', message: 'The driver runs.' }, now)
  }
  const limit = job.deadlines.runningSeconds
  const since = currentAttempt(job)?.runningAt ?? job.stateSince
  if (limit !== undefined && now > since + limit * 1000)
    return stopAtDeadline(input, 'RUNNING_TOO_LONG', 'running', limit)
  return lookAgain(input, 'RUNNING', 'The driver runs.')
}

function decideFailed(input: DecisionInput, application: ApplicationView): NextStep {
  const found = diagnoseFailure(application, input.observed.kind === 'seen' ? input.observed.pods : [])
  switch (found.meaning) {
    case 'still-running':
      return decideRunning(input)
    case 'succeeded':
      return succeed(input, 'The driver ended with exit code 0; the operator had lost track of it.')
    case 'failed':
      return endAttempt(input, found.reason, found.message)
  }
}

function decideAbsent(input: DecisionInput, attempt: Attempt): NextStep {
  const { job, observed, now, settings } = input
  const alive = observed.kind === 'seen' && observed.pods.some(isLivePod)
  const since = attempt.absentSince ?? now
  const graceEnds = since + settings.vanishedGraceSeconds * 1000
  if (alive || now < graceEnds) {
    const noted = { ...withAttempt(job, { absentSince: since }), observedAt: now }
    return { step: 'wait', until: alive ? now + settings.removalLookSeconds * 1000 : graceEnds, job: noted }
  }
  const gone = withAttempt(job, { goneAt: now })
  return endAttempt(
    { ...input, job: gone },
    'VANISHED',
    `The SparkApplication ${attempt.objectName} is gone, and nobody asked the gateway for that.`,
  )
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

/**
 * Rule 6: the object is deleted by uid and answers 404, none of its pods lives, and no create of it can still be on its
 * way. Then, and only then, `then` says what the job becomes.
 */
function proveGone(input: DecisionInput, attempt: Attempt, noCreateAfter: number, then: (job: Job) => Job): NextStep {
  const { job, observed, now, settings } = input
  if (observed.kind === 'nothing')
    throw new Error(`job ${job.jobId}: attempt ${attempt.number} has no proof and nobody looked`)
  if (observed.kind === 'unavailable') return decideUnreachable(input, observed)
  const { application, pods } = observed
  const ours =
    application !== undefined &&
    (attempt.uid === undefined ? isOf(application, job, attempt) : application.uid === attempt.uid)
  if (ours) return { step: 'delete', objectName: attempt.objectName, uid: application.uid }
  const cleaning = {
    ...job,
    reason: job.state === 'CANCELLING' ? ('STOPPING' as const) : ('CLEANING_UP' as const),
    observedAt: now,
  }
  if (pods.some(isLivePod)) return { step: 'wait', until: now + settings.removalLookSeconds * 1000, job: cleaning }
  if (now < noCreateAfter) return { step: 'wait', until: noCreateAfter, job: cleaning }
  return record(then(withAttempt(job, { goneAt: now })), { observedAt: now }, now)
}

/** Whether an object of the attempt's name is that attempt's: by identity, when its uid was never learned. */
export const isOf = (application: ApplicationView, job: Job, attempt: Attempt): boolean =>
  application.jobId === job.jobId &&
  application.team === job.team &&
  application.attempt === attempt.number &&
  application.specHash === job.specHash

function decideUnreachable(input: DecisionInput, observed: Extract<Observed, { kind: 'unavailable' }>): NextStep {
  const { job, now, settings } = input
  const reason = observed.denied ? 'CLUSTER_ACCESS_DENIED' : 'CLUSTER_UNREACHABLE'
  const sinceSeen = (now - Math.max(job.observedAt ?? 0, job.stateSince)) / 1000
  const delay = clamp(sinceSeen / 2, settings.unreachableSeconds, settings.unreachableMaxSeconds)
  return {
    step: 'wait',
    until: now + Math.max(delay, observed.retryAfterSeconds ?? 0) * 1000,
    job: { ...job, reason, message: observed.message },
  }
}

function succeed(input: DecisionInput, message: string): NextStep {
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

/** The pod's own end where it is known: the operator's is when it looked. */
function endOf(input: { readonly observed?: Observed; readonly now: number }): number {
  const pods = input.observed?.kind === 'seen' ? input.observed.pods : []
  const finished = pods
    .filter(pod => pod.role === 'driver')
    .flatMap(pod => pod.containers.map(each => each.finishedAt ?? 0))
  return Math.max(0, ...finished) || input.now
}

function stopAtDeadline(
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

function lookAgain(input: DecisionInput, reason: Reason, message: string): NextStep {
  const { job, now, settings } = input
  const waited = (now - job.stateSince) / 1000
  const seconds =
    job.state === 'RUNNING'
      ? settings.runningLookSeconds
      : clamp(waited / 2, settings.pendingLookSeconds, settings.runningLookSeconds)
  return { step: 'wait', until: now + seconds * 1000, job: { ...job, reason, message } }
}

const waitUntil = (job: Job, until: number, reason: Reason, message: string): NextStep => ({
  step: 'wait',
  until,
  job: job.reason === reason ? job : { ...job, reason, message },
})

const record = (job: Job, change: Partial<Job>, now: number): NextStep => ({
  step: 'record',
  job: { ...job, ...change, updatedAt: now },
})

const isPastPending = (input: DecisionInput, attempt: Attempt): boolean =>
  input.now > attempt.submittingAt + input.job.deadlines.pendingSeconds * 1000

const createWindow = (input: DecisionInput): number => input.settings.createWindowSeconds * 1000

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high)
