/**
 * Recomputes AWS Signature Version 4 over a raw request. Written against the published algorithm ("Create a signed AWS API
 * request", IAM user guide) for services other than S3: the path is normal already and is encoded once more.
 */
import { createHash, createHmac } from 'node:crypto'
import { headerValues, type RawRequest } from './raw-request.ts'
import { decodePercent } from './route-table.ts'

/** The parts of an `Authorization: AWS4-HMAC-SHA256 …` header. */
export interface SignatureClaim {
  readonly accessKeyId: string
  /** yyyymmdd */
  readonly date: string
  readonly region: string
  readonly service: string
  /** Lower case, sorted, each once. */
  readonly signedHeaders: readonly string[]
  /** 64 hexadecimal digits. */
  readonly signature: string
}

/** The one scheme that is understood. */
export const signatureScheme = 'AWS4-HMAC-SHA256'

/** Header names may hold `_` and the like; these are the ones that clients of AWS sign. */
const headerName = '[a-z0-9_-]{1,64}'
const claimPattern = new RegExp(
  `^${signatureScheme} +Credential=([A-Za-z0-9_]{4,128})/([0-9]{8})/([a-z0-9-]{1,32})/([a-z0-9-]{1,32})/aws4_request, ?` +
    `SignedHeaders=(${headerName}(?:;${headerName}){0,99}), ?Signature=([0-9a-f]{64})$`,
)

/** Parses the header; undefined for every other form. */
export function parseSignatureClaim(authorization: string): SignatureClaim | undefined {
  const [, accessKeyId, date, region, service, headers, signature] = claimPattern.exec(authorization) ?? []
  if (!accessKeyId || !date || !region || !service || !headers || !signature) return undefined
  const signedHeaders = headers.split(';')
  const isSorted = signedHeaders.every((name, index) => index === 0 || (signedHeaders[index - 1] ?? '') < name)
  return isSorted ? { accessKeyId, date, region, service, signedHeaders, signature } : undefined
}

/**
 * The signature that the owner of the secret would have made, in hexadecimal digits. `amzDate` is yyyymmddThhmmssZ.
 * Undefined when the path or query cannot be brought into canonical form.
 */
export function computeSignature(
  request: RawRequest,
  claim: SignatureClaim,
  amzDate: string,
  secretAccessKey: string,
): string | undefined {
  const canonical = renderCanonicalRequest(request, claim)
  if (canonical === undefined) return undefined
  const scope = `${claim.date}/${claim.region}/${claim.service}/aws4_request`
  const stringToSign = [signatureScheme, amzDate, scope, hashHex(canonical)].join('\n')
  const key = [claim.date, claim.region, claim.service, 'aws4_request'].reduce<Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    Buffer.from(`AWS4${secretAccessKey}`),
  )
  return createHmac('sha256', key).update(stringToSign).digest('hex')
}

/** SHA-256 in hexadecimal digits. */
export function hashHex(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}

function renderCanonicalRequest(request: RawRequest, claim: SignatureClaim): string | undefined {
  const path = renderCanonicalPath(request.rawPath)
  const query = renderCanonicalQuery(request.rawQueryString)
  if (path === undefined || query === undefined) return undefined
  const headers = claim.signedHeaders.map(name => {
    const values = headerValues(request, name).map(value => value.trim().replaceAll(/\s+/g, ' '))
    return `${name}:${values.join(',')}\n`
  })
  const signedHeaders = claim.signedHeaders.join(';')
  return [request.method, path, query, headers.join(''), signedHeaders, hashHex(request.body)].join('\n')
}

/** Undefined for empty, `.` and `..` segments: signers remove them, so one signature would fit several paths. */
function renderCanonicalPath(rawPath: string): string | undefined {
  const segments = rawPath.split('/').slice(1)
  const isAmbiguous = segments.some(
    (segment, index) => segment === '.' || segment === '..' || (segment === '' && index < segments.length - 1),
  )
  if (isAmbiguous || !rawPath.startsWith('/')) return undefined
  return `/${segments.map(encodeStrictly).join('/')}`
}

/** A plus sign is a blank here as in the event: a signature must not fit two meanings. */
function renderCanonicalQuery(rawQueryString: string): string | undefined {
  const pairs: [string, string][] = []
  for (const pair of rawQueryString.split('&')) {
    if (pair === '') continue
    const [rawName = '', ...rest] = pair.replaceAll('+', ' ').split('=')
    const name = decodePercent(rawName)
    const value = decodePercent(rest.join('='))
    if (name === undefined || value === undefined) return undefined
    pairs.push([encodeStrictly(name), encodeStrictly(value)])
  }
  return pairs
    .toSorted(([leftName, left], [rightName, right]) => compareText(leftName, rightName) || compareText(left, right))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

function compareText(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}

/** RFC 3986: everything but letters, digits and - . _ ~ is encoded. */
function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
