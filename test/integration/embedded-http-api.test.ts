import { request as httpRequest } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { startHttpApi, type HttpApi, type HttpApiOptions } from '../../local/aws/http-api/http-api.ts'
import type { HttpApiEvent } from '../../local/aws/http-api/request-event.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

const routes = [
  'POST /v1/jobs',
  'GET /v1/jobs',
  'GET /v1/jobs/{id}',
  'GET /v1/jobs/special',
  'ANY /v1/jobs/{id}',
  'GET /v1/jobs/{id}/attempts/{attempt}',
  'ANY /console/{proxy+}',
  'GET /console/{page}',
].map(routeKey => ({ routeKey, authorization: 'none' as const }))

describe('the chosen route', () => {
  test.each([
    ['GET', '/v1/jobs', 'GET /v1/jobs', undefined],
    ['POST', '/v1/jobs', 'POST /v1/jobs', undefined],
    ['GET', '/v1/jobs/7', 'GET /v1/jobs/{id}', { id: '7' }],
    ['DELETE', '/v1/jobs/7', 'ANY /v1/jobs/{id}', { id: '7' }],
    ['GET', '/v1/jobs/special', 'GET /v1/jobs/special', undefined],
    ['GET', '/v1/jobs/a%2Fb%20c', 'GET /v1/jobs/{id}', { id: 'a/b c' }],
    ['GET', '/v1/jobs/%7Bid%7D', 'GET /v1/jobs/{id}', { id: '{id}' }],
    ['GET', '/v1/jobs/7/attempts/2', 'GET /v1/jobs/{id}/attempts/{attempt}', { id: '7', attempt: '2' }],
    ['GET', '/console/assets/app.js', 'ANY /console/{proxy+}', { proxy: 'assets/app.js' }],
    ['POST', '/console/index', 'ANY /console/{proxy+}', { proxy: 'index' }],
    ['GET', '/console/index', 'GET /console/{page}', { page: 'index' }],
  ])('of %s %s is %s', async (method, path, routeKey, pathParameters) => {
    const { api, events } = await start()
    expect((await fetch(`${api.url}${path}`, { method })).status).toBe(200)
    expect(events[0]?.routeKey).toBe(routeKey)
    expect(events[0]?.requestContext.routeKey).toBe(routeKey)
    expect(events[0]?.pathParameters).toEqual(pathParameters)
  })

  test.each([
    ['PUT', '/v1/jobs'],
    ['GET', '/v1/jobs/'],
    ['GET', '/v1/jobs/7/attempts'],
    ['GET', '/V1/jobs'],
    ['GET', '/console/'],
    ['GET', '/'],
    ['GET', '/v1/jobs/%ZZ'],
  ])('of %s %s is none', async (method, path) => {
    const { api, events } = await start()
    const response = await fetch(`${api.url}${path}`, { method })
    expect([response.status, await response.json()]).toEqual([404, { message: 'Not Found' }])
    expect(events).toEqual([])
  })

  test('is $default for everything else, when there is one', async () => {
    const { api, events } = await start({ routes: [...routes, { routeKey: '$default', authorization: 'none' }] })
    expect((await fetch(`${api.url}/other/path`)).status).toBe(200)
    expect(events[0]?.routeKey).toBe('$default')
  })

  test.each(['GET v1/jobs', 'FETCH /v1', '/v1/jobs', 'GET /{proxy+}/more'])('cannot be written %s', async routeKey => {
    await expect(start({ routes: [{ routeKey, authorization: 'none' }] })).rejects.toThrow('is no route key')
  })
})

describe('the event', () => {
  test('has the form of payload 2.0', async () => {
    const { api, events } = await start()
    const before = Date.now()
    await send(api, 'GET', '/v1/jobs/a%20b?state=RUNNING&state=QUEUED&q=a%2Bb+c&empty=&flag', [
      ['X-Custom', 'one'],
      ['x-custom', 'two'],
      ['Cookie', 'a=1; b=2'],
      ['User-Agent', 'test'],
    ])
    const { host } = new URL(api.url)
    expect(events[0]).toEqual({
      version: '2.0',
      routeKey: 'GET /v1/jobs/{id}',
      rawPath: '/v1/jobs/a b',
      rawQueryString: 'state=RUNNING&state=QUEUED&q=a%2Bb+c&empty=&flag',
      cookies: ['a=1', 'b=2'],
      headers: expect.objectContaining({ host, 'x-custom': 'one,two', 'user-agent': 'test' }),
      queryStringParameters: { state: 'RUNNING,QUEUED', q: 'a+b c', empty: '', flag: '' },
      pathParameters: { id: 'a b' },
      requestContext: {
        accountId: '111122223333',
        apiId: 'local',
        domainName: host,
        domainPrefix: 'local',
        http: { method: 'GET', path: '/v1/jobs/a b', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        routeKey: 'GET /v1/jobs/{id}',
        stage: '$default',
        time: expect.stringMatching(/^\d{2}\/[A-Z][a-z]{2}\/\d{4}:\d{2}:\d{2}:\d{2} \+0000$/),
        timeEpoch: expect.any(Number),
      },
      isBase64Encoded: false,
    })
    expect(events[0]?.headers).not.toHaveProperty('cookie')
    expect(events[0]?.requestContext.timeEpoch).toBeGreaterThanOrEqual(before)
  })

  test.each([
    ['application/json', '{"ä":1}', '{"ä":1}', false],
    ['text/plain; charset=utf-8', 'ü', 'ü', false],
    ['application/problem+json', '{}', '{}', false],
    ['application/yaml', 'a: 1', Buffer.from('a: 1').toString('base64'), true],
    ['application/octet-stream', 'x', Buffer.from('x').toString('base64'), true],
  ])('holds a body of %s', async (contentType, body, expected, isBase64Encoded) => {
    const { api, events } = await start()
    await fetch(`${api.url}/v1/jobs`, { method: 'POST', headers: { 'content-type': contentType }, body })
    expect(events[0]).toMatchObject({ body: expected, isBase64Encoded })
  })

  test('cannot be spoiled by names such as __proto__', async () => {
    const { api, events } = await start()
    await send(api, 'GET', '/v1/jobs?__proto__=x&constructor=y', [['__proto__', 'z']])
    expect(Object.keys(events[0]?.queryStringParameters ?? {})).toEqual(['__proto__', 'constructor'])
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  test('is not made from a query that cannot be decoded', async () => {
    const { api, events } = await start()
    expect((await send(api, 'GET', '/v1/jobs?q=%E4', [])).status).toBe(400)
    expect(events).toEqual([])
  })
})

describe('the answer', () => {
  test.each<[string, unknown, number, string, string]>([
    ['a bare object', { id: 7 }, 200, 'application/json', '{"id":7}'],
    ['a bare text', 'hello', 200, 'application/json', 'hello'],
    ['null', null, 200, 'application/json', 'null'],
    ['only a status', { statusCode: 204 }, 204, 'text/plain;charset=UTF-8', ''],
    ['a status as text', { statusCode: '404', body: 'no' }, 404, 'text/plain;charset=UTF-8', 'no'],
    ['base64', { statusCode: 200, body: 'aMOp', isBase64Encoded: true }, 200, 'text/plain;charset=UTF-8', 'hé'],
    ['a type', { statusCode: 201, headers: { 'Content-Type': 'a/b' }, body: 'x' }, 201, 'a/b', 'x'],
    ['numbers in headers', { statusCode: 200, headers: { 'content-type': 'a/b', n: 5 }, body: '' }, 200, 'a/b', ''],
  ])('from %s', async (_, result, status, type, text) => {
    const { api } = await start({ invoke: async () => result })
    const response = await fetch(`${api.url}/v1/jobs`)
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([status, type, text])
  })

  test('has each cookie in a header of its own, and the length that is true', async () => {
    const headers = { 'content-length': '999', 'transfer-encoding': 'chunked', 'x-ok': 'yes' }
    const { api } = await start({
      invoke: async () => ({ statusCode: 200, headers, cookies: ['a=1', 'b=2'], body: 'ok' }),
    })
    const response = await fetch(`${api.url}/v1/jobs`)
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(response.headers.get('content-length')).toBe('2')
    expect(response.headers.get('x-ok')).toBe('yes')
  })

  test.each<[string, () => Promise<unknown>]>([
    ['throws', async () => Promise.reject(new Error('secret detail'))],
    ['answers a status that is none', async () => ({ statusCode: 99 })],
    ['answers a body that is no text', async () => ({ statusCode: 200, body: { a: 1 } })],
    ['answers a header with a line break', async () => ({ statusCode: 200, headers: { a: 'b\r\nset-cookie: x=1' } })],
  ])('is 500 and says no more when the function %s', async (_, invoke) => {
    const { api } = await start({ invoke })
    const response = await fetch(`${api.url}/v1/jobs`)
    expect([response.status, await response.json()]).toEqual([500, { message: 'Internal Server Error' }])
    expect(response.headers.get('set-cookie')).toBeNull()
  })

  test('is 503 when as many of the function run as may', async () => {
    const throttled = Object.assign(new Error('Rate Exceeded.'), { errorType: 'TooManyRequestsException' })
    const { api } = await start({ invoke: () => Promise.reject(throttled) })
    const response = await fetch(`${api.url}/v1/jobs`)
    expect([response.status, await response.json()]).toEqual([503, { message: 'Service Unavailable' }])
  })

  test('is 503 when the function takes too long', async () => {
    const { api } = await start({ invoke: () => new Promise(() => {}), timeoutMilliseconds: 30 })
    const response = await fetch(`${api.url}/v1/jobs`)
    expect([response.status, await response.json()]).toEqual([503, { message: 'Service Unavailable' }])
  })

  test('is 413 above ten megabytes, and not for exactly ten', async () => {
    const { api, events } = await start()
    const body = Buffer.alloc(10 * 1024 * 1024, 'x')
    const headers = { 'content-type': 'text/plain' }
    expect((await fetch(`${api.url}/v1/jobs`, { method: 'POST', headers, body })).status).toBe(200)
    const large = Buffer.concat([body, Buffer.from('x')])
    const response = await fetch(`${api.url}/v1/jobs`, { method: 'POST', headers, body: large })
    expect([response.status, await response.json()]).toEqual([413, { message: 'Request Entity Too Large' }])
    expect(events.length).toBe(1)
  })

  test('is 431 above 10,240 bytes of request line and header values', async () => {
    const { api, events } = await start()
    expect((await send(api, 'GET', '/v1/jobs', [['x-long', 'a'.repeat(10_000)]])).status).toBe(200)
    expect((await send(api, 'GET', '/v1/jobs', [['x-long', 'a'.repeat(10_241)]])).status).toBe(431)
    expect((await send(api, 'GET', `/v1/jobs?q=${'a'.repeat(10_241)}`, [])).status).toBe(431)
    expect(events.length).toBe(1)
  })
})

test('the keys are not asked for while nobody shows a token', async () => {
  const { api } = await start({ routes: [{ routeKey: 'GET /closed', authorization: 'required' }] })
  const response = await fetch(`${api.url}/closed`)
  expect([response.status, await response.json()]).toEqual([401, { message: 'Unauthorized' }])
  expect(response.headers.get('www-authenticate')).toContain('there is no Authorization header')
})

async function start(options: Partial<HttpApiOptions> = {}): Promise<{ api: HttpApi; events: HttpApiEvent[] }> {
  const events: HttpApiEvent[] = []
  const api = await startHttpApi({
    routes,
    accountId: '111122223333',
    invoke: async event => {
      events.push(event)
      return { statusCode: 200, body: 'ok' }
    },
    jwt: {
      issuer: 'https://issuer.example',
      audience: ['gateway'],
      jwks: () => Promise.reject(new Error('not asked for')),
    },
    iam: { region: 'us-east-1', principals: [] },
    ...options,
  })
  cleanups.push(() => api.close())
  return { api, events }
}

/** node:http sends what fetch would change: repeated headers, cookies, odd queries. */
async function send(
  api: HttpApi,
  method: string,
  path: string,
  headers: [string, string][],
): Promise<{ status: number }> {
  const { hostname, port, host } = new URL(api.url)
  const flat = [['Host', host] as [string, string], ...headers].flat()
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, method, path, headers: flat, agent: false }, response => {
      response.resume()
      response.on('end', () => resolve({ status: response.statusCode ?? 0 }))
    })
    request.on('error', reject)
    request.end()
  })
}
