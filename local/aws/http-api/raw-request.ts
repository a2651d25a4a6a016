/** The request as it came over the wire, read within API Gateway's limits. */
import type { IncomingMessage } from 'node:http'

/** Nothing is decoded yet: signatures are made over this. */
export interface RawRequest {
  readonly method: string
  /** Percent-encoded, without the query. */
  readonly rawPath: string
  /** Percent-encoded, without the question mark. */
  readonly rawQueryString: string
  /** Name (lower case) and value, in the order of arrival, repeated where the client repeated. */
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Buffer
  readonly sourceIp: string
  readonly protocol: string
}

/** Why a request is not read: the limit that it is above, what no front of HTTP/1 lets through, or that it does not go on. */
export type RequestLimit = 'headers-too-large' | 'body-too-large' | 'malformed' | 'stalled'

/** API Gateway: 10 MB for a body. */
const maximumBodyBytes = 10 * 1024 * 1024
/** Enough for every client that misjudged a size; the connection of one that sends more is cut. */
const maximumDrainedBytes = 64 * 1024 * 1024
/** API Gateway: 10,240 bytes for the request line and all header values together. */
const maximumHeaderBytes = 10_240

/** Reads the whole request, or says which limit it breaks (what follows is not read then). */
export async function readRawRequest(request: IncomingMessage): Promise<RawRequest | RequestLimit> {
  const method = request.method ?? 'GET'
  const target = request.url ?? '/'
  const headers = pairHeaders(request.rawHeaders)
  const requestLineBytes = Buffer.byteLength(`${method} ${target} HTTP/${request.httpVersion}\r\n`)
  const valueBytes = headers.reduce((sum, [, value]) => sum + Buffer.byteLength(value, 'latin1'), 0)
  if (requestLineBytes + valueBytes > maximumHeaderBytes) return 'headers-too-large'
  if (isMalformed(request, headers)) return 'malformed'
  // Who announces that much would be waited for in vain.
  if (Number(request.headers['content-length']) > maximumDrainedBytes) return 'body-too-large'
  const body = await Promise.race([readBody(request), stallOf(request)])
  if (body === 'stalled') return body
  if (body === undefined) return 'body-too-large'
  const queryStart = target.indexOf('?')
  return {
    method,
    rawPath: queryStart === -1 ? target : target.slice(0, queryStart),
    rawQueryString: queryStart === -1 ? '' : target.slice(queryStart + 1),
    headers,
    body,
    sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
    protocol: `HTTP/${request.httpVersion}`,
  }
}

/** All values of one header, in order. `name` is lower case. */
export function headerValues(request: RawRequest, name: string): string[] {
  return request.headers.filter(([header]) => header === name).map(([, value]) => value)
}

/** A host name or address with a port, as the Host header may be. */
const hostForm = /^([\w.-]+|\[[\da-fA-F:.]+\])(:\d{1,5})?$/

/** Another version in the frame of HTTP/1, a transfer coding that nobody undoes, a Host that is none or two. */
function isMalformed({ httpVersion, headers }: IncomingMessage, all: readonly (readonly [string, string])[]): boolean {
  const hosts = all.filter(([name]) => name === 'host').map(([, value]) => value)
  return (
    !['1.0', '1.1'].includes(httpVersion) ||
    (headers['transfer-encoding'] ?? 'chunked').toLowerCase() !== 'chunked' ||
    hosts.length > 1 ||
    hosts.some(host => !hostForm.test(host))
  )
}

function pairHeaders(rawHeaders: readonly string[]): [string, string][] {
  return Array.from({ length: rawHeaders.length / 2 }, (_, index) => [
    (rawHeaders[index * 2] ?? '').toLowerCase(),
    rawHeaders[index * 2 + 1] ?? '',
  ])
}

/** A body above the limit is read and dropped for a while: a client that still sends would not see the answer. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= maximumBodyBytes) chunks.push(chunk)
    if (bytes > maximumDrainedBytes) break
  }
  return bytes > maximumBodyBytes ? undefined : Buffer.concat(chunks)
}

/** Between two looks at what has arrived; two without a byte between them are a stall. */
const stallLookMilliseconds = 2_000

/** Resolves when nothing of an unfinished body arrives any more. Looks, instead of one timer: a busy process is no slow client. */
function stallOf(request: IncomingMessage): Promise<'stalled'> {
  return new Promise(resolve => {
    let before = -1
    const timer = setInterval(() => {
      const { bytesRead } = request.socket
      if (request.complete || request.destroyed) clearInterval(timer)
      else if (bytesRead === before) {
        clearInterval(timer)
        resolve('stalled')
      }
      before = bytesRead
    }, stallLookMilliseconds)
    timer.unref()
  })
}
