/**
 * removeOrphan (rule 10): deletes an object that no job needs, by uid. The look that found it may be old and was another
 * identity's, so the question is asked anew: the object is there, and its job is unknown or gave it up.
 */
import { isAbandoned } from './look-for-orphans.ts'
import type { JobStore, Orphan, SparkClusters } from './ports.ts'

export type Removed = 'removed' | 'gone' | 'needed'

/** Throws while the cluster cannot be asked: the message comes again. */
export async function removeOrphan(
  deps: { readonly store: JobStore; readonly clusters: SparkClusters },
  orphan: Orphan,
): Promise<Removed> {
  const cluster = deps.clusters.of(orphan.cluster)
  const found = await cluster.get(orphan.namespace, orphan.name)
  if (found.outcome === 'absent') return 'gone'
  if (found.outcome !== 'found') throw new Error(`cluster ${orphan.cluster} could not be asked: ${found.message}`)
  const { application } = found
  const { team, jobId } = application
  // Not ours, or another one took the name meanwhile.
  if (application.uid !== orphan.uid || team === undefined || jobId === undefined) return 'needed'
  const job = await deps.store.get({ team, jobId })
  if (job !== undefined && !isAbandoned(job, application)) return 'needed'
  const deleted = await cluster.delete(orphan.namespace, orphan.name, orphan.uid)
  if (deleted.outcome === 'denied' || deleted.outcome === 'unavailable')
    throw new Error(`${orphan.name} could not be deleted: ${deleted.message}`)
  return 'removed'
}
