/** HTTP answers: JSON, and RFC 9457 problem details for everything that went wrong. The one place that turns errors into statuses. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import type { JsonObject } from '../domain/job-spec/canonical-spec.ts'
import type { Finding } from '../domain/job-spec/findings/finding.ts'
import { findingView } from '../domain/report.ts'

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  403: 'Forbidden',
  404: 'Not found',
  409: 'Conflict',
  413: 'Content too large',
  415: 'Unsupported media type',
  422: 'The spec has errors',
  500: 'Internal error',
  503: 'Not available',
}

/** Thrown by request parsing: the caller should change the request. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem'
  readonly status: number
  readonly findings: readonly Finding[]
  constructor(status: number, detail: string, findings: readonly Finding[] = []) {
    super(detail)
    this.status = status
    this.findings = findings
  }
}

export function json(
  statusCode: number,
  body: JsonObject,
  headers: Readonly<Record<string, string>> = {},
): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  }
}

export function problem(thrown: HttpProblem, requestId: string): APIGatewayProxyStructuredResultV2 {
  const { status, message, findings } = thrown
  const body = {
    type: 'about:blank',
    title: TITLES[status] ?? 'Error',
    status,
    detail: message,
    requestId,
    ...(findings.length > 0 && { errors: findings.map(findingView) }),
  }
  return {
    statusCode: status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
    body: JSON.stringify(body),
  }
}
