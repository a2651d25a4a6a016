import { request as httpRequest } from 'node:http'
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startHttpApi, type HttpApi } from '../../local/aws/http-api/http-api.ts'
import type { HttpApiEvent } from '../../local/aws/http-api/request-event.ts'

const user = {
  accessKeyId: 'AKIALOCALUSER',
  secretAccessKey: 'secret-of-the-user',
  userArn: 'arn:aws:iam::111122223333:user/alice',
  accountId: '111122223333',
  userId: 'AIDALOCAL',
}
const role = {
  accessKeyId: 'ASIALOCALROLE',
  secretAccessKey: 'secret-of-the-role',
  sessionToken: 'token/of+the=session',
  userArn: 'arn:aws:sts::111122223333:assumed-role/submitter/session',
  accountId: '111122223333',
  userId: 'AROALOCAL:session',
}

let api: HttpApi
const events: HttpApiEvent[] = []
const reasons: (string | undefined)[] = []

beforeAll(async () => {
  const keysAreAway = (): Promise<never> => Promise.reject(new Error('signatures need no keys'))
  api = await startHttpApi({
    routes: [{ routeKey: 'ANY /v1/{proxy+}', authorization: 'required' }],
    invoke: async event => void events.push(event),
    iam: { region: 'eu-central-1', principals: [user, role] },
    jwt: { issuer: 'https://issuer.example', audience: ['gateway'], jwks: keysAreAway },
    onRequest: line => reasons.push(line.reason),
  })
})
afterEach(() => {
  events.splice(0)
  reasons.splice(0)
})
afterAll(() => api.close())

describe('a request that is signed as the AWS SDK signs', () => {
  test.each<[string, Partial<Wanted>]>([
    ['without a body', { method: 'GET', body: '' }],
    ['with a body', { body: '{"name":"job"}' }],
    ['with a body beyond ASCII', { body: 'größe: "ü"' }],
    ['with a query', { query: { state: 'RUNNING', limit: '10' } }],
    ['with a query of odd characters', { query: { q: "a b+c/d=e&f*'()!~", ü: 'é', empty: '' } }],
    ['with a repeated query name', { query: { state: ['b', 'a'] } }],
    ['with a path of odd characters', { path: "/v1/a%20b/c%2Fd/%C3%BC/x*y'(z)!" }],
    ['with headers to be trimmed', { headers: { 'x-extra': '  a   b  ' } }],
    ['with a session token', { principal: role }],
  ])('%s is let in', async (_, wanted) => {
    expect(await send(await sign(wanted))).toBe(200)
    expect(reasons).toEqual([undefined])
  })

  test('is known to the function by its principal', async () => {
    expect(await send(await sign({ principal: role }))).toBe(200)
    expect(events[0]?.requestContext.authorizer).toEqual({
      iam: {
        accessKey: 'ASIALOCALROLE',
        accountId: '111122223333',
        callerId: 'AROALOCAL:session',
        cognitoIdentity: null,
        principalOrgId: 'o-local',
        userArn: role.userArn,
        userId: 'AROALOCAL:session',
      },
    })
  })
})

describe('a request is forbidden', () => {
  const tamperings: [title: string, make: () => Promise<Signed>, reason: RegExp][] = [
    ['with another body', async () => ({ ...(await sign()), body: '{"name":"evil"}' }), /body|does not match/],
    ['with another body, hashed anew', () => changeHashedBody(), /does not match/],
    ['with a body that was left out of the signature', () => leaveBodyUnsigned(), /body/],
    ['without its body', async () => ({ ...(await sign()), body: '' }), /body|does not match/],
    ['with another method', async () => ({ ...(await sign()), method: 'PUT' }), /does not match/],
    ['with another path', () => changePath(path => path.replace('jobs', 'jobs2')), /does not match/],
    ['with a path that ends in a slash', () => changePath(path => path.replace('/jobs', '/jobs/')), /does not match/],
    [
      'with a path of doubled slashes',
      () => changePath(path => path.replace('/jobs', '//jobs'), '/v1/a/jobs'),
      /normal form/,
    ],
    ['with dots in its path', () => changePath(path => path.replace('/jobs', '/x/../jobs')), /normal form/],
    [
      'with an encoded slash in its path',
      () => changePath(path => path.replace('/jobs', '%2Fjobs'), '/v1/a/jobs'),
      /match/,
    ],
    ['with one more query', () => changePath(path => `${path}&admin=1`), /does not match/],
    ['without its query', () => changePath(path => path.split('?')[0]!), /does not match/],
    ['with another query value', () => changePath(path => path.replace('a%20b', 'a%20c')), /does not match/],
    ['with a plus where %2B was signed', () => changePlus(), /does not match/],
    ['with another signed header', () => change({ 'x-extra': 'other' }), /does not match/],
    ['without a signed header', () => change({ 'x-extra': undefined }), /missing/],
    ['with one more x-amz header', () => change({ 'x-amz-target': 'Evil' }), /not signed/],
    ['with another host', () => change({ host: 'api.example.com' }), /does not match/],
    ['with another date', () => change({ 'x-amz-date': amzDate(new Date(Date.now() - 60_000)) }), /does not match/],
    ['with a date of another day than its scope', () => change({ 'x-amz-date': '20200101T000000Z' }), /date of the/],
    ['without a date', () => change({ 'x-amz-date': undefined }), /x-amz-date/],
    ['with a date that is none', () => change({ 'x-amz-date': 'today' }), /x-amz-date/],
    ['six minutes late', () => sign({ at: new Date(Date.now() - 360_000) }), /expired/],
    ['six minutes early', () => sign({ at: new Date(Date.now() + 360_000) }), /expired/],
    ['with another secret', () => sign({ principal: { ...user, secretAccessKey: 'guess' } }), /does not match/],
    ['with an unknown key', () => sign({ principal: { ...user, accessKeyId: 'AKIAOTHER' } }), /unknown/],
    [
      'with the key of another principal',
      () => sign({ principal: { ...user, accessKeyId: role.accessKeyId } }),
      /session/,
    ],
    ['for another region', () => sign({ region: 'us-east-1' }), /region or service/],
    ['for another service', () => sign({ service: 's3' }), /region or service/],
    ['without the session token of a role', () => sign({ principal: { ...role, sessionToken: undefined } }), /session/],
    ['with another session token', () => sign({ principal: { ...role, sessionToken: 'other' } }), /session/],
    ['with a session token for a user', () => sign({ principal: { ...user, sessionToken: 'more' } }), /session/],
    [
      'with a changed signature',
      () => changeAuthorization(text => text.replace(/.$/, last => (last === '0' ? '1' : '0'))),
      /match/,
    ],
    ['with a short signature', () => changeAuthorization(text => text.slice(0, -1)), /form/],
    [
      'without the host among the signed headers',
      () => changeAuthorization(text => text.replace('host;', '')),
      /not signed/,
    ],
    ['with a signed header twice', () => changeAuthorization(text => text.replace('host;', 'host;host;')), /form/],
    [
      'with no signed headers',
      () => changeAuthorization(text => text.replace(/SignedHeaders=[^,]*/, 'SignedHeaders=')),
      /form/,
    ],
    ['with one more part', () => changeAuthorization(text => `${text}, X=1`), /form/],
    ['with another scope', () => changeAuthorization(text => text.replace('aws4_request', 'aws5_request')), /form/],
  ]

  test.each(tamperings)('%s', async (_, make, reason) => {
    expect(await send(await make())).toBe(403)
    expect(events).toEqual([])
    expect(reasons[0]).toMatch(reason)
  })

  test('with a body that says no more than Forbidden', async () => {
    const response = await fetch(`${api.url}/v1/jobs`, { headers: { authorization: 'AWS4-HMAC-SHA256 nonsense' } })
    expect([response.status, await response.json()]).toEqual([403, { message: 'Forbidden' }])
  })
})

interface Wanted {
  method: string
  path: string
  query: Record<string, string | string[]>
  body: string
  headers: Record<string, string>
  principal: { accessKeyId: string; secretAccessKey: string; sessionToken?: string | undefined }
  region: string
  service: string
  at: Date
}

interface Signed {
  readonly method: string
  /** Path and query as they go over the wire. */
  readonly target: string
  readonly headers: Record<string, string | undefined>
  readonly body: string
}

const defaults: Wanted = {
  method: 'POST',
  path: '/v1/jobs',
  query: { q: 'a b' },
  body: '{"name":"job"}',
  headers: { 'x-extra': 'yes' },
  principal: user,
  region: 'eu-central-1',
  service: 'execute-api',
  at: new Date(0),
}

/** Signs with the SDK's own signer, an implementation that shares nothing with the one under test. */
async function sign(options: Partial<Wanted> = {}): Promise<Signed> {
  const wanted = { ...defaults, at: new Date(), ...options }
  const { principal, region, service, method, path, query, body } = wanted
  const { accessKeyId, secretAccessKey, sessionToken } = principal
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 })
  const { hostname, port, host } = new URL(api.url)
  const headers = { host, ...wanted.headers }
  const request = { method, protocol: 'http:', hostname, port: Number(port), path, query, headers, body }
  const signed = await signer.sign(request, { signingDate: wanted.at })
  return { method, target: `${path}${renderQuery(query)}`, headers: signed.headers, body }
}

function renderQuery(query: Wanted['query']): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map(one => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`),
  )
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

async function change(headers: Record<string, string | undefined>): Promise<Signed> {
  const signed = await sign()
  return { ...signed, headers: { ...signed.headers, ...headers } }
}

async function changePath(edit: (target: string) => string, path = '/v1/jobs'): Promise<Signed> {
  const signed = await sign({ path })
  return { ...signed, target: edit(signed.target) }
}

async function changePlus(): Promise<Signed> {
  const signed = await sign({ query: { q: 'a+b' } })
  return { ...signed, target: signed.target.replace('%2B', '+') }
}

async function changeHashedBody(): Promise<Signed> {
  const [signed, other] = [await sign(), await sign({ body: '{"name":"evil"}' })]
  const hash = other.headers['x-amz-content-sha256']
  return { ...signed, body: other.body, headers: { ...signed.headers, 'x-amz-content-sha256': hash } }
}

async function leaveBodyUnsigned(): Promise<Signed> {
  const signed = await sign({ headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } })
  return { ...signed, body: '{"name":"evil"}' }
}

async function changeAuthorization(edit: (text: string) => string): Promise<Signed> {
  const signed = await sign()
  return { ...signed, headers: { ...signed.headers, authorization: edit(signed.headers['authorization'] ?? '') } }
}

function amzDate(date: Date): string {
  return `${date.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
}

async function send({ method, target, headers, body }: Signed): Promise<number> {
  const { hostname, port } = new URL(api.url)
  const flat = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [name, value]))
  return new Promise((resolve, reject) => {
    const length = ['content-length', String(Buffer.byteLength(body))]
    const options = { hostname, port, method, path: target, headers: [...flat, ...length], agent: false }
    const request = httpRequest(options, response => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    request.on('error', reject)
    request.end(body)
  })
}
