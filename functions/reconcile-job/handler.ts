/** reconcile-job: batches of job ids from the reconcile queue; each gets its next steps. */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { reconcileJob } from '../../shared/operations/reconcile-job.ts'
import type { ReconcileDeps } from '../../shared/operations/reconcile-job.ts'
import { ADMIT_TASK, REMOVE_TASK } from '../../shared/operations/ports.ts'
import { admitJobs } from '../../shared/operations/admit-jobs.ts'
import { removeOrphan } from '../../shared/operations/remove-orphan.ts'
import { handleBatch, readMessage, readTask } from '../../shared/runtime/batch.ts'
import { edge } from '../../shared/runtime/edge.ts'
import type { Log } from '../../shared/runtime/logging.ts'

export const createHandler = (deps: ReconcileDeps & { readonly log: Log }) =>
  edge<SQSEvent, SQSBatchResponse>(deps.log).handler((event, context) =>
    handleBatch(event, context, deps.log, async record => {
      const task = readTask(record.body)
      if (task === ADMIT_TASK) return admitJobs(deps)
      if (task === REMOVE_TASK) {
        const { raw: _raw, ...orphan } = readMessage(record.body, ['cluster', 'namespace', 'name', 'uid'])
        const why = `${orphan.namespace}/${orphan.name} ${orphan.uid}`
        return deps.log.warn('an object of no known job', {
          cluster: orphan.cluster,
          why,
          outcome: await removeOrphan(deps, orphan),
        })
      }
      const { team, jobId } = readMessage(record.body, ['team', 'jobId'])
      const { outcome, job } = await reconcileJob(deps, { team, jobId })
      deps.log.info('reconciled', { team, jobId, outcome, ...(job && { why: `${job.state} ${job.reason}` }) })
    }),
  )
