/**
 * The API of the embedded cluster, held against recorded answers of a real API server (1.34) with the operator's webhooks.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EmbeddedKubernetes } from '../../local/kubernetes/embedded-kubernetes.ts'
import {
  admin,
  application,
  APPS,
  callWithToken,
  eventually,
  observe,
  startTestCluster,
  TEAM_A,
  TestClient,
} from '../support/embedded-kubernetes-client.ts'
import type { TestObject } from '../support/embedded-kubernetes-client.ts'

let cluster: EmbeddedKubernetes
let client: TestClient
const STRICT = `${TEAM_A}?fieldValidation=Strict`
const DRY = `${STRICT}&dryRun=All`
const suspended = (name: string, spec: Record<string, unknown> = {}): Record<string, unknown> =>
  application(name, { suspend: true, ...spec })

beforeAll(async () => {
  cluster = await startTestCluster()
  client = new TestClient(cluster)
})
afterAll(() => cluster.close())

describe('who may do what', () => {
  it('answers 401 without a good token, and leaves an audit entry without a user', async () => {
    const before = cluster.auditLog.length
    const answer = await callWithToken(cluster, 'GET', TEAM_A, undefined)
    expect(answer.code).toBe(401)
    expect(answer.body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Unauthorized',
      reason: 'Unauthorized',
      code: 401,
    })
    expect(cluster.auditLog[before]).toMatchObject({ user: {}, verb: 'list', responseStatus: { code: 401 } })
  })

  it.each([
    [
      'GET',
      `${APPS}/namespaces/no-such-team/sparkapplications`,
      'cannot list resource "sparkapplications" in API group "sparkoperator.k8s.io" in the namespace "no-such-team"',
    ],
    [
      'GET',
      `${APPS}/sparkapplications`,
      'cannot list resource "sparkapplications" in API group "sparkoperator.k8s.io" at the cluster scope',
    ],
    [
      'GET',
      `${APPS}/sparkapplications?watch=1`,
      'cannot watch resource "sparkapplications" in API group "sparkoperator.k8s.io" at the cluster scope',
    ],
    [
      'DELETE',
      TEAM_A,
      'cannot deletecollection resource "sparkapplications" in API group "sparkoperator.k8s.io" in the namespace "team-a"',
    ],
    [
      'PATCH',
      `${TEAM_A}/h-1`,
      'cannot patch resource "sparkapplications" in API group "sparkoperator.k8s.io" in the namespace "team-a"',
    ],
    [
      'GET',
      '/api/v1/namespaces/team-a/secrets',
      'cannot list resource "secrets" in API group "" in the namespace "team-a"',
    ],
    [
      'GET',
      '/api/v1/namespaces/team-a/events?watch=1',
      'cannot watch resource "events" in API group "" in the namespace "team-a"',
    ],
    [
      'DELETE',
      '/api/v1/namespaces/team-a/pods/x',
      'cannot delete resource "pods" in API group "" in the namespace "team-a"',
    ],
  ])('%s %s is 403 for the reconcile role', async (method, path, text) => {
    const { code, body } = await client.call(method, path, method === 'PATCH' ? {} : undefined)
    expect(code).toBe(403)
    expect(body.reason).toBe('Forbidden')
    expect(body.message).toContain(`User "arn:aws:sts::111122223333:assumed-role/sparkgate-reconcile/embedded" ${text}`)
  })

  it('lets the observe role list the whole cluster and do nothing else', async () => {
    const observer = new TestClient(cluster, observe)
    expect((await observer.get(`${APPS}/sparkapplications`)).code).toBe(200)
    expect((await observer.create(application('x'))).code).toBe(403)
    expect((await observer.get('/api/v1/namespaces/team-a/pods')).code).toBe(403)
  })

  it('answers 404 in plain text for a version that does not exist', async () => {
    const answer = await client.get('/apis/sparkoperator.k8s.io/v9/namespaces/team-a/sparkapplications')
    expect([answer.code, answer.text]).toEqual([404, '404 page not found\n'])
  })
})

describe('create', () => {
  it('stores what the mutating webhook made of it, once: the second is 409', async () => {
    const first = await client.create(suspended('h-1'))
    expect(first.code).toBe(201)
    expect(first.body).toMatchObject({
      metadata: { name: 'h-1', namespace: 'team-a', generation: 1 },
      spec: { deps: {}, suspend: true },
    })
    const second = await client.create(suspended('h-1'))
    expect([second.code, second.body.reason, second.body.message]).toEqual([
      409,
      'AlreadyExists',
      'sparkapplications.sparkoperator.k8s.io "h-1" already exists',
    ])
    expect((await client.create(suspended('h-1'), DRY)).code).toBe(409)
  })

  it('stores nothing in a dry run', async () => {
    const answer = await client.create(suspended('h-dry'), DRY)
    expect([answer.code, answer.body.metadata?.resourceVersion]).toEqual([201, undefined])
    expect((await client.get(`${TEAM_A}/h-dry`)).code).toBe(404)
  })

  it('refuses unknown fields when asked to be strict, all at once, and drops them with a warning otherwise', async () => {
    const body = { ...suspended('h-x', { noSuchField: 1, driver: { cores: 1, envs: [] } }), extra: true }
    const strict = await client.create(body, DRY)
    expect(strict.code).toBe(400)
    expect(strict.body.message).toBe(
      'SparkApplication in version "v1beta2" cannot be handled as a SparkApplication: strict decoding error: ' +
        'unknown field "extra", unknown field "spec.driver.envs", unknown field "spec.noSuchField"',
    )
    const lenient = await client.create(body, `${TEAM_A}?dryRun=All`)
    expect(lenient.code).toBe(201)
    expect(lenient.headers.warning).toContain('299 - "unknown field \\"spec.noSuchField\\""')
    expect(lenient.body.spec).not.toHaveProperty('noSuchField')
  })

  it('invents required fields, as the real webhook does, all but mainApplicationFile', async () => {
    const without = (field: string): Promise<{ code: number; body: TestObject }> =>
      client.create(suspended('h-x', { [field]: undefined }), DRY)
    expect((await without('sparkVersion')).body.spec).toMatchObject({ sparkVersion: '' })
    expect((await without('driver')).body.spec).toMatchObject({ driver: { cores: 1, memory: '1g' } })
    expect((await without('type')).body.spec).toMatchObject({ type: 'Scala' })
    expect((await without('restartPolicy')).body.spec).toMatchObject({ restartPolicy: { type: 'Never' } })
    const { code, body } = await without('mainApplicationFile')
    expect([code, body.message]).toEqual([
      422,
      'SparkApplication.sparkoperator.k8s.io "h-x" is invalid: spec.mainApplicationFile: Invalid value: "null": spec.mainApplicationFile in body must be of type string: "null"',
    ])
  })

  it.each<[string, Record<string, unknown>, number, string]>([
    [
      'a wrong JSON type',
      { driver: { cores: 'one' } },
      400,
      'denied the request: json: cannot unmarshal string into Go struct field DriverSpec.spec.driver.cores of type int32',
    ],
    [
      'a refused sparkConf key',
      { sparkConf: { 'spark.master': 'local' } },
      403,
      'denied the request: sparkConf key "spark.master" is not allowed: this value is managed by the operator',
    ],
    [
      'an enum',
      { mode: 'sideways' },
      422,
      'spec.mode: Unsupported value: "sideways": supported values: "cluster", "client"',
    ],
    [
      'a range',
      { executor: { instances: 0 } },
      422,
      'spec.executor.instances: Invalid value: 0: spec.executor.instances in body should be greater than or equal to 1',
    ],
  ])('refuses %s', async (_name, spec, code, text) => {
    const answer = await client.create(suspended('h-x', spec), STRICT)
    expect(answer.code).toBe(code)
    expect(answer.body.message).toContain(text)
  })

  it('gives every schema error its cause', async () => {
    const { code, body } = await client.create(
      suspended('h-x', { type: 'Cobol', driver: { cores: 0 }, executor: { instances: 0 } }),
      STRICT,
    )
    expect(code).toBe(422)
    const { causes } = body.details as { causes: { field: string; reason: string }[] }
    expect(causes.map(cause => `${cause.field} ${cause.reason}`).toSorted()).toEqual([
      'spec.driver.cores FieldValueInvalid',
      'spec.executor.instances FieldValueInvalid',
      'spec.type FieldValueNotSupported',
    ])
  })

  it.each([
    ['H_X', 422, 'a lowercase RFC 1123 subdomain must consist of'],
    ['1-h', 403, 'invalid SparkApplication name "1-h": a DNS-1035 label must consist of'],
    ['with.dot', 403, 'invalid SparkApplication name "with.dot"'],
    ['a'.repeat(64), 403, 'invalid SparkApplication name'],
  ])('refuses the name %s', async (name, code, text) => {
    const answer = await client.create({ ...suspended('x'), metadata: { name } })
    expect(answer.code).toBe(code)
    expect(answer.body.message).toContain(text)
  })

  it('refuses bad labels, another namespace, and what is no object', async () => {
    const label = await client.create({
      ...suspended('h-x'),
      metadata: { name: 'h-x', labels: { 'a/b': 'not a label!' } },
    })
    expect([label.code, (label.body.details as { causes: { field: string }[] }).causes[0]?.field]).toEqual([
      422,
      'metadata.labels',
    ])
    const namespace = await client.create({ ...suspended('h-x'), metadata: { name: 'h-x', namespace: 'team-b' } })
    expect([namespace.code, namespace.body.message]).toEqual([
      400,
      'the namespace of the provided object does not match the namespace sent on the request',
    ])
    const text = await client.create('"this is no object"')
    expect([text.code, text.body.reason]).toEqual([400, 'BadRequest'])
  })

  it('accepts a service account, a volume and a template, which the operator does not look at', async () => {
    const template = { spec: { anything: [{ goes: true }] } }
    const answer = await client.create(suspended('h-x', { driver: { template, labels: { a: 'b' } } }), DRY)
    expect(answer.code).toBe(201)
    expect(answer.body.spec).toMatchObject({ driver: { template } })
  })

  it('is 500 while the webhook is away', async () => {
    cluster.control.setWebhook('down')
    const { code, body } = await client.create(suspended('h-x'))
    cluster.control.setWebhook('up')
    expect([code, body.reason]).toEqual([500, 'InternalError'])
    expect(body.message).toContain(
      'failed calling webhook "mutate-sparkoperator-k8s-io-v1beta2-sparkapplication.sparkoperator.k8s.io"',
    )
  })
})

describe('delete', () => {
  const made = async (name: string): Promise<string> =>
    String((await client.create(suspended(name))).body.metadata?.uid)

  it('needs the right uid, and is 404 the second time', async () => {
    const uid = await made('d-1')
    const wrong = '00000000-0000-0000-0000-000000000000'
    const conflict = await client.delete(`${TEAM_A}/d-1`, { preconditions: { uid: wrong } })
    expect(conflict.code).toBe(409)
    expect(conflict.body.message).toContain(
      `the UID in the precondition (${wrong}) does not match the UID in record (${uid})`,
    )
    const gone = await client.delete(`${TEAM_A}/d-1`, { preconditions: { uid } })
    expect([gone.code, gone.body.status, (gone.body.details as { uid: string }).uid]).toEqual([200, 'Success', uid])
    expect((await client.delete(`${TEAM_A}/d-1`, { preconditions: { uid } })).code).toBe(404)
  })

  it('ignores ?dryRun beside a body, which is what the real server does', async () => {
    await made('d-2')
    await client.delete(`${TEAM_A}/d-2?dryRun=All`)
    expect((await client.get(`${TEAM_A}/d-2`)).code).toBe(200)
    await client.delete(`${TEAM_A}/d-2`, { dryRun: ['All'] })
    expect((await client.get(`${TEAM_A}/d-2`)).code).toBe(200)
    await client.delete(`${TEAM_A}/d-2?dryRun=All`, { kind: 'DeleteOptions' })
    expect((await client.get(`${TEAM_A}/d-2`)).code).toBe(404)
  })

  it('in the foreground leaves the object until its pods are gone', async () => {
    await made('d-3')
    const answer = await client.delete(`${TEAM_A}/d-3`, { propagationPolicy: 'Foreground' })
    expect(answer.body.metadata).toMatchObject({
      finalizers: ['foregroundDeletion'],
      deletionGracePeriodSeconds: 0,
      generation: 2,
    })
    await eventually(async () => (await client.get(`${TEAM_A}/d-3`)).code === 404 || undefined)
  })
})

describe('patch', () => {
  it('changes labels and annotations, and refuses a spec', async () => {
    const operator = new TestClient(cluster, admin)
    await client.create(suspended('p-1'))
    const patched = await operator.call('PATCH', `${TEAM_A}/p-1`, {
      metadata: { annotations: { 'example.org/a': 'b' }, labels: { 'example.org/job': null } },
    })
    expect(patched.body.metadata).toMatchObject({ annotations: { 'example.org/a': 'b' }, labels: {}, generation: 1 })
    expect((await operator.call('PATCH', `${TEAM_A}/p-1`, { spec: { suspend: false } })).code).toBe(405)
  })
})

describe('injected failures', () => {
  it('hit the requests they are for, as often as they are for', async () => {
    cluster.control.failNext({
      verb: 'create',
      resource: 'sparkapplications',
      name: 'f-1',
      times: 2,
      how: { kind: 'status', code: 429, retryAfterSeconds: 7 },
    })
    expect((await client.create(suspended('f-0'))).code).toBe(201)
    const first = await client.create(suspended('f-1'))
    expect([first.code, first.headers['retry-after'], first.body.reason]).toEqual([429, '7', 'TooManyRequests'])
    expect((await client.create(suspended('f-1'))).code).toBe(429)
    expect((await client.create(suspended('f-1'))).code).toBe(201)
  })

  it('can lose an answer after the work was done: the audit log knows of the create', async () => {
    cluster.control.failNext({ verb: 'create', name: 'f-2', how: { kind: 'cut-after' } })
    await expect(client.create(suspended('f-2'))).rejects.toThrow(/socket hang up|ECONNRESET/)
    expect((await client.get(`${TEAM_A}/f-2`)).code).toBe(200)
    const creates = cluster.auditLog.filter(entry => entry.verb === 'create' && entry.objectRef?.name === 'f-2')
    expect(creates.map(entry => [entry.responseStatus.code, entry.annotations])).toEqual([
      [201, { 'sparkgate.dev/injected': 'cut-after' }],
    ])
  })

  it('can cut before the work was done', async () => {
    cluster.control.failNext({ verb: 'create', name: 'f-3', how: { kind: 'cut' } })
    await expect(client.create(suspended('f-3'))).rejects.toThrow(/socket hang up|ECONNRESET/)
    expect((await client.get(`${TEAM_A}/f-3`)).code).toBe(404)
  })
})

describe('the audit log', () => {
  it('has exactly one entry a request, with role, object and answer', async () => {
    const before = cluster.auditLog.length
    const { body } = await client.create(suspended('a-1'))
    await client.get(`${TEAM_A}/a-1`)
    await client.get('/api/v1/namespaces/team-a/pods/none/log')
    const [create, get, log] = cluster.auditLog.slice(before)
    expect(cluster.auditLog.length - before).toBe(3)
    expect(create).toMatchObject({
      verb: 'create',
      user: {
        username: 'arn:aws:sts::111122223333:assumed-role/sparkgate-reconcile/embedded',
        extra: { canonicalArn: ['arn:aws:iam::111122223333:role/sparkgate-reconcile'] },
      },
      objectRef: {
        resource: 'sparkapplications',
        namespace: 'team-a',
        name: 'a-1',
        uid: body.metadata?.uid,
        apiGroup: 'sparkoperator.k8s.io',
      },
      responseStatus: { code: 201 },
    })
    expect(get).toMatchObject({ verb: 'get', responseStatus: { code: 200 } })
    expect(log).toMatchObject({
      verb: 'get',
      objectRef: { resource: 'pods', subresource: 'log' },
      responseStatus: { code: 404, reason: 'NotFound' },
    })
  })
})
