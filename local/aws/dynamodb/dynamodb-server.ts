/**
 * An embedded DynamoDB with DynamoDB Streams, for `npm run local`, the demo and tests: the real wire protocol on a free
 * loopback port, so that AWS SDKs and the AWS CLI work against it unchanged.
 *
 * Emulated: what dynalite 4.0.0 does (tables, GSIs, conditions, queries, scans, batches), and beyond it transactions,
 * ReturnValuesOnConditionCheckFailure, time to live and streams. Everything acknowledged survives kill -9 of the process
 * when there is a `dataDir` (not a power cut: LevelDB does not fsync each write).
 * Not emulated: signatures (any credentials do), capacity and throttling, eventual consistency (GSIs are up to date at
 * once), PartiQL, backups, global tables, more than one stream shard.
 * Measured on two shared cores with the SDK in the same process, 16 calls at once, items of 1.5 KB, an index and a stream:
 * about 870 puts, 2,000 gets and 750 transactions of two puts a second on disk (dynalite behind an HTTP front: 386 puts).
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { mkdir } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { openDynaliteEngine, type DynaliteEngine, type Json } from './dynalite-engine.ts'
import { DynamoError, renderDynamoError } from './dynamo-error.ts'
import { writeItem, type WriteContext } from './item-writer.ts'
import { readBody, startLoopbackServer } from '../loopback-server.ts'
import { createFaults, type FaultControl, type FaultKind } from './request-faults.ts'
import { createStreamActions } from './stream-actions.ts'
import { openStreamLog } from './stream-log.ts'
import { createTable, deleteTable, describeTable, repairTables, updateTable } from './tables.ts'
import { describeTimeToLive, sweepExpiredItems, updateTimeToLive } from './time-to-live.ts'
import { forgetExpiredTokens, transactGetItems, transactWriteItems } from './transactions.ts'
import { createWriteLock } from './write-lock.ts'

/** DynamoDB's own limit of a request. */
const MAX_REQUEST_BYTES = 16 * 1024 * 1024
const DEFAULT_SWEEP_INTERVAL_SECONDS = 60

export interface EmbeddedDynamoDbOptions {
  /** 0, the default, takes a free port. */
  readonly port?: number
  /** A folder of its own; created if missing. Without it everything is in memory. */
  readonly dataDir?: string
  readonly region?: string
  /** Seconds between deletions of expired items and trimmings of the streams. 60 unless told. */
  readonly sweepIntervalSeconds?: number
  /** Milliseconds since 1970; a test may step it. */
  readonly now?: () => number
}

export interface EmbeddedDynamoDb {
  /** The endpoint of DynamoDB and of DynamoDB Streams. */
  readonly url: string
  readonly control: FaultControl
  /** Does now what the sweeper does at each interval; answers how many expired items it deleted. */
  sweep(): Promise<number>
  close(): Promise<void>
}

type Handler = (body: Json) => Promise<Json>

/** Rejects when the port is taken or another process has `dataDir` open. */
export async function startEmbeddedDynamoDb(options: EmbeddedDynamoDbOptions = {}): Promise<EmbeddedDynamoDb> {
  const { region = 'us-east-1', now = Date.now } = options
  const engine = await openEngine(options.dataDir, region)
  await repairTables(engine)
  const streams = await openStreamLog(engine, { region, now })
  const context: WriteContext = { engine, streams, lock: createWriteLock(), now }
  const handlers = createHandlers(context)
  const faults = createFaults()
  const server = await startLoopbackServer(options.port ?? 0, (request, response) =>
    answerRequest(handlers, faults.take, request, response),
  ).catch(async (error: unknown) => {
    await engine.close()
    throw error
  })
  const sweep = async (): Promise<number> => {
    const deleted = await sweepExpiredItems(context)
    await context.lock(() => streams.trim())
    await forgetExpiredTokens(context)
    return deleted
  }
  const stopSweeping = startSweeping(sweep, options.sweepIntervalSeconds ?? DEFAULT_SWEEP_INTERVAL_SECONDS)
  return {
    url: server.url,
    control: faults.control,
    sweep,
    async close() {
      await stopSweeping()
      await server.close()
      // Behind every write that was under way.
      await context.lock(() => engine.close())
    },
  }
}

async function openEngine(dataDir: string | undefined, region: string): Promise<DynaliteEngine> {
  if (dataDir === undefined) return openDynaliteEngine({ region })
  await mkdir(dataDir, { recursive: true })
  return openDynaliteEngine({ path: join(dataDir, 'leveldb'), region })
}

function createHandlers(context: WriteContext): ReadonlyMap<string, Handler> {
  const { engine } = context
  const pass = (action: string): Handler => {
    return body => engine.run(action, engine.parse(action, body))
  }
  const data: Record<string, Handler> = {
    PutItem: body => writeItem(context, 'putItem', body),
    UpdateItem: body => writeItem(context, 'updateItem', body),
    DeleteItem: body => writeItem(context, 'deleteItem', body),
    BatchWriteItem: body => writeItem(context, 'batchWriteItem', body),
    TransactWriteItems: body => transactWriteItems(context, body),
    TransactGetItems: body => transactGetItems(context, body),
    GetItem: pass('getItem'),
    BatchGetItem: pass('batchGetItem'),
    Query: pass('query'),
    Scan: pass('scan'),
    CreateTable: body => createTable(context, body),
    DescribeTable: body => describeTable(context, body),
    UpdateTable: body => updateTable(context, body),
    DeleteTable: body => deleteTable(context, body),
    ListTables: pass('listTables'),
    TagResource: pass('tagResource'),
    UntagResource: pass('untagResource'),
    ListTagsOfResource: pass('listTagsOfResource'),
    UpdateTimeToLive: body => updateTimeToLive(context, body),
    DescribeTimeToLive: body => describeTimeToLive(context, body),
  }
  const streams = createStreamActions(context.streams, context.now)
  return new Map([
    ...Object.entries(data).map(([name, handler]) => [`DynamoDB_20120810.${name}`, handler] as const),
    ...Object.entries(streams).map(([name, handler]) => [`DynamoDBStreams_20120810.${name}`, handler] as const),
  ])
}

async function answerRequest(
  handlers: ReadonlyMap<string, Handler>,
  takeFault: (target: string) => FaultKind | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, MAX_REQUEST_BYTES)
  const target = String(request.headers['x-amz-target'] ?? '')
  const fault = takeFault(target.replace(/^.*\./, ''))
  if (fault === 'drop') {
    request.socket.destroy()
    return
  }
  try {
    if (fault === 'throttle') throw throttled()
    const answer = await handle(handlers.get(target), request, body)
    sendJson(response, 200, answer, fault)
  } catch (error) {
    if (!(error instanceof DynamoError)) throw error
    sendJson(response, error.statusCode, renderDynamoError(error), fault)
  }
}

function handle(handler: Handler | undefined, request: IncomingMessage, body: Buffer | undefined): Promise<Json> {
  if (body === undefined) throw new DynamoError('RequestEntityTooLargeException', 'Request is too long', {}, 413)
  if (request.headers.authorization === undefined) {
    throw new DynamoError('MissingAuthenticationTokenException', 'Request is missing Authentication Token')
  }
  if (handler === undefined)
    throw new DynamoError('UnknownOperationException', 'The embedded DynamoDB has no such action')
  return handler(parseJson(body))
}

function parseJson(body: Buffer): Json {
  try {
    const value: unknown = JSON.parse(body.toString())
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new DynamoError('SerializationException', 'The body is not a JSON object')
}

function sendJson(response: ServerResponse, statusCode: number, answer: Json, fault: FaultKind | undefined): void {
  if (fault === 'commit-then-drop') {
    response.destroy()
    return
  }
  const text = JSON.stringify(answer)
  response.writeHead(statusCode, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(text),
    'x-amz-crc32': crc32(text),
    'x-amzn-requestid': crypto.randomUUID(),
  })
  response.end(text)
}

function throttled(): DynamoError {
  return new DynamoError(
    'ProvisionedThroughputExceededException',
    'The level of configured provisioned throughput for the table was exceeded.',
  )
}

/** One sweep at a time; answers how to stop, which waits for a sweep under way. A failed sweep is told on stderr. */
function startSweeping(sweep: () => Promise<unknown>, intervalSeconds: number): () => Promise<void> {
  let current: Promise<unknown> | undefined
  const timer = setInterval(() => {
    current ??= sweep()
      .catch((error: unknown) => console.error('The embedded DynamoDB could not sweep:', error))
      .finally(() => {
        current = undefined
      })
  }, intervalSeconds * 1000)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await current
  }
}
