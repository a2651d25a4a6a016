/**
 * Decodes `aws-chunked` bodies: what SDKs send when a payload is signed or checksummed while it is streamed. Chunks of
 * `<hex length>[;chunk-signature=…]\r\n<bytes>\r\n`, a chunk of length 0, then trailers such as `x-amz-checksum-crc32`.
 * Chunk signatures are not verified (the seed signature over the headers is, see s3-signature.ts).
 */
import { S3Error } from './s3-error.ts'

export interface DecodedBody {
  readonly body: Buffer
  /** Trailers by lower-case name. */
  readonly trailers: Readonly<Record<string, string>>
}

/** SDKs send chunks of 8 KB or more; a body of 64 MB in smaller ones than this would allow is an attack on the loop. */
const MAX_CHUNKS = 100_000
const MAX_HEADER_BYTES = 1_024

/** Throws IncompleteBody when the framing is broken. */
export function decodeAwsChunked(encoded: Buffer): DecodedBody {
  const chunks: Buffer[] = []
  let position = 0
  for (let count = 0; count < MAX_CHUNKS; count += 1) {
    const lineEnd = encoded.indexOf('\r\n', position)
    if (lineEnd === -1 || lineEnd - position > MAX_HEADER_BYTES) throw brokenFrame('no chunk header')
    const header = encoded.toString('latin1', position, lineEnd)
    const length = /^[0-9a-f]{1,8}(?=;|$)/i.exec(header)
    if (length === null) throw brokenFrame('a chunk header without a length')
    const size = Number.parseInt(length[0], 16)
    const start = lineEnd + 2
    if (size === 0) return { body: Buffer.concat(chunks), trailers: parseTrailers(encoded.toString('latin1', start)) }
    const end = start + size
    if (encoded.toString('latin1', end, end + 2) !== '\r\n') throw brokenFrame('a chunk shorter than its header says')
    chunks.push(encoded.subarray(start, end))
    position = end + 2
  }
  throw brokenFrame('too many chunks')
}

function parseTrailers(text: string): Record<string, string> {
  const trailers: Record<string, string> = {}
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon > 0) trailers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim()
  }
  return trailers
}

function brokenFrame(what: string): S3Error {
  return new S3Error('IncompleteBody', `The aws-chunked body has ${what}`)
}
