/** Who calls: from what API Gateway's authorizers verified, and from nothing else in the request (rule 13). */
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { teamOfClaim, teamOfPrincipal } from '../../shared/domain/identity.ts'
import type { Platform } from '../../shared/domain/platform/platform.ts'
import { HttpProblem } from '../../shared/runtime/http.ts'

export interface Caller {
  readonly team: string
  /** For the record: the JWT's subject or the principal's ARN. */
  readonly name: string
}

interface Authorizer {
  readonly jwt?: { readonly claims?: Readonly<Record<string, unknown>> }
  readonly iam?: { readonly userArn?: unknown }
}

export function callerOf(platform: Platform, event: APIGatewayProxyEventV2): Caller {
  const { authorizer } = event.requestContext as { authorizer?: Authorizer }
  const claims = authorizer?.jwt?.claims
  const claimName = platform.jwt?.teamClaim ?? 'sparkgate:team'
  const claim = claims !== undefined && Object.hasOwn(claims, claimName) ? claims[claimName] : undefined
  const userArn = authorizer?.iam?.userArn
  const team = claims === undefined ? teamOfPrincipal(platform, userArn) : teamOfClaim(platform, claim)
  if (team === undefined)
    throw new HttpProblem(403, 'This identity belongs to no team of this gateway. Ask your platform team to add it.')
  const subject = claims?.['sub']
  return { team, name: String(claims === undefined ? userArn : (subject ?? 'unknown')).slice(0, 256) }
}
