/** What the adapter of SparkCluster makes of a cluster in trouble: whatever is asked, unknown stays unknown and denied is for a person. */
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { EmbeddedKubernetes } from '../../local/kubernetes/embedded-kubernetes.ts'
import type { FaultEffect } from '../../local/kubernetes/request-faults.ts'
import type { SparkCluster } from '../../shared/operations/ports.ts'
import { clientOf, endpointOf } from '../support/embedded-cluster-client.ts'
import type { ClusterClient } from '../support/embedded-cluster-client.ts'
import { admin, observe, startTestCluster } from '../support/embedded-kubernetes-client.ts'
import { signEksToken } from '../support/embedded-kubernetes-tokens.ts'
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

/** What is asked in the tables below, each in its own way. */
const QUESTIONS = {
  create: (cluster: SparkCluster, name: string) => cluster.create(PLACE.namespace, rendered(PLACE, name)),
  get: (cluster: SparkCluster, name: string) => cluster.get(PLACE.namespace, name),
  delete: (cluster: SparkCluster, name: string) => cluster.delete(PLACE.namespace, name, 'uid'),
  list: (cluster: SparkCluster) => cluster.list({ limit: 10 }),
  listPods: (cluster: SparkCluster, name: string) => cluster.listPods(PLACE.namespace, name),
  watch: (cluster: SparkCluster) => cluster.watch('1', 1, () => {}),
} as const
type Method = keyof typeof QUESTIONS
const METHODS = Object.keys(QUESTIONS) as Method[]
const VERBS: Readonly<Record<Method, string>> = {
  create: 'create',
  get: 'get',
  delete: 'delete',
  list: 'list',
  listPods: 'list',
  watch: 'watch',
}
const failNext = (method: Method, how: FaultEffect): void =>
  kubernetes.control.failNext({
    verb: VERBS[method],
    resource: method === 'listPods' ? 'pods' : 'sparkapplications',
    how,
  })

describe('SparkCluster on Kubernetes, whatever is asked', () => {
  beforeEach(() => kubernetes.control.clearFaults())
  const unclear: readonly (readonly [string, FaultEffect, object])[] = [
    ['429', { kind: 'status', code: 429, retryAfterSeconds: 7 }, { outcome: 'unavailable', retryAfterSeconds: 7 }],
    ['500', { kind: 'status', code: 500 }, { outcome: 'unavailable' }],
    ['503 with Retry-After', { kind: 'status', code: 503, retryAfterSeconds: 3 }, { retryAfterSeconds: 3 }],
    ['504', { kind: 'status', code: 504 }, { outcome: 'unavailable' }],
    ['a cut connection', { kind: 'cut' }, { outcome: 'unavailable' }],
  ]
  it.each(METHODS.flatMap(method => unclear.map(row => [method, ...row] as const)))(
    '%s: %s is unavailable, never an answer',
    async (method, _what, how, expected) => {
      failNext(method, how)
      expect(await QUESTIONS[method](client.cluster, 'x')).toMatchObject({ outcome: 'unavailable', ...expected })
    },
  )
  it.each(METHODS)('%s: no right to it is denied, with the reason', async method => {
    failNext(method, { kind: 'status', code: 403, message: 'sparkapplications is forbidden: User "x" cannot do it' })
    const answer = await QUESTIONS[method](client.cluster, 'x')
    expect(answer).toMatchObject({ outcome: 'denied', message: expect.stringContaining('cannot do it') })
  })
  it.each(METHODS.filter(method => method !== 'watch'))('%s: no answer in time is unavailable', async method => {
    const impatient = clientOf(kubernetes, admin, { timeoutSeconds: 0.2 })
    failNext(method, { kind: 'hang' })
    expect(await QUESTIONS[method](impatient.cluster, 'x')).toMatchObject({ outcome: 'unavailable' })
    impatient.close()
  })
  it.each(METHODS)('%s: a 401 is repeated once with a new token', async method => {
    const asked: string[] = []
    const access = {
      bearerToken: async (fresh: string) => (asked.push(fresh), fresh === 'fresh' ? goodToken() : 'stale'),
    }
    const stale = clientOf(kubernetes, admin, { access })
    const answer = await QUESTIONS[method](stale.cluster, `refreshed-${method.toLowerCase()}`)
    expect(['unavailable', 'denied']).not.toContain(answer.outcome)
    expect(asked).toEqual(['cached', 'fresh'])
    stale.close()
  })
  it.each(METHODS)('%s: a second 401 is denied, not tried for ever', async method => {
    const asked: string[] = []
    const unknown = clientOf(kubernetes, admin, {
      access: { bearerToken: async fresh => (asked.push(fresh), 'stale') },
    })
    expect(await QUESTIONS[method](unknown.cluster, 'x')).toMatchObject({ outcome: 'denied' })
    expect(asked).toEqual(['cached', 'fresh'])
    unknown.close()
  })
  it.each(METHODS)('%s: an address where nobody listens is unavailable', async method => {
    const server = `https://127.0.0.1:${await closedPort()}`
    const access = { endpoint: async () => ({ ...endpointOf(kubernetes), server }) }
    const lost = clientOf(kubernetes, admin, { access })
    expect(await QUESTIONS[method](lost.cluster, 'x')).toMatchObject({ outcome: 'unavailable' })
    lost.close()
  })
  it('sends no token to another server behind the address: its certificate is not ours', async () => {
    const other = await startTestCluster()
    const access = { endpoint: async () => ({ ...endpointOf(kubernetes), server: other.url }) }
    const misled = clientOf(kubernetes, admin, { access })
    for (const method of METHODS)
      expect(await QUESTIONS[method](misled.cluster, 'x')).toMatchObject({ outcome: 'unavailable' })
    expect(other.auditLog).toEqual([])
    misled.close()
    await other.close()
  })
  it('is denied what its role may not do', async () => {
    const observer = clientOf(kubernetes, observe)
    expect(await QUESTIONS.create(observer.cluster, 'not-mine')).toMatchObject({ outcome: 'denied' })
    expect(await QUESTIONS.list(observer.cluster)).toMatchObject({ outcome: 'listed' })
    observer.close()
  })
})

async function goodToken(): Promise<string> {
  return signEksToken(admin, { clusterName: kubernetes.clusterName })
}

/** A port that was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}
