/** What the platform file says about the specs of one team: policy, place, layers, profiles, sizes of nodes. */
import { PRIORITIES } from '../job-spec/canonical-spec.ts'
import type { SpecContext, SpecLayer, SpecProfile } from '../job-spec/canonical-spec.ts'
import { builtInProfiles } from '../job-spec/layers/built-in-profiles.ts'
import { allows } from '../job-spec/policy/allow-list.ts'
import type { Policy } from '../job-spec/policy/policy-schema.ts'
import { policyNamed } from '../job-spec/policy/resolve-policy.ts'
import type { Cluster, Platform, Team } from './platform.ts'
import { teamOf } from './team-of.ts'

/** The context of a team's specs; throws for a name that the platform file does not have. */
export function specContext(platform: Platform, teamName: string): SpecContext {
  const team = teamOf(platform, teamName)
  const clusters = team.clusters.flatMap(name => clusterLayer(name, platform.clusters[name]))
  const nodes = nodesOf(platform, team)
  const policy = policyNamed(team.policy, platform.policies)
  return {
    team: teamName,
    policy,
    namespace: team.namespace,
    serviceAccount: team.serviceAccount,
    layers: [
      { name: 'platform', spec: platform.defaults },
      // Of several clusters none is chosen yet: defaults that depend on the place need a team with one place.
      ...(clusters.length === 1 ? clusters : []),
      { name: `team ${teamName}`, spec: team.defaults },
    ],
    profiles: allowedProfiles(platform, policy),
    clusters: team.clusters.filter(name => allows(policy.gateway.clusters, name)),
    priorities: PRIORITIES.filter(name => allows(policy.gateway.priorities, name)),
    notificationTargets: team.notificationTargets,
    ...(nodes.length > 0 && { nodes }),
  }
}

const clusterLayer = (name: string, cluster: Cluster | undefined): readonly SpecLayer[] =>
  cluster === undefined ? [] : [{ name: `cluster ${name}`, spec: cluster.defaults }]

const allowedProfiles = (platform: Platform, policy: Policy): Readonly<Record<string, SpecProfile>> =>
  Object.fromEntries(Object.entries(profilesOf(platform)).filter(([name]) => allows(policy.gateway.profiles, name)))

/** The shipped profiles, with those of the platform file in their place or beside them. */
export function profilesOf(platform: Platform): Readonly<Record<string, SpecProfile>> {
  const { eventLogDir, checkpointDir, storageClass } = platform.profileSettings
  const settings = {
    ...(eventLogDir !== undefined && { eventLogDir }),
    ...(checkpointDir !== undefined && { checkpointDir }),
    ...(storageClass !== undefined && { storageClass }),
  }
  return { ...builtInProfiles(settings), ...platform.profiles }
}

/** Nodes of the team's clusters; none where one of these does not say: then nothing is refused for its size. */
function nodesOf(platform: Platform, team: Team) {
  const perCluster = team.clusters.map(name => platform.clusters[name]?.nodes ?? [])
  return perCluster.some(nodes => nodes.length === 0) ? [] : perCluster.flat()
}
