/** The API's way to the clusters: apart from wire.ts, so that the EKS client is no part of its first load. */
import { KubernetesHttp } from '../adapters/kubernetes-http.ts'
import { KubernetesSparkCluster } from '../adapters/kubernetes-spark-cluster.ts'
import type { ClusterWindow, ClusterWindows } from '../operations/api-ports.ts'
import type { Config } from './config.ts'
import { eksAccess } from './wire-eks.ts'

/** One client a cluster, made when it is first needed. */
export function wireWindows(config: Config): ClusterWindows {
  const accessOf = eksAccess(config, 'api', { now: () => Date.now() })
  const made = new Map<string, ClusterWindow>()
  return {
    async of(name) {
      const cluster = Object.hasOwn(config.platform.clusters, name) ? config.platform.clusters[name] : undefined
      if (cluster === undefined) return undefined
      const known =
        made.get(name) ??
        new KubernetesSparkCluster(
          new KubernetesHttp(accessOf(cluster), { timeoutSeconds: config.kubernetesTimeoutSeconds }),
        )
      made.set(name, known)
      return known
    },
  }
}
