/**
 * Verifies Signature Version 4, in the Authorization header or in a presigned URL, by computing it again.
 * Fact: "Signature Calculations for the Authorization Header" and "Authenticating Requests: Using Query Parameters" of the
 * S3 API reference: the path is percent-encoded once, the payload hash is the header's text, a presigned URL's is
 * UNSIGNED-PAYLOAD. Signatures of single chunks of a streamed body are not verified.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { S3Error } from './s3-error.ts'
import { singleHeader, type S3Request } from './s3-request.ts'

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

const MAX_CLOCK_SKEW_MS = 15 * 60 * 1000
const MAX_PRESIGNED_SECONDS = 7 * 24 * 3600

interface Claim {
  readonly accessKeyId: string
  /** `20261121/us-east-1/s3/aws4_request`. */
  readonly scope: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
  /** `20261121T120000Z`. */
  readonly date: string
  readonly payloadHash: string
  readonly query: ReadonlyArray<readonly [string, string]>
}

/** Throws AccessDenied, InvalidAccessKeyId, RequestTimeTooSkewed or SignatureDoesNotMatch. */
export function verifySignature(request: S3Request, credentials: S3Credentials, nowMs: number): void {
  const isPresigned = request.query.has('X-Amz-Signature')
  const claim = isPresigned ? readPresignedClaim(request, nowMs) : readHeaderClaim(request, nowMs)
  if (claim.accessKeyId !== credentials.accessKeyId) {
    throw new S3Error('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.')
  }
  const expected = Buffer.from(computeSignature(request, claim, credentials.secretAccessKey))
  const actual = Buffer.from(claim.signature)
  if (expected.length === actual.length && timingSafeEqual(expected, actual)) return
  throw new S3Error(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  )
}

function readHeaderClaim(request: S3Request, nowMs: number): Claim {
  const text = singleHeader(request.headers, 'authorization') ?? ''
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/.exec(
      text,
    )
  const date = singleHeader(request.headers, 'x-amz-date') ?? ''
  if (request.query.has('AWSAccessKeyId')) {
    throw new S3Error('InvalidRequest', 'Signature Version 2 is not supported. Please use AWS4-HMAC-SHA256.')
  }
  if (match === null) throw new S3Error('AccessDenied', 'Access Denied: the request has no AWS4-HMAC-SHA256 signature')
  if (Math.abs(parseDate(date) - nowMs) > MAX_CLOCK_SKEW_MS) {
    throw new S3Error(
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
    )
  }
  const [, accessKeyId = '', scope = '', signedHeaders = '', signature = ''] = match
  return {
    accessKeyId,
    scope,
    signedHeaders: signedHeaders.split(';'),
    signature,
    date,
    payloadHash: singleHeader(request.headers, 'x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD',
    query: [...request.query],
  }
}

function readPresignedClaim({ query }: S3Request, nowMs: number): Claim {
  const read = (name: string): string => query.get(name) ?? ''
  const [accessKeyId = '', ...scope] = read('X-Amz-Credential').split('/')
  const date = read('X-Amz-Date')
  const lifetimeSeconds = Number(read('X-Amz-Expires'))
  if (!(lifetimeSeconds > 0 && lifetimeSeconds <= MAX_PRESIGNED_SECONDS)) {
    throw new S3Error('AccessDenied', `X-Amz-Expires must be between 1 and ${MAX_PRESIGNED_SECONDS} seconds`)
  }
  if (parseDate(date) + lifetimeSeconds * 1000 < nowMs) throw new S3Error('AccessDenied', 'Request has expired')
  return {
    accessKeyId,
    scope: scope.join('/'),
    signedHeaders: read('X-Amz-SignedHeaders').split(';'),
    signature: read('X-Amz-Signature'),
    date,
    payloadHash: 'UNSIGNED-PAYLOAD',
    query: [...query].filter(([name]) => name !== 'X-Amz-Signature'),
  }
}

function computeSignature(request: S3Request, claim: Claim, secretAccessKey: string): string {
  const headers = claim.signedHeaders.map(name => {
    const value = request.headers[name] ?? ''
    return `${name}:${String(value).trim().replace(/\s+/g, ' ')}\n`
  })
  const canonical = [
    request.method,
    request.path.split('/').map(encodeStrictly).join('/'),
    claim.query
      .map(([name, value]) => [encodeStrictly(name), encodeStrictly(value)] as const)
      .sort(([a, x], [b, y]) => compareText(a, b) || compareText(x, y))
      .map(([name, value]) => `${name}=${value}`)
      .join('&'),
    headers.join(''),
    claim.signedHeaders.join(';'),
    claim.payloadHash,
  ].join('\n')
  const hash = createHash('sha256').update(canonical).digest('hex')
  const stringToSign = ['AWS4-HMAC-SHA256', claim.date, claim.scope, hash].join('\n')
  let key: string | Buffer = `AWS4${secretAccessKey}`
  for (const part of claim.scope.split('/')) key = createHmac('sha256', key).update(part).digest()
  return createHmac('sha256', key).update(stringToSign).digest('hex')
}

/** Everything but RFC 3986's unreserved characters is encoded. */
function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** By code unit; localeCompare would sort otherwise. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Milliseconds since 1970 of `20261121T120000Z`; NaN-safe: what cannot be read is far in the past. */
function parseDate(date: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date)
  if (match === null) return 0
  const [, year, month, day, hour, minute, second] = match
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}
