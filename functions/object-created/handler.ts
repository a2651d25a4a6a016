/** object-created: S3 → intake queue → here. S3's own event and EventBridge's both come as the body of a message. */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { auditFields } from '../../shared/domain/audit.ts'
import { auditDrop } from '../../shared/operations/audit-submission.ts'
import { submitDroppedSpec } from '../../shared/operations/submit-dropped-spec.ts'
import type { SubmitDeps } from '../../shared/operations/submit-job.ts'
import type { SpecInbox } from '../../shared/operations/ports.ts'
import { handleBatch } from '../../shared/runtime/batch.ts'
import { edge } from '../../shared/runtime/edge.ts'
import type { Log } from '../../shared/runtime/logging.ts'
import { readDrops } from './read-drops.ts'

export const createHandler = (deps: SubmitDeps & { readonly inbox: SpecInbox; readonly log: Log }) =>
  edge<SQSEvent, SQSBatchResponse>(deps.log).handler((event, context) =>
    handleBatch(event, context, deps.log, async record => {
      for (const dropped of readDrops(record.body)) {
        const result = await submitDroppedSpec(deps, dropped)
        const { bucket, key } = dropped
        const what =
          result.outcome === 'ignored'
            ? { why: result.why }
            : 'job' in result && result.job !== undefined
              ? { jobId: result.job.jobId, team: result.job.team }
              : {}
        deps.log.info('object in the inbox', { bucket, key, outcome: result.outcome, ...what })
        const item = auditDrop(dropped, result, context.awsRequestId)
        if (item !== undefined) deps.log.info('audit', auditFields(item))
      }
    }),
  )
