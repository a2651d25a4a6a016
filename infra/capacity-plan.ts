/**
 * How much of everything a number of jobs a day needs: what a job asks for (measured by bench/, read from bench/RESULTS.md), times
 * jobs, held against the quotas of the services. docs/capacity.md is written from this (scripts/generate-capacity-docs.ts).
 */

/** What one job asks for, submit to end; of the column "a 1-minute job" and of the drain of a burst. */
export interface MeasuredJob {
  readonly writeUnits: number
  readonly readUnits: number
  readonly sqsRequests: number
  readonly invocations: number
  readonly lambdaGigabyteSeconds: number
  readonly events: number
  readonly s3Puts: number
  readonly logBytes: number
  /** In the table, over its whole life there. */
  readonly storedBytes: number
  readonly kubernetesRequests: number
  /** All lines of the bill that grow with jobs. */
  readonly dollars: number
}

export interface CapacityNeed {
  readonly jobsADay: number
  /** Jobs a second on average, and in the busiest hour. */
  readonly meanPerSecond: number
  readonly peakPerSecond: number
  /** Spark Operators, by the busiest hour. */
  readonly operators: number
  readonly clusters: number
  /** DynamoDB, a second at the peak. */
  readonly writeUnits: number
  readonly readUnits: number
  readonly sqsRequests: number
  readonly events: number
  /** Lambda executions at once at the peak, all functions. */
  readonly executions: number
  /** `maximumConcurrency.reconcile` that has room for them. */
  readonly reconcileConcurrency: number
  /** To one API server, a second at the peak. */
  readonly kubernetesRequests: number
  /** Ended SparkApplications that one cluster keeps, with the time to live below. */
  readonly keptObjects: number
  readonly objectTimeToLiveHours: number
  /** GB after the retention of the platform file (90 days). */
  readonly tableGigabytes: number
  readonly logGigabytesADay: number
  readonly dollarsADay: number
}

/** The busiest hour has so many times the mean: nightly batches do not come evenly. */
export const PEAK_FACTOR = 3
/** What an operator is offered (rule 11), and how much of it a plan uses: restarts and retries need the rest. */
export const OPERATOR_PER_SECOND = 2
const OPERATOR_USE = 0.8
/** Operators with disjoint teams on one cluster; each has two controllers of 4 cores and its own webhook. */
const OPERATORS_A_CLUSTER = 4
/** Ended objects on a cluster: what its LIST and its operators' caches bear (2.5 kB an object: 50 MB). */
const MAX_KEPT_OBJECTS = 20_000
/** `objectTimeToLiveSeconds`: the default, and the least that the platform file takes. */
const [DEFAULT_TIME_TO_LIVE_HOURS, LEAST_TIME_TO_LIVE_HOURS] = [72, 1] as const
const RETENTION_DAYS = 90
/** GB-s of a reconcile second: 512 MiB. */
const FUNCTION_GIGABYTES = 0.5
/** The bench counts waiting alone: CPU and cold starts may double it (its own words). */
const CPU_FACTOR = 2
/** Of the executions, what a burst within a second needs beside the mean. */
const HEADROOM = 1.5
/** One run a cluster all the time, of 50 of 60 seconds. */
const OBSERVERS_A_CLUSTER = 1
const DAY_SECONDS = 86_400

/** The need of one number of jobs a day. */
export function planCapacity(jobsADay: number, job: MeasuredJob): CapacityNeed {
  const meanPerSecond = jobsADay / DAY_SECONDS
  const peakPerSecond = meanPerSecond * PEAK_FACTOR
  const operators = Math.max(1, Math.ceil(peakPerSecond / (OPERATOR_PER_SECOND * OPERATOR_USE)))
  const clusters = Math.ceil(operators / OPERATORS_A_CLUSTER)
  const jobExecutions = (job.lambdaGigabyteSeconds / FUNCTION_GIGABYTES) * CPU_FACTOR * peakPerSecond
  const jobsAHourAndCluster = jobsADay / 24 / clusters
  const objectTimeToLiveHours = clamp(
    Math.floor(MAX_KEPT_OBJECTS / jobsAHourAndCluster),
    LEAST_TIME_TO_LIVE_HOURS,
    DEFAULT_TIME_TO_LIVE_HOURS,
  )
  return {
    jobsADay,
    meanPerSecond,
    peakPerSecond,
    operators,
    clusters,
    writeUnits: job.writeUnits * peakPerSecond,
    readUnits: job.readUnits * peakPerSecond,
    sqsRequests: job.sqsRequests * peakPerSecond,
    events: job.events * peakPerSecond,
    executions: Math.ceil(jobExecutions + clusters * OBSERVERS_A_CLUSTER),
    reconcileConcurrency: Math.max(4, Math.ceil(jobExecutions * HEADROOM)),
    kubernetesRequests: (job.kubernetesRequests * peakPerSecond) / clusters,
    keptObjects: jobsAHourAndCluster * objectTimeToLiveHours,
    objectTimeToLiveHours,
    tableGigabytes: (job.storedBytes * jobsADay * RETENTION_DAYS) / 1e9,
    logGigabytesADay: (job.logBytes * jobsADay) / 1e9,
    dollarsADay: job.dollars * jobsADay,
  }
}

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value))

/** A quota of AWS that a plan meets: the default of us-east-1. */
export interface Quota {
  readonly what: string
  readonly quota: number
  readonly need: (need: CapacityNeed) => number
  readonly raise: string
  /** Title of the page of AWS's documentation that says the number, read on 21 November 2026; absent: from memory alone. */
  readonly source?: string
}

export const QUOTAS: readonly Quota[] = [
  {
    what: 'API requests a second (account and region, all APIs together; some younger regions have 2,500)',
    quota: 10_000,
    need: ({ peakPerSecond }) => peakPerSecond,
    raise: '`throttle` of the deployment file first (50 a second); then Service Quotas, API Gateway',
    source: 'Amazon API Gateway quotas',
  },
  {
    what: 'Lambda executions at once (account and region)',
    quota: 1_000,
    need: ({ executions }) => executions,
    raise: 'Service Quotas, Lambda: `Concurrent executions`; new accounts have fewer',
    source: 'Lambda quotas',
  },
  {
    what: 'DynamoDB write units a second (table, on demand)',
    quota: 40_000,
    need: ({ writeUnits }) => writeUnits,
    raise:
      'Service Quotas, DynamoDB; warm the table (`WarmThroughput`) before the first rush: a new one begins at 4,000 (Pre-warming a table for on-demand capacity mode)',
    source: 'Quotas in Amazon DynamoDB',
  },
  {
    what: 'DynamoDB read units a second (table, on demand)',
    quota: 40_000,
    need: ({ readUnits }) => readUnits,
    raise: 'as above; a new table begins at 12,000',
    source: 'Quotas in Amazon DynamoDB',
  },
  {
    what: 'EventBridge PutEvents a second (account and region; 2,400 in us-east-2, less in smaller ones)',
    quota: 10_000,
    need: ({ events }) => events,
    raise: 'Service Quotas, EventBridge: `PutEvents throttle limit`; ten events a call here at most',
    source: 'Amazon EventBridge quotas',
  },
  {
    what: 'SQS messages in flight (queue)',
    quota: 120_000,
    need: ({ reconcileConcurrency }) => reconcileConcurrency * 10,
    raise: 'a support request; batches of ten × `maximumConcurrency` stay far below',
    source: 'Amazon SQS standard queue quotas',
  },
  {
    what: 'STS AssumeRole a second (account and region), should every process start at once and all clusters be of other accounts',
    quota: 600,
    need: ({ executions, clusters }) => executions * clusters,
    raise: 'not raised (AWS: rate limits of STS stay); keys last an hour, and a refused call is made again',
  },
]

/** Of the tables of bench/RESULTS.md. Throws for a page that has other tables than bench/cost.ts and bench/drain.ts write. */
export function readMeasuredJob(results: string): MeasuredJob {
  const cost = sectionOf(results, 'AWS requests and dollars')
  const amount = (what: string): number => cellOf(cost, what, 1)
  const drain = sectionOf(results, 'Draining a burst')
  const created = drain.filter(cells => (cells[0] ?? '').startsWith('up to '))
  if (created.length === 0) throw new Error('bench/RESULTS.md: "Draining a burst" has no window')
  return {
    writeUnits: amount('DynamoDB write units'),
    readUnits: amount('DynamoDB read units'),
    sqsRequests: amount('SQS requests'),
    invocations: amount('Lambda invocations'),
    lambdaGigabyteSeconds: amount('Lambda GB-s'),
    events: amount('EventBridge events'),
    s3Puts: amount('S3 PUTs of the archive'),
    logBytes: amount('CloudWatch log bytes'),
    storedBytes: amount('DynamoDB bytes kept 3 months'),
    kubernetesRequests: Math.max(...created.map(cells => Number(cells[5]))),
    dollars: cellOf(cost, '**jobs**', 2) / 1e6,
  }
}

function sectionOf(results: string, title: string): string[][] {
  const [, section] = results.split(`\n## ${title}\n`)
  if (section === undefined) throw new Error(`bench/RESULTS.md has no section "${title}"`)
  const [body = ''] = section.split('\n## ')
  return body
    .split('\n')
    .filter(line => line.startsWith('|'))
    .map(line =>
      line
        .split('|')
        .slice(1, -1)
        .map(cell => cell.trim()),
    )
}

function cellOf(rows: readonly (readonly string[])[], first: string, column: number): number {
  const text = rows.find(cells => cells[0] === first)?.[column]
  const value = Number((text ?? '').replaceAll('*', ''))
  if (text === undefined || text === '' || Number.isNaN(value))
    throw new Error(`bench/RESULTS.md: no number for "${first}"`)
  return value
}
