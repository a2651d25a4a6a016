/**
 * Queues and their dead-letter queues. Names are fixed, so that a dead-letter queue can name its one source before that
 * source exists, and so that people find them.
 */
import { Duration, Stack } from 'aws-cdk-lib'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { Queue, QueueEncryption, RedrivePermission } from 'aws-cdk-lib/aws-sqs'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import {
  DEAD_LETTER_DAYS,
  FUNCTIONS,
  MAX_RECEIVES,
  MESSAGE_DAYS,
  QUEUE_NAMES,
  QUEUES,
} from '../shared/runtime/function-table.ts'
import { pascalCase } from './pascal-case.ts'
import type { QueueName } from '../shared/runtime/function-table.ts'

export interface GatewayQueues {
  readonly work: Readonly<Record<QueueName, Queue>>
  readonly dead: Readonly<Record<QueueName, Queue>>
  /** What asynchronous calls, schedules and the change stream could not deliver. */
  readonly eventsDead: Queue
}

/** Six times, as AWS advises: a throttled batch is tried again before its messages show for others. */
const VISIBILITY_FACTOR = 6

export function addQueues(scope: Construct, gatewayName: string, key: IKey | undefined): GatewayQueues {
  const encryption =
    key === undefined
      ? { encryption: QueueEncryption.SQS_MANAGED }
      : { encryption: QueueEncryption.KMS, encryptionMasterKey: key, dataKeyReuse: Duration.hours(1) }
  const add = (name: string, more: ConstructorParameters<typeof Queue>[2]): Queue =>
    new Queue(scope, `${pascalCase(name)}Queue`, {
      queueName: `${gatewayName}-${name}`,
      enforceSSL: true,
      ...encryption,
      ...more,
    })
  const dead = forEachQueue(name =>
    add(`${name}-dead`, {
      retentionPeriod: Duration.days(DEAD_LETTER_DAYS),
      redriveAllowPolicy: {
        redrivePermission: RedrivePermission.BY_QUEUE,
        sourceQueues: [futureQueue(scope, gatewayName, name)],
      },
    }),
  )
  const work = forEachQueue(name =>
    add(name, {
      visibilityTimeout: Duration.seconds(FUNCTIONS[QUEUES[name].feeds].timeoutSeconds * VISIBILITY_FACTOR),
      retentionPeriod: Duration.days(MESSAGE_DAYS),
      deadLetterQueue: { queue: dead[name], maxReceiveCount: MAX_RECEIVES },
    }),
  )
  const eventsDead = add('events-dead', {
    retentionPeriod: Duration.days(DEAD_LETTER_DAYS),
    // Lambda and EventBridge Scheduler send to it; no queue of anybody redrives into it.
    redriveAllowPolicy: { redrivePermission: RedrivePermission.DENY_ALL },
  })
  return { work, dead, eventsDead }
}

const forEachQueue = <Result>(make: (name: QueueName) => Result): Record<QueueName, Result> =>
  Object.fromEntries(QUEUE_NAMES.map(name => [name, make(name)])) as Record<QueueName, Result>

/** The source by its ARN alone: a reference would be a circle in the template. */
function futureQueue(scope: Construct, gatewayName: string, name: QueueName): IQueue {
  const queueName = `${gatewayName}-${name}`
  const queueArn = Stack.of(scope).formatArn({ service: 'sqs', resource: queueName })
  return Queue.fromQueueArn(scope, `${pascalCase(name)}Redrives`, queueArn)
}
