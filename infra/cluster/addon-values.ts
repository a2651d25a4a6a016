/** Values of the charts that are not Spark's own: nodes, GPUs, logs, metrics, scaling. One release each, by the options. */
import type { JsonObject } from '../../shared/domain/job-spec/canonical-spec.ts'
import { POD_LOG_STREAM_TEMPLATE } from '../../shared/domain/pod-log-streams.ts'
import type { ClusterContext } from './cluster-context.ts'
import { NODE_POOLS } from './karpenter-nodes.ts'
import type { HelmRelease } from './manifest.ts'
import { teamRoleArn } from './team-roles.ts'
import { CHARTS } from './versions.ts'

interface Addon {
  readonly chart: keyof typeof CHARTS
  readonly namespace: string | ((context: ClusterContext) => string)
  isWanted(context: ClusterContext): boolean
  values(context: ClusterContext): JsonObject
}

export function renderAddons(context: ClusterContext): readonly HelmRelease[] {
  return ADDONS.filter(addon => addon.isWanted(context)).map(addon => ({
    name: addon.chart,
    namespace: typeof addon.namespace === 'string' ? addon.namespace : addon.namespace(context),
    ...CHARTS[addon.chart],
    values: addon.values(context),
  }))
}

const monitoringNamespace = ({ options }: ClusterContext): string => options.monitoringNamespace

const ADDONS: readonly Addon[] = [
  {
    chart: 'karpenter',
    namespace: 'kube-system',
    isWanted: ({ options }) => options.nodes === 'karpenter',
    values: ({ cluster, options }) => ({
      settings: { clusterName: cluster.eksName, interruptionQueue: `karpenter-${cluster.eksName}` },
      replicas: 2,
      controller: { resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '1Gi' } } },
      serviceMonitor: { enabled: options.monitoring },
    }),
  },
  {
    chart: 'cluster-autoscaler',
    namespace: 'kube-system',
    isWanted: ({ options }) => options.nodes === 'cluster-autoscaler',
    values: autoscalerValues,
  },
  {
    chart: 'nvidia-device-plugin',
    namespace: 'kube-system',
    isWanted: ({ options }) => options.gpuNodes,
    // By taint and label of our own pool: the chart's default waits for labels of another component.
    values: () => ({
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: 'sparkgate.dev/pool', operator: 'In', values: [NODE_POOLS.gpu] }] },
            ],
          },
        },
      },
      tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
    }),
  },
  {
    chart: 'fluent-bit',
    namespace: 'logging',
    isWanted: ({ options }) => options.fluentBit,
    values: fluentBitValues,
  },
  {
    chart: 'kube-prometheus-stack',
    namespace: monitoringNamespace,
    isWanted: ({ options }) => options.prometheusStack,
    values: () => ({
      // Monitors and rules of all namespaces, not only those of this release.
      prometheus: {
        prometheusSpec: {
          serviceMonitorSelectorNilUsesHelmValues: false,
          podMonitorSelectorNilUsesHelmValues: false,
          ruleSelectorNilUsesHelmValues: false,
          retention: '15d',
        },
      },
      grafana: { sidecar: { dashboards: { enabled: true, label: 'grafana_dashboard', searchNamespace: 'ALL' } } },
      // Of a control plane that EKS runs nothing can be scraped here.
      kubeControllerManager: { enabled: false },
      kubeScheduler: { enabled: false },
      kubeEtcd: { enabled: false },
    }),
  },
  {
    chart: 'keda',
    namespace: 'keda',
    isWanted: ({ options }) => options.historyServer?.scaling === 'office-hours',
    values: () => ({ operator: { replicaCount: 1 } }),
  },
]

/** Node groups are the platform's: it finds them by their tags (docs/cluster.md). */
function autoscalerValues(context: ClusterContext): JsonObject {
  const { cluster, options } = context
  const annotations = { 'eks.amazonaws.com/role-arn': teamRoleArn(context, 'cluster-autoscaler') }
  return {
    cloudProvider: 'aws',
    awsRegion: cluster.region,
    autoDiscovery: { clusterName: cluster.eksName },
    rbac: { serviceAccount: { name: 'cluster-autoscaler', ...(options.identity === 'irsa' && { annotations }) } },
    extraArgs: {
      expander: 'least-waste',
      // Executors and their scratch volumes must not keep a node for ever; drivers do, by their annotation.
      'skip-nodes-with-local-storage': false,
      'skip-nodes-with-system-pods': false,
      'scale-down-unneeded-time': '3m',
      'scale-down-delay-after-add': '5m',
      'max-node-provision-time': '10m',
    },
    serviceMonitor: { enabled: options.monitoring },
  }
}

/**
 * Logs of team namespaces only, to one log group a cluster; a stream is a container, named so that the API finds it when its pod
 * is gone. Only what the program wrote is sent, line by line: without `log_key` an event would be the record, and a line that is
 * JSON merged into it would have no `log`.
 */
function fluentBitValues(context: ClusterContext): JsonObject {
  const { cluster, options, teams } = context
  const paths = teams.map(({ namespace }) => `/var/log/containers/*_${namespace}_*.log`).join(',')
  return {
    ...(options.identity === 'irsa' && {
      serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': teamRoleArn(context, 'fluent-bit') } },
    }),
    // Nodes of all pools, the tainted ones too.
    tolerations: [{ operator: 'Exists' }],
    resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } },
    config: {
      inputs: `[INPUT]
    Name tail
    Path ${paths}
    multiline.parser docker, cri
    Tag kube.*
    Mem_Buf_Limit 32MB
    Skip_Long_Lines On
    DB /var/log/sparkgate-fluent-bit.db
`,
      filters: `[FILTER]
    Name kubernetes
    Match kube.*
    Merge_Log Off
    Labels On
    Annotations Off
`,
      outputs: `[OUTPUT]
    Name cloudwatch_logs
    Match kube.*
    region ${cluster.region}
    log_group_name /sparkgate/${cluster.eksName}/pods
    log_stream_template ${POD_LOG_STREAM_TEMPLATE}
    log_stream_prefix from-
    log_key log
    auto_create_group On
    log_retention_days 14
`,
    },
  }
}
