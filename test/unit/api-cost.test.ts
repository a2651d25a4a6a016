/** What jobs cost, before and after; how far they are; links. */
import { describe, expect, it } from 'vitest'
import { estimateCost, usedBy } from '../../shared/domain/cost.ts'
import type { Prices } from '../../shared/domain/cost.ts'
import { executorSeconds, seeExecutors } from '../../shared/domain/executor-use.ts'
import { linksOf } from '../../shared/domain/job-links.ts'
import { podsOf } from '../../shared/domain/job-pods.ts'
import type { CanonicalSpec } from '../../shared/domain/job-spec/canonical-spec.ts'
import { decideNextStep } from '../../shared/domain/next-step/next-step.ts'
import { DEFAULT_ENGINE_SETTINGS } from '../../shared/domain/engine-settings.ts'
import { PlatformFileError } from '../../shared/domain/platform/platform.ts'
import { jobView } from '../../shared/domain/report.ts'
import { makeApplication, makeAttempt, makeJob, makePlatform, NOW } from '../support/make-job.ts'
import { SPEC } from '../contract/sample-spec.ts'

const PRICES: Prices = { currency: 'USD', cpuHour: 0.04, gibHour: 0.005, spotFactor: 0.25 }
const PODS = { driver: { cores: 1, memoryMiB: 2_048 }, executor: { cores: 4, memoryMiB: 8_192 }, executors: 3 }
const DEADLINES = { queuedSeconds: 1, pendingSeconds: 1 }
const MINUTE = 60_000

describe('an estimate', () => {
  it('has a line for each role, and is its sum, for an hour and at the deadline', () => {
    expect(estimateCost(PODS, PRICES, { ...DEADLINES, runningSeconds: 7_200 })).toEqual({
      currency: 'USD',
      perHour: 0.65,
      atDeadline: { hours: 2, amount: 1.3 },
      lines: [
        { role: 'driver', pods: 1, cores: 1, memoryMiB: 2_048, spot: false, perHour: 0.05 },
        { role: 'executor', pods: 3, cores: 4, memoryMiB: 8_192, spot: false, perHour: 0.6 },
      ],
    })
  })
  it('without a deadline has no end to name', () => {
    expect(estimateCost(PODS, PRICES, DEADLINES)).not.toHaveProperty('atDeadline')
  })
  it('of executors on spot nodes is less', () => {
    const spot = { ...PODS, executor: { ...PODS.executor, spot: true } } as const
    expect(estimateCost(spot, PRICES, DEADLINES).lines.map(({ perHour }) => perHour)).toEqual([0.05, 0.15])
    const { spotFactor: _none, ...flat } = PRICES
    expect(estimateCost(spot, flat, DEADLINES).perHour).toBe(0.65)
  })
})

describe('the pods of a spec', () => {
  const withApplication = (change: CanonicalSpec['application']): CanonicalSpec => ({
    ...SPEC,
    application: { ...SPEC.application, ...change },
  })
  it('are as many as dynamic allocation may ask for', () => {
    const spec = withApplication({ dynamicAllocation: { enabled: true, minExecutors: 1, maxExecutors: 40 } })
    expect(podsOf(spec).executors).toBe(40)
  })
  it.each<[string, CanonicalSpec['application'], readonly (true | undefined)[]]>([
    ['nobody’s selector', {}, [undefined, undefined]],
    ['a selector of all pods', { nodeSelector: { 'karpenter.sh/capacity-type': 'spot' } }, [true, true]],
    ['on-demand nodes', { nodeSelector: { 'karpenter.sh/capacity-type': 'on-demand' } }, [undefined, undefined]],
    [
      'the setting that the profile makes',
      { sparkConf: { 'spark.kubernetes.executor.node.selector.karpenter.sh/capacity-type': 'spot' } },
      [undefined, true],
    ],
  ])('are on spot nodes by %s', (_, change, expected) => {
    const { driver, executor } = podsOf(withApplication(change))
    expect([driver.spot, executor.spot]).toEqual(expected)
  })
})

describe('executors', () => {
  it('count for as long as looks saw them run', () => {
    const first = seeExecutors(undefined, { PENDING: 2 }, NOW)
    const second = seeExecutors(first, { RUNNING: 2 }, NOW + MINUTE)
    const third = seeExecutors(second, { COMPLETED: 1, RUNNING: 1 }, NOW + 3 * MINUTE)
    expect(third).toEqual({ counts: { COMPLETED: 1, RUNNING: 1 }, since: NOW + 3 * MINUTE, seconds: 240 })
    expect(executorSeconds(third, NOW + 4 * MINUTE)).toBe(300)
    expect(executorSeconds(third, NOW)).toBe(240)
  })
  it('that only change otherwise are not worth a write', () => {
    const seen = seeExecutors(undefined, { RUNNING: 2 }, NOW)
    expect(seeExecutors(seen, { PENDING: 1, RUNNING: 2 }, NOW + MINUTE)).toBe(seen)
    expect(seeExecutors(undefined, {}, NOW)).toBeUndefined()
  })

  const look = (operatorState: string, executors: Readonly<Record<string, number>>, at: number, before = RUNNING) => {
    const observed = { kind: 'seen', application: makeApplication(operatorState, { executors }), pods: [] } as const
    const step = decideNextStep({ job: before, observed, now: at, settings: DEFAULT_ENGINE_SETTINGS, jitter: 0 })
    if (!('job' in step)) throw new Error(step.step)
    return step.job
  }
  const RUNNING = makeJob('RUNNING', { pods: PODS, attempts: [makeAttempt({ runningAt: NOW - MINUTE })] })

  it('come on the record by a look at the running application, and stay as they were behind its end', () => {
    const seen = look('RUNNING', { RUNNING: 3 }, NOW)
    expect(seen.attempts[0]?.executors).toEqual({ counts: { RUNNING: 3 }, since: NOW, seconds: 0 })
    const ended = look('COMPLETED', { FAILED: 3 }, NOW + MINUTE, seen)
    expect([ended.state, ended.attempts[0]?.executors]).toEqual(['SUCCEEDED', seen.attempts[0]?.executors])
  })
  it('and how far it is are told while it runs', () => {
    const view = jobView(look('RUNNING', { RUNNING: 2, PENDING: 1 }, NOW), NOW)
    expect(view).toMatchObject({
      executors: { PENDING: 1, RUNNING: 2 },
      progress: {
        executorsRunning: 2,
        executorsMost: 3,
        runningSeconds: 60,
        deadlineAt: new Date(NOW - MINUTE + 7_200_000).toISOString(),
      },
      attempts: [{ executors: { PENDING: 1, RUNNING: 2 } }],
    })
    expect(jobView(makeJob('QUEUED'), NOW)).not.toHaveProperty('progress')
  })
})

describe('what a job used', () => {
  const attempts = [
    makeAttempt({
      runningAt: NOW,
      endedAt: NOW + 60 * MINUTE,
      executors: { counts: { RUNNING: 2 }, since: NOW, seconds: 0 },
    }),
    makeAttempt({ number: 2 }),
    makeAttempt({
      number: 3,
      runningAt: NOW + 90 * MINUTE,
      cluster: 'other',
      remedies: [{ role: 'executor', factor: 2, beforeMiB: 8_192, afterMiB: 16_384 }],
      executors: { counts: { RUNNING: 1 }, since: NOW + 90 * MINUTE, seconds: 0 },
    }),
  ]
  const job = makeJob('RUNNING', { pods: PODS, attempt: 3, attempts })
  const now = NOW + 120 * MINUTE
  it('is the sum of its attempts until their ends, or now', () => {
    expect(usedBy(job, now, () => PRICES)).toEqual({
      driverHours: 1.5,
      executorHours: 2.5,
      coreHours: 11.5,
      memoryGiBHours: 1.5 * 2 + 2 * 8 + 0.5 * 16,
      cost: { currency: 'USD', amount: 11.5 * 0.04 + 27 * 0.005 },
    })
  })
  it('has no price where a cluster has none, or another currency', () => {
    expect(usedBy(job, now, cluster => (cluster === 'main' ? PRICES : undefined))).not.toHaveProperty('cost')
    const inEuro = { ...PRICES, currency: 'EUR' }
    expect(usedBy(job, now, cluster => (cluster === 'main' ? PRICES : inEuro))).not.toHaveProperty('cost')
  })
  it('is not known of what never ran, nor of records without pods', () => {
    expect(usedBy(makeJob('QUEUED', { pods: PODS }), now, () => PRICES)).toBeUndefined()
    const { pods: _none, ...old } = job
    expect(usedBy(old, now, () => PRICES)).toBeUndefined()
  })
})

describe('links', () => {
  const templates = {
    sparkUi: 'https://{cluster}.example.com/{namespace}/{objectName}',
    historyServer: 'https://history.example.com/history/{sparkApplicationId}/{attempt}/',
  }
  const job = makeJob('RUNNING', { attempts: [makeAttempt({ sparkApplicationId: 'spark-1/..?x' })] })
  it('have the names of the job in their places, where no name can leave its own', () => {
    expect(linksOf(job, templates)).toEqual({
      sparkUi: 'https://main.example.com/team-a/etl-abcdefghijkl-a1',
      historyServer: 'https://history.example.com/history/spark-1%2F..%3Fx/1/',
    })
  })
  it('are left out while a name is not known, and the Spark UI when nothing runs', () => {
    expect(linksOf(makeJob('RUNNING'), templates)).not.toHaveProperty('historyServer')
    expect(linksOf({ ...job, state: 'SUCCEEDED' }, templates)).not.toHaveProperty('sparkUi')
    expect(linksOf(job, undefined)).toEqual({})
  })
  it.each([
    ['javascript:alert({jobId})', /web address/],
    ['https://{jobId}.example.com/', /may not stand in the host/],
    ['https://x.example.com/{secret}', /\{secret\} is none of \{team\}/],
    ['https://x.example.com/{jobId', /is none of/],
    ['https:///x', /web address/],
  ])('of the template %s are refused with the platform file', (historyServer, message) => {
    expect(() => makePlatform({ links: { historyServer } })).toThrow(PlatformFileError)
    expect(() => makePlatform({ links: { historyServer } })).toThrow(message)
  })
  it('and prices stand in a good platform file', () => {
    const main = { eksName: 'sparkgate-test', region: 'eu-central-1', prices: PRICES }
    const platform = makePlatform({ links: templates, clusters: { main } })
    expect([platform.links, platform.clusters['main']?.prices]).toEqual([templates, PRICES])
  })
})
