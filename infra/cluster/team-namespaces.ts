/** A team's place on the cluster: namespace, Pod Security level, quota, defaults of containers, service account. */
import { parseQuantity } from '../../shared/domain/job-spec/checks/kubernetes-formats.ts'
import type { Policy } from '../../shared/domain/job-spec/policy/policy-schema.ts'
import type { ClusterContext, ClusterTeam } from './cluster-context.ts'
import { partLabels, TEAM_LABEL } from './manifest.ts'
import type { Manifest } from './manifest.ts'
import { teamRoleArn } from './team-roles.ts'

export function renderTeamNamespaces(context: ClusterContext): readonly Manifest[] {
  return context.teams.flatMap(team => [
    namespaceOf(team),
    ...quotaOf(team),
    limitRangeOf(team),
    serviceAccountOf(context, team),
    // Pods that name no account get this one, which then carries no token.
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace: team.namespace, labels: partLabels('team') },
      automountServiceAccountToken: false,
    },
  ])
}

function namespaceOf(team: ClusterTeam): Manifest {
  const level = podSecurityLevel(team.rules)
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: team.namespace,
      labels: {
        ...partLabels('team'),
        [TEAM_LABEL]: team.name,
        'pod-security.kubernetes.io/enforce': level,
        'pod-security.kubernetes.io/enforce-version': 'latest',
        // Told to whoever creates a pod, and to the audit log, also where the team's policy allows more.
        'pod-security.kubernetes.io/warn': 'restricted',
        'pod-security.kubernetes.io/audit': 'restricted',
      },
    },
  }
}

/** Volumes that Kubernetes' `restricted` level lets through, beside those that have a part of the policy. */
const RESTRICTED_VOLUMES = new Set(['csi', 'downwardAPI', 'projected'])

/**
 * The strictest Pod Security level that lets everything through that the policy allows. `baseline` where contexts are free
 * but nothing of the node is: privileged containers, which such a policy would allow, are refused all the same.
 */
export function podSecurityLevel(rules: Policy): 'restricted' | 'baseline' | 'privileged' {
  const { volumes, network, security } = rules
  if (volumes.hostPaths.length > 0 || network.host === 'any') return 'privileged'
  const isRestricted =
    security.contexts === 'restricted' &&
    volumes.nfs.length === 0 &&
    volumes.otherKinds.every(kind => RESTRICTED_VOLUMES.has(kind))
  return isRestricted ? 'restricted' : 'baseline'
}

/** More objects than this in a namespace: 6,000 made Spark's own start script fail (facts of the operator's benchmark). */
const MAX_APPLICATIONS = 5_000
/**
 * Over the limits of the gateway, which counts what a job can have at most: a quota that were reached first would stop
 * executors of jobs that were rightly admitted.
 */
const QUOTA_PERCENT = 110
const withRoom = (limit: number): number => Math.ceil((limit * QUOTA_PERCENT) / 100)

function quotaOf(team: ClusterTeam): readonly Manifest[] {
  const { cores, memoryMiB } = team.limits
  const closed = team.rules.network.serviceTypes.length === 0
  const hard = {
    'count/sparkapplications.sparkoperator.k8s.io': String(MAX_APPLICATIONS),
    ...(cores !== undefined && { 'requests.cpu': String(withRoom(cores)) }),
    ...(memoryMiB !== undefined && { 'requests.memory': `${withRoom(memoryMiB)}Mi` }),
    ...(closed && { 'services.loadbalancers': '0', 'services.nodeports': '0' }),
  }
  return [
    {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'team', namespace: team.namespace, labels: partLabels('team') },
      spec: { hard },
    },
  ]
}

/** Requests for containers that ask for nothing (sidecars, init containers); Spark's own always ask. */
const SMALL_CONTAINER = { cpu: '100m', memory: '128Mi' }
const SMALL_CONTAINER_LIMIT = { memory: '512Mi' }

/** No `max.cpu`: Kubernetes would give every container without a CPU limit that one, and Spark's have none on purpose. */
function limitRangeOf(team: ClusterTeam): Manifest {
  const memory = largestMemory(team.rules)
  const { claimSize } = team.rules.volumes
  return {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'team', namespace: team.namespace, labels: partLabels('team') },
    spec: {
      limits: [
        {
          type: 'Container',
          defaultRequest: SMALL_CONTAINER,
          default: SMALL_CONTAINER_LIMIT,
          ...(memory !== undefined && { max: { memory } }),
        },
        ...(claimSize === 'unlimited' || claimSize === '0'
          ? []
          : [{ type: 'PersistentVolumeClaim', max: { storage: claimSize } }]),
      ],
    },
  }
}

/** The larger of what the policy gives a driver and an executor; undefined where one of them has no end. */
function largestMemory({ limits }: Policy): string | undefined {
  const sizes = [limits.driverMemory, limits.executorMemory]
  if (sizes.includes('unlimited')) return undefined
  return sizes.toSorted((one, other) => (parseQuantity(other) ?? 0) - (parseQuantity(one) ?? 0))[0]
}

function serviceAccountOf(context: ClusterContext, team: ClusterTeam): Manifest {
  const arn = context.options.identity === 'irsa' ? teamRoleArn(context, team.name) : undefined
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: {
      name: team.serviceAccount,
      namespace: team.namespace,
      labels: partLabels('team'),
      ...(arn !== undefined && {
        annotations: { 'eks.amazonaws.com/role-arn': arn, 'eks.amazonaws.com/sts-regional-endpoints': 'true' },
      }),
    },
  }
}
