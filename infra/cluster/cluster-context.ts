/** What every part is rendered from: one cluster of the platform file, its teams with their policies, and the options. */
import { policyNamed } from '../../shared/domain/job-spec/policy/resolve-policy.ts'
import type { Policy } from '../../shared/domain/job-spec/policy/policy-schema.ts'
import type { Cluster, Platform, Team } from '../../shared/domain/platform/platform.ts'
import { ClusterOptionsError } from './cluster-options.ts'
import type { ClusterOptions } from './cluster-options.ts'

/** A team on this cluster. */
export interface ClusterTeam extends Team {
  readonly name: string
  readonly rules: Policy
}

export interface ClusterContext {
  readonly platform: Platform
  readonly clusterName: string
  readonly cluster: Cluster
  /** Sorted by name, so that equal files give equal manifests. */
  readonly teams: readonly ClusterTeam[]
  readonly options: ClusterOptions
}

/** Gathers it. Throws `ClusterOptionsError` where the options contradict the platform file or each other. */
export function clusterContext(platform: Platform, clusterName: string, options: ClusterOptions): ClusterContext {
  const cluster = Object.hasOwn(platform.clusters, clusterName) ? platform.clusters[clusterName] : undefined
  if (cluster === undefined)
    throw new ClusterOptionsError([
      `there is no cluster ${JSON.stringify(clusterName)} in the platform file, only ${Object.keys(platform.clusters).join(', ')}`,
    ])
  const teams = Object.entries(platform.teams)
    .filter(([, team]) => team.clusters.includes(clusterName))
    .map(([name, team]) => ({ ...team, name, rules: policyNamed(team.policy, platform.policies) }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
  const context = { platform, clusterName, cluster, teams, options }
  const problems = problemsOf(context)
  if (problems.length > 0) throw new ClusterOptionsError(problems)
  return context
}

function problemsOf(context: ClusterContext): readonly string[] {
  const { platform, teams, options } = context
  const known = new Set(teams.map(team => team.name))
  const foreign = (where: string, names: readonly string[]): string[] =>
    names.filter(name => !known.has(name)).map(name => `${where}: team ${name} is not on this cluster`)
  return [
    ...(teams.length === 0 ? ['no team of the platform file is on this cluster'] : []),
    ...(options.identity === 'irsa' && options.accountId === undefined ? ['accountId: needed for identity irsa'] : []),
    ...(options.historyServer !== undefined && platform.profileSettings.eventLogDir === undefined
      ? ['historyServer: the platform file has no profileSettings.eventLogDir to read from']
      : []),
    ...foreign('teamData', Object.keys(options.teamData)),
    ...options.operators.flatMap(({ name, teams: watched }) => foreign(`operators.${name}`, watched)),
    ...operatorProblems(context),
    ...forbiddenServiceAccounts(teams),
  ]
}

/** Two operators in one namespace would submit each application twice; a namespace without one would wait for ever. */
function operatorProblems({ options, teams }: ClusterContext): string[] {
  if (options.operators.length === 0) return []
  return teams.flatMap(({ name }) => {
    const operators = options.operators.filter(operator => operator.teams.includes(name))
    return operators.length === 1 ? [] : [`operators: team ${name} has ${operators.length} operators instead of one`]
  })
}

/** Every pod that names no account has `default`; it must stay without rights. */
const forbiddenServiceAccounts = (teams: readonly ClusterTeam[]): string[] =>
  teams.flatMap(({ name, serviceAccount }) =>
    serviceAccount === 'default' ? [`teams.${name}.serviceAccount: must not be "default"`] : [],
  )
