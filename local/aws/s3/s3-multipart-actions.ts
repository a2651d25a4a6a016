/**
 * Multipart uploads: what `aws s3 cp` does with files over 8 MB. Parts wait in the database until they are completed into
 * one object or the upload is aborted; uploads left behind are deleted after MAX_UPLOAD_AGE_MS at the next one's start.
 * Not emulated: UploadPartCopy, ListMultipartUploads, composite checksums (a whole object's is verified).
 */
import { createHash, randomBytes } from 'node:crypto'
import type { ObjectRequest, S3Answer, S3Context } from './s3-context.ts'
import { verifyChecksum } from './s3-checksums.ts'
import { S3Error } from './s3-error.ts'
import { quote, readKeptHeaders, renderVersion, storeObject } from './s3-object-actions.ts'
import { readXmlRecords, renderXml } from './s3-xml.ts'

/** AWS's limits. */
const MAX_PART_NUMBER = 10_000
const MIN_PART_BYTES = 5 * 1024 * 1024
/** As a lifecycle rule for incomplete uploads would do it. */
const MAX_UPLOAD_AGE_MS = 24 * 60 * 60 * 1000

interface StoredPart {
  readonly number: number
  readonly eTag: string
  readonly size: number
  readonly lastModifiedMs: number
}

/** CreateMultipartUpload. */
export function createUpload({ database, now }: S3Context, request: ObjectRequest): S3Answer {
  const uploadId = randomBytes(32).toString('base64url')
  const { bucket, key } = request
  const headers = readKeptHeaders(request)
  database.transact(() => {
    const oldest = now() - MAX_UPLOAD_AGE_MS
    database.sql
      .prepare('DELETE FROM parts WHERE uploadId IN (SELECT uploadId FROM uploads WHERE initiatedMs < ?)')
      .run(oldest)
    database.sql.prepare('DELETE FROM uploads WHERE initiatedMs < ?').run(oldest)
    database.sql
      .prepare('INSERT INTO uploads VALUES (?, ?, ?, ?, ?)')
      .run(uploadId, bucket, key, JSON.stringify(headers), now())
  })
  return {
    status: 200,
    body: renderXml('InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: uploadId }),
  }
}

/** UploadPart; the same number again replaces the part. */
export function uploadPart(context: S3Context, request: ObjectRequest): S3Answer {
  const { database, now } = context
  const upload = findUpload(context, request)
  if (request.headers['x-amz-copy-source'] !== undefined) {
    throw new S3Error('NotImplemented', 'The embedded S3 has no UploadPartCopy')
  }
  const number = Number(request.query.get('partNumber'))
  if (!Number.isInteger(number) || number < 1 || number > MAX_PART_NUMBER) {
    throw new S3Error('InvalidArgument', `Part number must be an integer between 1 and ${MAX_PART_NUMBER}`)
  }
  const { body, checksum } = request
  const eTag = createHash('md5').update(body).digest('hex')
  database.sql
    .prepare('INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?, ?)')
    .run(upload.uploadId, number, eTag, body.length, now(), body)
  return { status: 200, headers: { etag: quote(eTag), ...(checksum ? { [checksum.header]: checksum.value } : {}) } }
}

/** CompleteMultipartUpload. Throws InvalidPart, InvalidPartOrder, EntityTooSmall or EntityTooLarge. */
export function completeUpload(context: S3Context, request: ObjectRequest): S3Answer {
  const { database } = context
  const upload = findUpload(context, request)
  const parts = chooseParts(context, request, upload.uploadId)
  const readPart = database.sql.prepare('SELECT body FROM parts WHERE uploadId = ? AND number = ?')
  const body = Buffer.concat(
    parts.map(({ number }) => Buffer.from(readPart.get(upload.uploadId, number)?.['body'] as Uint8Array)),
  )
  const digests = parts.map(({ eTag }) => Buffer.from(eTag, 'hex'))
  const version = storeObject(
    context,
    request,
    {
      bucket: request.bucket,
      key: request.key,
      body,
      eTag: `${createHash('md5').update(Buffer.concat(digests)).digest('hex')}-${parts.length}`,
      headers: upload.headers,
      checksum: verifyChecksum(request.headers, body),
    },
    'ObjectCreated:CompleteMultipartUpload',
  )
  forgetUpload(context, upload.uploadId)
  return {
    status: 200,
    headers: renderVersion(version),
    body: renderXml('CompleteMultipartUploadResult', {
      Location: `/${request.bucket}/${request.key}`,
      Bucket: request.bucket,
      Key: request.key,
      ETag: quote(version.eTag),
    }),
  }
}

/** AbortMultipartUpload. */
export function abortUpload(context: S3Context, request: ObjectRequest): S3Answer {
  forgetUpload(context, findUpload(context, request).uploadId)
  return { status: 204 }
}

/** ListParts, all on one page. */
export function listParts(context: S3Context, request: ObjectRequest): S3Answer {
  const { uploadId } = findUpload(context, request)
  return {
    status: 200,
    body: renderXml('ListPartsResult', {
      Bucket: request.bucket,
      Key: request.key,
      UploadId: uploadId,
      IsTruncated: false,
      Part: findParts(context, uploadId).map(part => ({
        PartNumber: part.number,
        ETag: quote(part.eTag),
        Size: part.size,
        LastModified: new Date(part.lastModifiedMs).toISOString(),
      })),
    }),
  }
}

/** The parts the client lists, checked against those we have. */
function chooseParts(context: S3Context, request: ObjectRequest, uploadId: string): StoredPart[] {
  const stored = new Map(findParts(context, uploadId).map(part => [part.number, part]))
  const listed = readXmlRecords(request.body.toString(), 'Part')
  if (listed.length < 1 || listed.length > MAX_PART_NUMBER) throw new S3Error('MalformedXML', 'No parts, or too many')
  const chosen = listed.map(({ PartNumber, ETag = '' }) => {
    const part = stored.get(Number(PartNumber))
    if (part !== undefined && part.eTag === ETag.replaceAll('"', '')) return part
    throw new S3Error('InvalidPart', 'One or more of the specified parts could not be found, or its tag did not match.')
  })
  if (chosen.some((part, index) => index > 0 && part.number <= (chosen[index - 1]?.number ?? 0))) {
    throw new S3Error('InvalidPartOrder', 'The list of parts was not in ascending order.')
  }
  if (chosen.slice(0, -1).some(part => part.size < MIN_PART_BYTES)) {
    throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed object size.')
  }
  if (chosen.reduce((sum, part) => sum + part.size, 0) > context.maxObjectBytes) {
    throw new S3Error('EntityTooLarge', `The object exceeds the maximum of ${context.maxObjectBytes} bytes`)
  }
  return chosen
}

function findUpload(
  { database }: S3Context,
  { bucket, key, query }: ObjectRequest,
): { uploadId: string; headers: Record<string, string> } {
  const uploadId = query.get('uploadId') ?? ''
  const row = database.sql
    .prepare('SELECT headers FROM uploads WHERE uploadId = ? AND bucket = ? AND key = ?')
    .get(uploadId, bucket, key)
  if (row === undefined) throw new S3Error('NoSuchUpload', 'The specified multipart upload does not exist.')
  return { uploadId, headers: JSON.parse(String(row['headers'])) as Record<string, string> }
}

function findParts({ database }: S3Context, uploadId: string): StoredPart[] {
  const rows = database.sql
    .prepare('SELECT number, eTag, size, lastModifiedMs FROM parts WHERE uploadId = ? ORDER BY number')
    .all(uploadId)
  return rows as unknown as StoredPart[]
}

function forgetUpload({ database }: S3Context, uploadId: string): void {
  database.transact(() => {
    database.sql.prepare('DELETE FROM parts WHERE uploadId = ?').run(uploadId)
    database.sql.prepare('DELETE FROM uploads WHERE uploadId = ?').run(uploadId)
  })
}
