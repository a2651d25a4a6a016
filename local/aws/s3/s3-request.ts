/**
 * A request to the embedded S3, taken apart: bucket, key and query out of the raw URL, and the payload out of its framing.
 * The raw URL is read by hand because `new URL` would fold `a/../b`, which is a valid key.
 */
import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { readBody } from '../loopback-server.ts'
import { decodeAwsChunked } from './aws-chunked.ts'
import { verifyChecksum, type Checksum } from './s3-checksums.ts'
import { S3Error } from './s3-error.ts'

const MAX_KEY_BYTES = 1024
/** Room for chunk headers and trailers around a payload of the greatest size. */
const FRAMING_FACTOR = 1.05
const FRAMING_BYTES = 64 * 1024

export interface S3Request {
  readonly method: string
  /** Decoded; undefined for the service itself. */
  readonly bucket: string | undefined
  /** Decoded; undefined for a bucket. */
  readonly key: string | undefined
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** Decoded path, for the signature. */
  readonly path: string
}

export interface S3Payload {
  readonly body: Buffer
  readonly checksum: Checksum | undefined
}

/** Throws InvalidURI or KeyTooLongError. */
export function parseTarget(request: IncomingMessage): S3Request {
  const [rawPath = '/', rawQuery = ''] = splitOnce(request.url ?? '/', '?')
  const path = decodePath(rawPath)
  const [bucket = '', key = ''] = splitOnce(path.slice(1), '/')
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) throw new S3Error('KeyTooLongError', 'Your key is too long')
  return {
    method: request.method ?? 'GET',
    bucket: bucket === '' ? undefined : bucket,
    key: key === '' ? undefined : key,
    query: new URLSearchParams(rawQuery),
    headers: request.headers,
    path,
  }
}

/** Reads, unframes and verifies the payload. Throws EntityTooLarge, IncompleteBody, BadDigest and their kin. */
export async function readPayload(
  request: IncomingMessage,
  { query, method }: S3Request,
  maxBytes: number,
): Promise<S3Payload> {
  const { headers } = request
  const isChunked = (singleHeader(headers, 'x-amz-content-sha256') ?? '').startsWith('STREAMING-')
  const encoded = await readBody(request, isChunked ? maxBytes * FRAMING_FACTOR + FRAMING_BYTES : maxBytes)
  if (encoded === undefined) throw tooLarge(maxBytes)
  if (!isChunked) {
    expectContentHash(headers, encoded)
    // The checksum of a CompleteMultipartUpload is the object's, not this body's.
    const isCompletion = method === 'POST' && query.has('uploadId')
    return { body: encoded, checksum: isCompletion ? undefined : verifyChecksum(headers, encoded) }
  }
  const { body, trailers } = decodeAwsChunked(encoded)
  if (body.length > maxBytes) throw tooLarge(maxBytes)
  const announced = singleHeader(headers, 'x-amz-decoded-content-length')
  if (announced !== undefined && Number(announced) !== body.length) {
    throw new S3Error('IncompleteBody', `Got ${body.length} bytes, announced were ${announced}`)
  }
  return { body, checksum: verifyChecksum({ ...headers, ...trailers }, body) }
}

/** The one value of a header, if there is one. */
export function singleHeader(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** Text before and after the first `separator`; the second is missing if there is none. */
export function splitOnce(text: string, separator: string): string[] {
  const index = text.indexOf(separator)
  return index === -1 ? [text] : [text.slice(0, index), text.slice(index + separator.length)]
}

/** Percent-decodes a path; `+` stays a plus. Throws InvalidURI. */
export function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch (error) {
    throw new S3Error('InvalidURI', `The path is not percent-encoded UTF-8: ${String(error)}`)
  }
}

function expectContentHash(headers: IncomingHttpHeaders, body: Buffer): void {
  const hash = singleHeader(headers, 'x-amz-content-sha256')
  if (hash === undefined || hash === 'UNSIGNED-PAYLOAD') return
  if (createHash('sha256').update(body).digest('hex') === hash) return
  throw new S3Error('XAmzContentSHA256Mismatch', 'The provided x-amz-content-sha256 header does not match the body.')
}

function tooLarge(maxBytes: number): S3Error {
  return new S3Error('EntityTooLarge', `Your proposed upload exceeds the maximum allowed size of ${maxBytes} bytes`)
}
