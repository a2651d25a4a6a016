/**
 * A cluster that is reached as EKS clusters are (DescribeCluster, then a bearer token for the keys of an IAM role), but that
 * runs elsewhere than in this process: what tests on a real API server give to the local stack.
 */
import { readFileSync } from 'node:fs'
import * as z from 'zod/mini'

/** Keys of an IAM role, as STS hands them out. */
export interface RoleKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export interface EksCluster {
  /** As tokens name it. */
  readonly name: string
  readonly region: string
  /** `https://…`, without a path. */
  readonly server: string
  /** Base64 of PEM. */
  readonly certificateAuthorityData: string
  readonly keys: { readonly reconcile: RoleKeys; readonly observe: RoleKeys }
}

const fileSchema = z.object({
  server: z.string(),
  certificateAuthorityData: z.string(),
  clusterName: z.string(),
  region: z.string(),
  credentials: z.array(
    z.object({
      accessKeyId: z.string(),
      secretAccessKey: z.string(),
      sessionToken: z.optional(z.string()),
      roleArn: z.string(),
    }),
  ),
})

/**
 * From JSON with server, certificateAuthorityData, clusterName, region and credentials[] (keys and roleArn), in which the roles
 * end with `/sparkgate-reconcile` and `/sparkgate-observe`. Throws for a file of another shape; keys are in no message.
 */
export function readEksCluster(file: string): EksCluster {
  const parsed = fileSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')))
  if (!parsed.success) throw new Error(`${file} describes no EKS cluster: ${z.prettifyError(parsed.error)}`)
  const { clusterName, region, server, certificateAuthorityData, credentials } = parsed.data
  const keysOf = (role: string): RoleKeys => {
    const found = credentials.find(({ roleArn }) => roleArn.endsWith(`/${role}`))
    if (found === undefined) throw new Error(`${file} has no keys of role ${role}`)
    const { accessKeyId, secretAccessKey, sessionToken } = found
    return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) }
  }
  return {
    name: clusterName,
    region,
    server,
    certificateAuthorityData,
    keys: { reconcile: keysOf('sparkgate-reconcile'), observe: keysOf('sparkgate-observe') },
  }
}
