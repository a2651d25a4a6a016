/**
 * Requests a minute with 100, 1,000 and 10,000 jobs that run and are quiet, and the lag of status at each size: in virtual time,
 * where ten thousand jobs and half a day are possible. Lag here is the sum of the steps' assumed times and of waiting for each
 * other; `status-lag.ts` measures it really, with fewer jobs.
 */
import { defaultPlatform } from '../local/local-platform.ts'
import { objectNameFor } from '../shared/domain/job-spec/rendering/render-spark-application.ts'
import type { Job } from '../shared/domain/job.ts'
import { parsePlatform } from '../shared/domain/platform/platform.ts'
import { ENDLESS_SPEC, submission } from './bench-adapters.ts'
import { quantile } from './bench-report.ts'
import type { Bench, BenchReport } from './bench-report.ts'
import { heapMegabytes } from './heap.ts'
import { between, countsOf } from './virtual-counts.ts'
import type { Counts } from './virtual-counts.ts'
import { startVirtualGateway } from './virtual-gateway.ts'
import type { VirtualGateway } from './virtual-gateway.ts'

const SIZES = [100, 1_000, 10_000]
const QUICK_SIZES = [20, 200]
/** The set-up is not what is measured. */
const SETUP_PER_SECOND = 100
const SETUP_MILLISECONDS = 6 * 3_600_000
/** Looks at what was pending are over by then. */
const SETTLE_MILLISECONDS = 1_800_000
const HOUR_MILLISECONDS = 3_600_000
/** Two lists of all objects, and two recounts. */
const HALF_DAY_MILLISECONDS = 12 * HOUR_MILLISECONDS
const MAX_ENDS = 200
const END_EVERY_MILLISECONDS = 200
const LAST_SAVE_MILLISECONDS = 600_000
const BUDGET_SHARE = 0.1
const BUDGET_SECONDS = { p50: 1, p99: 5 }

interface Measured {
  readonly jobs: number
  /** A minute, over an hour in which nothing was due. */
  readonly hour: Counts
  /** A minute, over half a day. */
  readonly halfDay: Counts
  readonly lags: readonly number[]
  readonly heap: number
  /** Invocations that were killed at their time limit. */
  readonly timeouts: string
}

export const benchRequests: Bench = async ({ quick }) => {
  const results: Measured[] = []
  for (const jobs of quick ? QUICK_SIZES : SIZES) results.push(await measure(jobs))
  return report(results)
}

async function measure(jobs: number): Promise<Measured> {
  const { clusters, teams } = defaultPlatform()
  const local = { ...clusters['local'], submitsPerSecond: SETUP_PER_SECOND }
  const running: Job[] = []
  const ends = { written: new Map<string, number>(), saved: new Map<string, number>() }
  const gateway = startVirtualGateway({
    platform: parsePlatform({ clusters: { local }, teams }),
    runSeconds: Infinity,
    onState: (name, state) => {
      if (state === 'SUCCEEDING') ends.written.set(name, gateway.time.now())
    },
    onJob: (before, after) => {
      if (before?.state === 'PENDING' && after.state === 'RUNNING') running.push(after)
      if (before?.state === 'RUNNING' && after.state === 'SUCCEEDED') ends.saved.set(nameOf(after), gateway.time.now())
    },
  })
  const { time } = gateway
  for (let number = 0; number < jobs; number++) void gateway.submit(submission(`quiet-${number}`, ENDLESS_SPEC))
  await time.runUntil(() => running.length === jobs, SETUP_MILLISECONDS)
  await time.runFor(SETTLE_MILLISECONDS)
  const hour = await aMinuteOf(gateway, HOUR_MILLISECONDS)
  const heap = heapMegabytes()
  const halfDay = await aMinuteOf(gateway, HALF_DAY_MILLISECONDS)
  const ending = running.slice(0, Math.min(MAX_ENDS, jobs)).map(nameOf)
  for (const name of ending) {
    gateway.cluster.endDriver(name)
    await time.runFor(END_EVERY_MILLISECONDS)
  }
  await time.runUntil(() => ends.saved.size === ending.length, LAST_SAVE_MILLISECONDS)
  const lags = ending.map(name => (ends.saved.get(name) ?? Number.NaN) - (ends.written.get(name) ?? Number.NaN))
  const killed = [...gateway.functions].filter(([, { timeouts }]) => timeouts > 0)
  const timeouts = killed.map(([name, { timeouts }]) => `${name} ${timeouts}`).join(', ') || 'none'
  return { jobs, hour, halfDay, lags, heap, timeouts }
}

const nameOf = (job: Job): string => objectNameFor(job.name, job.jobId, 1)

async function aMinuteOf(gateway: VirtualGateway, milliseconds: number): Promise<Counts> {
  const before = countsOf(gateway)
  await gateway.time.runFor(milliseconds)
  return between(before, countsOf(gateway), 60_000 / milliseconds)
}

function report(results: readonly Measured[]): BenchReport {
  const spread = (values: readonly number[]): number => Math.max(...values) / Math.min(...values) - 1
  const flat = (what: string, of: (result: Measured) => number) => ({
    budget: `${what}: flat within ${BUDGET_SHARE * 100} % from ${results[0]?.jobs} to ${results.at(-1)?.jobs} jobs`,
    measured: results.map(result => of(result).toFixed(2)).join(', '),
    met: spread(results.map(of)) <= BUDGET_SHARE,
  })
  const worst = (share: number): number => Math.max(...results.map(({ lags }) => quantile(lags, share))) / 1000
  const aws = ({ dynamodb, sqs, invocations }: Counts): string =>
    [dynamodb, sqs, invocations].map(value => value.toFixed(1)).join(' / ')
  return {
    title: 'Requests with many quiet jobs',
    how: `Virtual time; a minute's share of an hour in which nothing happens, and of half a day, which has two lists of all objects and two recounts of what is in use. AWS: DynamoDB requests / SQS requests (without empty polls) / invocations. Lag in ms, from the operator's write to our record, ${MAX_ENDS} ends at five a second. Megabytes: this process after a collection, simulated table and cluster included.`,
    columns: [
      'jobs',
      'Kubernetes, quiet hour',
      'Kubernetes, half a day',
      'AWS, quiet hour',
      'AWS, half a day',
      'lag p50',
      'lag p99',
      'MB',
    ],
    rows: results.map(({ jobs, hour, halfDay, lags, heap }) => [
      String(jobs),
      hour.kubernetes.toFixed(2),
      halfDay.kubernetes.toFixed(2),
      aws(hour),
      aws(halfDay),
      quantile(lags, 0.5).toFixed(0),
      quantile(lags, 0.99).toFixed(0),
      heap.toFixed(0),
    ]),
    verdicts: [
      flat('Kubernetes requests of a quiet minute', ({ hour }) => hour.kubernetes),
      flat('Kubernetes requests a minute over half a day', ({ halfDay }) => halfDay.kubernetes),
      flat('AWS requests of a quiet minute', ({ hour }) => hour.dynamodb + hour.sqs),
      ...(['p50', 'p99'] as const).map(name => ({
        budget: `lag ${name} ≤ ${BUDGET_SECONDS[name]} s at every size`,
        measured: `${worst(name === 'p50' ? 0.5 : 0.99).toFixed(2)} s`,
        met: worst(name === 'p50' ? 0.5 : 0.99) <= BUDGET_SECONDS[name],
      })),
      {
        budget: 'no invocation reaches its time limit',
        measured: results.map(({ jobs, timeouts }) => `${jobs} jobs: ${timeouts}`).join('; '),
        met: results.every(({ timeouts }) => timeouts === 'none'),
      },
    ],
  }
}
