/**
 * Metrics out of the functions' JSON log lines (shared/runtime/logging.ts) and the API's access log: functions make no calls
 * for metrics, and a metric without data costs nothing. What a filter looks for must stay what the code writes:
 * test/infra/deployed-run.test.ts holds the patterns against lines of the real functions.
 */
import { Metric, Stats, Unit } from 'aws-cdk-lib/aws-cloudwatch'
import { Duration } from 'aws-cdk-lib'
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs'
import type { LogGroup } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import { FUNCTION_NAMES } from '../shared/runtime/function-table.ts'
import { pascalCase } from './pascal-case.ts'
import type { FunctionName } from '../shared/runtime/function-table.ts'
import type { GatewayFunctions } from './functions.ts'

/** What is counted, or (`OperatorLag`) measured; `Orphans` and `Drift` should stay zero. */
export type LogMetricName =
  | 'Errors'
  | 'Invocations'
  | 'Accepted'
  | 'Rejected'
  | 'WaitingForOperator'
  | 'OperatorLag'
  | 'ClusterTrouble'
  | 'SweepFull'
  | 'Orphans'
  | 'Drift'

/** One metric filter: the lines of one log that count. */
export interface LogFilter {
  readonly metric: LogMetricName
  readonly log: FunctionName | 'access-log'
  /** CloudWatch's filter pattern for JSON. */
  readonly pattern: string
  /** The field whose value is taken instead of counting one, in milliseconds. */
  readonly field?: string
}

const everywhere = (metric: LogMetricName, pattern: string): LogFilter[] =>
  FUNCTION_NAMES.map(log => ({ metric, log, pattern }))

/** Exported for the test that holds them against real log lines. */
export const LOG_FILTERS: readonly LogFilter[] = [
  // A queue message that failed is an ERROR line, not a failed invocation: Lambda's own metric would miss it.
  ...everywhere('Errors', '{ $.level = "ERROR" }'),
  ...everywhere('Invocations', '{ $.message = "invocation ended" }'),
  { metric: 'Accepted', log: 'object-created', pattern: '{ $.outcome = "accepted" }' },
  { metric: 'Accepted', log: 'schedule-fired', pattern: '{ $.outcome = "accepted" }' },
  { metric: 'Accepted', log: 'access-log', pattern: '{ $.routeKey = "POST /v1/jobs" && $.status = "202" }' },
  { metric: 'Rejected', log: 'object-created', pattern: '{ $.outcome = "refused" }' },
  { metric: 'Rejected', log: 'schedule-fired', pattern: '{ $.outcome = "refused" }' },
  { metric: 'Rejected', log: 'access-log', pattern: '{ $.routeKey = "POST /v1/jobs" && $.status = "422" }' },
  { metric: 'WaitingForOperator', log: 'reconcile-job', pattern: '{ $.why = "PENDING OPERATOR_SUBMITTING" }' },
  {
    metric: 'OperatorLag',
    log: 'observe-cluster',
    pattern: '{ $.message = "observed" && $.lagMilliseconds >= 0 }',
    field: 'lagMilliseconds',
  },
  {
    metric: 'ClusterTrouble',
    log: 'reconcile-job',
    pattern: '{ $.why = "*CLUSTER_UNREACHABLE" || $.why = "*CLUSTER_ACCESS_DENIED" }',
  },
  { metric: 'SweepFull', log: 'sweep-jobs', pattern: '{ $.message = "more jobs are overdue than one sweep sends" }' },
  { metric: 'Drift', log: 'sweep-jobs', pattern: '{ $.message = "a counter of usage was wrong" }' },
  { metric: 'Orphans', log: 'observe-cluster', pattern: '{ $.message = "an object of no known job" }' },
]

const PERIOD = Duration.minutes(5)

/** Adds the filters; answers each metric as a sum over five minutes, a measured one as its maximum. */
export function addLogMetrics(
  scope: Construct,
  gatewayName: string,
  functions: GatewayFunctions,
  accessLogs: LogGroup,
): (name: LogMetricName) => Metric {
  const metricNamespace = `Sparkgate/${gatewayName}`
  for (const { metric, log, pattern, field } of LOG_FILTERS) {
    new MetricFilter(scope, `${pascalCase(log)}${metric}Filter`, {
      logGroup: log === 'access-log' ? accessLogs : functions[log].logGroup,
      filterPattern: FilterPattern.literal(pattern),
      metricNamespace,
      metricName: metric,
      ...(field === undefined
        ? { metricValue: '1', unit: Unit.COUNT }
        : { metricValue: `$.${field}`, unit: Unit.MILLISECONDS }),
    })
  }
  const measured = new Set(LOG_FILTERS.flatMap(({ metric, field }) => (field === undefined ? [] : [metric])))
  return metricName =>
    new Metric({
      namespace: metricNamespace,
      metricName,
      period: PERIOD,
      ...(measured.has(metricName)
        ? { statistic: Stats.MAXIMUM, unit: Unit.MILLISECONDS }
        : { statistic: Stats.SUM, unit: Unit.COUNT }),
    })
}
