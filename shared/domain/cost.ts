/**
 * What jobs cost: an estimate before they run, and what their attempts used. Prices are the platform's own figures for an hour
 * of a core and of a GiB of memory, as pods ask for them; nodes that stand half empty are not in it.
 */
import { executorSeconds } from './executor-use.ts'
import type { JobPods, PodSize } from './job-pods.ts'
import type { Attempt, Deadlines, Job } from './job.ts'
import type { Platform } from './platform/platform.ts'

/** Of the platform file, by cluster. */
export interface Prices {
  /** ISO 4217. */
  readonly currency: string
  readonly cpuHour: number
  readonly gibHour: number
  /** What a spot pod costs of the price, 0 … 1; absent: as much as any. */
  readonly spotFactor?: number | undefined
}

/** Prices by the name of a cluster. */
export type PricesOf = (cluster: string) => Prices | undefined

/** Those of the platform file; none for a cluster that it does not have. */
export const pricesOf =
  ({ clusters }: Pick<Platform, 'clusters'>): PricesOf =>
  cluster =>
    Object.hasOwn(clusters, cluster) ? clusters[cluster]?.prices : undefined

/** Of all pods of one role together. */
export interface CostLine {
  readonly role: 'driver' | 'executor'
  readonly pods: number
  /** Of one pod. */
  readonly cores: number
  readonly memoryMiB: number
  readonly spot: boolean
  readonly perHour: number
}

export interface Estimate {
  readonly currency: string
  /** With as many executors as it can ever have. */
  readonly perHour: number
  /** What one attempt costs that runs until its deadline; absent where it has none. */
  readonly atDeadline?: { readonly hours: number; readonly amount: number }
  readonly lines: readonly CostLine[]
}

export function estimateCost(pods: JobPods, prices: Prices, { runningSeconds }: Deadlines): Estimate {
  const lines: readonly CostLine[] = [
    lineOf('driver', 1, pods.driver, prices),
    lineOf('executor', pods.executors, pods.executor, prices),
  ]
  const perHour = lines.reduce((sum, line) => sum + line.perHour, 0)
  const hours = runningSeconds === undefined ? undefined : runningSeconds / SECONDS_PER_HOUR
  return {
    currency: prices.currency,
    perHour: rounded(perHour),
    ...(hours !== undefined && { atDeadline: { hours: rounded(hours), amount: rounded(perHour * hours) } }),
    lines: lines.map(line => ({ ...line, perHour: rounded(line.perHour) })),
  }
}

function lineOf(role: CostLine['role'], count: number, pod: PodSize, prices: Prices): CostLine {
  const { cores, memoryMiB, spot = false } = pod
  return { role, pods: count, cores, memoryMiB, spot, perHour: count * hourOf(pod, prices) }
}

const hourOf = ({ cores, memoryMiB, spot }: PodSize, { cpuHour, gibHour, spotFactor = 1 }: Prices): number =>
  (cores * cpuHour + (memoryMiB / MIB_PER_GIB) * gibHour) * (spot === true ? spotFactor : 1)

/** What all attempts of a job used until now, or until their ends. */
export interface Used {
  readonly driverHours: number
  readonly executorHours: number
  readonly coreHours: number
  readonly memoryGiBHours: number
  /** Present where all of its clusters have prices in one currency. */
  readonly cost?: Money
}

export interface Money {
  /** ISO 4217. */
  readonly currency: string
  readonly amount: number
}

/** Six digits behind the point: the sum of a million small jobs is right to a unit. */
export const roundedMoney = (amount: number): number => Math.round(amount * 1e6) / 1e6

/** What all attempts of a job cost until now, or until their ends; undefined as `usedBy` and its `cost`. */
export function costOf(job: Job, now: number, prices: PricesOf): Money | undefined {
  const { pods } = job
  const ran = attemptsThatRan(job)
  const currency = prices(ran[0]?.cluster ?? job.cluster)?.currency
  if (pods === undefined || ran.length === 0 || currency === undefined) return undefined
  let amount = 0
  for (const attempt of ran) {
    const own = prices(attempt.cluster ?? job.cluster)
    if (own?.currency !== currency) return undefined
    amount += amountOf(partOf(attempt, pods, now), own)
  }
  return { currency, amount: roundedMoney(amount) }
}

const attemptsThatRan = ({ attempts }: Job): readonly Attempt[] =>
  attempts.filter(({ runningAt }) => runningAt !== undefined)

/** Undefined where nothing ran yet, or the record does not say what its pods ask for. Executors count as looks saw them. */
export function usedBy(job: Job, now: number, prices: PricesOf): Used | undefined {
  const { pods } = job
  const ran = attemptsThatRan(job)
  if (pods === undefined || ran.length === 0) return undefined
  const parts = ran.map(attempt => partOf(attempt, pods, now))
  const cost = costOf(job, now, prices)
  const sum = (of: (part: Part) => number): number => rounded(parts.reduce((total, part) => total + of(part), 0))
  return {
    driverHours: sum(part => part.driverHours),
    executorHours: sum(part => part.executorHours),
    coreHours: sum(
      ({ driver, driverHours, executor, executorHours }) => driver.cores * driverHours + executor.cores * executorHours,
    ),
    memoryGiBHours: sum(
      ({ driver, driverHours, executor, executorHours }) =>
        (driver.memoryMiB * driverHours + executor.memoryMiB * executorHours) / MIB_PER_GIB,
    ),
    ...(cost !== undefined && { cost: { ...cost, amount: rounded(cost.amount) } }),
  }
}

/** One attempt: its pods, as its remedies made them, and how long they ran. */
interface Part {
  readonly driver: PodSize
  readonly driverHours: number
  readonly executor: PodSize
  readonly executorHours: number
}

function partOf({ runningAt = 0, endedAt, remedies, executors }: Attempt, pods: JobPods, now: number): Part {
  const until = endedAt ?? now
  const sizeOf = (role: 'driver' | 'executor'): PodSize => {
    const memoryMiB = remedies.findLast(remedy => remedy.role === role)?.afterMiB ?? pods[role].memoryMiB
    return { ...pods[role], memoryMiB }
  }
  return {
    driver: sizeOf('driver'),
    driverHours: Math.max(0, until - runningAt) / 1000 / SECONDS_PER_HOUR,
    executor: sizeOf('executor'),
    executorHours: executorSeconds(executors, until) / SECONDS_PER_HOUR,
  }
}

const amountOf = ({ driver, driverHours, executor, executorHours }: Part, prices: Prices): number =>
  driverHours * hourOf(driver, prices) + executorHours * hourOf(executor, prices)

const SECONDS_PER_HOUR = 3_600
const MIB_PER_GIB = 1_024
/** Four digits behind the point: small jobs cost parts of a cent. */
const rounded = (amount: number): number => Math.round(amount * 10_000) / 10_000
