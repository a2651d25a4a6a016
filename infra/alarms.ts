/**
 * What wakes a person. Each alarm has its page in docs/runbooks/, whose name is in the alarm's description; thresholds are
 * here and nowhere else. Without a topic the alarms are still seen in the console.
 */
import { Duration } from 'aws-cdk-lib'
import { Alarm, ComparisonOperator, MathExpression, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import { QUEUE_NAMES } from '../shared/runtime/function-table.ts'
import { pascalCase } from './pascal-case.ts'
import type { QueueName } from '../shared/runtime/function-table.ts'
import type { GatewayFunctions } from './functions.ts'
import type { LogMetricName } from './log-metrics.ts'
import type { GatewayQueues } from './queues.ts'

export interface AlarmOptions {
  readonly gatewayName: string
  readonly queues: GatewayQueues
  readonly functions: GatewayFunctions
  readonly logMetric: (name: LogMetricName) => IMetric
  readonly topic: ITopic | undefined
}

/** A page of docs/runbooks/. */
type Runbook =
  | 'dead-letters'
  | 'oldest-message'
  | 'sweep-overdue'
  | 'sweep-full'
  | 'observer-stale'
  | 'operator-lag'
  | 'cluster-trouble'
  | 'orphans'
  | 'error-ratio'
  | 'reject-ratio'
  | 'notify-behind'

interface AlarmRow {
  readonly runbook: Runbook
  /** What it is about, where one page has several alarms. */
  readonly about?: string
  readonly says: string
  readonly metric: IMetric
  readonly threshold: number
  /** Periods in a row; 1 if absent. */
  readonly periods?: number
  /** `less`: below the threshold is the trouble, and so is no data at all. */
  readonly trouble?: 'more' | 'less'
}

const MINUTE = Duration.minutes(1)
const FIVE_MINUTES = Duration.minutes(5)

/** Seconds that a message may wait. An observer's tick is in work for most of a minute, so its age says more, later. */
const OLDEST_SECONDS: Readonly<Record<QueueName, number>> = { intake: 300, reconcile: 300, observe: 180 }
const ERROR_PERCENT = 5
const REJECT_PERCENT = 50
/** Fewer than these in five minutes say nothing about a ratio. */
const FEWEST_INVOCATIONS = 20
const FEWEST_SPECS = 10
/** Looks in five minutes that found the operator had not begun. A waiting job is looked at every 5 to 300 seconds. */
const WAITING_LOOKS = 100
/** It begins within a second when it is idle, and within twenty after a restart. */
const OPERATOR_LAG_MILLISECONDS = 120_000
const TROUBLE_LOOKS = 5
const STREAM_BEHIND_MILLISECONDS = 300_000

export function addAlarms(scope: Construct, options: AlarmOptions): readonly Alarm[] {
  return alarmRows(options).map(row => addAlarm(scope, row, options))
}

function alarmRows({ queues, functions, logMetric }: AlarmOptions): AlarmRow[] {
  const sweeps = functions['sweep-jobs'].handler
  const ratio = (label: string, bad: IMetric, good: IMetric, fewest: number): IMetric =>
    new MathExpression({
      label,
      expression: `IF(FILL(bad, 0) + FILL(good, 0) >= ${fewest}, 100 * FILL(bad, 0) / (FILL(bad, 0) + FILL(good, 0)), 0)`,
      usingMetrics: { bad, good },
      period: FIVE_MINUTES,
    })
  return [
    ...QUEUE_NAMES.map(name => deadLetters(name, queues.dead[name])),
    deadLetters('events', queues.eventsDead),
    ...QUEUE_NAMES.map(name => oldestMessage(name, queues.work[name])),
    {
      runbook: 'sweep-overdue',
      says: 'No sweep ended in five minutes: jobs whose message was lost wait.',
      metric: sweeps.metricInvocations({ statistic: Stats.SUM, period: FIVE_MINUTES }),
      threshold: 1,
      trouble: 'less',
    },
    {
      runbook: 'sweep-full',
      says: 'More jobs are overdue than a sweep sends: the reconcile queue loses or delays messages.',
      metric: logMetric('SweepFull'),
      threshold: 1,
      periods: 3,
    },
    {
      runbook: 'operator-lag',
      says: 'A Spark Operator does not begin with what was created.',
      metric: logMetric('WaitingForOperator'),
      threshold: WAITING_LOOKS,
      periods: 3,
    },
    {
      runbook: 'operator-lag',
      about: 'time',
      says: `A Spark Operator needs more than ${OPERATOR_LAG_MILLISECONDS / 60_000} minutes to begin with what was created.`,
      metric: logMetric('OperatorLag'),
      threshold: OPERATOR_LAG_MILLISECONDS,
      periods: 3,
    },
    {
      runbook: 'cluster-trouble',
      says: 'A cluster does not answer, or does not let the gateway in.',
      metric: logMetric('ClusterTrouble'),
      threshold: TROUBLE_LOOKS,
      periods: 3,
    },
    {
      runbook: 'orphans',
      says: 'A cluster has SparkApplications of ours whose job nobody knows; after a day they are deleted.',
      metric: logMetric('Orphans'),
      threshold: 1,
    },
    {
      runbook: 'error-ratio',
      says: `More than ${ERROR_PERCENT} % of what the functions did failed.`,
      metric: ratio('failed, %', logMetric('Errors'), logMetric('Invocations'), FEWEST_INVOCATIONS),
      threshold: ERROR_PERCENT,
      periods: 3,
    },
    {
      runbook: 'reject-ratio',
      says: `More than ${REJECT_PERCENT} % of the specs were refused.`,
      metric: ratio('refused, %', logMetric('Rejected'), logMetric('Accepted'), FEWEST_SPECS),
      threshold: REJECT_PERCENT,
      periods: 3,
    },
    {
      runbook: 'notify-behind',
      says: 'Events and reports are more than five minutes late.',
      metric: functions.notify.target.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: FIVE_MINUTES }),
      threshold: STREAM_BEHIND_MILLISECONDS,
    },
  ]
}

const deadLetters = (about: string, queue: Queue): AlarmRow => ({
  runbook: 'dead-letters',
  about,
  says: `Messages that nobody could handle lie in ${about}-dead; they are lost after 14 days.`,
  metric: queue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, period: MINUTE }),
  threshold: 1,
})

const oldestMessage = (name: QueueName, queue: Queue): AlarmRow => ({
  ...(name === 'observe' ? { runbook: 'observer-stale' } : { runbook: 'oldest-message', about: name }),
  says:
    name === 'observe'
      ? 'A cluster is not watched: status comes late, by the sweep alone.'
      : `A message waits in ${name} for more than ${OLDEST_SECONDS[name]} seconds.`,
  metric: queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM, period: MINUTE }),
  threshold: OLDEST_SECONDS[name],
  periods: 3,
})

function addAlarm(scope: Construct, row: AlarmRow, { gatewayName, topic }: AlarmOptions): Alarm {
  const { runbook, about, says, metric, threshold, periods = 1, trouble = 'more' } = row
  const name = [runbook, about].filter(part => part !== undefined).join('-')
  const alarm = new Alarm(scope, `${pascalCase(name)}Alarm`, {
    alarmName: `${gatewayName}-${name}`,
    alarmDescription: `${says} Runbook: docs/runbooks/${runbook}.md`,
    metric,
    threshold,
    evaluationPeriods: periods,
    comparisonOperator:
      trouble === 'less'
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: trouble === 'less' ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
  })
  if (topic !== undefined) {
    alarm.addAlarmAction(new SnsAction(topic))
    alarm.addOkAction(new SnsAction(topic))
  }
  return alarm
}
