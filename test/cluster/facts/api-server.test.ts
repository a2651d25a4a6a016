/** What the gateway leans on in the API server and the operator's webhooks, tried on real ones (docs/operator-facts.md). */
import { afterAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { applicationsPath, realCluster } from '../support/real-cluster.ts'
import { clientsOf } from '../contract/real-clients.ts'
import { openTrials } from './trial.ts'

const trials = openTrials('api')
const { namespace } = trials
const { reconcile, observe, close } = clientsOf(realCluster())
afterAll(async () => {
  await trials.close()
  close()
})
const SUBMISSION = 'spark.kubernetes.authenticate.submission'
/** The operator leaves it alone. */
const parked = (fact: string) => trials.application(trials.name(fact), { suspend: true })

describe('the API server', () => {
  it('says 409 to a second POST of a name, also in a dry run', async () => {
    const object = parked('twice')
    expect((await trials.post(object)).status).toBe(201)
    for (const query of ['', '&dryRun=All'])
      expect(await trials.post(object, query)).toMatchObject({ status: 409, body: { reason: 'AlreadyExists' } })
  })
  it('deletes nothing where the uid of the precondition is another, and says which is which', async () => {
    const name = trials.name('uid')
    expect(await reconcile.create(namespace, trials.application(name, { suspend: true }))).toMatchObject({
      outcome: 'created',
    })
    const uid = (await trials.get(name))?.uid ?? ''
    const other = '00000000-0000-0000-0000-000000000000'
    const answer = await trials.admin.http.call({
      method: 'DELETE',
      path: `${applicationsPath(namespace)}/${name}`,
      body: { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: other } },
    })
    expect(answer).toMatchObject({ status: 409, body: { reason: 'Conflict' } })
    expect(JSON.stringify(answer.body)).toContain(uid)
    expect((await trials.get(name))?.uid).toBe(uid)
  })
  it('stores nothing in a dry run that it says 201 to', async () => {
    const name = trials.name('dry')
    expect((await trials.post(trials.application(name), '&dryRun=All')).status).toBe(201)
    expect(await trials.get(name)).toBeUndefined()
  })
  it('refuses an unknown field under strict validation, and prunes it without', async () => {
    const name = trials.name('unknown')
    const object = trials.application(name, { suspend: true, exeuctor: {} })
    expect(await trials.post(object)).toMatchObject({ status: 400, body: { reason: 'BadRequest' } })
    const path = applicationsPath(namespace)
    expect((await trials.admin.http.call({ method: 'POST', path, body: object })).status).toBe(201)
    expect((await trials.admin.get(`${path}/${name}`))?.spec).not.toHaveProperty('exeuctor')
  })
  it('says 410 on a watch from a version that it has forgotten: list again', async () => {
    expect(await observe.watch('1', 5, () => {})).toEqual({ outcome: 'expired' })
  })
  it('says 403 for a namespace that the role does not have, and for one that is not there', async () => {
    const object = trials.application(trials.name('elsewhere'))
    for (const elsewhere of ['kube-system', 'no-such-namespace'])
      expect(await reconcile.get(elsewhere, 'x')).toMatchObject({ outcome: 'denied' })
    const there = { ...object, metadata: { ...(object['metadata'] as object), namespace: 'kube-system' } }
    expect(await reconcile.create('kube-system', there)).toMatchObject({ outcome: 'denied' })
  })
})

describe('the webhook of the operator', () => {
  it.each([
    ['a setting that names the API server', { sparkConf: { 'spark.master': 'local[1]' } }, 403, /not allowed/],
    ['a value of a wrong type', { driver: { cores: 'one' } }, 400, /denied the request/],
  ] as const)('refuses %s in its own words', async (_, spec, status, text) => {
    const answer = await trials.post(trials.application(trials.name('refused'), spec))
    expect(answer.status).toBe(status)
    expect((answer.body as { message: string }).message).toMatch(text)
  })
  it.each<[string, JsonObject]>([
    ['neither a version nor a driver', { sparkVersion: null, driver: null }],
    ['a driver that runs in the operator', { mode: 'client' }],
    ['a main file that is an option of spark-submit', { mainApplicationFile: '--properties-file' }],
    ['a forbidden setting behind an equals sign', { sparkConf: { 'spark.master=k8s://https://evil?': 'x' } }],
    ['a file of the operator as a certificate', { sparkConf: { [`${SUBMISSION}.caCertFile`]: '/etc/passwd' } }],
    ['memory that Spark cannot read', { executor: { memory: '1.5g', instances: 1 } }],
    ['a path of the node', { volumes: [{ name: 'node', hostPath: { path: '/' } }] }],
    ['the name of anybody’s pod for its driver', { driver: { podName: 'kube-proxy' } }],
  ])('takes %s: the gateway alone looks', async (_, spec) => {
    expect((await trials.post(trials.application(trials.name('taken'), spec), '&dryRun=All')).status).toBe(201)
  })
})
