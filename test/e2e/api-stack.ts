/** The embedded stack for tests of the API: roles and admins, raw requests over a socket, and every answer held to its schema. */
import { connect } from 'node:net'
import { createHash } from 'node:crypto'
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import { expect } from 'vitest'
import * as z from 'zod/mini'
import { CATCH_ALL } from '../../functions/api/fallback.ts'
import { OPERATIONS } from '../../functions/api/openapi/operations.ts'
import { problem } from '../../functions/api/openapi/schemas.ts'
import { ROUTES } from '../../functions/api/routes.ts'
import { KEYS, REGION } from '../../local/local-platform.ts'
import type { StackOptions } from '../../local/stack.ts'
import { parsePlatform } from '../../shared/domain/platform/platform.ts'
import type { Platform } from '../../shared/domain/platform/platform.ts'
import { mintToken } from '../support/embedded-bad-input.ts'
import { startTestStack, testPlatform } from '../support/embedded-stack.ts'
import type { HttpAnswer, RequestBody, TestStack } from '../support/embedded-stack.ts'

/** The test platform with one identity of each role, an admin without a team, and a team of three requests a minute. */
export function apiPlatform(change: Partial<Platform> = {}): Platform {
  const platform = testPlatform()
  const payments = {
    ...platform.teams['payments'],
    members: [
      { claim: 'payments-viewer', roles: ['viewer'] },
      { claim: 'payments-submitter', roles: ['submitter'] },
      { claim: 'payments-operator', roles: ['operator'] },
      { principal: 'arn:aws:iam::111122223333:role/etl-*', roles: ['submitter'] },
    ],
  }
  return parsePlatform({
    ...platform,
    teams: {
      ...platform.teams,
      payments,
      tiny: { clusters: ['local'], namespace: 'team-tiny', claims: ['tiny'], requestsPerMinute: 3 },
    },
    admins: [{ claim: 'platform-admin' }],
    ...change,
  })
}

export interface CallOptions {
  /** Value of the team claim; default `payments`. */
  readonly as?: string
  readonly body?: RequestBody
  readonly headers?: Readonly<Record<string, string>>
}

export type ApiStack = Awaited<ReturnType<typeof startApiStack>>

export async function startApiStack(options: Partial<StackOptions> = {}) {
  const stack = await startTestStack({ platform: apiPlatform(), ...options })
  const tokens = new Map<string, Promise<string>>()
  const tokenOf = (claim: string): Promise<string> => {
    const known = tokens.get(claim) ?? mintToken(stack, { 'sparkgate:team': claim, sub: `${claim}-person` })
    tokens.set(claim, known)
    return known
  }
  const ask = async (method: string, path: string, { as = 'payments', body, headers }: CallOptions = {}) => {
    const answer = await stack.call(method, path, {
      headers: { authorization: `Bearer ${await tokenOf(as)}`, ...headers },
      ...(body !== undefined && { body }),
    })
    checkAnswer(method, path, answer)
    return answer
  }
  return {
    ...stack,
    tokenOf,
    ask,
    raw: (text: string, after: 'stay' | 'leave' = 'stay') => sendRaw(stack, text, after),
  }
}

/** Every answer of the gateway is one that the OpenAPI document has: status, media type, and each field. */
function checkAnswer(method: string, path: string, { status, headers, body, text }: HttpAnswer): void {
  if (method === 'HEAD') {
    expect(text).toBe('')
    return
  }
  const type = headers.get('content-type')
  if (type === 'application/problem+json') {
    expect(z.safeParse(problem, body).error?.issues).toBeUndefined()
    expect(body['status']).toBe(status)
    return
  }
  if (status === 304 || status === 204) {
    expect(text).toBe('')
    return
  }
  const schema = schemaOf(method, path, status)
  if (schema === undefined) throw new Error(`${method} ${path} answered ${status}, which the document does not have`)
  expect({ path, issues: z.safeParse(schema, body).error?.issues }).toEqual({ path, issues: undefined })
}

function schemaOf(method: string, path: string, status: number) {
  const [pathname = ''] = path.split('?')
  const key = Object.keys(ROUTES).find(each => {
    const [routeMethod, pattern = ''] = each.split(' ')
    const fits = new RegExp(`^${pattern.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`)
    return each !== CATCH_ALL && routeMethod === method && fits.test(pathname)
  })
  return OPERATIONS[ROUTES[key ?? '']?.id ?? '']?.answers[status]?.schema
}

/** Longest wait for the end of a raw answer. */
const RAW_MILLISECONDS = 10_000

/** Sends bytes as they are, which no HTTP client would; answers everything that comes back until the server closes. */
function sendRaw({ apiUrl }: Pick<TestStack, 'apiUrl'>, text: string, after: 'stay' | 'leave'): Promise<string> {
  const { hostname, port } = new URL(apiUrl)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () =>
      after === 'leave' ? socket.end(text, 'latin1') : socket.write(text, 'latin1'),
    )
    let received = ''
    socket.setTimeout(RAW_MILLISECONDS, () => socket.destroy(new Error(`no end of the answer: ${received}`)))
    socket.on('data', chunk => (received += chunk.toString('latin1')))
    socket.on('error', error => (received === '' ? reject(error) : resolve(received)))
    socket.on('close', () => resolve(received))
  })
}

/** Behind an invitation to send the body (100). */
export const statusOfRaw = (received: string): number =>
  Number(/^(?:HTTP\/1\.1 100 Continue\r\n\r\n)?HTTP\/1\.1 (\d{3})/.exec(received)?.[1])

export interface SignedRequest {
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly body?: string
}

/** A request that the CI role of team payments signed for execute-api. */
export async function signRequest(
  apiUrl: string,
  {
    method,
    path,
    headers = {},
    body,
  }: { method: string; path: string; headers?: Record<string, string>; body?: string },
  signing: { readonly date?: Date; readonly region?: string; readonly service?: string; readonly secret?: string } = {},
): Promise<SignedRequest> {
  const url = new URL(path, apiUrl)
  const signer = new SignatureV4({
    service: signing.service ?? 'execute-api',
    region: signing.region ?? REGION,
    credentials: { ...KEYS.people, ...(signing.secret !== undefined && { secretAccessKey: signing.secret }) },
    sha256: Sha256,
  })
  const hash = createHash('sha256')
    .update(body ?? '')
    .digest('hex')
  const signed = await signer.sign(
    {
      method,
      protocol: 'http:',
      hostname: url.hostname,
      port: Number(url.port),
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { host: url.host, 'x-amz-content-sha256': hash, ...headers },
      ...(body !== undefined && { body }),
    },
    { signingDate: signing.date ?? new Date() },
  )
  return { method, path, headers: signed.headers, ...(body !== undefined && { body }) }
}
