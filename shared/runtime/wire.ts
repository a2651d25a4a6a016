/**
 * The composition root: the only place that puts adapters behind ports. One function a group, so that each Lambda bundle
 * holds just the SDK clients that it uses. Endpoints and credentials come from the SDKs' own environment variables.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { SQSClient } from '@aws-sdk/client-sqs'
import { DynamoDbAdmissionStore } from '../adapters/dynamodb-admission-store.ts'
import { DynamoDbJobStore } from '../adapters/dynamodb-job-store.ts'
import { DynamoDbObserverStore } from '../adapters/dynamodb-observer-store.ts'
import { EventBridgeBus } from '../adapters/eventbridge-bus.ts'
import { noArchive } from '../adapters/s3-archive.ts'
import { S3Inbox } from '../adapters/s3-inbox.ts'
import { SqsObserveQueue, SqsReconcileQueue } from '../adapters/sqs-queues.ts'
import type { GatewayIdentity } from '../domain/platform/cluster-grants.ts'
import type { Clock, JobArchive, Random, SparkClusters } from '../operations/ports.ts'
import type { ReconcileDeps } from '../operations/reconcile-job.ts'
import { clusterClients, windowsOf } from './cluster-clients.ts'
import type { Config } from './config.ts'
import { CorrectedClock } from './corrected-clock.ts'
import { logKeeper } from './log-keeper.ts'
import type { Log } from './logging.ts'
import { eksAccess } from './wire-eks.ts'
import { s3Settings, wireS3Archive } from './wire-archive.ts'

/** One for all of a process: whoever asks DynamoDB keeps it right. */
const clock = new CorrectedClock()
export const systemClock: Clock = clock
export const systemRandom: Random = { next: () => Math.random() }

export function wireStores(config: Config) {
  const client = new DynamoDBClient(config.aws?.dynamodb ?? {})
  clock.follow(client)
  const table = { client, tableName: config.tableName, retentionDays: config.platform.retentionDays }
  return {
    store: new DynamoDbJobStore(client, table),
    observers: new DynamoDbObserverStore(client, table),
    admission: new DynamoDbAdmissionStore(table),
  }
}

export function wireQueues(config: Config) {
  const client = new SQSClient(config.aws?.sqs ?? {})
  return {
    reconcileQueue: new SqsReconcileQueue(client, config.reconcileQueueUrl),
    observeQueue: new SqsObserveQueue(client, config.observeQueueUrl),
  }
}

export function wireInbox(config: Config) {
  return { inbox: new S3Inbox(s3Settings(config)) }
}

/** Ended jobs are kept where the platform file says; without a bucket only the table has them, until their time. */
export const wireArchive = (config: Config): { archive: JobArchive } => ({
  archive: wireS3Archive(config) ?? noArchive,
})

/** What keeps logs beyond their pods: nothing without a bucket for it. */
export function wireLogKeeper(config: Config, clusters: SparkClusters, log: Log): Pick<ReconcileDeps, 'keepLog'> {
  const archive = wireS3Archive(config)
  return archive === undefined ? {} : { keepLog: logKeeper(windowsOf(clusters, config), archive, log) }
}

export const wireBus = (config: Config) => ({
  bus: new EventBridgeBus(new EventBridgeClient(config.aws?.eventbridge ?? {}), config.eventBusName),
})

/** Clusters of the platform file, each reached the EKS way, as the identity that says what may be done there. */
export const wireClusters = (config: Config, identity: GatewayIdentity): { clusters: SparkClusters } => ({
  clusters: clusterClients(config, eksAccess(config, identity, systemClock)),
})

/** What reconcileJob needs besides ports. */
export const reconcileSettings = (config: Config) => ({
  platform: config.platform,
  clock: systemClock,
  random: systemRandom,
  settings: config.settings,
  objectTimeToLiveSeconds: config.platform.objectTimeToLiveSeconds,
  watchSeconds: config.watchSeconds,
})
