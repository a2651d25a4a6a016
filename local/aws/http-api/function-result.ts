/** Reads what a function answered, by the rules of payload format 2.0. */

/** An answer that can go over the wire. */
export interface HttpAnswer {
  readonly statusCode: number
  readonly headers: Record<string, string>
  /** Each becomes a Set-Cookie header of its own. */
  readonly cookies: readonly string[]
  readonly body: Buffer
}

/** Headers that the front writes itself; API Gateway drops or renames them too. */
const ownHeaders = new Set(['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding', 'upgrade'])

/**
 * A result with `statusCode` is taken as it says; anything else becomes a 200 with the value as JSON. Undefined for a
 * malformed result, which API Gateway answers with 500.
 */
export function parseFunctionResult(result: unknown): HttpAnswer | undefined {
  if (typeof result !== 'object' || result === null || !('statusCode' in result)) return renderPlain(result)
  const {
    statusCode,
    headers = {},
    cookies = [],
    body = '',
    isBase64Encoded = false,
  } = result as Record<string, unknown>
  const status = Number(statusCode)
  if (!Number.isInteger(status) || status < 100 || status > 599) return undefined
  if (typeof body !== 'string' && body !== null) return undefined
  if (typeof headers !== 'object' || !Array.isArray(cookies)) return undefined
  return {
    statusCode: status,
    headers: { 'content-type': 'text/plain;charset=UTF-8', ...readHeaders(headers ?? {}) },
    cookies: cookies.map(String),
    body: Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8'),
  }
}

function renderPlain(result: unknown): HttpAnswer {
  const body = Buffer.from(typeof result === 'string' ? result : (JSON.stringify(result) ?? 'null'))
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, cookies: [], body }
}

function readHeaders(headers: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name.toLowerCase(), String(value)] as const)
      .filter(([name]) => !ownHeaders.has(name)),
  )
}
