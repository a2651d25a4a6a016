/** Clients of the clusters of the platform file: one each, made when it is first needed, whatever the way there is. */
import type { ClusterAccess } from '../adapters/cluster-access.ts'
import { KubernetesHttp } from '../adapters/kubernetes-http.ts'
import { KubernetesSparkCluster } from '../adapters/kubernetes-spark-cluster.ts'
import type { Cluster } from '../domain/platform/platform.ts'
import type { ClusterWindow, ClusterWindows } from '../operations/api-ports.ts'
import type { SparkCluster, SparkClusters } from '../operations/ports.ts'
import type { Config } from './config.ts'

/** Throws for a cluster that the platform file does not name. */
export function clusterClients(
  { platform, kubernetesTimeoutSeconds }: Pick<Config, 'platform' | 'kubernetesTimeoutSeconds'>,
  accessOf: (cluster: Cluster) => ClusterAccess,
): SparkClusters {
  const made = new Map<string, SparkCluster>()
  return {
    of(name) {
      const known = made.get(name)
      if (known !== undefined) return known
      const cluster = Object.hasOwn(platform.clusters, name) ? platform.clusters[name] : undefined
      if (cluster === undefined) throw new Error(`the platform file has no cluster ${JSON.stringify(name)}`)
      const http = new KubernetesHttp(accessOf(cluster), { timeoutSeconds: kubernetesTimeoutSeconds })
      const client = new KubernetesSparkCluster(http)
      made.set(name, client)
      return client
    },
  }
}

/** The same clients for those who look at pods. Throws where they are no windows. */
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
