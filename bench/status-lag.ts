/**
 * Status lag: from the operator's status write to our record, and what it costs the Kubernetes API, with 100 and 1,000 active
 * jobs (requests.ts has 10,000, in virtual time). Drivers run for ever; then some are ended, about five a second. Real
 * handlers in this process, emulators in another, an independent watcher in a thread.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { DEFAULT_ENGINE_SETTINGS } from '../shared/domain/engine-settings.ts'
import { objectNameFor } from '../shared/domain/job-spec/rendering/render-spark-application.ts'
import type { Job } from '../shared/domain/job.ts'
import type { Platform } from '../shared/domain/platform/platform.ts'
import { submitJob } from '../shared/operations/submit-job.ts'
import { systemClock } from '../shared/runtime/wire.ts'
import { benchAdapters, ENDLESS_SPEC, submission } from './bench-adapters.ts'
import { startBenchGateway } from './bench-gateway.ts'
import { quantile } from './bench-report.ts'
import type { Bench } from './bench-report.ts'
import type { EmulatorProcess } from './emulator-process.ts'
import { watchStatuses } from './status-times.ts'
import type { Sighting } from './status-watcher.ts'
import { until } from './until.ts'

const SIZES = [100, 1_000]
const QUICK_SIZES = [10, 50]
/** The operator's cadence is not what is measured: four times the recorded one keeps the set-up short. */
const SPEED = 4
const SETUP_PER_SECOND = 40
const SETUP_MILLISECONDS = 600_000
/**
 * Looks that were planned while a job was pending come once each, up to half its pending time later; the set-up of more jobs
 * takes longer. The quiet minute begins when they are through.
 */
const settleMilliseconds = (jobs: number): number => Math.max(15_000, jobs * 120)
const QUIET_SECONDS = 60
const QUICK_QUIET_SECONDS = 10
const ENDS_PER_SECOND = 5
const MAX_ENDS = 100
const QUICK_ENDS = 10
const LAST_SAVE_MILLISECONDS = 60_000
const BUDGET_SECONDS = { p50: 1, p99: 5 }

export const benchStatusLag: Bench = async ({ quick }) => {
  const results: SizeResult[] = []
  for (const size of quick ? QUICK_SIZES : SIZES) results.push(await measure(size, quick))
  const worst = (share: number): number => Math.max(...results.map(({ lags }) => quantile(lags, share)))
  const perJob = results.map(({ jobs, quiet }) => (quiet['get'] ?? 0) / jobs)
  const steady = results.map(({ quiet }) => (quiet['list'] ?? 0) + (quiet['watch'] ?? 0))
  return {
    title: 'Status lag and polling cost',
    how: `Lag: from the event at an independent watcher to the committed record, in ms. Requests a minute are the audit log's, by verb. Settings as in AWS (watch 50 s, sweep 60 s). A running job is looked at unasked once in ${DEFAULT_ENGINE_SETTINGS.runningLookSeconds / 3_600} hours, so at 1,000 jobs another ${((1_000 * 60) / DEFAULT_ENGINE_SETTINGS.runningLookSeconds).toFixed(1)} GETs a minute fall outside of this quiet minute.`,
    columns: ['jobs', 'ended', 'p50', 'p95', 'p99', 'max', 'quiet requests/min', 'requests per change'],
    rows: results.map(({ jobs, lags, quiet, perChange }) => [
      String(jobs),
      String(lags.length),
      ...[0.5, 0.95, 0.99, 1].map(share => quantile(lags, share).toFixed(0)),
      inWords(quiet),
      inWords(perChange),
    ]),
    verdicts: [
      ...(['p50', 'p99'] as const).map(name => {
        const value = worst(name === 'p50' ? 0.5 : 0.99) / 1000
        const budget = BUDGET_SECONDS[name]
        return {
          budget: `lag ${name} ≤ ${budget} s at every size`,
          measured: `${value.toFixed(2)} s`,
          met: value <= budget,
        }
      }),
      {
        budget: 'watches and lists a quiet minute do not grow with jobs',
        measured: steady.map(each => each.toFixed(1)).join(', '),
        met: Math.max(...steady) <= Math.min(...steady) + 2,
      },
      {
        budget: 'all requests a quiet minute do not grow with jobs',
        measured: `${perJob.map(each => each.toFixed(3)).join(', ')} GETs a job`,
        met: Math.max(...perJob) < 0.01,
      },
    ],
  }
}

type Verbs = Readonly<Record<string, number>>

interface SizeResult {
  readonly jobs: number
  readonly lags: readonly number[]
  readonly quiet: Verbs
  readonly perChange: Verbs
}

async function measure(size: number, quick: boolean): Promise<SizeResult> {
  const gateway = await startBenchGateway(SETUP_PER_SECOND, SPEED)
  const { platform, emulators, saves } = gateway
  try {
    const jobs = await submitAll(emulators, platform, size)
    await until(
      () => saves.count('RUNNING') >= size,
      SETUP_MILLISECONDS,
      () => `${saves.count('RUNNING')} of ${size} run`,
    )
    const quietSeconds = quick ? QUICK_QUIET_SECONDS : QUIET_SECONDS
    await wait(settleMilliseconds(size))
    const quiet = await requestsDuring(emulators, () => wait(quietSeconds * 1000))
    const ends = jobs.slice(0, quick ? QUICK_ENDS : MAX_ENDS)
    const watcher = await watchStatuses(emulators.endpoints, platform)
    const changing = await requestsDuring(emulators, async () => {
      await endDrivers(emulators, ends)
      await until(
        () => saves.count('SUCCEEDED') >= ends.length,
        LAST_SAVE_MILLISECONDS,
        () => 'not all ends are recorded',
      )
    })
    const lags = ends.map(job => lagOf(job, watcher.sightings, saves.at(job.jobId, 'SUCCEEDED')))
    await watcher.stop()
    return {
      jobs: size,
      lags,
      quiet: scaled(quiet.verbs, 60 / quiet.seconds),
      perChange: scaled(changing.verbs, 1 / ends.length),
    }
  } finally {
    await gateway.close()
  }
}

/** Milliseconds from the first state that tells the end (the gateway records SUCCEEDED from it) to the record. */
function lagOf(job: Job, sightings: readonly Sighting[], savedAt: number | undefined): number {
  const name = objectNameFor(job.name, job.jobId, 1)
  const written = sightings.find(each => each.name === name && ENDED_STATES.has(each.state))
  if (written === undefined || savedAt === undefined) throw new Error(`the end of ${name} was not seen or not recorded`)
  return savedAt - written.at
}

const ENDED_STATES = new Set(['SUCCEEDING', 'COMPLETED'])

async function submitAll(emulators: EmulatorProcess, platform: Platform, size: number) {
  const deps = { ...benchAdapters(emulators.endpoints, platform, 'reconcile'), platform, clock: systemClock }
  const jobs: Job[] = []
  for (let number = 0; number < size; number++) {
    const submitted = await submitJob(deps, submission(`job-${number}`, ENDLESS_SPEC))
    if (submitted.outcome !== 'accepted') throw new Error(`the job was not accepted: ${submitted.outcome}`)
    jobs.push(submitted.job)
  }
  return jobs
}

async function endDrivers(emulators: EmulatorProcess, jobs: readonly Job[]): Promise<void> {
  for (const job of jobs) {
    const driver = `${objectNameFor(job.name, job.jobId, 1)}-driver`
    const ended = await emulators.control('endDriver', job.namespace, driver, { code: 0, reason: 'Completed' })
    if (ended !== true) throw new Error(`there is no running driver ${driver}`)
    await wait(1000 / ENDS_PER_SECOND)
  }
}

async function requestsDuring(emulators: EmulatorProcess, action: () => Promise<void>) {
  const before = (await emulators.audit()).length
  const started = performance.now()
  await action()
  const seconds = (performance.now() - started) / 1000
  const verbs: Record<string, number> = {}
  for (const { verb, objectRef } of (await emulators.audit()).slice(before)) {
    const name = objectRef?.resource === 'sparkapplications' ? verb : `${verb} ${objectRef?.resource ?? 'other'}`
    verbs[name] = (verbs[name] ?? 0) + 1
  }
  return { verbs, seconds }
}

const scaled = (verbs: Verbs, factor: number): Verbs =>
  Object.fromEntries(Object.entries(verbs).map(([verb, count]) => [verb, count * factor]))

const inWords = (verbs: Verbs): string =>
  Object.entries(verbs)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([verb, count]) => `${verb} ${count < 10 ? count.toFixed(1) : count.toFixed(0)}`)
    .join(', ') || 'none'
