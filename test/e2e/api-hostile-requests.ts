/** Requests that mean harm, as data: what each is, how it is sent, and every status that it may get. */
import type { RequestBody } from '../support/embedded-stack.ts'
import { BODIES } from './api-hostile-bodies.ts'

const NOBODYS = `j${'2'.repeat(24)}`

/** A request by an ordinary client; `THEIRS` in a path is the id of another team's job, `TOKEN` one of its page tokens. */
export interface RequestCase {
  readonly what: string
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: RequestBody
  readonly status: number | readonly number[]
}

const get = (
  what: string,
  path: string,
  status: RequestCase['status'],
  headers?: Record<string, string>,
): RequestCase => ({
  what,
  path,
  status,
  ...(headers !== undefined && { headers }),
})

/** Clients normalise `..`, so those that must arrive as written are among the raw ones. */
const PATHS: readonly RequestCase[] = [
  ...[
    'THEIRS',
    NOBODYS,
    NOBODYS.toUpperCase(),
    `${NOBODYS}x`,
    NOBODYS.slice(1),
    'j',
    '0',
    '-1',
    'null',
    'undefined',
    '*',
  ].map(id => get(`the id ${id}`, `/v1/jobs/${id}`, 404)),
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty'].map(id => get(`the id ${id}`, `/v1/jobs/${id}`, 404)),
  get('an encoded slash', `/v1/jobs/..%2F..%2Fv1%2Fjobs`, 404),
  get('an encoded slash to an operation', `/v1/jobs/THEIRS%2Fspec`, 404),
  get('encoded dots', '/v1/jobs/%2e%2e%2fteams', 404),
  get('double encoding', '/v1/jobs/%252e%252e%252fwhoami', 404),
  get('an encoded NUL', `/v1/jobs/${NOBODYS}%00`, 404),
  get('an encoded line break', `/v1/jobs/${NOBODYS}%0d%0aSet-Cookie:%20x=1`, 404),
  get('the key of another team', '/v1/jobs/JOB%23risk%23THEIRS', 404),
  get('a key separator', `/v1/jobs/risk%23THEIRS`, 404),
  get('broken percent-encoding', '/v1/jobs/%zz', [400, 404]),
  get('half of a character', '/v1/jobs/%c3', [400, 404]),
  get('an overlong encoding of a slash', '/v1/jobs/%c0%af', [400, 404]),
  get('a full-width look-alike', `/v1/jobs/%EF%BD%8A${'2'.repeat(24)}`, 404),
  get('a matrix parameter', `/v1/jobs/${NOBODYS};team=risk`, 404),
  get('a trailing slash', `/v1/jobs/THEIRS/`, 404),
  get('a doubled slash', `/v1//jobs`, 404),
  get('a suffix', `/v1/jobs.json`, 404),
  get('capitals', '/V1/JOBS', 404),
  get('a letter of a route encoded', '/v1/who%61mi', 404),
  get('an encoded version', '/%76%31/whoami', 404),
  get('a parameter of Java', '/v1/whoami;jsessionid=1', 404),
  get('a look-alike of its own team', '/v1/teams/p%D0%B0yments/usage', 404),
  get('its own team encoded twice', '/v1/teams/%2570ayments/usage', 404),
  get('its own team in capitals', '/v1/teams/PAYMENTS/usage', 404),
  get('an operation that is none', `/v1/jobs/THEIRS/exec`, 404),
  get('another team in the path', '/v1/teams/risk/jobs', 404),
  get('the usage of another team', '/v1/teams/risk/usage', 404),
  get('the usage of a prototype', '/v1/teams/__proto__/usage', 404),
  get('a very long path', `/v1/jobs/${'a'.repeat(8_000)}`, 404),
  get('a longer path than a front takes', `/v1/jobs/${'a'.repeat(12_000)}`, [414, 431]),
  ...['attempts', 'events', 'spec', 'logs'].map(part => get(`their ${part}`, `/v1/jobs/THEIRS/${part}`, 404)),
  ...['cancel', 'retry'].map((part): RequestCase => ({
    what: `to ${part} their job`,
    method: 'POST',
    path: `/v1/jobs/THEIRS/${part}`,
    status: 404,
  })),
  { what: 'to delete their job', method: 'DELETE', path: '/v1/jobs/THEIRS', status: 404 },
  { what: 'to drain a cluster', method: 'POST', path: '/v1/clusters/local/drain', status: 403 },
  { what: 'to resume a cluster', method: 'POST', path: '/v1/clusters/local/resume', status: 403 },
  { what: 'to pause another team', method: 'POST', path: '/v1/teams/risk/pause', status: 403 },
  { what: 'to resume its own team', method: 'POST', path: '/v1/teams/payments/resume', status: 403 },
]

/** Different ids of the right form. */
const manyIds = (count: number): string =>
  Array.from({ length: count }, (_, index) => {
    const letters = index.toString(8).replaceAll(/[0-7]/g, digit => 'abcdefgh'[Number(digit)] ?? '')
    return `j${letters.padStart(24, '2')}`
  }).join(',')

const QUERIES: readonly RequestCase[] = [
  'limit=0',
  'limit=101',
  'limit=-1',
  'limit=1e2',
  'limit=0x10',
  'limit=',
  'limit=1&limit=2',
  'limit=9999999999999999999',
  'state=running',
  'state=RUNNING&state=FAILED',
  'state=__proto__',
  'state=RUNNING%00',
  'name=*',
  'name=a%27%20OR%20%271%27=%271',
  'name=',
  'cluster=..',
  'trigger=API',
  'label=a',
  'label==b',
  'label=__proto__%3D%7B%7D%3D',
  'label=a%3Db%3Dc',
  'since=yesterday',
  'since=2026-13-45T00:00:00Z',
  'since=2026-11-21',
  'since=2026-11-21T00:00:00Z&until=2026-11-20T00:00:00Z',
  'until=1',
  'since=2026-02-30T00:00:00Z',
  'since=2026-11-21T24:00:00Z',
  'since=-2026-01-01T00:00:00Z',
  'until=9999-12-31T23:59:59-23:59',
  'until=0000-01-01T00:00:00%2B23:59',
  'limit=%D9%A3',
  'limit=%EF%BC%91',
  'limit=1;limit=2',
  'name=a+b',
  'name=%ed%a0%80',
  'sta%00te=RUNNING',
  '__proto__=1',
  'ids=THEIRS%00',
  'state=%',
  'team=risk',
  'owner=risk',
  'nextToken=',
  'nextToken=e30',
  'nextToken=TOKEN',
  'nextToken=TOKEN&state=RUNNING',
  'nextToken=eyJwayI6eyJTIjoiSk9CI3Jpc2sjeCJ9fQ',
  `nextToken=${'A'.repeat(4_000)}`,
  'ids=',
  'ids=THEIRS&limit=1',
  'ids=THEIRS,x',
  `ids=${manyIds(101)}`,
  '$where=1',
  'state[$ne]=RUNNING',
  'callback=alert',
  '_method=DELETE',
  '%00=1',
].map(query => get(`the query ${query.slice(0, 60)}`, `/v1/jobs?${query}`, 400))

const JOB_QUERIES: readonly RequestCase[] = [
  get('a wait that is too long', `/v1/jobs/${NOBODYS}?wait=26`, 400),
  get('a wait that is none', `/v1/jobs/${NOBODYS}?wait=NaN`, 400),
  get('a wait for their job', `/v1/jobs/THEIRS?wait=1`, 404),
  get('a log of no role', `/v1/jobs/${NOBODYS}/logs?role=root`, 400),
  get('a log of a path', `/v1/jobs/${NOBODYS}/logs?role=executor-1/../../x`, 400),
  get('a log of an executor 0', `/v1/jobs/${NOBODYS}/logs?role=executor-0`, 400),
  get('a log of a container', `/v1/jobs/${NOBODYS}/logs?container=sidecar`, 400),
  get('a log of too many lines', `/v1/jobs/${NOBODYS}/logs?tail=10001`, 400),
  get('a log since a text', `/v1/jobs/${NOBODYS}/logs?since=x`, 400),
  get('a log since a day that is none', `/v1/jobs/${NOBODYS}/logs?since=2026-99-99T00:00:00Z`, 400),
  get('a log with more parameters of Kubernetes', `/v1/jobs/${NOBODYS}/logs?tail=1%26container=x`, 400),
  get('a log since 30 February', `/v1/jobs/${NOBODYS}/logs?since=2026-02-30T00:00:00Z`, 400),
  get('a log since too exact a time', `/v1/jobs/${NOBODYS}/logs?since=2026-02-20T00:00:00.9999999999Z`, 400),
  get('a wait of a part of a second', `/v1/jobs/${NOBODYS}?wait=1.5`, 400),
  get('a spec of attempt 99999', `/v1/jobs/${NOBODYS}/spec?attempt=99999`, 400),
  get('a spec of attempt 0', `/v1/jobs/${NOBODYS}/spec?attempt=0`, 400),
]

const HEADERS: readonly RequestCase[] = [
  get('an X-Team', '/v1/jobs/THEIRS', 404, { 'x-team': 'risk' }),
  get('an X-Forwarded-User', '/v1/jobs/THEIRS', 404, { 'x-forwarded-user': 'risk', 'x-amzn-oidc-data': 'risk' }),
  get('a cookie of a team', '/v1/jobs/THEIRS', 404, { cookie: 'team=risk; sparkgate:team=risk' }),
  get('an X-Original-URL', '/v1/whoami', 200, { 'x-original-url': '/v1/clusters/local/drain' }),
  get('an X-Rewrite-URL', '/v1/whoami', 200, { 'x-rewrite-url': '/v1/teams/risk/usage' }),
  get('a method override on GET', '/v1/jobs', 200, { 'x-http-method-override': 'POST' }),
  {
    what: 'a method override on POST',
    method: 'POST',
    path: '/v1/jobs/THEIRS/cancel',
    status: 404,
    headers: { 'x-http-method-override': 'GET', 'x-method-override': 'GET', 'x-http-method': 'GET' },
  },
  get('an Accept of HTML', '/v1/jobs', 406, { accept: 'text/html' }),
  get('an Accept that refuses JSON', '/v1/jobs', 406, { accept: 'application/json;q=0' }),
  get('an Accept that refuses JSON and takes the rest', '/v1/jobs', 406, { accept: 'application/json;q=0, */*' }),
  get('an Accept of nothing but delimiters', '/v1/jobs', 406, { accept: ';;;,,,' }),
  get('an Accept of nothing known', '/v1/jobs', 406, { accept: 'image/png, application/xml;q=0.9' }),
  get('an Accept of many ranges', '/v1/jobs', 200, { accept: `${'a/b,'.repeat(500)}*/*;q=0.1` }),
  get('a token in the query only', '/v1/jobs?access_token=x', 400),
  get('an empty Authorization', '/v1/jobs', 401, { authorization: '' }),
  get('Basic credentials', '/v1/jobs', 401, { authorization: 'Basic cGF5bWVudHM6eA==' }),
  get('Negotiate', '/v1/jobs', 401, { authorization: 'Negotiate YII=' }),
  get('Bearer and nothing', '/v1/jobs', 401, { authorization: 'Bearer' }),
  get('a bearer in quotes', '/v1/jobs', 401, { authorization: 'Bearer "x.y.z"' }),
  get('a bearer of 9,000 characters', '/v1/jobs', [401, 431], { authorization: `Bearer ${'a'.repeat(9_000)}` }),
  get('an If-None-Match of much', `/v1/jobs/${NOBODYS}`, 404, { 'if-none-match': '"x",'.repeat(1_000) }),
]

const METHODS: readonly RequestCase[] = [
  ...['PUT', 'PATCH', 'DELETE'].map((method): RequestCase => ({
    what: `${method} on the list`,
    method,
    path: '/v1/jobs',
    status: 405,
  })),
  ...['PUT', 'PATCH', 'POST'].map((method): RequestCase => ({
    what: `${method} on their job`,
    method,
    path: '/v1/jobs/THEIRS',
    status: 405,
  })),
  { what: 'a letter of a route encoded', method: 'POST', path: '/v1/%6aobs', status: 404 },
  { what: 'QUERY', method: 'QUERY', path: '/v1/jobs', status: 405 },
  { what: 'PURGE', method: 'PURGE', path: '/v1/jobs', status: 405 },
  { what: 'POST on what is only read', method: 'POST', path: '/v1/openapi.json', status: 405 },
  { what: 'a WebDAV method', method: 'PROPFIND', path: '/v1/jobs', status: [400, 404, 405] },
  { what: 'a method of nobody', method: 'SPARK', path: '/v1/jobs', status: [400, 404, 405] },
  { what: 'GET on an operation', method: 'GET', path: '/v1/jobs/THEIRS/cancel', status: 405 },
]

export const REQUESTS: readonly RequestCase[] = [
  ...PATHS,
  ...QUERIES,
  ...JOB_QUERIES,
  ...HEADERS,
  ...BODIES,
  ...METHODS,
]
