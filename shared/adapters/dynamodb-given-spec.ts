/** The text of a spec as it was given, beside its canonical form in one item: small texts as they are, larger ones packed. */
import { gunzipSync, gzipSync } from 'node:zlib'
import type { GivenSpec } from '../operations/ports.ts'
import type { Item } from './dynamodb-job-item.ts'

/** Packing less than this saves no write unit. */
const PLAIN_BYTES = 512
/** An item holds 400 KB; names and keys take some of it. */
const MAX_ITEM_BYTES = 400_000
/** More than any platform allows as a spec: what unpacks to more was not packed here. */
const MAX_TEXT_BYTES = 1_048_576

/** The attributes; none where the text does not fit beside `canonical`: what runs is kept, what it was made from goes. */
export function givenAttributes(given: GivenSpec | undefined, canonical: string): Item {
  if (given === undefined) return {}
  if ('with' in given) return { givenWith: { S: given.with } }
  const bytes = given.bytes.length <= PLAIN_BYTES ? given.bytes : gzipSync(given.bytes)
  if (Buffer.byteLength(canonical) + bytes.length > MAX_ITEM_BYTES) return {}
  return {
    given: { B: bytes },
    givenForm: { S: bytes === given.bytes ? 'plain' : 'gzip' },
    ...(given.contentType !== undefined && { givenType: { S: given.contentType } }),
  }
}

export function givenOfItem(item: Item | undefined): GivenSpec | undefined {
  const jobId = item?.['givenWith']?.S
  if (jobId !== undefined) return { with: jobId }
  const stored = item?.['given']?.B
  if (stored === undefined) return undefined
  const isPacked = item?.['givenForm']?.S === 'gzip'
  const bytes = isPacked ? gunzipSync(stored, { maxOutputLength: MAX_TEXT_BYTES }) : stored
  const contentType = item?.['givenType']?.S
  return { bytes: new Uint8Array(bytes), ...((contentType === 'json' || contentType === 'yaml') && { contentType }) }
}
