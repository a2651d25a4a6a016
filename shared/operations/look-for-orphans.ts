/**
 * lookForOrphans (rule 10): of the objects that a list showed, which still need somebody. Jobs that go on are looked at; objects
 * of fenced or given-up attempts are removed by their job's look; objects whose job nobody knows are reported for a day
 * (somebody may have restored an old table) and then deleted by uid.
 */
import type { Job, JobRef } from '../domain/job.ts'
import { isTerminal } from '../domain/job-state.ts'
import type { ApplicationView } from '../domain/observed.ts'
import { meaningOf } from '../domain/operator-state.ts'
import { isOf } from '../domain/next-step/proof.ts'
import type { Clock, JobStore, ObserverStore, Orphan, ReconcileQueue } from './ports.ts'

export interface OrphanDeps {
  readonly store: JobStore
  readonly observers: ObserverStore
  readonly reconcileQueue: ReconcileQueue
  readonly clock: Clock
  /** Told of each orphan, each time it is seen. */
  readonly onOrphan?: (orphan: Orphan, what: 'reported' | 'removal asked for') => void
}

/** An unknown object is only reported for this long. */
const REPORT_SECONDS = 86_400

/** The jobs that have to be looked at. */
export async function lookForOrphans(
  deps: OrphanDeps,
  clusterName: string,
  applications: readonly ApplicationView[],
): Promise<readonly JobRef[]> {
  const looked = await Promise.all(
    applications.map(async application => {
      const { team, jobId } = application
      if (team === undefined || jobId === undefined) return []
      const job = await deps.store.get({ team, jobId })
      if (job === undefined) await dealWithUnknown(deps, clusterName, application)
      else if (isAbandoned(job, application)) await askForRemoval(deps, clusterName, application)
      return job !== undefined && needsLook(job, application) ? [{ team, jobId }] : []
    }),
  )
  return looked.flat()
}

/** A finished object of a job that ended in order stays until its time to live. */
function needsLook(job: Job, application: ApplicationView): boolean {
  // The list has just told all that a look at a running job would: ten thousand of them need no request each.
  if (job.state === 'RUNNING') return meaningOf(application.operatorState) !== 'running'
  if (!isTerminal(job.state)) return true
  const attempt = job.attempts.find(({ objectName }) => objectName === application.name)
  return attempt === undefined || attempt.goneAt !== undefined
}

/** Its cluster was lost and is back: the job runs elsewhere, or is over. */
export const isAbandoned = (job: Job, application: ApplicationView): boolean =>
  job.attempts.some(each => each.abandonedAt !== undefined && isOf(application, job, each))

/** Whoever looks may not delete: another identity does, after a look of its own. */
async function askForRemoval(
  { reconcileQueue }: OrphanDeps,
  cluster: string,
  { namespace, name, uid }: ApplicationView,
): Promise<void> {
  if (namespace !== undefined) await reconcileQueue.askForRemoval({ cluster, namespace, name, uid })
}

async function dealWithUnknown(deps: OrphanDeps, clusterName: string, application: ApplicationView): Promise<void> {
  const { namespace, name, uid } = application
  if (namespace === undefined) return
  const orphan = { cluster: clusterName, namespace, name, uid }
  const now = deps.clock.now()
  const firstSeenAt = await deps.observers.noteOrphan(orphan, now)
  const old = now - firstSeenAt >= REPORT_SECONDS * 1000
  if (old) await askForRemoval(deps, clusterName, application)
  deps.onOrphan?.(orphan, old ? 'removal asked for' : 'reported')
}
