import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterEach, expect, test } from 'vitest'
import { startIssuer, type Issuer } from '../../local/aws/issuer/issuer.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

const request = { subject: 'alice', audience: 'gateway', claims: { team: 'payments' }, expiresInSeconds: 60 }

test('a token can be verified with nothing but what the issuer serves', async () => {
  const issuer = await start()
  const response = await fetch(`${issuer.url}/.well-known/openid-configuration`)
  const configuration = (await response.json()) as { issuer: string; jwks_uri: string }
  expect(configuration.issuer).toBe(issuer.url)
  const keys = createRemoteJWKSet(new URL(configuration.jwks_uri))
  const { payload } = await jwtVerify(await issuer.mint(request), keys, { issuer: issuer.url, audience: 'gateway' })
  expect(payload).toMatchObject({ sub: 'alice', team: 'payments' })
  expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(60)
})

test('the key is kept in its file, for its owner only, and never served', async () => {
  const keyFile = join(await makeFolder(), 'key.pem')
  const first = await start(keyFile)
  expect((await stat(keyFile)).mode & 0o777).toBe(0o600)
  expect(await readFile(keyFile, 'utf8')).toContain('-----BEGIN PRIVATE KEY-----')
  await first.close()
  const second = await start(keyFile)
  expect(second.jwks).toEqual(first.jwks)
  const [key] = ((await (await fetch(`${second.url}/.well-known/jwks.json`)).json()) as typeof second.jwks).keys
  expect(Object.keys(key!).toSorted()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
})

test('overrides replace and remove what a token says', async () => {
  const issuer = await start()
  const overrides = { header: { kid: 'other' }, claims: { exp: undefined, iss: 'https://other.example' } }
  const token = await issuer.mint({ ...request, overrides })
  expect(decodeProtectedHeader(token).kid).toBe('other')
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
  expect(claims).not.toHaveProperty('exp')
  expect(claims['iss']).toBe('https://other.example')
})

test('everything else is not found', async () => {
  const issuer = await start()
  expect((await fetch(`${issuer.url}/private-key.pem`)).status).toBe(404)
})

async function start(keyFile?: string): Promise<Issuer> {
  const issuer = await startIssuer(keyFile === undefined ? {} : { keyFile })
  cleanups.push(() => issuer.close())
  return issuer
}

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'embedded-issuer-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}
