/**
 * S3 as functions in AWS address it, in front of the embedded S3, which knows one pair of keys and no buckets in host names: a
 * request is checked against its function's own keys, then signed again by path.
 */
import type { IncomingMessage } from 'node:http'
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import { parseTarget } from '../../local/aws/s3/s3-request.ts'
import { verifySignature } from '../../local/aws/s3/s3-signature.ts'
import { KEYS, REGION } from '../../local/local-platform.ts'
import type { PassedRequest } from './recording-proxy.ts'

export interface AwsKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

const signer = new SignatureV4({
  service: 's3',
  region: REGION,
  credentials: KEYS.people,
  sha256: Sha256,
  uriEscapePath: false,
})
/** What the new signature says itself, and what belongs to one connection. */
const OF_THE_OLD = new Set(['authorization', 'x-amz-date', 'host', 'connection', 'x-amz-security-token'])

/** The same request for `upstream`. Throws S3Error for a signature that is not of `keys`. */
export async function passS3(request: IncomingMessage, upstream: string, keys: AwsKeys): Promise<PassedRequest> {
  verifySignature(parseTarget(request), keys, Date.now())
  const [bucket] = (request.headers.host ?? '').split(`.s3.${REGION}.`)
  const isByHost = request.headers.host !== bucket && bucket !== undefined
  const path = isByHost ? `/${bucket}${request.url}` : (request.url ?? '/')
  const [pathname = '', query = ''] = path.split('?')
  const { hostname, host } = new URL(upstream)
  const kept = Object.entries(request.headers).filter(([name]) => !OF_THE_OLD.has(name))
  const { headers } = await signer.sign({
    method: request.method ?? 'GET',
    protocol: 'http:',
    hostname,
    path: pathname,
    query: Object.fromEntries(new URLSearchParams(query)),
    headers: { ...(Object.fromEntries(kept) as Record<string, string>), host },
  })
  return { path, headers }
}
