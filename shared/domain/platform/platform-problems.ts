/**
 * What a schema cannot say of a platform file: names that point nowhere, identities that two teams claim, and defaults
 * that no SparkApplication could have.
 */
import { currencyOf } from '../admission/spending.ts'
import { patternPrefix, roleWithoutPath } from '../identity.ts'
import type { JsonObject } from '../job-spec/canonical-spec.ts'
import { checkLayer } from '../job-spec/layers/check-layer.ts'
import { policyNamed, UnknownPolicy } from '../job-spec/policy/resolve-policy.ts'
import type { Platform } from './platform.ts'

/** One line a problem, beginning with its path. */
export function platformProblems(platform: Platform): readonly string[] {
  return [
    ...referenceProblems(platform),
    ...policyProblems(platform),
    ...identityProblems(platform),
    ...patternProblems(platform),
    ...budgetProblems(platform),
    ...defaultsProblems(platform),
  ]
}

/** A budget in no currency, or in several. */
const budgetProblems = (platform: Platform): string[] =>
  Object.entries(platform.teams).flatMap(([name, team]) =>
    team.budgetPerMonth === undefined || currencyOf(platform, team) !== undefined
      ? []
      : [
          `teams.${name}.budgetPerMonth: a budget needs prices, in one currency, of each of its clusters (${team.clusters.join(', ')}): set clusters.NAME.prices`,
        ],
  )

function referenceProblems(platform: Platform): string[] {
  const teams = Object.entries(platform.teams).flatMap(([teamName, team]) =>
    team.clusters.flatMap(cluster =>
      Object.hasOwn(platform.clusters, cluster) ? [] : [`teams.${teamName}.clusters: there is no cluster ${cluster}`],
    ),
  )
  const schedules = Object.entries(platform.schedules).flatMap(([scheduleName, schedule]) =>
    Object.hasOwn(platform.teams, schedule.team)
      ? []
      : [`schedules.${scheduleName}.team: there is no team ${schedule.team}`],
  )
  return [...teams, ...schedules]
}

/** Policies that extend nothing known, or each other, and teams that name none. */
function policyProblems({ policies, teams }: Platform): string[] {
  const problemOf = (where: string, name: string): string[] => {
    try {
      policyNamed(name, policies)
      return []
    } catch (error) {
      if (!(error instanceof UnknownPolicy)) throw error
      return [`${where}: ${error.message}`]
    }
  }
  return [
    ...Object.keys(policies).flatMap(name => problemOf(`policies.${name}`, name)),
    ...Object.entries(teams).flatMap(([name, { policy }]) => problemOf(`teams.${name}.policy`, policy)),
  ]
}

function identityProblems(platform: Platform): string[] {
  const problems: string[] = []
  const owners = new Map<string, string>()
  const claim = (kind: string, value: string, team: string) => {
    const key = `${kind} ${value}`
    const owner = owners.get(key)
    if (owner !== undefined) problems.push(`teams.${team}: the ${kind} ${value} already belongs to team ${owner}`)
    owners.set(key, team)
  }
  for (const [teamName, team] of Object.entries(platform.teams)) {
    for (const cluster of new Set(team.clusters)) claim('namespace', `${cluster}/${team.namespace}`, teamName)
    for (const value of team.claims) claim('claim', value, teamName)
    for (const value of team.principals) claim('principal', roleWithoutPath(value), teamName)
    for (const member of team.members) {
      if ('claim' in member) claim('claim', member.claim, teamName)
      else claim('principal', roleWithoutPath(member.principal), teamName)
    }
    for (const value of team.inboxPrefixes) claim('inbox prefix', value, teamName)
  }
  return problems
}

/** Two teams whose patterns fit the same role: which team it means would depend on their order. */
function patternProblems(platform: Platform): string[] {
  const patterns = Object.entries(platform.teams).flatMap(([team, { members }]) =>
    members.flatMap(member =>
      'principal' in member && member.principal.endsWith('*') ? [{ team, pattern: member.principal }] : [],
    ),
  )
  return patterns.flatMap((later, index) =>
    patterns
      .slice(0, index)
      .filter(({ team, pattern }) => team !== later.team && isOverlapping(pattern, later.pattern))
      .map(
        ({ team, pattern }) =>
          `teams.${later.team}.members: ${later.pattern} fits roles that ${pattern} of team ${team} fits`,
      ),
  )
}

function isOverlapping(left: string, right: string): boolean {
  const [a, b] = [patternPrefix(left), patternPrefix(right)]
  return a.startsWith(b) || b.startsWith(a)
}

/** Defaults that the operator's schema does not know: they would refuse every job they lie under. */
function defaultsProblems(platform: Platform): string[] {
  return [
    ...layerProblems('defaults', platform.defaults),
    ...Object.entries(platform.clusters).flatMap(([name, { defaults }]) =>
      layerProblems(`clusters.${name}.defaults`, defaults),
    ),
    ...Object.entries(platform.teams).flatMap(([name, { defaults }]) =>
      layerProblems(`teams.${name}.defaults`, defaults),
    ),
    ...Object.entries(platform.profiles).flatMap(([name, { spec }]) => layerProblems(`profiles.${name}.spec`, spec)),
  ]
}

function layerProblems(where: string, spec: JsonObject): string[] {
  return checkLayer({ name: where, spec }).map(({ path, message, suggestion }) => {
    const place = path === 'spec' ? where : `${where}.${path.replace(/^spec\./, '')}`
    const said = message.replace(` (from ${where})`, '')
    return `${place}: ${said}${suggestion === undefined ? '' : ` Did you mean ${suggestion}?`}`
  })
}
