/** The cluster does not answer: wait, for as long as the team's policy says. */
import { changeAttempt } from '../job.ts'
import type { Attempt, Job } from '../job.ts'
import type { Observed } from '../observed.ts'
import { endAttempt } from './ends.ts'
import { clamp } from './step.ts'
import type { DecisionInput, NextStep } from './step.ts'

export function decideUnreachable(
  input: DecisionInput,
  attempt: Attempt,
  observed: Extract<Observed, { kind: 'unavailable' }>,
): NextStep {
  const { now, settings } = input
  const since = observed.answered === true ? now : (attempt.unreachableSince ?? now)
  const job = withUnreachable(input.job, attempt, since)
  const lost = abandonLost({ ...input, job }, attempt, since)
  if (lost !== undefined) return lost
  const reason = observed.denied ? 'CLUSTER_ACCESS_DENIED' : 'CLUSTER_UNREACHABLE'
  const sinceSeen = (now - Math.max(job.observedAt ?? 0, job.stateSince)) / 1000
  const delay = clamp(sinceSeen / 2, settings.unreachableSeconds, settings.unreachableMaxSeconds)
  return {
    step: 'wait',
    until: now + Math.max(delay, observed.retryAfterSeconds ?? 0) * 1000,
    job: { ...job, reason, message: observed.message },
  }
}

/**
 * Without proof that nothing of the attempt runs a job stays where it is, unless its team accepts a double run: then the
 * attempt is given up after `moveAfterSeconds` of silence, and the next one goes elsewhere. A fenced job never moves.
 */
export function abandonLost(input: DecisionInput, attempt: Attempt, since: number): NextStep | undefined {
  const { job, now } = input
  if (job.moveAfterSeconds === undefined || job.state === 'CANCELLING') return undefined
  if (now - since < job.moveAfterSeconds * 1000) return undefined
  const message = `Cluster ${job.cluster} has not answered since ${new Date(since).toISOString()}.`
  const abandoned = changeAttempt(job, attempt, { abandonedAt: now })
  // A job that waits for the proof of an attempt before has begun its next attempt already.
  if (job.state === 'QUEUED') return { step: 'record', job: { ...abandoned, updatedAt: now } }
  return endAttempt({ ...input, job: abandoned }, 'CLUSTER_LOST', message)
}

const withUnreachable = (job: Job, attempt: Attempt, since: number): Job =>
  attempt.unreachableSince === since ? job : changeAttempt(job, attempt, { unreachableSince: since })
