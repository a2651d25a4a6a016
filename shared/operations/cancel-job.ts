/**
 * cancelJob: puts up the fence (rule 8) and asks for a look. What runs is removed by reconcileJob; CANCELLED is written
 * only when nothing of the job can run any more.
 */
import type { Job, JobRef } from '../domain/job.ts'
import { isTerminal } from '../domain/job-state.ts'
import { fence } from '../domain/next-step/ends.ts'
import type { Clock, JobStore, ReconcileQueue } from './ports.ts'

export type Cancelled =
  | { readonly outcome: 'cancelling'; readonly job: Job }
  /** It had ended before; nothing changed. */
  | { readonly outcome: 'already-over'; readonly job: Job }
  | { readonly outcome: 'not-found' }

/** Writers that race with a cancel before it gives up and lets the caller repeat it. */
const MAX_TRIES = 20

export async function cancelJob(
  deps: { readonly store: JobStore; readonly reconcileQueue: ReconcileQueue; readonly clock: Clock },
  ref: JobRef,
  requestedBy: string,
): Promise<Cancelled> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const job = await deps.store.get(ref)
    if (job === undefined) return { outcome: 'not-found' }
    if (job.state === 'CANCELLED') return { outcome: 'cancelling', job }
    if (isTerminal(job.state)) return { outcome: 'already-over', job }
    // A fence that a deadline put up becomes this one: otherwise the job would be open to a further attempt.
    if (job.state === 'CANCELLING' && job.stop?.outcome === 'CANCELLED') {
      await deps.reconcileQueue.send([ref], 0)
      return { outcome: 'cancelling', job }
    }
    const now = deps.clock.now()
    const message = `Cancelled by ${requestedBy}.`
    const stop = {
      outcome: 'CANCELLED',
      requestedAt: now,
      requestedBy,
      reason: 'CANCELLED_ON_REQUEST',
      message,
    } as const
    const saved = await deps.store.save(job, { ...job, ...fence(stop), updatedAt: now, dueAt: now })
    if (saved.outcome === 'saved') {
      await deps.reconcileQueue.send([ref], 0)
      return { outcome: 'cancelling', job: saved.job }
    }
  }
  throw new Error(`job ${ref.jobId} changed ${MAX_TRIES} times while it was being cancelled`)
}
