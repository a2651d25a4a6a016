/**
 * Stands between one function and all of AWS: passes each request on to the emulator of its service, which the signature names,
 * and keeps what was asked.
 */
import { request as requestHttp } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBody, startLoopbackServer } from '../../local/aws/loopback-server.ts'
import type { RecordedRequest } from './aws-call.ts'

export interface RecordingProxy {
  readonly url: string
  readonly requests: readonly RecordedRequest[]
  close(): Promise<void>
}

const MAX_BODY_BYTES = 8 * 1024 * 1024

/** `upstreams` by the service's name in signatures. */
export async function startRecordingProxy(upstreams: Readonly<Record<string, string>>): Promise<RecordingProxy> {
  const requests: RecordedRequest[] = []
  const server = await startLoopbackServer(0, async (request, response) => {
    const body = (await readBody(request, MAX_BODY_BYTES)) ?? Buffer.alloc(0)
    const [, service = ''] = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(request.headers.authorization ?? '') ?? []
    const upstream = upstreams[service]
    if (upstream === undefined)
      throw new Error(`a request for ${service || 'nobody'}: ${request.method} ${request.url}`)
    const target = request.headers['x-amz-target']
    requests.push({
      method: request.method ?? '',
      path: request.url ?? '',
      target: Array.isArray(target) ? target[0] : target,
      service,
      body: body.toString('utf8'),
    })
    await passOn(upstream, request, body, response)
  })
  return { url: server.url, requests, close: () => server.close() }
}

/** With the same headers: the Host header is part of the signature. */
async function passOn(
  upstream: string,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const { hostname, port } = new URL(upstream)
  const { method, url: path, headers } = request
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const passed = requestHttp({ hostname, port, method, path, headers }, resolve)
    passed.on('error', reject)
    passed.end(body)
  })
  response.writeHead(answer.statusCode ?? 502, answer.headers)
  answer.pipe(response)
}
