/** The actions on one object: PutObject, CopyObject, GetObject, HeadObject, DeleteObject. */
import { createHash } from 'node:crypto'
import type { ObjectRequest, S3Answer, S3Context } from './s3-context.ts'
import { S3Error } from './s3-error.ts'
import type { S3EventName } from './s3-notifications.ts'
import { cutRange } from './s3-range.ts'
import { decodePath, singleHeader, splitOnce } from './s3-request.ts'
import type { NewObject, ObjectVersion } from './s3-store.ts'
import { renderXml } from './s3-xml.ts'

/** Request headers that are kept with an object and answered with it. */
const KEPT_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
]
const METADATA_PREFIX = 'x-amz-meta-'
/** AWS's limit of user metadata. */
const MAX_METADATA_BYTES = 2 * 1024
/** A presigned URL may set these of the answer, e.g. `response-content-type`. */
const OVERRIDABLE_HEADERS = KEPT_HEADERS

/** PutObject, and CopyObject when there is a source. */
export function putObject(context: S3Context, request: ObjectRequest): S3Answer {
  if (request.headers['x-amz-copy-source'] !== undefined) return copyObject(context, request)
  const { bucket, key, body, checksum } = request
  const eTag = createHash('md5').update(body).digest('hex')
  const object = { bucket, key, body, eTag, headers: readKeptHeaders(request), checksum }
  const version = storeObject(context, request, object, 'ObjectCreated:Put')
  return { status: 200, headers: { etag: quote(version.eTag), ...renderVersion(version), ...renderChecksum(version) } }
}

/** Stores an object with its notification, if the request's conditions hold. Throws PreconditionFailed or NoSuchKey. */
export function storeObject(
  { database, store, notifications }: S3Context,
  request: ObjectRequest,
  object: NewObject,
  eventName: S3EventName,
): ObjectVersion {
  const version = database.transact(() => {
    checkWriteConditions(request, store.findLatest(object.bucket, object.key))
    const stored = store.put(object)
    notifications.record(eventName, stored, request.requestId)
    return stored
  })
  notifications.wake()
  return version
}

/** GetObject and HeadObject (which has the same headers and no body). */
export function getObject(context: S3Context, request: ObjectRequest): S3Answer {
  const version = findReadable(context, request)
  const headers = { ...version.headers, ...readOverrides(request), ...renderObjectHeaders(version) }
  const condition = checkReadConditions(request, version)
  if (condition !== undefined) return { status: condition, headers }
  const range = cutRange(singleHeader(request.headers, 'range'), version.size)
  const length = range === undefined ? version.size : range.end - range.start
  const body =
    request.method === 'HEAD' ? undefined : context.store.readBody(version).subarray(range?.start, range?.end)
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      ...headers,
      'content-length': String(length),
      ...(range === undefined ? {} : { 'content-range': `bytes ${range.start}-${range.end - 1}/${version.size}` }),
      ...(range === undefined && request.headers['x-amz-checksum-mode'] === 'ENABLED' ? renderChecksum(version) : {}),
    },
    ...(body === undefined ? {} : { body }),
  }
}

/** DeleteObject: a marker, or one version for good. */
export function deleteObject(context: S3Context, request: ObjectRequest): S3Answer {
  const versionId = request.query.get('versionId') ?? undefined
  return { status: 204, headers: renderVersion(removeObject(context, request, request.key, versionId)) }
}

/** Adds a delete marker or removes a version, with its notification; undefined when there was no such version. */
export function removeObject(
  { database, store, notifications }: S3Context,
  { bucket, requestId }: { bucket: string; requestId: string },
  key: string,
  versionId: string | undefined,
): ObjectVersion | undefined {
  const removed = database.transact(() => {
    if (versionId === undefined) {
      const marker = store.putDeleteMarker(bucket, key)
      notifications.record('ObjectRemoved:DeleteMarkerCreated', marker, requestId)
      return marker
    }
    const version = store.findVersion(bucket, key, versionId)
    if (version === undefined) return undefined
    store.deleteVersion(version)
    notifications.record('ObjectRemoved:Delete', { ...version, isLatest: false }, requestId)
    return version
  })
  notifications.wake()
  return removed
}

/** The headers to keep with an object. Throws MetadataTooLarge. */
export function readKeptHeaders({ headers }: ObjectRequest): Record<string, string> {
  const kept: Record<string, string> = { 'content-type': 'binary/octet-stream' }
  let metadataBytes = 0
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string') continue
    if (name.startsWith(METADATA_PREFIX)) metadataBytes += name.length - METADATA_PREFIX.length + value.length
    else if (!KEPT_HEADERS.includes(name)) continue
    kept[name] = value
  }
  if (metadataBytes > MAX_METADATA_BYTES) {
    throw new S3Error('MetadataTooLarge', `Your metadata exceeds the maximum of ${MAX_METADATA_BYTES} bytes`)
  }
  // The framing of the request is no property of the object.
  const encodings = (kept['content-encoding'] ?? '').split(',').map(encoding => encoding.trim())
  kept['content-encoding'] = encodings.filter(encoding => encoding !== '' && encoding !== 'aws-chunked').join(',')
  if (kept['content-encoding'] === '') delete kept['content-encoding']
  return kept
}

/** An entity tag as headers and XML have it. */
export function quote(eTag: string): string {
  return `"${eTag}"`
}

/** `x-amz-version-id`, and `x-amz-delete-marker` for a marker. */
export function renderVersion(version: ObjectVersion | undefined): Record<string, string> {
  if (version === undefined) return {}
  return { 'x-amz-version-id': version.versionId, ...(version.isDeleteMarker ? { 'x-amz-delete-marker': 'true' } : {}) }
}

function copyObject(context: S3Context, request: ObjectRequest): S3Answer {
  const [path = '', query = ''] = splitOnce(singleHeader(request.headers, 'x-amz-copy-source') ?? '', '?')
  const [bucket = '', key = ''] = splitOnce(decodePath(path).replace(/^\//, ''), '/')
  if (!context.buckets.has(bucket)) throw new S3Error('NoSuchBucket', 'The specified bucket does not exist')
  const source = findReadable(context, { ...request, bucket, key, query: new URLSearchParams(query) })
  const isReplaced = request.headers['x-amz-metadata-directive'] === 'REPLACE'
  const version = storeObject(
    context,
    request,
    {
      bucket: request.bucket,
      key: request.key,
      body: context.store.readBody(source),
      eTag: source.eTag,
      headers: isReplaced ? readKeptHeaders(request) : source.headers,
      checksum: source.checksum,
    },
    'ObjectCreated:Copy',
  )
  return {
    status: 200,
    headers: { ...renderVersion(version), 'x-amz-copy-source-version-id': source.versionId },
    body: renderXml('CopyObjectResult', {
      ETag: quote(version.eTag),
      LastModified: new Date(version.lastModifiedMs).toISOString(),
    }),
  }
}

/** The version asked for. Throws NoSuchKey, NoSuchVersion, or MethodNotAllowed for a marker asked for by its id. */
function findReadable({ store }: S3Context, { bucket, key, query }: ObjectRequest): ObjectVersion {
  const versionId = query.get('versionId')
  if (versionId === null) {
    const latest = store.findLatest(bucket, key)
    if (latest !== undefined && !latest.isDeleteMarker) return latest
    throw new S3Error('NoSuchKey', 'The specified key does not exist.', renderVersion(latest))
  }
  const version = store.findVersion(bucket, key, versionId)
  if (version === undefined) throw new S3Error('NoSuchVersion', 'The specified version does not exist.')
  if (!version.isDeleteMarker) return version
  throw new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
    ...renderVersion(version),
    allow: 'DELETE',
  })
}

function renderObjectHeaders(version: ObjectVersion): Record<string, string> {
  return {
    etag: quote(version.eTag),
    'last-modified': new Date(version.lastModifiedMs).toUTCString(),
    'accept-ranges': 'bytes',
    ...renderVersion(version),
  }
}

function renderChecksum({ checksum }: ObjectVersion): Record<string, string> {
  return checksum === undefined ? {} : { [checksum.header]: checksum.value, 'x-amz-checksum-type': 'FULL_OBJECT' }
}

function readOverrides({ query }: ObjectRequest): Record<string, string> {
  const overrides: Record<string, string> = {}
  for (const name of OVERRIDABLE_HEADERS) {
    const value = query.get(`response-${name}`)
    if (value === null) continue
    if (/[\r\n]/.test(value)) throw new S3Error('InvalidArgument', `response-${name} is no header value`)
    // A header is bytes, which Node takes as Latin-1.
    overrides[name] = Buffer.from(value).toString('latin1')
  }
  return overrides
}

function checkWriteConditions({ headers }: ObjectRequest, latest: ObjectVersion | undefined): void {
  const existing = latest?.isDeleteMarker ? undefined : latest
  const ifNoneMatch = singleHeader(headers, 'if-none-match')
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw new S3Error('NotImplemented', 'If-None-Match on a write must be *')
  }
  if (ifNoneMatch === '*' && existing !== undefined) throw preconditionFailed('If-None-Match')
  const ifMatch = singleHeader(headers, 'if-match')
  if (ifMatch === undefined) return
  if (existing === undefined) throw new S3Error('NoSuchKey', 'The specified key does not exist.')
  if (!matches(ifMatch, existing)) throw preconditionFailed('If-Match')
}

/** 304 when the client has this version already. Throws PreconditionFailed. */
function checkReadConditions({ headers }: ObjectRequest, version: ObjectVersion): 304 | undefined {
  const ifMatch = singleHeader(headers, 'if-match')
  if (ifMatch !== undefined && !matches(ifMatch, version)) throw preconditionFailed('If-Match')
  const ifNoneMatch = singleHeader(headers, 'if-none-match')
  return ifNoneMatch !== undefined && matches(ifNoneMatch, version) ? 304 : undefined
}

function matches(condition: string, { eTag }: ObjectVersion): boolean {
  return condition === '*' || condition.split(',').some(tag => tag.trim().replace(/^"|"$/g, '') === eTag)
}

function preconditionFailed(condition: string): S3Error {
  return new S3Error(
    'PreconditionFailed',
    `At least one of the pre-conditions you specified did not hold: ${condition}`,
  )
}
