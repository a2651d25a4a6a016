/**
 * An API Gateway HTTP API on 127.0.0.1: routes, authorization, payload format 2.0, limits and error bodies, in front of
 * one function. One difference is deliberate: here one URL accepts both JWT and IAM, chosen by the scheme of the
 * Authorization header; in AWS a route has one authorizer, so these are two APIs.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseFunctionResult, type HttpAnswer } from './function-result.ts'
import { createIamAuthorizer, type CheckSignature, type IamAuthorizerOptions } from './iam-authorizer.ts'
import type { AuthorizationVerdict, Identity } from './identity.ts'
import { createJwtAuthorizer, type CheckToken, type JwtAuthorizerOptions } from './jwt-authorizer.ts'
import { headerValues, readRawRequest, type RawRequest } from './raw-request.ts'
import { renderRequestEvent, type HttpApiEvent, type HttpApiPlace } from './request-event.ts'
import { compileRoutes, type FindRoute, type HttpApiRoute, type RouteMatch } from './route-table.ts'
import { signatureScheme } from './signature-v4.ts'

/** `invoke` runs the function; it rejects when the function failed. */
export interface HttpApiOptions {
  /** Default 0: a free port. */
  readonly port?: number
  readonly routes: readonly HttpApiRoute[]
  readonly invoke: (event: HttpApiEvent) => Promise<unknown>
  readonly jwt: JwtAuthorizerOptions
  readonly iam: IamAuthorizerOptions
  readonly accountId?: string
  /** The integration's time limit: 30 seconds, as in AWS. */
  readonly timeoutMilliseconds?: number
  /** One line for each request; the reason of a refusal is here and not in the answer's body. */
  readonly onRequest?: (line: {
    method: string
    path: string
    status: number
    milliseconds: number
    reason?: string
  }) => void
}

/** A running API. */
export interface HttpApi {
  readonly url: string
  close(): Promise<void>
}

interface Front {
  readonly findRoute: FindRoute
  readonly checkToken: CheckToken
  readonly checkSignature: CheckSignature
  readonly place: HttpApiPlace
  readonly options: HttpApiOptions
}

interface Outcome {
  readonly answer: HttpAnswer
  /** Why it was refused; for logs. */
  readonly reason?: string
}

const defaultTimeoutMilliseconds = 30_000
/** Node refuses headers above this by itself (431); ours come first, at 10,240 bytes. */
const nodeHeaderBytes = 64 * 1024
/** Headers that are not whole after this are answered 408 and their connection closed: nothing is far away here. */
const headersMilliseconds = 4_000
/** Longer than clients keep a connection, so that it is they who end it: a request on its way would be lost otherwise. */
const idleMilliseconds = 60_000

/** Starts the API. Throws for a route table that API Gateway would refuse. */
export async function startHttpApi(options: HttpApiOptions): Promise<HttpApi> {
  const front: Front = {
    findRoute: compileRoutes(options.routes),
    checkToken: createJwtAuthorizer(options.jwt),
    checkSignature: createIamAuthorizer(options.iam),
    place: { accountId: options.accountId ?? '000000000000', apiId: 'local' },
    options,
  }
  const server = createServer(
    {
      maxHeaderSize: nodeHeaderBytes,
      headersTimeout: headersMilliseconds,
      connectionsCheckingInterval: headersMilliseconds / 8,
      keepAliveTimeout: idleMilliseconds,
    },
    (request, response) => void serve(front, request, response),
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function serve(front: Front, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const startedAt = performance.now()
  const requestId = randomUUID()
  let outcome: Outcome
  try {
    outcome = await answerRequest(front, request, requestId)
  } catch (error) {
    outcome = { answer: renderMessage(500, 'Internal Server Error'), reason: String(error) }
  }
  writeAnswer(response, outcome.answer, requestId, request.complete)
  const path = (request.url ?? '/').split('?')[0] ?? '/'
  const milliseconds = performance.now() - startedAt
  const reason = outcome.reason === undefined ? {} : { reason: outcome.reason }
  const { statusCode: status } = outcome.answer
  front.options.onRequest?.({ method: request.method ?? '', path, status, milliseconds, ...reason })
}

async function answerRequest(front: Front, incoming: IncomingMessage, requestId: string): Promise<Outcome> {
  const request = await readRawRequest(incoming)
  if (request === 'headers-too-large') return { answer: renderMessage(431, 'Request Header Fields Too Large') }
  if (request === 'malformed') return { answer: renderMessage(400, 'Bad Request') }
  if (request === 'stalled') return { answer: renderMessage(408, 'Request Timeout') }
  if (request === 'body-too-large') return { answer: renderMessage(413, 'Request Entity Too Large') }
  const match = front.findRoute(request.method, request.rawPath)
  if (match === undefined) return { answer: renderMessage(404, 'Not Found') }
  if (match.route.authorization === 'none') return callFunction(front, request, match, undefined, requestId)
  const verdict = await authorize(front, request)
  if (verdict.kind === 'allowed') return callFunction(front, request, match, verdict.identity, requestId)
  const answer = verdict.kind === 'forbidden' ? renderMessage(403, 'Forbidden') : renderUnauthorized(verdict.reason)
  return { answer, reason: verdict.reason }
}

/** Exactly one Authorization header, whose scheme chooses the check. */
async function authorize({ checkToken, checkSignature }: Front, request: RawRequest): Promise<AuthorizationVerdict> {
  const [authorization, ...more] = headerValues(request, 'authorization')
  if (authorization === undefined) return { kind: 'unauthorized', reason: 'there is no Authorization header' }
  if (more.length > 0) return { kind: 'unauthorized', reason: 'there is more than one Authorization header' }
  if (authorization.startsWith(`${signatureScheme} `)) return checkSignature(request, authorization)
  const [, token] = /^Bearer ([^\s,]+)$/i.exec(authorization) ?? []
  if (token === undefined) return { kind: 'unauthorized', reason: 'the scheme is neither Bearer nor a SigV4 signature' }
  return checkToken(token)
}

async function callFunction(
  { options, place }: Front,
  request: RawRequest,
  match: RouteMatch,
  identity: Identity | undefined,
  requestId: string,
): Promise<Outcome> {
  const event = renderRequestEvent(request, match, identity, requestId, place)
  if (event === undefined) return { answer: renderMessage(400, 'Bad Request'), reason: 'malformed percent-encoding' }
  const timer = Promise.withResolvers<'timeout'>()
  const timeout = setTimeout(() => timer.resolve('timeout'), options.timeoutMilliseconds ?? defaultTimeoutMilliseconds)
  try {
    const result = await Promise.race([options.invoke(event).then(value => ({ value })), timer.promise])
    // The function goes on after the time-out, as in AWS: the caller's 503 is not the function's end.
    if (result === 'timeout')
      return { answer: renderMessage(503, 'Service Unavailable'), reason: 'the function took too long' }
    const answer = parseFunctionResult(result.value)
    return answer
      ? { answer }
      : { answer: renderMessage(500, 'Internal Server Error'), reason: 'the result is malformed' }
  } catch (error) {
    const reason = `the function failed: ${String(error)}`
    return isThrottled(error)
      ? { answer: renderMessage(503, 'Service Unavailable'), reason }
      : { answer: renderMessage(500, 'Internal Server Error'), reason }
  } finally {
    clearTimeout(timeout)
  }
}

/** Lambda's own refusal: as many of the function run as may. */
const isThrottled = (error: unknown): boolean =>
  error instanceof Error && 'errorType' in error && error.errorType === 'TooManyRequestsException'

function renderUnauthorized(reason: string): HttpAnswer {
  const answer = renderMessage(401, 'Unauthorized')
  const description = reason.replaceAll(/[^\w .,-]/g, '')
  const challenge = `Bearer error="invalid_token" error_description="${description}"`
  return { ...answer, headers: { ...answer.headers, 'www-authenticate': challenge } }
}

function renderMessage(statusCode: number, message: string): HttpAnswer {
  const body = Buffer.from(JSON.stringify({ message }))
  return { statusCode, headers: { 'content-type': 'application/json' }, cookies: [], body }
}

/** `wasRead` false: the rest of the request is still on its way, so the connection cannot be used again. */
function writeAnswer(response: ServerResponse, answer: HttpAnswer, requestId: string, wasRead: boolean): void {
  if (!wasRead) response.shouldKeepAlive = false
  try {
    for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value)
    if (answer.cookies.length > 0) response.setHeader('set-cookie', [...answer.cookies])
  } catch {
    // A header that HTTP does not allow (a line break, say): API Gateway answers 500 as well.
    for (const name of response.getHeaderNames()) response.removeHeader(name)
    return writeAnswer(response, renderMessage(500, 'Internal Server Error'), requestId, wasRead)
  }
  response.setHeader('apigw-requestid', requestId)
  response.setHeader('content-length', answer.body.length)
  response.writeHead(answer.statusCode)
  response.end(answer.body)
}
