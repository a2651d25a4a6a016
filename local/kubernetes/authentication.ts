/**
 * Who calls: checks EKS bearer tokens (`k8s-aws-v1.` + base64url of a presigned STS GetCallerIdentity URL) as EKS does,
 * with the answer of STS replaced by recomputing the SigV4 signature from the known test credentials. Nothing else is
 * accepted: no anonymous access, no other credential.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** A test credential and the access entry of its role. */
export interface Principal {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  /** `arn:aws:iam::ACCOUNT:role/NAME`. */
  readonly roleArn: string
  /** Kubernetes groups of the access entry; a role without groups is known, but may do nothing. */
  readonly groups: readonly string[]
}

/** What a good token says about its bearer. */
export interface AuthenticatedUser {
  /** As EKS names a role's session: `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`. */
  readonly username: string
  readonly groups: readonly string[]
  readonly roleArn: string
  readonly accessKeyId: string
}

/** Either a user or why not. The API answers 401 without the reason; the reason is for tests and for people. */
export type TokenVerdict = { readonly user: AuthenticatedUser } | { readonly refused: string }

const TOKEN_PREFIX = 'k8s-aws-v1.'
/** aws-iam-authenticator's limit on a token. */
const MAX_TOKEN_BYTES = 4096
/** A token is good for this long after its X-Amz-Date, whatever X-Amz-Expires says. */
const TOKEN_LIFETIME_SECONDS = 900
/** STS refuses a signature from further in the future than this. */
const MAX_CLOCK_SKEW_SECONDS = 300
const SESSION_NAME = 'embedded'
const STS_HOST = /^sts\.(?:([a-z]{2}(?:-[a-z]+)+-\d)\.)?amazonaws\.com$/
const EMPTY_BODY_HASH = createHash('sha256').update('').digest('hex')
const PARAMETERS = [
  'action',
  'version',
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
]

interface Presigned {
  readonly host: string
  /** Region that the host belongs to. */
  readonly region: string
  /** As they stand in the URL, for the canonical request. */
  readonly query: URLSearchParams
  readonly parameters: ReadonlyMap<string, string>
}

/** Checks the value of an Authorization header. Never throws. */
export function authenticate(
  authorization: string | undefined,
  clusterName: string,
  principals: readonly Principal[],
  now: Date,
): TokenVerdict {
  const match = /^Bearer ([\w.-]+)$/.exec(authorization ?? '')
  const token = match?.[1]
  if (token === undefined) return { refused: 'no bearer token' }
  const presigned = parseToken(token)
  if ('refused' in presigned) return presigned
  const principal = principals.find(one => one.accessKeyId === credentialScope(presigned)?.[0])
  if (principal === undefined) return { refused: 'unknown access key' }
  const refused = checkParameters(presigned, principal, now) ?? checkSignature(presigned, principal, clusterName)
  return refused === undefined ? { user: userOf(principal) } : { refused }
}

function userOf(principal: Principal): AuthenticatedUser {
  const role = /^arn:aws:iam::(\d{12}):role\/(?:.+\/)?([^/]+)$/.exec(principal.roleArn)
  const username = role === null ? principal.roleArn : `arn:aws:sts::${role[1]}:assumed-role/${role[2]}/${SESSION_NAME}`
  return {
    username,
    groups: [...principal.groups, 'system:authenticated'],
    roleArn: principal.roleArn,
    accessKeyId: principal.accessKeyId,
  }
}

function parseToken(token: string): Presigned | { readonly refused: string } {
  if (Buffer.byteLength(token) > MAX_TOKEN_BYTES) return { refused: 'token too long' }
  if (!token.startsWith(TOKEN_PREFIX)) return { refused: 'wrong token prefix' }
  const encoded = token.slice(TOKEN_PREFIX.length)
  const text = Buffer.from(encoded, 'base64url').toString('utf8')
  // Node decodes leniently; only the one strict spelling (no padding, no other alphabet) is a token.
  if (Buffer.from(text).toString('base64url') !== encoded) return { refused: 'not base64url' }
  // `new URL` drops white space and control characters, which Go's parser refuses.
  if (!/^[\x21-\x7e]+$/.test(text) || !URL.canParse(text)) return { refused: 'not a URL' }
  return parsePresignedUrl(new URL(text), text)
}

function parsePresignedUrl(url: URL, text: string): Presigned | { readonly refused: string } {
  if (url.protocol !== 'https:') return { refused: 'not https' }
  const host = STS_HOST.exec(url.host)
  if (host === null || url.username !== '' || url.password !== '') return { refused: 'not an STS host' }
  if (!text.startsWith(`https://${url.host}/?`) || url.hash !== '') return { refused: 'unexpected path' }
  const parameters = new Map<string, string>()
  for (const [name, value] of url.searchParams) {
    const lower = name.toLowerCase()
    if (!PARAMETERS.includes(lower)) return { refused: `parameter ${name} is not allowed` }
    if (parameters.has(lower)) return { refused: `parameter ${name} comes twice` }
    parameters.set(lower, value)
  }
  return { host: url.host, region: host[1] ?? 'us-east-1', query: url.searchParams, parameters }
}

/** Access key, date, region, service, terminator. */
function credentialScope(presigned: Presigned): string[] | undefined {
  const parts = presigned.parameters.get('x-amz-credential')?.split('/')
  return parts?.length === 5 ? parts : undefined
}

function checkParameters(presigned: Presigned, principal: Principal, now: Date): string | undefined {
  const { parameters, region } = presigned
  if (parameters.get('action') !== 'GetCallerIdentity') return 'action is not GetCallerIdentity'
  if (parameters.get('version') !== '2011-06-15') return 'wrong version'
  if (parameters.get('x-amz-algorithm') !== 'AWS4-HMAC-SHA256') return 'wrong algorithm'
  const expires = parameters.get('x-amz-expires')
  if (expires === undefined || !/^\d+$/.test(expires) || Number(expires) > TOKEN_LIFETIME_SECONDS)
    return 'X-Amz-Expires'
  const signedHeaders = parameters.get('x-amz-signedheaders')?.split(';') ?? []
  if (!signedHeaders.includes('x-k8s-aws-id')) return 'x-k8s-aws-id is not signed'
  if (signedHeaders.toSorted().join(';') !== 'host;x-k8s-aws-id') return 'signed headers that are not sent'
  const [, day, scopeRegion, service, end] = credentialScope(presigned) ?? []
  const date = parameters.get('x-amz-date') ?? ''
  if (service !== 'sts' || end !== 'aws4_request' || scopeRegion !== region) return 'credential scope'
  if (day !== date.slice(0, 8)) return 'credential scope has another date'
  if (parameters.get('x-amz-security-token') !== principal.sessionToken) return 'session token'
  return checkDate(date, now)
}

function checkDate(date: string, now: Date): string | undefined {
  const parts = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(date)
  if (parts === null) return 'X-Amz-Date'
  const signedAt = Date.parse(`${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}:${parts[5]}:${parts[6]}Z`)
  const ageSeconds = (now.getTime() - signedAt) / 1000
  if (!(ageSeconds <= TOKEN_LIFETIME_SECONDS)) return 'expired'
  return ageSeconds < -MAX_CLOCK_SKEW_SECONDS ? 'from the future' : undefined
}

/** SigV4 as STS would check it when the authenticator sends the URL with the header x-k8s-aws-id: this cluster's name. */
function checkSignature(presigned: Presigned, principal: Principal, clusterName: string): string | undefined {
  const { parameters, host, query } = presigned
  const [, day = '', region = ''] = credentialScope(presigned) ?? []
  const canonicalQuery = [...query]
    .filter(([name]) => name.toLowerCase() !== 'x-amz-signature')
    .map(([name, value]) => `${uriEncode(name)}=${uriEncode(value)}`)
    .toSorted()
    .join('&')
  const canonicalHeaders = `host:${host}\nx-k8s-aws-id:${clusterName}\n`
  const request = ['GET', '/', canonicalQuery, canonicalHeaders, 'host;x-k8s-aws-id', EMPTY_BODY_HASH].join('\n')
  const scope = `${day}/${region}/sts/aws4_request`
  const requestHash = createHash('sha256').update(request).digest('hex')
  const toSign = ['AWS4-HMAC-SHA256', parameters.get('x-amz-date'), scope, requestHash].join('\n')
  const dayKey = hmac(`AWS4${principal.secretAccessKey}`, day)
  const key = hmac(hmac(hmac(dayKey, region), 'sts'), 'aws4_request')
  const expected = hmac(key, toSign)
  const given = Buffer.from(parameters.get('x-amz-signature') ?? '', 'hex')
  const spelled = given.toString('hex') === parameters.get('x-amz-signature')
  return spelled && given.length === expected.length && timingSafeEqual(given, expected) ? undefined : 'signature'
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

/** RFC 3986, as SigV4 wants it. */
function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}
