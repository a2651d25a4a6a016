/**
 * The change streams of the embedded DynamoDB, as stored: one stream a table, one shard a stream, records in commit order.
 *
 * Records go into the same LevelDB batch as the items they describe, so a change acknowledged to its writer is in the
 * stream, also after kill -9. Bounds: 24 hours, as in AWS, and MAX_RECORDS_PER_STREAM, which AWS does not have.
 * A deleted table takes its stream along (AWS keeps it readable for a day).
 */
import { isDeepStrictEqual } from 'node:util'
import type { BatchOperation, DynaliteEngine, Item, Json, Table } from './dynalite-engine.ts'
import type { ItemChange } from './write-set.ts'

const RETENTION_MS = 24 * 60 * 60 * 1000
const MAX_RECORDS_PER_STREAM = 100_000
const MAX_STREAMS = 1_000
/** Sequence numbers have 21 digits, as AWS's have, so that they sort as text. */
const SEQUENCE_DIGITS = 21
const SEQUENCE_KEY = 'sparkgate-sequence'
const STREAM_PREFIX = 'sparkgate-stream~'

export interface ChangeStream {
  readonly tableName: string
  readonly streamArn: string
  readonly label: string
  readonly viewType: string
  readonly createdAtMs: number
  readonly keySchema: Table['KeySchema']
  /** Records up to this sequence number are gone. */
  readonly trimmedThrough: string
}

/** A record as GetRecords answers it. */
export interface StreamRecord {
  readonly eventID: string
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE'
  readonly userIdentity?: { readonly PrincipalId: string; readonly Type: string }
  readonly dynamodb: { readonly SequenceNumber: string; readonly ApproximateCreationDateTime: number } & Json
}

export interface StreamLog {
  list(): ChangeStream[]
  find(tableName: string): ChangeStream | undefined
  enable(table: Table, viewType: string): Promise<ChangeStream>
  /** Drops the stream and its records; does nothing when there is none. */
  disable(tableName: string): Promise<void>
  /** What to store together with `changes`. Call under the write lock, and store it: numbers are used up. */
  render(changes: readonly ItemChange[], author?: ChangeAuthor): BatchOperation[]
  /** At most `limit` records after a sequence number, oldest first. */
  read(stream: ChangeStream, after: string, limit: number): Promise<StreamRecord[]>
  /** The sequence number of the newest change of any table. */
  lastSequence(): string
  /** Deletes what is too old or too much. */
  trim(): Promise<void>
}

/** A user's write has no author in the record; a time-to-live deletion has DynamoDB itself, as in AWS. */
export type ChangeAuthor = 'user' | 'time-to-live'

/** Loads the streams of a store. */
export async function openStreamLog(
  engine: DynaliteEngine,
  options: { region: string; now: () => number },
): Promise<StreamLog> {
  const stored = (await engine.listValues(STREAM_PREFIX, { limit: MAX_STREAMS })) as ChangeStream[]
  const streams = new Map(stored.map(stream => [stream.tableName, stream]))
  let sequence = ((await engine.get(SEQUENCE_KEY)) as number | undefined) ?? 0

  return {
    list: () => [...streams.values()],
    find: tableName => streams.get(tableName),
    lastSequence: () => padSequence(sequence),
    async enable(table, viewType) {
      const stream = describeNewStream(table, viewType, options, padSequence(sequence))
      await engine.batch([{ type: 'put', key: STREAM_PREFIX + table.TableName, value: stream }])
      streams.set(table.TableName, stream)
      return stream
    },
    async disable(tableName) {
      if (!streams.delete(tableName)) return
      const keys = await engine.listKeys(recordPrefix(tableName))
      await engine.batch([STREAM_PREFIX + tableName, ...keys].map(key => ({ type: 'del', key })))
    },
    render(changes, author = 'user') {
      const operations: BatchOperation[] = []
      for (const change of changes) {
        const stream = streams.get(change.tableName)
        // Writing what is there already makes no record in AWS either.
        if (stream === undefined || isDeepStrictEqual(change.before, change.after)) continue
        sequence += 1
        const record = renderRecord(engine, stream, change, { sequence, author, ...options })
        operations.push({ type: 'put', key: recordPrefix(change.tableName) + padSequence(sequence), value: record })
      }
      if (operations.length > 0) operations.push({ type: 'put', key: SEQUENCE_KEY, value: sequence })
      return operations
    },
    read: async (stream, after, limit) =>
      (await engine.listValues(recordPrefix(stream.tableName), { after, limit })) as StreamRecord[],
    async trim() {
      for (const stream of streams.values()) {
        const trimmed = await trimStream(engine, stream, options.now() - RETENTION_MS)
        if (trimmed !== undefined && streams.has(stream.tableName)) streams.set(stream.tableName, trimmed)
      }
    },
  }
}

function describeNewStream(
  table: Table,
  viewType: string,
  options: { region: string; now: () => number },
  lastSequence: string,
): ChangeStream {
  const createdAtMs = options.now()
  const label = new Date(createdAtMs).toISOString().replace('Z', '')
  return {
    tableName: table.TableName,
    streamArn: `arn:aws:dynamodb:${options.region}:000000000000:table/${table.TableName}/stream/${label}`,
    label,
    viewType,
    createdAtMs,
    keySchema: table.KeySchema,
    trimmedThrough: lastSequence,
  }
}

function renderRecord(
  engine: DynaliteEngine,
  stream: ChangeStream,
  { before, after }: ItemChange,
  context: { sequence: number; author: ChangeAuthor; region: string; now: () => number },
): StreamRecord & Json {
  const item = after ?? before ?? {}
  const keys: Item = {}
  for (const { AttributeName } of stream.keySchema) keys[AttributeName] = item[AttributeName] ?? {}
  const hasNew = stream.viewType === 'NEW_IMAGE' || stream.viewType === 'NEW_AND_OLD_IMAGES'
  const hasOld = stream.viewType === 'OLD_IMAGE' || stream.viewType === 'NEW_AND_OLD_IMAGES'
  return {
    eventID: context.sequence.toString(16).padStart(32, '0'),
    eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: context.region,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(context.now() / 1000),
      Keys: keys,
      ...(hasNew && after !== undefined ? { NewImage: after } : {}),
      ...(hasOld && before !== undefined ? { OldImage: before } : {}),
      SequenceNumber: padSequence(context.sequence),
      SizeBytes: engine.itemSizeBytes(item),
      StreamViewType: stream.viewType,
    },
    ...(context.author === 'time-to-live' ? { userIdentity: TIME_TO_LIVE_IDENTITY } : {}),
  }
}

const TIME_TO_LIVE_IDENTITY = { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' }

/** Deletes old records, and old ones first where there are too many; answers the stream as it is then, if it changed. */
async function trimStream(
  engine: DynaliteEngine,
  stream: ChangeStream,
  oldestMs: number,
): Promise<ChangeStream | undefined> {
  const prefix = recordPrefix(stream.tableName)
  const keys = await engine.listKeys(prefix)
  let count = Math.max(0, keys.length - MAX_RECORDS_PER_STREAM)
  for (const key of keys.slice(count)) {
    const record = (await engine.get(key)) as StreamRecord | undefined
    if (record !== undefined && record.dynamodb.ApproximateCreationDateTime * 1000 >= oldestMs) break
    count += 1
  }
  const last = keys[count - 1]
  if (last === undefined) return undefined
  const trimmed = { ...stream, trimmedThrough: last.slice(prefix.length) }
  await engine.batch([
    ...keys.slice(0, count).map((key): BatchOperation => ({ type: 'del', key })),
    { type: 'put', key: STREAM_PREFIX + stream.tableName, value: trimmed },
  ])
  return trimmed
}

function recordPrefix(tableName: string): string {
  return `sparkgate-record~${tableName}~`
}

function padSequence(sequence: number): string {
  return String(sequence).padStart(SEQUENCE_DIGITS, '0')
}
