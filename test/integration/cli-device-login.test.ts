/** A sign-in with a browser, against an issuer that says each thing it may say. Time is the test's: nothing waits. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { choosePlace } from '../../cli/choose-identity.ts'
import { signInByDevice } from '../../cli/device-login.ts'
import { revokeRefreshToken } from '../../cli/refresh-token.ts'
import { readProfiles, storeProfile } from '../../cli/stored-profiles.ts'
import type { SignIn, StoredProfile } from '../../cli/stored-profiles.ts'
import { oauthError, startFakeOidcIssuer } from '../support/fake-oidc-issuer.ts'
import type { FakeOidcIssuer } from '../support/fake-oidc-issuer.ts'

const GATEWAY = 'https://gateway.example/'
const PENDING = oauthError('authorization_pending')
let issuer: FakeOidcIssuer
let folder: string
let waits: number[]
let prompts: string[]

beforeEach(async () => {
  issuer = await startFakeOidcIssuer()
  folder = mkdtempSync(join(tmpdir(), 'sparkgate-login-'))
  vi.stubEnv('XDG_CONFIG_HOME', folder)
  waits = []
  prompts = []
})
afterEach(async () => {
  vi.unstubAllEnvs()
  vi.useRealTimers()
  rmSync(folder, { recursive: true })
  await issuer.close()
})

/** Signs in; waiting takes no time, and the clock moves by it. */
function signIn(more: Partial<SignIn> = {}) {
  let now = 0
  return signInByDevice({ issuer: issuer.url, clientId: 'sparkgate-cli', ...more }, ({ text }) => prompts.push(text), {
    now: () => now,
    wait: async milliseconds => {
      waits.push(milliseconds / 1000)
      now += milliseconds
    },
  })
}
const polls = () => issuer.requests.filter(({ path }) => path === '/token')

describe('a sign-in with a browser', () => {
  it('shows the page and the code, and asks until the person said yes', async () => {
    issuer.next['/token'].push(PENDING, PENDING)
    const access = await issuer.mint(3600)
    issuer.tokens['access_token'] = access
    const { token, refreshToken } = await signIn()
    expect(prompts).toEqual([
      `Open ${issuer.url}/activate?user_code=ABCD-EFGH and check that it shows ABCD-EFGH (expires in 15m)\n` +
        `On another device: ${issuer.url}/activate, and enter the code.`,
    ])
    expect(token).toBe(access)
    expect(refreshToken).toMatch(/^refresh-/)
    expect(waits).toEqual([1, 1, 1])
  })
  it('is of a public client: its id is all that it says of itself', async () => {
    await signIn({ audience: 'https://spark.example.com' })
    const [, device, token] = issuer.requests
    expect(device?.form).toEqual({
      client_id: 'sparkgate-cli',
      scope: 'openid offline_access',
      audience: 'https://spark.example.com',
    })
    expect(token?.form).toEqual({
      client_id: 'sparkgate-cli',
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: 'device-code-1',
    })
    expect(issuer.requests.map(({ authorization }) => authorization)).toEqual([undefined, undefined, undefined])
  })
  it('asks for a refresh token only where the issuer lists that scope', async () => {
    issuer.metadata['scopes_supported'] = ['openid']
    await signIn({ scope: 'openid spark' })
    expect(issuer.requests[1]?.form['scope']).toBe('openid spark')
  })
  it('asks for the code where the page takes none', async () => {
    issuer.device['verification_uri_complete'] = undefined
    await signIn()
    expect(prompts).toEqual([`Open ${issuer.url}/activate and enter ABCD-EFGH (expires in 15m)`])
  })
  it('asks every five seconds where the issuer names no interval, and never without a pause', async () => {
    issuer.device['interval'] = undefined
    await signIn()
    issuer.device['interval'] = 0.001
    await signIn()
    expect(waits).toEqual([5, 1])
  })
  it('asks five seconds later each time it is told to slow down', async () => {
    issuer.next['/token'].push(oauthError('slow_down'), PENDING, { status: 429, body: 'slower' })
    await signIn()
    expect(waits).toEqual([1, 6, 6, 11])
  })
  it('goes on over a few answers that are none, and not over many', async () => {
    const broken = { status: 500, body: 'oops' }
    issuer.next['/token'].push(broken, broken, PENDING, broken)
    await expect(signIn()).resolves.toHaveProperty('token')
    issuer.next['/token'].push(broken, broken, broken, broken, broken)
    await expect(signIn()).rejects.toMatchObject({ exitCode: 1, message: expect.stringContaining('HTTP 500') })
    expect(polls()).toHaveLength(5 + 5)
  })
  it('can go to a document of RFC 8414 where there is none of OpenID Connect', async () => {
    issuer.next['/discovery'].push({ status: 404, body: 'no' })
    await signIn()
    expect(issuer.requests.map(({ path }) => path).slice(0, 2)).toEqual([
      '/.well-known/openid-configuration',
      '/.well-known/oauth-authorization-server',
    ])
  })
})

describe('a sign-in ends', () => {
  it.each([
    ['access_denied', /was denied in the browser/],
    ['authorization_declined', /was denied in the browser/],
    ['expired_token', /nobody entered the code in time; run the command again/],
    ['invalid_client', /refused the token: invalid_client\. Is sparkgate-cli a public client/],
  ])('with %s, as a lack of permission', async (error, message) => {
    issuer.next['/token'].push(PENDING, oauthError(error))
    await expect(signIn()).rejects.toMatchObject({ exitCode: 7, message: expect.stringMatching(message) })
    expect(polls()).toHaveLength(2)
  })
  it('when the code is old, whatever the issuer says', async () => {
    issuer.device['expires_in'] = 3
    issuer.next['/token'].push(PENDING, PENDING, PENDING, PENDING, PENDING)
    await expect(signIn()).rejects.toMatchObject({ exitCode: 7, message: expect.stringContaining('in time') })
    expect(polls()).toHaveLength(3)
  })
  it('after an hour for a code that lasts for years', async () => {
    Object.assign(issuer.device, { expires_in: 1e9, interval: 60 })
    issuer.next['/token'].push(...Array.from({ length: 100 }, () => PENDING))
    await expect(signIn()).rejects.toThrow('in time')
    expect(polls()).toHaveLength(60)
  })
  it('with advice when the access token is opaque; the ID token may do instead', async () => {
    Object.assign(issuer.tokens, { access_token: 'opaque-secret', id_token: await issuer.mint(3600) })
    await expect(signIn()).rejects.toMatchObject({
      exitCode: 7,
      message: expect.stringMatching(/is opaque.*--audience.*--use id-token/),
    })
    await expect(signIn()).rejects.not.toThrow('opaque-secret')
    expect((await signIn({ use: 'id-token' })).token).toBe(issuer.tokens['id_token'])
  })
  it('when an ID token is wanted and there is none', async () => {
    await expect(signIn({ use: 'id-token' })).rejects.toThrow(/gave no ID token: ask for it with --scope openid/)
  })
})

describe('an issuer is not trusted', () => {
  it('when it calls itself otherwise', async () => {
    issuer.metadata['issuer'] = 'https://evil.example'
    await expect(signIn()).rejects.toThrow(/it is of https:\/\/evil\.example, another issuer/)
    expect(issuer.requests).toHaveLength(1)
  })
  it.each([
    'http://login.example',
    'login.example',
    'https://me:pw@login.example',
    'https://login.example?x=1',
    'ftp://x',
  ])('at %s', async url => expect(signIn({ issuer: url })).rejects.toMatchObject({ name: 'UsageError' }))
  it.each(['token_endpoint', 'device_authorization_endpoint'])(
    'with a %s over plain HTTP elsewhere',
    async endpoint => {
      issuer.metadata[endpoint] = 'http://login.example/x'
      await expect(signIn()).rejects.toThrow(/http:\/\/login\.example is not HTTPS; nothing was sent/)
    },
  )
  it('that has no device authorization grant, and says what else there is', async () => {
    issuer.metadata['device_authorization_endpoint'] = undefined
    await expect(signIn()).rejects.toThrow(/no device authorization grant .*sparkgate login < token\.txt/)
  })
  it.each(['javascript:alert(1)', 'http://login.example/activate', 'file:///etc/passwd', 'nothing'])(
    'with the page %s',
    async page => {
      Object.assign(issuer.device, { verification_uri: page, verification_uri_complete: undefined })
      await expect(signIn()).rejects.toThrow('named no web page')
      expect(prompts).toEqual([])
    },
  )
  it('with a code that moves the cursor', async () => {
    issuer.device['user_code'] = 'AB\u001b[2J\nCD'
    await signIn()
    expect(prompts[0]).not.toContain('\u001b')
  })
  it.each([
    ['/discovery', { status: 200, body: '[]' }],
    ['/discovery', { status: 200, body: '<html>' }],
    ['/device', { status: 200, body: { user_code: 'x' } }],
    ['/device', { status: 500, body: 'oops' }],
    ['/token', { status: 200, body: { access_token: 7 } }],
    ['/token', { status: 200, body: '{"access_token": "half-of-a-sec' }],
    ['/token', { status: 302, body: '' }],
  ] as const)('when %s answers with %j', async (path, answer) => {
    issuer.next[path].push(answer, answer)
    const failed = signIn()
    await expect(failed).rejects.toMatchObject({ exitCode: 1, message: expect.stringContaining('a wrong answer for') })
    await expect(failed).rejects.not.toThrow('half-of-a-sec')
  })
  it('with an answer that has no end', async () => {
    issuer.next['/device'].push({ status: 200, body: 'x'.repeat(1024 * 1024 + 1) })
    await expect(signIn()).rejects.toThrow('was not read')
  })
  it('when nothing listens there', async () => {
    await expect(signIn({ issuer: 'http://127.0.0.1:1' })).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringContaining('no answer from http://127.0.0.1:1'),
    })
  })
})

describe('a stored token that ran out', () => {
  const options = { url: GATEWAY }
  async function storeExpired(more: Partial<StoredProfile> = {}, name = 'default', seconds = -3600) {
    const profile = {
      url: GATEWAY,
      token: await issuer.mint(seconds),
      refreshToken: issuer.giveRefreshToken(),
      signIn: { issuer: issuer.url, clientId: 'sparkgate-cli' },
      ...more,
    }
    storeProfile(name, profile)
    return profile
  }
  const sent = async (more: Record<string, string> = {}) => {
    const { identity } = await choosePlace({ ...options, ...more }, {})
    return identity.kind === 'token' ? identity.current() : ''
  }

  it('is renewed before the request, and the new pair is kept', async () => {
    const before = await storeExpired()
    const token = await sent()
    expect(token).not.toBe(before.token)
    expect(readProfiles()['default']).toEqual({ ...before, token, refreshToken: expect.stringMatching(/^refresh-/) })
    expect(readProfiles()['default']?.refreshToken).not.toBe(before.refreshToken)
    expect(await sent()).toBe(token)
    expect(polls()).toHaveLength(1)
    expect(readdirSync(join(folder, 'sparkgate'))).toEqual(['credentials.json'])
  })
  it('keeps its refresh token where the issuer does not rotate', async () => {
    const before = await storeExpired()
    issuer.tokens['refresh_token'] = undefined
    await sent()
    expect(readProfiles()['default']?.refreshToken).toBe(before.refreshToken)
  })
  it('is renewed in its last minute, not before', async () => {
    const young = await storeExpired({}, 'default', 90)
    expect(await sent()).toBe(young.token)
    const old = await storeExpired({}, 'default', 30)
    expect(await sent()).not.toBe(old.token)
  })
  it('is used to its end where it cannot be renewed', async () => {
    const old = await storeExpired({ refreshToken: 'unknown' }, 'default', 30)
    expect(await sent()).toBe(old.token)
  })
  it('is renewed while a command runs, each time anew', async () => {
    const first = await storeExpired({}, 'default', 90)
    const { identity } = await choosePlace(options, {})
    if (identity.kind !== 'token') throw new Error('no token')
    expect(await identity.current()).toBe(first.token)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })
    const second = await identity.current()
    expect(second).not.toBe(first.token)
    expect(await identity.current()).toBe(second)
    // Another command renewed it meanwhile.
    const third = await storeExpired({}, 'default', 7_200)
    vi.setSystemTime(Date.now() + 3_600_000)
    expect(await identity.current()).toBe(third.token)
  })
  it('that the issuer does not renew says how to sign in again', async () => {
    await storeExpired({ refreshToken: 'secret-unknown' }, 'work')
    const failed = sent({ profile: 'work' })
    await expect(failed).rejects.toMatchObject({
      exitCode: 7,
      message: expect.stringMatching(/invalid_grant[\s\S]*Sign in again: `sparkgate login --profile work`/),
    })
    await expect(failed).rejects.not.toThrow('secret-unknown')
    expect(readProfiles()['work']?.refreshToken).toBe('secret-unknown')
  })
  it('stays where the issuer has no answer just now', async () => {
    const before = await storeExpired()
    issuer.next['/token'].push({ status: 503, body: 'busy' })
    await expect(sent()).rejects.toMatchObject({ exitCode: 1, message: expect.stringContaining('Try again') })
    expect(readProfiles()['default']).toEqual(before)
  })
  it('without a refresh token names the profile to sign in to', async () => {
    await storeExpired({ refreshToken: undefined } as object, 'work')
    await expect(sent({ profile: 'work' })).rejects.toThrow('try `sparkgate login --profile work`')
  })
  it('is renewed once by many commands at once: no refresh token comes twice', async () => {
    await storeExpired()
    const tokens = await Promise.all(Array.from({ length: 5 }, () => sent()))
    expect(new Set(tokens).size).toBe(1)
    expect(polls()).toHaveLength(1)
    expect(issuer.reused).toEqual([])
  })
  it('is taken from the profile where another machine was faster', async () => {
    const before = await storeExpired()
    const faster = { ...before, token: await issuer.mint(3600), refreshToken: issuer.giveRefreshToken() }
    const meanwhile = () => storeProfile('default', faster)
    issuer.next['/token'].push({ ...oauthError('invalid_grant'), meanwhile })
    expect(await sent()).toBe(faster.token)
    expect(readProfiles()['default']).toEqual(faster)
  })
  it('does not come back where the profile was forgotten meanwhile', async () => {
    const before = await storeExpired()
    issuer.next['/discovery'].push({ status: 404, body: '', meanwhile: () => storeProfile('default', undefined) })
    expect(await sent()).not.toBe(before.token)
    expect(readProfiles()).toEqual({})
  })
  it('is renewed although a command that was stopped left its lock', async () => {
    const before = await storeExpired()
    const gone = spawnSync(process.execPath, ['-e', '0']).pid
    writeFileSync(join(folder, 'sparkgate/credentials.json.lock'), String(gone))
    expect(await sent()).not.toBe(before.token)
  })
  it('is not renewed for another gateway', async () => {
    await storeExpired()
    await expect(sent({ url: 'https://evil.example' })).rejects.toThrow('it was not sent')
    expect(issuer.requests).toEqual([])
  })
})

describe('a refresh token', () => {
  const revoke = () => revokeRefreshToken({ issuer: issuer.url, clientId: 'sparkgate-cli' }, 'refresh-secret')

  it('is revoked at its issuer', async () => {
    expect(await revoke()).toBe(`The refresh token is revoked at ${issuer.url}.`)
    expect(issuer.requests.at(-1)).toMatchObject({
      path: '/revoke',
      form: { token: 'refresh-secret', token_type_hint: 'refresh_token', client_id: 'sparkgate-cli' },
    })
  })
  it('that cannot be revoked is said to go on', async () => {
    issuer.metadata['revocation_endpoint'] = undefined
    expect(await revoke()).toContain('ends when the provider says so')
    issuer.metadata['revocation_endpoint'] = `${issuer.url}/revoke`
    issuer.next['/revoke'].push({ status: 500, body: 'oops' })
    expect(await revoke()).toMatch(/^The refresh token could not be revoked: .*HTTP 500/)
  })
})
