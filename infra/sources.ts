/** What feeds the functions: three queues, and the table's change stream for notify. Batches and retries as in the embedded stack. */
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda'
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb'
import type { Construct } from 'constructs'
import { jobKey } from '../shared/adapters/dynamodb-table.ts'
import { CHANGE_STREAM, QUEUE_NAMES, QUEUES } from '../shared/runtime/function-table.ts'
import { pascalCase } from './pascal-case.ts'
import type { QueueName } from '../shared/runtime/function-table.ts'
import type { GatewayFunctions } from './functions.ts'
import type { GatewayQueues } from './queues.ts'

export interface SourceOptions {
  readonly functions: GatewayFunctions
  readonly queues: GatewayQueues
  readonly table: ITableV2
  /** Batches in work at once, in place of the table's numbers; 2 to 1,000. */
  readonly maximumConcurrency: Readonly<Partial<Record<QueueName, number>>>
}

/** Each watch holds one run for almost a minute: fewer runs than clusters, and one waits for the other. */
export const observersNeeded = (clusters: number): number => Math.max(QUEUES.observe.maximumConcurrency, clusters)

export function addSources(scope: Construct, { functions, queues, table, maximumConcurrency }: SourceOptions): void {
  for (const name of QUEUE_NAMES) {
    const { feeds, batchSize, maximumConcurrency: usual } = QUEUES[name]
    const source = new EventSourceMapping(scope, `${pascalCase(name)}Source`, {
      target: functions[feeds].target,
      eventSourceArn: queues.work[name].queueArn,
      batchSize,
      maxConcurrency: maximumConcurrency[name] ?? usual,
      reportBatchItemFailures: true,
    })
    // Lambda tries to read the queue when the mapping is made.
    source.node.addDependency(functions[feeds].role)
  }
  const { target, role } = functions.notify
  const stream = new EventSourceMapping(scope, 'ChangeStream', {
    target,
    ...(table.tableStreamArn !== undefined && { eventSourceArn: table.tableStreamArn }),
    batchSize: CHANGE_STREAM.batchSize,
    retryAttempts: CHANGE_STREAM.retryAttempts,
    startingPosition: StartingPosition.TRIM_HORIZON,
    reportBatchItemFailures: true,
    onFailure: { bind: () => ({ destination: queues.eventsDead.queueArn }) },
    // Only job records: turns, observers and specs change far more often, and nobody is told.
    filters: [
      FilterCriteria.filter({
        eventName: FilterRule.or('INSERT', 'MODIFY'),
        dynamodb: { Keys: { sk: { S: FilterRule.isEqual(JOB_SORT_KEY) } } },
      }),
    ],
  })
  stream.node.addDependency(role)
}

const JOB_SORT_KEY = jobKey({ team: '', jobId: '' }).sk.S
