/** The actions on a bucket: ListObjectsV2, ListObjectVersions, DeleteObjects, versioning, location, ListBuckets. */
import type { BucketRequest, S3Answer, S3Context } from './s3-context.ts'
import { S3Error } from './s3-error.ts'
import { quote, removeObject } from './s3-object-actions.ts'
import { HIGHEST_CHARACTER, type ListCursor, type ObjectVersion } from './s3-store.ts'
import { readXmlRecords, renderXml, type XmlChildren } from './s3-xml.ts'

/** AWS's limits. */
const MAX_KEYS = 1000
const MAX_DELETES = 1000

/** ListBuckets. */
export function listBuckets({ buckets }: S3Context): S3Answer {
  const Bucket = [...buckets].map(([Name, createdMs]) => ({ Name, CreationDate: new Date(createdMs).toISOString() }))
  return xml('ListAllMyBucketsResult', { Owner: { ID: 'embedded', DisplayName: 'embedded' }, Buckets: { Bucket } })
}

/** GetBucketLocation; us-east-1 is the empty location. */
export function getBucketLocation({ region }: S3Context): S3Answer {
  const location = region === 'us-east-1' ? '' : region
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${location}</LocationConstraint>`
  return { status: 200, body }
}

/** GetBucketVersioning: always on. */
export function getBucketVersioning(): S3Answer {
  return xml('VersioningConfiguration', { Status: 'Enabled' })
}

/** ListObjectsV2. */
export function listObjects({ store }: S3Context, request: BucketRequest): S3Answer {
  const { query, bucket } = request
  const ask = readListing(query)
  const token = query.get('continuation-token')
  const start = token === null ? (query.get('start-after') ?? '') : decodeToken(token)
  const page = listPage(ask, { key: start }, cursor => store.nextObject(bucket, ask.prefix, cursor))
  return xml('ListBucketResult', {
    Name: bucket,
    ...renderListing(ask),
    KeyCount: page.versions.length + page.commonPrefixes.length,
    IsTruncated: page.next !== undefined,
    ContinuationToken: token ?? undefined,
    NextContinuationToken: page.next === undefined ? undefined : encodeToken(page.next.key),
    StartAfter: query.get('start-after') ?? undefined,
    Contents: page.versions.map(version => ({
      Key: ask.encode(version.key),
      LastModified: new Date(version.lastModifiedMs).toISOString(),
      ETag: quote(version.eTag),
      Size: version.size,
      StorageClass: 'STANDARD',
    })),
    CommonPrefixes: page.commonPrefixes.map(Prefix => ({ Prefix: ask.encode(Prefix) })),
  })
}

/** ListObjectVersions: versions and delete markers, newest first within a key. */
export function listObjectVersions({ store }: S3Context, request: BucketRequest): S3Answer {
  const { query, bucket } = request
  const ask = readListing(query)
  const keyMarker = query.get('key-marker') ?? ''
  const versionMarker = query.get('version-id-marker')
  const marker = versionMarker === null ? undefined : store.findVersion(bucket, keyMarker, versionMarker)
  const start = marker === undefined ? { key: keyMarker } : { key: keyMarker, sequence: marker.sequence }
  const page = listPage(ask, start, cursor => store.nextVersion(bucket, ask.prefix, cursor))
  const last = page.versions.at(-1)
  return xml('ListVersionsResult', {
    Name: bucket,
    ...renderListing(ask),
    KeyMarker: ask.encode(keyMarker),
    VersionIdMarker: versionMarker ?? '',
    IsTruncated: page.next !== undefined,
    NextKeyMarker: page.next === undefined ? undefined : ask.encode(page.next.key),
    NextVersionIdMarker: page.next?.sequence === undefined ? undefined : last?.versionId,
    Version: page.versions.filter(version => !version.isDeleteMarker).map(version => renderListed(version, ask.encode)),
    DeleteMarker: page.versions
      .filter(version => version.isDeleteMarker)
      .map(version => renderListed(version, ask.encode)),
    CommonPrefixes: page.commonPrefixes.map(Prefix => ({ Prefix: ask.encode(Prefix) })),
  })
}

/** DeleteObjects: up to 1,000 at once, each with an outcome of its own. */
export function deleteObjects(context: S3Context, request: BucketRequest): S3Answer {
  const text = request.body.toString()
  const objects = readXmlRecords(text, 'Object')
  if (objects.length < 1 || objects.length > MAX_DELETES) {
    throw new S3Error('MalformedXML', `DeleteObjects takes between 1 and ${MAX_DELETES} objects`)
  }
  const isQuiet = /<Quiet>\s*true\s*<\/Quiet>/.test(text)
  const deleted = objects.map(({ Key, VersionId }) => {
    if (Key === undefined) throw new S3Error('MalformedXML', 'An Object without a Key')
    const removed = removeObject(context, request, Key, VersionId)
    const marker = removed?.isDeleteMarker ? { DeleteMarker: true, DeleteMarkerVersionId: removed.versionId } : {}
    return { Key, VersionId, ...marker }
  })
  return xml('DeleteResult', { Deleted: isQuiet ? [] : deleted })
}

interface Listing {
  readonly prefix: string
  readonly delimiter: string
  readonly maxKeys: number
  readonly encodingType: string | undefined
  readonly encode: (text: string) => string
}

interface ListedPage {
  readonly versions: ObjectVersion[]
  readonly commonPrefixes: string[]
  /** Where the next page starts; undefined at the end. */
  readonly next: ListCursor | undefined
}

function readListing(query: URLSearchParams): Listing {
  const maxKeys = Number(query.get('max-keys') ?? MAX_KEYS)
  if (!Number.isInteger(maxKeys) || maxKeys < 0) throw new S3Error('InvalidArgument', 'max-keys must be 0 or more')
  const encodingType = query.get('encoding-type') ?? undefined
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    maxKeys: Math.min(maxKeys, MAX_KEYS),
    encodingType,
    encode: encodingType === 'url' ? text => encodeURIComponent(text).replaceAll('%2F', '/') : text => text,
  }
}

/** Walks from entry to entry; whatever shares a prefix up to the delimiter is one entry and is jumped over. */
function listPage(ask: Listing, start: ListCursor, next: (after: ListCursor) => ObjectVersion | undefined): ListedPage {
  const versions: ObjectVersion[] = []
  const commonPrefixes: string[] = []
  let cursor = start
  while (versions.length + commonPrefixes.length < ask.maxKeys) {
    const version = next(cursor)
    if (version === undefined) return { versions, commonPrefixes, next: undefined }
    const cut = ask.delimiter === '' ? -1 : version.key.indexOf(ask.delimiter, ask.prefix.length)
    if (cut === -1) {
      versions.push(version)
      cursor = { key: version.key, sequence: version.sequence }
    } else {
      const commonPrefix = version.key.slice(0, cut + ask.delimiter.length)
      commonPrefixes.push(commonPrefix)
      cursor = { key: commonPrefix + HIGHEST_CHARACTER }
    }
  }
  const hasMore = ask.maxKeys > 0 && next(cursor) !== undefined
  return { versions, commonPrefixes, next: hasMore ? cursor : undefined }
}

function renderListing(ask: Listing): XmlChildren {
  return {
    Prefix: ask.encode(ask.prefix),
    Delimiter: ask.delimiter === '' ? undefined : ask.encode(ask.delimiter),
    MaxKeys: ask.maxKeys,
    EncodingType: ask.encodingType,
  }
}

function renderListed(version: ObjectVersion, encode: (text: string) => string): XmlChildren {
  return {
    Key: encode(version.key),
    VersionId: version.versionId,
    IsLatest: version.isLatest,
    LastModified: new Date(version.lastModifiedMs).toISOString(),
    ...(version.isDeleteMarker ? {} : { ETag: quote(version.eTag), Size: version.size, StorageClass: 'STANDARD' }),
  }
}

function xml(root: string, children: XmlChildren): S3Answer {
  return { status: 200, body: renderXml(root, children) }
}

function encodeToken(key: string): string {
  return Buffer.from(key).toString('base64url')
}

function decodeToken(token: string): string {
  return Buffer.from(token, 'base64url').toString()
}
