/** describeWaiting: where a waiting job stands in its queue, and what it waits for; two small questions, only for a person who asks. */
import { laneKey, laneOf } from '../domain/admission/lane-key.ts'
import type { Job } from '../domain/job.ts'
import type { AdmissionStore } from './ports.ts'

export interface Waiting {
  /** 1: next of its team and clusters; absent while it does not stand in the queue. */
  readonly position?: number
  /** There are more than `position` says. */
  readonly orMore?: true
  readonly waitingFor: string
}

/** Counting further than this tells nobody more. */
const MOST_COUNTED = 1_000

/** Undefined for a job that does not wait. */
export async function describeWaiting(admission: AdmissionStore, job: Job): Promise<Waiting | undefined> {
  if (job.state !== 'QUEUED') return undefined
  if (job.readyAt === undefined || job.claim !== undefined) return { waitingFor: job.message }
  const [ahead, plan] = await Promise.all([admission.countAhead(job, MOST_COUNTED), admission.getPlan()])
  return {
    position: ahead + 1,
    ...(ahead >= MOST_COUNTED && { orMore: true }),
    waitingFor: plan.waiting[laneKey(laneOf(job))]?.why ?? job.message,
  }
}
