/** The adapter's client of an embedded cluster: access by tokens signed as in AWS, or by whatever a test says. */
import type { EmbeddedKubernetes } from '../../local/kubernetes/embedded-kubernetes.ts'
import type { ClusterAccess } from '../../shared/adapters/cluster-access.ts'
import { createEksTokenSource } from '../../shared/adapters/eks-token.ts'
import type { Credentials } from '../../shared/adapters/eks-token.ts'
import { KubernetesHttp } from '../../shared/adapters/kubernetes-http.ts'
import { KubernetesSparkCluster } from '../../shared/adapters/kubernetes-spark-cluster.ts'
import { systemClock } from '../../shared/runtime/wire.ts'

export interface ClusterClient {
  readonly cluster: KubernetesSparkCluster
  close(): void
}

/** `access` replaces parts of how the cluster is reached; calls give up after `timeoutSeconds`. */
export function clientOf(
  kubernetes: EmbeddedKubernetes,
  credentials: Credentials,
  options: { readonly access?: Partial<ClusterAccess>; readonly timeoutSeconds?: number } = {},
): ClusterClient {
  const tokens = createEksTokenSource(async () => credentials, systemClock)
  const http = new KubernetesHttp(
    {
      endpoint: async () => endpointOf(kubernetes),
      bearerToken: fresh => tokens.token(kubernetes.clusterName, kubernetes.region, fresh),
      ...options.access,
    },
    { timeoutSeconds: options.timeoutSeconds ?? 10 },
  )
  return { cluster: new KubernetesSparkCluster(http), close: () => http.close() }
}

export const endpointOf = (kubernetes: EmbeddedKubernetes) => ({
  server: kubernetes.url,
  certificateAuthority: Buffer.from(kubernetes.certificateAuthorityData, 'base64').toString('utf8'),
})
