/** Every route of the API over real HTTP, with each status that it may answer; every answer is held to the OpenAPI document. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { E2E_TEST_MILLISECONDS, eventually, readEvent } from '../support/embedded-stack.ts'
import { startApiStack } from './api-stack.ts'
import type { ApiStack } from './api-stack.ts'

const SPARK_PI = readEvent('specs/spark-pi.yaml')
const LONG = readEvent('specs/long-running.json')
const MISTAKES = readEvent('specs/invalid-many-mistakes.yaml')
const NOBODYS = `j${'2'.repeat(24)}`

vi.setConfig({ testTimeout: E2E_TEST_MILLISECONDS })

let stack: ApiStack
beforeAll(async () => {
  stack = await startApiStack()
})
afterAll(() => stack.close())

const YAML = { 'content-type': 'application/yaml' }
const JSON_TYPE = { 'content-type': 'application/json' }
const post = (path: string, body: string, headers: Record<string, string> = YAML, as = 'payments') =>
  stack.ask('POST', path, { body, headers, as })
const submit = async (key: string, body = SPARK_PI, as = 'payments'): Promise<string> => {
  const type = body.startsWith('{') ? JSON_TYPE : YAML
  const answer = await post('/v1/jobs', body, { ...type, 'idempotency-key': key }, as)
  expect(answer.status).toBe(202)
  return String(answer.body['id'])
}
const ofType = (kind: string) => ({ body: { type: `urn:sparkgate:problem:${kind}` } })

describe.concurrent('submitting', () => {
  it('answers 202 with the place of the job, and the same job to the same request', async () => {
    const first = await post('/v1/jobs', SPARK_PI, { ...YAML, 'idempotency-key': 'routes-1' })
    expect(first.headers.get('location')).toBe(`/v1/jobs/${String(first.body['id'])}`)
    expect(first.headers.get('idempotent-replayed')).toBeNull()
    const again = await post('/v1/jobs', SPARK_PI, { ...YAML, 'idempotency-key': 'routes-1' })
    expect([again.status, again.body['id'], again.headers.get('idempotent-replayed')]).toEqual([
      202,
      first.body['id'],
      'true',
    ])
    const other = await post('/v1/jobs', SPARK_PI.replace('"100"', '"1"'), { ...YAML, 'idempotency-key': 'routes-1' })
    expect(other).toMatchObject({ status: 409, ...ofType('key-conflict') })
  })
  it.each([
    ['application/json', LONG],
    ['application/yaml', SPARK_PI],
    ['text/yaml; charset=utf-8', SPARK_PI],
    ['text/x-spark-submit', readEvent('specs/pi.spark-submit')],
    ['text/plain', readEvent('specs/pi.spark-submit')],
    ['text/plain', SPARK_PI],
  ])('takes %s', async (type, body) => {
    const answer = await post('/v1/jobs', body, {
      'content-type': type,
      'idempotency-key': `type-${type.length}-${body.length}`,
    })
    expect(answer.status).toBe(202)
  })
  it('takes the key from the spec', async () => {
    const spec =
      'name: keyed\nmain: local:///opt/spark/x.py\nimage: registry.example.com/spark:4.0.4\nidempotencyKey: own-key\n'
    const [first, second] = [await post('/v1/jobs', spec), await post('/v1/jobs', spec)]
    expect([first.status, second.status, second.body['id']]).toEqual([202, 202, first.body['id']])
  })
  it('answers several documents with all their jobs', async () => {
    const two = `${SPARK_PI}\n---\n${SPARK_PI.replace('spark-pi', 'spark-pi-two')}`
    const answer = await post('/v1/jobs', two, { ...YAML, 'idempotency-key': 'two-documents' })
    expect([answer.status, (answer.body['jobs'] as unknown[]).length]).toEqual([202, 2])
  })
  it('refuses a spec with all its mistakes, and without a key', async () => {
    const refused = await post('/v1/jobs', MISTAKES, { ...YAML, 'idempotency-key': 'mistakes' })
    expect(refused).toMatchObject({ status: 422, ...ofType('spec-refused') })
    expect((refused.body['errors'] as unknown[]).length).toBeGreaterThan(5)
    expect(await post('/v1/jobs', SPARK_PI)).toMatchObject({ status: 400, ...ofType('bad-request') })
  })
})

describe.concurrent('a dry run', () => {
  it('tells what would be created, where and why, and creates nothing', async () => {
    const answer = await post('/v1/jobs?dryRun=render', SPARK_PI.replace('spark-pi', 'only-planned'))
    expect(answer).toMatchObject({
      status: 200,
      body: { dryRun: 'render', jobs: [{ name: 'only-planned', placement: { cluster: 'local' }, left: {} }] },
    })
    const [job] = answer.body['jobs'] as { object: { kind: string }; server?: unknown }[]
    expect([job?.object.kind, job?.server]).toEqual(['SparkApplication', undefined])
    expect(await stack.jobs()).not.toContainEqual(expect.objectContaining({ name: 'only-planned' }))
  })
  it('names the object that the key would give, which is the one that is then created', async () => {
    const spec = SPARK_PI.replace('name: spark-pi', 'name: planned')
    const headers = { ...YAML, 'idempotency-key': 'planned' }
    const plan = await post('/v1/jobs?dryRun=render', spec, headers)
    const [planned] = plan.body['jobs'] as { object: { metadata: { name: string } }; specHash: string }[]
    const id = await submit('planned', spec)
    const job = await stack.untilState(id, 'SUCCEEDED')
    expect(job.attempts[0]?.objectName).toBe(planned?.object.metadata.name)
    expect(job['specHash']).toBe(planned?.specHash)
    const rendered = await stack.ask('GET', `/v1/jobs/${id}/spec`)
    expect((rendered.body['rendered'] as { object: unknown }).object).toEqual(planned?.object)
  })
  it('asks the cluster itself, where nothing is left behind', async () => {
    const answer = await post('/v1/jobs?dryRun=server', SPARK_PI.replace('spark-pi', 'asked'))
    expect(answer.body['jobs']).toMatchObject([{ server: { outcome: 'accepted', cluster: 'local' } }])
    expect(await stack.jobs()).not.toContainEqual(expect.objectContaining({ name: 'asked' }))
    expect(
      stack.kubernetes.auditLog.filter(({ objectRef }) => objectRef?.name?.startsWith('asked')).length,
    ).toBeLessThanOrEqual(1)
  })
  it('refuses what a submission would refuse', async () => {
    expect(await post('/v1/jobs?dryRun=render', MISTAKES)).toMatchObject({ status: 422, ...ofType('spec-refused') })
    const dependent = SPARK_PI.replace(
      'metadata:\n',
      `metadata:\n  annotations: {sparkgate.dev/depends-on: ${NOBODYS}}\n`,
    )
    const answer = await post('/v1/jobs?dryRun=server', dependent)
    expect([answer.status, JSON.stringify(answer.body['errors'])]).toEqual([
      422,
      expect.stringContaining('job-not-found'),
    ])
  })
})

describe.concurrent('one job', () => {
  it('is waited for: its change is told when it comes, and not before', async () => {
    const id = await submit('wait', LONG)
    const seen: string[] = []
    // By the ETag of the answer before, as docs/api.md says: a change between two calls is not missed.
    let headers: Record<string, string> = {}
    for (let calls = 0; calls < 10 && !seen.includes('RUNNING'); calls++) {
      const answer = await stack.ask('GET', `/v1/jobs/${id}?wait=20`, { headers })
      headers = { 'if-none-match': answer.headers.get('etag') ?? '' }
      if (answer.status === 200) seen.push(String(answer.body['state']))
    }
    expect(seen).toContain('RUNNING')
    const started = performance.now()
    expect((await stack.ask('GET', `/v1/jobs/${id}?wait=1`)).body['state']).toBe('RUNNING')
    expect(performance.now() - started).toBeGreaterThan(900)
    await stack.ask('DELETE', `/v1/jobs/${id}`)
    await stack.untilState(id, 'CANCELLED')
    const over = performance.now()
    expect((await stack.ask('GET', `/v1/jobs/${id}?wait=25`)).body['state']).toBe('CANCELLED')
    expect(performance.now() - over).toBeLessThan(5_000)
  })
  it('is not sent again to who has it: 304 by its ETag', async () => {
    const id = await submit('etag')
    await stack.untilState(id, 'SUCCEEDED')
    const first = await stack.ask('GET', `/v1/jobs/${id}`)
    const etag = first.headers.get('etag') ?? ''
    const headers = { 'if-none-match': etag }
    expect((await stack.ask('GET', `/v1/jobs/${id}`, { headers })).status).toBe(304)
    expect((await stack.ask('GET', `/v1/jobs/${id}`, { headers: { 'if-none-match': 'W/"0", "x"' } })).status).toBe(200)
  })
  it('has attempts, a timeline, its spec and its logs, also when its pods are gone', async () => {
    const id = await submit('whole', LONG)
    await stack.untilState(id, 'RUNNING')
    expect((await stack.ask('GET', `/v1/jobs/${id}/attempts`)).body).toMatchObject({ attempts: [{ number: 1 }] })
    const events = (await stack.ask('GET', `/v1/jobs/${id}/events`)).body['events'] as { event: string }[]
    expect(events.map(({ event }) => event)).toEqual(['submitted', 'submitting', 'created', 'running'])
    expect((await stack.ask('GET', `/v1/jobs/${id}/spec`)).body).toMatchObject({ rendered: { attempt: 1 } })
    expect((await stack.ask('GET', `/v1/jobs/${id}/spec?attempt=7`)).status).toBe(404)
    const whole = await eventually(async () => {
      const answer = await stack.ask('GET', `/v1/jobs/${id}/logs`)
      expect((answer.body['lines'] as unknown[]).length).toBeGreaterThan(2)
      return answer.body
    })
    const tail = await stack.ask('GET', `/v1/jobs/${id}/logs?tail=1`)
    expect(tail.body['lines']).toHaveLength(1)
    const after = await stack.ask('GET', `/v1/jobs/${id}/logs?since=${encodeURIComponent(String(whole['next']))}`)
    const known = JSON.stringify((whole['lines'] as unknown[]).at(-1))
    expect((after.body['lines'] as unknown[]).map(line => JSON.stringify(line))).not.toContain(known)
    expect(await stack.ask('GET', `/v1/jobs/${id}/logs?role=executor-99`)).toMatchObject({
      status: 404,
      ...ofType('log-not-there'),
    })
    expect(await stack.ask('GET', `/v1/jobs/${id}/logs?attempt=2`)).toMatchObject({
      status: 404,
      ...ofType('log-not-there'),
    })
    await stack.ask('POST', `/v1/jobs/${id}/cancel`)
    await stack.untilState(id, 'CANCELLED')
    const kept = await stack.ask('GET', `/v1/jobs/${id}/logs`)
    expect(kept).toMatchObject({ status: 200, body: { source: 'archive', ended: true } })
    expect(kept.body['lines']).toEqual(expect.arrayContaining(whole['lines'] as unknown[]))
    const executors = await stack.ask('GET', `/v1/jobs/${id}/logs?role=executor-1`)
    expect([executors.status, executors.body['detail']]).toEqual([404, expect.stringMatching(/removed at/)])
  })
  it('is followed by its cursor to its end, each line once', async () => {
    const id = await submit('follow')
    const lines: string[] = []
    let since = ''
    await eventually(async () => {
      const answer = await stack.ask('GET', `/v1/jobs/${id}/logs${since}`)
      expect(answer.status).toBe(200)
      for (const line of answer.body['lines'] as { text: string }[]) lines.push(line.text)
      const { next } = answer.body as { next?: string }
      if (next !== undefined) since = `?since=${encodeURIComponent(next)}`
      expect(answer.body['ended']).toBe(true)
    })
    const whole = await stack.ask('GET', `/v1/jobs/${id}/logs`)
    expect(lines).toEqual((whole.body['lines'] as { text: string }[]).map(({ text }) => text))
  })
  it('is cancelled, by either way, once and again; what is over is a conflict', async () => {
    const id = await submit('cancel', LONG)
    expect((await stack.ask('POST', `/v1/jobs/${id}/cancel`)).status).toBe(202)
    expect((await stack.ask('DELETE', `/v1/jobs/${id}`)).status).toBe(202)
    await stack.untilState(id, 'CANCELLED')
    expect(await stack.ask('POST', `/v1/jobs/${id}/retry`)).toMatchObject({ status: 409, ...ofType('state-conflict') })
    const done = await submit('cancel-late')
    await stack.untilState(done, 'SUCCEEDED')
    expect(await stack.ask('DELETE', `/v1/jobs/${done}`)).toMatchObject({ status: 409, ...ofType('state-conflict') })
    expect(await stack.ask('POST', `/v1/jobs/${done}/retry`)).toMatchObject({ status: 202, body: { attempt: 2 } })
    await stack.untilJob(done, job => job.state === 'SUCCEEDED' && job.attempt === 2)
  })
  it.each(['', '/attempts', '/events', '/spec', '/logs', '/cancel', '/retry', 'delete'])(
    'that is not there is a 404 (%s)',
    async suffix => {
      const method = ['/cancel', '/retry'].includes(suffix) ? 'POST' : suffix === 'delete' ? 'DELETE' : 'GET'
      const answer = await stack.ask(method, `/v1/jobs/${NOBODYS}${suffix === 'delete' ? '' : suffix}`)
      expect(answer).toMatchObject({ status: 404, ...ofType('not-found') })
    },
  )
})

describe('lists', () => {
  it('are filtered by state, name, label, cluster, trigger and time', async () => {
    const labelled = SPARK_PI.replace('metadata:\n', 'metadata:\n  labels: {pipeline: sales}\n').replace(
      'name: spark-pi',
      'name: labelled',
    )
    const id = await submit('labelled', labelled, 'lab')
    const other = await submit('unlabelled', SPARK_PI, 'lab')
    await stack.untilState(id, 'SUCCEEDED', 'lab')
    await stack.untilState(other, 'SUCCEEDED', 'lab')
    const ids = async (query: string): Promise<string[]> => {
      const answer = await stack.ask('GET', `/v1/jobs?${query}`, { as: 'lab' })
      return (answer.body['jobs'] as { id: string }[]).map(job => job.id)
    }
    const { createdAt } = (await stack.ask('GET', `/v1/jobs/${other}`, { as: 'lab' })).body
    await eventually(async () => expect(await ids('state=SUCCEEDED')).toEqual([other, id]))
    expect(await ids('label=pipeline%3Dsales')).toEqual([id])
    expect(await ids('label=pipeline%3Dother')).toEqual([])
    expect(await ids('name=labelled')).toEqual([id])
    expect(await ids('cluster=local&trigger=api')).toEqual([other, id])
    expect(await ids('cluster=elsewhere')).toEqual([])
    expect(await ids('trigger=schedule')).toEqual([])
    expect(await ids(`since=${String(createdAt)}`)).toEqual([other])
    expect(await ids(`until=${String(createdAt)}`)).toEqual([id])
    expect(await ids('state=RUNNING')).toEqual([])
  })
  it('go on page by page, by a token that fits this list of this team only', async () => {
    for (const key of ['a', 'b', 'c']) await submit(`page-${key}`, SPARK_PI, 'risk')
    const first = await eventually(async () => {
      const answer = await stack.ask('GET', '/v1/jobs?limit=2', { as: 'risk' })
      expect(answer.body['nextToken']).toBeTypeOf('string')
      return answer.body
    })
    const token = String(first['nextToken'])
    const next = (query: string, as = 'risk') => stack.ask('GET', `/v1/jobs?${query}&nextToken=${token}`, { as })
    const second = await next('limit=2')
    const both = [first, second.body].flatMap(page => (page['jobs'] as { id: string }[]).map(job => job.id))
    expect(new Set(both).size).toBe(both.length)
    expect((await next('limit=100')).status).toBe(200)
    expect((await next('limit=2', 'payments')).status).toBe(400)
    expect((await next('limit=2&state=SUCCEEDED')).status).toBe(400)
    const changed = `${token.slice(0, 30)}${token[30] === 'A' ? 'B' : 'A'}${token.slice(31)}`
    expect((await stack.ask('GET', `/v1/jobs?nextToken=${changed}`, { as: 'risk' })).status).toBe(400)
  })
  it('answer a batch of ids, and which of them are nobody’s or not ours', async () => {
    const [mine, theirs] = [await submit('batch'), await submit('batch', SPARK_PI, 'risk')]
    const answer = await stack.ask('GET', `/v1/jobs?ids=${mine},${theirs},${NOBODYS}`)
    expect((answer.body['jobs'] as { id: string }[]).map(job => job.id)).toEqual([mine])
    expect(answer.body['missing']).toEqual([theirs, NOBODYS])
  })
})

describe('specs', () => {
  it('are checked without being submitted', async () => {
    expect((await post('/v1/validate', SPARK_PI)).body).toMatchObject({
      accepted: true,
      documents: [{ verdict: 'accepted' }],
    })
    const bad = await post('/v1/validate', `${SPARK_PI}\n---\n${MISTAKES}`)
    expect(bad).toMatchObject({
      status: 200,
      body: { accepted: false, documents: [{ verdict: 'accepted' }, { verdict: 'refused' }] },
    })
  })
  it('are converted into either form', async () => {
    const short = await post('/v1/convert?to=short', LONG, JSON_TYPE)
    expect(short.body['documents']).toMatchObject([{ format: 'SparkApplication', document: { name: 'backfill' } }])
    const native = await post('/v1/convert', readEvent('specs/pi.spark-submit'), {
      'content-type': 'text/x-spark-submit',
    })
    expect(native.body['documents']).toMatchObject([{ format: 'SparkSubmit', document: { kind: 'SparkApplication' } }])
    expect((await post('/v1/convert', MISTAKES)).body['documents']).toMatchObject([{ findings: expect.any(Array) }])
  })
})

describe('the platform', () => {
  it('shows a team its clusters, and an admin what is used of them', async () => {
    const [own] = (await stack.ask('GET', '/v1/clusters')).body['clusters'] as Record<string, unknown>[]
    expect(own).toMatchObject({ name: 'local', admits: true })
    expect(own).not.toHaveProperty('usage')
    const [seen] = (await stack.ask('GET', '/v1/clusters', { as: 'platform-admin' })).body['clusters'] as object[]
    expect(seen).toHaveProperty('usage')
  })
  it('stops and resumes a cluster and a team for admins, with a reason that those who wait read', async () => {
    const as = 'platform-admin'
    const reason = { as, body: '{"reason":"node upgrade"}', headers: JSON_TYPE }
    expect(await stack.ask('POST', '/v1/clusters/local/drain', reason)).toMatchObject({
      body: { admits: false, drain: { reason: 'node upgrade' } },
    })
    const id = await submit('while-drained')
    await eventually(async () => {
      const { body } = await stack.ask('GET', `/v1/jobs/${id}`)
      expect([body['state'], body['position'], body['waitingFor']]).toEqual([
        'QUEUED',
        1,
        expect.stringContaining('node upgrade'),
      ])
    })
    expect((await post('/v1/jobs?dryRun=render', SPARK_PI)).body['jobs']).toMatchObject([
      { placement: { waitingFor: expect.stringContaining('node upgrade') } },
    ])
    expect((await stack.ask('POST', '/v1/clusters/local/resume', { as })).body).toMatchObject({ admits: true })
    await stack.untilState(id, 'SUCCEEDED')
    expect((await stack.ask('POST', '/v1/teams/risk/pause', { as })).body).toMatchObject({
      paused: { by: 'platform-admin-person' },
    })
    expect((await stack.ask('GET', '/v1/teams/risk/usage', { as: 'risk' })).body).toHaveProperty('paused')
    expect((await stack.ask('POST', '/v1/teams/risk/resume', { as })).body).not.toHaveProperty('paused')
  })
  it('knows no other cluster or team', async () => {
    const as = 'platform-admin'
    for (const path of [
      '/v1/clusters/none/drain',
      '/v1/clusters/__proto__/resume',
      '/v1/teams/none/pause',
      '/v1/teams/constructor/resume',
    ])
      expect((await stack.ask('POST', path, { as })).status).toBe(404)
    expect((await stack.ask('GET', '/v1/teams/none/usage', { as })).status).toBe(404)
  })
  it('tells who somebody is, also one without a team', async () => {
    expect((await stack.ask('GET', '/v1/whoami')).body).toEqual({
      name: 'payments-person',
      by: 'jwt',
      team: 'payments',
      roles: ['viewer', 'submitter', 'operator'],
      admin: false,
    })
    expect((await stack.ask('GET', '/v1/whoami', { as: 'stranger' })).body).toMatchObject({
      team: null,
      roles: [],
      admin: false,
    })
    expect((await stack.ask('GET', '/v1/whoami', { as: 'platform-admin' })).body).toMatchObject({
      team: null,
      admin: true,
    })
  })
  it('answers that it is there, and what it offers', async () => {
    expect((await stack.ask('GET', '/v1/healthz')).body).toEqual({ status: 'ok' })
    expect((await stack.ask('GET', '/v1/openapi.json')).body).toMatchObject({ openapi: '3.1.0' })
  })
})

describe('methods', () => {
  it.each([
    ['PUT', '/v1/jobs', 'POST, GET, HEAD, OPTIONS'],
    ['PATCH', `/v1/jobs/${NOBODYS}`, 'GET, DELETE, HEAD, OPTIONS'],
    ['GET', `/v1/jobs/${NOBODYS}/cancel`, 'POST, OPTIONS'],
    ['DELETE', '/v1/whoami', 'GET, HEAD, OPTIONS'],
  ])('%s %s is a 405 that says what is allowed', async (method, path, allow) => {
    const answer = await stack.ask(method, path)
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow])
  })
  it('HEAD answers as GET without its body, OPTIONS tells the methods and allows no origin', async () => {
    const head = await stack.ask('HEAD', '/v1/jobs')
    expect([head.status, head.text, head.headers.get('content-type')]).toEqual([200, '', 'application/json'])
    expect((await stack.ask('HEAD', `/v1/jobs/${NOBODYS}`)).status).toBe(404)
    const options = await stack.ask('OPTIONS', '/v1/jobs', {
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    })
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'POST, GET, HEAD, OPTIONS'])
    expect([...options.headers.keys()].filter(name => name.startsWith('access-control'))).toEqual([])
  })
  it('an unknown path under /v1 is a problem, and one elsewhere nothing of ours', async () => {
    expect(await stack.ask('GET', '/v1/nothing/here')).toMatchObject({ status: 404, ...ofType('not-found') })
    expect((await stack.call('GET', '/v2/jobs')).status).toBe(404)
  })
})

describe('roles', () => {
  it.each([
    ['payments-viewer', 403, 403, 403],
    ['payments-submitter', 202, 403, 403],
    ['payments-operator', 403, 202, 403],
    ['payments', 202, 202, 403],
    ['platform-admin', 403, 403, 404],
    ['stranger', 403, 403, 403],
  ])('%s: submit %i, cancel %i, drain %i', async (as, submitting, cancelling, draining) => {
    const target = await submit(`role-${as}`, LONG)
    const sent = await post('/v1/jobs', SPARK_PI, { ...YAML, 'idempotency-key': `by-${as}` }, as)
    const cancelled = await stack.ask('POST', `/v1/jobs/${target}/cancel`, { as })
    const drained = await stack.ask('POST', '/v1/clusters/none/drain', { as })
    expect([sent.status, cancelled.status, drained.status]).toEqual([submitting, cancelling, draining])
    await stack.ask('POST', `/v1/jobs/${target}/cancel`)
  })
  it('a viewer sees all of its team', async () => {
    const id = await submit('viewed')
    for (const path of [
      '/v1/jobs',
      `/v1/jobs/${id}`,
      `/v1/jobs/${id}/spec`,
      '/v1/clusters',
      '/v1/teams/payments/usage',
    ])
      expect((await stack.ask('GET', path, { as: 'payments-viewer' })).status).toBe(200)
    expect((await stack.ask('GET', '/v1/teams/risk/usage', { as: 'payments-viewer' })).status).toBe(404)
  })
})

describe('the rate limit', () => {
  it('of a team is told, and what is above it is a 429 that says when to come again', async () => {
    const answers = []
    // Three of this minute, and three of the next if it begins meanwhile.
    for (let count = 0; count < 8; count++) answers.push(await stack.ask('GET', '/v1/whoami', { as: 'tiny' }))
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThanOrEqual(2)
    expect(refused[0]).toMatchObject(ofType('too-many-requests'))
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(refused[0]?.headers.get('ratelimit')).toMatch(/^"team";r=0;t=\d+$/)
    expect(answers[0]?.headers.get('ratelimit-policy')).toBe('"team";q=3;w=60')
    expect((await stack.ask('GET', '/v1/whoami')).headers.get('ratelimit')).toBeNull()
  })
})
