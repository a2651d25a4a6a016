/**
 * The gateway's HTTPS API as the tool uses it: one request with the caller's identity, repeated where that is safe and may help. A
 * problem answer becomes a CommandFailure with the exit code that it means.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Finding } from '../shared/domain/job-spec/findings/finding.ts'
import { CommandFailure, EXIT } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { choosePlace } from './choose-identity.ts'
import type { Identity, Place } from './choose-identity.ts'
import { isLoopback } from './is-loopback.ts'
import { readAnswer } from './read-answer.ts'
import { renderFindings } from './render-findings.ts'
import { showText } from './terminal-text.ts'

export interface ApiRequest {
  readonly method: 'GET' | 'POST'
  /** `/v1/…` with its query, encoded. */
  readonly path: string
  readonly body?: { readonly text: string; readonly contentType: string }
  readonly headers?: Readonly<Record<string, string>>
  /** What a gateway without this route does not offer: `logs`. */
  readonly offer?: string
  /** `never`: a second one after a lost answer would ask for more; `unwanted`: an answer is no more than nice. Default `safe`. */
  readonly repeat?: 'safe' | 'never' | 'unwanted'
  /** Lines of the text that errors of the answer count in. */
  readonly lines?: readonly string[]
}

export interface ApiAnswer {
  readonly status: number
  readonly headers: Headers
  /** Parsed JSON; undefined where the answer is none. */
  readonly body: unknown
}

export interface ApiClient extends Place {
  /** Throws UnreachableError without an answer, CommandFailure for an answer that is a problem. */
  send(request: ApiRequest): Promise<ApiAnswer>
}

/** No answer: who waits for a job may try again later. */
export class UnreachableError extends CommandFailure {
  override readonly name: string = 'UnreachableError'
}

const MAX_TRIES = 4
/** Above the longest wait of the gateway, 25 s, and API Gateway's own 30 s. */
const TIMEOUT_MILLISECONDS = 35_000
const FIRST_DELAY_MILLISECONDS = 250
/** A gateway that asks for a longer rest (Retry-After) is told to the person instead. */
const MAX_DELAY_MILLISECONDS = 20_000
/** Answers are lists of at most 100 jobs or pages of logs: megabytes, never this. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

/** A client for what the options and the environment name. Nothing is sent yet. */
export async function connect(options: Arguments['options']): Promise<ApiClient> {
  return clientFor(await choosePlace(options))
}

export function clientFor(place: Place): ApiClient {
  return {
    ...place,
    async send(request) {
      const response = await sendRepeatedly(place, request)
      const body = parseJson((await readAnswer(response, MAX_ANSWER_BYTES)).toString('utf8'))
      // 304: what If-None-Match names is still so.
      if (response.ok || response.status === 304) return { status: response.status, headers: response.headers, body }
      throw failureOf(response.status, body, request, place)
    },
  }
}

async function sendRepeatedly(place: Place, request: ApiRequest): Promise<Response> {
  const most = request.repeat === undefined || request.repeat === 'safe' ? MAX_TRIES : 1
  const mostRefused = request.repeat === 'unwanted' ? 1 : MAX_TRIES
  for (let tries = 1; ; tries++) {
    let delay = FIRST_DELAY_MILLISECONDS * 2 ** tries
    try {
      const response = await sendOnce(place, request)
      // Both say that nothing was done: repeating is safe for every request.
      if ((response.status !== 503 && response.status !== 429) || tries >= mostRefused) return response
      const asked = Number(response.headers.get('retry-after') ?? 0) * 1000
      if (asked > MAX_DELAY_MILLISECONDS) return response
      delay = Math.max(delay, asked)
      await response.body?.cancel()
    } catch (error) {
      if (tries >= most || isFinal(error)) throw unreachable(place.url, error)
    }
    await wait(delay)
  }
}

async function sendOnce({ url, identity }: Place, { method, path, body, headers = {} }: ApiRequest): Promise<Response> {
  // A gateway behind a stage keeps its prefix: https://host/prod + /v1/jobs.
  const target = new URL(`${url.pathname.replace(/\/$/, '')}${path}`, url)
  const plain = { accept: 'application/json', ...headers, ...(body && { 'content-type': body.contentType }) }
  const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS)
  return fetch(target, {
    method,
    headers: await authorized(identity, method, target, plain, body?.text),
    ...(body && { body: body.text }),
    signal,
    // Whoever answers with another address would be handed the identity.
    redirect: 'error',
  })
}

async function authorized(
  identity: Identity,
  method: string,
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
): Promise<Record<string, string>> {
  if (identity.kind === 'token') return { ...headers, authorization: `Bearer ${await identity.current()}` }
  const { signRequest } = await import('./sign-request.ts')
  return signRequest({ method, url, headers, body }, identity.credentials, identity.region)
}

/** Nobody listens there, the name is unknown, its certificate is wrong, or it sends elsewhere: trying again changes nothing. */
function isFinal(error: unknown): boolean {
  const { cause } = error as { cause?: unknown }
  return (
    error instanceof CommandFailure ||
    /^(?:ECONNREFUSED|ENOTFOUND|CERT_|ERR_TLS_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_)/.test(codeOf(error)) ||
    (cause instanceof Error && cause.message.includes('redirect'))
  )
}

function codeOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: unknown } }
  return typeof cause?.code === 'string' ? cause.code : ''
}

function unreachable(url: URL, error: unknown): CommandFailure {
  if (error instanceof CommandFailure) return error
  const { cause, message } = error as Error
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: `nothing listens there${isLoopback(url) ? '; `npm run local` starts a gateway on this machine and prints its URL' : ''}`,
    ENOTFOUND: 'there is no host of this name; is the URL right?',
  }
  const why = words[codeOf(error)] ?? (cause instanceof Error && cause.message !== '' ? cause.message : message)
  return new UnreachableError(`sparkgate: no answer from ${url.origin}: ${why}`, EXIT.toolFailed)
}

/** Status → exit code; others are the tool's failure. */
const EXIT_CODES: Readonly<Record<number, number>> = {
  401: EXIT.noPermission,
  403: EXIT.noPermission,
  404: EXIT.notFound,
  409: EXIT.refused,
  413: EXIT.refused,
  415: EXIT.refused,
  422: EXIT.refused,
}

function failureOf(status: number, body: unknown, request: ApiRequest, { url, identity }: Place): CommandFailure {
  const { detail, message, errors, requestId } = (body ?? {}) as Readonly<Record<string, unknown>>
  const said = typeof detail === 'string' ? detail : typeof message === 'string' ? message : undefined
  if (isMissingRoute(status, said)) {
    const what = request.offer ?? `${request.method} ${request.path.split('?', 1)[0] ?? ''}`
    return new CommandFailure(`sparkgate: the gateway at ${url.origin} does not offer ${what}`, EXIT.toolFailed)
  }
  const as = identity.kind === 'token' ? `the token of ${identity.from}` : `the AWS keys of ${identity.from}`
  const hints: Readonly<Record<number, string>> = {
    401: ` ${as} is missing, expired or not for this gateway; try \`sparkgate login\`.`,
    403: ` (as ${as}; \`sparkgate whoami\` shows who that is)`,
    429: ' Too many requests; try again later.',
    500: typeof requestId === 'string' ? ` Request id ${requestId}.` : '',
  }
  const findings = Array.isArray(errors) ? (errors as readonly Finding[]) : []
  const text = `${showText(said ?? `HTTP ${status}`)}${showText(hints[status] ?? '')}`
  const list = findings.length === 0 ? '' : `\n${renderFindings(findings, request.lines, process.stderr)}`
  const code = EXIT_CODES[status] ?? (findings.length > 0 ? EXIT.refused : EXIT.toolFailed)
  return new CommandFailure(`${text}${list}`, code)
}

/** API Gateway's own 404, our handler's for a route that it does not know, and a method that a path does not have. */
const isMissingRoute = (status: number, said: string | undefined): boolean =>
  status === 405 || (status === 404 && (said === undefined || /^(?:Not Found|There is nothing here\.?)$/.test(said)))

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
