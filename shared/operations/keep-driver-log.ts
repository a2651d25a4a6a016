/**
 * keepDriverLog: copies the end of a driver's log from its pod to the archive, before the gateway or the operator removes the
 * pod. Executors' pods are removed by Spark itself when they end; what they wrote is where the platform ships logs.
 */
import { clusterOfAttempt } from '../domain/job.ts'
import type { Attempt, Job } from '../domain/job.ts'
import { driverPodOf, PROGRAM_CONTAINERS } from '../domain/pod-names.ts'
import type { ClusterWindow, ClusterWindows, LogAnswer } from './api-ports.ts'
import type { LogArchive } from './ports.ts'

/** The newest lines, fewer where they are long; the API's page has as much. */
const TAILS = [10_000, 1_000, 100] as const
const MAX_KEPT_BYTES = 1024 * 1024

/** Why there is nothing to keep is not told: no pod, or none that has written. Throws where the archive does. */
export async function keepDriverLog(
  windows: ClusterWindows,
  archive: LogArchive,
  job: Job,
  attempt: Attempt,
): Promise<'kept' | 'nothing' | 'cluster-silent'> {
  const window = await windows.of(clusterOfAttempt(job, attempt))
  if (window === undefined || attempt.createdAt === undefined) return 'nothing'
  const answer = await readTail(window, { namespace: job.namespace, pod: driverPodOf(attempt) })
  if (answer.outcome === 'denied' || answer.outcome === 'unavailable') return 'cluster-silent'
  if (answer.outcome !== 'read' || answer.text === '') return 'nothing'
  await archive.keep({ team: job.team, jobId: job.jobId, attempt: attempt.number }, answer.text)
  return 'kept'
}

/** The cluster cuts a long answer at its end, and the end is what people need: ask for fewer lines instead. */
async function readTail(window: ClusterWindow, place: { namespace: string; pod: string }): Promise<LogAnswer> {
  let answer: LogAnswer = { outcome: 'absent' }
  for (const tailLines of TAILS) {
    answer = await window.readLog(
      { ...place, container: PROGRAM_CONTAINERS.driver },
      { tailLines, limitBytes: MAX_KEPT_BYTES },
    )
    if (answer.outcome !== 'read' || Buffer.byteLength(answer.text) < MAX_KEPT_BYTES) return answer
  }
  return answer
}
