/**
 * reconcileJob from QUEUED to PENDING over its floor: exactly the calls that one such reconcile made to
 * DynamoDB, SQS and Kubernetes, recorded and replayed bare for another job. One of each in turn; then ten at a time, as one batch of the queue is.
 */
import type { Platform } from '../shared/domain/platform/platform.ts'
import { defaultPlatform } from '../local/local-platform.ts'
import type { Job } from '../shared/domain/job.ts'
import { reconcileJob } from '../shared/operations/reconcile-job.ts'
import { submitJob } from '../shared/operations/submit-job.ts'
import { reconcileSettings, systemClock } from '../shared/runtime/wire.ts'
import { ENDLESS_SPEC, submission } from './bench-adapters.ts'
import { median, noisePercent, quantile } from './bench-report.ts'
import type { Bench } from './bench-report.ts'
import { startEmulatorProcess } from './emulator-process.ts'
import type { EmulatorProcess } from './emulator-process.ts'
import { replay, tracedAdapters } from './traced-calls.ts'

const PAIRS = 150
const QUICK_PAIRS = 20
const WARM_UP = 20
/** One batch of the reconcile queue. */
const AT_A_TIME = 10
/** No budget of the design: beyond this the engine, not its calls, would be what a reconcile costs. */
const EXPECTED_RATIO = 1.5

export const benchReconcile: Bench = async ({ quick }) => {
  const emulators = await startEmulatorProcess(defaultPlatform(), 1)
  try {
    // What the operator does with the objects is not part of this.
    await emulators.control('stopOperator')
    const ways = await prepare(emulators)
    const pairs = quick ? QUICK_PAIRS : PAIRS
    const reconciled: number[] = []
    const bare: number[] = []
    for (let round = -WARM_UP; round < pairs; round++) {
      const job = await ways.submit(`pair-${round}`)
      const twin = await ways.submit(`floor-${round}`)
      const reconcile = async (): Promise<number> => timed(() => ways.reconcile(job))
      const floor = async (): Promise<number> => timed(() => ways.floor(twin))
      const [first, second] = round % 2 === 0 ? [reconcile, floor] : [floor, reconcile]
      const took = [await first(), await second()] as const
      if (round < 0) continue
      reconciled.push(round % 2 === 0 ? took[0] : took[1])
      bare.push(round % 2 === 0 ? took[1] : took[0])
    }
    const together = await batches(ways, quick ? 2 : PAIRS / AT_A_TIME)
    return report(
      reconciled,
      bare,
      together,
      ways.calls.map(({ name }) => name),
    )
  } finally {
    await emulators.close()
  }
}

function report(reconciled: readonly number[], bare: readonly number[], together: Together, calls: readonly string[]) {
  const ratio = median(reconciled) / median(bare)
  // The very last call is the read that checks the state; the message before the last one is admission's.
  const wasted = calls.slice(calls.lastIndexOf('SendMessage') + 1, -1)
  const row = (name: string, values: readonly number[]): string[] => [
    name,
    median(values).toFixed(1),
    quantile(values, 0.95).toFixed(1),
    (1000 / median(values)).toFixed(0),
    (median(values) / median(bare)).toFixed(2),
    noisePercent(values),
  ]
  const atATime = (name: string, perSecond: number): string[] => [
    `${name}, ${AT_A_TIME} at a time`,
    '',
    '',
    perSecond.toFixed(0),
    (together.floorPerSecond / perSecond).toFixed(2),
    '',
  ]
  return {
    title: 'Reconciling QUEUED → PENDING',
    how: `${reconciled.length} of each in turn; emulators in another process on the same two cores. The bare calls are those that one reconcile (and the read that checks it) made, replayed with another id: ${calls.join(', ')}.`,
    columns: ['what', 'median ms', 'p95 ms', 'a second', '÷ floor', 'noise'],
    rows: [
      row('bare calls', bare),
      row('reconcileJob', reconciled),
      atATime('bare calls', together.floorPerSecond),
      atATime('reconcileJob', together.reconciledPerSecond),
    ],
    verdicts: [
      {
        budget: `at most ${EXPECTED_RATIO} × the bare calls (our own expectation)`,
        measured: `${ratio.toFixed(2)} ×`,
        met: ratio <= EXPECTED_RATIO,
      },
      {
        budget: 'no call after the message for the next look',
        measured: `${wasted.length} (${wasted.join(', ') || 'none'})`,
        met: wasted.length === 0,
      },
    ],
  }
}

interface Together {
  readonly reconciledPerSecond: number
  readonly floorPerSecond: number
}

async function batches(ways: Ways, count: number): Promise<Together> {
  let reconciling = 0
  let bare = 0
  for (let batch = 0; batch < count; batch++) {
    const names = Array.from({ length: AT_A_TIME }, (_, index) => `batch-${batch}-${index}`)
    const jobs = await Promise.all(names.map(name => ways.submit(name)))
    const twins = await Promise.all(names.map(name => ways.submit(`${name}-floor`)))
    reconciling += await timed(() => Promise.all(jobs.map(ways.reconcile)))
    bare += await timed(() => Promise.all(twins.map(ways.floor)))
  }
  const total = count * AT_A_TIME * 1000
  return { reconciledPerSecond: total / reconciling, floorPerSecond: total / bare }
}

type Ways = Awaited<ReturnType<typeof prepare>>

async function prepare(emulators: EmulatorProcess) {
  const platform = defaultPlatform()
  const adapters = tracedAdapters(emulators.endpoints, platform)
  const { store, config } = adapters
  // Turns are as dense as they can be: the operator's rate is not what is measured.
  const deps = { ...adapters, ...reconcileSettings(config), platform: withoutTurns(config.platform) }
  const submit = async (key: string): Promise<Job> => {
    const submitted = await submitJob({ ...deps, platform, clock: systemClock }, submission(key, ENDLESS_SPEC))
    if (submitted.outcome !== 'accepted') throw new Error(`the job was not accepted: ${submitted.outcome}`)
    return submitted.job
  }
  const reconcile = async (job: Job): Promise<void> => {
    await reconcileJob(deps, job)
    const { state } = (await store.get(job)) ?? {}
    if (state !== 'PENDING') throw new Error(`job ${job.jobId} is ${String(state)} instead of PENDING`)
  }
  // The first one starts the observer; the second is like all that follow.
  await reconcile(await submit('first'))
  const model = await submit('model')
  const calls = await adapters.trace(() => reconcile(model))
  return { submit, reconcile, calls, floor: (job: Job) => replay(calls, model, job) }
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await action()
  return performance.now() - started
}

/** Turns that take no time: what is measured is the work. */
const withoutTurns = (platform: Platform): Platform => ({
  ...platform,
  clusters: Object.fromEntries(
    Object.entries(platform.clusters).map(([name, cluster]) => [name, { ...cluster, submitsPerSecond: 1_000_000 }]),
  ),
})
