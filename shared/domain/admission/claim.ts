/**
 * Claims: what an admitted job takes from the limits of its team and cluster, from admission until nothing of it runs.
 */
import { podsOf } from '../job-pods.ts'
import type { CanonicalSpec } from '../job-spec/canonical-spec.ts'

/** The size of one job: driver and the most executors it can have. */
export interface JobSize {
  readonly cores: number
  readonly memoryMiB: number
}

export interface Claim extends JobSize {
  readonly cluster: string
  /** The attempt that it was given for; the next one is admitted anew. */
  readonly attempt: number
}

/** What is claimed of one limit's owner. */
export interface Usage extends JobSize {
  readonly jobs: number
}

/** Usage as it is stored, and how often it was changed: one that was not changed between two looks counts the same jobs. */
export interface UsageCounter extends Usage {
  readonly changes: number
}

/** Absent: no limit. */
export interface Limits {
  readonly jobs?: number
  readonly cores?: number
  readonly memoryMiB?: number
}

export const NO_USAGE: Usage = { jobs: 0, cores: 0, memoryMiB: 0 }

export const addJob = (usage: Usage, size: JobSize): Usage => ({
  jobs: usage.jobs + 1,
  cores: usage.cores + size.cores,
  memoryMiB: usage.memoryMiB + size.memoryMiB,
})

const DIMENSIONS = ['jobs', 'cores', 'memoryMiB'] as const
const WORDS = { jobs: 'jobs', cores: 'cores', memoryMiB: 'MiB of memory' } as const

/** Which limit one more job of this size would break, in words; undefined where it fits. */
export function brokenLimit(usage: Usage, limits: Limits, size: JobSize): string | undefined {
  const after = addJob(usage, size)
  const broken = DIMENSIONS.find(dimension => after[dimension] > (limits[dimension] ?? Infinity))
  if (broken === undefined) return undefined
  return `${usage[broken]} of ${limits[broken] ?? 0} ${WORDS[broken]} are in use`
}

/** How much of its limits an owner uses: the largest of the three, 0 … 1 (above 1 after limits were lowered); 0 without limits. */
export function shareOf(usage: Usage, limits: Limits): number {
  return Math.max(0, ...DIMENSIONS.map(dimension => usage[dimension] / (limits[dimension] ?? Infinity)))
}

/** The size of a job, from its checked spec: its driver, and as many executors as it can ever have. */
export function sizeOf(spec: CanonicalSpec): JobSize {
  const { driver, executor, executors } = podsOf(spec)
  return {
    cores: driver.cores + executors * executor.cores,
    memoryMiB: driver.memoryMiB + executors * executor.memoryMiB,
  }
}
