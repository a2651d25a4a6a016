/** Renders a request as the event of an HTTP API with payload format 2.0. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import type { Identity } from './identity.ts'
import type { RawRequest } from './raw-request.ts'
import { decodePercent, type RouteMatch } from './route-table.ts'

/** The event; `authorizer` is there for callers that proved who they are. */
export type HttpApiEvent = APIGatewayProxyEventV2 & {
  requestContext: APIGatewayProxyEventV2['requestContext'] & { authorizer?: Identity }
}

/** The account and name that the request context shows. */
export interface HttpApiPlace {
  readonly accountId: string
  readonly apiId: string
}

/** What is text for API Gateway; every other body arrives as base64. */
const textContentType = /^(text\/|application\/(json|javascript|xml|[\w.+-]+\+(json|xml))\s*(;|$))/i

/**
 * Renders the event. Paths arrive decoded (also `rawPath`: unlike Lambda URLs, HTTP APIs decode it), the raw query
 * string does not. Undefined when the path or the query is not valid percent-encoding.
 */
export function renderRequestEvent(
  request: RawRequest,
  { route, pathParameters }: RouteMatch,
  identity: Identity | undefined,
  requestId: string,
  place: HttpApiPlace,
): HttpApiEvent | undefined {
  const path = decodePercent(request.rawPath)
  const query = parseQuery(request.rawQueryString)
  if (path === undefined || query === undefined) return undefined
  const headers = joinHeaders(request)
  const cookies = readCookies(request)
  const isText = request.body.length === 0 || textContentType.test(headers['content-type'] ?? 'text/plain')
  const now = new Date()
  return {
    version: '2.0',
    routeKey: route.routeKey,
    rawPath: path,
    rawQueryString: request.rawQueryString,
    ...(cookies.length > 0 && { cookies }),
    headers,
    ...(Object.keys(query).length > 0 && { queryStringParameters: query }),
    requestContext: {
      accountId: place.accountId,
      apiId: place.apiId,
      domainName: headers['host'] ?? '',
      domainPrefix: place.apiId,
      http: {
        method: request.method,
        path,
        protocol: request.protocol,
        sourceIp: request.sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId,
      routeKey: route.routeKey,
      stage: '$default',
      time: renderLogTime(now),
      timeEpoch: now.getTime(),
      ...(identity && { authorizer: identity }),
    },
    ...(request.body.length > 0 && { body: request.body.toString(isText ? 'utf8' : 'base64') }),
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
    isBase64Encoded: !isText,
  }
}

/** Decodes a raw query; repeated names are joined by a comma. Undefined when the encoding is malformed. */
function parseQuery(rawQueryString: string): Record<string, string> | undefined {
  const values = new Map<string, string>()
  for (const pair of rawQueryString.split('&')) {
    if (pair === '') continue
    const [rawName = '', ...rest] = pair.split('=')
    const name = decodePercent(rawName.replaceAll('+', ' '))
    const value = decodePercent(rest.join('=').replaceAll('+', ' '))
    if (name === undefined || value === undefined) return undefined
    const known = values.get(name)
    values.set(name, known === undefined ? value : `${known},${value}`)
  }
  return Object.fromEntries(values)
}

/** Lower-case names; repeated headers joined by a comma; cookies have a field of their own. */
function joinHeaders(request: RawRequest): Record<string, string> {
  const joined = new Map<string, string>()
  for (const [name, value] of request.headers) {
    if (name === 'cookie') continue
    const known = joined.get(name)
    joined.set(name, known === undefined ? value : `${known},${value}`)
  }
  joined.set('x-forwarded-for', request.sourceIp)
  joined.set('x-forwarded-proto', 'http')
  return Object.fromEntries(joined)
}

function readCookies(request: RawRequest): string[] {
  return request.headers.flatMap(([name, value]) => (name === 'cookie' ? value.split(/;\s*/).filter(Boolean) : []))
}

/** The time of the common log format: `12/Mar/2026:19:03:58 +0000`. */
function renderLogTime(time: Date): string {
  const [, day, month, year, clock] = /^\w+, (\d+) (\w+) (\d+) (\S+)/.exec(time.toUTCString()) ?? []
  return `${day}/${month}/${year}:${clock} +0000`
}
