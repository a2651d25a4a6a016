/**
 * The bearer token of an EKS cluster: `k8s-aws-v1.` and the base64url of a presigned STS GetCallerIdentity URL. The signed
 * header `x-k8s-aws-id` ties it to one cluster. The server honours it for 15 minutes from its date, whatever X-Amz-Expires
 * says (aws-iam-authenticator, pkg/token). It is a bearer secret: never logged, never stored.
 */
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Clock } from '../operations/ports.ts'

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiration?: Date
}

/** How long the server honours a token. */
const TOKEN_SECONDS = 15 * 60
/** A token with less than this left is not used again: the request that carries it needs time. */
const MARGIN_SECONDS = 60

export interface EksTokenSource {
  /** A token with at least a minute left; a new one when `fresh`. */
  token(clusterName: string, region: string, fresh: 'cached' | 'fresh'): Promise<string>
}

export function createEksTokenSource(credentials: () => Promise<Credentials>, clock: Clock): EksTokenSource {
  const cache = new Map<string, { token: string; usableUntil: number }>()
  return {
    async token(clusterName, region, fresh) {
      const now = clock.now()
      const key = `${region}/${clusterName}`
      const cached = cache.get(key)
      if (fresh === 'cached' && cached !== undefined && now < cached.usableUntil) return cached.token
      const current = await credentials()
      const token = await presign(current, clusterName, region, new Date(now))
      const keysEnd = current.expiration?.getTime() ?? Number.POSITIVE_INFINITY
      const usableUntil = Math.min(now + TOKEN_SECONDS * 1000, keysEnd) - MARGIN_SECONDS * 1000
      cache.set(key, { token, usableUntil })
      return token
    },
  }
}

/** China has a domain of its own. */
export const stsHost = (region: string): string => `sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`

async function presign(
  credentials: Credentials,
  clusterName: string,
  region: string,
  signingDate: Date,
): Promise<string> {
  const host = stsHost(region)
  const signer = new SignatureV4({ credentials, region, service: 'sts', sha256: Sha256 })
  const signed = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname: host,
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host, 'x-k8s-aws-id': clusterName },
    },
    { expiresIn: 60, signingDate, unhoistableHeaders: new Set(['x-k8s-aws-id']) },
  )
  const query = Object.entries(signed.query ?? {}).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  )
  return `k8s-aws-v1.${Buffer.from(`https://${host}/?${query.join('&')}`).toString('base64url')}`
}
