/** What Prometheus scrapes: operators, drivers (Spark's own servlet and the JMX exporter), the history server's probe is enough. */
import type { ClusterContext } from './cluster-context.ts'
import { partLabels, TEAM_LABEL } from './manifest.ts'
import type { Manifest } from './manifest.ts'
import { operatorsOf } from './operator-values.ts'

const LABELS = partLabels('monitoring')
const API = 'monitoring.coreos.com/v1'
/** Rows of one scrape of a driver with a thousand executors; more is a loop in somebody's metrics. */
const SAMPLE_LIMIT = 50_000

export function renderMonitors(context: ClusterContext): readonly Manifest[] {
  const namespace = context.options.monitoringNamespace
  const teams = context.teams.map(team => team.namespace)
  return [
    ...operatorsOf(context).map(({ release }): Manifest => ({
      apiVersion: API,
      kind: 'PodMonitor',
      metadata: { name: release, namespace, labels: LABELS },
      spec: {
        namespaceSelector: { matchNames: [release] },
        selector: {
          matchLabels: { 'app.kubernetes.io/name': 'spark-operator', 'app.kubernetes.io/instance': release },
        },
        podMetricsEndpoints: [{ port: 'metrics', path: '/metrics', interval: '15s' }],
      },
    })),
    driverMonitor(namespace, teams),
    jmxMonitor(namespace, teams),
  ]
}

/** Jobs with the profile `prometheus`: the driver's UI port serves its own metrics and those of its executors. */
function driverMonitor(namespace: string, teams: readonly string[]): Manifest {
  const endpoint = (path: string) => ({
    // Spark's own name of its UI's port.
    port: 'spark-ui',
    path,
    interval: '30s',
    relabelings: [
      // Only drivers that say so: others answer 404 there for their whole life.
      {
        sourceLabels: ['__meta_kubernetes_pod_annotation_prometheus_io_scrape'],
        action: 'keep',
        regex: 'true',
      },
      teamRelabeling,
      { sourceLabels: ['__meta_kubernetes_pod_label_sparkoperator_k8s_io_app_name'], targetLabel: 'application' },
    ],
  })
  return {
    apiVersion: API,
    kind: 'PodMonitor',
    metadata: { name: 'spark-drivers', namespace, labels: LABELS },
    spec: {
      namespaceSelector: { matchNames: teams },
      selector: { matchLabels: { 'spark-role': 'driver' } },
      sampleLimit: SAMPLE_LIMIT,
      podMetricsEndpoints: [endpoint('/metrics/driver/prometheus/'), endpoint('/metrics/executors/prometheus/')],
    },
  }
}

/** Jobs whose `monitoring.prometheus` starts the JMX exporter in the JVMs. */
function jmxMonitor(namespace: string, teams: readonly string[]): Manifest {
  return {
    apiVersion: API,
    kind: 'PodMonitor',
    metadata: { name: 'spark-jmx', namespace, labels: LABELS },
    spec: {
      namespaceSelector: { matchNames: teams },
      selector: { matchLabels: { 'sparkoperator.k8s.io/launched-by-spark-operator': 'true' } },
      sampleLimit: SAMPLE_LIMIT,
      // By name: pods without a port of that name are no targets.
      podMetricsEndpoints: [{ port: 'jmx-exporter', interval: '30s', relabelings: [teamRelabeling] }],
    },
  }
}

/** Kubernetes' label names with everything but letters and digits as `_`, as Prometheus shows them. */
const teamRelabeling = {
  sourceLabels: [`__meta_kubernetes_pod_label_${TEAM_LABEL.replaceAll(/[^a-zA-Z0-9]/g, '_')}`],
  targetLabel: 'team',
}
