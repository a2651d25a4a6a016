/** beginAttempt: the SUBMITTING record of a new attempt, with its object's name and the remedies for the one before. */
import { effectiveMemoryMiB, objectNameFor } from '../domain/job-spec/rendering/render-spark-application.ts'
import type { CanonicalSpec } from '../domain/job-spec/canonical-spec.ts'
import type { Attempt, Job, Remedy } from '../domain/job.ts'
import { FAILURES } from '../domain/reason.ts'
import type { FailureReason } from '../domain/reason.ts'
import { MEMORY_FACTOR } from '../domain/retry.ts'
import type { Clock, JobStore } from './ports.ts'

export async function beginAttempt(deps: { readonly store: JobStore; readonly clock: Clock }, job: Job): Promise<Job> {
  const now = deps.clock.now()
  const previous = job.attempts.at(-1)
  const attempt: Attempt = {
    number: job.attempt,
    objectName: objectNameFor(job.name, job.jobId, job.attempt),
    submittingAt: now,
    createTries: 0,
    cluster: job.cluster,
    remedies: previous === undefined ? [] : await remediesAfter(deps.store, job, previous),
  }
  const { notBefore: _backOff, ...rest } = job
  return {
    ...rest,
    state: 'SUBMITTING',
    stateSince: now,
    reason: 'SUBMITTING',
    message: `Attempt ${attempt.number} is being created as ${attempt.objectName}.`,
    attempts: [...job.attempts, attempt],
    updatedAt: now,
  }
}

/** Remedies add up over attempts: each out-of-memory end raises what the attempt before already had. */
async function remediesAfter(store: JobStore, job: Job, previous: Attempt): Promise<readonly Remedy[]> {
  const role = moreMemoryFor(previous.reason)
  if (role === undefined) return previous.remedies
  const spec = await specOf(store, job)
  const step = { role, factor: MEMORY_FACTOR }
  const beforeMiB = effectiveMemoryMiB(spec, role, previous.remedies)
  const afterMiB = effectiveMemoryMiB(spec, role, [...previous.remedies, step])
  return [...previous.remedies, { ...step, beforeMiB, afterMiB }]
}

const moreMemoryFor = (reason: string | undefined): 'driver' | 'executor' | undefined =>
  reason !== undefined && Object.hasOwn(FAILURES, reason) ? FAILURES[reason as FailureReason].moreMemoryFor : undefined

/** The stored canonical spec of a job; a job without one cannot exist, so its absence is a bug. */
export async function specOf(store: JobStore, job: Job): Promise<CanonicalSpec> {
  const spec = await store.getSpec(job)
  if (spec === undefined) throw new Error(`job ${job.jobId} has no stored spec`)
  return spec
}
