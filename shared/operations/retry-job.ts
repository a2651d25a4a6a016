/**
 * retryJob: a person asks for one more attempt of a job that is over. The same job, the next attempt; it starts when nothing of
 * the attempt before runs any more (rule 6), however that ended.
 */
import { withoutProof } from '../domain/job.ts'
import type { Attempt, Job, JobRef } from '../domain/job.ts'
import { canReopen, isTerminal } from '../domain/job-state.ts'
import type { Clock, JobStore, ReconcileQueue } from './ports.ts'

export type Retried =
  | { readonly outcome: 'queued'; readonly job: Job }
  /** It lives, was cancelled, never ran, or has too many attempts: `why` says so. */
  | { readonly outcome: 'conflict'; readonly job: Job; readonly why: string }
  | { readonly outcome: 'not-found' }

/** Attempts are kept in one record of at most 400 KB; each takes about 1 KB with its messages. */
const MAX_ATTEMPTS = 100
const MAX_TRIES = 20

export async function retryJob(
  deps: { readonly store: JobStore; readonly reconcileQueue: ReconcileQueue; readonly clock: Clock },
  ref: JobRef,
  requestedBy: string,
): Promise<Retried> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const job = await deps.store.get(ref)
    if (job === undefined) return { outcome: 'not-found' }
    const why = refusal(job)
    if (why !== undefined) return { outcome: 'conflict', job, why }
    const saved = await deps.store.reopen(job, reopened(job, requestedBy, deps.clock.now()))
    if (saved.outcome === 'conflict') continue
    await deps.reconcileQueue.send([ref], 0)
    return { outcome: 'queued', job: saved.job }
  }
  throw new Error(`job ${ref.jobId} changed ${MAX_TRIES} times while it was being opened again`)
}

function refusal(job: Job): string | undefined {
  if (!isTerminal(job.state)) return `The job is ${job.state}; it can be tried again when it is over.`
  if (!canReopen(job.state)) return `The job is ${job.state} and stays so; submit it again with a new key.`
  if (job.attempts.length === 0) return 'The job never had an attempt; submit it again with a new key.'
  if (job.attempts.length >= MAX_ATTEMPTS) return `The job has had ${job.attempts.length} attempts; submit it again.`
  return undefined
}

function reopened(job: Job, requestedBy: string, now: number): Job {
  const { stop: _fence, submitAt: _turn, notBefore: _backOff, ...rest } = job
  return {
    ...rest,
    attempts: withoutLastProof(job.attempts),
    state: 'QUEUED',
    stateSince: now,
    reopenedAt: now,
    attempt: job.attempt + 1,
    reason: 'CLEANING_UP',
    message: `Attempt ${job.attempt + 1} was asked for by ${requestedBy}.`,
    dueAt: now,
    updatedAt: now,
  }
}

/**
 * The proof that the last attempt is gone is from another day: somebody may have applied its object again since, and a driver of
 * that takes a while to end. So it is made anew, at two requests.
 */
const withoutLastProof = (attempts: readonly Attempt[]): readonly Attempt[] =>
  attempts.map((attempt, index) => (index === attempts.length - 1 ? withoutProof(attempt) : attempt))
