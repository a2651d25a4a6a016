/**
 * sweepJobs: whatever is overdue gets looked at again. With this, losing every message costs a minute, never a job. A job
 * that makes no progress however often it is sent is sent less and less often (its record is due later each time), so
 * that one broken job does not fill the dead-letter queue.
 */
import type { Clock, JobStore, ObserveQueue, ObserverStore, ReconcileQueue } from './ports.ts'
import { ensureObserved } from './observe-cluster.ts'

export interface SweepDeps {
  readonly store: JobStore
  readonly observers: ObserverStore
  readonly reconcileQueue: ReconcileQueue
  readonly observeQueue: ObserveQueue
  readonly clock: Clock
  readonly clusters: readonly string[]
  /** A job is overdue this long after its planned look: its own message is on the way until then. */
  readonly graceSeconds: number
  /** As for observeCluster. */
  readonly watchSeconds: number
}

/** One sweep sends at most so many; the rest is found by the next. */
const MAX_PER_SWEEP = 2_000
const PAGE = 100
const MAX_POSTPONE_SECONDS = 3_600

export async function sweepJobs(deps: SweepDeps): Promise<{ sent: number; full: boolean }> {
  let sent = 0
  while (sent < MAX_PER_SWEEP) {
    const now = deps.clock.now()
    const due = await deps.store.listDue(now - deps.graceSeconds * 1000, PAGE)
    if (due.length === 0) break
    await deps.reconcileQueue.send(due, 0)
    const moved = await Promise.all(
      due.map(job =>
        deps.store.postpone(job, now + Math.min(deps.graceSeconds * 2 ** job.sweeps, MAX_POSTPONE_SECONDS) * 1000),
      ),
    )
    sent += due.length
    // The index may still show what was just moved: a page of nothing but that is the end.
    if (due.length < PAGE || moved.every(outcome => outcome === 'conflict')) break
  }
  for (const cluster of deps.clusters) {
    if (await deps.store.hasActiveJobs(cluster)) await ensureObserved(deps, cluster)
  }
  return { sent, full: sent >= MAX_PER_SWEEP }
}
