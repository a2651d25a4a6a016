/**
 * An identity provider with the device authorization grant, over real HTTP on this machine. It says yes at once and gives each
 * refresh token once; a test puts other answers before that, and reads what was asked.
 */
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { generateKeyPair, SignJWT } from 'jose'

/** What the issuer says instead of what it would say. */
export interface IssuerAnswer {
  readonly status: number
  /** Text goes as it is, everything else as JSON. */
  readonly body: unknown
  /** What else happens meanwhile, before it answers. */
  readonly meanwhile?: () => void
}

/** One request that came in. */
export interface IssuerRequest {
  readonly path: string
  readonly form: Readonly<Record<string, string>>
  readonly authorization: string | undefined
}

export interface FakeOidcIssuer {
  readonly url: string
  readonly requests: IssuerRequest[]
  /** Taken one by one, by path, before its own answers. */
  readonly next: Record<'/discovery' | '/device' | '/token' | '/revoke', IssuerAnswer[]>
  /** Changes of its discovery document; `undefined` takes a field away. */
  readonly metadata: Record<string, unknown>
  /** Changes of what it answers with a code, and of what it answers with tokens. */
  readonly device: Record<string, unknown>
  readonly tokens: Record<string, unknown>
  /** A JWT of it that lasts so long. */
  mint(seconds: number): Promise<string>
  /** A refresh token that it takes once. */
  giveRefreshToken(): string
  /** Refresh tokens that came a second time. */
  readonly reused: string[]
  close(): Promise<void>
}

/** An OAuth error as RFC 6749 has it. */
export const oauthError = (error: string): IssuerAnswer => ({ status: 400, body: { error } })

const DEVICE_CODE = 'device-code-1'

/** Starts one on a free port. */
export async function startFakeOidcIssuer(): Promise<FakeOidcIssuer> {
  const { privateKey } = await generateKeyPair('RS256')
  const good = new Set<string>()
  const used = new Set<string>()
  const server = createServer((request, response) => {
    void readForm(request)
      .then(form => answer(request, form))
      .then(({ status, body }) =>
        response
          .writeHead(status, { 'content-type': 'application/json' })
          .end(typeof body === 'string' ? body : JSON.stringify(body)),
      )
  }).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const issuer: FakeOidcIssuer = {
    url,
    requests: [],
    next: { '/discovery': [], '/device': [], '/token': [], '/revoke': [] },
    metadata: {},
    device: {},
    tokens: {},
    reused: [],
    mint: seconds => {
      const now = Math.floor(Date.now() / 1000)
      const claims = { sub: 'ada', aud: 'sparkgate-cli', jti: crypto.randomUUID() }
      const token = new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).setIssuer(url)
      return token
        .setIssuedAt(now)
        .setExpirationTime(now + seconds)
        .sign(privateKey)
    },
    giveRefreshToken() {
      const token = `refresh-${crypto.randomUUID()}`
      good.add(token)
      return token
    },
    close: () => new Promise(resolve => void server.close(() => resolve())),
  }

  async function answer(request: IncomingMessage, form: IssuerRequest['form']): Promise<IssuerAnswer> {
    const path = request.url ?? ''
    issuer.requests.push({ path, form, authorization: request.headers.authorization })
    const key = path.startsWith('/.well-known/') ? '/discovery' : path
    const planned = Object.hasOwn(issuer.next, key) ? issuer.next[key as keyof typeof issuer.next].shift() : undefined
    planned?.meanwhile?.()
    return planned ?? (await (OWN[key] ?? notFound)(form))
  }

  const OWN: Readonly<Record<string, (form: IssuerRequest['form']) => IssuerAnswer | Promise<IssuerAnswer>>> = {
    '/discovery': () => ({ status: 200, body: { ...metadataOf(url), ...issuer.metadata } }),
    '/device': () => ({ status: 200, body: { ...deviceAnswer(url), ...issuer.device } }),
    '/token': grant,
    '/revoke': ({ token = '' }) => {
      good.delete(token)
      return { status: 200, body: '' }
    },
  }

  async function grant(form: IssuerRequest['form']): Promise<IssuerAnswer> {
    if (form['grant_type'] === 'refresh_token') {
      const token = form['refresh_token'] ?? ''
      if (used.has(token)) issuer.reused.push(token)
      if (!good.delete(token)) return oauthError('invalid_grant')
      used.add(token)
    } else if (form['device_code'] !== DEVICE_CODE) return oauthError('invalid_grant')
    const fresh = { access_token: await issuer.mint(3600), refresh_token: issuer.giveRefreshToken() }
    return { status: 200, body: { token_type: 'Bearer', ...fresh, ...issuer.tokens } }
  }
  return issuer
}

const notFound = (): IssuerAnswer => ({ status: 404, body: { error: 'not_found' } })

const metadataOf = (url: string) => ({
  issuer: url,
  token_endpoint: `${url}/token`,
  device_authorization_endpoint: `${url}/device`,
  revocation_endpoint: `${url}/revoke`,
  scopes_supported: ['openid', 'offline_access'],
})

const deviceAnswer = (url: string) => ({
  device_code: DEVICE_CODE,
  user_code: 'ABCD-EFGH',
  verification_uri: `${url}/activate`,
  verification_uri_complete: `${url}/activate?user_code=ABCD-EFGH`,
  expires_in: 900,
  interval: 1,
})

async function readForm(request: IncomingMessage): Promise<IssuerRequest['form']> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) text += chunk
  return Object.fromEntries(new URLSearchParams(text))
}
