/**
 * The API's part of the composition root. It does not import wire.ts: the way to the clusters is loaded with the first request
 * that needs it (docs/adr/0008), and what both files import would be loaded at once (75 KB of the EKS client and its protocol).
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import { DynamoDbAdmissionStore } from '../adapters/dynamodb-admission-store.ts'
import { DynamoDbJobStore } from '../adapters/dynamodb-job-store.ts'
import { DynamoDbPageTokenKeys } from '../adapters/dynamodb-page-token-keys.ts'
import { DynamoDbRateLimits } from '../adapters/dynamodb-rate-limits.ts'
import { SqsReconcileQueue } from '../adapters/sqs-queues.ts'
import type { ClusterWindows, PageTokenKeys, RateLimits } from '../operations/api-ports.ts'
import type { Clock, LogArchive } from '../operations/ports.ts'
import type { Config } from './config.ts'

/** What only the API has, beside the stores and queues of wire.ts. */
export function wireApi(config: Config): { readonly pageTokenKeys: PageTokenKeys; readonly rateLimits: RateLimits } {
  const table = { client: new DynamoDBClient(config.aws?.dynamodb ?? {}), tableName: config.tableName }
  return { pageTokenKeys: new DynamoDbPageTokenKeys(table), rateLimits: new DynamoDbRateLimits(table) }
}

/** All that the function needs in Lambda, but for its log and the reader of specs. */
export function wireWholeApi(config: Config) {
  const client = new DynamoDBClient(config.aws?.dynamodb ?? {})
  const table = { client, tableName: config.tableName, retentionDays: config.platform.retentionDays }
  const clock: Clock = { now: () => Date.now() }
  return {
    store: new DynamoDbJobStore(client, table),
    admission: new DynamoDbAdmissionStore(table),
    reconcileQueue: new SqsReconcileQueue(new SQSClient(config.aws?.sqs ?? {}), config.reconcileQueueUrl),
    ...wireApi(config),
    windows: lazyWindows(config),
    ...lazyLogs(config),
    platform: config.platform,
    clock,
  }
}

/** Clusters of the platform file, each reached the EKS way by this function's own identity. */
function lazyWindows(config: Config): ClusterWindows {
  let wired: Promise<ClusterWindows> | undefined
  return {
    async of(cluster) {
      wired ??= import('./wire-windows.ts').then(({ wireWindows }) => wireWindows(config))
      return (await wired).of(cluster)
    },
  }
}

/** Read for jobs whose pods are gone: apart from the rest like the way to the clusters. */
function lazyLogs(config: Config): { readonly logs?: LogArchive } {
  if (config.platform.archiveBucket === undefined) return {}
  let wired: Promise<LogArchive | undefined> | undefined
  const archive = (): Promise<LogArchive | undefined> =>
    (wired ??= import('./wire-archive.ts').then(({ wireS3Archive }) => wireS3Archive(config)))
  return {
    logs: {
      keep: async (name, text) => (await archive())?.keep(name, text),
      read: async name => (await archive())?.read(name),
    },
  }
}
