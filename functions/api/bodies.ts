/** Bodies of requests: media type, encoding and size before anything is read; then the bytes, or one small JSON object. */
import { HttpProblem } from '../../shared/runtime/http.ts'
import type { ApiEvent } from './event.ts'

/** How a spec of this media type is read; absent: by what it looks like. */
export const SPEC_TYPES: Readonly<Record<string, 'json' | 'yaml' | undefined>> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/x-yaml': 'yaml',
  'text/yaml': 'yaml',
  'text/x-yaml': 'yaml',
  'text/x-spark-submit': undefined,
  'text/plain': undefined,
}

/** A spec as text; never decoded or parsed here. */
export interface SpecBody {
  readonly kind: 'text'
  readonly bytes: Uint8Array
  readonly contentType?: 'json' | 'yaml'
}

export function readSpecBody(event: ApiEvent, maxBytes: number): SpecBody {
  const mediaType = checkMediaType(event, Object.keys(SPEC_TYPES))
  const bytes = bytesOf(event, maxBytes)
  const contentType = SPEC_TYPES[mediaType]
  return { kind: 'text', bytes, ...(contentType !== undefined && { contentType }) }
}

/** Joined by API Gateway where there were several, and then none of these. */
function checkMediaType(event: ApiEvent, allowed: readonly string[]): string {
  const encoding = event.headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw new HttpProblem('unsupported-media-type', 'Content-Encoding must be absent or identity: send it as it is.')
  const [mediaType = '', ...parameters] = (event.headers['content-type'] ?? '')
    .toLowerCase()
    .split(';')
    .map(part => part.trim())
  const charsets = parameters.filter(each => each.startsWith('charset'))
  if (!allowed.includes(mediaType) || charsets.some(each => !/^charset\s*=\s*(utf-8|"utf-8")$/.test(each)))
    throw new HttpProblem('unsupported-media-type', `Content-Type must be one of ${allowed.join(', ')} (UTF-8).`)
  return mediaType
}

function bytesOf(event: ApiEvent, most: number): Buffer {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8')
  if (bytes.length > most)
    throw new HttpProblem('too-large', `The body may have ${most} bytes; this one has ${bytes.length}.`)
  return bytes
}

/** 1 to 255 printable characters. API Gateway joins repeated headers by a comma, so a key with one may be two. */
export const KEY_PATTERN = /^[\x21-\x2b\x2d-\x7e]{1,255}$/

/** One key for each job: a repeated request with the same key never starts a second one. */
export const KEY_REQUIRED =
  'The header Idempotency-Key is required, once (or the option idempotencyKey in the spec): 1 to 255 printable ASCII characters without spaces and commas, one key for each job. A repeated request with the same key never starts a second job.'

export function readIdempotencyKey(event: ApiEvent): string | undefined {
  const key = event.headers['idempotency-key']
  if (key !== undefined && !KEY_PATTERN.test(key)) throw new HttpProblem('bad-request', KEY_REQUIRED)
  return key
}

/** One sentence for those who find it stopped. */
const MAX_REASON_LENGTH = 500
const MAX_SMALL_BODY_BYTES = 4_096
const DEFAULT_REASON = 'No reason was given.'

/** `{"reason": "…"}`, or no body. */
export function readReason(event: ApiEvent): string {
  if ((event.body ?? '') === '') return DEFAULT_REASON
  checkMediaType(event, ['application/json'])
  const fields = parseFields(bytesOf(event, MAX_SMALL_BODY_BYTES))
  const unknown = Object.keys(fields).find(name => name !== 'reason')
  if (unknown !== undefined) throw new HttpProblem('bad-request', 'The body may only have the field reason.')
  const reason = Object.hasOwn(fields, 'reason') ? fields['reason'] : DEFAULT_REASON
  if (
    typeof reason !== 'string' ||
    reason.length > MAX_REASON_LENGTH ||
    !/^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]+$/u.test(reason)
  )
    throw new HttpProblem('bad-request', `reason must be one line of 1 to ${MAX_REASON_LENGTH} characters.`)
  return reason
}

function parseFields(bytes: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch (error) {
    throw new HttpProblem('bad-request', 'The body is not JSON.', { cause: error })
  }
  throw new HttpProblem('bad-request', 'The body must be a JSON object.')
}
