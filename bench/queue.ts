/**
 * A long queue: what a created job costs with 1,000, 10,000 and 100,000 jobs behind it, in virtual time at the operator's real
 * rate. Neither passes of admission nor what they read may grow with the queue.
 */
import { defaultPlatform } from '../local/local-platform.ts'
import { SHORT_SPEC, submission } from './bench-adapters.ts'
import type { Bench, BenchReport } from './bench-report.ts'
import { heapMegabytes } from './heap.ts'
import { between, countsOf } from './virtual-counts.ts'
import type { Counts } from './virtual-counts.ts'
import { startVirtualGateway } from './virtual-gateway.ts'

const SIZES = [1_000, 10_000, 100_000]
const QUICK_SIZES = [1_000, 3_000]
const RUN_SECONDS = 60
/** Created from the one moment to the other, while the rest waits. */
const CREATED_BEFORE = 200
const CREATED = 400
/** As many as one shard of the API takes at once. */
const SUBMIT_AT_ONCE = 1_000
const SUBMIT_MILLISECONDS = 1_000
const LIMIT_MILLISECONDS = 24 * 3_600_000
const BUDGET_GROWTH = 1.1

interface Measured {
  readonly queued: number
  readonly each: Counts
  readonly cpu: number
  readonly heap: number
}

export const benchQueue: Bench = async ({ quick }) => {
  const results: Measured[] = []
  for (const queued of quick ? QUICK_SIZES : SIZES) results.push(await measure(queued))
  return report(results)
}

async function measure(queued: number): Promise<Measured> {
  let created = 0
  let waiting = 0
  const gateway = startVirtualGateway({
    platform: defaultPlatform(),
    runSeconds: RUN_SECONDS,
    onJob: (before, after) => {
      if (before?.state === 'SUBMITTING' && after.state === 'PENDING') created++
      if (before?.readyAt === undefined && after.readyAt !== undefined) waiting++
    },
  })
  const { time } = gateway
  for (let number = 0; number < queued; number++) {
    void gateway.submit(submission(`queue-${number}`, SHORT_SPEC))
    if (number % SUBMIT_AT_ONCE === 0) await time.runFor(SUBMIT_MILLISECONDS)
  }
  await time.runUntil(() => waiting >= queued && created >= CREATED_BEFORE, LIMIT_MILLISECONDS)
  const [before, from, cpu] = [countsOf(gateway), created, process.cpuUsage()]
  await time.runUntil(() => created >= from + CREATED, LIMIT_MILLISECONDS)
  const many = created - from
  const { user, system } = process.cpuUsage(cpu)
  const measured = {
    queued,
    each: between(before, countsOf(gateway), 1 / many),
    cpu: (user + system) / 1000 / many,
    heap: heapMegabytes(),
  }
  gateway.dynamodb.clear()
  gateway.cluster.clear()
  return measured
}

function report(results: readonly Measured[]): BenchReport {
  const [least, most] = [results[0], results.at(-1)]
  if (least === undefined || most === undefined) throw new Error('nothing was measured')
  const growth = (of: (counts: Counts) => number): number => of(most.each) / of(least.each)
  const aws = growth(({ dynamodb, sqs }) => dynamodb + sqs)
  const read = growth(({ readUnits }) => readUnits)
  const passes = growth(each => each.passes)
  return {
    title: 'A long queue',
    how: `Virtual time, one cluster at 2 submissions a second; requests of everything, a created job's share of ${CREATED} that are created while the others wait. CPU: this process's, simulated services included. Megabytes after a collection, with the simulated table in them.`,
    columns: ['queued', 'DynamoDB', 'write units', 'read units', 'SQS', 'Kubernetes', 'passes', 'CPU ms', 'MB'],
    rows: results.map(({ queued, each, cpu, heap }) => [
      String(queued),
      ...[each.dynamodb, each.writeUnits, each.readUnits, each.sqs, each.kubernetes].map(value => value.toFixed(1)),
      each.passes.toFixed(3),
      cpu.toFixed(1),
      heap.toFixed(0),
    ]),
    verdicts: [
      {
        budget: `a created job's AWS requests, read units and passes: with ${most.queued} queued at most ${BUDGET_GROWTH} × those with ${least.queued}`,
        measured: `${aws.toFixed(2)} ×, ${read.toFixed(2)} ×, ${passes.toFixed(2)} ×`,
        met: Math.max(aws, read, passes) <= BUDGET_GROWTH,
      },
    ],
  }
}
