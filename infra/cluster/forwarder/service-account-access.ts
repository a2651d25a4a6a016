/** How a pod reaches the API server of its own cluster: address from the environment, CA and token from mounted files. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClusterAccess } from '../../../shared/adapters/cluster-access.ts'

/** Where the kubelet mounts a service account. */
const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount'

/** Files are read anew for each use: the kubelet replaces the token about once an hour. */
export function serviceAccountAccess(
  address: { readonly host: string; readonly port: string },
  folder = SERVICE_ACCOUNT_FOLDER,
): ClusterAccess {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return {
    endpoint: async () => ({
      server: `https://${host}:${address.port}`,
      certificateAuthority: await readFile(join(folder, 'ca.crt'), 'utf8'),
    }),
    bearerToken: async () => (await readFile(join(folder, 'token'), 'utf8')).trim(),
  }
}
