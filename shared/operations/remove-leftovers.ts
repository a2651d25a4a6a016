/**
 * removeLeftovers (rule 10): objects of attempts that were proved gone and are there again (those of a lost cluster are found by its
 * list, when it is back): a create that arrived after
 * every time limit, or somebody who applied an old manifest. Identity decides, not the name; deleted by uid.
 */
import type { Job } from '../domain/job.ts'
import { isOf } from '../domain/next-step/proof.ts'
import type { SparkClusters } from './ports.ts'

/** `unclear` when a cluster could not be asked about all of them. */
export async function removeLeftovers(clusters: SparkClusters, job: Job): Promise<'clean' | 'unclear'> {
  let outcome: 'clean' | 'unclear' = 'clean'
  for (const attempt of job.attempts) {
    if (attempt.goneAt === undefined) continue
    const cluster = clusters.of(attempt.cluster ?? job.cluster)
    const found = await cluster.get(job.namespace, attempt.objectName)
    if (isTrouble(found.outcome)) outcome = 'unclear'
    if (found.outcome !== 'found' || !isOf(found.application, job, attempt)) continue
    const deleted = await cluster.delete(job.namespace, attempt.objectName, found.application.uid)
    if (isTrouble(deleted.outcome)) outcome = 'unclear'
  }
  return outcome
}

const isTrouble = (outcome: string): boolean => outcome === 'denied' || outcome === 'unavailable'
