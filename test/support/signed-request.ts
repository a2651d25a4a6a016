/** How the stand-ins of AWS services judge who asks: by the signature over the whole request, as AWS does. */
import type { IncomingMessage } from 'node:http'
import { computeSignature, parseSignatureClaim } from '../../local/aws/http-api/signature-v4.ts'
import type { Credentials } from '../../shared/adapters/eks-token.ts'

/** Whether these keys signed this request, for this service. */
export function isSignedBy(keys: Credentials, service: string, request: IncomingMessage, body: string): boolean {
  const claim = parseSignatureClaim(request.headers.authorization ?? '')
  if (claim === undefined || claim.service !== service || claim.accessKeyId !== keys.accessKeyId) return false
  const raw = {
    method: request.method ?? '',
    rawPath: request.url ?? '',
    rawQueryString: '',
    headers: Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const),
    body: Buffer.from(body),
    sourceIp: '',
    protocol: '',
  }
  return computeSignature(raw, claim, String(request.headers['x-amz-date']), keys.secretAccessKey) === claim.signature
}
