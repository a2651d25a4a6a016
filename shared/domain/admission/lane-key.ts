/** The order of the queue as text: what a store sorts by, and lanes are told apart by. */
import { PRIORITIES } from '../job-spec/canonical-spec.ts'
import type { Priority } from '../job-spec/canonical-spec.ts'
import type { Job } from '../job.ts'

/** Epoch milliseconds have 13 digits until the year 2286. */
const TIME_DIGITS = 13

interface LaneOf {
  readonly team: string
  readonly clusters: readonly string[]
  readonly priority: Priority
}

/** `team#clusters#rank`: rank 0 is the highest priority, so that text order is queue order. Names hold no `#` and no `+`. */
export const laneKey = ({ team, clusters, priority }: LaneOf): string =>
  `${poolKey(team, clusters)}#${PRIORITIES.length - 1 - PRIORITIES.indexOf(priority)}`

/** All priorities of a lane. */
export const poolKey = (team: string, clusters: readonly string[]): string => `${team}#${clusters.toSorted().join('+')}`

/** Where a job stands: its lane, then its age. Throws for a job that is not in the queue. */
export function queueKey(job: Job): string {
  if (job.readyAt === undefined) throw new Error(`job ${job.jobId} is not in the queue`)
  return `${laneKey(laneOf(job))}#${String(job.readyAt).padStart(TIME_DIGITS, '0')}#${job.jobId}`
}

export const laneOf = (job: Job): LaneOf => ({
  team: job.team,
  clusters: job.clusters ?? [job.cluster],
  priority: job.priority ?? 'normal',
})

/** The lane of a key that `queueKey` made. */
export function laneOfKey(key: string): LaneOf {
  const [team = '', clusters = '', rank = '0'] = key.split('#')
  return {
    team,
    clusters: clusters.split('+'),
    priority: PRIORITIES[PRIORITIES.length - 1 - Number(rank)] ?? 'normal',
  }
}
