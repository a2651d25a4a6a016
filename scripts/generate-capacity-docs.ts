/**
 * `node scripts/generate-capacity-docs.ts`: writes the tables of docs/capacity.md from bench/RESULTS.md (infra/capacity-plan.ts),
 * between the marks; the words around them are written by hand. `--check` compares instead.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { OPERATOR_PER_SECOND, PEAK_FACTOR, planCapacity, QUOTAS, readMeasuredJob } from '../infra/capacity-plan.ts'
import type { CapacityNeed } from '../infra/capacity-plan.ts'

const FILE = 'docs/capacity.md'
const JOBS_A_DAY = [10_000, 100_000, 1_000_000] as const
const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

const job = readMeasuredJob(read('bench/RESULTS.md'))
const needs = JOBS_A_DAY.map(jobs => planCapacity(jobs, job))
const largest = planCapacity(Math.max(...JOBS_A_DAY), job)

/** Columns that hold words, besides the first. */
const WORDS = ['raise it by', 'source'] as const

const number = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 1 : 0 })
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((name, index) => (index === 0 || WORDS.some(word => word === name) ? '---' : '---:')), ...rows]
    .map(cells => `| ${cells.join(' | ')} |`)
    .join('\n')

const row = (what: string, value: (need: CapacityNeed) => number): string[] => [
  what,
  ...needs.map(need => number(value(need))),
]

const TABLES: Readonly<Record<string, string>> = {
  job: table(
    ['one job, submit to end', 'measured'],
    [
      ['DynamoDB write units', number(job.writeUnits)],
      ['DynamoDB read units', number(job.readUnits)],
      ['SQS requests', number(job.sqsRequests)],
      ['Lambda invocations', number(job.invocations)],
      ['Lambda GB-s, waiting alone', job.lambdaGigabyteSeconds.toFixed(2)],
      ['EventBridge events', number(job.events)],
      ['Kubernetes requests, in a burst', number(job.kubernetesRequests)],
      ['dollars', job.dollars.toFixed(6)],
    ],
  ),
  needs: table(
    ['jobs a day', ...JOBS_A_DAY.map(jobs => number(jobs))],
    [
      row('jobs a second, mean', need => need.meanPerSecond),
      row(`jobs a second, busiest hour (${PEAK_FACTOR} × the mean)`, need => need.peakPerSecond),
      row(
        `Spark Operators (${OPERATOR_PER_SECOND} submissions a second each, four fifths used)`,
        need => need.operators,
      ),
      row('clusters with four operators each', need => need.clusters),
      row('DynamoDB write units a second', need => need.writeUnits),
      row('DynamoDB read units a second', need => need.readUnits),
      row('SQS requests a second', need => need.sqsRequests),
      row('EventBridge events a second', need => need.events),
      row('Lambda executions at once', need => need.executions),
      row('`maximumConcurrency.reconcile` to set', need => need.reconcileConcurrency),
      row('requests a second to each API server', need => need.kubernetesRequests),
      row('`objectTimeToLiveSeconds` to set, in hours', need => need.objectTimeToLiveHours),
      row('ended SparkApplications that a cluster then keeps', need => need.keptObjects),
      row('GB in the table, 90 days of jobs', need => need.tableGigabytes),
      row('GB of logs a day', need => need.logGigabytesADay),
      row('dollars a day, without clusters', need => need.dollarsADay),
    ],
  ),
  quotas: table(
    ['quota', 'default', 'needed for a million a day', ...WORDS],
    QUOTAS.map(({ what, quota, need, raise, source }) => [
      what,
      number(quota),
      number(need(largest)),
      raise,
      source ?? '**not verified**',
    ]),
  ),
}

/** The page with its tables written anew. Throws for a page without one of the marks. */
function written(page: string): string {
  return Object.entries(TABLES).reduce((text, [name, content]) => {
    const [start, end] = [`<!-- ${name} -->\n`, `\n<!-- end of ${name} -->`]
    const [from, to] = [text.indexOf(start), text.indexOf(end)]
    if (from < 0 || to < from) throw new Error(`${FILE} has no place for "${name}"`)
    return `${text.slice(0, from + start.length)}\n${content}\n${text.slice(to)}`
  }, page)
}

const page = read(FILE)
if (!process.argv.includes('--check')) writeFileSync(new URL(`../${FILE}`, import.meta.url), written(page))
else if (written(page) !== page) {
  console.error(`${FILE} is not what bench/RESULTS.md says: run \`node scripts/generate-capacity-docs.ts\``)
  process.exitCode = 1
}
