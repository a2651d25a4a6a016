/**
 * Alerts on what the cluster side can see by itself; the gateway's own alarms are CloudWatch's (infra/). Each says what it
 * means and what to look at. Metric names are those of operator 2.5.2 and of kube-state-metrics.
 */
import type { ClusterContext } from './cluster-context.ts'
import { partLabels } from './manifest.ts'
import type { Manifest } from './manifest.ts'
import { operatorsOf } from './operator-values.ts'

interface Alert {
  readonly alert: string
  readonly expr: string
  /** How long it holds before somebody is told. */
  readonly for: string
  readonly severity: 'page' | 'ticket'
  readonly summary: string
  readonly look: string
}

export function renderAlerts(context: ClusterContext): readonly Manifest[] {
  return [
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: {
        name: 'sparkgate',
        namespace: context.options.monitoringNamespace,
        labels: partLabels('monitoring'),
      },
      spec: { groups: [{ name: 'sparkgate', rules: alertsFor(context).map(ruleOf) }] },
    },
  ]
}

function ruleOf({ alert, expr, for: duration, severity, summary, look }: Alert) {
  return { alert, expr, for: duration, labels: { severity }, annotations: { summary, look } }
}

function alertsFor(context: ClusterContext): readonly Alert[] {
  const operators = operatorsOf(context).map(({ release }) => release)
  const namespaces = context.teams.map(team => team.namespace).join('|')
  const inOperators = `namespace=~"${operators.join('|')}"`
  const inTeams = `namespace=~"${namespaces}"`
  return [
    {
      alert: 'SparkOperatorDown',
      expr: operators
        .map(
          name =>
            `absent(kube_deployment_status_replicas_available{namespace="${name}",deployment="${name}-controller"} > 0)`,
        )
        .join(' or '),
      for: '2m',
      severity: 'page',
      summary: 'No controller of a Spark Operator is available: jobs are neither started nor followed.',
      look: 'kubectl get pods and events in the namespace of the operator.',
    },
    {
      alert: 'SparkOperatorWebhookDown',
      expr: operators
        .map(
          name =>
            `absent(kube_deployment_status_replicas_available{namespace="${name}",deployment="${name}-webhook"} > 0)`,
        )
        .join(' or '),
      for: '2m',
      severity: 'page',
      summary: 'No webhook of a Spark Operator is available: every create and every driver pod is refused.',
      look: 'kubectl get pods in the namespace of the operator; its certificate secret.',
    },
    {
      alert: 'SparkOperatorBacklog',
      expr: `sum by (namespace) (workqueue_depth{${inOperators}}) > 50`,
      for: '10m',
      severity: 'ticket',
      summary: 'The operator is behind: starts and status of jobs come late.',
      look: 'CPU of the controller (each submission is a JVM); lower submitsPerSecond, or add an operator with its own teams.',
    },
    {
      alert: 'SparkSubmissionsFail',
      expr: `sum by (namespace) (rate(spark_application_failed_submission_count{${inOperators}}[10m])) > 0.1 * sum by (namespace) (rate(spark_application_submit_count{${inOperators}}[10m]))`,
      for: '10m',
      severity: 'page',
      summary: 'More than a tenth of submissions fail before a driver starts.',
      look: 'The reason that the gateway shows on the jobs (sparkgate list --state failed); quota, webhook, memory of the operator.',
    },
    {
      alert: 'SparkPodsWaitForNodes',
      expr: `sum by (namespace) (kube_pod_status_unschedulable{${inTeams}}) > 0`,
      for: '15m',
      severity: 'ticket',
      summary: 'Pods of jobs find no node for a quarter of an hour.',
      look: 'Limits of the NodePools, events of Karpenter (InsufficientCapacityError), quotas of EC2.',
    },
    {
      alert: 'SparkDriversEvicted',
      expr: `sum by (namespace) (increase(kube_pod_status_reason{${inTeams},reason="Evicted",pod=~".*-driver"}[30m])) > 0`,
      for: '0m',
      severity: 'ticket',
      summary: 'Drivers were evicted: their nodes ran out of disk or memory.',
      look: 'Scratch volumes without sizeLimit; memory that nobody asked for.',
    },
    {
      alert: 'SparkTeamQuotaNearlyFull',
      expr: `max by (namespace, resource) (kube_resourcequota{${inTeams},type="used"} / ignoring(type) (kube_resourcequota{${inTeams},type="hard"} > 0)) > 0.95`,
      for: '30m',
      severity: 'ticket',
      summary: 'The quota of a namespace is nearly used up; the next create will be refused and tried again.',
      look: 'Limits of the team in the platform file; objects of ended jobs (objectTimeToLiveSeconds).',
    },
  ]
}
