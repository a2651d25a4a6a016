/**
 * The control over plain HTTP on loopback, for tests whose cluster is another process: `POST /control` with
 * `{op, args}` calls a method of ClusterControl, `GET /audit` reads the audit log.
 */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AuditLog } from './audit-log.ts'
import type { ClusterControl } from './cluster-control.ts'

const MAX_BODY_BYTES = 64 * 1024

/** `url` is `http://127.0.0.1:PORT`. Answers JSON: `{result}` or `{error}`. */
export async function startControlServer(
  control: ClusterControl,
  audit: AuditLog,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    answer(control, audit, request).then(
      ({ code, json }) => send(response, code, json),
      (error: unknown) => send(response, 500, { error: error instanceof Error ? error.message : 'unknown error' }),
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const close = (): Promise<void> =>
    new Promise(resolve => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}

interface ControlAnswer {
  readonly code: number
  readonly json: unknown
}

async function answer(control: ClusterControl, audit: AuditLog, request: IncomingMessage): Promise<ControlAnswer> {
  // A page in a browser can reach loopback: it cannot forge the Host header, nor send JSON without being asked first.
  const host = (request.headers.host ?? '').replace(/:\d+$/, '')
  if (host !== '127.0.0.1' && host !== 'localhost') return { code: 403, json: { error: 'loopback only' } }
  if (request.method === 'GET' && request.url === '/audit') {
    return { code: 200, json: { entries: audit.entries, dropped: audit.dropped } }
  }
  if (request.method !== 'POST' || request.url !== '/control') return { code: 404, json: { error: 'no such path' } }
  if (request.headers['content-type'] !== 'application/json')
    return { code: 415, json: { error: 'send application/json' } }
  const { op, args = [] } = JSON.parse(await readBody(request)) as {
    readonly op?: string
    readonly args?: readonly unknown[]
  }
  if (op === undefined || !Object.hasOwn(control, op)) {
    return { code: 400, json: { error: `op must be one of ${Object.keys(control).join(', ')}` } }
  }
  const method = control[op as keyof ClusterControl] as (...given: readonly unknown[]) => unknown
  return { code: 200, json: { result: method(...args) ?? null } }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8')
    if (text.length > MAX_BODY_BYTES) throw new Error(`more than ${MAX_BODY_BYTES} bytes`)
  }
  return text
}

function send(response: ServerResponse, code: number, json: unknown): void {
  response.writeHead(code, { 'Content-Type': 'application/json' }).end(JSON.stringify(json))
}
