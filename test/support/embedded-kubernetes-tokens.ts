/**
 * EKS bearer tokens for tests, signed with an independent SigV4 implementation (@smithy/signature-v4).
 */
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Principal } from '../../local/kubernetes/authentication.ts'

export interface TokenOptions {
  readonly clusterName: string
  readonly region?: string
  readonly signedAt?: Date
  readonly expiresSeconds?: number
  readonly host?: string
  readonly service?: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
}

/** The presigned URL inside a token. */
export async function signEksUrl(principal: Principal, options: TokenOptions): Promise<URL> {
  const region = options.region ?? 'eu-central-1'
  const host = options.host ?? `sts.${region}.amazonaws.com`
  const signer = new SignatureV4({
    credentials: {
      accessKeyId: principal.accessKeyId,
      secretAccessKey: principal.secretAccessKey,
      ...(principal.sessionToken === undefined ? {} : { sessionToken: principal.sessionToken }),
    },
    region,
    service: options.service ?? 'sts',
    sha256: Sha256,
  })
  const signed = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname: host,
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15', ...options.query },
      headers: options.headers ?? { host, 'x-k8s-aws-id': options.clusterName },
    },
    {
      expiresIn: options.expiresSeconds ?? 60,
      signingDate: options.signedAt ?? new Date(),
      unhoistableHeaders: new Set(['x-k8s-aws-id']),
    },
  )
  const url = new URL(`https://${host}/`)
  for (const [name, value] of Object.entries(signed.query ?? {})) url.searchParams.append(name, String(value))
  return url
}

/** A token like `aws eks get-token` makes. */
export async function signEksToken(principal: Principal, options: TokenOptions): Promise<string> {
  return tokenOf((await signEksUrl(principal, options)).href)
}

/** Any text as a token. */
export function tokenOf(url: string): string {
  return `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`
}
