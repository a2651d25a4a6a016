/** The burst on the embedded stack: the gateway in this process, the emulators in another, five submissions a second. */
import { submitJob } from '../shared/operations/submit-job.ts'
import { systemClock } from '../shared/runtime/wire.ts'
import { countAwsRequests } from './aws-requests.ts'
import { benchAdapters, ENDLESS_SPEC, submission } from './bench-adapters.ts'
import { startBenchGateway } from './bench-gateway.ts'
import { heapMegabytes } from './heap.ts'
import { until } from './until.ts'
import { sum } from './virtual-counts.ts'

const JOBS = 500
const QUICK_JOBS = 100
const PER_SECOND = 5
const WINDOWS = [1, 2, 3, 4, 5]
/** The looks at a job are over about 25 s after its create: the third window has those of as many jobs as it creates. */
const SETTLED_WINDOW = 2
/** Submissions under way at once. */
const AT_A_TIME = 20
const LIMIT_MILLISECONDS = 900_000
/** Other work on the machine moves looks from one window to another: wider than the virtual one. */
const BUDGET_GROWTH = 1.25

interface Window {
  readonly created: number
  readonly dynamodb: number
  readonly sqs: number
  readonly minutes: number
  readonly heap: number
}

export async function drainReally(quick: boolean) {
  const jobs = quick ? QUICK_JOBS : JOBS
  const gateway = await startBenchGateway(PER_SECOND, 1)
  const { platform, emulators, saves } = gateway
  const requests = countAwsRequests()
  try {
    const deps = { ...benchAdapters(emulators.endpoints, platform, 'reconcile'), platform, clock: systemClock }
    const numbers = Array.from({ length: jobs }, (_, number) => number)
    while (numbers.length > 0)
      await Promise.all(
        numbers.splice(0, AT_A_TIME).map(number => submitJob(deps, submission(`drain-${number}`, ENDLESS_SPEC))),
      )
    const count = (service: string): number =>
      sum([...requests.counts].filter(([name]) => name.startsWith(service)).map(([, many]) => many))
    const windows: Window[] = []
    const first = saves.count('PENDING')
    const size = Math.floor((jobs - first) / WINDOWS.length)
    for (const window of size > 0 ? WINDOWS : []) {
      const before = {
        at: performance.now(),
        dynamodb: count('DynamoDB'),
        sqs: count('SQS'),
        created: saves.count('PENDING'),
      }
      const enough = first + window * size
      await until(
        () => saves.count('PENDING') >= enough,
        LIMIT_MILLISECONDS,
        () => `${saves.count('PENDING')} of ${jobs}`,
      )
      const created = saves.count('PENDING')
      const many = Math.max(created - before.created, 1)
      windows.push({
        created,
        dynamodb: (count('DynamoDB') - before.dynamodb) / many,
        sqs: (count('SQS') - before.sqs) / many,
        minutes: (performance.now() - before.at) / 60_000,
        heap: heapMegabytes(),
      })
    }
    return report(jobs, windows)
  } finally {
    requests.stop()
    await gateway.close()
  }
}

function report(jobs: number, windows: readonly Window[]) {
  const [first, last] = [windows[SETTLED_WINDOW], windows.at(-1)]
  if (first === undefined || last === undefined) throw new Error('the burst was drained before it was accepted')
  const growth = (last.dynamodb + last.sqs) / (first.dynamodb + first.sqs)
  const heaviest = Math.max(...windows.map(({ heap }) => heap))
  return {
    jobs,
    perSecond: PER_SECOND,
    rows: windows.map(({ created, dynamodb, sqs, minutes, heap }) => [
      `embedded … ${created}`,
      minutes.toFixed(1),
      dynamodb.toFixed(1),
      '',
      sqs.toFixed(1),
      '',
      '',
      '',
      heap.toFixed(0),
    ]),
    verdicts: [
      {
        budget: `embedded: AWS requests a job, the last fifth at most ${BUDGET_GROWTH} × the third`,
        measured: `${growth.toFixed(2)} ×`,
        met: growth <= BUDGET_GROWTH,
      },
      {
        budget: 'embedded: all functions together ≤ 256 MB, not growing',
        measured: `${first.heap.toFixed(0)} MB, ${last.heap.toFixed(0)} MB`,
        met: heaviest <= 256 && last.heap - first.heap < 20,
      },
    ],
  }
}
