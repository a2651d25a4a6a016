/** GET /v1/jobs/{id}/logs: live from the pod, from what was kept or shipped afterwards; `since` with the `next` of the answer before goes on there. */
import { readJobLog } from '../../../shared/operations/read-job-log.ts'
import { HttpProblem, json } from '../../../shared/runtime/http.ts'
import { cursorText, readLogQuery } from '../query.ts'
import type { JobHandler } from '../route.ts'
import { find } from './read-job.ts'

/** What a caller should wait where a cluster does not say. */
const RETRY_AFTER_SECONDS = 5

export const getLogs: JobHandler = async ({ deps, query }, ref) => {
  const asked = readLogQuery(query)
  const job = await find(deps.store, ref)
  if (deps.windows === undefined)
    throw new HttpProblem('log-not-there', 'This gateway’s API has no way to its clusters, and so to no log.')
  const log = await readJobLog(deps.windows, deps.logs, job, asked, deps.shippedLogs)
  switch (log.outcome) {
    case 'read': {
      const { source, attempt, pod, lines, next, more, ended, waitingFor } = log
      return json(200, {
        attempt,
        role: asked.role === 'driver' ? 'driver' : `executor-${asked.role}`,
        source,
        ...(pod !== '' && { pod }),
        lines: lines.map(line => ({ ...line })),
        ...(next !== undefined && { next: cursorText(next) }),
        more,
        ended,
        ...(waitingFor !== undefined && { waitingFor }),
      })
    }
    case 'absent':
      throw new HttpProblem('log-not-there', log.why)
    case 'denied':
      throw new HttpProblem('not-available', 'The cluster does not let the gateway read logs; tell your platform team.')
    case 'unavailable': {
      const seconds = log.retryAfterSeconds ?? RETRY_AFTER_SECONDS
      throw new HttpProblem('not-available', 'The cluster does not answer just now; try again.', {
        headers: { 'retry-after': String(seconds) },
      })
    }
  }
}
