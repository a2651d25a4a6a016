/**
 * What each function's role may do, all of it, besides its log group (infra/functions.ts). test/infra/deployed-run.test.ts
 * holds it against the calls that the functions really make: none is missing, and each one that no test makes has its reason
 * in infra/granted-without-use.ts.
 */
import { Stack } from 'aws-cdk-lib'
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb'
import type { EventBus } from 'aws-cdk-lib/aws-events'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { Construct } from 'constructs'
import type { Platform } from '../shared/domain/platform/platform.ts'
import { ACTIVE_INDEX, DUE_INDEX, QUEUE_INDEX, TEAM_INDEX } from '../shared/adapters/dynamodb-table.ts'
import type { GatewayBuckets } from './buckets.ts'
import { FUNCTION_NAMES, FUNCTIONS, QUEUE_NAMES, QUEUES } from '../shared/runtime/function-table.ts'
import type { FunctionName, FunctionRow, QueueName } from '../shared/runtime/function-table.ts'
import type { GatewayFunctions } from './functions.ts'
import type { GatewayQueues } from './queues.ts'
import { shippedLogRights } from './shipped-logs.ts'

export interface GrantedResources {
  readonly platform: Platform
  readonly table: ITableV2
  readonly queues: GatewayQueues
  readonly buckets: GatewayBuckets
  readonly bus: EventBus
  readonly key: IKey | undefined
}

/** A transaction needs the rights of its parts; there is no right to transact. */
interface TableRights {
  readonly item: readonly ('GetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'BatchGetItem' | 'Query')[]
  /** Indexes that are queried. */
  readonly indexes?: readonly string[]
}

const TABLE_RIGHTS: Readonly<Partial<Record<FunctionName, TableRights>>> = {
  api: {
    item: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query'],
    indexes: [TEAM_INDEX, QUEUE_INDEX],
  },
  'object-created': { item: ['GetItem', 'PutItem'] },
  'schedule-fired': { item: ['GetItem', 'PutItem'] },
  'reconcile-job': { item: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'Query'], indexes: [QUEUE_INDEX] },
  'observe-cluster': { item: ['GetItem', 'PutItem', 'UpdateItem'], indexes: [ACTIVE_INDEX] },
  'sweep-jobs': {
    item: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'Query'],
    indexes: [DUE_INDEX, ACTIVE_INDEX, QUEUE_INDEX],
  },
}

/** Queues that a function sends to. */
const SENDS_TO: Readonly<Partial<Record<FunctionName, readonly QueueName[]>>> = {
  api: ['reconcile'],
  'object-created': ['reconcile'],
  'schedule-fired': ['reconcile'],
  'reconcile-job': ['reconcile', 'observe'],
  'observe-cluster': ['reconcile', 'observe'],
  'sweep-jobs': ['reconcile', 'observe'],
}

/** The reports that object-created and notify put beside specs. */
const REPORT_SUFFIXES = {
  'object-created': ['.rejected.json'],
  notify: ['.accepted.json', '.rejected.json', '.result.json'],
} as const satisfies Readonly<Partial<Record<FunctionName, readonly string[]>>>

export function grantAll(scope: Construct, functions: GatewayFunctions, resources: GrantedResources): void {
  for (const name of FUNCTION_NAMES) {
    const allow = (actions: readonly string[], arns: readonly string[]): void => {
      if (actions.length === 0 || arns.length === 0) return
      functions[name].role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [...arns] }))
    }
    allowTable(name, allow, resources.table)
    allowQueues(name, allow, resources.queues)
    allowBuckets(name, allow, resources.buckets)
    if (name === 'notify') allow(['events:PutEvents'], [resources.bus.eventBusArn])
    allowClusters(name, allow, scope, resources.platform)
    if (name === 'api') allowShippedLogs(allow, scope, resources.platform)
    if (resources.key !== undefined) allow(['kms:Decrypt', 'kms:GenerateDataKey'], [resources.key.keyArn])
  }
}

type Allow = (actions: readonly string[], arns: readonly string[]) => void

function allowTable(name: FunctionName, allow: Allow, table: ITableV2): void {
  const rights = TABLE_RIGHTS[name]
  if (rights !== undefined) {
    allow(
      rights.item.map(action => `dynamodb:${action}`),
      [table.tableArn],
    )
    allow(
      ['dynamodb:Query'],
      (rights.indexes ?? []).map(index => `${table.tableArn}/index/${index}`),
    )
  }
  if (name === 'notify' && table.tableStreamArn !== undefined) {
    allow(['dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:DescribeStream'], [table.tableStreamArn])
    // The one right on streams that takes no resource.
    allow(['dynamodb:ListStreams'], ['*'])
  }
}

function allowQueues(name: FunctionName, allow: Allow, queues: GatewayQueues): void {
  for (const queue of QUEUE_NAMES) {
    // Lambda's pollers act as the function's role.
    if (QUEUES[queue].feeds === name)
      allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], [queues.work[queue].queueArn])
  }
  allow(
    ['sqs:SendMessage'],
    (SENDS_TO[name] ?? []).map(queue => queues.work[queue].queueArn),
  )
  const row: FunctionRow = FUNCTIONS[name]
  if (row.isCalledAsynchronously === true || name === 'notify') allow(['sqs:SendMessage'], [queues.eventsDead.queueArn])
}

function allowBuckets(name: FunctionName, allow: Allow, { inboxes, archive }: GatewayBuckets): void {
  if (name === 'object-created') {
    allow(
      ['s3:GetObject', 's3:GetObjectVersion'],
      inboxes.map(inbox => inbox.arnForObjects('*')),
    )
    // Without the right to list, S3 answers 403 instead of 404 for an object that is gone.
    allow(
      ['s3:ListBucket'],
      inboxes.map(inbox => inbox.bucketArn),
    )
  }
  if (name === 'object-created' || name === 'notify') {
    const suffixes: readonly string[] = REPORT_SUFFIXES[name]
    allow(
      ['s3:PutObject'],
      inboxes.flatMap(inbox => suffixes.map(suffix => inbox.arnForObjects(`*${suffix}`))),
    )
  }
  if (archive === undefined) return
  if (name === 'notify') allow(['s3:PutObject'], [archive.arnForObjects('jobs/*')])
  if (name === 'reconcile-job') allow(['s3:PutObject'], [archive.arnForObjects('logs/*')])
  if (name === 'api') {
    allow(['s3:GetObject'], [archive.arnForObjects('logs/*')])
    allow(['s3:ListBucket'], [archive.bucketArn])
  }
}

/** A cluster of another account is described by a role there; one whose endpoint the platform file says, by nobody. */
function allowClusters(name: FunctionName, allow: Allow, scope: Construct, { clusters }: Platform): void {
  const identity = (FUNCTIONS[name] as FunctionRow).clusterIdentity
  if (identity === undefined) return
  const { partition, account } = Stack.of(scope)
  const reached = Object.values(clusters)
  allow(
    ['eks:DescribeCluster'],
    reached
      .filter(({ assume, endpoint }) => assume === undefined && endpoint === undefined)
      .map(({ region, eksName }) => `arn:${partition}:eks:${region}:${account}:cluster/${eksName}`),
  )
  allow(
    ['sts:AssumeRole'],
    [...new Set(reached.flatMap(({ assume }) => (assume === undefined ? [] : [assume[identity]])))],
  )
}

/** What was shipped of pods that are gone. A cluster of another account lets its own role read its own group. */
function allowShippedLogs(allow: Allow, scope: Construct, { clusters }: Platform): void {
  for (const { region, podLogGroup, assume } of Object.values(clusters)) {
    if (podLogGroup === undefined || assume !== undefined) continue
    for (const [action, resource] of shippedLogRights(scope, { region, name: podLogGroup })) allow([action], [resource])
  }
}
