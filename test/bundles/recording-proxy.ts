/**
 * Stands between one function and all of AWS: passes each request on to the emulator of its service, which the signature names,
 * and keeps what was asked.
 */
import { request as requestHttp } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { readBody, startLoopbackServer } from '../../local/aws/loopback-server.ts'
import type { AwsKeys } from './s3-front.ts'
import { passS3 } from './s3-front.ts'

export interface RecordedRequest {
  readonly method: string
  /** With the query; of S3 with the bucket in front, however it was asked for. */
  readonly path: string
  /** `X-Amz-Target`, for the JSON protocols. */
  readonly target: string | undefined
  /** Of the signature: `dynamodb`, `sqs`, `s3` … */
  readonly service: string
  readonly body: string
}

export interface RecordingProxy {
  readonly url: string
  readonly requests: readonly RecordedRequest[]
  close(): Promise<void>
}

export interface ProxyOptions {
  /** By the service's name in signatures. */
  readonly upstreams: Readonly<Record<string, string>>
  /** Of the function: what it signs for S3 is checked against them. */
  readonly keys: AwsKeys
  /** S3 denies the function this key, as a bucket's policy would. */
  readonly unreadableKey?: string
}

/** What goes on to an emulator. */
export interface PassedRequest {
  readonly path: string
  readonly headers: IncomingHttpHeaders
}

const MAX_BODY_BYTES = 8 * 1024 * 1024
const DENIED = '<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'

/** Listens on a free port until `close`. */
export async function startRecordingProxy({ upstreams, keys, unreadableKey }: ProxyOptions): Promise<RecordingProxy> {
  const requests: RecordedRequest[] = []
  const server = await startLoopbackServer(0, async (request, response) => {
    const body = (await readBody(request, MAX_BODY_BYTES)) ?? Buffer.alloc(0)
    const [, service = ''] = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(request.headers.authorization ?? '') ?? []
    const upstream = upstreams[service]
    if (upstream === undefined)
      throw new Error(`a request for ${service || 'nobody'}: ${request.method} ${request.url}`)
    // With the same headers: the Host header is part of the signature.
    const same = { path: request.url ?? '/', headers: request.headers }
    const passed = service === 's3' ? await passS3(request, upstream, keys) : same
    const target = request.headers['x-amz-target']
    requests.push({
      method: request.method ?? '',
      path: passed.path,
      target: Array.isArray(target) ? target[0] : target,
      service,
      body: body.toString('utf8'),
    })
    const isDenied = unreadableKey !== undefined && service === 's3' && passed.path.includes(`/${unreadableKey}?`)
    if (isDenied) response.writeHead(403, { 'content-type': 'application/xml' }).end(DENIED)
    else await passOn(upstream, request.method ?? 'GET', passed, body, response)
  })
  return { url: server.url, requests, close: () => server.close() }
}

async function passOn(
  upstream: string,
  method: string,
  { path, headers }: PassedRequest,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const { hostname, port } = new URL(upstream)
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const passed = requestHttp({ hostname, port, method, path, headers }, resolve)
    passed.on('error', reject)
    passed.end(body)
  })
  response.writeHead(answer.statusCode ?? 502, answer.headers)
  answer.pipe(response)
}
