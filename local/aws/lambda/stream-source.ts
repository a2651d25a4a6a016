/**
 * The DynamoDB Streams event source of Lambda, for streams of one open shard (what the embedded DynamoDB has). Records
 * arrive in order, one batch at a time; a checkpoint file lets a restart continue behind the last batch that was done.
 */
import { randomUUID } from 'node:crypto'
import { waitUnlessAborted } from './abortable-wait.ts'
import type { FailureFacts } from './failure-destination.ts'
import type { AwsPlace, InvocationOutcome } from './function-runtime.ts'
import { processStreamRecords } from './stream-batch.ts'
import { readCheckpoint, writeCheckpoint, type StreamCheckpoint } from './stream-checkpoint.ts'
import { createStreamsClient, StreamsError, type ShardPosition, type StreamRecord } from './streams-client.ts'

/** One event source mapping. */
export interface StreamSourceOptions {
  readonly functionName: string
  /** The base URL of the service that speaks DynamoDB Streams. */
  readonly endpoint: string
  readonly tableName: string
  /** 1 to 1,000 here (GetRecords' own limit; AWS gathers up to 10,000). */
  readonly batchSize: number
  /** Without it, every start begins at `startingPosition`. */
  readonly checkpointFile?: string
  /** Default TRIM_HORIZON. */
  readonly startingPosition?: 'TRIM_HORIZON' | 'LATEST'
  readonly reportBatchItemFailures: boolean
  /** Halve a failed batch (BisectBatchOnFunctionError). */
  readonly bisect?: boolean
  /** 0 to 10,000, or -1: for ever. */
  readonly maximumRetryAttempts: number
  readonly onFailureQueueUrl?: string
  /** AWS looks about four times a second; that is the default, 250. */
  readonly pollMilliseconds?: number
}

/** What a source needs from the runner. */
export interface StreamSourceDependencies {
  readonly place: AwsPlace
  readonly invoke: (functionName: string, event: unknown) => Promise<InvocationOutcome>
  readonly sendToDestination: (facts: FailureFacts, queueUrl: string, batch: Record<string, unknown>) => Promise<void>
  readonly signal: AbortSignal
  readonly onProblem: (message: string, error: unknown) => void
}

interface ShardReader {
  readonly checkpoint: Omit<StreamCheckpoint, 'sequenceNumber'>
  iterator: string
}

const defaultPollMilliseconds = 250
const pauseAfterErrorMilliseconds = 500

/** Reads until the signal aborts. Resolves when the last batch is done. Throws at once for options that AWS refuses. */
export function startStreamSource(dependencies: StreamSourceDependencies, options: StreamSourceOptions): Promise<void> {
  if (!(options.batchSize >= 1 && options.batchSize <= 1000)) {
    throw new RangeError(`batchSize is ${options.batchSize}; 1 to 1,000 is allowed.`)
  }
  if (!(options.maximumRetryAttempts >= -1 && options.maximumRetryAttempts <= 10_000)) {
    throw new RangeError(`maximumRetryAttempts is ${options.maximumRetryAttempts}; -1 to 10,000 is allowed.`)
  }
  return readStream(dependencies, options)
}

async function readStream(dependencies: StreamSourceDependencies, options: StreamSourceOptions): Promise<void> {
  const { signal, onProblem } = dependencies
  const pollMilliseconds = options.pollMilliseconds ?? defaultPollMilliseconds
  const progress: { checkpoint: StreamCheckpoint | undefined } = { checkpoint: undefined }
  let reader: ShardReader | undefined
  let closedShardId: string | undefined
  let isFirstLook = true
  while (!signal.aborted) {
    try {
      if (isFirstLook && options.checkpointFile) progress.checkpoint = await readCheckpoint(options.checkpointFile)
      isFirstLook = false
      reader ??= await openShard(dependencies, options, progress.checkpoint, closedShardId)
      const isIdle = reader === undefined || (await readOnce(dependencies, options, reader, progress))
      if (reader?.iterator === '') {
        closedShardId = reader.checkpoint.shardId // look for the shard that continues it
        reader = undefined
      }
      if (isIdle) await waitUnlessAborted(pollMilliseconds, signal)
    } catch (error) {
      reader = undefined
      if (error instanceof StreamsError && error.code === 'TrimmedDataAccessException') progress.checkpoint = undefined
      if (signal.aborted) return
      onProblem(`reading the stream of ${options.tableName} failed; it goes on from the last checkpoint`, error)
      await waitUnlessAborted(pauseAfterErrorMilliseconds, signal)
    }
  }
}

/** Undefined when the table has no stream or shard yet, or the last shard is closed and has no successor yet. */
async function openShard(
  { signal, place }: StreamSourceDependencies,
  options: StreamSourceOptions,
  checkpoint: StreamCheckpoint | undefined,
  closedShardId: string | undefined,
): Promise<ShardReader | undefined> {
  const client = createStreamsClient(options.endpoint, place.region, signal)
  const streamArn = await client.findStreamArn(options.tableName)
  if (streamArn === undefined) return undefined
  const shards = await client.listShards(streamArn)
  const known = checkpoint?.streamArn === streamArn ? checkpoint : undefined // another ARN: the table was made anew
  const current = shards.find(shard => shard.ShardId === known?.shardId)
  const successor = shards.find(shard => shard.ParentShardId !== undefined && shard.ParentShardId === closedShardId)
  const isClosed = closedShardId !== undefined && shards.some(shard => shard.ShardId === closedShardId)
  const shard = isClosed ? successor : (current ?? shards[0])
  if (shard === undefined) return undefined
  const start = isClosed ? 'TRIM_HORIZON' : (options.startingPosition ?? 'TRIM_HORIZON')
  const position: ShardPosition = known && shard === current ? { afterSequenceNumber: known.sequenceNumber } : start
  const iterator = await client.getIterator(streamArn, shard.ShardId, position)
  return { checkpoint: { streamArn, shardId: shard.ShardId }, iterator }
}

/** One GetRecords and the work on it. Answers whether there was nothing to do. Leaves '' as iterator of a closed shard. */
async function readOnce(
  dependencies: StreamSourceDependencies,
  options: StreamSourceOptions,
  reader: ShardReader,
  progress: { checkpoint: StreamCheckpoint | undefined },
): Promise<boolean> {
  const client = createStreamsClient(options.endpoint, dependencies.place.region, dependencies.signal)
  const { records, next } = await client.getRecords(reader.iterator, options.batchSize)
  const rules = {
    reporting: options.reportBatchItemFailures ? ('report-item-failures' as const) : ('whole-batch' as const),
    onError: options.bisect ? ('bisect' as const) : ('retry-whole' as const),
    maximumRetryAttempts: options.maximumRetryAttempts,
  }
  await processStreamRecords(records, rules, {
    invoke: batch => dependencies.invoke(options.functionName, renderStreamEvent(batch, reader, dependencies.place)),
    passed: async record => {
      progress.checkpoint = { ...reader.checkpoint, sequenceNumber: record.dynamodb.SequenceNumber }
      if (options.checkpointFile) await writeCheckpoint(options.checkpointFile, progress.checkpoint)
    },
    giveUp: (batch, invokeCount) => giveUp(dependencies, options, reader, batch, invokeCount),
    signal: dependencies.signal,
  })
  reader.iterator = next ?? ''
  return records.length === 0
}

function renderStreamEvent(records: readonly StreamRecord[], reader: ShardReader, place: AwsPlace): unknown {
  const source = { eventSource: 'aws:dynamodb', eventVersion: '1.1', awsRegion: place.region }
  return { Records: records.map(record => ({ ...source, ...record, eventSourceARN: reader.checkpoint.streamArn })) }
}

async function giveUp(
  { sendToDestination, onProblem }: StreamSourceDependencies,
  { functionName, onFailureQueueUrl, tableName }: StreamSourceOptions,
  { checkpoint }: ShardReader,
  records: readonly StreamRecord[],
  invokeCount: number,
): Promise<void> {
  const first = records[0]?.dynamodb
  const last = records.at(-1)?.dynamodb
  const batch = {
    shardId: checkpoint.shardId,
    startSequenceNumber: first?.SequenceNumber,
    endSequenceNumber: last?.SequenceNumber,
    approximateArrivalOfFirstRecord: renderSeconds(first?.ApproximateCreationDateTime),
    approximateArrivalOfLastRecord: renderSeconds(last?.ApproximateCreationDateTime),
    batchSize: records.length,
    streamArn: checkpoint.streamArn,
  }
  const condition = 'RetryAttemptsExhausted' as const
  if (onFailureQueueUrl === undefined) return onProblem(`${functionName} skipped records of ${tableName}`, batch)
  await sendToDestination({ requestId: randomUUID(), functionName, condition, invokeCount }, onFailureQueueUrl, batch)
}

function renderSeconds(epochSeconds: number | undefined): string | undefined {
  return epochSeconds === undefined ? undefined : new Date(epochSeconds * 1000).toISOString()
}
