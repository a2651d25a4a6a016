/** Verifies the IAM authorization of an HTTP API: a SigV4 signature for `execute-api` by one of the known principals. */
import { timingSafeEqual } from 'node:crypto'
import type { AuthorizationVerdict, IamIdentity } from './identity.ts'
import { headerValues, type RawRequest } from './raw-request.ts'
import { computeSignature, hashHex, parseSignatureClaim, type SignatureClaim } from './signature-v4.ts'

/** A principal with its key. Roles have a session token, users have none. */
export interface IamPrincipal {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly userArn: string
  readonly accountId: string
  readonly userId: string
  readonly principalOrgId?: string
}

/** The authorizer's settings. */
export interface IamAuthorizerOptions {
  readonly region: string
  readonly principals: readonly IamPrincipal[]
  readonly now?: () => Date
}

/** Checks one request with its `Authorization` value. */
export type CheckSignature = (request: RawRequest, authorization: string) => AuthorizationVerdict

/** AWS refuses a signature more than five minutes old or early. */
const maximumSkewMilliseconds = 300_000
const service = 'execute-api'

/** Creates the check over a fixed list of principals. */
export function createIamAuthorizer(options: IamAuthorizerOptions): CheckSignature {
  const principals = new Map(options.principals.map(principal => [principal.accessKeyId, principal]))
  const now = options.now ?? (() => new Date())
  return (request, authorization) => {
    const claim = parseSignatureClaim(authorization)
    if (claim === undefined) return forbid('the Authorization header is not of the SigV4 form')
    const principal = principals.get(claim.accessKeyId)
    if (principal === undefined) return forbid('the access key is unknown')
    const problem = findProblem(request, claim, principal, options.region, now())
    return problem === undefined ? { kind: 'allowed', identity: renderIdentity(principal) } : forbid(problem)
  }
}

function findProblem(
  request: RawRequest,
  claim: SignatureClaim,
  principal: IamPrincipal,
  region: string,
  now: Date,
): string | undefined {
  if (claim.region !== region || claim.service !== service) return 'the signature is for another region or service'
  const [amzDate = '', ...moreDates] = headerValues(request, 'x-amz-date')
  const signedAt = parseAmzDate(amzDate)
  if (signedAt === undefined || moreDates.length > 0) return 'there is not exactly one valid x-amz-date'
  if (!amzDate.startsWith(claim.date)) return 'the date of the credential is not the date of the request'
  if (Math.abs(now.getTime() - signedAt.getTime()) > maximumSkewMilliseconds) return 'the signature has expired'
  return (
    findHeaderProblem(request, claim) ??
    findSessionProblem(request, principal) ??
    findSignatureProblem(request, claim, principal, amzDate)
  )
}

/** `host` and every x-amz-… header must be signed, and what is signed must be there. */
function findHeaderProblem(request: RawRequest, claim: SignatureClaim): string | undefined {
  const signed = new Set(claim.signedHeaders)
  const mustBeSigned = request.headers
    .map(([name]) => name)
    .filter(name => name === 'host' || name.startsWith('x-amz-'))
  if (!signed.has('host') || mustBeSigned.some(name => !signed.has(name))) return 'a header that matters is not signed'
  if (claim.signedHeaders.some(name => headerValues(request, name).length === 0)) return 'a signed header is missing'
  const bodyHashes = headerValues(request, 'x-amz-content-sha256')
  const isOtherBody = bodyHashes.some(hash => hash !== hashHex(request.body))
  return isOtherBody ? 'the body is not the one that was hashed' : undefined
}

function findSessionProblem(request: RawRequest, principal: IamPrincipal): string | undefined {
  const tokens = headerValues(request, 'x-amz-security-token')
  const expected = principal.sessionToken === undefined ? [] : [principal.sessionToken]
  const isEqual =
    tokens.length === expected.length && tokens.every((token, index) => isSameText(token, expected[index] ?? ''))
  return isEqual ? undefined : 'the session token is missing, wrong or superfluous'
}

function findSignatureProblem(
  request: RawRequest,
  claim: SignatureClaim,
  principal: IamPrincipal,
  amzDate: string,
): string | undefined {
  const expected = computeSignature(request, claim, amzDate, principal.secretAccessKey)
  if (expected === undefined) return 'the path or query is not in normal form'
  return isSameText(expected, claim.signature) ? undefined : 'the signature does not match'
}

function isSameText(left: string, right: string): boolean {
  return timingSafeEqual(Buffer.from(hashHex(left)), Buffer.from(hashHex(right)))
}

function parseAmzDate(text: string): Date | undefined {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? []
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(date.getTime()) ? undefined : date
}

function renderIdentity(principal: IamPrincipal): IamIdentity {
  return {
    iam: {
      accessKey: principal.accessKeyId,
      accountId: principal.accountId,
      callerId: principal.userId,
      cognitoIdentity: null,
      principalOrgId: principal.principalOrgId ?? 'o-local',
      userArn: principal.userArn,
      userId: principal.userId,
    },
  }
}

function forbid(reason: string): AuthorizationVerdict {
  return { kind: 'forbidden', reason }
}
