/** HTTP answers: JSON, and RFC 9457 problem details for everything that went wrong. The one place that turns errors into statuses. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import type { JsonObject } from '../domain/job-spec/canonical-spec.ts'
import type { Finding } from '../domain/job-spec/findings/finding.ts'
import { findingView } from '../domain/report.ts'

/** Every kind of problem: its `type` is `urn:sparkgate:problem:` and the kind. docs/api.md explains each. */
export const PROBLEMS = {
  'bad-request': { status: 400, title: 'Bad request' },
  'not-an-access-token': { status: 401, title: 'Not an access token' },
  'no-team': { status: 403, title: 'No team' },
  'role-missing': { status: 403, title: 'Not allowed' },
  'not-found': { status: 404, title: 'Not found' },
  'log-not-there': { status: 404, title: 'No such log' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  'not-acceptable': { status: 406, title: 'Not acceptable' },
  'key-conflict': { status: 409, title: 'The key belongs to another request' },
  'state-conflict': { status: 409, title: 'Not in this state' },
  'too-large': { status: 413, title: 'Content too large' },
  'unsupported-media-type': { status: 415, title: 'Unsupported media type' },
  'spec-refused': { status: 422, title: 'The spec has errors' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Internal error' },
  'not-available': { status: 503, title: 'Not available' },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly title: string }>>

export type ProblemKind = keyof typeof PROBLEMS

export const PROBLEM_TYPE_PREFIX = 'urn:sparkgate:problem:'

/** Thrown by whatever reads a request or looks for what it names; `message` is the answer's `detail`. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem'
  readonly kind: ProblemKind
  readonly findings: readonly Finding[]
  readonly headers: Readonly<Record<string, string>>
  constructor(
    kind: ProblemKind,
    detail: string,
    more: {
      readonly findings?: readonly Finding[]
      readonly headers?: Readonly<Record<string, string>>
      readonly cause?: unknown
    } = {},
  ) {
    super(detail, { cause: more.cause })
    this.kind = kind
    this.findings = more.findings ?? []
    this.headers = more.headers ?? {}
  }
}

/** Answers are of one moment and for one caller; nothing in them is a page. */
const COMMON_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

export function json(
  statusCode: number,
  body: JsonObject,
  headers: Readonly<Record<string, string>> = {},
): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', ...COMMON_HEADERS, ...headers },
    body: JSON.stringify(body),
  }
}

/** An answer that is its status and headers. */
export const empty = (
  statusCode: number,
  headers: Readonly<Record<string, string>> = {},
): APIGatewayProxyStructuredResultV2 => ({ statusCode, headers: { ...COMMON_HEADERS, ...headers }, body: '' })

export function problem(thrown: HttpProblem, requestId: string): APIGatewayProxyStructuredResultV2 {
  const { kind, message, findings, headers } = thrown
  const { status, title } = PROBLEMS[kind]
  const body = {
    type: `${PROBLEM_TYPE_PREFIX}${kind}`,
    title,
    status,
    detail: message,
    requestId,
    ...(findings.length > 0 && { errors: findings.map(findingView) }),
  }
  return {
    statusCode: status,
    headers: { 'content-type': 'application/problem+json', ...COMMON_HEADERS, ...headers },
    body: JSON.stringify(body),
  }
}

/** What a caller should wait before he repeats a request that failed for a passing reason. */
const RETRY_AFTER_SECONDS = 2

/** What an unexpected failure is to the caller: 503 where a repeat may help, else 500. */
export function unexpected(error: unknown): HttpProblem {
  if (!isPassing(error))
    return new HttpProblem('internal', 'Something is wrong on our side; it is logged under the request id.')
  return new HttpProblem('not-available', 'A service that the gateway needs does not answer just now; try again.', {
    headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
    cause: error,
  })
}

const PASSING_NAMES = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'TransactionConflictException',
  'TimeoutError',
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
])

function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, $metadata } = error as { code?: unknown; $metadata?: { httpStatusCode?: number } }
  return PASSING_NAMES.has(error.name) || PASSING_NAMES.has(String(code)) || ($metadata?.httpStatusCode ?? 0) >= 500
}
