/**
 * Verifies bearer tokens as the JWT authorizer of an HTTP API does: an RSA signature from a fixed list of algorithms, a
 * key that is found by `kid` in the configured key set and nowhere else (jku, x5u, jwk and x5c in a token are ignored),
 * issuer, audience (`aud`, or `client_id` where there is none), and the times. API Gateway documents no leeway: none here.
 */
import { createLocalJWKSet, errors, jwtVerify } from 'jose'
import type { JSONWebKeySet, JWTPayload, JWTVerifyGetKey } from 'jose'
import type { AuthorizationVerdict } from './identity.ts'

/** The authorizer's settings. */
export interface JwtAuthorizerOptions {
  readonly issuer: string
  readonly audience: readonly string[]
  /** Fetches the issuer's keys. */
  readonly jwks: () => Promise<JSONWebKeySet>
  /** Default RS256 alone. Only RSA algorithms work with API Gateway. */
  readonly algorithms?: readonly ('RS256' | 'RS384' | 'RS512')[]
  readonly now?: () => Date
}

/** Checks one token. Never rejects for a bad token; rejects when the keys cannot be fetched. */
export type CheckToken = (token: string) => Promise<AuthorizationVerdict>

/** A token above this is no token; API Gateway's header limit is about the same. */
const maximumTokenCharacters = 8192
/** API Gateway keeps keys for up to two hours; an unknown `kid` fetches again, but not more often than this. */
const keyLifetimeMilliseconds = 2 * 3_600_000
const refetchCooldownMilliseconds = 30_000

/** Creates the check; keys are fetched with the first token. */
export function createJwtAuthorizer(options: JwtAuthorizerOptions): CheckToken {
  const now = options.now ?? (() => new Date())
  const findKey = makeKeyFinder(options.jwks, now)
  const algorithms = [...(options.algorithms ?? ['RS256'])]
  return async token => {
    if (token.length > maximumTokenCharacters) return refuse('the token is too long')
    try {
      const currentDate = now()
      const settings = { issuer: options.issuer, algorithms, currentDate, clockTolerance: 0, requiredClaims: ['exp'] }
      const { payload, protectedHeader } = await jwtVerify(token, findKey, settings)
      if (typeof protectedHeader.kid !== 'string') return refuse('the token has no key id')
      const problem = findClaimProblem(payload, options.audience, currentDate)
      if (problem !== undefined) return refuse(problem)
      return { kind: 'allowed', identity: { jwt: { claims: renderClaims(payload), scopes: readScopes(payload) } } }
    } catch (error) {
      if (error instanceof errors.JOSEError) return refuse(error.message)
      throw error
    }
  }
}

function refuse(reason: string): AuthorizationVerdict {
  return { kind: 'unauthorized', reason }
}

function makeKeyFinder(fetchKeys: () => Promise<JSONWebKeySet>, now: () => Date): JWTVerifyGetKey {
  let keys: ReturnType<typeof createLocalJWKSet> | undefined
  let fetchedAt = -Infinity
  const fetchAgain = async (): Promise<ReturnType<typeof createLocalJWKSet>> => {
    fetchedAt = now().getTime()
    keys = createLocalJWKSet(await fetchKeys())
    return keys
  }
  return async (header, token) => {
    if (typeof header.kid !== 'string' || header.kid === '')
      throw new errors.JWKSNoMatchingKey('the token has no key id')
    const ageMilliseconds = now().getTime() - fetchedAt
    const known = keys === undefined || ageMilliseconds > keyLifetimeMilliseconds ? await fetchAgain() : keys
    try {
      return await known(header, token)
    } catch (error) {
      const mayBeNew = error instanceof errors.JWKSNoMatchingKey && ageMilliseconds > refetchCooldownMilliseconds
      if (!mayBeNew) throw error
      return (await fetchAgain())(header, token)
    }
  }
}

/** What the library does not check as API Gateway does: `client_id` in place of `aud`, and an `iat` in the future. */
function findClaimProblem(payload: JWTPayload, audience: readonly string[], now: Date): string | undefined {
  const allowed = new Set(audience)
  const { aud, iat } = payload
  const claimed = aud === undefined ? payload['client_id'] : aud
  const values = Array.isArray(claimed) ? claimed : [claimed]
  if (!values.some(value => typeof value === 'string' && allowed.has(value))) {
    return 'the token does not have a valid audience'
  }
  if (iat !== undefined && (typeof iat !== 'number' || iat > now.getTime() / 1000))
    return 'the token was issued in the future'
  return undefined
}

/** Every claim as text: an array as `[a b]`, an object as JSON, the rest as it prints. */
function renderClaims(payload: JWTPayload): Record<string, string> {
  return Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, renderClaim(value)]))
}

function renderClaim(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(renderClaim).join(' ')}]`
  if (typeof value === 'string') return value
  return JSON.stringify(value) ?? ''
}

function readScopes(payload: JWTPayload): string[] {
  const scope = payload['scope'] ?? payload['scp']
  if (Array.isArray(scope)) return scope.filter(item => typeof item === 'string')
  return typeof scope === 'string' ? scope.split(' ').filter(Boolean) : []
}
