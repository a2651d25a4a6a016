/**
 * The adapters that only the API has, beside shared/runtime/wire.ts: the way to the clusters is loaded with the first request
 * that needs it, so that it is no part of a cold start (docs/adr/0008).
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDbPageTokenKeys } from '../adapters/dynamodb-page-token-keys.ts'
import { DynamoDbRateLimits } from '../adapters/dynamodb-rate-limits.ts'
import type { ClusterWindow, ClusterWindows, PageTokenKeys, RateLimits } from '../operations/api-ports.ts'
import type { SparkClusters } from '../operations/ports.ts'
import type { Config } from './config.ts'

export function wireApi(config: Config): { readonly pageTokenKeys: PageTokenKeys; readonly rateLimits: RateLimits } {
  const table = { client: new DynamoDBClient(config.aws?.dynamodb ?? {}), tableName: config.tableName }
  return { pageTokenKeys: new DynamoDbPageTokenKeys(table), rateLimits: new DynamoDbRateLimits(table) }
}

/** Clusters of the platform file, each reached the EKS way by this function's own identity. */
export function lazyWindows(config: Config): ClusterWindows {
  let wired: Promise<ClusterWindows> | undefined
  return {
    async of(cluster) {
      wired ??= import('./wire-windows.ts').then(({ wireWindows }) => wireWindows(config))
      return (await wired).of(cluster)
    },
  }
}

/** The same clients that somebody has already, for stacks in one process. Throws where they are no windows. */
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
