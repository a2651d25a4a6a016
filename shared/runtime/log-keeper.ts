/** Keeps logs beyond their pods for those who have better things to do: never throws, never takes long, and says what it could not keep. */
import { setTimeout as wait } from 'node:timers/promises'
import type { ClusterWindows } from '../operations/api-ports.ts'
import { keepDriverLog } from '../operations/keep-driver-log.ts'
import type { LogArchive } from '../operations/ports.ts'
import type { ReconcileDeps } from '../operations/reconcile-job.ts'
import type { Log } from './logging.ts'

/** The function has 30 s for ten jobs: what a log may take of them. */
const LIMIT_MILLISECONDS = 5_000

export function logKeeper(
  windows: ClusterWindows,
  archive: LogArchive,
  log: Log,
  limitMilliseconds = LIMIT_MILLISECONDS,
): NonNullable<ReconcileDeps['keepLog']> {
  return async (job, attempt) => {
    const enough = new AbortController()
    const outcome = await Promise.race([
      keepDriverLog(windows, archive, job, attempt).catch((error: unknown) => error),
      wait(limitMilliseconds, new Error('it took too long'), { signal: enough.signal }).catch(() => undefined),
    ])
    enough.abort()
    if (outcome === 'kept' || outcome === 'nothing') return
    const reason = outcome instanceof Error ? outcome.message : String(outcome)
    const why = `attempt ${attempt.number}: ${reason}`
    log.warn('a driver’s log was not kept', { team: job.team, jobId: job.jobId, why })
  }
}
