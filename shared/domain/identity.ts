/**
 * Rule 13: a team comes from a verified identity and nothing else. Own-property look-ups and exact comparison only; a
 * claim that is not one plain string names nobody. What an identity may do comes with its membership.
 */
import type { Platform, Team } from './platform/platform.ts'

/** What a member of a team may do; every member may look. */
export const ROLES = ['viewer', 'submitter', 'operator'] as const
/** `viewer` looks, `submitter` submits, `operator` cancels and retries. */
export type Role = (typeof ROLES)[number]

export interface Membership {
  readonly team: string
  readonly roles: readonly Role[]
}

/** One side of an identity that somebody verified. */
export type VerifiedIdentity =
  | { readonly claim: unknown }
  /** `userArn` of IAM; a role session is `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`. */
  | { readonly userArn: unknown }

/** Whoever stands under `claims` or `principals` of a team works with its jobs, as before there were roles. */
const FULL_MEMBER: readonly Role[] = ['submitter', 'operator']

/** The team and roles of an identity; undefined when it belongs to none. */
export function membershipOf(platform: Platform, identity: VerifiedIdentity): Membership | undefined {
  if ('claim' in identity) {
    const { claim } = identity
    return typeof claim === 'string' ? memberBy(platform, team => rolesOfClaim(team, claim)) : undefined
  }
  const principal = principalOf(identity.userArn)
  if (principal === undefined) return undefined
  // Exact names first, whatever the order of teams: a pattern is for those whom nobody named.
  return (
    memberBy(platform, team => rolesOfPrincipal(team, principal)) ??
    memberBy(platform, team => rolesByPattern(team, principal))
  )
}

/** Whether an identity may stop and resume teams and clusters; it need not belong to a team. */
export function isAdmin(platform: Platform, identity: VerifiedIdentity): boolean {
  if ('claim' in identity) return platform.admins.some(admin => 'claim' in admin && admin.claim === identity.claim)
  const principal = principalOf(identity.userArn)
  return platform.admins.some(admin => 'principal' in admin && roleWithoutPath(admin.principal) === principal)
}

/** Team of a JWT whose signature, issuer and audience somebody verified; undefined when the claim names none. */
export const teamOfClaim = (platform: Platform, claim: unknown): string | undefined =>
  membershipOf(platform, { claim })?.team

/** Team of an IAM principal that API Gateway verified; undefined when it belongs to none. */
export const teamOfPrincipal = (platform: Platform, userArn: unknown): string | undefined =>
  membershipOf(platform, { userArn })?.team

function memberBy(platform: Platform, rolesOf: (team: Team) => readonly Role[] | undefined): Membership | undefined {
  for (const [team, settings] of Object.entries(platform.teams)) {
    const roles = rolesOf(settings)
    if (roles !== undefined) return { team, roles }
  }
  return undefined
}

const rolesOfClaim = ({ claims, members }: Team, claim: string): readonly Role[] | undefined =>
  claims.includes(claim) ? FULL_MEMBER : members.find(member => 'claim' in member && member.claim === claim)?.roles

const rolesOfPrincipal = ({ principals, members }: Team, principal: string): readonly Role[] | undefined =>
  principals.some(each => roleWithoutPath(each) === principal)
    ? FULL_MEMBER
    : members.find(member => 'principal' in member && roleWithoutPath(member.principal) === principal)?.roles

/** The longest pattern wins within a team; patterns of two teams never overlap (platform-problems.ts). */
function rolesByPattern({ members }: Team, principal: string): readonly Role[] | undefined {
  const fitting = members
    .flatMap(member => ('principal' in member && member.principal.endsWith('*') ? [member] : []))
    .filter(member => principal.startsWith(patternPrefix(member.principal)))
  return fitting.toSorted((a, b) => b.principal.length - a.principal.length)[0]?.roles
}

/** What a principal begins with that a pattern means: `…:role/etl-*` → `…:role/etl-`. */
export const patternPrefix = (pattern: string): string => pattern.slice(0, -1)

/** The role of a session, or the user itself. */
function principalOf(userArn: unknown): string | undefined {
  if (typeof userArn !== 'string') return undefined
  const match = /^arn:([a-z-]+):sts::(\d{12}):assumed-role\/([^/]+)\/[^/]+$/.exec(userArn)
  return match ? `arn:${match[1]}:iam::${match[2]}:role/${match[3]}` : userArn
}

/**
 * A session's ARN has no path, and names of roles are unique in an account whatever their path (IAM user guide, "IAM
 * identifiers"): people copy ARNs with a path, so the platform file may have it.
 */
export const roleWithoutPath = (arn: string): string =>
  arn.replace(/^(arn:[a-z-]+:iam::\d{12}:role\/)(?:[^*]*\/)([^/]+)$/, '$1$2')

/** Team of an inbox key: the longest prefix, which always ends at a `/`. */
export function teamOfInboxKey(platform: Platform, key: string): string | undefined {
  let best: { team: string; length: number } | undefined
  for (const [name, team] of Object.entries(platform.teams)) {
    for (const prefix of team.inboxPrefixes) {
      if (key.startsWith(prefix) && prefix.length > (best?.length ?? 0)) best = { team: name, length: prefix.length }
    }
  }
  return best?.team
}
