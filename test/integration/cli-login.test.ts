/** `sparkgate login` with a browser, as people run it: processes, the local gateway, and an issuer whose tokens that one takes. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { E2E_TEST_MILLISECONDS, startTestStack } from '../support/embedded-stack.ts'
import type { TestStack } from '../support/embedded-stack.ts'
import { oauthError, startFakeOidcIssuer } from '../support/fake-oidc-issuer.ts'
import type { FakeOidcIssuer } from '../support/fake-oidc-issuer.ts'
import { runSparkgate } from './cli-process.ts'
import type { RunOptions } from './cli-process.ts'

let stack: TestStack
let token: string
let issuer: FakeOidcIssuer
let folder: string

beforeAll(async () => {
  stack = await startTestStack()
  token = await stack.token('payments')
})
afterAll(() => stack.close())
beforeEach(async () => {
  issuer = await startFakeOidcIssuer()
  issuer.tokens['access_token'] = token
  folder = mkdtempSync(join(tmpdir(), 'sparkgate-login-'))
})
afterEach(async () => {
  await issuer.close()
  rmSync(folder, { recursive: true })
})

const sparkgate = (args: readonly string[], { env, ...more }: RunOptions = {}) => {
  const nobody = { SPARKGATE_TOKEN: undefined, SPARKGATE_PROFILE: undefined, SPARKGATE_URL: undefined }
  return runSparkgate(args, { ...more, env: { ...nobody, XDG_CONFIG_HOME: folder, ...env } })
}
const browser = () => ['--issuer', issuer.url, '--client-id', 'cli']
const signIn = () => sparkgate(['login', '--url', stack.apiUrl, ...browser(), '--scope', 'openid spark'])
const file = () => join(folder, 'sparkgate/credentials.json')
const profile = (): Record<string, unknown> => JSON.parse(readFileSync(file(), 'utf8')).profiles.default

describe('login with a browser', { timeout: E2E_TEST_MILLISECONDS }, () => {
  it('keeps what the gateway accepts, for its owner alone; the same command without options signs in again', async () => {
    issuer.next['/token'].push(oauthError('authorization_pending'))
    const done = await signIn()
    expect(done).toMatchObject({ code: 0, err: expect.stringMatching(/^Open http.*ABCD-EFGH[\s\S]*team payments/) })
    expect(done.out + done.err).not.toMatch(/eyJ|refresh-/)
    expect(statSync(file()).mode & 0o777).toBe(0o600)
    expect(profile()).toEqual({
      url: `${stack.apiUrl}/`,
      token,
      refreshToken: expect.stringMatching(/^refresh-/),
      signIn: { issuer: issuer.url, clientId: 'cli', scope: 'openid spark' },
    })
    expect(await sparkgate(['whoami'])).toMatchObject({ code: 0, out: expect.stringContaining('profile default') })
    const before = profile()
    expect(await sparkgate(['login'])).toMatchObject({ code: 0, err: expect.stringContaining('ABCD-EFGH') })
    expect(profile()).toEqual({ ...before, refreshToken: expect.stringMatching(/^refresh-/) })
    expect(profile()['refreshToken']).not.toBe(before['refreshToken'])
  })
  it('--forget revokes the refresh token', async () => {
    await signIn()
    const { refreshToken } = profile()
    expect(await sparkgate(['login', '--forget'])).toMatchObject({
      code: 0,
      err: expect.stringContaining('is revoked'),
    })
    expect(issuer.requests.at(-1)?.form['token']).toBe(refreshToken)
    expect(readFileSync(file(), 'utf8')).not.toContain('refresh-')
  })
  it('keeps no token that the gateway refuses, and says whose it is', async () => {
    issuer.tokens['access_token'] = await issuer.mint(3600)
    const { code, err } = await signIn()
    expect(code).toBe(7)
    expect(err).toContain(`It is a token of issuer ${issuer.url}, audience sparkgate-cli.`)
    expect(existsSync(file())).toBe(false)
  })
  it('that is stopped by Ctrl-C leaves nothing behind', async () => {
    Object.assign(issuer.device, { interval: 60 })
    const stopped = await sparkgate(['login', '--url', stack.apiUrl, ...browser()], {
      onOutput: (child, written) => void (written.includes('ABCD-EFGH') && child.kill('SIGINT')),
    })
    expect(stopped.code).not.toBe(0)
    expect(existsSync(join(folder, 'sparkgate'))).toBe(false)
  })
  it.each([
    [['--issuer', 'https://login.example'], 'takes both --issuer and --client-id'],
    [['--audience', 'x'], '--audience needs --issuer and --client-id'],
    [['--issuer', 'https://login.example', '--client-id', 'x', '--token', 'y'], '--token is another way to log in'],
    [['--issuer', 'http://login.example', '--client-id', 'x'], 'is not HTTPS'],
  ])('with %j is not understood', async (words, message) => {
    const { code, err } = await sparkgate(['login', '--url', stack.apiUrl, ...words])
    expect(code).toBe(1)
    expect(err).toContain(message)
  })
  it('and its refresh token last: two commands at once renew the token once', async () => {
    const signIn = { issuer: issuer.url, clientId: 'cli' }
    const expired = {
      url: stack.apiUrl,
      token: await issuer.mint(-3600),
      refreshToken: issuer.giveRefreshToken(),
      signIn,
    }
    mkdirSync(join(folder, 'sparkgate'))
    writeFileSync(file(), JSON.stringify({ profiles: { default: expired } }), { mode: 0o600 })
    const done = await Promise.all([sparkgate(['whoami']), sparkgate(['whoami'])])
    for (const { code, err, out } of done) expect({ code, err, out }).toMatchObject({ code: 0, err: '' })
    expect(issuer.requests.filter(({ path }) => path === '/token')).toHaveLength(1)
    expect(profile()['token']).toBe(token)
  })
})
