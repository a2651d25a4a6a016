/**
 * The little of CloudWatch Logs that is read: one signed JSON request with a bounded answer, tried again while the service or the
 * network may do better. The SDK's client would cost the API's bundle more than all of this (as docs/adr/0007 measured for S3).
 */
import { setTimeout as wait } from 'node:timers/promises'
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Random } from '../operations/ports.ts'
import type { Credentials } from './eks-token.ts'

/** One region, asked with one account's keys. */
export interface CloudWatchSettings {
  readonly region: string
  readonly credentials: () => Promise<Credentials>
  readonly random: Random
  /** Instead of AWS; only for tests. */
  readonly endpoint?: string
  /** Of one try; 5,000 if not given. */
  readonly timeoutMilliseconds?: number
  /** The longest first delay, doubled each time; 200 if not given. */
  readonly retryDelayMilliseconds?: number
}

export type CloudWatchAction = 'GetLogEvents' | 'DescribeLogStreams'

export type CloudWatchAnswer =
  | { readonly outcome: 'done'; readonly body: unknown }
  /** The code as the SDK has it: `ResourceNotFoundException`; `NoAnswer` without any. */
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string }

/** With time-outs and delays a call takes at most 16 of the function's 29 seconds. */
const MAX_TRIES = 3
const TRY_MILLISECONDS = 5_000
const DELAY_MILLISECONDS = 200
/** A page of events has 1 MB, which JSON may double. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024
const MAX_MESSAGE_LENGTH = 300
/** What another try may change. */
const PASSING =
  /^(?:Throttling|LimitExceeded|TooManyRequests|ServiceUnavailable|InternalFailure|InternalServer|NoAnswer|HTTP 5)/

/** The answer of the last try. Rejects only where no keys are to be had. */
export async function callCloudWatch(
  settings: CloudWatchSettings,
  action: CloudWatchAction,
  input: Readonly<Record<string, unknown>>,
): Promise<CloudWatchAnswer> {
  for (let tried = 1; ; tried++) {
    const answer = await once(settings, action, JSON.stringify(input))
    if (answer.outcome === 'done' || !isPassing(answer.code) || tried === MAX_TRIES) return answer
    const longest = (settings.retryDelayMilliseconds ?? DELAY_MILLISECONDS) * 2 ** (tried - 1)
    await wait(settings.random.next() * longest)
  }
}

export const isPassing = (code: string): boolean => PASSING.test(code)

async function once(settings: CloudWatchSettings, action: CloudWatchAction, body: string): Promise<CloudWatchAnswer> {
  const { region, credentials } = settings
  const url = new URL(
    settings.endpoint ?? `https://logs.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`,
  )
  const signer = new SignatureV4({ service: 'logs', region, credentials, sha256: Sha256 })
  const { headers } = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: '/',
    headers: {
      host: url.host,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `Logs_20140328.${action}`,
    },
    body,
  })
  try {
    const signal = AbortSignal.timeout(settings.timeoutMilliseconds ?? TRY_MILLISECONDS)
    const response = await fetch(new URL('/', url), { method: 'POST', headers, body, signal, redirect: 'error' })
    const text = await readText(response)
    return response.ok ? { outcome: 'done', body: JSON.parse(text) } : refusalOf(response.status, text)
  } catch (error) {
    return { outcome: 'refused', code: 'NoAnswer', message: error instanceof Error ? error.message : String(error) }
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk)
    bytes += chunk.byteLength
    if (bytes > MAX_ANSWER_BYTES) throw new Error('the answer is too long')
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** `{"__type": "com.amazonaws.logs#ThrottlingException", "message": "…"}`; whatever stands between may answer something else. */
function refusalOf(status: number, text: string): CloudWatchAnswer {
  const { __type: type, message, Message } = parseObject(text)
  const code = typeof type === 'string' ? (type.split('#').at(-1)?.split(':')[0] ?? '') : `HTTP ${status}`
  const said = [message, Message].find(each => typeof each === 'string') ?? 'no message'
  return { outcome: 'refused', code, message: said.slice(0, MAX_MESSAGE_LENGTH) }
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
