/** schedule-fired: EventBridge Scheduler's payload (ours: schedule and time) or the classic rule's "Scheduled Event". */
import { auditFields } from '../../shared/domain/audit.ts'
import { auditFiring } from '../../shared/operations/audit-submission.ts'
import { submitScheduledJob } from '../../shared/operations/submit-scheduled-job.ts'
import type { SubmitDeps } from '../../shared/operations/submit-job.ts'
import { edge } from '../../shared/runtime/edge.ts'
import type { Log } from '../../shared/runtime/logging.ts'
import { readFiring } from './read-firing.ts'

export const createHandler = (deps: SubmitDeps & { readonly log: Log }) =>
  edge<unknown, { outcome: string; jobId?: string }>(deps.log).handler(async (event, context) => {
    const firing = readFiring(event)
    const result = await submitScheduledJob(deps, firing)
    const job = 'job' in result && result.job !== undefined ? { jobId: result.job.jobId, team: result.job.team } : {}
    // A schedule that is gone is not retried: nothing will bring it back but a person.
    const say = result.outcome === 'accepted' ? 'info' : 'warn'
    deps.log[say]('schedule fired', {
      schedule: firing.schedule,
      outcome: result.outcome,
      ...job,
      ...(result.outcome === 'ignored' && { why: result.why }),
    })
    deps.log.info('audit', auditFields(auditFiring(firing, result, context.awsRequestId)))
    return { outcome: result.outcome, ...('jobId' in job && { jobId: job.jobId }) }
  })
