/**
 * The EKS way to each cluster of the platform file, for one of the gateway's identities. Apart from wire.ts, so that the API
 * loads the EKS client with the first request that needs it (docs/adr/0008).
 */
import { EKSClient } from '@aws-sdk/client-eks'
import { assumedCredentials } from '../adapters/assumed-credentials.ts'
import { eksClusterAccess, knownClusterAccess } from '../adapters/cluster-access.ts'
import type { ClusterAccess } from '../adapters/cluster-access.ts'
import { createEksTokenSource } from '../adapters/eks-token.ts'
import type { Credentials } from '../adapters/eks-token.ts'
import type { GatewayIdentity } from '../domain/platform/cluster-grants.ts'
import type { Cluster } from '../domain/platform/platform.ts'
import type { Clock } from '../operations/ports.ts'
import type { Config } from './config.ts'

/** Access by the cluster's entry of the platform file: in its own region, and as its own account's role where it names one. */
export function eksAccess(
  config: Config,
  identity: GatewayIdentity,
  clock: Clock,
): (cluster: Cluster) => ClusterAccess {
  // Of the gateway's own account and region: says whose keys ask, and which STS.
  const own = new EKSClient(config.aws?.eks ?? {})
  const ownKeys = (): Promise<Credentials> => own.config.credentials()
  const made = new Map<string, () => Promise<Credentials>>()
  const keysOf = (assume: NonNullable<Cluster['assume']>): (() => Promise<Credentials>) => {
    const role = { roleArn: assume[identity], sessionName: `sparkgate-${identity}` }
    const { externalId } = assume
    const name = JSON.stringify([role.roleArn, externalId])
    const endpoint = config.aws?.sts?.endpoint
    const keys =
      made.get(name) ??
      assumedCredentials(
        { credentials: ownKeys, region: () => own.config.region(), clock, ...(endpoint !== undefined && { endpoint }) },
        { ...role, ...(externalId !== undefined && { externalId }) },
      )
    made.set(name, keys)
    return keys
  }
  return cluster => {
    const { region, assume, endpoint } = cluster
    const credentials = assume === undefined ? ownKeys : keysOf(assume)
    const tokens = createEksTokenSource(credentials, clock)
    if (endpoint !== undefined) return knownClusterAccess(tokens, cluster, endpoint)
    // A cluster is described where it is, which need not be where the gateway is.
    return eksClusterAccess({ eks: new EKSClient({ ...config.aws?.eks, region, credentials }), tokens, clock }, cluster)
  }
}
