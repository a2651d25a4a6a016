/**
 * An own share of the API server for the gateway. Users that come in by an access entry are no service accounts, and would
 * otherwise share the smallest level (`global-default`) with everybody's kubectl: a busy cluster then answers the gateway
 * with 429.
 */
import { GATEWAY_GROUPS } from '../../shared/domain/platform/cluster-grants.ts'
import type { ClusterContext } from './cluster-context.ts'
import { partLabels } from './manifest.ts'
import type { Manifest } from './manifest.ts'
import { operatorsOf } from './operator-values.ts'

const API = 'flowcontrol.apiserver.k8s.io/v1'
const LABELS = partLabels('fairness')
/** Before the built-in schemas of service accounts (9,000) and of everybody (9,900), after those of the system (≤ 1,000). */
const PRECEDENCE = 1_500
/** Next to `workload-low` (100) and `workload-high` (40): about a tenth of the server; half of it is lent while idle. */
const SHARES = 20

export function renderApiFairness(context: ClusterContext): readonly Manifest[] {
  return [
    {
      apiVersion: API,
      kind: 'PriorityLevelConfiguration',
      metadata: { name: 'sparkgate', labels: LABELS },
      spec: {
        type: 'Limited',
        limited: {
          nominalConcurrencyShares: SHARES,
          lendablePercent: 50,
          // Waiting beats a 429: the gateway's calls give up after seconds of their own.
          limitResponse: { type: 'Queue', queuing: { queues: 16, handSize: 4, queueLengthLimit: 50 } },
        },
      },
    },
    flowSchema('sparkgate-gateway', Object.values(GATEWAY_GROUPS).map(groupSubject), gatewayResources),
    flowSchema(
      'sparkgate-operators',
      operatorsOf(context).map(({ release }) => ({
        kind: 'ServiceAccount',
        serviceAccount: { namespace: release, name: `${release}-controller` },
      })),
      [{ apiGroups: ['*'], resources: ['*'] }],
    ),
  ]
}

const gatewayResources = [
  { apiGroups: ['sparkoperator.k8s.io'], resources: ['sparkapplications'] },
  { apiGroups: ['', 'events.k8s.io'], resources: ['pods', 'pods/log', 'events'] },
]

function flowSchema(name: string, subjects: readonly object[], resources: readonly object[]): Manifest {
  return {
    apiVersion: API,
    kind: 'FlowSchema',
    metadata: { name, labels: LABELS },
    spec: {
      matchingPrecedence: PRECEDENCE,
      priorityLevelConfiguration: { name: 'sparkgate' },
      distinguisherMethod: { type: 'ByUser' },
      rules: [
        {
          subjects,
          resourceRules: resources.map(rule => ({ ...rule, verbs: ['*'], namespaces: ['*'], clusterScope: true })),
        },
      ],
    },
  }
}

const groupSubject = (name: string) => ({ kind: 'Group', group: { name } })
