/** A team's budget for a month: what counts, what it stops, when it begins anew. */
import { describe, expect, it, test } from 'vitest'
import { monthOf, spendingOf, withSpent } from '../../../shared/domain/admission/spending.ts'
import type { Job } from '../../../shared/domain/job.ts'
import { diffPlatforms } from '../../../shared/domain/platform/diff-platforms.ts'
import { parsePlatform } from '../../../shared/domain/platform/platform.ts'
import { admitJobs } from '../../../shared/operations/admit-jobs.ts'
import { describeTeam } from '../../../shared/operations/describe-platform.ts'
import { describeWaiting } from '../../../shared/operations/describe-waiting.ts'
import { makeAttempt, makeJob, NOW } from '../../support/make-job.ts'
import { SPARK_PI } from '../../support/make-spec.ts'
import { makeWorld, objectOf } from '../../support/make-world.ts'

const HOUR = 3_600
const PRICES = { currency: 'USD', cpuHour: 1, gibHour: 0 }
const cluster = { eksName: 'sparkgate-test', region: 'eu-central-1', prices: PRICES }
const platformWith = (payments: object, clusters: Readonly<Record<string, object>> = { main: cluster }) =>
  parsePlatform({
    clusters,
    teams: {
      payments: { clusters: Object.keys(clusters), namespace: 'team-a', ...payments },
      risk: { clusters: ['main'], namespace: 'team-b' },
    },
  })
const worldWith = (payments: object) => makeWorld(platformWith(payments))
type World = ReturnType<typeof makeWorld>

async function submitted(world: World, key: string, team = 'payments'): Promise<Job> {
  const result = await world.submit(key, SPARK_PI, team)
  if (result.outcome !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(result)}`)
  await world.reconcile(result.job)
  return world.stored(result.job)
}

async function runFor(world: World, job: Job, seconds: number): Promise<void> {
  world.cluster.setState(objectOf(job), 'RUNNING')
  await world.reconcile(job)
  world.clock.advanceSeconds(seconds)
  world.cluster.setState(objectOf(job), 'COMPLETED')
  await world.reconcile(job)
  expect((await world.stored(job)).state).toBe('SUCCEEDED')
}

const spendingIn = async (world: World) => (await describeTeam(world.deps, 'payments')).spending

describe('a budget', () => {
  test('that is used up keeps the next attempt waiting, says why, and lets others go', async () => {
    const world = worldWith({ budgetPerMonth: 1.5 })
    await runFor(world, await submitted(world, 'first'), HOUR)
    // One core of a driver for an hour at 1 USD; no executor was seen.
    expect(await spendingIn(world)).toMatchObject({ currency: 'USD', spent: 1, budget: 1.5 })
    await runFor(world, await submitted(world, 'second'), HOUR)
    const third = await submitted(world, 'third')
    expect(third).toMatchObject({ state: 'QUEUED', reason: 'WAITING_FOR_ROOM' })
    expect(await describeWaiting(world.admission, third)).toMatchObject({
      waitingFor: expect.stringMatching(
        /^Its budget is used up \(2\.00 of 1\.5 USD are spent in \d{4}-\d\d\); the next month begins on \d{4}-\d\d-01 \(UTC\)\.$/,
      ),
    })
    expect((await submitted(world, 'theirs', 'risk')).state).toBe('PENDING')
  })

  test('begins anew with the month', async () => {
    const world = worldWith({ budgetPerMonth: 1 })
    await runFor(world, await submitted(world, 'first'), HOUR)
    const second = await submitted(world, 'second')
    const month = monthOf(world.clock.now())
    while (monthOf(world.clock.now()) === month) world.clock.advanceSeconds(HOUR)
    await admitJobs(world.deps)
    expect(await world.stored(second)).toMatchObject({ state: 'QUEUED', claim: { cluster: 'main' } })
    expect(await spendingIn(world)).toMatchObject({ spent: 0 })
  })

  test('of nothing lets nothing begin', async () => {
    const world = worldWith({ budgetPerMonth: 0 })
    expect((await submitted(world, 'first')).state).toBe('QUEUED')
  })

  test('lets what runs go on', async () => {
    const world = worldWith({ budgetPerMonth: 0.5 })
    const [first, second] = [await submitted(world, 'first'), await submitted(world, 'second')]
    // Its turn at the operator comes.
    world.clock.advanceSeconds(1)
    await world.reconcile(second)
    await runFor(world, first, HOUR)
    expect(await spendingIn(world)).toMatchObject({ spent: 1 })
    await runFor(world, await world.stored(second), 10)
  })

  test('counts each attempt once, with its price, also of a job that ends badly', async () => {
    const world = worldWith({})
    const job = await submitted(world, 'k')
    world.cluster.setState(objectOf(job), 'RUNNING')
    await world.reconcile(job)
    world.clock.advanceSeconds(HOUR)
    world.cluster.setState(objectOf(job), 'FAILED', {
      errorMessage: 'driver container failed with ExitCode: 137, Reason: OOMKilled',
    })
    await world.reconcile(job)
    for (let look = 0; look < 10; look++) {
      world.clock.advanceSeconds(40)
      await world.reconcile(job)
    }
    const second = await world.stored(job)
    expect(second).toMatchObject({ state: 'PENDING', attempt: 2, spent: 1 })
    await runFor(world, second, 2 * HOUR)
    expect(await spendingIn(world)).toMatchObject({ spent: 3 })
    expect(await spendingIn(world)).not.toHaveProperty('budget')
  })
})

describe('what a job has spent', () => {
  const attempt = makeAttempt({ runningAt: NOW, endedAt: NOW + HOUR * 1000, cluster: 'main' })
  const pods = { driver: { cores: 2, memoryMiB: 0 }, executor: { cores: 1, memoryMiB: 0 }, executors: 0 }
  const job = makeJob('SUCCEEDED', { pods, attempts: [attempt] })
  it('is what its attempts cost at the prices of now', () => {
    expect(withSpent(job, platformWith({}), NOW).spent).toBe(2)
  })
  it('does not fall when prices do: it is in a sum already', () => {
    const counted = { ...job, spent: 3 }
    expect(withSpent(counted, platformWith({}), NOW)).toBe(counted)
  })
  it('is not counted in another currency than that of the clusters that its team has now', () => {
    const inEuro = { ...cluster, prices: { ...PRICES, currency: 'EUR' } }
    const moved = platformWith({ clusters: ['spare'] }, { main: inEuro, spare: cluster })
    expect(withSpent(job, moved, NOW)).toBe(job)
  })
})

describe('the platform file', () => {
  it.each([
    ['no prices', { main: { ...cluster, prices: undefined } }],
    ['prices of one cluster only', { main: cluster, spare: { ...cluster, prices: undefined } }],
    ['two currencies', { main: cluster, spare: { ...cluster, prices: { ...PRICES, currency: 'EUR' } } }],
  ])('with %s has no budget, and no sum', (_, clusters) => {
    expect(() => platformWith({ budgetPerMonth: 10 }, clusters)).toThrow(
      /teams\.payments\.budgetPerMonth: a budget needs prices, in one currency, of each of its clusters \(main/,
    )
    expect(spendingOf(platformWith({}, clusters), 'payments', { '2026-11': 5 }, 0)).toBeUndefined()
  })
  it('tells of a lowered budget as of a limit', () => {
    const changes = diffPlatforms(platformWith({ budgetPerMonth: 10 }), platformWith({ budgetPerMonth: 5 }))
    expect(changes).toEqual([
      {
        effect: 'restricts',
        path: 'teams.payments.budgetPerMonth',
        teams: ['payments'],
        message: 'The budget of a month is lowered: 10 → 5.',
      },
    ])
  })
})
