/** The rate limit of a team, told in the fields of draft-ietf-httpapi-ratelimit-headers. */
import { HttpProblem } from '../../shared/runtime/http.ts'
import type { Caller } from './caller.ts'
import type { ApiDeps } from './deps.ts'

const WINDOW_SECONDS = 60

export interface Counted {
  /** What is left, for the answer. */
  readonly headers: Readonly<Record<string, string>>
  /** Present where this request is one too many. */
  readonly refusal?: HttpProblem
}

/** Counts the request. Who has no team has no count: API Gateway's own limit holds for him. */
export async function countRequest({ platform, rateLimits, clock }: ApiDeps, { team }: Caller): Promise<Counted> {
  if (rateLimits === undefined || team === undefined) return { headers: {} }
  const perMinute = platform.teams[team]?.requestsPerMinute ?? platform.api.requestsPerMinute
  const { allowed, remaining, resetSeconds } = await rateLimits.take(team, perMinute, clock.now())
  // A number that changes with each answer would tell equal answers apart; it helps those who come near the limit.
  const isNear = remaining < perMinute / 2
  const headers = {
    'ratelimit-policy': `"team";q=${perMinute};w=${WINDOW_SECONDS}`,
    ...(isNear && { ratelimit: `"team";r=${remaining};t=${resetSeconds}` }),
  }
  if (allowed) return { headers }
  return {
    headers,
    refusal: new HttpProblem('too-many-requests', `Team ${team} may make ${perMinute} requests a minute.`, {
      headers: { 'retry-after': String(resetSeconds) },
    }),
  }
}
