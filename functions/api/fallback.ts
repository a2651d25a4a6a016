/**
 * What no route key fits: API Gateway sends it to the catch-all route. A path that exists with another method is a 405 that
 * says which methods there are; HEAD is GET without the body; OPTIONS tells the methods and nothing about origins (no CORS).
 */
import { empty, HttpProblem } from '../../shared/runtime/http.ts'
import type { ApiEvent } from './event.ts'
import type { Answer, Route } from './route.ts'

/** Catches what is under /v1 and has no route of its own. */
export const CATCH_ALL = 'ANY /v1/{proxy+}'

/** The route of a request, or its whole answer. */
export type Found =
  { readonly route: Route; readonly path: Readonly<Record<string, string | undefined>> } | { readonly answer: Answer }

export function findRoute(routes: Readonly<Record<string, Route>>, event: ApiEvent): Found {
  const route = Object.hasOwn(routes, event.routeKey) ? routes[event.routeKey] : undefined
  if (route !== undefined && event.routeKey !== CATCH_ALL) return { route, path: event.pathParameters ?? {} }
  const proxy = event.routeKey === CATCH_ALL ? event.pathParameters?.['proxy'] : undefined
  const matches = proxy === undefined ? [] : matchesOf(routes, `/v1/${proxy}`)
  const method = event.requestContext.http?.method
  // A path of ours that API Gateway did not know as such was written in a way of its own (`/v1/who%61mi`).
  if (matches.length === 0 || matches.some(match => match.method === method))
    throw new HttpProblem('not-found', 'There is nothing here.')
  const get = matches.find(({ method }) => method === 'GET')
  const methods = [...matches.map(({ method }) => method), ...(get === undefined ? [] : ['HEAD']), 'OPTIONS']
  const allow = { allow: [...new Set(methods)].join(', ') }
  if (method === 'HEAD' && get !== undefined) return { route: get.route, path: get.path }
  if (method === 'OPTIONS') return { answer: empty(204, allow) }
  throw new HttpProblem('method-not-allowed', `Allowed here: ${allow.allow}.`, { headers: allow })
}

interface Match {
  readonly method: string
  readonly route: Route
  readonly path: Readonly<Record<string, string>>
}

/** Routes of any method whose path this is. It came decoded; what a parameter may hold is each route's own check. */
function matchesOf(routes: Readonly<Record<string, Route>>, path: string): readonly Match[] {
  const segments = path.split('/')
  return Object.entries(routes).flatMap(([key, route]) => {
    const [method = '', pattern = ''] = key.split(' ')
    const parts = pattern.split('/')
    if (key === CATCH_ALL || parts.length !== segments.length) return []
    const isParameter = (part: string): boolean => part.startsWith('{')
    const fits = parts.every((part, index) => (isParameter(part) ? segments[index] !== '' : part === segments[index]))
    if (!fits) return []
    const found = parts.flatMap((part, index) =>
      isParameter(part) ? [[part.slice(1, -1), segments[index] ?? '']] : [],
    )
    return [{ method, route, path: Object.fromEntries(found) as Record<string, string> }]
  })
}
