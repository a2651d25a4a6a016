/** notify: the table's change stream; tells state changes to the bus and to the inbox. In order; stops at the first failure. */
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda'
import { notifyChange } from '../../shared/operations/notify-change.ts'
import type { NotifyDeps } from '../../shared/operations/notify-change.ts'
import { edge } from '../../shared/runtime/edge.ts'
import type { Log } from '../../shared/runtime/logging.ts'
import { jobOfImage } from '../../shared/runtime/stream.ts'

export const createHandler = (deps: NotifyDeps & { readonly log: Log }) =>
  edge<DynamoDBStreamEvent, DynamoDBBatchResponse>(deps.log).handler(async event => {
    for (const record of event.Records) {
      try {
        const after = jobOfImage(record.dynamodb?.NewImage)
        if (after !== undefined) await notifyChange(deps, jobOfImage(record.dynamodb?.OldImage), after)
      } catch (error) {
        deps.log.error('a change was not told and comes again', { error })
        return { batchItemFailures: [{ itemIdentifier: record.dynamodb?.SequenceNumber ?? '' }] }
      }
    }
    return { batchItemFailures: [] }
  })
