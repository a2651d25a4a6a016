/**
 * Chooses a route as an HTTP API does: a route with the exact path before one with `{parameters}`, before a greedy
 * `{proxy+}`, before `$default`; among equals the named method before ANY. Paths are split before they are decoded, so
 * that `%2F` in a parameter does not become a segment.
 */

/** One route. `required` means a JWT or an IAM signature; `none` lets everybody in. */
export interface HttpApiRoute {
  /** `POST /v1/jobs`, `GET /v1/jobs/{id}`, `ANY /console/{proxy+}` or `$default`. */
  readonly routeKey: string
  readonly authorization: 'required' | 'none'
}

/** A chosen route and its decoded path parameters. */
export interface RouteMatch {
  readonly route: HttpApiRoute
  readonly pathParameters: Record<string, string>
}

/** Finds the route for a method and a raw path (still percent-encoded); undefined means 404. */
export type FindRoute = (method: string, rawPath: string) => RouteMatch | undefined

interface CompiledRoute {
  readonly route: HttpApiRoute
  readonly method: string
  readonly segments: readonly string[]
}

const routeKeyPattern = /^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|ANY) (\/\S*)$/

/** Compiles the table. Throws for a route key that API Gateway would refuse, and for two equal ones. */
export function compileRoutes(routes: readonly HttpApiRoute[]): FindRoute {
  const keys = new Set(routes.map(route => route.routeKey))
  if (keys.size !== routes.length) throw new Error('Two routes have the same key.')
  const compiled = routes.filter(route => route.routeKey !== '$default').map(compileRoute)
  const fallback = routes.find(route => route.routeKey === '$default')
  return (method, rawPath) => {
    const segments = splitPath(rawPath)
    const matching = compiled.filter(route => matches(route, method, segments))
    const best = matching.toSorted((left, right) => compareSpecificity(left, right, segments.length))[0]
    if (best) {
      const pathParameters = readParameters(best.segments, segments)
      return pathParameters && { route: best.route, pathParameters }
    }
    return fallback && { route: fallback, pathParameters: {} }
  }
}

/** Decodes percent encoding; undefined when it is malformed. */
export function decodePercent(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined // %ZZ or half of a UTF-8 sequence: the caller refuses the request
  }
}

function compileRoute(route: HttpApiRoute): CompiledRoute {
  const [, method, path] = routeKeyPattern.exec(route.routeKey) ?? []
  const segments = path === undefined ? [] : splitPath(path)
  const isGreedyInside = segments.slice(0, -1).some(segment => segment.endsWith('+}'))
  if (method === undefined || isGreedyInside) {
    throw new Error(`"${route.routeKey}" is no route key; use "GET /path/{id}", "ANY /path/{proxy+}" or "$default".`)
  }
  return { route, method, segments }
}

/** `/v1/jobs` → `v1`, `jobs`. The empty text behind a trailing slash is a segment of its own. */
function splitPath(path: string): string[] {
  return path.split('/').slice(1)
}

function matches(route: CompiledRoute, method: string, segments: readonly string[]): boolean {
  if (route.method !== 'ANY' && route.method !== method) return false
  const isGreedy = isGreedySegment(route.segments.at(-1))
  if (isGreedy ? segments.length < route.segments.length : segments.length !== route.segments.length) return false
  return route.segments.every((pattern, index) => {
    const segment = segments[index] ?? ''
    return isParameter(pattern) ? segment !== '' : pattern === segment
  })
}

/** Negative when `left` is the better route. */
function compareSpecificity(left: CompiledRoute, right: CompiledRoute, length: number): number {
  const isGreedy = (route: CompiledRoute): number => Number(isGreedySegment(route.segments.at(-1)))
  if (isGreedy(left) !== isGreedy(right)) return isGreedy(left) - isGreedy(right)
  for (let index = 0; index < length; index += 1) {
    const leftIsParameter = isParameter(left.segments[index] ?? '{}')
    const rightIsParameter = isParameter(right.segments[index] ?? '{}')
    if (leftIsParameter !== rightIsParameter) return Number(leftIsParameter) - Number(rightIsParameter)
  }
  return Number(left.method === 'ANY') - Number(right.method === 'ANY')
}

function readParameters(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  const parameters = Object.create(null) as Record<string, string>
  for (const [index, name] of pattern.entries()) {
    if (!isParameter(name)) continue
    const raw = isGreedySegment(name) ? segments.slice(index).join('/') : (segments[index] ?? '')
    const value = decodePercent(raw)
    if (value === undefined) return undefined
    parameters[name.slice(1, isGreedySegment(name) ? -2 : -1)] = value
  }
  return { ...parameters }
}

function isParameter(segment: string): boolean {
  return segment.startsWith('{') && segment.endsWith('}')
}

function isGreedySegment(segment: string | undefined): boolean {
  return segment?.endsWith('+}') ?? false
}
