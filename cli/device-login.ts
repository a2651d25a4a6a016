/**
 * Signs a person in with a browser on any machine (RFC 8628): asks the issuer for a code, shows where it is entered, and asks for
 * the tokens until the person has said yes or no, or the code is too old. Nothing is stored here: Ctrl-C leaves nothing behind.
 */
import { setTimeout as waitMilliseconds } from 'node:timers/promises'
import * as oauth from 'oauth4webapi'
import { CommandFailure, EXIT } from './arguments.ts'
import { isLoopback } from './is-loopback.ts'
import { durationText } from './relative-time.ts'
import type { SignIn } from './stored-profiles.ts'
import { showText } from './terminal-text.ts'
import { chooseTokens, findIssuer, issuerFailure } from './token-issuer.ts'
import type { NewTokens, TokenIssuer } from './token-issuer.ts'

/** What the person is shown. */
export interface DevicePrompt {
  /** Safe to write to a terminal. */
  readonly text: string
  /** The page to open, with the code where the issuer takes it that way. */
  readonly page: URL
}

/** Time as polling sees it; tests bring their own. */
export interface Patience {
  now(): number
  wait(milliseconds: number): Promise<void>
}

const REAL_PATIENCE: Patience = {
  now: Date.now,
  async wait(milliseconds) {
    await waitMilliseconds(milliseconds)
  },
}

/** RFC 8628, section 3.2: where the issuer names none. */
const DEFAULT_INTERVAL_SECONDS = 5
/** An issuer that says 0 would be asked without a pause, one that says a day would never be asked. */
const INTERVAL_LIMITS_SECONDS = { least: 1, most: 60 }
/** RFC 8628, section 3.5: what `slow_down` adds. */
const SLOWER_SECONDS = 5
/** Codes last 5 to 30 minutes; nobody looks at a terminal for longer than this. */
const MAX_WAIT_SECONDS = 3600
/** Answers in a row that are none: the network, HTTP 500. */
const MAX_FAILURES = 5

/** Shows a code and waits for the person. Throws CommandFailure for a no, for an old code, and for an issuer that cannot. */
export async function signInByDevice(
  signIn: SignIn,
  show: (prompt: DevicePrompt) => void,
  patience: Patience = REAL_PATIENCE,
): Promise<NewTokens> {
  const issuer = await findIssuer(signIn)
  if (issuer.server.device_authorization_endpoint === undefined)
    throw new CommandFailure(
      `sparkgate: ${signIn.issuer} has no device authorization grant (RFC 8628). Get a token another way, and pipe it in: ` +
        '`sparkgate login < token.txt`',
      EXIT.toolFailed,
    )
  const device = await askForCode(issuer, signIn)
  show(promptOf(device, signIn))
  return chooseTokens(await pollForTokens(issuer, signIn, device, patience), signIn)
}

async function askForCode(issuer: TokenIssuer, signIn: SignIn): Promise<oauth.DeviceAuthorizationResponse> {
  const { server, client, authentication, http } = issuer
  const parameters = {
    scope: scopeOf(signIn, server),
    ...(signIn.audience !== undefined && { audience: signIn.audience }),
  }
  try {
    const answer = await oauth.deviceAuthorizationRequest(server, client, authentication, parameters, http)
    return await oauth.processDeviceAuthorizationResponse(server, client, answer)
  } catch (error) {
    throw issuerFailure(error, signIn, 'a code')
  }
}

/** With `offline_access`, for a refresh token, where the issuer lists it: others refuse what they do not know. */
function scopeOf(
  { scope = 'openid' }: SignIn,
  { scopes_supported: supported = [] }: oauth.AuthorizationServer,
): string {
  const words = scope.split(/\s+/).filter(Boolean)
  return [...new Set([...words, ...supported.filter(word => word === 'offline_access')])].join(' ')
}

function promptOf(device: oauth.DeviceAuthorizationResponse, { issuer }: SignIn): DevicePrompt {
  const { user_code: code, verification_uri: plain, verification_uri_complete: complete } = device
  const page = URL.canParse(complete ?? plain) ? new URL(complete ?? plain) : undefined
  if (page === undefined || !(page.protocol === 'https:' || (page.protocol === 'http:' && isLoopback(page))))
    throw new CommandFailure(`sparkgate: ${issuer} named no web page for the code`, EXIT.toolFailed)
  const expires = `(expires in ${durationText(waitSeconds(device) * 1000)})`
  const text =
    complete === undefined
      ? `Open ${page.href} and enter ${code} ${expires}`
      : `Open ${page.href} and check that it shows ${code} ${expires}\nOn another device: ${plain}, and enter the code.`
  return { page, text: text.split('\n').map(showText).join('\n') }
}

const waitSeconds = (device: oauth.DeviceAuthorizationResponse) => Math.min(device.expires_in, MAX_WAIT_SECONDS)

/** What one look at the token endpoint says; a no is thrown. */
type Look =
  | { readonly found: 'tokens'; readonly answer: oauth.TokenEndpointResponse }
  | { readonly found: 'pending' }
  | { readonly found: 'slowDown' }
  | { readonly found: 'noAnswer'; readonly failure: CommandFailure }

async function pollForTokens(
  issuer: TokenIssuer,
  signIn: SignIn,
  device: oauth.DeviceAuthorizationResponse,
  patience: Patience,
): Promise<oauth.TokenEndpointResponse> {
  const { least, most } = INTERVAL_LIMITS_SECONDS
  let interval = Math.min(Math.max(device.interval ?? DEFAULT_INTERVAL_SECONDS, least), most)
  let failures = 0
  const end = patience.now() + waitSeconds(device) * 1000
  while (patience.now() + interval * 1000 <= end) {
    await patience.wait(interval * 1000)
    const look = await lookForTokens(issuer, signIn, device.device_code)
    if (look.found === 'tokens') return look.answer
    failures = look.found === 'noAnswer' ? failures + 1 : 0
    if (look.found === 'noAnswer' && failures >= MAX_FAILURES) throw look.failure
    if (look.found !== 'pending') interval += SLOWER_SECONDS
  }
  throw codeIsOld()
}

async function lookForTokens(issuer: TokenIssuer, signIn: SignIn, deviceCode: string): Promise<Look> {
  const { server, client, authentication, http } = issuer
  let answer: Response
  try {
    answer = await oauth.deviceCodeGrantRequest(server, client, authentication, deviceCode, http)
    if (answer.status >= 500) throw new TypeError(`HTTP ${answer.status}`)
  } catch (error) {
    const failure = issuerFailure(error, signIn, 'the token')
    // What never was a request (an endpoint that is no URL) is wrong the next time too.
    if (error instanceof CommandFailure || error instanceof oauth.OperationProcessingError) throw failure
    return { found: 'noAnswer', failure }
  }
  try {
    return { found: 'tokens', answer: await oauth.processDeviceCodeResponse(server, client, answer) }
  } catch (error) {
    const word = error instanceof oauth.ResponseBodyError ? error.error : ''
    if (word === 'authorization_pending') return { found: 'pending' }
    if (word === 'slow_down' || answer.status === 429) return { found: 'slowDown' }
    throw ENDINGS[word]?.() ?? issuerFailure(error, signIn, 'the token')
  }
}

const codeIsOld = () =>
  new CommandFailure(
    'sparkgate: nobody entered the code in time; run the command again for a new one',
    EXIT.noPermission,
  )
const saidNo = () => new CommandFailure('sparkgate: the sign-in was denied in the browser', EXIT.noPermission)

/** Words of the issuer that end the wait; `authorization_declined` is what Entra ID says for `access_denied`. */
const ENDINGS: Readonly<Record<string, () => CommandFailure>> = {
  expired_token: codeIsOld,
  access_denied: saidNo,
  authorization_declined: saidNo,
}
