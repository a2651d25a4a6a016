/** notify: the table's change stream; tells state changes to the bus and to the inbox, and archives what ended. In order; stops at the first failure. */
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda'
import { archiveEnded } from '../../shared/operations/archive-jobs.ts'
import type { Change } from '../../shared/operations/archive-jobs.ts'
import { notifyChange } from '../../shared/operations/notify-change.ts'
import type { NotifyDeps } from '../../shared/operations/notify-change.ts'
import type { JobArchive } from '../../shared/operations/ports.ts'
import { edge } from '../../shared/runtime/edge.ts'
import type { Log } from '../../shared/runtime/logging.ts'
import { jobOfImage } from '../../shared/runtime/stream.ts'

export const createHandler = (deps: NotifyDeps & { readonly archive: JobArchive; readonly log: Log }) =>
  edge<DynamoDBStreamEvent, DynamoDBBatchResponse>(deps.log).handler(async event => {
    const changes: Change[] = []
    const failed = (sequence: string | undefined, error: unknown): DynamoDBBatchResponse => {
      deps.log.error('a change was not told and comes again', { error })
      return { batchItemFailures: [{ itemIdentifier: sequence ?? '' }] }
    }
    for (const { dynamodb } of event.Records) {
      try {
        const after = jobOfImage(dynamodb?.NewImage)
        if (after === undefined) continue
        const before = jobOfImage(dynamodb?.OldImage)
        await notifyChange(deps, before, after)
        changes.push({ before, after })
      } catch (error) {
        return failed(dynamodb?.SequenceNumber, error)
      }
    }
    const first = event.Records[0]?.dynamodb?.SequenceNumber
    try {
      await archiveEnded(deps.archive, changes, first ?? 'unknown')
    } catch (error) {
      return failed(first, error)
    }
    return { batchItemFailures: [] }
  })
