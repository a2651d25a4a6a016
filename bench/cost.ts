/**
 * What a job asks of AWS from submit to end, and what a million jobs cost at list price, line by line: counted in virtual time
 * for jobs of a minute and of ten hours. What belongs to time instead of jobs (the watch of a cluster, the sweep) has lines of its own.
 */
import { FUNCTIONS } from '../shared/runtime/function-table.ts'
import type { FunctionName } from '../shared/runtime/function-table.ts'
import { defaultPlatform } from '../local/local-platform.ts'
import { isTerminal } from '../shared/domain/job-state.ts'
import { SHORT_SPEC, submission } from './bench-adapters.ts'
import type { Bench, BenchReport } from './bench-report.ts'
import { PRICES } from './prices.ts'
import { sum } from './virtual-counts.ts'
import { startVirtualGateway } from './virtual-gateway.ts'
import type { VirtualGateway } from './virtual-gateway.ts'

const JOBS = 200
const QUICK_JOBS = 20
/** One job every so often: nobody waits for a turn, and batches are as small as they get. */
const EVERY_MILLISECONDS = 3_000
const MINUTE = 60
const TEN_HOURS = 36_000
const LIMIT_MILLISECONDS = 24 * 3_600_000
/** START, END and REPORT of each invocation, as Lambda writes them. */
const PLATFORM_LOG_BYTES = 400
/** What the platform file keeps records for, if nobody says otherwise. */
const MONTHS_KEPT = 3
const MILLION = 1e6
/** A million jobs at the rate that one operator takes: 2 a second. */
const HOURS_OF_A_MILLION = MILLION / 2 / 3_600
const IDLE_MILLISECONDS = 3_600_000
const SWEEPS_A_MONTH = 43_200
/** Lambda keeps five long polls of 20 s on each of three queues, also when nothing comes (Lambda developer guide, SQS sources). */
const IDLE_POLLS_A_MONTH = (3 * 5 * (30 * 86_400)) / 20
/** No budget in dollars in the design: "a small constant". */
const EXPECTED_REQUESTS = 100

/** One line of the bill: how much of what, and what it costs. */
interface Line {
  readonly what: string
  readonly amount: number
  readonly price: number
}

interface Costs {
  /** Of one job. */
  readonly job: readonly Line[]
  readonly requests: number
  /** Of one hour of one watched cluster. */
  readonly hour: readonly Line[]
}

export const benchCost: Bench = async ({ quick }) => {
  const jobs = quick ? QUICK_JOBS : JOBS
  return report({
    minute: await measure(jobs, MINUTE),
    hours: await measure(jobs, TEN_HOURS),
    sweep: await measureIdle(),
    jobs,
  })
}

async function measure(jobs: number, runSeconds: number): Promise<Costs> {
  let ended = 0
  const gateway = startVirtualGateway({
    platform: defaultPlatform(),
    runSeconds,
    onJob: (_before, after) => {
      if (isTerminal(after.state)) ended++
    },
  })
  const { time } = gateway
  for (let number = 0; number < jobs; number++) {
    void gateway.submit(submission(`cost-${number}`, SHORT_SPEC))
    await time.runFor(EVERY_MILLISECONDS)
  }
  await time.runUntil(() => ended === jobs && gateway.queues.reconcile.length === 0, LIMIT_MILLISECONDS)
  // The last changes are told.
  await time.runFor(1_000)
  return costsOf(gateway, jobs)
}

const OF_JOBS = ['api', 'reconcile-job', 'notify'] as const

function costsOf(gateway: VirtualGateway, jobs: number): Costs {
  const { queues, other, dynamodb, functions } = gateway
  const sqs = sum([...queues.reconcile.requests.values()])
  const requests = sum(OF_JOBS.map(name => sum([...(dynamodb.bills.get(name)?.requests.values() ?? [])])))
  const events = other.get('event') ?? 0
  const puts = other.get('S3 PUT') ?? 0
  const many = sum([requests, sqs, other.get('PutEvents') ?? 0, puts, other.get('API request') ?? 0])
  const logs = sum(
    OF_JOBS.map(name => (other.get(`log bytes ${name}`) ?? 0) + PLATFORM_LOG_BYTES * (functions.get(name)?.count ?? 0)),
  )
  const watched = (functions.get('observe-cluster')?.milliseconds ?? 0) / 3_600_000
  return {
    requests: many / jobs,
    job: [
      line('API Gateway requests', (other.get('API request') ?? 0) / jobs, PRICES.apiRequest),
      ...dynamodbLines(gateway, OF_JOBS, jobs),
      line('SQS requests', sqs / jobs, PRICES.sqsRequest),
      ...lambdaLines(gateway, OF_JOBS, jobs),
      line('EventBridge events', events / jobs, PRICES.event),
      line('S3 PUTs of the archive', puts / jobs, PRICES.s3Put),
      line('CloudWatch log bytes', logs / jobs, PRICES.logGigabyte / 1e9),
      line(
        `DynamoDB bytes kept ${MONTHS_KEPT} months`,
        dynamodb.bytes() / jobs,
        (PRICES.dynamodbGigabyteMonth * MONTHS_KEPT) / 1e9,
      ),
    ],
    hour: [
      ...dynamodbLines(gateway, ['observe-cluster'], watched),
      line('SQS requests', sum([...queues.observe.requests.values()]) / watched, PRICES.sqsRequest),
      ...lambdaLines(gateway, ['observe-cluster'], watched),
    ],
  }
}

/** Of one sweep of a gateway that has nothing to do. */
async function measureIdle(): Promise<readonly Line[]> {
  const gateway = startVirtualGateway({ platform: defaultPlatform(), runSeconds: MINUTE })
  await gateway.time.runFor(IDLE_MILLISECONDS)
  const sweeps = gateway.functions.get('sweep-jobs')?.count ?? 0
  return [
    ...dynamodbLines(gateway, ['sweep-jobs'], sweeps),
    ...lambdaLines(gateway, ['sweep-jobs'], sweeps),
    line('EventBridge Scheduler', 1, PRICES.schedulerInvocation),
  ]
}

const line = (what: string, amount: number, price: number): Line => ({ what, amount, price })

function dynamodbLines({ dynamodb }: VirtualGateway, names: readonly FunctionName[], by: number): readonly Line[] {
  const total = (unit: 'readUnits' | 'writeUnits'): number =>
    sum(names.map(name => dynamodb.bills.get(name)?.[unit] ?? 0))
  return [
    line('DynamoDB write units', total('writeUnits') / by, PRICES.dynamodbWriteUnit),
    line('DynamoDB read units', total('readUnits') / by, PRICES.dynamodbReadUnit),
  ]
}

function lambdaLines({ functions }: VirtualGateway, names: readonly FunctionName[], by: number): readonly Line[] {
  const done = names.map(name => ({ gigabytes: FUNCTIONS[name].memoryMiB / 1024, ...functions.get(name) }))
  const gigabyteSeconds = sum(done.map(({ gigabytes, milliseconds = 0 }) => (gigabytes * milliseconds) / 1000))
  return [
    line('Lambda invocations', sum(done.map(({ count = 0 }) => count)) / by, PRICES.lambdaInvocation),
    line('Lambda GB-s', gigabyteSeconds / by, PRICES.lambdaGigabyteSecond),
  ]
}

const dollars = (lines: readonly Line[]): number => sum(lines.map(({ amount, price }) => amount * price))

interface Measured {
  readonly minute: Costs
  readonly hours: Costs
  readonly sweep: readonly Line[]
  readonly jobs: number
}

function report({ minute, hours, sweep, jobs }: Measured): BenchReport {
  const idle = dollars(sweep) * SWEEPS_A_MONTH + IDLE_POLLS_A_MONTH * PRICES.sqsRequest
  const shared = dollars(minute.hour) * HOURS_OF_A_MILLION
  const row = (what: string, one: readonly Line[], other: readonly Line[], factor: number): string[][] =>
    one.map(({ what: each, amount, price }, index) => [
      `${what}${each}`,
      amount.toPrecision(3),
      (amount * price * factor).toFixed(2),
      (other[index]?.amount ?? 0).toPrecision(3),
      ((other[index]?.amount ?? 0) * price * factor).toFixed(2),
    ])
  const total = (costs: Costs): string =>
    dollars(costs.job.map(each => ({ ...each, amount: each.amount * MILLION }))).toFixed(0)
  return {
    title: 'AWS requests and dollars',
    how: `${jobs} jobs with one executor, one every ${EVERY_MILLISECONDS / 1000} s, in virtual time; list prices of us-east-1 (bench/prices.ts), no free tier. Durations are waiting for assumed round trips (bench/virtual-gateway.ts) without CPU and cold starts: the Lambda GB-s of jobs may be twice that. The watch costs per hour in which a cluster has active jobs, however many; its million is ${HOURS_OF_A_MILLION.toFixed(0)} hours of one operator at 2 submissions a second. Data transfer, NAT and the clusters themselves are not in here.`,
    columns: ['line', 'a 1-minute job', '$ a million', 'a 10-hour job', '$ a million'],
    rows: [
      ...row('', minute.job, hours.job, MILLION),
      [
        '**jobs**',
        minute.requests.toFixed(0),
        `**${total(minute)}**`,
        hours.requests.toFixed(0),
        `**${total(hours)}**`,
      ],
      ...row('watch, an hour: ', minute.hour, hours.hour, HOURS_OF_A_MILLION),
      ...sweep.map(({ what, amount, price }) => [
        `idle, a sweep: ${what}`,
        amount.toPrecision(3),
        `${(amount * price * SWEEPS_A_MONTH).toFixed(2)} a month`,
        '',
        '',
      ]),
    ],
    verdicts: [
      {
        budget: `AWS requests a job are a small constant: the 10-hour job at most 1.1 × the 1-minute job, each ≤ ${EXPECTED_REQUESTS} (our own expectation)`,
        measured: `${minute.requests.toFixed(1)} and ${hours.requests.toFixed(1)}`,
        met: hours.requests <= minute.requests * 1.1 && Math.max(minute.requests, hours.requests) <= EXPECTED_REQUESTS,
      },
      {
        budget: 'dollars a million jobs, watch included (no budget: for the reader)',
        measured: `${(Number(total(minute)) + shared).toFixed(0)} and ${(Number(total(hours)) + shared).toFixed(0)}; idle ${idle.toFixed(2)} a month (sweep and polls of empty queues; within free tiers: less)`,
        met: true,
      },
    ],
  }
}
