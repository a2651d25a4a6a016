/** What a JWT says, read without checking anything: only to tell the person before the gateway does. */

/** Epoch milliseconds; undefined for a token that does not say, or is no JWT. */
export function tokenExpiry(token: string): number | undefined {
  const [, payload = '', ...rest] = token.split('.')
  if (rest.length !== 1) return undefined
  const exp = jsonPart(payload)?.['exp']
  return typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 : undefined
}

/** Whose token it is and for whom, for people; undefined for a token that is no JWT. */
export function describeToken(token: string): string | undefined {
  const { iss, aud } = (isJwt(token) && jsonPart(token.split('.')[1] ?? '')) || {}
  if (iss === undefined && aud === undefined) return undefined
  const audiences = [aud ?? []].flat().map(String).join(', ')
  return `issuer ${typeof iss === 'string' ? iss : 'none'}, audience ${audiences === '' ? 'none' : audiences}`
}

/** True for a signed JWT: three parts, the first two JSON objects. */
export function isJwt(token: string): boolean {
  const [header = '', payload = '', ...rest] = token.split('.')
  return rest.length === 1 && typeof jsonPart(header)?.['alg'] === 'string' && jsonPart(payload) !== undefined
}

function jsonPart(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as unknown
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}
