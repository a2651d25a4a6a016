/**
 * A walk of one team over the real API: random calls of every route, with its own, the other team's and nobody's names. The
 * judge compares everything that the other team can see before and after. Bounded by time;
 * `RANDOM_SEED` gives another walk.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { CATCH_ALL } from '../../functions/api/fallback.ts'
import { ROUTES } from '../../functions/api/routes.ts'
import { E2E_TEST_MILLISECONDS, readEvent } from '../support/embedded-stack.ts'
import { startApiStack } from './api-stack.ts'
import type { ApiStack } from './api-stack.ts'

const WALK_MILLISECONDS = 8_000
/** More steps than a fast machine takes in that time. */
const MAX_STEPS = 20_000
/** Fewer would be no walk; a loaded machine takes many more. */
const LEAST_STEPS = 50

const SPARK_PI = readEvent('specs/spark-pi.yaml')
vi.setConfig({ testTimeout: E2E_TEST_MILLISECONDS })

let stack: ApiStack
/** Of team risk: one that succeeded, one that was cancelled, and one that waits because its team is paused. */
let theirs: readonly string[]
let ours: readonly string[]

beforeAll(async () => {
  stack = await startApiStack()
  const [done, cancelled] = [
    await stack.accepted('key-1', SPARK_PI, 'risk'),
    await stack.accepted('key-2', SPARK_PI, 'risk'),
  ]
  await stack.ask('POST', `/v1/jobs/${cancelled}/cancel`, { as: 'risk' })
  await stack.untilState(done, 'SUCCEEDED', 'risk')
  await stack.untilState(cancelled, 'CANCELLED', 'risk')
  await stack.ask('POST', '/v1/teams/risk/pause', { as: 'platform-admin' })
  const waiting = await stack.accepted('key-3', SPARK_PI, 'risk')
  await stack.untilJob(waiting, job => String(job['waitingFor']).includes('No reason was given'), 'risk')
  theirs = [done, cancelled, waiting]
  ours = [await stack.accepted('key-1', SPARK_PI)]
})
afterAll(() => stack.close())

const PARTS = ['', '/attempts', '/events', '/spec', '/logs']
/** What nobody's calls change, and time does. */
const MOVING = new Set(['reachableAt', 'lagMilliseconds'])

/** Everything that team risk can see, as text. */
async function viewOfRisk(): Promise<string> {
  const paths = [
    ...theirs.flatMap(id => PARTS.map(part => `/v1/jobs/${id}${part}`)),
    '/v1/jobs',
    '/v1/jobs?limit=1',
    `/v1/jobs?ids=${theirs.join(',')}`,
    '/v1/clusters',
    '/v1/teams/risk/usage',
    '/v1/whoami',
  ]
  const answers: unknown[] = []
  for (const path of paths) {
    const { status, body } = await stack.ask('GET', path, { as: 'risk' })
    const { nextToken: _sealed, requestId: _own, ...rest } = body
    answers.push([path, status, rest])
  }
  return JSON.stringify(answers, (name, value: unknown) => (MOVING.has(name) ? undefined : value), 1)
}

const BODIES = [
  SPARK_PI,
  SPARK_PI.replace('name: spark-pi', 'name: other'),
  '{"reason":"x"}',
  '',
  'main: local:///a.py\n',
]
const QUERIES = [
  '',
  'dryRun=render',
  'dryRun=server',
  'limit=1',
  'state=QUEUED',
  'name=spark-pi',
  'ids=ALL',
  'wait=0',
  'to=short',
  'role=executor-1',
  'attempt=1',
  'team=risk',
]
const step = fc.record({
  route: fc.constantFrom(...Object.keys(ROUTES).filter(route => route !== CATCH_ALL)),
  /** Which job: theirs, ours, nobody's. */
  job: fc.nat(5),
  name: fc.constantFrom('risk', 'payments', 'local', 'nobody'),
  query: fc.constantFrom(...QUERIES),
  body: fc.constantFrom(...BODIES),
  key: fc.constantFrom('key-1', 'key-2', 'key-3', 'key-4'),
  /** Names the other team's jobs in the spec. */
  dependsOnTheirs: fc.boolean(),
})
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

async function take({ route, job, name, query, body, key, dependsOnTheirs }: Step) {
  const ids = [...theirs, ...ours, `j${'z'.repeat(24)}`]
  const [method = '', pattern = ''] = route.split(' ')
  const id = ids[job % ids.length] ?? ''
  const path = pattern.replace('{id}', id).replace('{team}', name).replace('{name}', name)
  const asked = query === '' ? path : `${path}?${query.replace('ALL', ids.join(','))}`
  const linked = dependsOnTheirs
    ? body.replace('metadata:\n', `metadata:\n  annotations: {sparkgate.dev/depends-on: ${theirs[0] ?? ''}}\n`)
    : body
  const type = body.startsWith('{') ? 'application/json' : 'application/yaml'
  const headers = { 'content-type': type, 'idempotency-key': key, 'x-team': 'risk', 'x-forwarded-user': 'risk-person' }
  const sent = method === 'POST' && body !== '' ? { body: linked } : {}
  return { asked: `${method} ${asked}`, answer: await stack.ask(method, asked, { headers, ...sent }) }
}

it('changes and learns nothing of another team', async () => {
  const seed = fc.readConfigureGlobal()?.seed ?? 1
  const before = await viewOfRisk()
  const until = performance.now() + WALK_MILLISECONDS
  const statuses = new Map<number, number>()
  let taken = 0
  for (const each of fc.sample(step, { seed, numRuns: MAX_STEPS })) {
    if (performance.now() > until) break
    const { asked, answer } = await take(each)
    taken++
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
    const told = `${asked} (seed ${seed}, step ${taken})`
    expect(answer.status, told).toBeLessThan(500)
    // What it asked for comes back as missing, or as the name that a refused spec had.
    const { missing: _asked, errors: _spec, documents: _judged, ...rest } = answer.body
    const text = JSON.stringify(rest)
    for (const id of theirs) expect(text, told).not.toContain(id)
    expect(text, told).not.toMatch(/risk-person|team-risk|"team":"risk"/)
  }
  expect(taken).toBeGreaterThan(LEAST_STEPS)
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 400, 403, 404]))
  expect(await viewOfRisk(), `seed ${seed}, ${taken} steps`).toBe(before)
})
