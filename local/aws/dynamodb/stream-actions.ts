/**
 * The DynamoDB Streams protocol (`DynamoDBStreams_20120810.*`) over the stream log: ListStreams, DescribeStream,
 * GetShardIterator and GetRecords. One shard for each stream, open for as long as the stream exists.
 * Not emulated: shard splits, StartingSequenceNumber filters, throttling.
 */
import type { Json } from './dynalite-engine.ts'
import { DynamoError, refuse } from './dynamo-error.ts'
import type { ChangeStream, StreamLog, StreamRecord } from './stream-log.ts'

const SHARD_ID = 'shardId-00000000000000000000-00000001'
/** AWS's limits: 1,000 records or 1 MB an answer, and an iterator lives 15 minutes. */
const MAX_RECORDS = 1000
const MAX_ANSWER_BYTES = 1024 * 1024
const ITERATOR_LIFETIME_MS = 15 * 60 * 1000

interface Iterator {
  readonly streamArn: string
  /** Exclusive. */
  readonly after: string
  readonly issuedAtMs: number
}

/** The actions by name; each takes the request's JSON and throws DynamoError. */
export function createStreamActions(
  streams: StreamLog,
  now: () => number,
): Record<string, (body: Json) => Promise<Json>> {
  return {
    ListStreams: async body => ({
      Streams: streams
        .list()
        .filter(stream => body['TableName'] === undefined || stream.tableName === body['TableName'])
        .map(stream => ({ StreamArn: stream.streamArn, StreamLabel: stream.label, TableName: stream.tableName })),
    }),
    DescribeStream: async body => ({ StreamDescription: describeStream(findStream(streams, body['StreamArn'])) }),
    async GetShardIterator(body) {
      const stream = findStream(streams, body['StreamArn'])
      if (body['ShardId'] !== SHARD_ID) throw shardNotFound()
      const after = startAfter(streams, stream, body)
      return { ShardIterator: encodeIterator({ streamArn: stream.streamArn, after, issuedAtMs: now() }) }
    },
    GetRecords: body => getRecords(streams, body, now),
  }
}

async function getRecords(streams: StreamLog, body: Json, now: () => number): Promise<Json> {
  const iterator = decodeIterator(body['ShardIterator'])
  if (now() - iterator.issuedAtMs > ITERATOR_LIFETIME_MS) {
    throw new DynamoError('ExpiredIteratorException', 'Iterator expired.')
  }
  const limit = body['Limit'] === undefined ? MAX_RECORDS : Number(body['Limit'])
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_RECORDS) {
    throw refuse(`Limit must be between 1 and ${MAX_RECORDS}`)
  }
  const stream = findStream(streams, iterator.streamArn)
  if (iterator.after < stream.trimmedThrough) throw trimmedData()
  const found = await streams.read(stream, iterator.after, limit)
  const records = fitAnswer(found)
  const after = records.at(-1)?.dynamodb.SequenceNumber ?? iterator.after
  return {
    Records: records,
    NextShardIterator: encodeIterator({ streamArn: stream.streamArn, after, issuedAtMs: now() }),
  }
}

/** As many records as fit in one answer, at least one. */
function fitAnswer(records: readonly StreamRecord[]): StreamRecord[] {
  let bytes = 0
  const end = records.findIndex((record, index) => {
    bytes += Number(record.dynamodb['SizeBytes']) * 2
    return index > 0 && bytes > MAX_ANSWER_BYTES
  })
  return end === -1 ? [...records] : records.slice(0, end)
}

function startAfter(streams: StreamLog, stream: ChangeStream, body: Json): string {
  const sequence = body['SequenceNumber']
  switch (body['ShardIteratorType']) {
    case 'TRIM_HORIZON':
      return stream.trimmedThrough
    case 'LATEST':
      return streams.lastSequence()
    case 'AFTER_SEQUENCE_NUMBER':
      return checkSequence(sequence, stream, 0n)
    case 'AT_SEQUENCE_NUMBER':
      return checkSequence(sequence, stream, 1n)
    default:
      throw refuse('ShardIteratorType must be TRIM_HORIZON, LATEST, AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER')
  }
}

function checkSequence(sequence: unknown, stream: ChangeStream, back: bigint): string {
  if (typeof sequence !== 'string' || !/^\d{1,40}$/.test(sequence)) throw refuse('Invalid SequenceNumber')
  const after = (BigInt(sequence) - back).toString().padStart(stream.trimmedThrough.length, '0')
  if (after < stream.trimmedThrough) throw trimmedData()
  return after
}

function describeStream(stream: ChangeStream): Json {
  return {
    StreamArn: stream.streamArn,
    StreamLabel: stream.label,
    StreamStatus: 'ENABLED',
    StreamViewType: stream.viewType,
    CreationRequestDateTime: stream.createdAtMs / 1000,
    TableName: stream.tableName,
    KeySchema: stream.keySchema,
    Shards: [{ ShardId: SHARD_ID, SequenceNumberRange: { StartingSequenceNumber: stream.trimmedThrough } }],
  }
}

function findStream(streams: StreamLog, streamArn: unknown): ChangeStream {
  const stream = streams.list().find(candidate => candidate.streamArn === streamArn)
  if (stream === undefined) {
    throw new DynamoError('ResourceNotFoundException', `Requested resource not found: Stream: ${String(streamArn)}`)
  }
  return stream
}

function encodeIterator(iterator: Iterator): string {
  return Buffer.from(JSON.stringify(iterator)).toString('base64url')
}

function decodeIterator(text: unknown): Iterator {
  try {
    const value = JSON.parse(Buffer.from(String(text), 'base64url').toString()) as Partial<Iterator>
    if (typeof value.after === 'string' && typeof value.issuedAtMs === 'number') return value as Iterator
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw refuse('Invalid ShardIterator')
}

function shardNotFound(): DynamoError {
  return new DynamoError('ResourceNotFoundException', 'Requested resource not found: Shard does not exist')
}

function trimmedData(): DynamoError {
  return new DynamoError('TrimmedDataAccessException', 'The requested records were trimmed')
}
