/** How a cluster is reached and who we are there: EKS's endpoint, CA and token, or what a kubeconfig gives. */
import { DescribeClusterCommand } from '@aws-sdk/client-eks'
import type { EKSClient } from '@aws-sdk/client-eks'
import type { EksTokenSource } from './eks-token.ts'

export interface ClusterEndpoint {
  /** `https://…`, without a path. */
  readonly server: string
  /** PEM. */
  readonly certificateAuthority: string
  /** PEM; where we are known by a certificate instead of a token (kubeconfigs of kind and the like). */
  readonly client?: { readonly certificate: string; readonly key: string }
}

export interface ClusterAccess {
  /** Cached; `fresh` asks again (the endpoint moved, the CA was rotated). */
  endpoint(fresh: 'cached' | 'fresh'): Promise<ClusterEndpoint>
  /** Absent where a client certificate says who we are. */
  bearerToken(fresh: 'cached' | 'fresh'): Promise<string | undefined>
}

/** DescribeCluster is throttled by AWS: asked once a process and cluster, and again only when a connection fails. */
export function eksClusterAccess(
  deps: { readonly eks: EKSClient; readonly tokens: EksTokenSource },
  cluster: { readonly eksName: string; readonly region: string },
): ClusterAccess {
  let known: Promise<ClusterEndpoint> | undefined
  return {
    endpoint(fresh) {
      if (known === undefined || fresh === 'fresh') {
        const asked = describe(deps.eks, cluster.eksName)
        // A failed answer is not remembered.
        asked.catch(() => (known = undefined))
        known = asked
      }
      return known
    },
    bearerToken: fresh => deps.tokens.token(cluster.eksName, cluster.region, fresh),
  }
}

async function describe(eks: EKSClient, name: string): Promise<ClusterEndpoint> {
  const { cluster } = await eks.send(new DescribeClusterCommand({ name }))
  const data = cluster?.certificateAuthority?.data
  if (cluster?.endpoint === undefined || data === undefined)
    throw new Error(`EKS cluster ${name} has no endpoint yet (status ${cluster?.status ?? 'unknown'})`)
  return { server: cluster.endpoint, certificateAuthority: Buffer.from(data, 'base64').toString('utf8') }
}
