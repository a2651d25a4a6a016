/** What a schedule is, and which of its times is due: the pure part of the embedded scheduler. */
import { nextFireTime, readRateMilliseconds } from './schedule-expression.ts'

/** A schedule as its owner puts it. The flexible window of AWS is accepted and ignored: local runs are on time. */
export interface ScheduleDefinition {
  readonly name: string
  /** Default `default`. Groups come into being with their first schedule. */
  readonly groupName?: string
  readonly expression: string
  /** IANA name; default UTC. */
  readonly timezone?: string
  readonly state: 'ENABLED' | 'DISABLED'
  /** What `invoke` is called with: an ARN, or any name that the caller understands. */
  readonly target: string
  /** The payload with its `<aws.scheduler.…>` placeholders. */
  readonly input?: string
  readonly startDate?: Date
  readonly endDate?: Date
  readonly description?: string
  /** Default NONE: a schedule that has no run left stays in the list. */
  readonly actionAfterCompletion?: 'NONE' | 'DELETE'
  /** 0 to 185 (the default of AWS). */
  readonly maximumRetryAttempts?: number
  /** 60 to 86,400 (the default of AWS). */
  readonly maximumEventAgeSeconds?: number
  /** Kept and shown for the API's sake; nothing is checked. */
  readonly roleArn?: string
}

/** One run that was due and is not delivered yet. Times are milliseconds since 1970. */
export interface PendingRun {
  readonly scheduledAt: number
  readonly attempts: number
  readonly nextAttemptAt: number
}

/** A schedule and how far it has come. */
export interface ScheduleRecord {
  readonly definition: ScheduleDefinition
  readonly kind: 'schedule' | 'rule'
  readonly createdAt: number
  readonly modifiedAt: number
  /** Every time up to and including this one is fired or forgone. */
  readonly firedThrough: number
  readonly pending: readonly PendingRun[]
}

/** A minute schedule that was away for more than a day: older runs are forgone without looking at each. */
const maximumMissedRuns = 1500
const lookBackMilliseconds = 2 * 3_600_000

/**
 * The run that is due at `now`, or undefined. After an outage that is the newest of the missed ones: the others are
 * forgone, so that a restart fires each schedule at most once.
 */
export function findDueRun(record: ScheduleRecord, now: number): number | undefined {
  if (record.definition.state === 'DISABLED' || (rememberNextRun(record) ?? Infinity) > now) return undefined
  let due: number | undefined
  let after = record.firedThrough
  for (let missed = 0; missed <= maximumMissedRuns; missed += 1) {
    const next = findNextRun(record, after)
    if (next === undefined || next > now) return due
    due = next
    after = next
  }
  const recent = findDueRun({ ...record, firedThrough: Math.max(after, now - lookBackMilliseconds) }, now)
  return recent ?? due
}

/** Records never change, so their next run is computed once and not on every tick. */
function rememberNextRun(record: ScheduleRecord): number | undefined {
  if (!nextRuns.has(record)) nextRuns.set(record, findNextRun(record, record.firedThrough))
  return nextRuns.get(record)
}

const nextRuns = new WeakMap<ScheduleRecord, number | undefined>()

/** The first run after `after`, within the schedule's dates; undefined when there is none. */
export function findNextRun({ definition, createdAt, kind }: ScheduleRecord, after: number): number | undefined {
  const { expression, timezone = 'UTC', startDate, endDate } = definition
  const start = startDate?.getTime() ?? createdAt
  const period = readRateMilliseconds(expression)
  const next =
    period === undefined
      ? nextFireTime(
          expression,
          timezone,
          new Date(Math.max(after, startDate === undefined ? after : start - 1)),
        )?.getTime()
      : nextRateTime(kind === 'rule' ? start + period : start, period, after)
  if (next === undefined || (endDate !== undefined && next > endDate.getTime())) return undefined
  return next
}

/** AWS: a rate without a start date fires at once, with one at that date, and then every period; a rule waits first. */
function nextRateTime(start: number, period: number, after: number): number {
  return after < start ? start : start + (Math.floor((after - start) / period) + 1) * period
}
