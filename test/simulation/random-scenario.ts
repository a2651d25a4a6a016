/**
 * Long runs: many jobs of several teams on two clusters, with repeats, cancels, drops, firings, crashes and outsiders, all
 * from one seed. Each seed has a weather of its own: pace, order, clocks, and which faults there are.
 */
import { jobIdOf } from './people.ts'
import type { Ask, People } from './people.ts'
import { Prng } from './prng.ts'
import type { Conditions, Scenario } from './run.ts'
import { LOST_SECONDS, twoClusters } from './simulated-platform.ts'
import type { DriverPlan, Pace } from './simulated-operator.ts'
import type { Timing } from './worker.ts'

const TEAMS = ['payments', 'risk', 'growth'] as const
const MAX_JOBS = 12
/** People act, and faults happen, within this time; then everything must end. */
const BUSY_SECONDS = 900
const FAULT_SECONDS = 1_500
const LAST_JOB = 'last'
/** Milliseconds that the clock of a machine may be off; real ones are by milliseconds. */
const SKEWS = [0, 0, 500, 300_000]
/** Milliseconds that indexes may be behind when nothing is wrong. */
const INDEX_LAGS = [0, 20, 200, 2_000]
const PLANS: readonly DriverPlan[] = ['succeeds', 'succeeds', 'succeeds', 'fails', 'node-lost', 'webhook-down', 'quota']
const ENDLESS: readonly DriverPlan[] = ['image-missing', 'unschedulable', 'hangs']

/** The run of a seed. */
export function randomScenario(seed: number): Scenario {
  const prng = new Prng(seed ^ 0x2545f491)
  const plans = new Map<string, DriverPlan>()
  const pace = prng.chance(0.1) ? 'slow' : prng.pick([0.2, 1, 3])
  return {
    name: 'random',
    what: 'Many jobs, many people, any fault.',
    ends: {},
    notifies: true,
    driver: (name, attempt) => driverOf(plans, prng, `${name}/${attempt}`, attempt),
    conditions: conditionsOf(prng, pace),
    platform: randomPlatform(prng),
    play: people => {
      const asks: Ask[] = []
      for (let index = prng.between(1, MAX_JOBS); index > 0; index--) playOne(people, prng, `job${index}`, asks)
      if (prng.chance(0.3)) playFiring(people, prng)
      if (prng.chance(0.3)) playNodeLoss(people, prng)
      if (prng.chance(0.3)) playStop(people, prng)
      if (prng.chance(0.3)) playLoss(people, prng)
      if (pace !== 'slow' && prng.chance(0.2)) playOrphan(people)
    },
  }
}

/** Few different ones: a platform file is checked once for each. */
function randomPlatform(prng: Prng): Readonly<Record<string, unknown>> {
  const limits = prng.pick([{}, {}, { jobs: 1 }, { jobs: 2, cores: 6 }])
  const main = prng.pick([{}, {}, { limits: { jobs: 2 } }, { state: 'draining' }, { submitsPerSecond: 0.05 }])
  const second = prng.pick([{}, { limits: { cores: 4 } }])
  return twoClusters(prng.pick(['wait', 'move', 'move']), { main, second }, limits)
}

/** An attempt's fate is thrown when it is first asked for; later attempts do better. */
function driverOf(plans: Map<string, DriverPlan>, prng: Prng, key: string, attempt: number): DriverPlan {
  const known = plans.get(key)
  if (known !== undefined) return known
  if (key.startsWith(LAST_JOB)) return 'succeeds'
  const first = prng.chance(0.15) ? prng.pick(ENDLESS) : prng.chance(0.25) ? 'out-of-memory' : prng.pick(PLANS)
  const plan = attempt > 1 && prng.chance(0.6) ? 'succeeds' : first
  plans.set(key, plan)
  return plan
}

function conditionsOf(prng: Prng, pace: number | 'slow'): Conditions {
  const tail = prng.pick([0, 0.01, 0.05])
  const lag = prng.pick(INDEX_LAGS)
  return {
    timing: inner => timingOf(inner, tail, lag),
    pace: inner => paceOf(inner, pace === 'slow' ? 1 : pace, pace === 'slow'),
    duplicateRate: prng.pick([0, 0.02, 0.2]),
    maxJitter: prng.pick([0, 50, 5_000]),
    maxSkew: prng.pick(SKEWS),
    outageSeconds: prng.pick([20, 180, 900]),
    // It comes in the first 20 minutes.
    recountedSecondsAgo: 6 * 3_600 - prng.between(0, 1_200),
    faultSeconds: FAULT_SECONDS,
  }
}

const timingOf = (prng: Prng, tail: number, lag: number): Timing => ({
  latency: () => (prng.chance(tail) ? prng.between(100, 3_000) : prng.between(1, 20)),
  slow: () => prng.between(500, 9_000),
  late: () => prng.between(0, 15_000),
  staleness: () => prng.between(100, 5_000),
  indexLag: () => prng.between(0, lag),
})

const paceOf = (prng: Prng, pace: number, slowOperator: boolean): Pace => {
  const about = (milliseconds: number) => (): number => Math.ceil(milliseconds * pace * (0.3 + 1.4 * prng.next()))
  return {
    // After a burst an hour passes before the operator looks.
    pickUp: slowOperator ? () => prng.between(10, 3_000_000) : about(100),
    submit: about(2_500),
    status: slowOperator ? () => prng.between(10, 300_000) : about(30),
    podStart: about(2_000),
    run: about(40_000),
    collect: about(200),
    terminate: () => prng.between(100, 30_000),
  }
}

/** An option with its value, by chance. */
const perhaps = (prng: Prng, probability: number, option: string, values: readonly string[]): Record<string, string> =>
  prng.chance(probability) ? { [option]: prng.pick(values) } : {}

/** Jobs may depend on those that were made up before: ids that nobody has submitted yet are refused. */
function optionsOf(prng: Prng, team: string, asks: readonly Ask[]): Record<string, string> {
  const before = asks.filter(ask => ask.team === team).map(jobIdOf)
  return {
    ...perhaps(prng, 0.2, 'priority', ['low', 'normal']),
    ...perhaps(prng, 0.1, 'deadline-total', ['5m', '20m']),
    ...perhaps(prng, 0.1, 'deadline-queued', ['3m']),
    ...(before.length > 0 && perhaps(prng, 0.3, 'depends-on', before)),
    ...perhaps(prng, 0.1, 'depends-on-when', ['all-ended', 'all-succeeded']),
  }
}

function playOne(people: People, prng: Prng, name: string, asks: Ask[]): void {
  const team = prng.pick(TEAMS)
  const at = prng.between(0, BUSY_SECONDS * 1000) / 1000
  const retries = prng.chance(0.3) ? { restartPolicy: { type: 'OnFailure', onFailureRetries: 1 } } : {}
  const ask: Ask = { name, team, more: retries, options: optionsOf(prng, team, asks) }
  if (prng.chance(0.25)) {
    const events = prng.between(1, 2)
    people.after(at, () => people.drop(ask, events))
  } else {
    people.after(at, () => people.submit(ask))
    asks.push(ask)
    if (prng.chance(0.3)) people.after(at + prng.next() * 60, () => people.submit(ask))
    if (prng.chance(0.1))
      people.after(at + prng.next() * 60, () => people.submit({ ...ask, more: { mainClass: 'org.example.Other' } }))
  }
  const isIt = (job: { readonly name: string }): boolean => job.name === name
  if (prng.chance(0.35)) {
    const state = prng.pick(['QUEUED', 'SUBMITTING', 'PENDING', 'RUNNING', 'CANCELLING'])
    const wait = prng.pick([0, 0.01, 1, 20])
    people.when(
      job => isIt(job) && job.state === state,
      job => people.after(wait * prng.next(), () => people.cancel(job)),
    )
  }
  if (prng.chance(0.2)) {
    const state = prng.pick(['FAILED', 'TIMED_OUT', 'SUCCEEDED', 'RUNNING', 'CANCELLING', 'CANCELLED'])
    const wait = prng.pick([0.01, 1, 20, 200])
    people.when(
      job => isIt(job) && job.state === state,
      job => people.after(wait * prng.next(), () => people.retry(job)),
    )
  }
  if (prng.chance(0.05))
    people.when(
      job => isIt(job) && job.state === 'RUNNING',
      () => people.deleteObjects(name),
    )
  if (prng.chance(0.05))
    people.when(
      job => isIt(job) && job.state === 'SUBMITTING',
      job => people.occupy(job, job.attempts.at(-1)?.objectName ?? ''),
    )
}

function playFiring(people: People, prng: Prng): void {
  const at = prng.next() * BUSY_SECONDS
  people.after(at, () => people.fire('nightly', '2026-11-21T12:00:00Z'))
  if (prng.chance(0.5)) people.after(at + prng.next() * 90, () => people.fire('nightly', '2026-11-21T12:00:00.000Z'))
}

/** When the faults are over, somebody applies the objects of stopped jobs again; a job that runs keeps the observer awake. */
function playOrphan(people: People): void {
  people.after(FAULT_SECONDS + 60, () => people.submit({ name: LAST_JOB }))
  people.when(
    job => job.name === LAST_JOB && job.state === 'RUNNING',
    job => people.reapplyStopped(job),
  )
}

/** Somebody stops something and, before the faults are over, lets it go on. */
function playStop(people: People, prng: Prng): void {
  const scope = prng.pick([
    { kind: 'everything' },
    { kind: 'team', name: 'payments' },
    { kind: 'cluster', name: 'main' },
    { kind: 'cluster', name: 'second' },
  ] as const)
  const from = prng.next() * BUSY_SECONDS
  people.after(from, () => people.pause(scope))
  people.after(from + prng.next() * (FAULT_SECONDS - BUSY_SECONDS), () => people.resume(scope))
}

/** A cluster is gone, perhaps for longer than some teams wait, while it has a job. */
function playLoss(people: People, prng: Prng): void {
  const seconds = prng.pick([60, LOST_SECONDS + 60, 4 * LOST_SECONDS])
  const state = prng.pick(['SUBMITTING', 'PENDING', 'RUNNING', 'RUNNING'])
  people.when(
    job => job.state === state && job.team === 'payments',
    job => people.after(prng.next() * 5, () => people.cutCluster(job.cluster, seconds)),
  )
}

function playNodeLoss(people: People, prng: Prng): void {
  people.after(prng.next() * BUSY_SECONDS, () => people.loseNode())
}
