/**
 * Everything that is not ours, in one process: DynamoDB, SQS, S3, EventBridge, EKS, a token issuer and a Kubernetes cluster
 * with its Spark Operator, on free loopback ports. `Endpoints` is plain JSON: the gateway may run in another process.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CreateTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { TABLE_SCHEMA, TTL_ATTRIBUTE } from '../shared/adapters/dynamodb-table.ts'
import { GATEWAY_GRANTS, GATEWAY_GROUPS, GATEWAY_IDENTITIES } from '../shared/domain/platform/cluster-grants.ts'
import type { Platform } from '../shared/domain/platform/platform.ts'
import { MAX_RECEIVES } from '../shared/runtime/function-table.ts'
import { startEmbeddedDynamoDb } from './aws/dynamodb/dynamodb-server.ts'
import { startEmbeddedEks } from './aws/eks/eks-server.ts'
import { startEmbeddedEventBridge } from './aws/eventbridge/eventbridge-server.ts'
import type { AcceptedEvent } from './aws/eventbridge/put-events.ts'
import { startIssuer } from './aws/issuer/issuer.ts'
import { startEmbeddedS3 } from './aws/s3/s3-server.ts'
import { startEmbeddedSqs } from './aws/sqs/sqs-server.ts'
import type { EksCluster } from './eks-cluster.ts'
import { startEmbeddedKubernetes } from './kubernetes/embedded-kubernetes.ts'
import type { EmbeddedKubernetes } from './kubernetes/embedded-kubernetes.ts'
import { INBOX_BUCKET, KEYS, REGION, ROLES } from './local-platform.ts'

export interface Endpoints {
  readonly dynamodbUrl: string
  readonly sqsUrl: string
  readonly s3Url: string
  readonly eventBridgeUrl: string
  readonly eksUrl: string
  readonly kubernetesUrl: string
  /** Faults and the audit log of the embedded cluster. */
  readonly kubernetesControlUrl: string
  readonly tableName: string
  readonly queues: Readonly<Record<QueueName, string>>
  readonly issuer: string
  readonly signingKeyFile: string
  readonly signingKeyId: string
  /** The Spark that really runs jobs, if one is installed. */
  readonly sparkHome?: string
}

export type QueueName =
  'intake' | 'reconcile' | 'observe' | 'intake-dead' | 'reconcile-dead' | 'observe-dead' | 'events-dead'

export interface EmulatorOptions {
  readonly platform: Platform
  /** Keeps state over restarts. */
  readonly dataDir: string
  readonly keep: 'disk' | 'memory'
  /** Of the embedded operator: 1 is the recorded cadence. */
  readonly speed: number
  readonly spark: 'auto' | 'off'
  /** How long a received message that nobody deleted stays invisible; 65 if absent. */
  readonly visibilitySeconds?: number
  /** Receives before a message is for a person; 5 if absent. */
  readonly maxReceives?: number
  /** EKS answers with this cluster instead of the embedded one of the same name, which then stands idle. */
  readonly eksCluster?: EksCluster
  readonly onEvent?: (event: {
    readonly detailType: string
    readonly detail: Readonly<Record<string, unknown>>
  }) => void
}

export interface Emulators {
  readonly endpoints: Endpoints
  readonly kubernetes: EmbeddedKubernetes
  close(): Promise<void>
}

/** Longer than any function's time limit (in AWS six times as long); after a kill it is how long an unanswered message stays unseen. */
const VISIBILITY_SECONDS = 65

const TABLE_NAME = 'sparkgate'

export async function startEmulators(options: EmulatorOptions): Promise<Emulators> {
  const { dataDir, keep } = options
  const folder = (name: string) => (keep === 'disk' ? { dataDir: join(dataDir, name) } : {})
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const [dynamodb, sqs, issuer, eventBridge, clusters] = await Promise.all([
    startEmbeddedDynamoDb({ ...folder('dynamodb'), region: REGION }),
    startEmbeddedSqs({
      ...folder('sqs'),
      region: REGION,
      queues: queuesWith(options.visibilitySeconds ?? VISIBILITY_SECONDS, options.maxReceives ?? MAX_RECEIVES),
    }),
    startIssuer({ keyFile: join(dataDir, 'signing-key.pem'), ...issuerPort(dataDir, keep) }),
    startEmbeddedEventBridge({
      ...folder('events'),
      region: REGION,
      ...(options.onEvent && { onEvent: toChange(options.onEvent) }),
    }),
    Promise.all(
      Object.keys(options.platform.clusters).map(name => startKubernetes(options, name, folder(`kubernetes-${name}`))),
    ),
  ])
  const [kubernetes] = clusters
  if (kubernetes === undefined) throw new Error('the platform file has no cluster')
  if (keep === 'disk') writeFileSync(join(dataDir, 'issuer-port'), new URL(issuer.url).port)
  const eks = await startEmbeddedEks({
    region: REGION,
    clusters: clusters.map(({ clusterName, url, certificateAuthorityData }) => ({
      name: clusterName,
      endpoint: url,
      certificateAuthorityData,
    })),
  })
  if (options.eksCluster !== undefined) {
    const { name, server: endpoint, certificateAuthorityData } = options.eksCluster
    eks.putCluster({ name, endpoint, certificateAuthorityData })
  }
  const sender = new SQSClient({ endpoint: sqs.url, region: REGION, credentials: KEYS.people })
  const inboxes = inboxBuckets(options.platform)
  const { archiveBucket } = options.platform
  const s3 = await startEmbeddedS3({
    ...folder('s3'),
    region: REGION,
    buckets: [...inboxes, ...(archiveBucket === undefined ? [] : [archiveBucket])],
    credentials: KEYS.people,
    notify: async event => {
      if (!event.Records.every(({ s3: { bucket } }) => inboxes.includes(bucket.name))) return
      await sender.send(
        new SendMessageCommand({ QueueUrl: sqs.queueUrl('intake'), MessageBody: JSON.stringify(event) }),
      )
    },
  })
  await createTable(dynamodb.url)
  return {
    endpoints: {
      dynamodbUrl: dynamodb.url,
      sqsUrl: sqs.url,
      s3Url: s3.url,
      eventBridgeUrl: eventBridge.url,
      eksUrl: eks.url,
      kubernetesUrl: kubernetes.url,
      kubernetesControlUrl: kubernetes.controlUrl,
      tableName: TABLE_NAME,
      queues: Object.fromEntries(QUEUE_NAMES.map(name => [name, sqs.queueUrl(name)])) as Record<QueueName, string>,
      issuer: issuer.url,
      signingKeyFile: issuer.keyFile,
      signingKeyId: issuer.keyId,
      ...(kubernetes.sparkHome !== undefined && { sparkHome: kubernetes.sparkHome }),
    },
    kubernetes,
    async close() {
      await s3.close()
      sender.destroy()
      await Promise.all([
        eks.close(),
        ...clusters.map(cluster => cluster.close()),
        eventBridge.close(),
        issuer.close(),
        sqs.close(),
        dynamodb.close(),
      ])
    },
  }
}

const WITH_DEAD_LETTERS = ['intake', 'reconcile', 'observe'] as const
const QUEUE_NAMES: readonly QueueName[] = [
  'intake-dead',
  'reconcile-dead',
  'observe-dead',
  'events-dead',
  ...WITH_DEAD_LETTERS,
]
const queuesWith = (visibilityTimeoutSeconds: number, maxReceiveCount: number) => [
  ...QUEUE_NAMES.filter(name => name.endsWith('-dead')).map(name => ({ name })),
  ...WITH_DEAD_LETTERS.map(name => ({
    name,
    visibilityTimeoutSeconds,
    deadLetterQueue: `${name}-dead`,
    maxReceiveCount,
  })),
]

/** Tokens name the issuer by its address: kept data keep the port, if it is still free. */
function issuerPort(dataDir: string, keep: 'disk' | 'memory'): { port?: number } {
  const file = join(dataDir, 'issuer-port')
  return keep === 'disk' && existsSync(file) ? { port: Number(readFileSync(file, 'utf8')) } : {}
}

/** The buckets of the platform file; one of the usual name if it has none. */
export const inboxBuckets = ({ inboxBuckets: named }: Platform): readonly string[] =>
  named.length > 0 ? named : [INBOX_BUCKET]

function startKubernetes(
  { platform, speed, spark, dataDir }: EmulatorOptions,
  name: string,
  folder: { dataDir?: string },
) {
  const cluster = platform.clusters[name]
  if (cluster === undefined) throw new Error(`the platform file has no cluster ${name}`)
  const teams = Object.values(platform.teams).filter(team => team.clusters.includes(name))
  const namespaces = teams.map(({ namespace }) => namespace)
  const work = join(dataDir, 'work')
  mkdirSync(work, { recursive: true })
  const examples = new URL('../examples/', import.meta.url).pathname
  return startEmbeddedKubernetes({
    ...folder,
    clusterName: cluster.eksName,
    region: cluster.region,
    principals: [
      ...GATEWAY_IDENTITIES.map(identity => ({
        ...KEYS[identity],
        roleArn: ROLES[identity],
        groups: [GATEWAY_GROUPS[identity]],
      })),
      // For kubectl and curious people; the gateway does not use it.
      { ...KEYS.people, roleArn: ROLES.people, groups: ['viewers'] },
    ],
    // The same rights as on a real cluster (infra/cluster/access-roles.ts).
    roles: [
      ...GATEWAY_IDENTITIES.map(identity => ({
        group: GATEWAY_GROUPS[identity],
        namespaces: identity === 'observe' ? ('*' as const) : namespaces,
        rules: GATEWAY_GRANTS[identity].map(({ resources, verbs }) => ({ resources, verbs: Object.keys(verbs) })),
      })),
      {
        group: 'viewers',
        namespaces: '*',
        rules: [{ resources: ['sparkapplications', 'pods', 'pods/log', 'events'], verbs: ['get', 'list', 'watch'] }],
      },
    ],
    namespaces: teams.map(({ namespace, serviceAccount }) => ({ name: namespace, serviceAccounts: [serviceAccount] })),
    operator: {
      speed,
      workers: 10,
      spark,
      imageFiles: { '/opt/sparkgate/examples/': examples, '/opt/sparkgate/work/': `${work}/` },
    },
  })
}

function toChange(onEvent: NonNullable<EmulatorOptions['onEvent']>) {
  return ({ event }: AcceptedEvent): void => onEvent({ detailType: event['detail-type'], detail: event.detail })
}

async function createTable(endpoint: string): Promise<void> {
  const client = new DynamoDBClient({ endpoint, region: REGION, credentials: KEYS.people })
  try {
    await client.send(new CreateTableCommand({ ...structuredClone(TABLE_SCHEMA), TableName: TABLE_NAME } as never))
    await client.send(
      new UpdateTimeToLiveCommand({
        TableName: TABLE_NAME,
        TimeToLiveSpecification: { AttributeName: TTL_ATTRIBUTE, Enabled: true },
      }),
    )
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error
  } finally {
    client.destroy()
  }
}
