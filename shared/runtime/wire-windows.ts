/** The API's way to the clusters: apart from wire.ts, so that the EKS client is no part of its first load. */
import { EKSClient } from '@aws-sdk/client-eks'
import { eksClusterAccess } from '../adapters/cluster-access.ts'
import { createEksTokenSource } from '../adapters/eks-token.ts'
import { KubernetesHttp } from '../adapters/kubernetes-http.ts'
import { KubernetesSparkCluster } from '../adapters/kubernetes-spark-cluster.ts'
import type { ClusterWindow, ClusterWindows } from '../operations/api-ports.ts'
import type { Config } from './config.ts'

/** One client a cluster, made when it is first needed. */
export function wireWindows(config: Config): ClusterWindows {
  const eks = new EKSClient(config.aws?.eks ?? {})
  const clock = { now: () => Date.now() }
  const tokens = createEksTokenSource(() => eks.config.credentials(), clock)
  const made = new Map<string, ClusterWindow>()
  return {
    async of(name) {
      const cluster = Object.hasOwn(config.platform.clusters, name) ? config.platform.clusters[name] : undefined
      if (cluster === undefined) return undefined
      const access = eksClusterAccess({ eks, tokens, clock }, cluster)
      const known =
        made.get(name) ??
        new KubernetesSparkCluster(new KubernetesHttp(access, { timeoutSeconds: config.kubernetesTimeoutSeconds }))
      made.set(name, known)
      return known
    },
  }
}
