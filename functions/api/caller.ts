/** Who calls: from what API Gateway's authorizers verified, and from nothing else in the request (rule 13). */
import { isAdmin, membershipOf } from '../../shared/domain/identity.ts'
import type { Role, VerifiedIdentity } from '../../shared/domain/identity.ts'
import type { Platform } from '../../shared/domain/platform/platform.ts'
import { HttpProblem } from '../../shared/runtime/http.ts'
import type { ApiEvent } from './event.ts'

export interface Caller {
  /** Absent for an identity that belongs to no team. */
  readonly team?: string
  readonly roles: readonly Role[]
  readonly isAdmin: boolean
  readonly by: 'jwt' | 'iam'
  /** For the record: the JWT's subject or the principal's ARN. */
  readonly name: string
}

/** The same for all sessions of a role: who goes on with a list may have new credentials by then. */
export const principalOf = ({ by, name }: Caller): string =>
  `${by}:${name.replace(/^(arn:[^:]+:sts::\d+:assumed-role\/[^/]+)\/.*$/s, '$1')}`

interface Authorizer {
  readonly jwt?: { readonly claims?: Readonly<Record<string, unknown>> }
  readonly iam?: { readonly userArn?: unknown }
}

/** Longest name of a caller on record. */
const MAX_NAME_LENGTH = 256
const nameOf = (verified: unknown): string =>
  typeof verified === 'string' ? verified.slice(0, MAX_NAME_LENGTH) : 'unknown'

export function callerOf(platform: Platform, event: ApiEvent): Caller {
  const { authorizer } = event.requestContext as { authorizer?: Authorizer }
  const claims = authorizer?.jwt?.claims
  if (claims !== undefined && platform.jwt?.idTokens !== 'accept') refuseIdToken(claims)
  const claimName = platform.jwt?.teamClaim ?? 'sparkgate:team'
  const claim = claims !== undefined && Object.hasOwn(claims, claimName) ? claims[claimName] : undefined
  const userArn = authorizer?.iam?.userArn
  const identity: VerifiedIdentity = claims === undefined ? { userArn } : { claim }
  const member = membershipOf(platform, identity)
  return {
    ...(member !== undefined && { team: member.team }),
    roles: member?.roles ?? [],
    isAdmin: isAdmin(platform, identity),
    by: claims === undefined ? 'iam' : 'jwt',
    name: nameOf(claims === undefined ? userArn : claims['sub']),
  }
}

/**
 * Claims that only ID tokens have: `token_use` by Amazon Cognito, hashes of what was issued beside them and the nonce of the
 * sign-in by OpenID Connect Core 1.0 (2, 3.1.3.6, 3.3.2.11). API Gateway does not tell the kinds apart.
 */
const ID_TOKEN_CLAIMS = ['at_hash', 'c_hash', 'nonce']

function refuseIdToken(claims: Readonly<Record<string, unknown>>): void {
  const is = claims['token_use'] === 'id' || ID_TOKEN_CLAIMS.some(name => Object.hasOwn(claims, name))
  if (!is) return
  throw new HttpProblem(
    'not-an-access-token',
    'This is an ID token: it says who signed in to an application. Send the access token of the same sign-in.',
    { headers: { 'www-authenticate': 'Bearer error="invalid_token"' } },
  )
}
