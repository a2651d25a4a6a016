/** How the gateway reaches an EKS cluster: tokens that the cluster takes, renewed in time, and few calls to AWS. */
import { EKSClient } from '@aws-sdk/client-eks'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { startEmbeddedEks } from '../../local/aws/eks/eks-server.ts'
import { authenticate } from '../../local/kubernetes/authentication.ts'
import { eksClusterAccess } from '../../shared/adapters/cluster-access.ts'
import { createEksTokenSource } from '../../shared/adapters/eks-token.ts'
import type { Credentials } from '../../shared/adapters/eks-token.ts'
import { KubernetesHttp } from '../../shared/adapters/kubernetes-http.ts'
import { KubernetesSparkCluster } from '../../shared/adapters/kubernetes-spark-cluster.ts'
import { systemClock } from '../../shared/runtime/wire.ts'
import { admin, CLUSTER_NAME, observe, reconcile, startTestCluster } from '../support/embedded-kubernetes-client.ts'
import { TEST_KEYS, TEST_REGION } from '../support/embedded-table.ts'
import { FakeClock } from '../support/fake-clock.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

const MINUTE = 60
const tokensAt = (clock: FakeClock, credentials: Credentials = reconcile) =>
  createEksTokenSource(async () => credentials, clock)
const verdict = (token: string, at: Date, clusterName = CLUSTER_NAME) =>
  authenticate(`Bearer ${token}`, clusterName, [reconcile, observe], at)

describe('an EKS token', () => {
  it.each([
    ['of a role with a session token', reconcile],
    ['of a key without one', observe],
  ])('%s is taken, for this cluster only', async (_, principal) => {
    const clock = new FakeClock()
    const token = await tokensAt(clock, principal).token(CLUSTER_NAME, TEST_REGION, 'cached')
    expect(verdict(token, new Date(clock.now()))).toMatchObject({ user: { roleArn: principal.roleArn } })
    expect(verdict(token, new Date(clock.now()), 'another-cluster')).toHaveProperty('refused')
  })
  it('is used again for as long as it has a minute left, and every token given is still good for that minute', async () => {
    const clock = new FakeClock()
    const tokens = tokensAt(clock)
    const first = await tokens.token(CLUSTER_NAME, TEST_REGION, 'cached')
    for (let minutes = 0; minutes < 60; minutes++) {
      const token = await tokens.token(CLUSTER_NAME, TEST_REGION, 'cached')
      expect(token === first).toBe(minutes < 14)
      expect(verdict(token, new Date(clock.now() + 59_000))).toHaveProperty('user')
      clock.advanceSeconds(MINUTE)
    }
  })
  it('is a new one when a fresh one is asked for', async () => {
    const clock = new FakeClock()
    const tokens = tokensAt(clock)
    const first = await tokens.token(CLUSTER_NAME, TEST_REGION, 'cached')
    clock.advanceSeconds(1)
    const fresh = await tokens.token(CLUSTER_NAME, TEST_REGION, 'fresh')
    expect(fresh).not.toBe(first)
    expect(await tokens.token(CLUSTER_NAME, TEST_REGION, 'cached')).toBe(fresh)
  })
  it('does not outlive the credentials that signed it', async () => {
    const clock = new FakeClock()
    let asked = 0
    const expiring = async () => {
      asked++
      return { ...reconcile, expiration: new Date(clock.now() + 5 * MINUTE * 1000) }
    }
    const tokens = createEksTokenSource(expiring, clock)
    await tokens.token(CLUSTER_NAME, TEST_REGION, 'cached')
    clock.advanceSeconds(3.9 * MINUTE)
    await tokens.token(CLUSTER_NAME, TEST_REGION, 'cached')
    expect(asked).toBe(1)
    clock.advanceSeconds(0.2 * MINUTE)
    await tokens.token(CLUSTER_NAME, TEST_REGION, 'cached')
    expect(asked).toBe(2)
  })
  it('is kept apart by cluster and region', async () => {
    const tokens = tokensAt(new FakeClock())
    const made = [
      await tokens.token('one', TEST_REGION, 'cached'),
      await tokens.token('two', TEST_REGION, 'cached'),
      await tokens.token('one', 'us-east-1', 'cached'),
    ]
    expect(new Set(made).size).toBe(3)
  })
})

describe('the way to an EKS cluster', () => {
  async function reach() {
    const kubernetes = await startTestCluster()
    const describeAt = (endpoint: string) => ({
      name: CLUSTER_NAME,
      endpoint,
      certificateAuthorityData: kubernetes.certificateAuthorityData,
    })
    const eks = await startEmbeddedEks({ region: TEST_REGION, clusters: [describeAt(kubernetes.url)] })
    const client = new EKSClient({ endpoint: eks.url, region: TEST_REGION, credentials: TEST_KEYS, maxAttempts: 1 })
    const tokens = createEksTokenSource(async () => admin, systemClock)
    const clock = new FakeClock()
    const access = eksClusterAccess({ eks: client, tokens, clock }, { eksName: CLUSTER_NAME, region: TEST_REGION })
    const http = new KubernetesHttp(access, { timeoutSeconds: 2 })
    closing.push(
      () => kubernetes.close(),
      () => eks.close(),
      () => client.destroy(),
      () => http.close(),
    )
    const list = async () => (await new KubernetesSparkCluster(http).list({ limit: 1 })).outcome
    return { kubernetes, eks, clock, list, describeAt }
  }

  it('is asked for once, however many calls go over it', async () => {
    const { eks, list } = await reach()
    const outcomes = await Promise.all(Array.from({ length: 20 }, list))
    expect(new Set([...outcomes, await list()])).toEqual(new Set(['listed']))
    expect(eks.describeCount(CLUSTER_NAME)).toBe(1)
  })
  it('is asked for anew after a connection failed, and found where it went', async () => {
    const { kubernetes, eks, clock, list, describeAt } = await reach()
    eks.putCluster(describeAt('https://127.0.0.1:1'))
    expect(await list()).toBe('unavailable')
    eks.putCluster(describeAt(kubernetes.url))
    clock.advanceSeconds(11)
    await vi.waitFor(async () => expect(await list()).toBe('listed'), { timeout: 5_000, interval: 20 })
    expect(eks.describeCount(CLUSTER_NAME)).toBe(2)
  })
  it('is asked for once in ten seconds, however many connections fail', async () => {
    const { eks, clock, list, describeAt } = await reach()
    eks.putCluster(describeAt('https://127.0.0.1:1'))
    for (let seconds = 0; seconds < 25; seconds++) {
      expect(await list()).toBe('unavailable')
      clock.advanceSeconds(1)
    }
    expect(eks.describeCount(CLUSTER_NAME)).toBe(3)
  })
  it('is not asked for anew by an answer, whatever it is', async () => {
    const { kubernetes, eks, list } = await reach()
    await list()
    kubernetes.control.failNext({ verb: 'list', times: 3, how: { kind: 'status', code: 503 } })
    for (let times = 0; times < 3; times++) expect(await list()).toBe('unavailable')
    expect(eks.describeCount(CLUSTER_NAME)).toBe(1)
  })
  it('is not remembered as lost when AWS throttles the question', async () => {
    const { eks, list } = await reach()
    eks.throttleNext(1)
    expect(await list()).toBe('unavailable')
    await vi.waitFor(async () => expect(await list()).toBe('listed'), { timeout: 5_000, interval: 20 })
  })
  it('is unavailable while EKS knows no such cluster', async () => {
    const { eks, list } = await reach()
    eks.removeCluster(CLUSTER_NAME)
    expect(await list()).toBe('unavailable')
  })
})
