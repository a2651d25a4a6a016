/**
 * An identity provider that signs people in: where its endpoints are, how it is talked to, what its answers mean. Loaded only by
 * commands that need it, for the library behind it is large. No message has a token in it.
 */
import * as oauth from 'oauth4webapi'
import { CommandFailure, EXIT, UsageError } from './arguments.ts'
import { isLoopback } from './is-loopback.ts'
import { readAnswer } from './read-answer.ts'
import type { SignIn } from './stored-profiles.ts'
import { showText } from './terminal-text.ts'
import { isJwt } from './token-expiry.ts'

/** One issuer as this client talks to it. */
export interface TokenIssuer {
  readonly server: oauth.AuthorizationServer
  readonly client: oauth.Client
  /** A public client: it has no secret, and says only its id. */
  readonly authentication: oauth.ClientAuth
  readonly http: {
    readonly signal: () => AbortSignal
    readonly [oauth.customFetch]: typeof boundedFetch
    readonly [oauth.allowInsecureRequests]: boolean
  }
}

/** What is sent to the gateway, and what gets the next one. */
export interface NewTokens {
  readonly token: string
  readonly refreshToken?: string
}

const REQUEST_MILLISECONDS = 10_000
/** Answers of issuers are a few kB; the largest discovery documents 20. */
const MAX_ANSWER_BYTES = 1024 * 1024
/** A clock that is a little wrong here is no reason to refuse a fresh token. */
const CLOCK_TOLERANCE_SECONDS = 300

/**
 * Discovers an issuer: OpenID Connect, else RFC 8414. Throws UsageError for a bad URL, CommandFailure for a bad answer. A `signal`
 * ends this and every later request; without one each has its own time.
 */
export async function findIssuer({ issuer, clientId }: SignIn, signal?: AbortSignal): Promise<TokenIssuer> {
  const url = issuerUrl(issuer)
  const http = {
    signal: () => signal ?? AbortSignal.timeout(REQUEST_MILLISECONDS),
    [oauth.customFetch]: boundedFetch,
    [oauth.allowInsecureRequests]: url.protocol === 'http:',
  }
  try {
    let answer = await oauth.discoveryRequest(url, { ...http, algorithm: 'oidc' })
    if (answer.status !== 200) answer = await oauth.discoveryRequest(url, { ...http, algorithm: 'oauth2' })
    const server = await oauth.processDiscoveryResponse(url, answer)
    const client = { client_id: clientId, [oauth.clockTolerance]: CLOCK_TOLERANCE_SECONDS }
    return { server, client, authentication: oauth.None(), http }
  } catch (error) {
    throw issuerFailure(error, { issuer, clientId }, 'its discovery document')
  }
}

function issuerUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new UsageError(`an issuer is a URL like https://login.example.com/realms/spark, not ${text}`)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url)))
    throw new UsageError(`the issuer ${text} is not HTTPS: anybody on the way could read the tokens`)
  return url
}

/** `fetch` with a bound on the answer; an issuer on this machine cannot send us to another one over plain HTTP. */
async function boundedFetch(
  url: string,
  options: oauth.CustomFetchOptions<string, URLSearchParams | undefined>,
): Promise<Response> {
  const target = new URL(url)
  if (target.protocol === 'http:' && !isLoopback(target))
    throw failure(`${target.origin} is not HTTPS; nothing was sent`)
  const { body, signal, ...others } = options
  const response = await fetch(target, { ...others, ...(body && { body }), ...(signal && { signal }) })
  if (response.body === null) return response
  return new Response(new Uint8Array(await readAnswer(response, MAX_ANSWER_BYTES)), {
    status: response.status,
    headers: response.headers,
  })
}

/** Which token of an answer the gateway is sent. Throws CommandFailure where it could not read it. */
export function chooseTokens(answer: oauth.TokenEndpointResponse, { issuer, use }: SignIn): NewTokens {
  const wanted = use === 'id-token' ? 'ID token' : 'access token'
  const token = use === 'id-token' ? answer.id_token : answer.access_token
  if (answer.token_type !== 'bearer') throw refusal(`${issuer} gave a token of type ${answer.token_type}, not a bearer`)
  if (token === undefined) throw refusal(`${issuer} gave no ${wanted}: ask for it with --scope openid`)
  if (!isJwt(token))
    throw refusal(
      `the ${wanted} of ${issuer} is opaque, and the gateway reads JWTs only. Ask whoever runs the provider for an API (audience) ` +
        'whose access tokens are JWTs, and name it by --audience or --scope; or, where the platform file says ' +
        '`jwt.idTokens: accept`, log in with --use id-token',
    )
  return { token, ...(answer.refresh_token !== undefined && { refreshToken: answer.refresh_token }) }
}

/** What went wrong with an issuer, for people. `doing` names what was asked for: `its discovery document`. */
export function issuerFailure(error: unknown, { issuer, clientId }: SignIn, doing: string): CommandFailure {
  if (error instanceof CommandFailure) return error
  if (error instanceof oauth.ResponseBodyError) {
    const said = error.error_description === undefined ? '' : ` (${error.error_description})`
    return refusal(`${issuer} refused ${doing}: ${error.error}${said}${CLIENT_HINTS[error.error]?.(clientId) ?? ''}`)
  }
  if (error instanceof oauth.WWWAuthenticateChallengeError)
    return refusal(`${issuer} refused ${doing}${CLIENT_HINTS['invalid_client']?.(clientId) ?? ''}`)
  if (error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError)
    return failure(`${issuer} gave a wrong answer for ${doing}: ${wrongAnswer(error)}`)
  const { cause, message } = error as Error
  const why = cause instanceof Error && cause.message !== '' ? cause.message : message
  return failure(`no answer from ${issuer} for ${doing}: ${why}`)
}

const isDeviceGrantOn = (clientId: string) =>
  `. Is ${clientId} a public client (without a secret) that may use the device authorization grant?`
const CLIENT_HINTS: Readonly<Record<string, (clientId: string) => string>> = {
  invalid_client: isDeviceGrantOn,
  unauthorized_client: isDeviceGrantOn,
  unsupported_grant_type: isDeviceGrantOn,
}

function wrongAnswer({ cause, code, message }: { cause?: unknown; code?: string; message: string }): string {
  if (cause instanceof Response) return `HTTP ${cause.status}`
  const { body, attribute } = (cause ?? {}) as { body?: { issuer?: unknown }; attribute?: unknown }
  if (code === oauth.JSON_ATTRIBUTE_COMPARISON && attribute === 'issuer')
    return `it is of ${String(body?.issuer)}, another issuer`
  return message
}

const failure = (message: string) => new CommandFailure(`sparkgate: ${showText(message)}`, EXIT.toolFailed)
const refusal = (message: string) => new CommandFailure(`sparkgate: ${showText(message)}`, EXIT.noPermission)
