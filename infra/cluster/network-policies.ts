/**
 * What pods of a team may reach and who may reach them: nothing, and then what Spark needs. Pods of one team can talk to
 * each other across jobs: NetworkPolicy has no word for "pods of the same job". Needs a CNI that enforces policies (the
 * VPC CNI with `enableNetworkPolicy`).
 */
import type { ClusterContext, ClusterTeam } from './cluster-context.ts'
import { partLabels } from './manifest.ts'
import type { Manifest } from './manifest.ts'

const SPARK_PODS = { matchExpressions: [{ key: 'spark-role', operator: 'In', values: ['driver', 'executor'] }] }
const DRIVERS = { matchLabels: { 'spark-role': 'driver' } }
const ALL_PODS = {}
/** Node-local DNS listens here where it is installed. */
const NODE_LOCAL_DNS = '169.254.20.10/32'
/** Instance metadata, whose credentials are the node's: unreachable on any port. */
const LINK_LOCAL = '169.254.0.0/16'
/** The agent of EKS Pod Identity. */
const POD_IDENTITY_AGENT = '169.254.170.23/32'
/** Spark's UI with its Prometheus servlet, and the port of the operator's JMX exporter. */
const METRICS_PORTS = [4040, 8090]

export function renderNetworkPolicies(context: ClusterContext): readonly Manifest[] {
  return context.teams.flatMap(team => policiesOf(context, team))
}

function policiesOf({ options }: ClusterContext, team: ClusterTeam): readonly Manifest[] {
  const policy = (name: string, spec: object): Manifest => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: team.namespace, labels: partLabels('network') },
    spec,
  })
  const egress = (name: string, podSelector: object, rules: readonly object[]): Manifest =>
    policy(name, { podSelector, policyTypes: ['Egress'], egress: rules })
  const nfsServers = addressesOf(team)
  return [
    policy('default-deny', { podSelector: ALL_PODS, policyTypes: ['Ingress', 'Egress'] }),
    policy('spark-internal', {
      podSelector: SPARK_PODS,
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ podSelector: SPARK_PODS }] }],
      egress: [{ to: [{ podSelector: SPARK_PODS }] }],
    }),
    egress('dns', ALL_PODS, [
      { to: [kubeDns, { ipBlock: { cidr: NODE_LOCAL_DNS } }], ports: [port('UDP', 53), port('TCP', 53)] },
    ]),
    egress('api-server', DRIVERS, [{ to: options.apiServerCidrs.map(block), ports: [port('TCP', 443)] }]),
    ...(options.httpsCidrs.length === 0
      ? []
      : [egress('https', SPARK_PODS, [{ to: options.httpsCidrs.map(block), ports: [port('TCP', 443)] }])]),
    ...(options.identity === 'pod-identity'
      ? [
          egress('pod-identity', SPARK_PODS, [
            { to: [{ ipBlock: { cidr: POD_IDENTITY_AGENT } }], ports: [port('TCP', 80)] },
          ]),
        ]
      : []),
    ...(nfsServers.length === 0
      ? []
      : [
          egress('nfs', SPARK_PODS, [
            { to: nfsServers.map(cidr => ({ ipBlock: { cidr } })), ports: [port('TCP', 2049)] },
          ]),
        ]),
    ...(options.monitoring
      ? [
          policy('metrics', {
            podSelector: SPARK_PODS,
            policyTypes: ['Ingress'],
            ingress: [
              {
                from: [namespaceNamed(options.monitoringNamespace)],
                ports: METRICS_PORTS.map(number => port('TCP', number)),
              },
            ],
          }),
        ]
      : []),
  ]
}

const namespaceNamed = (name: string) => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
})

const kubeDns = {
  ...namespaceNamed('kube-system'),
  podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
}

const port = (protocol: 'TCP' | 'UDP', number: number) => ({ protocol, port: number })

/** An exception has to lie inside its range, or the API server refuses the policy. */
const block = (cidr: string) => ({ ipBlock: cidr === '0.0.0.0/0' ? { cidr, except: [LINK_LOCAL] } : { cidr } })

/** NFS servers of the policy that are addresses; a NetworkPolicy cannot name a host. */
function addressesOf(team: ClusterTeam): readonly string[] {
  const servers = team.rules.volumes.nfs.map(pattern => pattern.slice(0, pattern.indexOf(':')))
  return [...new Set(servers)].filter(server => /^\d{1,3}(\.\d{1,3}){3}$/.test(server)).map(server => `${server}/32`)
}
