/**
 * An embedded EventBridge, for `npm run local`, the demo and tests: it takes PutEvents and keeps what it took.
 *
 * Emulated: PutEvents with per-entry results, size limits and partial failure. `onEvent` stands for a rule with one target.
 * Not emulated: rules, patterns, other targets, archives, signatures (any credentials do); every bus name exists.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBody, startLoopbackServer } from '../loopback-server.ts'
import { openEventJournal } from './event-journal.ts'
import { InvalidPutEvents, judgeEntries, type AcceptedEvent } from './put-events.ts'

/** Room for 1 MB of entries, their JSON escapes and names. */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024

export interface EmbeddedEventBridgeOptions {
  /** 0, the default, takes a free port. */
  readonly port?: number
  /** A folder of its own for `events.jsonl`; created if missing. Without it events are in memory only. */
  readonly dataDir?: string
  readonly region?: string
  /** Told each event once, after it is kept and answered for. What it throws or rejects is printed, and not repeated. */
  readonly onEvent?: (event: AcceptedEvent) => void | Promise<void>
  /** Milliseconds since 1970; a test may step it. */
  readonly now?: () => number
}

export interface EmbeddedEventBridge {
  readonly url: string
  /** The newest events, at most 10,000, oldest first. */
  readonly events: readonly AcceptedEvent[]
  /** The next `count` calls are refused with ThrottlingException. */
  throttleNext(count: number): void
  close(): Promise<void>
}

/** Rejects when the port is taken or the folder cannot be written. */
export async function startEmbeddedEventBridge(options: EmbeddedEventBridgeOptions = {}): Promise<EmbeddedEventBridge> {
  const { region = 'us-east-1', now = Date.now, onEvent } = options
  const journal = openEventJournal(options.dataDir)
  let callsToThrottle = 0

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, MAX_REQUEST_BYTES)
    if (request.headers['x-amz-target'] !== 'AWSEvents.PutEvents') {
      return sendJson(response, 400, { __type: 'UnknownOperationException', message: 'Only PutEvents is embedded' })
    }
    if (callsToThrottle > 0) {
      callsToThrottle -= 1
      return sendJson(response, 400, { __type: 'ThrottlingException', message: 'Rate exceeded' })
    }
    try {
      if (body === undefined) throw new InvalidPutEvents('Total size of the entries in the request is over the limit.')
      const { results, accepted } = judgeEntries(parseObject(body), { region, nowMs: now() })
      journal.append(accepted)
      const failed = results.filter(result => 'ErrorCode' in result).length
      sendJson(response, 200, { FailedEntryCount: failed, Entries: results })
      for (const event of accepted) void tell(onEvent, event)
    } catch (error) {
      if (!(error instanceof InvalidPutEvents)) throw error
      sendJson(response, 400, { __type: 'ValidationException', message: error.message })
    }
  }

  const server = await startLoopbackServer(options.port ?? 0, answer)
  return {
    url: server.url,
    get events() {
      return journal.list()
    },
    throttleNext(count) {
      callsToThrottle = count
    },
    close: () => server.close(),
  }
}

async function tell(onEvent: EmbeddedEventBridgeOptions['onEvent'], event: AcceptedEvent): Promise<void> {
  try {
    await onEvent?.(event)
  } catch (error) {
    console.error(`The target of the embedded EventBridge failed on event ${event.event.id}:`, error)
  }
}

function parseObject(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString())
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new InvalidPutEvents('The body is not a JSON object')
}

function sendJson(response: ServerResponse, statusCode: number, answer: object): void {
  response.writeHead(statusCode, {
    'content-type': 'application/x-amz-json-1.1',
    'x-amzn-requestid': crypto.randomUUID(),
  })
  response.end(JSON.stringify(answer))
}
