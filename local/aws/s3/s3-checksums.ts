/**
 * The checksums S3 knows, over whole objects: compared with what the client sent, kept, and answered.
 * Node has crc32, sha1 and sha256; crc32c and crc64nvme are computed here, byte by byte with a table.
 */
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { S3Error } from './s3-error.ts'

const ALGORITHMS = {
  crc32: (body: Buffer) => bigEndian32(crc32(body)),
  crc32c: (body: Buffer) => bigEndian32(crc32c(body)),
  crc64nvme: (body: Buffer) => crc64nvme(body),
  sha1: (body: Buffer) => createHash('sha1').update(body).digest(),
  sha256: (body: Buffer) => createHash('sha256').update(body).digest(),
} as const

/** A checksum as it is kept: the header's name (`x-amz-checksum-crc32`) and the base64 of its value. */
export interface Checksum {
  readonly header: string
  readonly value: string
}

/** Finds the checksum among headers and trailers and compares it with the body. Throws BadDigest. */
export function verifyChecksum(fields: Readonly<Record<string, unknown>>, body: Buffer): Checksum | undefined {
  const contentMd5 = fields['content-md5']
  if (typeof contentMd5 === 'string') expectDigest('Content-MD5', contentMd5, createHash('md5').update(body).digest())
  for (const [name, compute] of Object.entries(ALGORITHMS)) {
    const header = `x-amz-checksum-${name}`
    const value = fields[header]
    // `…-3` is a checksum of three parts' checksums, which nobody can compute from the whole.
    if (typeof value !== 'string' || value.includes('-')) continue
    expectDigest(name.toUpperCase(), value, compute(body))
    return { header, value }
  }
  return undefined
}

function expectDigest(name: string, sent: string, digest: Buffer): void {
  if (digest.toString('base64') === sent) return
  throw new S3Error('BadDigest', `The ${name} you specified did not match what we received.`)
}

/** CRC-32C (Castagnoli), unsigned. */
export function crc32c(body: Buffer): number {
  let crc = 0xffffffff
  for (const byte of body) crc = (CRC32C_TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

/** CRC-64/NVME, as the 8 bytes S3 puts into base64. Two halves of 32 bits: BigInt would be 50 times slower. */
export function crc64nvme(body: Buffer): Buffer {
  const { high: highTable, low: lowTable } = CRC64_TABLE
  let high = 0xffffffff
  let low = 0xffffffff
  for (const byte of body) {
    const index = (low ^ byte) & 0xff
    low = (lowTable[index] ?? 0) ^ ((low >>> 8) | (high << 24))
    high = (highTable[index] ?? 0) ^ (high >>> 8)
  }
  return Buffer.concat([bigEndian32(~high >>> 0), bigEndian32(~low >>> 0)])
}

/** The reflected polynomial of CRC-32C. */
const CRC32C_POLYNOMIAL = 0x82f63b78
const CRC32C_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let crc = index
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ CRC32C_POLYNOMIAL : crc >>> 1
  return crc
})

/** The reflected polynomial of CRC-64/NVME. */
const CRC64_POLYNOMIAL = 0x9a6c9329ac4bc9b5n
const CRC64_TABLE = makeCrc64Table()

function makeCrc64Table(): { high: Uint32Array; low: Uint32Array } {
  const high = new Uint32Array(256)
  const low = new Uint32Array(256)
  for (let index = 0; index < 256; index += 1) {
    let crc = BigInt(index)
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1n ? (crc >> 1n) ^ CRC64_POLYNOMIAL : crc >> 1n
    high[index] = Number(crc >> 32n)
    low[index] = Number(crc & 0xffffffffn)
  }
  return { high, low }
}

function bigEndian32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
