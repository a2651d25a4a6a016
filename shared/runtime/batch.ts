/**
 * Queue batches: each record by itself, all at once; the failed ones are reported and come again, and in the end reach the
 * dead-letter queue (rule 14). A record that is not begun before the time runs out is reported too: all steps are safe to
 * repeat.
 */
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import type { Log } from './logging.ts'

/** A step takes at most a Kubernetes time-out and some writes. */
const MIN_REMAINING_MILLISECONDS = 10_000

export async function handleBatch(
  event: SQSEvent,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
  log: Log,
  handle: (record: SQSRecord) => Promise<void>,
): Promise<SQSBatchResponse> {
  const handled = await Promise.allSettled(
    event.Records.map(async record => {
      if (context.getRemainingTimeInMillis() < MIN_REMAINING_MILLISECONDS)
        throw new Error('not begun: too little time left')
      await handle(record)
    }),
  )
  const batchItemFailures = handled.flatMap((result, index) => {
    const record = event.Records[index]
    if (result.status === 'fulfilled' || record === undefined) return []
    log.error('a message failed and comes again', { messageId: record.messageId, error: result.reason })
    return [{ itemIdentifier: record.messageId }]
  })
  return { batchItemFailures }
}

/** A message of another release: not ours to drop, it goes back to the queue. */
export class UnknownMessageError extends Error {
  override readonly name = 'UnknownMessageError'
}

/** The body of one of our own messages (version 1) with these text fields. */
export function readMessage<Field extends string>(
  body: string,
  fields: readonly Field[],
): Record<Field, string> & { readonly raw: Record<string, unknown> } {
  const raw = parseObject(body)
  if (raw?.['version'] !== 1) throw new UnknownMessageError('the message has a version that this release does not know')
  const values = fields.map(field => {
    const value = raw[field]
    if (typeof value !== 'string' || value === '') throw new UnknownMessageError(`the message has no ${field}`)
    return [field, value] as const
  })
  return { ...(Object.fromEntries(values) as Record<Field, string>), raw }
}

/** What a message of ours that is about no single thing asks for; undefined for others, and for other releases' messages. */
export function readTask(body: string): unknown {
  const raw = parseObject(body)
  return raw?.['version'] === 1 ? raw['task'] : undefined
}

export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
