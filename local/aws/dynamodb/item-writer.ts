/**
 * Single writes (PutItem, UpdateItem, DeleteItem, BatchWriteItem) and the one way anything is committed.
 * BatchWriteItem is atomic here and is not in AWS: nobody may rely on it.
 */
import { openWriteSet, type WriteSet } from './write-set.ts'
import type { BatchOperation, DynaliteEngine, Json } from './dynalite-engine.ts'
import { DynamoError } from './dynamo-error.ts'
import type { ChangeAuthor, StreamLog } from './stream-log.ts'
import type { WriteLock } from './write-lock.ts'

export interface WriteContext {
  readonly engine: DynaliteEngine
  readonly streams: StreamLog
  readonly lock: WriteLock
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Runs one of dynalite's writing actions and commits it. Rejects with DynamoError, with `Item` where that was asked for. */
export async function writeItem(
  context: WriteContext,
  action: 'putItem' | 'updateItem' | 'deleteItem' | 'batchWriteItem',
  body: Json,
  author: ChangeAuthor = 'user',
): Promise<Json> {
  const { engine } = context
  const request = engine.parse(action, body)
  return context.lock(async () => {
    const writes = openWriteSet(engine)
    const answer = await engine.run(action, request, writes.store).catch((error: unknown) => {
      throw attachOldItem(error, body, writes)
    })
    await commitWrites(context, writes, { author })
    return answer
  })
}

/** Stores a write set with its stream records and `extra`, all or nothing. Call under the write lock. */
export async function commitWrites(
  { engine, streams }: WriteContext,
  writes: WriteSet,
  options: { author?: ChangeAuthor; extra?: readonly BatchOperation[] } = {},
): Promise<void> {
  const records = streams.render(writes.changes(), options.author)
  await engine.batch([...writes.operations(), ...records, ...(options.extra ?? [])])
}

/** A condition's failure carries the item that failed it, if the writer asked (ReturnValuesOnConditionCheckFailure). */
function attachOldItem(error: unknown, body: Json, writes: WriteSet): unknown {
  const wanted = body['ReturnValuesOnConditionCheckFailure'] === 'ALL_OLD'
  const item = writes.lastRead()
  if (!wanted || item === undefined) return error
  if (!(error instanceof DynamoError) || error.type !== 'ConditionalCheckFailedException') return error
  return new DynamoError(error.type, error.message, { Item: item })
}
