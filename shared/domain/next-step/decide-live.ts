/** The decision for an attempt whose object exists: PENDING and RUNNING. */
import { diagnoseFailure, diagnoseWaiting } from '../diagnosis.ts'
import { seeExecutors } from '../executor-use.ts'
import type { ExecutorUse } from '../executor-use.ts'
import { allHeardFrom, currentAttempt, withAttempt } from '../job.ts'
import type { Attempt, Job } from '../job.ts'
import { isTerminal } from '../job-state.ts'
import { isLivePod } from '../observed.ts'
import type { ApplicationView } from '../observed.ts'
import { meaningOf } from '../operator-state.ts'
import type { FailureReason, Reason } from '../reason.ts'
import { endAttempt, stopAtDeadline, succeed } from './ends.ts'
import { decideUnreachable } from './decide-unreachable.ts'
import { isOf } from './proof.ts'
import { lookAgain, record } from './step.ts'
import type { DecisionInput, NextStep } from './step.ts'

export function decideLive(input: DecisionInput): NextStep {
  const { job, observed } = input
  const attempt = currentAttempt(job)
  if (attempt === undefined) throw new Error(`job ${job.jobId} is ${job.state} without an attempt`)
  if (observed.kind === 'nothing') throw new Error(`job ${job.jobId} is ${job.state} and nobody looked`)
  if (observed.kind === 'unavailable') return decideUnreachable(input, attempt, observed)
  const { application } = observed
  if (application === undefined) return decideAbsent(input, attempt)
  if (application.uid !== attempt.uid) {
    // A create that was on the wire when the object was deleted: not a second run, it goes.
    if (isOf(application, job, attempt)) return { step: 'delete', objectName: attempt.objectName, uid: application.uid }
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
  const {
    absentSince: _gone,
    unreachableSince: _answers,
    ...attempt
  }: Partial<Attempt> = currentAttempt(input.job) ?? {}
  const job = { ...input.job, observedAt: input.now }
  const sighting = sightingOf(application, attempt.executors, input.now)
  const { settledAt = input.now } = attempt
  const attempts = [...job.attempts.slice(0, -1), { ...(attempt as Attempt), settledAt, ...sighting }]
  return { ...job, attempts }
}

function sightingOf(
  { sparkApplicationId, run, operatorState, executors }: ApplicationView,
  before: ExecutorUse | undefined,
  now: number,
): Partial<Attempt> {
  // Behind the end the operator calls executors failed that did well.
  const use = meaningOf(operatorState) === 'running' ? seeExecutors(before, executors, now) : undefined
  return {
    ...(sparkApplicationId !== undefined && { sparkApplicationId }),
    ...(run !== undefined && { run }),
    ...(use !== undefined && { executors: use }),
  }
}

function decidePending(input: DecisionInput, application: ApplicationView): NextStep {
  const { job, observed } = input
  // The rank never falls: a driver that ran does not become pending again in our record.
  if (job.state === 'RUNNING') return whileRunning(input, job.reason, job.message)
  const waiting = diagnoseWaiting(observed.kind === 'seen' ? observed.pods : [])
  const message =
    application.operatorState === '' || application.operatorState === 'SUBMITTED'
      ? waiting.message
      : `The operator says ${application.operatorState}. ${waiting.message}`
  return decideWaiting(input, waiting.reason, message, waiting.atDeadline)
}

function decideWaiting(input: DecisionInput, reason: Reason, message: string, atDeadline: FailureReason): NextStep {
  const { job } = input
  const attempt = currentAttempt(job)
  if (job.state === 'RUNNING' || attempt === undefined) return whileRunning(input, reason, message)
  if (isPastPending(input, attempt)) {
    return stopAtDeadline(input, atDeadline, 'pending', job.deadlines.pendingSeconds, message)
  }
  return lookAgain(input, reason, message, pendingDeadline(input, attempt))
}

function decideRunning(input: DecisionInput): NextStep {
  const { job, now } = input
  if (job.state === 'PENDING') {
    const running = withAttempt(job, { runningAt: now })
    return record(running, { state: 'RUNNING', stateSince: now, reason: 'RUNNING', message: 'The driver runs.' }, now)
  }
  return whileRunning(input, 'RUNNING', 'The driver runs.')
}

/** A job that runs, whatever the operator calls it now (suspended, submitted anew): its deadline holds all the same. */
function whileRunning(input: DecisionInput, reason: Reason, message: string): NextStep {
  const { job, now } = input
  const { runningSeconds } = job.deadlines
  if (runningSeconds === undefined) return lookAgain(input, reason, message)
  const deadline = (currentAttempt(job)?.runningAt ?? job.stateSince) + runningSeconds * 1000
  if (now > deadline) return stopAtDeadline(input, 'RUNNING_TOO_LONG', 'running', runningSeconds)
  return lookAgain(input, reason, message, deadline)
}

function decideFailed(input: DecisionInput, application: ApplicationView): NextStep {
  const { pods = [], executorFailures = [] } = input.observed.kind === 'seen' ? input.observed : {}
  const found = diagnoseFailure(application, pods, executorFailures)
  switch (found.meaning) {
    case 'still-running':
      return lookSoon(input, decideRunning(input))
    case 'still-pending':
      return decideStranded(input, application)
    case 'succeeded':
      return succeed(input, 'The driver ended with exit code 0; the operator had lost track of it.')
    case 'failed':
      return endAttempt(input, found.reason, found.message)
  }
}

/**
 * A driver that the operator lost before it ran. It may start yet; one that a node has taken and that starts for too long waits
 * for ConfigMaps that nobody makes any more (trace operator-killed-after-driver-pod).
 */
function decideStranded(input: DecisionInput, application: ApplicationView): NextStep {
  const { job, observed, now, settings } = input
  const step = lookSoon(input, decidePending(input, application))
  const starts = observed.kind === 'seen' && diagnoseWaiting(observed.pods).reason === 'DRIVER_STARTING'
  if (step.step !== 'wait' || job.state === 'RUNNING' || !starts) return step
  const submittedAt = application.submittedAt ?? currentAttempt(job)?.submittingAt ?? job.stateSince
  const strandedAt = submittedAt + settings.strandedDriverSeconds * 1000
  if (now < strandedAt) return { ...step, until: Math.min(step.until, strandedAt) }
  const message = `The operator ended while it submitted; the driver did not start for ${settings.strandedDriverSeconds} s after.`
  const end = endAttempt(input, 'PLATFORM_FAILED', message)
  // The pod still holds its place on a node: with a next attempt it goes before that, else behind a fence.
  return end.step === 'record' && isTerminal(end.job.state)
    ? stopAtDeadline(input, 'PLATFORM_FAILED', 'starting', settings.strandedDriverSeconds, message)
    : end
}

/** The operator tells no end of a driver that it lost: only looks find it. */
function lookSoon({ now, settings }: DecisionInput, step: NextStep): NextStep {
  if (step.step !== 'wait') return step
  return { ...step, until: Math.min(step.until, now + settings.pendingLookMaxSeconds * 1000) }
}

function decideAbsent(input: DecisionInput, attempt: Attempt): NextStep {
  const { job, observed, now, settings } = input
  const alive = observed.kind === 'seen' && observed.pods.some(isLivePod)
  const since = attempt.absentSince ?? now
  const graceEnds = since + settings.vanishedGraceSeconds * 1000
  if (alive || now < graceEnds) {
    const noted = { ...withAttempt(allHeardFrom(job), { absentSince: since }), observedAt: now }
    return { step: 'wait', until: alive ? now + settings.removalLookSeconds * 1000 : graceEnds, job: noted }
  }
  const gone = withAttempt(job, { goneAt: now })
  return endAttempt(
    { ...input, job: gone },
    'VANISHED',
    `The SparkApplication ${attempt.objectName} is gone, and nobody asked the gateway for that.`,
  )
}

const pendingDeadline = (input: DecisionInput, attempt: Attempt): number =>
  attempt.submittingAt + input.job.deadlines.pendingSeconds * 1000

export const isPastPending = (input: DecisionInput, attempt: Attempt): boolean =>
  input.now > pendingDeadline(input, attempt)
