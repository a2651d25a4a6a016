/**
 * Grafana dashboards as JSON: gateway (CloudWatch), operator and Spark (Prometheus). Tables of
 * panels; the model of Grafana is beside it. A ConfigMap with Grafana's usual label makes its sidecar load them.
 */
import type { JsonObject } from '../../shared/domain/job-spec/canonical-spec.ts'
import type { LogMetricName } from '../log-metrics.ts'
import type { ClusterContext } from './cluster-context.ts'
import { constant, dashboard, textBox } from './grafana-dashboard.ts'
import type { CloudWatchQuery, Panel } from './grafana-dashboard.ts'
import { partLabels } from './manifest.ts'
import type { Manifest } from './manifest.ts'

/** `name` → the dashboard's JSON. */
export function renderDashboards({ cluster }: ClusterContext): Readonly<Record<string, JsonObject>> {
  return {
    'sparkgate-gateway': dashboard('Sparkgate: gateway', 'sparkgate-gateway', GATEWAY, [
      constant('region', cluster.region),
      // Prefix of queues, functions and metrics; the table's name is CloudFormation's.
      textBox('gateway', 'Gateway', 'sparkgate'),
      textBox('table', 'Table', 'sparkgate'),
    ]),
    'sparkgate-operator': dashboard('Sparkgate: Spark Operator', 'sparkgate-operator', OPERATOR, []),
    'sparkgate-spark': dashboard('Sparkgate: Spark', 'sparkgate-spark', SPARK, []),
  }
}

/** The dashboards as ConfigMaps for Grafana's sidecar. */
export function renderDashboardMaps(context: ClusterContext): readonly Manifest[] {
  return Object.entries(renderDashboards(context)).map(([name, json]) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace: context.options.monitoringNamespace,
      labels: { ...partLabels('monitoring'), grafana_dashboard: '1' },
    },
    data: { [`${name}.json`]: `${JSON.stringify(json, null, 1)}\n` },
  }))
}

const sqs = (metric: string, queue: string, statistic: CloudWatchQuery['statistic']): CloudWatchQuery => ({
  namespace: 'AWS/SQS',
  metric,
  dimensions: { QueueName: queue },
  statistic,
})
const lambda = (metric: string, statistic: CloudWatchQuery['statistic']): CloudWatchQuery => ({
  namespace: 'AWS/Lambda',
  metric,
  dimensions: { FunctionName: '${gateway}-reconcile-job' },
  statistic,
})
const table = (metric: string): CloudWatchQuery => ({
  namespace: 'AWS/DynamoDB',
  metric,
  dimensions: { TableName: '$table' },
  statistic: 'Sum',
})

/** A metric that the gateway's logs give (infra/log-metrics.ts). */
const counted = (metric: LogMetricName): CloudWatchQuery => ({
  namespace: 'Sparkgate/${gateway}',
  metric,
  dimensions: {},
  statistic: 'Sum',
})
const RECONCILE = '${gateway}-reconcile'

const GATEWAY: readonly Panel[] = [
  ['Jobs taken and refused', 'short', counted('Accepted'), counted('Rejected')],
  ['Jobs that wait for an operator', 'short', counted('WaitingForOperator')],
  ['Trouble with clusters', 'short', counted('ClusterTrouble')],
  ['Oldest message', 's', sqs('ApproximateAgeOfOldestMessage', RECONCILE, 'Maximum')],
  ['Messages waiting', 'short', sqs('ApproximateNumberOfMessagesVisible', RECONCILE, 'Maximum')],
  ['Dead letters', 'short', sqs('ApproximateNumberOfMessagesVisible', `${RECONCILE}-dead`, 'Maximum')],
  ['Errors', 'short', counted('Errors'), lambda('Errors', 'Sum'), lambda('Throttles', 'Sum')],
  ['Time of reconcile', 'ms', lambda('Duration', 'p99'), lambda('Duration', 'Average')],
  ['Requests to the table', 'short', table('ConsumedReadCapacityUnits'), table('ConsumedWriteCapacityUnits')],
  ['Should stay zero', 'short', counted('Orphans'), counted('Drift'), counted('SweepFull')],
]

/** Labels of the operator that the scrape has too are kept as `exported_…`: `exported_namespace` is the team's. */
const OPERATOR: readonly Panel[] = [
  [
    'Submissions a second',
    'ops',
    {
      expr: 'sum by (exported_namespace) (rate(spark_application_submit_count[5m]))',
      legend: '{{exported_namespace}}',
    },
    { expr: 'sum(rate(spark_application_failed_submission_count[5m]))', legend: 'failed' },
  ],
  [
    'Work queue',
    'short',
    { expr: 'sum by (name) (workqueue_depth{namespace=~"spark-operator.*"})', legend: '{{name}}' },
  ],
  [
    'Created to submitted',
    's',
    {
      expr: 'histogram_quantile(0.5, sum by (le) (rate(spark_application_submit_latency_seconds_histogram_bucket[10m])))',
      legend: 'p50',
    },
    {
      expr: 'histogram_quantile(0.99, sum by (le) (rate(spark_application_submit_latency_seconds_histogram_bucket[10m])))',
      legend: 'p99',
    },
  ],
  [
    'Created to running',
    's',
    {
      expr: 'histogram_quantile(0.5, sum by (le) (rate(spark_application_start_latency_seconds_histogram_bucket[10m])))',
      legend: 'p50',
    },
    {
      expr: 'histogram_quantile(0.99, sum by (le) (rate(spark_application_start_latency_seconds_histogram_bucket[10m])))',
      legend: 'p99',
    },
  ],
  [
    'Reconciles a second',
    'ops',
    {
      expr: 'sum by (result) (rate(controller_runtime_reconcile_total{namespace=~"spark-operator.*"}[5m]))',
      legend: '{{result}}',
    },
  ],
  [
    'Cores of the controller',
    'short',
    {
      expr: 'sum by (pod) (rate(container_cpu_usage_seconds_total{namespace=~"spark-operator.*",container="spark-operator-controller"}[5m]))',
      legend: '{{pod}}',
    },
  ],
  [
    'Answers of the API server',
    'ops',
    { expr: 'sum by (code) (rate(rest_client_requests_total{namespace=~"spark-operator.*"}[5m]))', legend: '{{code}}' },
  ],
]

const SPARK: readonly Panel[] = [
  [
    'Applications running',
    'short',
    { expr: 'sum by (exported_namespace) (spark_application_running_count)', legend: '{{exported_namespace}}' },
  ],
  ['Executors running', 'short', { expr: 'sum(spark_executor_running_count)', legend: 'executors' }],
  [
    'Ended an hour',
    'short',
    { expr: 'sum(increase(spark_application_success_count[1h]))', legend: 'succeeded' },
    { expr: 'sum(increase(spark_application_failure_count[1h]))', legend: 'failed' },
  ],
  [
    'Cores asked for',
    'short',
    {
      expr: 'sum by (namespace) (kube_pod_container_resource_requests{resource="cpu",container=~"spark-kubernetes-.*"})',
      legend: '{{namespace}}',
    },
  ],
  [
    'Memory asked for',
    'bytes',
    {
      expr: 'sum by (namespace) (kube_pod_container_resource_requests{resource="memory",container=~"spark-kubernetes-.*"})',
      legend: '{{namespace}}',
    },
  ],
  [
    'Executor memory in the JVM (profile prometheus)',
    'bytes',
    { expr: 'sum by (team) (metrics_executor_memoryUsed_bytes)', legend: '{{team}}' },
  ],
  [
    'Tasks running (profile prometheus)',
    'short',
    { expr: 'sum by (team) (metrics_executor_activeTasks)', legend: '{{team}}' },
  ],
]
