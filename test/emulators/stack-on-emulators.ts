/**
 * The gateway of `npm run local` on AWS emulators that are not ours: table and change stream on DynamoDB Local, queues, inbox
 * and bus on ministack, which also carries what the inbox and the bus tell. Kubernetes, EKS and the issuer stay embedded.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge'
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { startEmulators } from '../../local/emulators.ts'
import type { Endpoints, QueueName } from '../../local/emulators.ts'
import { startGateway } from '../../local/gateway.ts'
import { KEYS, LOCAL_SETTINGS, REGION } from '../../local/local-platform.ts'
import { untilClosed } from '../../local/quiet-log.ts'
import { mintToken } from '../../local/stack.ts'
import { TABLE_SCHEMA } from '../../shared/adapters/dynamodb-table.ts'
import type { Platform } from '../../shared/domain/platform/platform.ts'
import { silentLog } from '../support/silent-log.ts'
import { takeBodies } from '../contract/sqs-sides.ts'
import { EMULATOR, urlOf } from './endpoints.ts'
import { startOneAccount } from './one-account.ts'

const NAMES: readonly QueueName[] = [
  'intake-dead',
  'reconcile-dead',
  'observe-dead',
  'events-dead',
  'intake',
  'reconcile',
  'observe',
]
const MAX_RECEIVES = 5
const VISIBILITY_SECONDS = '65'
const SPEED = 50

export type StackOnEmulators = Awaited<ReturnType<typeof startStackOnEmulators>>

/** The buckets that the platform file names are created; inboxes tell the intake queue. */
export async function startStackOnEmulators(platform: Platform) {
  const dataDir = mkdtempSync(join(tmpdir(), 'sparkgate-stack-'))
  const ministack = urlOf('ministack')
  const sqs = new SQSClient({ ...EMULATOR, endpoint: ministack })
  const s3 = new S3Client({ ...EMULATOR, endpoint: ministack, forcePathStyle: true })
  const dynamodb = await startOneAccount(urlOf('DynamoDB Local'), EMULATOR.credentials.accessKeyId)
  const tableName = await createTable(dynamodb.url)
  const queues = await createQueues(sqs)
  await createBuckets(s3, platform, await arnOf(sqs, queues.intake))
  const events = await createBus(sqs, ministack)
  const ours = await startEmulators({ platform, dataDir, keep: 'memory', speed: SPEED, spark: 'off' })
  const endpoints: Endpoints = {
    ...ours.endpoints,
    dynamodbUrl: dynamodb.url,
    sqsUrl: ministack,
    s3Url: ministack,
    eventBridgeUrl: ministack,
    tableName,
    queues,
  }
  const log = untilClosed(silentLog)
  const pace = {
    settings: { ...LOCAL_SETTINGS, createWindowSeconds: 4, vanishedGraceSeconds: 4 },
    kubernetesTimeoutSeconds: 3,
    watchSeconds: 2,
    sweepMilliseconds: 1_000,
    sweepGraceSeconds: 2,
  }
  const gateway = await startGateway({ platform, endpoints, log, pace, dataDir: join(dataDir, 'gateway') })
  return {
    apiUrl: gateway.apiUrl,
    s3,
    auditLog: ours.kubernetes.auditLog,
    token: (team: string) => mintToken(endpoints, platform, team),
    /** Takes out the events that the bus delivered since the last look. */
    takeEvents: async () => (await takeBodies(sqs, events)).map(body => JSON.parse(body) as Delivered),
    /** Takes out of a queue what lies there. */
    take: (name: QueueName) => takeBodies(sqs, queues[name]),
    async close() {
      log.silence()
      await gateway.close()
      await Promise.all([ours.close(), dynamodb.close()])
      for (const client of [sqs, s3]) client.destroy()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

export interface Delivered {
  readonly 'detail-type': string
  readonly detail: Readonly<Record<string, unknown>>
}

async function createTable(endpoint: string): Promise<string> {
  const client = new DynamoDBClient({ endpoint, region: REGION, credentials: KEYS.people })
  const TableName = `sparkgate-${crypto.randomUUID()}`
  await client.send(new CreateTableCommand({ ...structuredClone(TABLE_SCHEMA), TableName } as never))
  client.destroy()
  return TableName
}

async function createQueues(sqs: SQSClient): Promise<Readonly<Record<QueueName, string>>> {
  const run = crypto.randomUUID()
  const urls = new Map<QueueName, string>()
  // Dead-letter queues come first in the list: the others name them.
  for (const name of NAMES) {
    const dead = urls.get(`${name}-dead` as QueueName)
    const Attributes = dead === undefined ? {} : await redriveTo(sqs, dead)
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `${name}-${run}`, Attributes }))
    urls.set(name, QueueUrl)
  }
  return Object.fromEntries(urls) as Record<QueueName, string>
}

async function redriveTo(sqs: SQSClient, dead: string) {
  const RedrivePolicy = JSON.stringify({
    deadLetterTargetArn: await arnOf(sqs, dead),
    maxReceiveCount: MAX_RECEIVES,
  })
  return { VisibilityTimeout: VISIBILITY_SECONDS, RedrivePolicy }
}

async function arnOf(sqs: SQSClient, QueueUrl: string): Promise<string> {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }))
  return Attributes?.['QueueArn'] ?? ''
}

async function createBuckets(s3: S3Client, platform: Platform, QueueArn: string): Promise<void> {
  const NotificationConfiguration = { QueueConfigurations: [{ QueueArn, Events: ['s3:ObjectCreated:*' as const] }] }
  for (const Bucket of platform.inboxBuckets) {
    await s3.send(new CreateBucketCommand({ Bucket }))
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
    await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }))
  }
  if (platform.archiveBucket !== undefined) await s3.send(new CreateBucketCommand({ Bucket: platform.archiveBucket }))
}

/** The bus of the gateway's name, once a run, and a rule that tells a queue everything; answers its URL. */
async function createBus(sqs: SQSClient, endpoint: string): Promise<string> {
  const events = new EventBridgeClient({ ...EMULATOR, endpoint })
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `told-${crypto.randomUUID()}` }))
  await events.send(new CreateEventBusCommand({ Name: 'sparkgate' }))
  const EventPattern = JSON.stringify({ source: ['sparkgate'] })
  await events.send(new PutRuleCommand({ Name: 'told', EventBusName: 'sparkgate', EventPattern }))
  const Targets = [{ Id: 'told', Arn: await arnOf(sqs, QueueUrl) }]
  await events.send(new PutTargetsCommand({ Rule: 'told', EventBusName: 'sparkgate', Targets }))
  events.destroy()
  return QueueUrl
}
