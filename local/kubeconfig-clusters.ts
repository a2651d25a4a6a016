/** `--kubeconfig FILE`: the cluster of the platform file is the current context of a kubeconfig, read by the official client. */
import { KubeConfig } from '@kubernetes/client-node'
import type { ClusterAccess, ClusterEndpoint } from '../shared/adapters/cluster-access.ts'
import type { SparkClusters } from '../shared/operations/ports.ts'
import { clusterClients } from '../shared/runtime/cluster-clients.ts'
import type { Config } from '../shared/runtime/config.ts'

/** What the official client fills in for an HTTPS request: file contents, static tokens, exec plug-ins. */
interface HttpsOptions {
  headers: Record<string, string | undefined>
  ca?: string | Buffer
  cert?: string | Buffer
  key?: string | Buffer
}

export function kubeconfigClusters(file: string): (config: Config) => SparkClusters {
  const access = kubeconfigAccess(file)
  return config => clusterClients(config, () => access)
}

/** The current context of a kubeconfig; throws where it names no cluster. */
export function kubeconfigAccess(file: string): ClusterAccess {
  const kubeconfig = new KubeConfig()
  kubeconfig.loadFromFile(file)
  const server = kubeconfig.getCurrentCluster()?.server
  if (server === undefined) throw new Error(`${file} has no current cluster`)
  const options = async (): Promise<HttpsOptions> => {
    const filled: HttpsOptions = { headers: {} }
    await kubeconfig.applyToHTTPSOptions(filled)
    return filled
  }
  return {
    async endpoint(): Promise<ClusterEndpoint> {
      const { ca, cert, key } = await options()
      if (ca === undefined) throw new Error(`the cluster of ${file} has no certificate authority`)
      const client =
        cert !== undefined && key !== undefined ? { client: { certificate: cert.toString(), key: key.toString() } } : {}
      return { server, certificateAuthority: ca.toString(), ...client }
    },
    bearerToken: async () => (await options()).headers['Authorization']?.replace(/^Bearer /, ''),
  }
}
