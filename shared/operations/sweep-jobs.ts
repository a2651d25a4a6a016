/**
 * sweepJobs: whatever is overdue gets looked at again. With this, losing every message costs a minute, never a job. A job
 * that makes no progress however often it is sent is sent less and less often (its record is due later each time), so
 * that one broken job does not fill the dead-letter queue.
 */
import { circuitOf } from '../domain/admission/cluster-health.ts'
import { ensureAdmission } from './admit-jobs.ts'
import type { AdmitDeps } from './admit-jobs.ts'
import { findDifferences, repairUsage, SECOND_LOOK_SECONDS } from './recount-usage.ts'
import type { Drift } from './recount-usage.ts'
import type { AdmissionPlan, ObserveQueue, ObserverStore, Random } from './ports.ts'
import { ensureObserved, pollUnobserved } from './observe-cluster.ts'

export interface SweepDeps extends AdmitDeps {
  readonly observers: ObserverStore
  readonly observeQueue: ObserveQueue
  readonly random: Random
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

/** An idle cluster is listed once a day: an orphan is nobody's active job (rule 10). One that was never listed may have some. */
const UNSEEN_SECONDS = 86_400

async function isLongUnseen({ platform, observers, clock }: SweepDeps, cluster: string): Promise<boolean> {
  if (platform.clusters[cluster]?.state === 'off') return false
  const { listedAt = 0 } = (await observers.get(cluster)) ?? {}
  return clock.now() - listedAt > UNSEEN_SECONDS * 1000
}

/** Jobs wait for a cluster that has not answered, and nobody asks it while nothing of ours runs there: a look may find it back. */
async function lookAtDoubted(deps: SweepDeps, { waiting }: AdmissionPlan): Promise<void> {
  if (!Object.values(waiting).some(({ kind }) => kind === 'cluster-closed')) return
  const { clusters } = await deps.admission.readRooms([], deps.clusters)
  for (const [name, { health, observer }] of clusters) {
    if (deps.platform.clusters[name]?.state === 'off') continue
    const circuit = circuitOf({ now: deps.clock.now(), ...health, reachableAt: observer?.reachableAt })
    if (circuit.state !== 'closed') await ensureObserved(deps, name)
  }
}

/** What is in use is counted anew this often; it reads every active job. */
const RECOUNT_SECONDS = 6 * 3_600

export interface Swept {
  readonly sent: number
  /** There was more than one sweep sends. */
  readonly full: boolean
  /** Counters that were wrong. */
  readonly drifts: readonly Drift[]
}

export async function sweepJobs(deps: SweepDeps): Promise<Swept> {
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
    if (await deps.store.hasActiveJobs(cluster)) {
      await ensureObserved(deps, cluster)
      await pollUnobserved(deps, cluster)
    } else if (await isLongUnseen(deps, cluster)) await ensureObserved(deps, cluster)
  }
  const plan = await deps.admission.getPlan()
  await lookAtDoubted(deps, plan)
  await ensureAdmission(deps, plan)
  const drifts = isCountDue(plan, deps.clock.now()) ? await recount(deps) : []
  return { sent, full: sent >= MAX_PER_SWEEP, drifts }
}

/** Every few hours a count, and a sweep later a second look at what differed. */
const isCountDue = ({ suspects, recountedAt = 0 }: AdmissionPlan, now: number): boolean =>
  now - recountedAt >= (suspects === undefined ? RECOUNT_SECONDS : SECOND_LOOK_SECONDS) * 1000

async function recount(deps: SweepDeps): Promise<readonly Drift[]> {
  // Read again: the pass of just now may have written it.
  const { suspects, ...plan } = await deps.admission.getPlan()
  const counted = { ...deps, teams: Object.keys(deps.platform.teams) }
  if (suspects !== undefined) {
    // Whoever writes first looks.
    if ((await deps.admission.savePlan(plan, plan)) === 'conflict') return []
    return repairUsage(counted, suspects)
  }
  const now = deps.clock.now()
  const found = await findDifferences(counted)
  await deps.admission.savePlan(plan, { ...plan, recountedAt: now, ...(found.length > 0 && { suspects: found }) })
  return []
}
