/**
 * The HTTPS front of the embedded cluster: authentication, authorisation, injected failures, the handlers, the audit log.
 * Every request leaves exactly one audit entry.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { AuditEntry, AuditLog } from './audit-log.ts'
import { authenticate } from './authentication.ts'
import type { AuthenticatedUser, Principal } from './authentication.ts'
import { refuseAccess } from './authorization.ts'
import type { RoleGrant } from './authorization.ts'
import { chooseForm } from './object-form.ts'
import { answerPlainPath } from './plain-answers.ts'
import type { FaultEffect, RequestFaults } from './request-faults.ts'
import { parseRoute } from './request-route.ts'
import type { ResourceRoute } from './request-route.ts'
import { handleResource, storedPlural } from './resource-handlers.ts'
import type { Answer, ClusterSide } from './resource-handlers.ts'
import { failure, StatusError } from './status-answer.ts'
import { checkWatch, streamWatch } from './watch-objects.ts'

export interface ApiServerOptions {
  readonly cluster: ClusterSide
  readonly clusterName: string
  readonly principals: readonly Principal[]
  readonly grants: readonly RoleGrant[]
  readonly audit: AuditLog
  readonly faults: RequestFaults
  /** PEM. */
  readonly key: string
  readonly cert: string
  /** 0: any free one. */
  readonly port: number
}

/** The real server's limit on a request body. */
const MAX_BODY_BYTES = 3 * 1024 * 1024

/** Listens on 127.0.0.1. `close` cuts what is still open. */
export async function startApiServer(
  options: ApiServerOptions,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createServer({ key: options.key, cert: options.cert }, (request, response) => {
    serve(options, request, response).catch((error: unknown) => {
      // A bug of the emulator: visible to the client and on the console, never swallowed.
      console.error('embedded Kubernetes API:', error)
      if (!response.headersSent) response.writeHead(500).end()
      else response.destroy()
    })
  })
  // Watches are quiet for long; the request time-outs of node:http are about bodies that never end.
  server.keepAliveTimeout = 75_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', resolve)
  })
  const close = (): Promise<void> =>
    new Promise(resolve => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { port: (server.address() as AddressInfo).port, close }
}

/** What is known of a request while it is worked on. */
interface Exchange {
  readonly auditId: string
  readonly receivedAt: Date
  readonly request: IncomingMessage
  readonly response: ServerResponse
  user?: AuthenticatedUser
  route?: ResourceRoute
  body: string
  fault?: FaultEffect
}

async function serve(options: ApiServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const exchange: Exchange = { auditId: randomUUID(), receivedAt: new Date(), request, response, body: '' }
  let answer: Answer | 'streaming'
  try {
    answer = await answerRequest(options, exchange)
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    answer = { code: error.body.code, headers: error.headers, json: error.body }
  }
  const code = answer === 'streaming' ? 200 : answer.code
  options.audit.append(auditEntry(exchange, code, answer))
  if (answer !== 'streaming') await deliver(exchange, answer)
}

async function answerRequest(options: ApiServerOptions, exchange: Exchange): Promise<Answer | 'streaming'> {
  const { request, response } = exchange
  exchange.body = await readBody(request)
  const url = new URL(request.url ?? '/', 'https://127.0.0.1')
  const route = parseRoute(request.method ?? 'GET', url)
  if (route.kind === 'resource') exchange.route = withBodyName(route.resource, exchange.body)
  const verdict = authenticate(request.headers.authorization, options.clusterName, options.principals, new Date())
  if ('refused' in verdict) throw failure(401, 'Unauthorized', 'Unauthorized')
  exchange.user = verdict.user
  if (route.kind === 'unknown') return { code: 404, text: Buffer.from('404 page not found\n') }
  if (route.kind === 'plain') {
    const plain = answerPlainPath(route.path)
    return 'json' in plain ? { code: 200, json: plain.json } : { code: 200, text: Buffer.from(plain.text) }
  }
  const { resource } = route
  const full = resource.plural + (resource.subresource === undefined ? '' : `/${resource.subresource}`)
  const refused = refuseAccess(verdict.user, { ...resource, resource: full }, options.grants)
  if (refused !== undefined) throw refused
  const fault = options.faults.take({ ...exchange.route, verb: resource.verb, resource: full })
  if (fault !== undefined) exchange.fault = fault
  if (fault?.kind === 'status') throw injectedStatus(fault)
  if (fault?.kind === 'cut' || fault?.kind === 'hang') return { code: 0 }
  const accept = request.headers.accept
  if (resource.verb === 'watch') return watch(options, resource, url.searchParams, accept, response, exchange.auditId)
  return handleResource(options.cluster, { route: resource, query: url.searchParams, body: exchange.body, accept })
}

function watch(
  options: ApiServerOptions,
  route: ResourceRoute,
  query: URLSearchParams,
  accept: string | undefined,
  response: ServerResponse,
  auditId: string,
): 'streaming' {
  const plural = storedPlural(route)
  if (plural === undefined) throw failure(404, 'NotFound', 'the server could not find the requested resource')
  const form = chooseForm(accept, query.get('includeObject'))
  const request = { plural, query, form, ...(route.namespace === undefined ? {} : { namespace: route.namespace }) }
  checkWatch(request)
  response.writeHead(200, {
    'Audit-Id': auditId,
    'Cache-Control': 'no-cache, private',
    'Content-Type': 'application/json',
  })
  response.flushHeaders()
  streamWatch(options.cluster.store, request, response)
  return 'streaming'
}

/** 429 without Retry-After does not happen; the real server says 1. */
function injectedStatus(fault: Extract<FaultEffect, { kind: 'status' }>): StatusError {
  const reasons: Readonly<Record<number, string>> = {
    429: 'TooManyRequests',
    500: 'InternalError',
    503: 'ServiceUnavailable',
    504: 'Timeout',
  }
  const seconds = fault.retryAfterSeconds ?? (fault.code === 429 ? 1 : undefined)
  const { body } = failure(
    fault.code,
    reasons[fault.code],
    fault.message ?? `injected ${fault.code}`,
    seconds === undefined ? undefined : { retryAfterSeconds: seconds },
  )
  return new StatusError(body, seconds === undefined ? {} : { 'Retry-After': String(seconds) })
}

async function deliver(exchange: Exchange, answer: Answer): Promise<void> {
  const { response, fault } = exchange
  if (fault?.kind === 'hang' || fault?.kind === 'hang-after') return
  if (fault?.kind === 'cut' || fault?.kind === 'cut-after') {
    response.destroy()
    return
  }
  if (fault?.kind === 'slow') await new Promise(resolve => setTimeout(resolve, fault.seconds * 1000))
  const body = answer.text ?? Buffer.from(JSON.stringify(answer.json))
  const type = answer.text === undefined ? 'application/json' : 'text/plain'
  response.writeHead(answer.code, {
    'Audit-Id': exchange.auditId,
    'Cache-Control': 'no-cache, private',
    'Content-Type': type,
    ...(answer.code === 204 ? {} : { 'Content-Length': String(body.length) }),
    ...answer.headers,
  })
  response.end(answer.code === 204 ? undefined : body)
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) throw failure(413, 'RequestEntityTooLarge', `limit is ${MAX_BODY_BYTES}`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** The audit log and injected failures know a create by the name in its body. */
function withBodyName(route: ResourceRoute, body: string): ResourceRoute {
  if (route.verb !== 'create' || route.name !== undefined) return route
  try {
    const name: unknown = (JSON.parse(body) as { metadata?: { name?: unknown } }).metadata?.name
    return typeof name === 'string' ? { ...route, name } : route
  } catch {
    return route
  }
}

function auditEntry(exchange: Exchange, code: number, answer: Answer | 'streaming'): AuditEntry {
  const { user, route, request, fault } = exchange
  const json =
    answer === 'streaming' ? undefined : (answer.json as { metadata?: { uid?: string }; reason?: string } | undefined)
  const uid = json?.metadata?.uid
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: exchange.auditId,
    stage: answer === 'streaming' ? 'ResponseStarted' : 'ResponseComplete',
    requestURI: request.url ?? '/',
    verb: route?.verb ?? (request.method ?? 'GET').toLowerCase(),
    user: user === undefined ? {} : auditUser(user),
    ...(route === undefined ? {} : { objectRef: objectRef(route, uid) }),
    responseStatus: { code, ...(json?.reason === undefined ? {} : { reason: json.reason }) },
    requestReceivedTimestamp: exchange.receivedAt.toISOString(),
    stageTimestamp: new Date().toISOString(),
    ...(fault === undefined ? {} : { annotations: { 'sparkgate.dev/injected': fault.kind } }),
  }
}

function auditUser(user: AuthenticatedUser): AuditEntry['user'] {
  const extra = { arn: [user.username], canonicalArn: [user.roleArn], accessKeyId: [user.accessKeyId] }
  return { username: user.username, groups: user.groups, extra }
}

function objectRef(route: ResourceRoute, uid: string | undefined): NonNullable<AuditEntry['objectRef']> {
  return {
    resource: route.plural,
    ...(route.namespace === undefined ? {} : { namespace: route.namespace }),
    ...(route.name === undefined ? {} : { name: route.name }),
    ...(uid === undefined ? {} : { uid }),
    ...(route.group === '' ? {} : { apiGroup: route.group }),
    apiVersion: route.group === '' ? 'v1' : 'v1beta2',
    ...(route.subresource === undefined ? {} : { subresource: route.subresource }),
  }
}
