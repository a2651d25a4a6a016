/** Calls to DynamoDB, SQS and Kubernetes, recorded as they are made, and made again bare for another job: the floor of an operation. */
import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { Endpoints } from '../local/emulators.ts'
import { DynamoDbAdmissionStore } from '../shared/adapters/dynamodb-admission-store.ts'
import { lazySpecs } from '../shared/runtime/lazy-specs.ts'
import { DynamoDbJobStore } from '../shared/adapters/dynamodb-job-store.ts'
import { DynamoDbObserverStore } from '../shared/adapters/dynamodb-observer-store.ts'
import { SqsObserveQueue, SqsReconcileQueue } from '../shared/adapters/sqs-queues.ts'
import type { Job } from '../shared/domain/job.ts'
import type { Platform } from '../shared/domain/platform/platform.ts'
import type { SparkCluster } from '../shared/operations/ports.ts'
import { benchAdapters } from './bench-adapters.ts'

export interface TracedCall {
  /** The SDK command's, or the cluster port's method. */
  readonly name: string
  readonly input: unknown
  readonly repeat: (input: never) => Promise<unknown>
}

/** The adapters of a function as reconcile-job has them; `trace` answers the calls that were made during an action. */
export function tracedAdapters(endpoints: Endpoints, platform: Platform) {
  const { config, clusters: real } = benchAdapters(endpoints, platform, 'reconcile')
  let recording: TracedCall[] | undefined
  const dynamodb = traced(new DynamoDBClient(config.aws?.dynamodb ?? {}), call => recording?.push(call))
  const sqs = traced(new SQSClient(config.aws?.sqs ?? {}), call => recording?.push(call))
  const clusterOf = (name: string): SparkCluster =>
    new Proxy(real.of(name), {
      get(target, method: keyof SparkCluster) {
        const call = target[method].bind(target) as (...args: unknown[]) => Promise<unknown>
        return (...args: unknown[]) => {
          recording?.push({ name: `cluster.${method}`, input: args, repeat: (again: never) => call(...(again as [])) })
          return call(...args)
        }
      },
    })
  const table = { client: dynamodb, tableName: config.tableName, retentionDays: config.platform.retentionDays }
  return {
    config,
    specs: lazySpecs,
    store: new DynamoDbJobStore(dynamodb, table),
    observers: new DynamoDbObserverStore(dynamodb, table),
    admission: new DynamoDbAdmissionStore(table),
    reconcileQueue: new SqsReconcileQueue(sqs, config.reconcileQueueUrl),
    observeQueue: new SqsObserveQueue(sqs, config.observeQueueUrl),
    clusters: { of: clusterOf },
    async trace(action: () => Promise<void>): Promise<readonly TracedCall[]> {
      const calls: TracedCall[] = []
      recording = calls
      await action()
      recording = undefined
      return calls
    },
  }
}

/** Makes the calls again, in order, with every id of `from` replaced by that of `to`. A failed condition is an answer. */
export async function replay(calls: readonly TracedCall[], from: Job, to: Job): Promise<void> {
  for (const { input, repeat } of calls) {
    const other = JSON.stringify(input)
      .replaceAll(from.jobId, to.jobId)
      .replaceAll(from.jobId.slice(1, 13), to.jobId.slice(1, 13))
    await repeat(JSON.parse(other) as never).catch((error: unknown) => {
      if (!(error instanceof ConditionalCheckFailedException)) throw error
    })
  }
}

interface Sender {
  send: (command: Command) => Promise<unknown>
}
interface Command {
  readonly input: never
  readonly constructor: { readonly name: string }
}

/** The client itself, telling `note` of each command before it is sent. */
function traced<Client extends DynamoDBClient | SQSClient>(client: Client, note: (call: TracedCall) => void): Client {
  const sender = client as unknown as Sender
  const send = sender.send.bind(client)
  sender.send = command => {
    const Again = command.constructor as unknown as new (input: never) => Command
    note({ name: Again.name.replace('Command', ''), input: command.input, repeat: input => send(new Again(input)) })
    return send(command)
  }
  return client
}
