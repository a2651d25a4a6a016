/** Clusters of other accounts: keys of a role there, asked of STS seldom and never too late, and what EKS makes of them. */
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { authenticate } from '../../local/kubernetes/authentication.ts'
import { parsePlatform } from '../../shared/domain/platform/platform.ts'
import { assumedCredentials, AssumeRoleError } from '../../shared/adapters/assumed-credentials.ts'
import { createEksTokenSource } from '../../shared/adapters/eks-token.ts'
import { DEFAULT_ENGINE_SETTINGS } from '../../shared/domain/engine-settings.ts'
import { startEmbeddedEks } from '../../local/aws/eks/eks-server.ts'
import { wireClusters } from '../../shared/runtime/wire.ts'
import { CLUSTER_NAME, reconcile, startTestCluster } from '../support/embedded-kubernetes-client.ts'
import { TEST_KEYS, TEST_REGION } from '../support/embedded-table.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { startFakeSts } from '../support/fake-sts.ts'
import type { FakeRole } from '../support/fake-sts.ts'

const ROLE = { roleArn: 'arn:aws:iam::444455556666:role/sparkgate-reconcile', externalId: 'a-gateway/7' }
const HOUR = 3_600

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

/** A clock, an STS with one role whose keys live for an hour, and the source of keys that asks it. */
async function assume(change: Partial<FakeRole> = {}, role: { externalId?: string } = { externalId: ROLE.externalId }) {
  const clock = new FakeClock()
  let made = 0
  const sts = await startFakeSts([
    {
      ...ROLE,
      trusted: TEST_KEYS,
      keys: () => {
        made += 1
        return { ...reconcile, accessKeyId: `ASIATEST${made}`, expiration: new Date(clock.now() + HOUR * 1000) }
      },
      ...change,
    },
  ])
  closing.push(() => sts.close())
  const keys = assumedCredentials(
    { credentials: async () => TEST_KEYS, region: async () => TEST_REGION, clock, endpoint: sts.url },
    { roleArn: ROLE.roleArn, sessionName: 'sparkgate-reconcile', ...role },
  )
  return { clock, sts, keys }
}

describe('keys of a role in another account', () => {
  it('are asked for with a signed request that names role, session and external id', async () => {
    const { sts, keys } = await assume()
    expect(await keys()).toMatchObject({ accessKeyId: 'ASIATEST1', sessionToken: reconcile.sessionToken })
    expect(sts.asked).toEqual([{ roleArn: ROLE.roleArn, sessionName: 'sparkgate-reconcile', region: TEST_REGION }])
  })
  it('are asked for once by everybody who waits, and again five minutes before they end', async () => {
    const { clock, sts, keys } = await assume()
    const first = await Promise.all(Array.from({ length: 20 }, keys))
    expect(new Set(first.map(each => each.accessKeyId))).toEqual(new Set(['ASIATEST1']))
    for (let minute = 1; minute <= 120; minute++) {
      clock.advanceSeconds(60)
      const { expiration } = await keys()
      expect(expiration?.getTime()).toBeGreaterThan(clock.now() + 4 * 60_000)
    }
    expect(sts.asked).toHaveLength(3)
  })
  it('are refused without the external id, with what STS said and without a key in the message', async () => {
    const { keys } = await assume({}, {})
    const error: unknown = await keys().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(AssumeRoleError)
    expect(String(error)).toContain(`${ROLE.roleArn} cannot be assumed: AccessDenied`)
    expect(String(error)).not.toContain(TEST_KEYS.secretAccessKey)
  })
  it('are refused to keys that the role does not trust', async () => {
    const { keys } = await assume({ trusted: { ...TEST_KEYS, secretAccessKey: 'another' } })
    await expect(keys()).rejects.toThrow('AccessDenied')
  })
  it.each(['InternalError', 'nonsense', 'cut'] as const)(
    'are asked for again ten seconds after an answer of %s, not at once',
    async how => {
      const { clock, sts, keys } = await assume()
      sts.failNext(how)
      for (let second = 0; second < 10; second++) {
        await expect(keys()).rejects.toBeInstanceOf(AssumeRoleError)
        clock.advanceSeconds(1)
      }
      expect(await keys()).toMatchObject({ accessKeyId: 'ASIATEST1' })
      expect(sts.asked).toHaveLength(2)
    },
  )
  it('serve to their end while STS is away', async () => {
    const { clock, sts, keys } = await assume()
    await keys()
    sts.failNext('cut', 100)
    clock.advanceSeconds(HOUR - 20)
    expect(await keys()).toMatchObject({ accessKeyId: 'ASIATEST1' })
    clock.advanceSeconds(21)
    await expect(keys()).rejects.toThrow('STS did not answer')
  })
  it('sign tokens that their cluster takes as the role', async () => {
    const { clock, keys } = await assume({
      keys: () => ({ ...reconcile, expiration: new Date(Date.parse('2026-11-21T13:00:00Z')) }),
    })
    const tokens = createEksTokenSource(keys, clock)
    const token = await tokens.token(CLUSTER_NAME, TEST_REGION, 'cached')
    const verdict = authenticate(`Bearer ${token}`, CLUSTER_NAME, [reconcile], new Date(clock.now()))
    expect(verdict).toMatchObject({ user: { roleArn: reconcile.roleArn } })
  })
})

describe('a cluster with `assume` in the platform file', () => {
  async function reach(change: object) {
    const [kubernetes, sts] = await Promise.all([
      startTestCluster(),
      startFakeSts([
        { ...ROLE, trusted: TEST_KEYS, keys: () => ({ ...reconcile, expiration: new Date(Date.now() + HOUR * 1000) }) },
      ]),
    ])
    const { certificateAuthorityData, url } = kubernetes
    const eks = await startEmbeddedEks({
      region: TEST_REGION,
      clusters: [{ name: CLUSTER_NAME, endpoint: url, certificateAuthorityData }],
    })
    onTestFinished(() => Promise.all([kubernetes.close(), sts.close(), eks.close()]).then(() => undefined))
    const other = 'arn:aws:iam::444455556666:role/other'
    const platform = parsePlatform({
      clusters: {
        far: {
          eksName: CLUSTER_NAME,
          region: TEST_REGION,
          assume: { reconcile: ROLE.roleArn, observe: other, api: other, externalId: ROLE.externalId },
          ...change,
        },
        direct: {
          eksName: CLUSTER_NAME,
          region: TEST_REGION,
          assume: { reconcile: ROLE.roleArn, observe: other, api: other, externalId: ROLE.externalId },
          endpoint: { server: url, certificateAuthorityData },
        },
      },
      teams: { a: { clusters: ['far'], namespace: 'team-a' } },
    })
    const client = (endpoint: string) => ({ endpoint, region: TEST_REGION, credentials: TEST_KEYS })
    const config = {
      tableName: 'unused',
      reconcileQueueUrl: 'unused',
      observeQueueUrl: 'unused',
      eventBusName: 'unused',
      platform,
      settings: DEFAULT_ENGINE_SETTINGS,
      watchSeconds: 5,
      sweepGraceSeconds: 60,
      kubernetesTimeoutSeconds: 3,
      aws: {
        dynamodb: client('http://127.0.0.1:1'),
        sqs: client('http://127.0.0.1:1'),
        s3: client('http://127.0.0.1:1'),
        eventbridge: client('http://127.0.0.1:1'),
        eks: client(eks.url),
        sts: { endpoint: sts.url },
      },
    }
    return { eks, sts, as: (identity: 'reconcile' | 'observe') => wireClusters(config, identity).clusters }
  }

  it('is reached as the role of the identity, and only so', async () => {
    const { sts, as } = await reach({})
    const outcome = async (identity: 'reconcile' | 'observe') =>
      (await as(identity).of('far').get('team-a', 'x')).outcome
    expect(await outcome('reconcile')).toBe('absent')
    expect(await outcome('observe')).toBe('unavailable')
    expect(sts.asked.map(({ roleArn }) => roleArn)).toEqual([ROLE.roleArn, 'arn:aws:iam::444455556666:role/other'])
  })
  it('is found without EKS where its endpoint is written down', async () => {
    const { eks, as } = await reach({})
    expect((await as('reconcile').of('direct').get('team-a', 'x')).outcome).toBe('absent')
    expect(eks.describeCount(CLUSTER_NAME)).toBe(0)
  })
  it('refuses ARNs that are no role and endpoints that are no host, at once', () => {
    const cluster = (change: object) => () =>
      parsePlatform({
        clusters: { far: { eksName: 'x', region: TEST_REGION, ...change } },
        teams: { a: { clusters: ['far'], namespace: 'team-a' } },
      })
    const roles = { reconcile: ROLE.roleArn, observe: ROLE.roleArn, api: ROLE.roleArn }
    expect(cluster({ assume: roles })).not.toThrow()
    expect(cluster({ assume: { ...roles, api: 'arn:aws:iam::444455556666:user/x' } })).toThrow(
      'clusters.far.assume.api',
    )
    expect(cluster({ assume: { reconcile: ROLE.roleArn } })).toThrow('clusters.far.assume.observe')
    expect(cluster({ assume: { ...roles, externalId: 'x' } })).toThrow('clusters.far.assume.externalId')
    expect(
      cluster({ endpoint: { server: 'https://a.example/path', certificateAuthorityData: 'A'.repeat(40) } }),
    ).toThrow('clusters.far.endpoint.server')
  })
})
