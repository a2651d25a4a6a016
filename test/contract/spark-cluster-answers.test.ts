/** What the adapter of SparkCluster makes of each particular answer of the Kubernetes API. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { EmbeddedKubernetes } from '../../local/kubernetes/embedded-kubernetes.ts'
import type { FaultEffect } from '../../local/kubernetes/request-faults.ts'
import type { JsonObject } from '../../shared/domain/job-spec/canonical-spec.ts'
import type { SparkCluster } from '../../shared/operations/ports.ts'
import { clientOf } from '../support/embedded-cluster-client.ts'
import type { ClusterClient } from '../support/embedded-cluster-client.ts'
import { admin, application, reconcile, startTestCluster, TestClient } from '../support/embedded-kubernetes-client.ts'
import { rendered } from './spark-cluster.contract.ts'

const PLACE = { namespace: 'team-a', serviceAccount: 'spark', image: 'localhost/spark:4.0' }
let kubernetes: EmbeddedKubernetes
let client: ClusterClient
beforeAll(async () => {
  kubernetes = await startTestCluster()
  client = clientOf(kubernetes, admin)
})
afterAll(async () => {
  client.close()
  await kubernetes.close()
})

const create = (cluster: SparkCluster, name: string) => cluster.create(PLACE.namespace, rendered(PLACE, name))
const failNext = (verb: string, how: FaultEffect): void =>
  kubernetes.control.failNext({ verb, resource: 'sparkapplications', how })

it('SparkCluster on Kubernetes tells the operator’s events about executors that failed, of one application', async () => {
  const object = rendered(PLACE, 'executors-killed')
  const spec = object['spec'] as JsonObject
  const program = { mainApplicationFile: 'local:///opt/spark/work/executor_oom.py', arguments: ['always'] }
  await client.cluster.create(PLACE.namespace, { ...object, spec: { ...spec, ...program } })
  await vi.waitFor(
    async () => {
      const found = await client.cluster.get(PLACE.namespace, 'executors-killed')
      expect(found).toMatchObject({ application: { operatorState: 'FAILED' } })
    },
    { timeout: 20_000, interval: 50 },
  )
  const listed = await client.cluster.listExecutorFailures(PLACE.namespace, 'executors-killed')
  expect(listed).toMatchObject({ messages: [expect.stringMatching(/Reason: OOMKilled/)] })
  expect(await client.cluster.listExecutorFailures(PLACE.namespace, 'another')).toEqual({
    outcome: 'listed',
    messages: [],
  })
})

describe('SparkCluster on Kubernetes: create', () => {
  beforeEach(() => kubernetes.control.clearFaults())
  const change = (name: string, spec: JsonObject, metadata: JsonObject = {}): JsonObject => {
    const object = rendered(PLACE, name)
    return {
      ...object,
      metadata: { ...(object['metadata'] as JsonObject), ...metadata },
      spec: { ...(object['spec'] as JsonObject), ...spec },
    }
  }
  it.each([
    ['400: an unknown field', () => change('bad-field', { exeuctor: {} }), /unknown field/],
    ['422: a value outside of its list', () => change('bad-type', { type: 'Pyton' }), /Unsupported value|type/],
    ['422: a name that is none', () => change('bad-name', {}, { name: 'Not_A_Name' }), /./],
    [
      '403 by the webhook',
      () => change('bad-conf', { sparkConf: { 'spark.kubernetes.namespace': 'x' } }),
      /denied the request/,
    ],
    ['400 by the webhook', () => change('bad-form', { driver: { cores: 'one' } }), /./],
  ])('is refused for good by %s', async (_, object, message) => {
    expect(await client.cluster.create(PLACE.namespace, object())).toMatchObject({
      outcome: 'refused',
      message: expect.stringMatching(message),
    })
  })
  it('is unavailable while the webhook is down: the object may be fine', async () => {
    kubernetes.control.setWebhook('down')
    const answer = await create(client.cluster, 'webhook-down')
    kubernetes.control.setWebhook('up')
    expect(answer).toMatchObject({ outcome: 'unavailable', message: expect.stringContaining('failed calling webhook') })
    expect(await create(client.cluster, 'webhook-down')).toMatchObject({ outcome: 'created' })
  })
  it('is unavailable for an exceeded quota: it frees up', async () => {
    failNext('create', { kind: 'status', code: 403, message: 'sparkapplications "x" is forbidden: exceeded quota: q' })
    expect(await create(client.cluster, 'quota')).toMatchObject({
      outcome: 'unavailable',
      retryAfterSeconds: 60,
    })
  })
  it.each([['cut-after'], ['hang-after']] as const)('%s: the answer is lost, the object is there', async kind => {
    const impatient = clientOf(kubernetes, admin, { timeoutSeconds: 0.2 })
    failNext('create', { kind })
    expect(await create(impatient.cluster, kind)).toMatchObject({ outcome: 'unavailable' })
    expect(await create(client.cluster, kind)).toEqual({ outcome: 'exists' })
    impatient.close()
  })
  it('in a namespace that is not there is denied: set-up, for a person', async () => {
    const object = rendered({ ...PLACE, namespace: 'nowhere' }, 'x')
    expect(await client.cluster.create('nowhere', object)).toMatchObject({ outcome: 'denied' })
  })
})

describe('SparkCluster on Kubernetes, as the role that has rights in the team namespaces only', () => {
  it.each(['create', 'get', 'listPods', 'delete'] as const)('%s in a namespace of nobody is denied', async method => {
    const role = clientOf(kubernetes, reconcile)
    const answers = {
      create: () => role.cluster.create('nowhere', rendered({ ...PLACE, namespace: 'nowhere' }, 'x')),
      get: () => role.cluster.get('nowhere', 'x'),
      listPods: () => role.cluster.listPods('nowhere', 'x'),
      delete: () => role.cluster.delete('nowhere', 'x', 'uid'),
    }
    expect(await answers[method]()).toMatchObject({ outcome: 'denied' })
    role.close()
  })
})

describe('SparkCluster on Kubernetes: list and watch', () => {
  beforeEach(() => kubernetes.control.clearFaults())
  it('says expired for a page of a list that the server forgot', async () => {
    for (const name of ['page-1', 'page-2', 'page-3']) await create(client.cluster, name)
    const first = await client.cluster.list({ limit: 1 })
    kubernetes.control.expireHistory()
    const continueFrom = first.outcome === 'listed' ? (first.continueFrom ?? '') : ''
    expect(await client.cluster.list({ limit: 1, continueFrom })).toEqual({ outcome: 'expired' })
  })
  it('says expired for a version that the server forgot', async () => {
    kubernetes.control.expireHistory()
    expect(await client.cluster.watch('1', 5, () => {})).toEqual({ outcome: 'expired' })
  })
  it('says expired for HTTP 410, too', async () => {
    failNext('watch', { kind: 'status', code: 410 })
    expect(await client.cluster.watch('1', 1, () => {})).toEqual({ outcome: 'expired' })
  })
  it('moves its place forward by bookmarks although nothing of ours changes', async () => {
    const listed = await client.cluster.list({ limit: 500 })
    const from = listed.outcome === 'listed' ? listed.resourceVersion : ''
    await new TestClient(kubernetes, admin).create(application('not-the-gateways', { suspend: true }))
    const seen: string[] = []
    const ended = await client.cluster.watch(from, 1, view => seen.push(view.name))
    expect(ended.outcome).toBe('ended')
    expect(Number('resourceVersion' in ended ? ended.resourceVersion : 0)).toBeGreaterThan(Number(from))
    expect(seen).not.toContain('not-the-gateways')
  })
  it('keeps its place when the stream is cut in the middle', async () => {
    const cut = await startTestCluster()
    const cutClient = clientOf(cut, admin)
    const listed = await cutClient.cluster.list({ limit: 10 })
    const from = listed.outcome === 'listed' ? listed.resourceVersion : ''
    const { promise: seenOne, resolve } = Promise.withResolvers<void>()
    const watching = cutClient.cluster.watch(from, 30, () => resolve())
    await create(cutClient.cluster, 'cut-in-the-middle')
    await seenOne
    await cut.close()
    const answer = await watching
    expect(Number('resourceVersion' in answer ? answer.resourceVersion : 0)).toBeGreaterThan(Number(from))
    expect(['ended', 'unavailable']).toContain(answer.outcome)
    cutClient.close()
  })
})
