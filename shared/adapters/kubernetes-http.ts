/**
 * The little of HTTP that a Kubernetes client needs, over one keep-alive TLS agent a cluster: a call that reads its JSON
 * answer, and a stream of JSON lines. The official client makes a new TLS connection a call and costs 1.4 MB of bundle
 * (docs/adr/0003).
 */
import { Agent, request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import type { ClusterAccess } from './cluster-access.ts'

export interface KubernetesAnswer {
  readonly status: number
  readonly retryAfterSeconds?: number
  /** Parsed JSON; a Status object for errors; undefined if the answer was no JSON. */
  readonly body: unknown
}

/** No answer: refused, reset, timed out, or cut. Whether the server acted is unknown. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError'
}

/** What a `readText` answers: a log is no JSON, its refusal is. */
export interface KubernetesText {
  readonly status: number
  readonly text: string
  readonly retryAfterSeconds?: number
}

export interface KubernetesCall {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Path and query. */
  readonly path: string
  readonly body?: unknown
  readonly accept?: string
}

/** Larger answers than this are not read: a LIST page of 500 objects is about 1.3 MB. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024
/** A watch that its server should have ended so long ago is dead. */
const STREAM_GRACE_SECONDS = 10

export class KubernetesHttp {
  private readonly access: ClusterAccess
  private readonly timeoutMilliseconds: number
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 32, keepAliveMsecs: 30_000 })

  constructor(access: ClusterAccess, settings: { readonly timeoutSeconds: number }) {
    this.access = access
    this.timeoutMilliseconds = settings.timeoutSeconds * 1000
  }

  /**
   * One call; a 401 is repeated once with a new token, a lost connection asks for the endpoint anew next time. The time-out
   * covers all of it, so that nothing leaves later than `timeoutSeconds` after the call (docs/adr/0002).
   */
  async call(call: KubernetesCall): Promise<KubernetesAnswer> {
    const signal = AbortSignal.timeout(this.timeoutMilliseconds)
    const first = await this.once(call, 'cached', signal)
    return first.status === 401 ? this.once(call, 'fresh', signal) : first
  }

  /** A GET whose answer stays text; otherwise as `call`. */
  async readText(path: string): Promise<KubernetesText> {
    const signal = AbortSignal.timeout(this.timeoutMilliseconds)
    const read = async (token: 'cached' | 'fresh'): Promise<KubernetesText> => {
      const response = await this.open({ method: 'GET', path, accept: '*/*' }, token, signal)
      return { status: response.statusCode ?? 0, text: await readAll(response), ...retryAfterOf(response) }
    }
    const first = await read('cached')
    return first.status === 401 ? read('fresh') : first
  }

  private async once(call: KubernetesCall, token: 'cached' | 'fresh', signal: AbortSignal): Promise<KubernetesAnswer> {
    const response = await this.open(call, token, signal)
    const text = await readAll(response)
    return { status: response.statusCode ?? 0, body: parseJson(text), ...retryAfterOf(response) }
  }

  /**
   * Streams the JSON lines of a GET to `onLine` until the server ends it; `onLine` answering `stop` ends it early. A status
   * other than 200 is answered without a line.
   */
  async stream(path: string, seconds: number, onLine: (line: unknown) => 'go-on' | 'stop'): Promise<KubernetesAnswer> {
    const signal = AbortSignal.timeout((seconds + STREAM_GRACE_SECONDS) * 1000)
    let response = await this.open({ method: 'GET', path }, 'cached', signal)
    if (response.statusCode === 401) {
      response.resume()
      response = await this.open({ method: 'GET', path }, 'fresh', signal)
    }
    if (response.statusCode !== 200) {
      const body = parseJson(await readAll(response))
      return { status: response.statusCode ?? 0, body, ...retryAfterOf(response) }
    }
    await readLines(response, onLine)
    return { status: 200, body: undefined }
  }

  private async open(call: KubernetesCall, token: 'cached' | 'fresh', signal: AbortSignal): Promise<IncomingMessage> {
    const body = call.body === undefined ? undefined : JSON.stringify(call.body)
    try {
      const [{ server, certificateAuthority, client }, bearer] = await Promise.all([
        this.access.endpoint('cached'),
        this.access.bearerToken(token),
      ])
      signal.throwIfAborted()
      const headers = {
        ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
        accept: call.accept ?? 'application/json',
        'user-agent': 'sparkgate',
        ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      }
      return await new Promise<IncomingMessage>((resolve, reject) => {
        const options = {
          method: call.method,
          headers,
          ca: certificateAuthority,
          cert: client?.certificate,
          key: client?.key,
          agent: this.agent,
          signal,
        }
        const sent = request(new URL(call.path, server), options, resolve)
        sent.on('error', reject)
        sent.end(body)
      })
    } catch (error) {
      // The endpoint may have moved: the next call asks anew (bounded by the access itself).
      this.access.endpoint('fresh').catch(() => undefined)
      throw noAnswer(error)
    }
  }

  close(): void {
    this.agent.destroy()
  }
}

function noAnswer(error: unknown): NoAnswerError {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return new NoAnswerError(`The cluster did not answer (${message}).`, { cause: error })
}

function retryAfterOf({ headers }: IncomingMessage): { readonly retryAfterSeconds?: number } {
  const seconds = Number(headers['retry-after'])
  return seconds > 0 ? { retryAfterSeconds: seconds } : {}
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > MAX_ANSWER_BYTES) throw new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`)
      chunks.push(chunk)
    }
  } catch (error) {
    throw noAnswer(error)
  }
  return Buffer.concat(chunks).toString('utf8')
}

async function readLines(response: IncomingMessage, onLine: (line: unknown) => 'go-on' | 'stop'): Promise<void> {
  response.setEncoding('utf8')
  let rest = ''
  try {
    for await (const chunk of response as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > MAX_ANSWER_BYTES) throw new Error('a line of the stream is too long')
      for (const line of lines) {
        if (line === '') continue
        if (onLine(parseJson(line)) === 'stop') return
      }
    }
  } catch (error) {
    throw noAnswer(error)
  }
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
