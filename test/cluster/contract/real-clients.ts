/**
 * The gateway's own clients of the real cluster: its least roles by tokens as EKS takes them, one that changes the team's
 * namespace and one that only watches; or the kubeconfig's user, where that is all there is.
 */
import { createEksTokenSource } from '../../../shared/adapters/eks-token.ts'
import { KubernetesHttp } from '../../../shared/adapters/kubernetes-http.ts'
import { KubernetesSparkCluster } from '../../../shared/adapters/kubernetes-spark-cluster.ts'
import { kubeconfigAccess } from '../../../local/kubeconfig-clusters.ts'
import type { RoleKeys } from '../../../local/eks-cluster.ts'
import { systemClock } from '../../../shared/runtime/wire.ts'
import type { RealCluster } from '../support/real-cluster.ts'

/** Longer than the two webhooks of a create may take on a busy machine. */
const TIMEOUT_SECONDS = 20

export interface RealClients {
  /** As reconcile-job has it. */
  readonly reconcile: KubernetesSparkCluster
  /** As observe-cluster has it. */
  readonly observe: KubernetesSparkCluster
  close(): void
}

export function clientsOf(cluster: RealCluster): RealClients {
  const https = (['reconcile', 'observe'] as const).map(role => httpOf(cluster, cluster.eks?.keys[role]))
  const [reconcile, observe] = https.map(http => new KubernetesSparkCluster(http))
  if (reconcile === undefined || observe === undefined) throw new Error('two roles have two clients')
  return {
    reconcile,
    observe,
    close() {
      for (const http of https) http.close()
    },
  }
}

/** A connection as the holder of `keys`; as the kubeconfig's user where the cluster is not reached as EKS. */
export function httpOf({ eks, kubeconfig }: RealCluster, keys: RoleKeys | undefined): KubernetesHttp {
  if (eks === undefined || keys === undefined)
    return new KubernetesHttp(kubeconfigAccess(kubeconfig), { timeoutSeconds: TIMEOUT_SECONDS })
  const tokens = createEksTokenSource(async () => keys, systemClock)
  const certificateAuthority = Buffer.from(eks.certificateAuthorityData, 'base64').toString('utf8')
  return new KubernetesHttp(
    {
      endpoint: async () => ({ server: eks.server, certificateAuthority }),
      bearerToken: fresh => tokens.token(eks.name, eks.region, fresh),
    },
    { timeoutSeconds: TIMEOUT_SECONDS },
  )
}
