/** Signature Version 4 for API Gateway's IAM authorizer (service `execute-api`), loaded only by who signs. */
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import type { AwsCredentials } from './aws-credentials.ts'

export interface UnsignedRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** The headers to send: those given, and what the signature adds. Every header given is signed. */
export async function signRequest(
  { method, url, headers, body }: UnsignedRequest,
  credentials: AwsCredentials,
  region: string,
): Promise<Record<string, string>> {
  const signer = new SignatureV4({ credentials, region, service: 'execute-api', sha256: Sha256 })
  const query: Record<string, string | string[]> = {}
  for (const name of new Set(url.searchParams.keys())) query[name] = url.searchParams.getAll(name)
  const signed = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.host,
    path: url.pathname,
    query,
    headers: { ...headers, host: url.host },
    ...(body !== undefined && { body }),
  })
  // fetch writes it itself, the same.
  const { host: _host, ...sent } = signed.headers
  return sent
}
