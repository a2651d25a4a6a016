import { createHmac, createPublicKey, type JsonWebKey } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { JSONWebKeySet } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startHttpApi, type HttpApi } from '../../local/aws/http-api/http-api.ts'
import type { HttpApiEvent } from '../../local/aws/http-api/request-event.ts'
import { startIssuer, type Issuer, type TokenRequest } from '../../local/aws/issuer/issuer.ts'

let issuer: Issuer
let api: HttpApi
let keyFetches = 0
const events: HttpApiEvent[] = []
const reasons: (string | undefined)[] = []

beforeAll(async () => {
  issuer = await startIssuer()
  api = await startHttpApi({
    routes: [{ routeKey: 'GET /who', authorization: 'required' }],
    invoke: async event => void events.push(event),
    iam: { region: 'us-east-1', principals: [] },
    jwt: {
      issuer: issuer.url,
      audience: ['gateway', 'other-gateway'],
      jwks: async () => {
        keyFetches += 1
        return (await (await fetch(`${issuer.url}/.well-known/jwks.json`)).json()) as JSONWebKeySet
      },
    },
    onRequest: line => reasons.push(line.reason),
  })
})
afterEach(() => {
  events.splice(0)
  reasons.splice(0)
})
afterAll(async () => {
  await api.close()
  await issuer.close()
})

describe('a good token', () => {
  test('reaches the function with its claims as text', async () => {
    const claims = {
      team: 'payments',
      groups: ['a', 'b'],
      level: 3,
      admin: false,
      nested: { x: 1 },
      scope: 'read write',
    }
    expect(await status(await mint({ claims }))).toBe(200)
    expect(events[0]?.requestContext.authorizer).toEqual({
      jwt: {
        claims: {
          iss: issuer.url,
          sub: 'alice',
          aud: 'gateway',
          iat: expect.stringMatching(/^\d{10}$/),
          exp: expect.stringMatching(/^\d{10}$/),
          team: 'payments',
          groups: '[a b]',
          level: '3',
          admin: 'false',
          nested: '{"x":1}',
          scope: 'read write',
        },
        scopes: ['read', 'write'],
      },
    })
  })

  test.each<[string, Partial<TokenRequest>]>([
    ['for another of the audiences', { audience: 'other-gateway' }],
    ['for several audiences, one of them ours', { audience: ['elsewhere', 'gateway'] }],
    ['with client_id in place of aud', { overrides: { claims: { aud: undefined, client_id: 'gateway' } } }],
    ['without iat', { overrides: { claims: { iat: undefined } } }],
    ['with another typ', { overrides: { header: { typ: 'at+jwt' } } }],
    ['with a jku that is ignored', { overrides: { header: { jku: 'https://evil.example/keys' } } }],
  ])('%s is accepted', async (_, request) => {
    expect(await status(await mint(request))).toBe(200)
  })

  test('may have its scheme in any case', async () => {
    expect(await statusOf([['authorization', `bearer ${await mint()}`]])).toBe(200)
  })
})

describe('a hostile token is refused', () => {
  const seconds = (offset: number): number => Math.floor(Date.now() / 1000) + offset
  const override = (claims: Record<string, unknown>) => () => mint({ overrides: { claims } })
  const withHeader = (header: Record<string, unknown>) => () => mint({ overrides: { header } })

  const hostile: [title: string, make: () => Promise<string> | string, reason: RegExp][] = [
    ['alg none without a signature', async () => `${await forgeBody({ alg: 'none' })}.`, /alg/i],
    ['alg None, in other letters', async () => `${await forgeBody({ alg: 'nOnE' })}.`, /alg/i],
    [
      'alg none with the good signature',
      async () => `${await forgeBody({ alg: 'none' })}.${(await mint()).split('.')[2]}`,
      /alg/i,
    ],
    ['HS256 with the public key (PEM) as its secret', () => signWithPublicKey('pem'), /alg/i],
    ['HS256 with the public key (JWK) as its secret', () => signWithPublicKey('jwk'), /alg/i],
    [
      'HS256 with the key id as its secret',
      async () => signHmac(await forgeBody({ alg: 'HS256' }), issuer.keyId),
      /alg/i,
    ],
    [
      'RS512, which is not on the list',
      async () => `${await forgeBody({ alg: 'RS512' })}.${(await mint()).split('.')[2]}`,
      /alg/i,
    ],
    [
      'PS256, which is not on the list',
      async () => `${await forgeBody({ alg: 'PS256' })}.${(await mint()).split('.')[2]}`,
      /alg/i,
    ],
    ['an unknown key id', withHeader({ kid: 'other' }), /no applicable key/],
    ['no key id', withHeader({ kid: undefined }), /no key id/],
    ['an empty key id', withHeader({ kid: '' }), /no key id/],
    ['a key id that is a path', withHeader({ kid: '../../dev/null' }), /no applicable key/],
    ['another key with our key id', () => signWithOtherKey({}), /signature/],
    ['another key, named by jwk', () => signWithOtherKey({ jwk: 'embed' }), /signature/],
    ['another key, named by jku', () => signWithOtherKey({ jku: 'https://evil.example/keys' }), /signature/],
    ['another key, named by x5u', () => signWithOtherKey({ x5u: 'https://evil.example/cert' }), /signature/],
    ['a critical header that nobody knows', withHeader({ crit: ['b64'], b64: true, kid: undefined }), /./],
    ['another issuer', override({ iss: 'https://evil.example' }), /iss/],
    ['our issuer with a slash', () => mint({ overrides: { claims: { iss: `${issuer.url}/` } } }), /iss/],
    ['an issuer in a list', () => mint({ overrides: { claims: { iss: [issuer.url] } } }), /iss/],
    ['no issuer', override({ iss: undefined }), /iss/],
    ['another audience', override({ aud: 'gateway2' }), /audience/],
    ['an audience that only starts like ours', override({ aud: 'gate' }), /audience/],
    ['an empty list of audiences', override({ aud: [] }), /audience/],
    ['an audience that is an object', override({ aud: { gateway: true } }), /audience/],
    ['another aud beside our client_id', override({ aud: 'elsewhere', client_id: 'gateway' }), /audience/],
    ['a client_id that is a list', override({ aud: undefined, client_id: ['gateway2'] }), /audience/],
    ['an expiry that is over', override({ exp: seconds(-1) }), /exp/],
    ['an expiry that is a text', override({ exp: String(seconds(60)) }), /exp/],
    ['no expiry', override({ exp: undefined }), /exp/],
    ['a time before which it is not good', override({ nbf: seconds(60) }), /nbf/],
    ['an issue time in the future', override({ iat: seconds(120) }), /future/],
    ['an issue time that is a text', override({ iat: 'yesterday' }), /iat|future/],
    ['a changed claim', async () => tamperClaims(await mint()), /signature/],
    ['a truncated signature', async () => (await mint()).slice(0, -10), /signature/],
    ['no signature', async () => `${(await mint()).split('.').slice(0, 2).join('.')}.`, /./],
    ['two parts', async () => (await mint()).split('.').slice(0, 2).join('.'), /Invalid Compact/],
    ['four parts', async () => `${await mint()}.x`, /Invalid Compact/],
    ['one part', () => 'token', /Invalid Compact/],
    ['a header that is no JSON', async () => ['e30x', ...(await mint()).split('.').slice(1)].join('.'), /./],
    ['claims that are a list', async () => signClaims(Buffer.from('[]')), /./],
    ['too many characters', async () => mint({ claims: { x: 'a'.repeat(6500) } }), /too long/],
  ]

  test.each(hostile)('%s', async (_, make, reason) => {
    expect(await status(await make())).toBe(401)
    expect(events).toEqual([])
    expect(reasons[0]).toMatch(reason)
  })

  test('with a body that says no more than Unauthorized', async () => {
    const token = await mint({ overrides: { claims: { aud: 'elsewhere' } } })
    const response = await fetch(`${api.url}/who`, { headers: { authorization: `Bearer ${token}` } })
    expect(await response.json()).toEqual({ message: 'Unauthorized' })
    expect(response.headers.get('www-authenticate')).toBe(
      'Bearer error="invalid_token" error_description="the token does not have a valid audience"',
    )
  })

  test.each<[string, (token: string) => [string, string][]]>([
    ['no header', () => []],
    [
      'two headers',
      token => [
        ['authorization', `Bearer ${token}`],
        ['Authorization', `Bearer ${token}`],
      ],
    ],
    ['two tokens in one header', token => [['authorization', `Bearer ${token}, Bearer ${token}`]]],
    ['another scheme', token => [['authorization', `Basic ${token}`]]],
    ['no scheme', token => [['authorization', token]]],
    ['the token in another header', token => [['x-authorization', `Bearer ${token}`]]],
    ['an empty token', () => [['authorization', 'Bearer ']]],
  ])('that comes as %s', async (_, makeHeaders) => {
    expect(await statusOf(makeHeaders(await mint()))).toBe(401)
    expect(events).toEqual([])
  })
})

test('unknown key ids do not make the API fetch the keys each time', async () => {
  await status(await mint())
  const before = keyFetches
  for (let index = 0; index < 20; index += 1) {
    await status(await mint({ overrides: { header: { kid: `random-${index}` } } }))
  }
  expect(keyFetches - before).toBeLessThanOrEqual(1)
})

test('a rotated key is found without a restart', async () => {
  let now = Date.now()
  const second = await startIssuer()
  let current = issuer.jwks
  const rotated = await startHttpApi({
    routes: [{ routeKey: 'GET /who', authorization: 'required' }],
    invoke: async () => null,
    iam: { region: 'us-east-1', principals: [] },
    jwt: { issuer: issuer.url, audience: ['gateway'], jwks: async () => current, now: () => new Date(now) },
  })
  const ask = async (token: string): Promise<number> =>
    (await fetch(`${rotated.url}/who`, { headers: { authorization: `Bearer ${token}` } })).status
  const claims = { iss: issuer.url, iat: undefined }
  const overrides = { claims }
  expect(await ask(await mint({ expiresInSeconds: 3600 }))).toBe(200)
  const newToken = await second.mint({ subject: 'a', audience: 'gateway', expiresInSeconds: 3600, overrides })
  current = { keys: [...issuer.jwks.keys, ...second.jwks.keys] }
  now += 31_000
  expect(await ask(newToken)).toBe(200)
  await rotated.close()
  await second.close()
})

function mint(request: Partial<TokenRequest> = {}): Promise<string> {
  return issuer.mint({ subject: 'alice', audience: 'gateway', expiresInSeconds: 60, ...request })
}

/** Header and claims of a good token, with header fields replaced; not signed. */
async function forgeBody(header: Record<string, unknown>): Promise<string> {
  const [rawHeader = '', claims = ''] = (await mint()).split('.')
  const original = JSON.parse(Buffer.from(rawHeader, 'base64url').toString()) as object
  return `${Buffer.from(JSON.stringify({ ...original, ...header })).toString('base64url')}.${claims}`
}

function signHmac(body: string, secret: string): string {
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`
}

async function signWithPublicKey(format: 'pem' | 'jwk'): Promise<string> {
  const [jwk] = issuer.jwks.keys
  const pem = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
  return signHmac(await forgeBody({ alg: 'HS256' }), format === 'pem' ? String(pem) : JSON.stringify(jwk))
}

async function signWithOtherKey(header: Record<string, unknown>): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = header['jwk'] === 'embed' ? { jwk: await exportJWK(publicKey) } : {}
  return new SignJWT({ iss: issuer.url, aud: 'gateway', sub: 'alice', exp: Math.floor(Date.now() / 1000) + 60 })
    .setProtectedHeader({ alg: 'RS256', kid: issuer.keyId, ...header, ...jwk })
    .sign(privateKey)
}

function tamperClaims(token: string): string {
  const [header, claims = '', signature] = token.split('.')
  const changed = { ...(JSON.parse(Buffer.from(claims, 'base64url').toString()) as object), sub: 'mallory' }
  return [header, Buffer.from(JSON.stringify(changed)).toString('base64url'), signature].join('.')
}

/** A good header before claims that are not an object; the signature cannot be right, and must not be reached for. */
async function signClaims(claims: Buffer): Promise<string> {
  const [header, , signature] = (await mint()).split('.')
  return [header, claims.toString('base64url'), signature].join('.')
}

function status(token: string): Promise<number> {
  return statusOf([['authorization', `Bearer ${token}`]])
}

async function statusOf(headers: [string, string][]): Promise<number> {
  const { hostname, port, host } = new URL(api.url)
  const flat = [['host', host], ...headers].flat()
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, path: '/who', headers: flat, agent: false }, response => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    request.on('error', reject)
    request.end()
  })
}
