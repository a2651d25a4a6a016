/** When a JWT expires, read from its payload without checking anything: only to tell the person before the gateway does. */

/** Epoch milliseconds; undefined for a token that does not say, or is no JWT. */
export function tokenExpiry(token: string): number | undefined {
  const [, payload = '', ...rest] = token.split('.')
  if (rest.length !== 1) return undefined
  try {
    const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { exp?: unknown }
    return typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 : undefined
  } catch {
    return undefined
  }
}
