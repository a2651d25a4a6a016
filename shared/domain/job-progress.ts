/** How far a running job is, as far as its SparkApplication tells: executors and time. Stages are the driver's own knowledge. */
import { currentAttempt } from './job.ts'
import type { Attempt, Job } from './job.ts'

export interface JobProgress {
  readonly executorsRunning: number
  /** The most that it can have; absent on records of release 0.1. */
  readonly executorsMost?: number
  /** Since its driver runs. */
  readonly runningSeconds: number
  /** When the gateway ends it, epoch milliseconds; absent: never. */
  readonly deadlineAt?: number
}

/** Undefined for a job that does not run. */
export function jobProgress(job: Job, now: number): JobProgress | undefined {
  const attempt = currentAttempt(job)
  if (job.state !== 'RUNNING' || attempt === undefined) return undefined
  const startedAt = attempt.runningAt ?? job.stateSince
  const { runningSeconds } = job.deadlines
  return {
    executorsRunning: attempt.executors?.counts['RUNNING'] ?? 0,
    ...(job.pods !== undefined && { executorsMost: job.pods.executors }),
    runningSeconds: Math.max(0, Math.floor((now - startedAt) / 1000)),
    ...(runningSeconds !== undefined && { deadlineAt: startedAt + runningSeconds * 1000 }),
  }
}

/** Executor pods by state while the attempt runs; afterwards the operator's words for them mean little. */
export const liveExecutors = ({ endedAt, executors }: Attempt): Readonly<Record<string, number>> | undefined =>
  endedAt === undefined ? executors?.counts : undefined
