/**
 * CloudWatch Logs over HTTP, as far as it is read: checks the signature, gives small pages (and, as AWS may, an empty one first),
 * ends a stream with the token that was asked with, and refuses as a test says.
 */
import type { ServerResponse } from 'node:http'
import { readBody, startLoopbackServer } from '../../local/aws/loopback-server.ts'
import type { Credentials } from '../../shared/adapters/eks-token.ts'
import { isSignedBy } from './signed-request.ts'

export interface FakeEvent {
  readonly timestamp: number
  readonly message: string
}

export interface FakeCloudWatch {
  readonly url: string
  /** Of one group, by stream. */
  readonly streams: Map<string, readonly FakeEvent[]>
  /** Every call that came, refused ones too. */
  readonly asked: { readonly action: string; readonly input: Readonly<Record<string, Value>> }[]
  /** The next answers: an error of this code, or a cut connection. */
  failNext(code: string, times?: number): void
  close(): Promise<void>
}

type Value = string | number | boolean | undefined

const MAX_BODY_BYTES = 64 * 1024
const EVENTS_A_PAGE = 3
const STREAMS_A_PAGE = 2

export async function startFakeCloudWatch(group: string, keys: Credentials): Promise<FakeCloudWatch> {
  const asked: FakeCloudWatch['asked'] = []
  const failures: string[] = []
  const streams: FakeCloudWatch['streams'] = new Map()
  const server = await startLoopbackServer(0, async (request, response) => {
    const body = ((await readBody(request, MAX_BODY_BYTES)) ?? Buffer.alloc(0)).toString('utf8')
    const action = String(request.headers['x-amz-target']).replace('Logs_20140328.', '')
    const input = JSON.parse(body) as Record<string, Value>
    asked.push({ action, input })
    const failure = failures.shift()
    if (failure === 'cut') return void request.socket.destroy()
    if (failure !== undefined) return refuse(response, failure)
    if (!isSignedBy(keys, 'logs', request, body)) return refuse(response, 'InvalidSignatureException')
    const stream = String(input['logStreamName'] ?? '')
    if (input['logGroupName'] !== group) return refuse(response, 'ResourceNotFoundException')
    if (action === 'DescribeLogStreams') return answer(response, streamPage(streams, input))
    const events = streams.get(stream)
    if (action !== 'GetLogEvents' || events === undefined) return refuse(response, 'ResourceNotFoundException')
    return answer(response, eventPage(events, input))
  })
  return {
    url: server.url,
    streams,
    asked,
    failNext: (code, times = 1) => void failures.push(...Array.from({ length: times }, () => code)),
    close: () => server.close(),
  }
}

function streamPage(streams: FakeCloudWatch['streams'], input: Readonly<Record<string, Value>>): object {
  const prefix = String(input['logStreamNamePrefix'])
  const names = [...streams.keys()].filter(name => name.startsWith(prefix)).toSorted()
  const from = Number(input['nextToken'] ?? 0)
  const to = from + STREAMS_A_PAGE
  const logStreams = names.slice(from, to).map(logStreamName => ({ logStreamName }))
  return { logStreams, ...(to < names.length && { nextToken: String(to) }) }
}

/** A token is the place among all events; the first page forward has none of them. */
function eventPage(all: readonly FakeEvent[], input: Readonly<Record<string, Value>>): object {
  const start = all.findIndex(({ timestamp }) => timestamp >= Number(input['startTime'] ?? 0))
  const first = start === -1 ? all.length : start
  const { nextToken } = input
  const size = Math.min(EVENTS_A_PAGE, Number(input['limit']))
  if (input['startFromHead'] === true) {
    if (nextToken === undefined) return { events: [], nextForwardToken: `f/${first}`, nextBackwardToken: `b/${first}` }
    const from = Number(String(nextToken).slice('f/'.length))
    const events = all.slice(from, from + size)
    return { events, nextForwardToken: `f/${from + events.length}`, nextBackwardToken: `b/${from}` }
  }
  const to = nextToken === undefined ? all.length : Number(String(nextToken).slice('b/'.length))
  const events = all.slice(Math.max(0, to - size), to)
  return { events, nextForwardToken: `f/${to}`, nextBackwardToken: `b/${to - events.length}` }
}

function answer(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))
}

function refuse(response: ServerResponse, code: string): void {
  const status = code.startsWith('ServiceUnavailable') ? 503 : 400
  const body = { __type: `com.amazonaws.logs#${code}`, message: 'said so' }
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))
}
