/** One page: what comes in, what waits, what fails, how long it takes. */
import { Duration } from 'aws-cdk-lib'
import { AlarmStatusWidget, Dashboard, GraphWidget, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import type { Alarm, IMetric } from 'aws-cdk-lib/aws-cloudwatch'
import type { Construct } from 'constructs'
import { FUNCTION_NAMES, QUEUE_NAMES } from '../shared/runtime/function-table.ts'
import type { GatewayFunctions } from './functions.ts'
import type { LogMetricName } from './log-metrics.ts'
import type { GatewayQueues } from './queues.ts'

export interface DashboardOptions {
  readonly gatewayName: string
  readonly queues: GatewayQueues
  readonly functions: GatewayFunctions
  readonly logMetric: (name: LogMetricName) => IMetric
  readonly alarms: readonly Alarm[]
}

const WHOLE_WIDTH = 24
const HALF_WIDTH = 12
const period = Duration.minutes(5)

export function addDashboard(scope: Construct, options: DashboardOptions): void {
  const { gatewayName, queues, functions, logMetric, alarms } = options
  const graph = (title: string, left: IMetric[]): GraphWidget => new GraphWidget({ title, left, width: HALF_WIDTH })
  const failures = (['Errors', 'ClusterTrouble', 'WaitingForOperator', 'Orphans', 'Drift', 'SweepFull'] as const).map(
    logMetric,
  )
  const handlers = FUNCTION_NAMES.map(name => functions[name].handler)
  new Dashboard(scope, 'Dashboard', {
    dashboardName: gatewayName,
    defaultInterval: Duration.hours(3),
    widgets: [
      [new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: WHOLE_WIDTH })],
      [graph('Specs', [logMetric('Accepted'), logMetric('Rejected')]), graph('Failures', failures)],
      [
        graph(
          'Messages waiting',
          QUEUE_NAMES.map(name => queues.work[name].metricApproximateNumberOfMessagesVisible({ period })),
        ),
        graph(
          'Age of the oldest message, seconds',
          QUEUE_NAMES.map(name => queues.work[name].metricApproximateAgeOfOldestMessage({ period })),
        ),
      ],
      [
        graph(
          'Invocations',
          handlers.map(handler => handler.metricInvocations({ period })),
        ),
        graph(
          'Time of an invocation, p99',
          handlers.map(handler => handler.metricDuration({ period, statistic: Stats.percentile(99) })),
        ),
      ],
      [
        graph(
          'Throttled',
          handlers.map(handler => handler.metricThrottles({ period })),
        ),
        graph('Events and reports late, milliseconds', [
          functions.notify.handler.metric('IteratorAge', { period, statistic: Stats.MAXIMUM }),
        ]),
      ],
      [graph('From a create to its submission by the operator, milliseconds, the slowest', [logMetric('OperatorLag')])],
    ],
  })
}
