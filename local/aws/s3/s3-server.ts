/**
 * An embedded S3, for `npm run local`, the demo and tests: the REST protocol, path-style, on a free loopback port, for
 * AWS SDKs and the AWS CLI.
 *
 * Emulated: versioning (always on) with delete markers, put/get/head/delete/copy, ranges, conditional writes and reads,
 * metadata, listings of objects and versions, DeleteObjects, multipart uploads, aws-chunked bodies, checksums, presigned
 * URLs, Signature Version 4 when credentials are given, and event notifications delivered at least once.
 * Not emulated, and refused with NotImplemented rather than ignored: tags, ACLs, policies, object lock, lifecycle, CORS,
 * making and deleting buckets, version 1 listings. Ignored: encryption and storage-class headers. Unsaid: virtual hosts.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { startLoopbackServer } from '../loopback-server.ts'
import type { S3Answer, S3Context } from './s3-context.ts'
import { openS3Database } from './s3-database.ts'
import { S3Error } from './s3-error.ts'
import { createS3Notifications, type S3Event } from './s3-notifications.ts'
import { parseTarget, readPayload } from './s3-request.ts'
import { answerS3Request } from './s3-router.ts'
import { verifySignature, type S3Credentials } from './s3-signature.ts'
import { createS3Store } from './s3-store.ts'
import { renderErrorXml } from './s3-xml.ts'

const DEFAULT_MAX_OBJECT_BYTES = 64 * 1024 * 1024

export interface EmbeddedS3Options {
  /** 0, the default, takes a free port. */
  readonly port?: number
  /** A folder of its own; created if missing. Without it everything is in memory. */
  readonly dataDir?: string
  readonly buckets: readonly string[]
  readonly region?: string
  /** When given, every request must carry a valid signature of them. Without, anything is let in. */
  readonly credentials?: S3Credentials
  /** Told about objects; a rejection is a delivery to be repeated. It may be told twice. */
  readonly notify?: (event: S3Event) => Promise<void>
  /** Which events `notify` is told, by the beginning of their names. `['ObjectCreated:']` unless given. */
  readonly notifyEventPrefixes?: readonly string[]
  /** Bytes of one object, in memory while it is read or written. 64 MiB unless given. */
  readonly maxObjectBytes?: number
  /** Milliseconds since 1970; a test may step it. */
  readonly now?: () => number
}

export interface EmbeddedS3 {
  /** The endpoint; clients need `forcePathStyle`. */
  readonly url: string
  close(): Promise<void>
}

/** Rejects when the port is taken or the data folder cannot be used. Undelivered notifications are sent again at once. */
export async function startEmbeddedS3(options: EmbeddedS3Options): Promise<EmbeddedS3> {
  const { region = 'us-east-1', now = Date.now } = options
  const database = openS3Database(options.dataDir)
  const notifications = createS3Notifications(database, {
    region,
    notify: options.notify,
    eventPrefixes: options.notifyEventPrefixes ?? ['ObjectCreated:'],
  })
  const startedMs = now()
  const context: S3Context = {
    database,
    store: createS3Store(database, now),
    notifications,
    buckets: new Map(options.buckets.map(bucket => [bucket, startedMs])),
    region,
    maxObjectBytes: options.maxObjectBytes ?? DEFAULT_MAX_OBJECT_BYTES,
    now,
  }
  const server = await startLoopbackServer(options.port ?? 0, (request, response) =>
    serve(context, options.credentials, request, response),
  ).catch((error: unknown) => {
    database.close()
    throw error
  })
  notifications.wake()
  let isClosed = false
  return {
    url: server.url,
    async close() {
      if (isClosed) return
      isClosed = true
      await server.close()
      notifications.close()
      database.close()
    },
  }
}

async function serve(
  context: S3Context,
  credentials: S3Credentials | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = randomBytes(8).toString('hex').toUpperCase()
  try {
    const target = parseTarget(request)
    const payload = await readPayload(request, target, context.maxObjectBytes)
    if (credentials !== undefined) verifySignature(target, credentials, context.now())
    // A client that went away gets nothing done.
    if (request.socket.destroyed) return
    send(response, requestId, answerS3Request(context, { ...target, ...payload, requestId }))
  } catch (error) {
    if (!(error instanceof S3Error)) throw error
    const body = request.method === 'HEAD' ? undefined : renderError(error, request, requestId)
    send(response, requestId, { status: error.statusCode, headers: error.headers, ...(body ? { body } : {}) })
  }
}

function renderError(error: S3Error, request: IncomingMessage, requestId: string): string {
  return renderErrorXml({
    Code: error.code,
    Message: error.message,
    Resource: (request.url ?? '/').split('?')[0],
    RequestId: requestId,
    HostId: 'embedded',
  })
}

function send(response: ServerResponse, requestId: string, answer: S3Answer): void {
  const hasXml = typeof answer.body === 'string'
  const length = answer.body === undefined ? undefined : Buffer.byteLength(answer.body)
  response.writeHead(answer.status, {
    'x-amz-request-id': requestId,
    'x-amz-id-2': 'embedded',
    server: 'EmbeddedS3',
    ...(hasXml ? { 'content-type': 'application/xml' } : {}),
    ...(length === undefined ? {} : { 'content-length': String(length) }),
    ...answer.headers,
  })
  response.end(answer.body)
}
