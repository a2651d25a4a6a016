/** sweep-jobs: every minute, whatever is overdue. The event says nothing but "now". */
import { sweepJobs } from '../../shared/operations/sweep-jobs.ts'
import type { SweepDeps } from '../../shared/operations/sweep-jobs.ts'
import { edge } from '../../shared/runtime/edge.ts'
import type { Log } from '../../shared/runtime/logging.ts'

export const createHandler = (deps: SweepDeps & { readonly log: Log }) =>
  edge<unknown, void>(deps.log).handler(async () => {
    const { sent, full, drifts } = await sweepJobs(deps)
    for (const { owner, stored, counted, repaired } of drifts) {
      const why = `${owner.kind} ${owner.name}: stored ${JSON.stringify(stored)}, counted ${JSON.stringify(counted)}`
      deps.log.warn('a counter of usage was wrong', { why, outcome: repaired ? 'repaired' : 'left' })
    }
    if (full) deps.log.warn('more jobs are overdue than one sweep sends', { count: sent })
    else deps.log.info('swept', { count: sent })
  })
