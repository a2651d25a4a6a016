/** Which gateway, and as whom: the order of places, and what must never be sent or shown. */
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { parseAwsFile, readAwsFiles } from '../../cli/aws-config-file.ts'
import { findAwsCredentials, splitCommand } from '../../cli/aws-credentials.ts'
import { choosePlace } from '../../cli/choose-identity.ts'
import { isLoopback } from '../../cli/is-loopback.ts'
import { profilesFile, readProfiles, storeProfile } from '../../cli/stored-profiles.ts'
import { tokenExpiry } from '../../cli/token-expiry.ts'

const URL_OPTION = { url: 'https://gateway.example' }
const AWS_KEYS = { AWS_ACCESS_KEY_ID: 'AKIDENV', AWS_SECRET_ACCESS_KEY: 'env-secret', AWS_REGION: 'eu-west-1' }
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sparkgate-identity-'))
  vi.stubEnv('XDG_CONFIG_HOME', folder)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

/** An environment without what the machine has. */
const environment = (more: Record<string, string> = {}): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'] ?? '',
  AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
  AWS_CONFIG_FILE: join(folder, 'config'),
  ...more,
})
const jwt = (claims: object): string =>
  ['{"alg":"RS256"}', JSON.stringify(claims), 'signature']
    .map(part => Buffer.from(part).toString('base64url'))
    .join('.')

describe('the identity', () => {
  const from = async (options: Record<string, string>, more: Record<string, string> = {}) =>
    (await choosePlace({ ...URL_OPTION, ...options }, environment(more))).identity.from

  it('is what the command line says before what the environment says before what was stored', async () => {
    writeFileSync(
      join(folder, 'credentials'),
      '[ci]\naws_access_key_id = A\naws_secret_access_key = S\nregion = eu-west-1\n',
    )
    storeProfile('default', { url: URL_OPTION.url, token: 'stored' })
    storeProfile('other', { url: URL_OPTION.url, token: 'stored-too' })
    const all = { ...AWS_KEYS, SPARKGATE_TOKEN: 'from-environment' }
    expect(await from({ token: 'typed', 'aws-profile': 'ci' }, all)).toBe('--token')
    expect(await from({ 'aws-profile': 'ci' }, all)).toBe('AWS profile ci')
    expect(await from({ profile: 'other' }, all)).toBe('profile other')
    expect(await from({}, all)).toBe('$SPARKGATE_TOKEN')
    expect(await from({}, { ...AWS_KEYS, SPARKGATE_PROFILE: 'other' })).toBe('profile other')
    expect(await from({}, AWS_KEYS)).toBe('profile default')
    storeProfile('default', undefined)
    expect(await from({}, AWS_KEYS)).toBe('$AWS_ACCESS_KEY_ID')
  })
  it('may be an AWS profile that login stored', async () => {
    writeFileSync(join(folder, 'config'), '[profile ci]\naws_access_key_id = A\naws_secret_access_key = S\n')
    storeProfile('default', { url: URL_OPTION.url, awsProfile: 'ci', region: 'eu-central-1' })
    const { url, identity } = await choosePlace({}, environment())
    expect(url.href).toBe('https://gateway.example/')
    expect(identity).toMatchObject({ kind: 'aws', region: 'eu-central-1', credentials: { accessKeyId: 'A' } })
  })
  it('is named in what is said when there is none', async () => {
    const nobody = choosePlace(URL_OPTION, environment({ PATH: folder }))
    await expect(nobody).rejects.toMatchObject({
      exitCode: 7,
      message: expect.stringMatching(/no AWS credentials: looked at .*credentials and .*config.*sparkgate login/s),
    })
    await expect(choosePlace({}, environment())).rejects.toThrow(/no gateway: set SPARKGATE_URL.*npm run local/)
    await expect(choosePlace({ ...URL_OPTION, profile: 'x' }, environment())).rejects.toThrow('there is no profile x')
    await expect(choosePlace({ ...URL_OPTION, 'aws-profile': 'x' }, environment())).rejects.toThrow('no AWS profile x')
  })
})

describe('a token', () => {
  it('goes only to the gateway that it was stored for', async () => {
    storeProfile('default', { url: URL_OPTION.url, token: 'stored' })
    const elsewhere = choosePlace({ url: 'https://evil.example' }, environment())
    await expect(elsewhere).rejects.toThrow(
      /has a token for https:\/\/gateway\.example, not for https:\/\/evil\.example/,
    )
  })
  it('is not sent over plain HTTP to another machine', async () => {
    const options = { url: 'http://gateway.example', token: 'typed' }
    await expect(choosePlace(options, environment())).rejects.toThrow('not HTTPS')
    const { identity } = await choosePlace({ ...options, url: 'http://127.0.0.1:8080' }, environment())
    expect(identity.kind === 'token' && (await identity.current())).toBe('typed')
  })
  it('that has expired is not even tried', async () => {
    const old = { ...URL_OPTION, token: jwt({ exp: Date.now() / 1000 - 7_200 }) }
    await expect(choosePlace(old, environment())).rejects.toMatchObject({
      exitCode: 7,
      message: expect.stringContaining('--token expired 2h ago; try `sparkgate login`'),
    })
    const good = { ...URL_OPTION, token: jwt({ exp: Date.now() / 1000 + 60 }) }
    expect((await choosePlace(good, environment())).identity.kind).toBe('token')
  })
  it.each(['two words', 'line\nbreak', 'ümlaut'])('%j is none', async token =>
    expect(choosePlace({ ...URL_OPTION, token }, environment())).rejects.toThrow('a token is one word'),
  )
  it('tells when it expires, if it is a JWT that says so', () => {
    expect(tokenExpiry(jwt({ exp: 1_700_000_000 }))).toBe(1_700_000_000_000)
    for (const other of ['opaque', 'a.b', 'a.b.c', jwt({}), jwt({ exp: 'never' })])
      expect(tokenExpiry(other)).toBeUndefined()
  })
})

describe('a URL', () => {
  it.each(['gateway.example', 'ftp://gateway.example', 'https://me:pw@gateway.example'])('%s is refused', async url =>
    expect(choosePlace({ url, token: 't' }, environment())).rejects.toThrow(/URL/),
  )
  it.each([
    ['http://localhost:1', true],
    ['http://127.9.9.9', true],
    ['http://[::1]:1', true],
    ['http://127.0.0.1.evil.example', false],
    ['http://localhost.evil.example', false],
  ])('%s stays on this machine: %j', (url, stays) => expect(isLoopback(new URL(url))).toBe(stays))
  it('of API Gateway names its region', async () => {
    const options = { url: 'https://abc123.execute-api.ap-south-1.amazonaws.com/prod' }
    const { identity } = await choosePlace(options, environment(AWS_KEYS))
    expect(identity).toMatchObject({ region: 'ap-south-1' })
  })
})

describe('stored profiles', () => {
  it('are readable for their owner alone, and stay when another is stored', () => {
    storeProfile('a', { url: URL_OPTION.url, token: 'one' })
    storeProfile('b', { url: URL_OPTION.url, token: 'two' })
    expect(statSync(profilesFile()).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'sparkgate')).mode & 0o777).toBe(0o700)
    storeProfile('a', undefined)
    expect(readProfiles()).toEqual({ b: { url: URL_OPTION.url, token: 'two' } })
  })
  it('are not used when others may read them', () => {
    storeProfile('a', { url: URL_OPTION.url, token: 'one' })
    chmodSync(profilesFile(), 0o644)
    expect(() => readProfiles()).toThrow(/chmod 600/)
  })
  it('that are damaged are said to be, without their text', () => {
    storeProfile('a', { url: URL_OPTION.url, token: 'one' })
    writeFileSync(profilesFile(), '{"profiles": {"a": {"token": "secret-text"')
    expect(() => readProfiles()).toThrow(/cannot be read/)
    expect(() => readProfiles()).not.toThrow(/secret-text/)
  })
})

describe('AWS credentials', () => {
  const credentials = (text: string) => writeFileSync(join(folder, 'credentials'), text)
  const config = (text: string) => writeFileSync(join(folder, 'config'), text)

  it('come from both files of the AWS CLI; the credentials file wins', async () => {
    credentials('[ci]\naws_access_key_id=A\naws_secret_access_key = S ; comment\n# [no]\n')
    config(
      '[default]\nregion = eu-north-1\n[profile "ci"]\nregion=us-east-1\naws_access_key_id=other\ns3 =\n  max = 1\n[sso-session x]\n',
    )
    expect(Object.keys(readAwsFiles(environment()).profiles).toSorted()).toEqual(['ci', 'default'])
    expect(await findAwsCredentials('ci', environment(AWS_KEYS))).toEqual({
      credentials: { accessKeyId: 'A', secretAccessKey: 'S' },
      region: 'us-east-1',
      from: 'AWS profile ci',
    })
  })
  it('of the environment win over AWS_PROFILE, as with the AWS CLI', async () => {
    credentials('[ci]\naws_access_key_id=A\naws_secret_access_key=S\naws_session_token=T\n')
    expect((await findAwsCredentials(undefined, environment({ ...AWS_KEYS, AWS_PROFILE: 'ci' }))).from).toBe(
      '$AWS_ACCESS_KEY_ID',
    )
    const { credentials: found } = await findAwsCredentials(undefined, environment({ AWS_PROFILE: 'ci' }))
    expect(found.sessionToken).toBe('T')
  })
  it('come from a credential_process, which no shell reads', async () => {
    const program = `process.stdout.write(JSON.stringify({Version:1,AccessKeyId:process.argv[1],SecretAccessKey:'S',SessionToken:'T'}))`
    config(`[profile ci]\ncredential_process = "${process.execPath}" -e "${program.replaceAll('"', '\\"')}" "$(id)"\n`)
    const { credentials: found } = await findAwsCredentials('ci', environment())
    expect(found).toEqual({ accessKeyId: '$(id)', secretAccessKey: 'S', sessionToken: 'T' })
  })
  it('of a process that fails are not there, and what it wrote is not shown', async () => {
    config(
      `[profile ci]\ncredential_process = ${process.execPath} -e "console.log('SECRET'); console.error('no card'); process.exit(3)"\n`,
    )
    const failed = findAwsCredentials('ci', environment())
    await expect(failed).rejects.toThrow(/credential_process of AWS profile ci failed \(3\): no card/)
    await expect(failed).rejects.not.toThrow(/SECRET/)
  })
  it.each([
    ['sso_session = corp\n', 'sso_session'],
    ['role_arn = arn:aws:iam::111122223333:role/x\naws_access_key_id=A\naws_secret_access_key=S\n', 'role_arn'],
  ])('that need the AWS CLI (%j) say so where it is not installed', async (settings, named) => {
    config(`[profile ci]\n${settings}`)
    const failed = findAwsCredentials('ci', environment({ PATH: folder }))
    await expect(failed).rejects.toThrow(
      new RegExp(`it needs the AWS CLI for ${named}, and the AWS CLI is not installed.*--profile ci`),
    )
  })
  it.each([
    ['a b', ['a', 'b']],
    [`"a b" 'c d'`, ['a b', 'c d']],
    [String.raw`a"b c"d "e\"f"`, ['ab cd', 'e"f']],
    ['', []],
  ])('a command %j is the words %j', (command, words) => expect(splitCommand(command)).toEqual(words))
  it('sections and settings are read as botocore does', () => {
    expect(parseAwsFile('x=1\n[a]\nB = c = d\n\n[a]\n e=ignored\nf=\n[b')).toEqual({ a: { b: 'c = d', f: '' } })
  })
})
