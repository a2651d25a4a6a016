/** What a job tells of itself beside its state: how far it is, its executors, links, what it will cost and what it used. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { parsePlatform } from '../../shared/domain/platform/platform.ts'
import { E2E_TEST_MILLISECONDS, readEvent, testPlatform } from '../support/embedded-stack.ts'
import { startApiStack } from './api-stack.ts'
import type { ApiStack } from './api-stack.ts'

const LONG = readEvent('specs/long-running.json')
const SPARK_PI = readEvent('specs/spark-pi.yaml')
vi.setConfig({ testTimeout: E2E_TEST_MILLISECONDS })

let stack: ApiStack
beforeAll(async () => {
  const platform = testPlatform()
  const { local } = platform.clusters
  if (local === undefined) throw new Error('the test platform has a cluster local')
  const prices = { currency: 'EUR', cpuHour: 36, gibHour: 3.6, spotFactor: 0.5 }
  const other = { ...local, eksName: 'other' }
  const payments = { ...platform.teams['payments'], clusters: ['local'] }
  const unpriced = { clusters: ['other'], namespace: 'team-unpriced', claims: ['unpriced'] }
  stack = await startApiStack({
    platform: parsePlatform({
      ...platform,
      clusters: { local: { ...local, prices }, other },
      teams: { ...platform.teams, payments, unpriced },
      links: {
        sparkUi: 'https://ui.example.com/{namespace}/{objectName}/',
        historyServer: 'https://history.example.com/history/{sparkApplicationId}/',
        console: 'https://console.example.com/{cluster}/{jobId}',
      },
    }),
  })
})
afterAll(() => stack.close())

const get = async (path: string, as = 'payments') => (await stack.ask('GET', path, { as })).body

describe('a job', () => {
  it('that runs tells its executors, its deadline and where to look, and afterwards what it used', async () => {
    const id = await stack.accepted('long', LONG)
    const running = await stack.untilJob(id, job => (job['executors'] as { RUNNING?: number })?.RUNNING !== undefined)
    const { namespace, attempts } = running as unknown as {
      namespace: string
      attempts: { objectName: string; sparkApplicationId: string }[]
    }
    const most = (running['progress'] as { executorsMost: number }).executorsMost
    expect(running).toMatchObject({
      state: 'RUNNING',
      progress: { executorsRunning: expect.any(Number) as number, runningSeconds: expect.any(Number) as number },
      links: {
        self: `/v1/jobs/${id}`,
        logs: `/v1/jobs/${id}/logs`,
        sparkUi: `https://ui.example.com/${namespace}/${attempts[0]?.objectName}/`,
        historyServer: `https://history.example.com/history/${attempts[0]?.sparkApplicationId}/`,
        console: `https://console.example.com/local/${id}`,
      },
    })
    await stack.untilJob(id, job => (job['progress'] as { executorsRunning?: number })?.executorsRunning === most)
    expect((await get('/v1/jobs?state=RUNNING'))['jobs']).toMatchObject([{ id, progress: { executorsMost: most } }])

    await stack.ask('POST', `/v1/jobs/${id}/cancel`)
    const ended = await stack.untilState(id, 'CANCELLED')
    expect(ended).toMatchObject({
      used: {
        driverHours: expect.any(Number) as number,
        executorHours: expect.any(Number) as number,
        cost: { currency: 'EUR', amount: expect.any(Number) as number },
      },
    })
    const { driverHours, executorHours, cost } = ended['used'] as {
      driverHours: number
      executorHours: number
      cost: { amount: number }
    }
    expect([driverHours > 0, executorHours > 0, cost.amount > 0]).toEqual([true, true, true])
    expect(ended).not.toHaveProperty('executors')
    expect(ended).not.toHaveProperty('links.sparkUi')
    for (const part of ['attempts', 'events', 'spec']) {
      const link = (ended['links'] as Record<string, string>)[part] ?? ''
      expect((await stack.ask('GET', link)).status).toBe(200)
    }
  })
})

describe('the log of a job', () => {
  it.each([
    ['has no answer just now is a 503 that says when to come again', { code: 503 }, '5'],
    ['says when to come again is a 503 that says the same', { code: 503, retryAfterSeconds: 7 }, '7'],
    ['lets nobody read is a 503', { code: 403 }, null],
  ])('whose cluster %s', async (_, status, retryAfter) => {
    const id = await stack.accepted(`away-${status.code}-${retryAfter}`, LONG)
    const { attempts } = await stack.untilState(id, 'RUNNING')
    const name = `${attempts[0]?.objectName}-driver`
    stack.kubernetes.control.failNext({ resource: 'pods/log', name, how: { kind: 'status', ...status }, times: 9 })
    const answer = await stack.ask('GET', `/v1/jobs/${id}/logs`)
    stack.kubernetes.control.clearFaults()
    expect([answer.status, answer.body['type']]).toEqual([503, 'urn:sparkgate:problem:not-available'])
    expect(answer.headers.get('retry-after')).toBe(retryAfter)
    expect((await stack.ask('GET', `/v1/jobs/${id}/logs`)).status).toBe(200)
    await stack.ask('POST', `/v1/jobs/${id}/cancel`)
  })
})

describe('a dry run', () => {
  const dryRun = async (body: string, as: string) => {
    const answer = await stack.ask('POST', '/v1/jobs?dryRun=render', {
      as,
      body,
      headers: { 'content-type': 'application/yaml', 'idempotency-key': 'dry' },
    })
    return (answer.body as unknown as { jobs: { cost: unknown }[] }).jobs.map(({ cost }) => cost)
  }
  it('estimates the cost by the prices of the cluster that it would go to, line by line', async () => {
    expect(await dryRun(SPARK_PI, 'payments')).toMatchObject([
      {
        cluster: 'local',
        currency: 'EUR',
        perHour: expect.any(Number) as number,
        lines: [
          { role: 'driver', pods: 1, spot: false },
          { role: 'executor', spot: false },
        ],
      },
    ])
  })
  it('says that there are no prices', async () => {
    expect(await dryRun(SPARK_PI, 'unpriced')).toEqual([
      { cluster: 'other', unknown: 'The platform file has no prices for cluster other.' },
    ])
  })
})

describe('the spec of a job', () => {
  it('is answered as it was given, canonical, and rendered', async () => {
    const text = `# asked for by Ada\n${SPARK_PI}`
    const id = await stack.accepted('given', text)
    const spec = await get(`/v1/jobs/${id}/spec`)
    expect(spec['given']).toEqual({ text, contentType: 'application/yaml' })
    expect(spec).toMatchObject({ canonical: { name: 'spark-pi' }, rendered: { object: { kind: 'SparkApplication' } } })
  })
})
