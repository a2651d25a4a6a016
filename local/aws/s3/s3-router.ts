/** Which action of S3 a request is, by method, bucket, key and query. What is not known is refused, never ignored. */
import type { BucketRequest, ObjectRequest, S3Answer, S3Context } from './s3-context.ts'
import { S3Error } from './s3-error.ts'
import {
  deleteObjects,
  getBucketLocation,
  getBucketVersioning,
  listBuckets,
  listObjects,
  listObjectVersions,
} from './s3-list-actions.ts'
import { abortUpload, completeUpload, createUpload, listParts, uploadPart } from './s3-multipart-actions.ts'
import { deleteObject, getObject, putObject } from './s3-object-actions.ts'
import type { S3Payload, S3Request } from './s3-request.ts'

/** Query parameters of the actions we have; any other that is not a signature's names a sub-resource we have not. */
const KNOWN_PARAMETERS: ReadonlySet<string> = new Set([
  'continuation-token',
  'delete',
  'delimiter',
  'encoding-type',
  'fetch-owner',
  'key-marker',
  'list-type',
  'location',
  'max-keys',
  'max-parts',
  'part-number-marker',
  'partNumber',
  'prefix',
  'start-after',
  'uploadId',
  'uploads',
  'version-id-marker',
  'versionId',
  'versioning',
  'versions',
])
const HARMLESS_PARAMETER = /^(x-id$|X-Amz-|x-amz-|response-)/
/** Headers that would change what an object is; to ignore them would be a lie. */
const REFUSED_HEADERS = [
  'x-amz-tagging',
  'x-amz-object-lock-mode',
  'x-amz-object-lock-retain-until-date',
  'x-amz-object-lock-legal-hold',
  'x-amz-website-redirect-location',
  'x-amz-write-offset-bytes',
  'x-amz-server-side-encryption-customer-algorithm',
]

/** Throws S3Error. */
export function answerS3Request(
  context: S3Context,
  request: S3Request & S3Payload & { readonly requestId: string },
): S3Answer {
  refuseUnknown(request)
  const { bucket, key } = request
  if (bucket === undefined) {
    if (request.method === 'GET') return listBuckets(context)
    throw methodNotAllowed()
  }
  if (key === undefined && request.method === 'PUT')
    throw notImplemented('CreateBucket: buckets are given at the start')
  if (!context.buckets.has(bucket)) throw new S3Error('NoSuchBucket', 'The specified bucket does not exist')
  return key === undefined
    ? answerBucketRequest(context, { ...request, bucket })
    : answerObjectRequest(context, { ...request, bucket, key })
}

function answerBucketRequest(context: S3Context, request: BucketRequest): S3Answer {
  const { method, query } = request
  switch (method) {
    case 'HEAD':
      return { status: 200, headers: { 'x-amz-bucket-region': context.region } }
    case 'GET':
      if (query.has('versioning')) return getBucketVersioning()
      if (query.has('location')) return getBucketLocation(context)
      if (query.has('versions')) return listObjectVersions(context, request)
      if (query.get('list-type') === '2') return listObjects(context, request)
      throw notImplemented('this listing; use ListObjectsV2')
    case 'POST':
      if (query.has('delete')) return deleteObjects(context, request)
      throw notImplemented('POST on a bucket')
    default:
      throw notImplemented(`${method} on a bucket`)
  }
}

function answerObjectRequest(context: S3Context, request: ObjectRequest): S3Answer {
  const { method, query } = request
  const isUpload = query.has('uploadId')
  if (query.has('partNumber') && !isUpload) throw notImplemented('reading single parts')
  switch (method) {
    case 'PUT':
      return isUpload ? uploadPart(context, request) : putObject(context, request)
    case 'GET':
    case 'HEAD':
      return isUpload ? listParts(context, request) : getObject(context, request)
    case 'DELETE':
      return isUpload ? abortUpload(context, request) : deleteObject(context, request)
    case 'POST':
      if (query.has('uploads')) return createUpload(context, request)
      if (isUpload) return completeUpload(context, request)
      throw notImplemented('POST on an object')
    default:
      throw methodNotAllowed()
  }
}

function refuseUnknown({ query, headers }: S3Request): void {
  for (const name of query.keys()) {
    if (!KNOWN_PARAMETERS.has(name) && !HARMLESS_PARAMETER.test(name)) throw notImplemented(`the sub-resource ${name}`)
  }
  const refused = REFUSED_HEADERS.find(name => headers[name] !== undefined)
  if (refused !== undefined) throw notImplemented(`the header ${refused}`)
}

function notImplemented(what: string): S3Error {
  return new S3Error('NotImplemented', `The embedded S3 has not: ${what}`)
}

function methodNotAllowed(): S3Error {
  return new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.')
}
