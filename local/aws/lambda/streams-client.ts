/**
 * The four calls of DynamoDB Streams over its JSON protocol, signed. The embedded DynamoDB asks for a signature and does
 * not check whose it is, so any credentials will do there; this client is for the local stack alone.
 */
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'

/** A stream record as the service sends it. Sequence numbers are decimal texts, the creation date epoch seconds. */
export interface StreamRecord {
  readonly eventID?: string
  readonly eventName?: string
  readonly dynamodb: { readonly SequenceNumber: string; readonly ApproximateCreationDateTime?: number }
}

/** One shard of a stream; `ParentShardId` names the closed shard that it continues. */
export interface StreamShard {
  readonly ShardId: string
  readonly ParentShardId?: string
}

/** Where to begin: the oldest record, only new ones, or after a record. */
export type ShardPosition = 'TRIM_HORIZON' | 'LATEST' | { readonly afterSequenceNumber: string }

/** The calls, each a plain request. All reject with a StreamsError when the service refuses. */
export interface StreamsClient {
  findStreamArn(tableName: string): Promise<string | undefined>
  listShards(streamArn: string): Promise<readonly StreamShard[]>
  getIterator(streamArn: string, shardId: string, position: ShardPosition): Promise<string>
  getRecords(iterator: string, limit: number): Promise<{ records: readonly StreamRecord[]; next: string | undefined }>
}

/** The service refused: `code` is its exception's name, such as ExpiredIteratorException. */
export class StreamsError extends Error {
  readonly code: string
  constructor(operation: string, status: number, code: string, text: string) {
    super(`${operation} answered ${status} ${code}: ${text}`)
    this.name = 'StreamsError'
    this.code = code
  }
}

/** A loopback answer takes milliseconds; ten seconds is a process that hangs. */
const requestTimeoutMilliseconds = 10_000

/** A client of the service at `endpoint`, signing for `region`; requests end with the signal. */
export function createStreamsClient(endpoint: string, region: string, signal: AbortSignal): StreamsClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const signer = new SignatureV4({ service: 'dynamodb', region, credentials, sha256: Sha256 })
  const { protocol, hostname, port, host } = new URL(endpoint)
  const call = async (operation: string, input: Record<string, unknown>): Promise<Record<string, unknown>> => {
    const target = `DynamoDBStreams_20120810.${operation}`
    const headers = { host, 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target }
    const request = { method: 'POST', protocol, hostname, path: '/', headers, body: JSON.stringify(input) }
    const signed = await signer.sign({ ...request, ...(port !== '' && { port: Number(port) }) })
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: signed.headers,
      body: request.body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMilliseconds)]),
    })
    const text = await response.text()
    if (!response.ok) throw new StreamsError(operation, response.status, readErrorCode(text), text.slice(0, 500))
    return JSON.parse(text) as Record<string, unknown>
  }

  return {
    async findStreamArn(tableName) {
      const { Streams = [] } = (await call('ListStreams', { TableName: tableName })) as {
        Streams?: { StreamArn: string }[]
      }
      return Streams.at(-1)?.StreamArn
    },
    async listShards(streamArn) {
      const answer = await call('DescribeStream', { StreamArn: streamArn })
      return (answer as { StreamDescription?: { Shards?: StreamShard[] } }).StreamDescription?.Shards ?? []
    },
    async getIterator(streamArn, shardId, position) {
      const start =
        typeof position === 'string'
          ? { ShardIteratorType: position }
          : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: position.afterSequenceNumber }
      const answer = await call('GetShardIterator', { StreamArn: streamArn, ShardId: shardId, ...start })
      return (answer as { ShardIterator: string }).ShardIterator
    },
    async getRecords(iterator, limit) {
      const answer = await call('GetRecords', { ShardIterator: iterator, Limit: limit })
      const { Records = [], NextShardIterator } = answer as {
        Records?: StreamRecord[]
        NextShardIterator?: string | null
      }
      return { records: Records, next: NextShardIterator ?? undefined }
    },
  }
}

/** `com.amazonaws.dynamodb.v20120810#ExpiredIteratorException` → `ExpiredIteratorException`. */
function readErrorCode(text: string): string {
  try {
    const type = (JSON.parse(text) as { __type?: unknown }).__type
    return typeof type === 'string' ? (type.split('#').at(-1) ?? 'Unknown') : 'Unknown'
  } catch {
    return 'Unknown' // not JSON: whatever answered is no DynamoDB; the caller sees the text
  }
}
