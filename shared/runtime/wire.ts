/**
 * The composition root: the only place that puts adapters behind ports. One function a group, so that each Lambda bundle
 * holds just the SDK clients that it uses. Endpoints and credentials come from the SDKs' own environment variables.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { ClusterAccess } from '../adapters/cluster-access.ts'
import { DynamoDbAdmissionStore } from '../adapters/dynamodb-admission-store.ts'
import { DynamoDbJobStore } from '../adapters/dynamodb-job-store.ts'
import { DynamoDbObserverStore } from '../adapters/dynamodb-observer-store.ts'
import { EventBridgeBus } from '../adapters/eventbridge-bus.ts'
import { KubernetesHttp } from '../adapters/kubernetes-http.ts'
import { KubernetesSparkCluster } from '../adapters/kubernetes-spark-cluster.ts'
import { noArchive } from '../adapters/s3-archive.ts'
import { S3Inbox } from '../adapters/s3-inbox.ts'
import { SqsObserveQueue, SqsReconcileQueue } from '../adapters/sqs-queues.ts'
import type { GatewayIdentity } from '../domain/platform/cluster-grants.ts'
import type { Clock, JobArchive, Random, SparkCluster, SparkClusters } from '../operations/ports.ts'
import type { ClusterWindow, ClusterWindows } from '../operations/api-ports.ts'
import { keepDriverLog } from '../operations/keep-driver-log.ts'
import type { ReconcileDeps } from '../operations/reconcile-job.ts'
import type { Config } from './config.ts'
import { CorrectedClock } from './corrected-clock.ts'
import { eksAccess } from './wire-eks.ts'
import type { Log } from './logging.ts'
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

/** The function has 30 s for ten jobs: what a log may take of them. */
const KEEP_LOG_MILLISECONDS = 5_000

/** What keeps logs beyond their pods: nothing without a bucket for it. What cannot be kept is told, and holds nothing up. */
export function wireLogKeeper(config: Config, clusters: SparkClusters, log: Log): Pick<ReconcileDeps, 'keepLog'> {
  const archive = wireS3Archive(config)
  if (archive === undefined) return {}
  const windows = windowsOf(clusters, config)
  return {
    keepLog: async (job, attempt) => {
      const enough = new AbortController()
      const outcome = await Promise.race([
        keepDriverLog(windows, archive, job, attempt).catch((error: unknown) => error),
        wait(KEEP_LOG_MILLISECONDS, new Error('it took too long'), { signal: enough.signal }).catch(() => undefined),
      ])
      enough.abort()
      if (outcome === 'kept' || outcome === 'nothing') return
      const reason = outcome instanceof Error ? outcome.message : String(outcome)
      const why = `attempt ${attempt.number}: ${reason}`
      log.warn('a driver’s log was not kept', { team: job.team, jobId: job.jobId, why })
    },
  }
}

/** The same clients that somebody has already, for those who look at pods. Throws where they are no windows. */
export function windowsOf(clusters: SparkClusters, { platform }: Pick<Config, 'platform'>): ClusterWindows {
  return {
    async of(name) {
      if (!Object.hasOwn(platform.clusters, name)) return undefined
      const cluster = clusters.of(name)
      if (!isWindow(cluster)) throw new Error(`the client of cluster ${name} reads no logs`)
      return cluster
    },
  }
}

const isWindow = (client: object): client is ClusterWindow => 'readLog' in client && 'tryCreate' in client

export const wireBus = (config: Config) => ({
  bus: new EventBridgeBus(new EventBridgeClient(config.aws?.eventbridge ?? {}), config.eventBusName),
})

/** Clusters of the platform file, each reached the EKS way, as the identity that says what may be done there. */
export function wireClusters(config: Config, identity: GatewayIdentity): { clusters: SparkClusters } {
  const accessOf = eksAccess(config, identity, systemClock)
  return { clusters: clustersBy(config, name => accessOf(clusterOf(config, name))) }
}

/** One client a cluster, made when it is first needed. */
export function clustersBy(config: Config, accessOf: (name: string) => ClusterAccess): SparkClusters {
  const made = new Map<string, SparkCluster>()
  return {
    of(name) {
      const known =
        made.get(name) ??
        new KubernetesSparkCluster(
          new KubernetesHttp(accessOf(name), { timeoutSeconds: config.kubernetesTimeoutSeconds }),
        )
      made.set(name, known)
      return known
    },
  }
}

export function clusterOf(config: Config, name: string) {
  const cluster = Object.hasOwn(config.platform.clusters, name) ? config.platform.clusters[name] : undefined
  if (cluster === undefined) throw new Error(`the platform file has no cluster ${JSON.stringify(name)}`)
  return cluster
}

/** What reconcileJob needs besides ports. */
export const reconcileSettings = (config: Config) => ({
  platform: config.platform,
  clock: systemClock,
  random: systemRandom,
  settings: config.settings,
  objectTimeToLiveSeconds: config.platform.objectTimeToLiveSeconds,
  watchSeconds: config.watchSeconds,
})
