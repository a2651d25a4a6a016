/** The gateway's HTTPS API as the tool uses it. A problem answer becomes a CommandFailure with the exit code it means. */
import { renderFindings } from './render-findings.ts'
import type { Finding } from '../shared/domain/job-spec/findings/finding.ts'
import { CommandFailure, EXIT, UsageError } from './arguments.ts'

export interface JobAnswer {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly reason: string
  readonly message: string
  readonly attempt: number
  readonly createdAt: string
  readonly updatedAt: string
  readonly attempts: readonly {
    readonly number: number
    readonly objectName: string
    readonly outcome?: string
    readonly reason?: string
    readonly run?: string
    readonly remedies: readonly { readonly role: string; readonly beforeMiB: number; readonly afterMiB: number }[]
  }[]
  readonly findings: readonly Finding[]
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
/** A request whose answer is lost is repeated: submissions carry an idempotency key, the rest only reads or may be repeated. */
const MAX_TRIES = 4

export interface ApiClient {
  request(
    method: string,
    path: string,
    body?: { readonly text: string; readonly contentType: string },
    headers?: Record<string, string>,
  ): Promise<unknown>
}

export function connect(options: Readonly<Record<string, string | boolean | undefined>>): ApiClient {
  const url = options['url'] ?? process.env['SPARKGATE_URL']
  const token = options['token'] ?? process.env['SPARKGATE_TOKEN']
  if (typeof url !== 'string' || url === '') throw new UsageError('no gateway: set SPARKGATE_URL or give --url')
  if (typeof token !== 'string' || token === '') throw new UsageError('no token: set SPARKGATE_TOKEN or give --token')
  return {
    async request(method, path, body, headers = {}) {
      const init = {
        method,
        headers: { ...headers, authorization: `Bearer ${token}`, ...(body && { 'content-type': body.contentType }) },
        ...(body && { body: body.text }),
      }
      const response = await send(new URL(path, url), init)
      const answer: unknown = await response.json().catch(() => undefined)
      if (response.ok) return answer
      throw failureOf(response.status, answer)
    },
  }
}

async function send(url: URL, init: RequestInit): Promise<Response> {
  for (let tries = 1; ; tries++) {
    try {
      const response = await fetch(url, { ...init, signal: AbortSignal.timeout(35_000) })
      if ((response.status !== 503 && response.status !== 429) || tries === MAX_TRIES) return response
    } catch (error) {
      if (tries === MAX_TRIES)
        throw new CommandFailure(
          `sparkgate: no answer from ${url.origin}: ${String((error as Error).cause ?? error)}`,
          1,
        )
    }
    await new Promise(resolve => setTimeout(resolve, 250 * 2 ** tries))
  }
}

function failureOf(status: number, answer: unknown): CommandFailure {
  const { detail, message, errors } = (answer ?? {}) as { detail?: string; message?: string; errors?: Finding[] }
  const said = detail ?? message ?? `HTTP ${status}`
  const hint = status === 401 ? ' The token is missing, expired or not for this gateway.' : ''
  return new CommandFailure(
    `${said}${hint}${errors ? `\n${renderFindings(errors)}` : ''}`,
    EXIT_CODES[status] ?? EXIT.toolFailed,
  )
}
