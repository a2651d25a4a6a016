/** How a cluster is reached and who we are there: EKS's endpoint, CA and token, or what a kubeconfig gives. */
import { DescribeClusterCommand } from '@aws-sdk/client-eks'
import type { EKSClient } from '@aws-sdk/client-eks'
import type { Clock } from '../operations/ports.ts'
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

/** A cluster that does not answer makes many calls fail at once: DescribeCluster is repeated at most this often. */
const DESCRIBE_AGAIN_SECONDS = 10

/** A cluster whose endpoint is written down; only the token comes from AWS. */
export function knownClusterAccess(
  tokens: EksTokenSource,
  cluster: { readonly eksName: string; readonly region: string },
  endpoint: { readonly server: string; readonly certificateAuthorityData: string },
): ClusterAccess {
  const known = clusterEndpoint(endpoint.server, endpoint.certificateAuthorityData)
  return {
    endpoint: async () => known,
    bearerToken: fresh => tokens.token(cluster.eksName, cluster.region, fresh),
  }
}

/** DescribeCluster is throttled by AWS: asked once a process and cluster, and again only when a connection fails. */
export function eksClusterAccess(
  deps: { readonly eks: EKSClient; readonly tokens: EksTokenSource; readonly clock: Clock },
  cluster: { readonly eksName: string; readonly region: string },
): ClusterAccess {
  let known: Promise<ClusterEndpoint> | undefined
  let askedAt = 0
  return {
    endpoint(fresh) {
      const mayAsk = deps.clock.now() - askedAt >= DESCRIBE_AGAIN_SECONDS * 1000
      if (known === undefined || (fresh === 'fresh' && mayAsk)) {
        askedAt = deps.clock.now()
        const asked = describe(deps.eks, cluster.eksName)
        const before = known
        // A failed answer is not remembered: what was known before may still be right.
        asked.catch(() => {
          if (known === asked) known = before
        })
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
  return clusterEndpoint(cluster.endpoint, data)
}

const clusterEndpoint = (server: string, certificateAuthorityData: string): ClusterEndpoint => ({
  server,
  certificateAuthority: Buffer.from(certificateAuthorityData, 'base64').toString('utf8'),
})
