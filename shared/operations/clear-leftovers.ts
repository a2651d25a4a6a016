/**
 * clearLeftovers (rule 10): objects of attempts that were proved gone and are there again (those of a lost cluster are found by
 * its list, when it is back): a create that arrived after every time limit, or somebody who applied an old manifest. Identity
 * decides, not the name; deleted by uid.
 */
import { clusterOfAttempt, withoutProof } from '../domain/job.ts'
import type { Attempt, Job } from '../domain/job.ts'
import { isOf } from '../domain/next-step/proof.ts'
import type { SparkClusters } from './ports.ts'

export interface ClearedLeftovers {
  /** A cluster could not be asked about all of them. */
  readonly unclear: boolean
  /**
   * The job without the proofs that do not hold. Where something is to come after them (a further attempt, the end of a cancel)
   * nothing is deleted yet: the proofs are taken back first, and made anew by the ordinary steps.
   */
  readonly unproved?: Job
}

interface Leftover {
  readonly attempt: Attempt
  readonly uid: string
}

export async function clearLeftovers(clusters: SparkClusters, job: Job): Promise<ClearedLeftovers> {
  let unclear = false
  const found: Leftover[] = []
  for (const attempt of job.attempts) {
    if (attempt.goneAt === undefined) continue
    const looked = await clusters.of(clusterOfAttempt(job, attempt)).get(job.namespace, attempt.objectName)
    if (isTrouble(looked.outcome)) unclear = true
    if (looked.outcome === 'found' && isOf(looked.application, job, attempt))
      found.push({ attempt, uid: looked.application.uid })
  }
  if (found.length > 0 && (job.state === 'QUEUED' || job.state === 'CANCELLING'))
    return { unclear, unproved: withoutProofs(job, found) }
  for (const { attempt, uid } of found) {
    const cluster = clusters.of(clusterOfAttempt(job, attempt))
    const deleted = await cluster.delete(job.namespace, attempt.objectName, uid)
    if (isTrouble(deleted.outcome)) unclear = true
  }
  return { unclear }
}

function withoutProofs(job: Job, found: readonly Leftover[]): Job {
  const numbers = new Set(found.map(({ attempt }) => attempt.number))
  return { ...job, attempts: job.attempts.map(each => (numbers.has(each.number) ? withoutProof(each) : each)) }
}

const isTrouble = (outcome: string): boolean => outcome === 'denied' || outcome === 'unavailable'
