/**
 * The little of S3's HTTP that the inbox needs: one signed request with a bounded answer, tried again while S3 or the network
 * may do better. The SDK's client costs 110 KB of bundle for the same (docs/adr/0007).
 */
import { Agent as HttpAgent, request as requestHttp } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { setTimeout as wait } from 'node:timers/promises'
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Random } from '../operations/ports.ts'
import type { Credentials } from './eks-token.ts'
import { encodePart, s3Address } from './s3-address.ts'
import type { S3Address, S3Object } from './s3-address.ts'
import { parseS3Refusal, S3Error } from './s3-error.ts'
import type { S3Refusal } from './s3-error.ts'

export interface S3Settings {
  readonly region: () => Promise<string>
  readonly credentials: () => Promise<Credentials>
  readonly random: Random
  /** Path style at this URL instead of AWS; only for local runs. */
  readonly endpoint?: string
  /** Of one try, its body included; 5,000 if not given. */
  readonly timeoutMilliseconds?: number
  /** The longest first delay; 100 if not given, five times that after a SlowDown. Doubled each time. */
  readonly retryDelayMilliseconds?: number
}

/** Only requests that may be repeated: a PUT writes the same bytes again. */
export interface S3Call {
  readonly object: S3Object
  readonly method: 'GET' | 'PUT'
  readonly body?: string
  /** Of the body; JSON if not given. */
  readonly contentType?: string
  /** Of the answer of success; what is longer is not read. */
  readonly maxBytes: number
}

export type S3Answer =
  | { readonly outcome: 'done'; readonly bytes: Uint8Array }
  /** `size` is that of the whole where S3 says it, else what had come. */
  | { readonly outcome: 'too-large'; readonly size: number }
  | { readonly outcome: 'refused'; readonly refusal: S3Refusal }

/** The SDK's number. With time-outs and delays a call takes at most 17 of the 30 seconds that its function has. */
const MAX_TRIES = 3
const TRY_MILLISECONDS = 5_000
const DELAY_MILLISECONDS = 100
const THROTTLED_FACTOR = 5
/** An error document has under 2 KB. */
const MAX_REFUSAL_BYTES = 64 * 1024
/** Connections at once, and so requests at once: more than a batch of ten objects needs. */
const MAX_SOCKETS = 16
const THROTTLES = new Set(['SlowDown', 'Throttling', 'ThrottlingException', 'RequestLimitExceeded', 'HTTP 429'])
/** RequestTimeout is a 400: S3 waited for bytes that the network lost. */
const PASSING = new Set(['RequestTimeout', 'InternalError', 'ServiceUnavailable', ...THROTTLES])

export class S3Http {
  private readonly settings: S3Settings
  private readonly signer: SignatureV4
  private readonly http = new HttpAgent({ keepAlive: true, maxSockets: MAX_SOCKETS })
  private readonly https = new HttpsAgent({ keepAlive: true, maxSockets: MAX_SOCKETS })

  constructor(settings: S3Settings) {
    this.settings = settings
    const { region, credentials } = settings
    // S3 signs the path as it is sent: encoded once, not twice like other services.
    this.signer = new SignatureV4({ service: 's3', region, credentials, sha256: Sha256, uriEscapePath: false })
  }

  /** The answer, also when it is a refusal that stayed one; throws S3Error `NoAnswer` when none came in the last try. */
  async call(call: S3Call): Promise<S3Answer> {
    for (let tried = 1; ; tried++) {
      const answer = await this.once(call).catch(asNoAnswer)
      const isLast = tried === MAX_TRIES
      if (answer.outcome === 'no-answer') {
        if (isLast) throw noAnswer(call, answer.cause)
        await this.pause(tried, 1)
      } else if (answer.outcome === 'refused' && isPassing(answer.refusal) && !isLast) {
        await this.pause(tried, isThrottle(answer.refusal) ? THROTTLED_FACTOR : 1)
      } else return answer
    }
  }

  close(): void {
    this.http.destroy()
    this.https.destroy()
  }

  private async pause(tried: number, factor: number): Promise<void> {
    const longest = (this.settings.retryDelayMilliseconds ?? DELAY_MILLISECONDS) * factor * 2 ** (tried - 1)
    await wait(this.settings.random.next() * longest)
  }

  private async once({ object, method, body, contentType, maxBytes }: S3Call): Promise<S3Answer> {
    const address = s3Address(object, await this.settings.region(), this.settings.endpoint)
    const versionId = object.version ?? ''
    const { headers } = await this.signer.sign({
      method,
      protocol: address.protocol,
      hostname: address.hostname,
      path: address.path,
      query: versionId === '' ? {} : { versionId },
      headers: {
        host: address.host,
        ...(body !== undefined && {
          'content-type': contentType ?? 'application/json',
          'content-length': String(Buffer.byteLength(body)),
        }),
      },
      ...(body !== undefined && { body }),
    })
    const path = versionId === '' ? address.path : `${address.path}?versionId=${encodePart(versionId)}`
    // Only from here on may a failure be the network's.
    return this.exchange(address, { method, path, headers: { ...headers, 'user-agent': 'sparkgate' } }, body, maxBytes)
  }

  private async exchange(
    address: S3Address,
    options: { readonly method: string; readonly path: string; readonly headers: Record<string, string> },
    body: string | undefined,
    maxBytes: number,
  ): Promise<S3Answer> {
    const signal = AbortSignal.timeout(this.settings.timeoutMilliseconds ?? TRY_MILLISECONDS)
    const isPlain = address.protocol === 'http:'
    const [request, agent] = isPlain ? [requestHttp, this.http] : [requestHttps, this.https]
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const { hostname, port } = address
        const sent = request({ ...options, hostname, ...(port !== undefined && { port }), agent, signal }, resolve)
        sent.on('error', reject)
        sent.end(body)
      })
      return await readAnswer(response, maxBytes)
    } catch (error) {
      throw new LostConnection('no answer', { cause: error })
    }
  }
}

/** Refused, lost, cut or timed out: whether S3 acted is unknown, and asking again harms nothing. */
class LostConnection extends Error {}

function asNoAnswer(error: unknown): { readonly outcome: 'no-answer'; readonly cause: unknown } {
  // No credentials, no region, a key that is no text: another try would end the same.
  if (!(error instanceof LostConnection)) throw error
  return { outcome: 'no-answer', cause: error.cause }
}

function noAnswer(call: S3Call, cause: unknown): S3Error {
  const message = `${cause instanceof Error ? cause.message : String(cause)} (${MAX_TRIES} tries)`
  return new S3Error(describeCall(call), { status: 0, code: 'NoAnswer', message, requestId: '' }, { cause })
}

/** For errors: method and object. */
export const describeCall = ({ method, object }: S3Call): string => `${method} s3://${object.bucket}/${object.key}`

async function readAnswer(response: IncomingMessage, maxBytes: number): Promise<S3Answer> {
  const { headers, statusCode = 0 } = response
  if (statusCode !== 200) {
    const read = await readBytes(response, MAX_REFUSAL_BYTES)
    const text = read.outcome === 'done' ? Buffer.from(read.bytes).toString('utf8') : ''
    return { outcome: 'refused', refusal: parseS3Refusal(statusCode, headers, text) }
  }
  const announced = Number(headers['content-length'] ?? 0)
  if (announced <= maxBytes) return readBytes(response, maxBytes)
  // The rest is never read; this connection cannot be used again.
  response.destroy()
  return { outcome: 'too-large', size: announced }
}

/** Node's parser makes a body that ends before its Content-Length an error of the stream. */
async function readBytes(
  response: IncomingMessage,
  maxBytes: number,
): Promise<Exclude<S3Answer, { outcome: 'refused' }>> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) return { outcome: 'too-large', size }
    chunks.push(chunk)
  }
  return { outcome: 'done', bytes: new Uint8Array(Buffer.concat(chunks)) }
}

const isPassing = ({ status, code }: S3Refusal): boolean => PASSING.has(code) || (status >= 500 && status !== 501)
const isThrottle = ({ code }: S3Refusal): boolean => THROTTLES.has(code)
