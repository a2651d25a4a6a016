/** `sparkgate login`: keeps a gateway's URL with a token, or with a profile of the AWS CLI, so that later commands need neither. */
import { clientFor } from './api-client.ts'
import type { ApiClient } from './api-client.ts'
import { CommandFailure, EXIT, textOption, UsageError } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { choosePlace, gatewayUrl, tokenIdentity } from './choose-identity.ts'
import { agoText } from './relative-time.ts'
import { DEFAULT_PROFILE, profilesFile, readProfiles, storeProfile } from './stored-profiles.ts'
import { showText } from './terminal-text.ts'
import { tokenExpiry } from './token-expiry.ts'

/** Stores what the gateway accepted; a token that it does not know is not kept. */
export async function login(given: Arguments): Promise<number> {
  const { positionals, options } = given
  if (positionals.length > 0)
    throw new UsageError('login takes no operand: a token on the command line is in its history')
  const name = textOption(options, 'profile') ?? DEFAULT_PROFILE
  if (!/^[\w.-]{1,64}$/.test(name)) throw new UsageError(`${name} is no name for a profile: letters, digits, . _ -`)
  if (options['forget'] === true) return forget(name)
  const url = gatewayUrl(options, process.env, readProfiles()[name])
  const awsProfile = textOption(options, 'aws-profile')
  if (awsProfile !== undefined) {
    const place = await choosePlace({ ...options, profile: undefined, url: url.href })
    const region = textOption(options, 'region')
    await accepted(clientFor(place))
    storeProfile(name, { url: url.href, awsProfile, ...(region !== undefined && { region }) })
  } else {
    const token = textOption(options, 'token') ?? (process.env['SPARKGATE_TOKEN'] || (await askForToken()))
    await accepted(clientFor({ url, identity: tokenIdentity(token, 'login', url) }))
    storeProfile(name, { url: url.href, token })
    const expiry = tokenExpiry(token)
    if (expiry !== undefined) console.error(`The token expires ${agoText(new Date(expiry).toISOString(), Date.now())}.`)
  }
  console.log(`Profile ${name} for ${url.origin} is in ${profilesFile()}.`)
  return EXIT.ok
}

function forget(name: string): number {
  if (readProfiles()[name] === undefined)
    throw new CommandFailure(`sparkgate: there is no profile ${name}`, EXIT.notFound)
  storeProfile(name, undefined)
  console.log(`Profile ${name} is forgotten.`)
  return EXIT.ok
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
