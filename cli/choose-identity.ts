/**
 * Which gateway, and as whom. What was said on the command line wins over the environment, that over what `login` stored, that
 * over the keys of AWS. A token goes only to the gateway that it was stored for, and never over plain HTTP to another machine.
 */
import { CommandFailure, EXIT, textOption, UsageError } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import type { AwsCredentials } from './aws-credentials.ts'
import { isLoopback } from './is-loopback.ts'
import { agoText } from './relative-time.ts'
import { DEFAULT_PROFILE, loginCommand, readProfiles } from './stored-profiles.ts'
import type { StoredProfile } from './stored-profiles.ts'
import { tokenExpiry } from './token-expiry.ts'

export type Identity =
  /** `current`: the token for a request that is sent now; a command may run longer than one token. */
  | { readonly kind: 'token'; readonly current: () => Promise<string>; readonly from: string }
  | { readonly kind: 'aws'; readonly credentials: AwsCredentials; readonly region: string; readonly from: string }

type TokenIdentity = Extract<Identity, { kind: 'token' }>

export interface Place {
  readonly url: URL
  readonly identity: Identity
}

type Options = Arguments['options']

/** A token that ends while the request is on its way helps nobody. */
const REFRESH_BEFORE_MILLISECONDS = 60_000
/** A clock that is a little wrong here must not refuse what the gateway would take. */
const CLOCK_SKEW_MILLISECONDS = 5 * 60_000

/** Throws UsageError where no gateway is named, CommandFailure where nobody is. */
export async function choosePlace(options: Options, environment = process.env): Promise<Place> {
  const stored = storedProfile(options, environment)
  const url = gatewayUrl(options, environment, stored?.profile)
  const token = textOption(options, 'token')
  if (token !== undefined) return { url, identity: tokenIdentity(token, '--token', url) }
  const awsProfile = textOption(options, 'aws-profile')
  if (awsProfile !== undefined) return { url, identity: await awsIdentity(url, options, awsProfile, environment) }
  const fromEnvironment = environment['SPARKGATE_TOKEN']
  if (fromEnvironment && textOption(options, 'profile') === undefined)
    return { url, identity: tokenIdentity(fromEnvironment, '$SPARKGATE_TOKEN', url) }
  if (stored?.profile.token !== undefined)
    return { url, identity: await storedIdentity(stored, stored.profile.token, url) }
  const region = stored?.profile.region
  const given = region === undefined ? options : { region, ...options }
  return { url, identity: await awsIdentity(url, given, stored?.profile.awsProfile, environment) }
}

/** The gateway alone, for `login`. */
export function gatewayUrl(options: Options, environment: NodeJS.ProcessEnv, stored?: StoredProfile): URL {
  const text = textOption(options, 'url') ?? (environment['SPARKGATE_URL'] || stored?.url)
  if (text === undefined || text === '')
    throw new UsageError('no gateway: set SPARKGATE_URL, give --url, or `sparkgate login`; `npm run local` starts one')
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw new UsageError(`the gateway's URL is like https://gateway.example.com, not ${text}`)
  if (url.username !== '' || url.password !== '') throw new UsageError('the URL of a gateway has no name or password')
  return url
}

/** Throws for a token that cannot be one, has expired (`again` gets a new one), or would be sent where anybody on the way reads it. */
export function tokenIdentity(token: string, from: string, url: URL, again = 'sparkgate login'): TokenIdentity {
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new CommandFailure(`sparkgate: the token of ${from} is none: a token is one word`, EXIT.noPermission)
  const expiry = tokenExpiry(token)
  if (expiry !== undefined && expiry < Date.now() - CLOCK_SKEW_MILLISECONDS)
    throw new CommandFailure(
      `sparkgate: the token of ${from} expired ${agoText(new Date(expiry).toISOString(), Date.now())}; try \`${again}\``,
      EXIT.noPermission,
    )
  if (url.protocol === 'http:' && !isLoopback(url))
    throw new CommandFailure(
      `sparkgate: ${url.origin} is not HTTPS: anybody on the way could read the token. Nothing was sent`,
      EXIT.toolFailed,
    )
  return { kind: 'token', current: async () => token, from }
}

async function storedIdentity({ name, profile }: NamedProfile, token: string, url: URL): Promise<Identity> {
  if (new URL(profile.url).origin !== url.origin)
    throw new CommandFailure(
      `sparkgate: profile ${name} has a token for ${new URL(profile.url).origin}, not for ${url.origin}; it was not sent. ` +
        `Try \`sparkgate login --url ${url.origin} --profile NAME\``,
      EXIT.noPermission,
    )
  let latest = await lastingToken(name, profile, token)
  const identity = tokenIdentity(latest, `profile ${name}`, url, loginCommand(name))
  return { ...identity, current: async () => (latest = await laterToken(name, profile, latest)) }
}

/** The token of a request that comes later: the profile may have been renewed since, by this command or another one. */
async function laterToken(name: string, profile: StoredProfile, token: string): Promise<string> {
  if (isLasting(token)) return token
  const stored = readProfiles()[name]
  const newest = stored?.url === profile.url && stored.token !== undefined ? stored : { ...profile, token }
  return lastingToken(name, newest, newest.token ?? token)
}

const isLasting = (token: string): boolean =>
  (tokenExpiry(token) ?? Number.POSITIVE_INFINITY) > Date.now() + REFRESH_BEFORE_MILLISECONDS

/** The stored token, or the next one where it has run out and the profile can get one. */
async function lastingToken(name: string, profile: StoredProfile, token: string): Promise<string> {
  const { signIn, refreshToken } = profile
  if (signIn === undefined || refreshToken === undefined || isLasting(token)) return token
  const { renewToken } = await import('./refresh-token.ts')
  try {
    return await renewToken(name, { ...profile, signIn, refreshToken, token })
  } catch (error) {
    if ((tokenExpiry(token) ?? 0) > Date.now()) return token
    throw error
  }
}

interface NamedProfile {
  readonly name: string
  readonly profile: StoredProfile
}

function storedProfile(options: Options, environment: NodeJS.ProcessEnv): NamedProfile | undefined {
  const wanted = textOption(options, 'profile') ?? (environment['SPARKGATE_PROFILE'] || undefined)
  const profiles = readProfiles()
  const name = wanted ?? DEFAULT_PROFILE
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined
  if (profile !== undefined) return { name, profile }
  if (wanted === undefined) return undefined
  const names = Object.keys(profiles)
  throw new UsageError(
    `there is no profile ${wanted}${names.length === 0 ? '' : `; there are ${names.join(', ')}`}. ` +
      'Make one with `sparkgate login --profile NAME`; profiles of the AWS CLI are chosen by --aws-profile',
  )
}

/** API Gateway's own hosts name their region; for others somebody must. */
const regionOfHost = (host: string): string | undefined => /\.execute-api\.([a-z0-9-]+)\./.exec(host)?.[1]

async function awsIdentity(
  url: URL,
  options: Options,
  profile: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<Identity> {
  const { findAwsCredentials } = await import('./aws-credentials.ts')
  const found = await findAwsCredentials(profile, environment)
  const region =
    textOption(options, 'region') ??
    regionOfHost(url.hostname) ??
    (environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION'] || found.region)
  if (region === undefined) throw new UsageError(`in which AWS region is ${url.host}? give --region, or set AWS_REGION`)
  return { kind: 'aws', credentials: found.credentials, region, from: found.from }
}
