/**
 * Hostile requests over real HTTP: each gets the answer that the table says, none is our failure, and after all of them
 * nothing was created and the other team has what it had.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { E2E_TEST_MILLISECONDS, readEvent } from '../support/embedded-stack.ts'
import { FORGED, MISPLACED } from './api-forged-tokens.ts'
import { CUT, RAW } from './api-hostile-bytes.ts'
import { REQUESTS } from './api-hostile-requests.ts'
import type { RequestCase } from './api-hostile-requests.ts'
import { signRequest, startApiStack, statusOfRaw } from './api-stack.ts'
import type { ApiStack, SignedRequest } from './api-stack.ts'

const SPARK_PI = readEvent('specs/spark-pi.yaml')

vi.setConfig({ testTimeout: E2E_TEST_MILLISECONDS })

let stack: ApiStack
let theirs: string
let theirToken: string
let theirView: unknown
const logged: { message: string; fields: Readonly<Record<string, unknown>> }[] = []

beforeAll(async () => {
  const keep = (message: string, fields: object) => void logged.push({ message, fields: { ...fields } })
  stack = await startApiStack({ log: { info: keep, warn: keep, error: keep } })
  theirs = await stack.accepted('theirs', SPARK_PI, 'risk')
  const theirsToo = await stack.accepted('theirs-too', SPARK_PI, 'risk')
  await stack.untilState(theirsToo, 'SUCCEEDED', 'risk')
  await stack.untilState(theirs, 'SUCCEEDED', 'risk')
  theirToken = String((await stack.ask('GET', '/v1/jobs?limit=1', { as: 'risk' })).body['nextToken'])
  theirView = await viewOfRisk()
})
afterAll(() => stack.close())

const viewOfRisk = async (): Promise<unknown> => {
  const jobs = await stack.jobs('risk')
  const usage = await stack.ask('GET', '/v1/teams/risk/usage', { as: 'risk' })
  return { jobs: jobs.filter(job => job.id === theirs), ids: jobs.map(job => job.id), usage: usage.body }
}

const fill = (text: string): string => text.replaceAll('THEIRS', theirs).replaceAll('TOKEN', theirToken)

describe.concurrent('a token', () => {
  it.each([...FORGED, ...MISPLACED])('%s opens nothing', async (_, make, status) => {
    const headers = { authorization: `Bearer ${make(stack)}` }
    const looked = await stack.call('GET', '/v1/jobs', { headers })
    const sent = await stack.submit('forged', SPARK_PI, { headers })
    expect([looked.status, sent.status]).toEqual([status, status])
    expect(looked.text).not.toContain(theirs)
  })
})

describe.concurrent('a request', () => {
  const send = async ({ method = 'GET', path, headers = {}, body }: RequestCase) => {
    const { 'content-type': type, 'idempotency-key': key, ...rest } = headers
    const sent = {
      ...rest,
      ...(type !== undefined && type !== '' && { 'content-type': type }),
      ...(key !== undefined && key !== '' && { 'idempotency-key': key }),
    }
    const filled = typeof body === 'string' ? fill(body) : body
    return stack.call(method, fill(path), { headers: sent, ...(filled !== undefined && { body: filled }) })
  }
  it.each(REQUESTS.map(each => [`${each.method ?? 'GET'} ${each.what}`, each] as const))('%s', async (_, hostile) => {
    const answer = await send(hostile)
    expect([hostile.status].flat()).toContain(answer.status)
    expect(answer.text.replaceAll(theirToken, '')).not.toContain('"team":"risk"')
  })
})

describe.concurrent('bytes', () => {
  it.each(RAW)('%s', async (_, text, statuses) => {
    const authorization = `Authorization: Bearer ${await stack.tokenOf('payments')}`
    const closing = text.replace('\r\nHost: x\r\n', '\r\nHost: x\r\nConnection: close\r\n')
    const received = await stack.raw(closing.replaceAll('AUTH', authorization))
    const status = received === '' ? 0 : statusOfRaw(received)
    expect(statuses).toContain(status)
    expect(received.match(/HTTP\/1\.1 2/g) ?? []).toHaveLength(status === 200 ? 1 : 0)
  })
})

it('a body whose sender leaves is no request', async () => {
  const authorization = `Authorization: Bearer ${await stack.tokenOf('payments')}`
  expect(await stack.raw(CUT.replace('AUTH', authorization), 'leave')).toMatch(/^HTTP\/1\.1 400 |^$/)
})

it('a request that never comes to its end is answered 408, and closed', async () => {
  const authorization = `Authorization: Bearer ${await stack.tokenOf('payments')}`
  const cuts = [
    CUT,
    'GET /v1/whoami HTTP/1.1\r\nHost: x\r\nX-',
    CUT.replace('Content-Length: 100', 'Transfer-Encoding: chunked'),
  ]
  const answers = await Promise.all(cuts.map(cut => stack.raw(cut.replace('AUTH', authorization))))
  expect(answers.map(statusOfRaw)).toEqual([408, 408, expect.any(Number)])
})

describe.concurrent('a signature', () => {
  const send = ({ method, path, headers, body }: SignedRequest) =>
    stack.call(method, path, { headers: { ...withoutHost(headers) }, ...(body !== undefined && { body }) })
  const signed = (
    change: Partial<Parameters<typeof signRequest>[1]> = {},
    signing: Parameters<typeof signRequest>[2] = {},
  ) => signRequest(stack.apiUrl, { method: 'GET', path: '/v1/whoami', ...change }, signing)

  it('as it should be is let in, as the team of its role', async () => {
    const answer = await send(await signed())
    expect([answer.status, answer.body['team'], answer.body['by']]).toEqual([200, 'payments', 'iam'])
  })
  const minutes = (count: number) => ({ date: new Date(Date.now() + count * 60_000) })
  it.each<[string, () => Promise<SignedRequest>]>([
    ['six minutes old', () => signed({}, minutes(-6))],
    ['six minutes early', () => signed({}, minutes(6))],
    ['a day old', () => signed({}, minutes(-1_440))],
    ['for another region', () => signed({}, { region: 'us-east-1' })],
    ['for another service', () => signed({}, { service: 's3' })],
    ['with another secret', () => signed({}, { secret: 'guessed' })],
    ['of another path', async () => ({ ...(await signed()), path: '/v1/jobs' })],
    ['of another method', async () => ({ ...(await signed({ path: '/v1/clusters/local/drain' })), method: 'POST' })],
    ['with a query behind it', async () => ({ ...(await signed({ path: '/v1/jobs' })), path: '/v1/jobs?limit=1' })],
    ['with another query', async () => ({ ...(await signed({ path: '/v1/jobs?limit=1' })), path: '/v1/jobs?limit=2' })],
    [
      'of another body',
      async () => ({ ...(await signed({ method: 'POST', path: '/v1/validate', body: 'a: 1' })), body: 'a: 2' }),
    ],
    ['with a new date', async () => altered(await signed(), 'x-amz-date', '20261121T000000Z')],
    ['with another hash of the body', async () => altered(await signed(), 'x-amz-content-sha256', 'UNSIGNED-PAYLOAD')],
    ['with a header of AWS that is not signed', async () => altered(await signed(), 'x-amz-security-token', 'stolen')],
    [
      'with a signed header that is gone',
      async () => without(await signed({ headers: { 'x-extra': '1' } }), 'x-extra'),
    ],
    [
      'with a signed header that is changed',
      async () => altered(await signed({ headers: { 'x-extra': '1' } }), 'x-extra', '2'),
    ],
    ['by a key that nobody has', () => authorizationWith(/LOCALPEOPLE/, 'NOBODYSKEY')],
    ['by a gateway’s own key', () => authorizationWith(/LOCALPEOPLE/, 'LOCALRECONCILE')],
    ['cut', () => authorizationWith(/.{8}$/, '')],
    ['of zeros', () => authorizationWith(/Signature=.*/, `Signature=${'0'.repeat(64)}`)],
    ['with another credential behind it', () => authorizationWith(/$/, ', Credential=x')],
    ['without the host', () => authorizationWith(/host;/, '')],
    ['in the older form', () => authorizationWith(/AWS4-HMAC-SHA256/, 'AWS3-HMAC-SHA256')],
  ])('%s is refused', async (_, make) => {
    expect([401, 403]).toContain((await send(await make())).status)
  })

  async function authorizationWith(pattern: RegExp, text: string): Promise<SignedRequest> {
    const request = await signed()
    return altered(request, 'authorization', (request.headers['authorization'] ?? '').replace(pattern, text))
  }
})

describe('after all of it', () => {
  it('there are more than 240 different attacks', () => {
    expect(FORGED.length + MISPLACED.length + REQUESTS.length + RAW.length).toBeGreaterThan(240)
  })
  it('no job of ours came to be, and nothing reached the cluster but what the other team submitted', async () => {
    expect(await stack.jobs()).toEqual([])
    const names = new Set(stack.creates().map(({ objectRef }) => objectRef?.name?.replace(/-a\d+$/, '')))
    expect(names.size).toBe(2)
  })
  it('the other team has what it had', async () => {
    expect(await viewOfRisk()).toEqual(theirView)
  })
  it('nothing was our failure', () => {
    expect(logged.filter(({ message }) => message === 'a request failed')).toEqual([])
  })
  it('each denial is one line on the audit trail, without a token, on one line', () => {
    const lines = logged.filter(({ message }) => message === 'audit').map(({ fields }) => fields)
    const denied = lines.filter(line => line['decision'] === 'denied')
    expect(denied.length).toBeGreaterThan(40)
    expect(denied).toContainEqual(
      expect.objectContaining({
        operation: 'drainCluster',
        principal: 'payments-local',
        status: 403,
        reason: 'role-missing',
        target: 'local',
      }),
    )
    for (const line of lines) expect(JSON.stringify(line)).not.toMatch(/eyJ|\\[nr0]|Bearer/)
  })
})

const withoutHost = ({ host: _host, ...headers }: Record<string, string>) => headers
const altered = (request: SignedRequest, name: string, value: string): SignedRequest => ({
  ...request,
  headers: { ...request.headers, [name]: value },
})
function without(request: SignedRequest, name: string): SignedRequest {
  const { [name]: _gone, ...headers } = request.headers
  return { ...request, headers }
}
