/**
 * `sparkgate login`: keeps a gateway's URL with a token, with a sign-in in the browser, or with a profile of the AWS CLI, so that
 * later commands need none of them.
 */
import { clientFor } from './api-client.ts'
import type { ApiClient } from './api-client.ts'
import { CommandFailure, EXIT, textOption, UsageError } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { choosePlace, gatewayUrl, tokenIdentity } from './choose-identity.ts'
import { agoText } from './relative-time.ts'
import { askedSignIn } from './sign-in-options.ts'
import { DEFAULT_PROFILE, profilesFile, readProfiles, storeProfile } from './stored-profiles.ts'
import type { SignIn, StoredProfile } from './stored-profiles.ts'
import { showText } from './terminal-text.ts'
import { describeToken, tokenExpiry } from './token-expiry.ts'

type Options = Arguments['options']

/** Stores what the gateway accepted; a token that it does not know is not kept. */
export async function login(given: Arguments): Promise<number> {
  const { positionals, options } = given
  if (positionals.length > 0)
    throw new UsageError('login takes no operand: a token on the command line is in its history')
  const name = textOption(options, 'profile') ?? DEFAULT_PROFILE
  if (!/^[\w.-]{1,64}$/.test(name)) throw new UsageError(`${name} is no name for a profile: letters, digits, . _ -`)
  if (options['forget'] === true) return forget(name)
  const stored = readProfiles()[name]
  const url = gatewayUrl(options, process.env, stored)
  storeProfile(name, { url: url.href, ...(await identify(url, options, stored)) })
  console.log(`Profile ${name} for ${url.origin} is in ${profilesFile()}.`)
  return EXIT.ok
}

/** What the profile gets beside its URL; the gateway has accepted it. */
async function identify(
  url: URL,
  options: Options,
  stored: StoredProfile | undefined,
): Promise<Omit<StoredProfile, 'url'>> {
  const signIn = askedSignIn(options, process.env, stored)
  if (signIn !== undefined) {
    const tokens = await signInWithBrowser(signIn, options)
    await acceptedToken(url, tokens.token)
    return { ...tokens, signIn }
  }
  const awsProfile = textOption(options, 'aws-profile')
  if (awsProfile === undefined) {
    const token = textOption(options, 'token') ?? (process.env['SPARKGATE_TOKEN'] || (await askForToken()))
    await acceptedToken(url, token)
    return { token }
  }
  await accepted(clientFor(await choosePlace({ ...options, profile: undefined, url: url.href })))
  const region = textOption(options, 'region')
  return { awsProfile, ...(region !== undefined && { region }) }
}

/** On a terminal of a person the page also opens. */
async function signInWithBrowser(signIn: SignIn, options: Options) {
  const { signInByDevice } = await import('./device-login.ts')
  const { openInBrowser } = await import('./open-command.ts')
  const opens = process.stderr.isTTY && !process.env['CI'] && options['print'] !== true
  return signInByDevice(signIn, ({ text, page }) => {
    console.error(text)
    if (opens) openInBrowser(page.href)
  })
}

/** Forgets first: what the issuer says about it changes nothing here. */
async function forget(name: string): Promise<number> {
  const profile = readProfiles()[name]
  if (profile === undefined) throw new CommandFailure(`sparkgate: there is no profile ${name}`, EXIT.notFound)
  storeProfile(name, undefined)
  console.log(`Profile ${name} is forgotten.`)
  const { signIn, refreshToken } = profile
  if (signIn === undefined || refreshToken === undefined) return EXIT.ok
  const { revokeRefreshToken } = await import('./refresh-token.ts')
  console.error(await revokeRefreshToken(signIn, refreshToken))
  return EXIT.ok
}

async function acceptedToken(url: URL, token: string): Promise<void> {
  const api = clientFor({ url, identity: tokenIdentity(token, 'login', url) })
  try {
    await accepted(api)
  } catch (error) {
    const claims = describeToken(token)
    if (!(error instanceof CommandFailure) || error.exitCode !== EXIT.noPermission || claims === undefined) throw error
    // What the platform file must accept: a wrong audience is what mostly goes wrong.
    throw new CommandFailure(`${error.message}\nIt is a token of ${showText(claims)}.`, error.exitCode)
  }
  const expiry = tokenExpiry(token)
  if (expiry !== undefined) console.error(`The token expires ${agoText(new Date(expiry).toISOString(), Date.now())}.`)
}

/** Asks the gateway who that is. An older one cannot say, but its list is for members only. */
async function accepted(api: ApiClient): Promise<void> {
  try {
    const { body } = await api.send({ method: 'GET', path: '/v1/whoami', offer: 'whoami' })
    const { team } = body as { team?: unknown }
    if (typeof team === 'string') console.error(`You are of team ${showText(team)}.`)
  } catch (error) {
    if (!(error instanceof CommandFailure) || error.exitCode !== EXIT.toolFailed) throw error
    await api.send({ method: 'GET', path: '/v1/jobs?limit=1' })
  }
}

/** Tokens of identity providers have at most a few kB. */
const MAX_TOKEN_BYTES = 64 * 1024
const CONTROL = { interrupt: '\u0003', backspace: '\u007f', end: '\u0004' } as const

/** From standard input: a line that is typed unseen, or whatever a pipe gives. */
async function askForToken(): Promise<string> {
  const isTerminal = process.stdin.isTTY
  if (isTerminal) {
    process.stderr.write('Token (not shown): ')
    process.stdin.setRawMode(true)
  }
  let text = ''
  try {
    for await (const chunk of process.stdin.setEncoding('utf8') as AsyncIterable<string>) {
      text += chunk
      if (text.includes(CONTROL.interrupt)) throw new CommandFailure('', EXIT.interrupted)
      if (text.length > MAX_TOKEN_BYTES || (isTerminal && /[\r\n\p{Cc}]/u.test(text.replaceAll(CONTROL.backspace, ''))))
        break
    }
  } finally {
    if (isTerminal) {
      process.stdin.setRawMode(false)
      process.stderr.write('\n')
    }
  }
  const token = applyBackspaces(text).replaceAll(CONTROL.end, '').trim()
  if (token === '') throw new UsageError('no token: pipe one in, or set SPARKGATE_TOKEN')
  return token
}

function applyBackspaces(text: string): string {
  let typed = ''
  for (const character of text) typed = character === CONTROL.backspace ? typed.slice(0, -1) : typed + character
  return typed
}
