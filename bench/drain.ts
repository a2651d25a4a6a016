/**
 * A burst far beyond what the operator takes, until the last object is created: in virtual time at the operator's real rate, where
 * every request is counted; and really, on the embedded stack at a high rate. Neither requests a job nor memory may grow
 * with the queue.
 */
import { defaultPlatform } from '../local/local-platform.ts'
import type { BenchReport, Bench } from './bench-report.ts'
import { SHORT_SPEC, submission } from './bench-adapters.ts'
import { drainReally } from './drain-really.ts'
import { heapMegabytes } from './heap.ts'
import { between, countsOf } from './virtual-counts.ts'
import type { Counts } from './virtual-counts.ts'
import { startVirtualGateway } from './virtual-gateway.ts'

const JOBS = 10_000
const QUICK_JOBS = 1_000
/** Windows of the drain: about a tenth of the burst each. */
const WINDOWS = 10
const RUN_SECONDS = 60
const LIMIT_MILLISECONDS = 6 * 3_600_000
/** What is under way at any time of the drain: turns of twenty seconds, looks at what was just created. */
const SETTLED_MESSAGES = 150
/** All submissions are made at once and answered by then. */
const SUBMISSION_MILLISECONDS = 1_000
const SETTLED_ENDS = 20
/** Longer than any message is invisible or late. */
const SETTLED_MILLISECONDS = 3_600_000
const BUDGET_MEGABYTES = 256
const BUDGET_GROWTH = 1.1

interface Window {
  /** Objects created by its end. */
  readonly created: number
  /** A created job's share. */
  readonly each: Counts
  readonly minutes: number
  readonly heap: number
}

export const benchDrain: Bench = async ({ quick }) => {
  const jobs = quick ? QUICK_JOBS : JOBS
  const baseline = heapMegabytes()
  const { accepted, windows, left, minutes } = await drain(jobs)
  const real = await drainReally(quick)
  return report({ jobs, baseline, accepted, windows, left, minutes, real })
}

async function drain(jobs: number) {
  let created = 0
  let ended = 0
  const gateway = startVirtualGateway({
    platform: defaultPlatform(),
    runSeconds: RUN_SECONDS,
    onJob: (before, after) => {
      if (before?.state === 'SUBMITTING' && after.state === 'PENDING') created++
      if (after.state === 'SUCCEEDED') ended++
    },
  })
  const { time } = gateway
  const start = time.now()
  for (let number = 0; number < jobs; number++) void gateway.submit(submission(`drain-${number}`, SHORT_SPEC))
  // All are accepted, and each has had its first look.
  const { reconcile } = gateway.queues
  const few = Math.max(SETTLED_MESSAGES, jobs / 10)
  await time.runFor(SUBMISSION_MILLISECONDS)
  await time.runUntil(() => reconcile.length < few, LIMIT_MILLISECONDS)
  const accepted = { created, each: between(ZERO, countsOf(gateway), 1 / jobs), seconds: (time.now() - start) / 1000 }
  // From now on as many end as begin: what a window counts belongs to as many jobs.
  await time.runUntil(() => ended >= SETTLED_ENDS, LIMIT_MILLISECONDS)
  const windows: Window[] = []
  const size = Math.floor((jobs - created) / WINDOWS)
  for (let until = created + size; until <= jobs; until += size) {
    const [before, from] = [countsOf(gateway), time.now()]
    await time.runUntil(() => created >= until, LIMIT_MILLISECONDS)
    const minutes = (time.now() - from) / 60_000
    windows.push({ created, each: between(before, countsOf(gateway), 1 / size), minutes, heap: heapMegabytes() })
  }
  await time.runUntil(() => created >= jobs, LIMIT_MILLISECONDS)
  const minutes = (time.now() - start) / 60_000
  // Until then timers (visibility, time limits) hold what the last jobs were about.
  await time.runUntil(() => ended >= jobs, LIMIT_MILLISECONDS)
  await time.runFor(SETTLED_MILLISECONDS)
  gateway.dynamodb.clear()
  gateway.cluster.clear()
  return { accepted, windows, minutes, left: heapMegabytes() }
}

const ZERO: Counts = { dynamodb: 0, writeUnits: 0, readUnits: 0, sqs: 0, kubernetes: 0, invocations: 0, passes: 0 }

interface Drained extends Awaited<ReturnType<typeof drain>> {
  readonly jobs: number
  readonly baseline: number
  readonly real: Awaited<ReturnType<typeof drainReally>>
}

function report({ jobs, baseline, accepted, windows, left, minutes, real }: Drained): BenchReport {
  const [first, last] = [windows[0], windows.at(-1)]
  if (first === undefined || last === undefined) throw new Error('no window was measured')
  const aws = ({ dynamodb, sqs }: Counts): number => dynamodb + sqs
  const growth = aws(last.each) / aws(first.each)
  const passes = (window: Window): number => window.each.passes
  const cells = ({ dynamodb, writeUnits, sqs, kubernetes, invocations, passes }: Counts): string[] => [
    ...[dynamodb, writeUnits, sqs, kubernetes, invocations].map(value => value.toFixed(1)),
    passes.toFixed(3),
  ]
  const heaviest = Math.max(...windows.map(({ heap }) => heap))
  return {
    title: 'Draining a burst',
    how: `${jobs} jobs of a minute at once, one cluster at 2 submissions a second, in virtual time (the last object after ${minutes.toFixed(0)} minutes; turns alone take ${(jobs / 120).toFixed(0)}). Requests of everything, shares of one job created in a tenth of the drain (the first, the middle and the last are shown); acceptance and first look of all are a row of their own. Megabytes after a collection hold the simulated services too, the table above all. The last rows are ${real.jobs} jobs on the embedded stack, ${real.perSecond} a second, AWS requests as they left the process.`,
    columns: ['jobs', 'minutes', 'DynamoDB', 'write units', 'SQS', 'Kubernetes', 'invocations', 'passes', 'MB'],
    rows: [
      ['accepted, first looks', (accepted.seconds / 60).toFixed(1), ...cells(accepted.each), ''],
      ...windows
        .filter((_, index) => index === 0 || index === 4 || index === windows.length - 1)
        .map(({ created, each, minutes, heap }) => [
          `up to ${created}`,
          minutes.toFixed(1),
          ...cells(each),
          heap.toFixed(0),
        ]),
      ['services emptied', '', '', '', '', '', '', '', `${left.toFixed(0)} (before: ${baseline.toFixed(0)})`],
      ...real.rows,
    ],
    verdicts: [
      {
        budget: `AWS requests a job: the last tenth at most ${BUDGET_GROWTH} × the first`,
        measured: `${growth.toFixed(2)} × (${aws(first.each).toFixed(1)}, ${aws(last.each).toFixed(1)}); write units ${(last.each.writeUnits / first.each.writeUnits).toFixed(2)} ×, Kubernetes ${(last.each.kubernetes / first.each.kubernetes).toFixed(2)} ×, passes ${(passes(last) / passes(first)).toFixed(2)} ×`,
        met: growth <= BUDGET_GROWTH,
      },
      {
        budget: `memory ≤ ${BUDGET_MEGABYTES} MB and not growing with the queue`,
        measured: `${heaviest.toFixed(0)} MB with all services in it, ${(left - baseline).toFixed(0)} MB more than at the start without them`,
        met: heaviest <= BUDGET_MEGABYTES && left - baseline < 20,
      },
      {
        budget: 'drained at the admission rate: at most 1.1 × the turns',
        measured: `${(minutes / (jobs / 120)).toFixed(2)} ×`,
        met: minutes / (jobs / 120) <= 1.1,
      },
      ...real.verdicts,
    ],
  }
}
