/** A job as an item and back: the record itself under `job`, and beside it what conditions and indexes need. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import type { QueuedJob } from '../domain/admission/decide-admissions.ts'
import { queueKey } from '../domain/admission/lane-key.ts'
import type { Job } from '../domain/job.ts'
import { isTerminal, progressOf } from '../domain/job-state.ts'
import { dueShardOf, jobKey, queueShardOf, TTL_ATTRIBUTE } from './dynamodb-table.ts'

export type Item = Record<string, AttributeValue>

export function jobItem(job: Job, retentionDays: number): Item {
  const over = isTerminal(job.state)
  const attributes = {
    type: 'job',
    team: job.team,
    jobId: job.jobId,
    version: job.version,
    state: job.state,
    name: job.name,
    terminal: over,
    progress: progressOf(job),
    sweeps: 0,
    teamKey: `TEAM#${job.team}`,
    createdKey: `${new Date(job.createdAt).toISOString()}#${job.jobId}`,
    ...(!over && { dueShard: dueShardOf(job.jobId), dueAt: job.dueAt ?? job.updatedAt }),
    ...(!over && isActive(job) && { activeCluster: `CLUSTER#${job.cluster}` }),
    ...(isWaiting(job) && { queueShard: queueShardOf(job.team), queueKey: queueKey(job), queued: queuedOf(job) }),
    ...(over && { [TTL_ATTRIBUTE]: Math.floor(job.updatedAt / 1000) + retentionDays * 86_400 }),
    job,
  }
  return { ...jobKey(job), ...marshall(attributes, { removeUndefinedValues: true }) }
}

/** It has something on its cluster, or room there. */
const isActive = (job: Job): boolean => job.state !== 'QUEUED' || job.claim !== undefined

/** Only these stand in the queue's index. */
const isWaiting = (job: Job): boolean => job.state === 'QUEUED' && job.readyAt !== undefined && job.claim === undefined

/** What admission has to know of a job. Records of release 0.1 have no size: they claim nothing. */
const queuedOf = ({ team, jobId, priority = 'normal', readyAt, size = { cores: 0, memoryMiB: 0 } }: Job) => ({
  team,
  jobId,
  priority,
  readyAt,
  size,
})

/** The queued job of an item of the queue's index. */
export const queuedJobOfItem = (item: Item): QueuedJob =>
  unmarshall({ queued: item['queued'] ?? { M: {} } })['queued'] as QueuedJob

/** The job of an item; undefined for items of other kinds. Throws for a record version that this code does not know. */
export function jobOfItem(item: Item | undefined): Job | undefined {
  if (item?.['job']?.M === undefined) return undefined
  const job = unmarshall(item['job'].M) as Job
  if (job.schemaVersion !== 1)
    throw new Error(
      `job ${job.jobId} has record version ${String(job.schemaVersion)}, which this release does not know`,
    )
  return job
}
