/**
 * An OpenID Connect issuer for the local stack: one RSA key, the two well-known documents, and `mint`. The HTTP API checks
 * its tokens exactly as those of a real identity provider. Never use it outside of the loopback address: it has no users.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { calculateJwkThumbprint, exportJWK, exportPKCS8, generateKeyPair, importPKCS8, SignJWT } from 'jose'
import type { CryptoKey, JSONWebKeySet, JWTHeaderParameters } from 'jose'

/** What a token says. `overrides` replaces header fields and claims after everything else, to make hostile tokens. */
export interface TokenRequest {
  readonly subject: string
  readonly audience: string | readonly string[]
  readonly claims?: Record<string, unknown>
  readonly expiresInSeconds: number
  readonly overrides?: { readonly header?: Record<string, unknown>; readonly claims?: Record<string, unknown> }
}

/** A running issuer. */
export interface Issuer {
  /** The issuer identifier, and the base of the well-known documents. */
  readonly url: string
  /** The public keys, as `/.well-known/jwks.json` serves them. */
  readonly jwks: JSONWebKeySet
  /** The private key: PEM, PKCS #8, readable by its owner only. */
  readonly keyFile: string
  readonly keyId: string
  /** A signed RS256 token. */
  mint(request: TokenRequest): Promise<string>
  /** Stops serving; deletes the key unless the caller named its file. */
  close(): Promise<void>
}

const algorithm = 'RS256'

/** Starts on 127.0.0.1 (a free port unless one is given). An existing `keyFile` is used again, so old tokens stay valid. */
export async function startIssuer(options: { port?: number; keyFile?: string } = {}): Promise<Issuer> {
  const temporaryFolder = options.keyFile === undefined ? await mkdtemp(join(tmpdir(), 'issuer-')) : undefined
  const keyFile = options.keyFile ?? join(temporaryFolder ?? '', 'private-key.pem')
  const privateKey = await importPKCS8(await readOrCreateKey(keyFile), algorithm, { extractable: true })
  const { kty = 'RSA', n = '', e = '' } = await exportJWK(privateKey)
  const keyId = await calculateJwkThumbprint({ kty, n, e })
  const jwks: JSONWebKeySet = { keys: [{ kty, n, e, kid: keyId, alg: algorithm, use: 'sig' }] }

  const documents = new Map<string, unknown>([['/.well-known/jwks.json', jwks]])
  const server = createServer((request, response) => serve(documents, request.url ?? '/', response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  documents.set('/.well-known/openid-configuration', renderConfiguration(url))

  return {
    url,
    jwks,
    keyFile,
    keyId,
    mint: request => mint(privateKey, { alg: algorithm, kid: keyId, typ: 'JWT' }, url, request),
    async close() {
      await new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      if (temporaryFolder !== undefined) await rm(temporaryFolder, { recursive: true, force: true })
    },
  }
}

async function readOrCreateKey(keyFile: string): Promise<string> {
  try {
    return await readFile(keyFile, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  const pem = await exportPKCS8(privateKey)
  await writeFile(keyFile, pem, { mode: 0o600, flag: 'wx' })
  return pem
}

async function mint(
  privateKey: CryptoKey,
  header: JWTHeaderParameters,
  issuer: string,
  { subject, audience, claims, expiresInSeconds, overrides }: TokenRequest,
): Promise<string> {
  const issuedAt = Math.floor(Date.now() / 1000)
  const aud = typeof audience === 'string' ? audience : [...audience]
  const standard = { iss: issuer, sub: subject, aud, iat: issuedAt, exp: issuedAt + expiresInSeconds }
  // A claim that is overridden with undefined disappears: JSON has no undefined.
  return new SignJWT({ ...standard, ...claims, ...overrides?.claims })
    .setProtectedHeader({ ...header, ...overrides?.header })
    .sign(privateKey)
}

function renderConfiguration(url: string): Record<string, unknown> {
  return {
    issuer: url,
    jwks_uri: `${url}/.well-known/jwks.json`,
    id_token_signing_alg_values_supported: [algorithm],
    response_types_supported: ['token'],
    subject_types_supported: ['public'],
  }
}

function serve(documents: ReadonlyMap<string, unknown>, path: string, response: ServerResponse): void {
  const document = documents.get(path)
  response.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(document ?? { message: 'Not Found' }))
}
