/**
 * api: the HTTPS API (HTTP API payload 2.0). API Gateway has verified who calls; here it becomes a member of a team, or
 * nobody. Every request passes the same checks in the same order; then one route runs.
 */
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { edge } from '../../shared/runtime/edge.ts'
import { HttpProblem, problem, unexpected } from '../../shared/runtime/http.ts'
import { audit, isDenial } from './audit.ts'
import { callerOf } from './caller.ts'
import type { Caller } from './caller.ts'
import type { ApiDeps } from './deps.ts'
import { findRoute } from './fallback.ts'
import type { ApiEvent } from './event.ts'
import { checkAccept } from './accept.ts'
import { readQuery } from './query.ts'
import { countRequest } from './rate-limit.ts'
import { checkRole } from './check-role.ts'
import type { Answer, Route } from './route.ts'
import { ROUTES } from './routes.ts'

export const createHandler = (deps: ApiDeps) =>
  edge<APIGatewayProxyEventV2, Answer>(deps.log).handler(async event => respond(deps, event))

/** What becomes known of a request on its way, for headers and the audit trail. */
interface Progress {
  caller?: Caller
  route?: Route
  path: Readonly<Record<string, string | undefined>>
  headers: Readonly<Record<string, string>>
}

async function respond(deps: ApiDeps, event: ApiEvent): Promise<Answer> {
  const { requestId } = event.requestContext
  const progress: Progress = { path: {}, headers: {} }
  const answer = await attempt(deps, event, progress).catch((error: unknown) => {
    if (error instanceof HttpProblem) return problem(error, requestId)
    deps.log.error('a request failed', { requestId, error })
    return problem(unexpected(error), requestId)
  })
  if (progress.route?.isDecision === true || isDenial(answer)) {
    const { caller, path } = progress
    const operation = progress.route?.id ?? 'unknown'
    audit(deps.log, event, { operation, path, answer, ...(caller !== undefined && { caller }) })
  }
  const fitting = fits(answer) ? answer : problem(new HttpProblem('too-large', TOO_LARGE), requestId)
  const headers = { ...fitting.headers, ...progress.headers }
  const isHead = event.requestContext.http?.method === 'HEAD'
  return { ...fitting, headers, ...(isHead && { body: '' }) }
}

/** Lambda's limit is 6 MB for the whole answer, in which the body stands as a JSON text; headers have what is left. */
const MAX_ANSWER_BYTES = 5_900_000
const TOO_LARGE = 'The answer would have more than 6 MB: ask about fewer documents at a time, or for fewer lines.'
/** Escaped and as UTF-8 a character has at most six bytes. */
const MOST_BYTES_OF_A_CHARACTER = 6

const fits = ({ body = '' }: Answer): boolean =>
  body.length * MOST_BYTES_OF_A_CHARACTER <= MAX_ANSWER_BYTES ||
  Buffer.byteLength(JSON.stringify(body)) <= MAX_ANSWER_BYTES

async function attempt(deps: ApiDeps, event: ApiEvent, progress: Progress): Promise<Answer> {
  const caller = callerOf(deps.platform, event)
  progress.caller = caller
  const { headers, refusal } = await countRequest(deps, caller)
  progress.headers = headers
  if (refusal !== undefined) throw refusal
  const found = findRoute(ROUTES, event)
  if ('answer' in found) return found.answer
  const { route, path } = found
  Object.assign(progress, { route, path })
  checkRole(route, caller)
  checkAccept(event)
  const query = readQuery(event.rawQueryString, route.query)
  const { requestId } = event.requestContext
  return route.run({ deps, caller, event, query, path, requestId })
}
