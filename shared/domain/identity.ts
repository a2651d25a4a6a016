/**
 * Rule 13: a team comes from a verified identity and nothing else. Own-property look-ups and exact comparison only; a
 * claim that is not one plain string names nobody.
 */
import type { Platform } from './platform/platform.ts'

/** Team of a JWT whose signature, issuer and audience somebody verified; undefined when the claim names none. */
export function teamOfClaim(platform: Platform, claim: unknown): string | undefined {
  if (typeof claim !== 'string') return undefined
  return findTeam(platform, team => team.claims.includes(claim))
}

/**
 * Team of an IAM principal that API Gateway verified. `userArn` of a role session is
 * `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`; the platform file names the role, `arn:aws:iam::ACCOUNT:role/NAME`.
 */
export function teamOfPrincipal(platform: Platform, userArn: unknown): string | undefined {
  if (typeof userArn !== 'string') return undefined
  const principal = roleOfSession(userArn) ?? userArn
  return findTeam(platform, team => team.principals.includes(principal))
}

function roleOfSession(userArn: string): string | undefined {
  const match = /^arn:([a-z-]+):sts::(\d{12}):assumed-role\/([^/]+)\/[^/]+$/.exec(userArn)
  return match ? `arn:${match[1]}:iam::${match[2]}:role/${match[3]}` : undefined
}

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

function findTeam(platform: Platform, matches: (team: Platform['teams'][string]) => boolean): string | undefined {
  return Object.entries(platform.teams).find(([, team]) => matches(team))?.[0]
}
