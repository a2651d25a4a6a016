/**
 * removeLeftovers (rule 10): objects of attempts that were proved gone and are there again (those of a lost cluster are found by its
 * list, when it is back): a create that arrived after
 * every time limit, or somebody who applied an old manifest. Identity decides, not the name; deleted by uid.
 */
import type { Job } from '../domain/job.ts'
import { isOf } from '../domain/next-step/proof.ts'
import type { SparkClusters } from './ports.ts'

export interface Leftovers {
  /** A cluster could not be asked about all of them. */
  readonly unclear: boolean
  /** The numbers of the attempts whose object was there again. */
  readonly found: readonly number[]
}

export async function removeLeftovers(clusters: SparkClusters, job: Job): Promise<Leftovers> {
  let unclear = false
  const again: number[] = []
  for (const attempt of job.attempts) {
    if (attempt.goneAt === undefined) continue
    const cluster = clusters.of(attempt.cluster ?? job.cluster)
    const found = await cluster.get(job.namespace, attempt.objectName)
    if (isTrouble(found.outcome)) unclear = true
    if (found.outcome !== 'found' || !isOf(found.application, job, attempt)) continue
    again.push(attempt.number)
    const deleted = await cluster.delete(job.namespace, attempt.objectName, found.application.uid)
    if (isTrouble(deleted.outcome)) unclear = true
  }
  return { unclear, found: again }
}

const isTrouble = (outcome: string): boolean => outcome === 'denied' || outcome === 'unavailable'
