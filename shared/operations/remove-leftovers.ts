/**
 * removeLeftovers (rule 10): objects of attempts that were proved gone and are there again: a create that arrived after
 * every time limit, or somebody who applied an old manifest. Identity decides, not the name; deleted by uid.
 */
import type { Job } from '../domain/job.ts'
import { isOf } from '../domain/next-step/proof.ts'
import type { SparkCluster } from './ports.ts'

/** How many objects were removed. A cluster that does not answer is asked again with the next look. */
export async function removeLeftovers(cluster: SparkCluster, job: Job): Promise<number> {
  let removed = 0
  for (const attempt of job.attempts) {
    if (attempt.goneAt === undefined) continue
    const found = await cluster.get(job.namespace, attempt.objectName)
    if (found.outcome !== 'found' || !isOf(found.application, job, attempt)) continue
    await cluster.delete(job.namespace, attempt.objectName, found.application.uid)
    removed++
  }
  return removed
}
