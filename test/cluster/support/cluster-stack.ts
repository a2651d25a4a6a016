/**
 * The local stack on the real cluster, with two tenants: the gateway signs EKS tokens of its least roles (or uses the kubeconfig,
 * where that is all there is), AWS is embedded.
 */
import type { GatewayOptions } from '../../../local/gateway.ts'
import { kubeconfigClusters } from '../../../local/kubeconfig-clusters.ts'
import { INBOX_BUCKET, REGION } from '../../../local/local-platform.ts'
import type { Schedules } from '../../../local/local-platform.ts'
import { startStack } from '../../../local/stack.ts'
import { parsePlatform } from '../../../shared/domain/platform/platform.ts'
import type { Platform } from '../../../shared/domain/platform/platform.ts'
import { silentLog } from '../../support/silent-log.ts'
import { gatewayClient, inboxClient } from './gateway-client.ts'
import { adminOf, realCluster } from './real-cluster.ts'
import type { RealCluster } from './real-cluster.ts'

export interface ClusterStackOptions {
  readonly schedules?: Schedules
  /** Submissions a second that the operator is offered; 2 if absent. */
  readonly submitsPerSecond?: number
  /** Jobs of team alpha at a time. */
  readonly alphaJobs?: number
}

export type ClusterStack = Awaited<ReturnType<typeof startClusterStack>>

/** Team alpha may use everything; team beta has the strict policy. */
export function clusterPlatform(cluster: RealCluster, options: ClusterStackOptions = {}): Platform {
  const { schedules = {}, submitsPerSecond = 2, alphaJobs } = options
  const [alpha, beta] = cluster.namespaces
  // Small: two jobs at a time fit a machine of two cores.
  const pod = { coreRequest: '100m', memory: '512m' }
  return parsePlatform({
    clusters: {
      real: {
        eksName: cluster.eks?.name ?? 'real',
        region: cluster.eks?.region ?? REGION,
        submitsPerSecond,
        defaults: {
          image: cluster.image,
          imagePullPolicy: cluster.pullPolicy,
          sparkVersion: '4.0.4',
          driver: pod,
          executor: pod,
        },
      },
    },
    teams: {
      alpha: {
        clusters: ['real'],
        namespace: alpha,
        policy: 'open',
        claims: ['alpha'],
        inboxPrefixes: ['alpha/'],
        ...(alphaJobs !== undefined && { limits: { jobs: alphaJobs } }),
      },
      beta: { clusters: ['real'], namespace: beta, policy: 'tenant', claims: ['beta'], inboxPrefixes: ['beta/'] },
    },
    // A test cluster's image comes from no registry.
    policies: { tenant: { extends: 'strict', images: { pullPolicy: 'any' } } },
    inboxBuckets: [INBOX_BUCKET],
    archiveBucket: 'sparkgate-archive',
    schedules,
    retry: { maxAttempts: 3, firstDelaySeconds: 1, maxDelaySeconds: 5 },
  })
}

/** How the gateway reaches the cluster, for startGateway and startStack. */
export const reach = (cluster: RealCluster): Pick<GatewayOptions, 'eksCluster' | 'clusters'> =>
  cluster.eks === undefined ? { clusters: kubeconfigClusters(cluster.kubeconfig) } : { eksCluster: cluster.eks }

export async function startClusterStack(options: ClusterStackOptions = {}) {
  const cluster = realCluster()
  const platform = clusterPlatform(cluster, options)
  const stack = await startStack({ platform, speed: 1, spark: 'off', log: silentLog, ...reach(cluster) })
  const admin = adminOf(cluster)
  const inbox = inboxClient(stack.endpoints.s3Url)
  const [alphaToken, betaToken] = [await stack.token('alpha'), await stack.token('beta')]
  return {
    cluster,
    admin,
    inbox,
    alpha: gatewayClient(stack.apiUrl, alphaToken),
    beta: gatewayClient(stack.apiUrl, betaToken),
    async close() {
      inbox.close()
      admin.close()
      await stack.close()
    },
  }
}
