/**
 * The composition root: the only place that puts adapters behind ports. One function a group, so that each Lambda bundle
 * holds just the SDK clients that it uses. Endpoints and credentials come from the SDKs' own environment variables.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { EKSClient } from '@aws-sdk/client-eks'
import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { SQSClient } from '@aws-sdk/client-sqs'
import { eksClusterAccess } from '../adapters/cluster-access.ts'
import type { ClusterAccess } from '../adapters/cluster-access.ts'
import { DynamoDbAdmissionStore } from '../adapters/dynamodb-admission-store.ts'
import { DynamoDbJobStore } from '../adapters/dynamodb-job-store.ts'
import { DynamoDbObserverStore } from '../adapters/dynamodb-observer-store.ts'
import { createEksTokenSource } from '../adapters/eks-token.ts'
import { EventBridgeBus } from '../adapters/eventbridge-bus.ts'
import { KubernetesHttp } from '../adapters/kubernetes-http.ts'
import { KubernetesSparkCluster } from '../adapters/kubernetes-spark-cluster.ts'
import { noArchive, S3Archive } from '../adapters/s3-archive.ts'
import type { S3Settings } from '../adapters/s3-http.ts'
import { S3Inbox } from '../adapters/s3-inbox.ts'
import { SqsObserveQueue, SqsReconcileQueue } from '../adapters/sqs-queues.ts'
import type { Clock, JobArchive, Random, SparkCluster, SparkClusters } from '../operations/ports.ts'
import type { Config } from './config.ts'
import { CorrectedClock } from './corrected-clock.ts'

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

/** Region and credentials are found as every SDK client finds them; of the SQS client only that is used (docs/adr/0007). */
export function wireInbox(config: Config) {
  return { inbox: new S3Inbox(s3Settings(config)) }
}

/** Ended jobs are kept where the platform file says; without a bucket only the table has them, until their time. */
export function wireArchive(config: Config): { archive: JobArchive } {
  const bucket = config.platform.archiveBucket
  return { archive: bucket === undefined ? noArchive : new S3Archive(s3Settings(config), bucket) }
}

function s3Settings(config: Config): S3Settings {
  const settings = config.aws?.s3
  const { region, credentials } = new SQSClient(settings ?? {}).config
  const endpoint = settings?.endpoint
  const found = { region, credentials: () => credentials(), random: systemRandom }
  return { ...found, ...(endpoint !== undefined && { endpoint }) }
}

export const wireBus = (config: Config) => ({
  bus: new EventBridgeBus(new EventBridgeClient(config.aws?.eventbridge ?? {}), config.eventBusName),
})

/** Clusters of the platform file, each reached the EKS way. */
export function wireClusters(config: Config): { clusters: SparkClusters } {
  const regions = new Map<string, EKSClient>()
  const clientIn = (region: string): EKSClient => {
    const eks = regions.get(region) ?? new EKSClient({ ...config.aws?.eks, region })
    regions.set(region, eks)
    return eks
  }
  return {
    clusters: clustersBy(config, name => {
      const cluster = clusterOf(config, name)
      // A cluster is described where it is, which need not be where the gateway is.
      const eks = clientIn(cluster.region)
      const tokens = createEksTokenSource(() => eks.config.credentials(), systemClock)
      return eksClusterAccess({ eks, tokens, clock: systemClock }, cluster)
    }),
  }
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
