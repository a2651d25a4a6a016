/**
 * When does an EventBridge schedule fire next? Pure: expression, zone and instant in, instant out. The calendar arithmetic
 * is croner's; this file adds what AWS does differently: weekdays from 1, and no run in the hour that is skipped in spring
 * (croner moves it), one run in the hour that comes twice in autumn.
 */
import { Cron } from 'croner'
import { parseCronFields, type CronFields } from './cron-fields.ts'
import { ScheduleExpressionError } from './schedule-expression-error.ts'
import { instantOfWallClock, isRepeatedWallClock, wallClockAt } from './wall-clock.ts'

/** One day of minutes: no change of the clock hides more runs in a row. */
const maximumSkippedRuns = 1500
const unitMilliseconds: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 }
const allowedForms = 'cron(…), rate(value unit) or at(yyyy-mm-ddThh:mm:ss)'

/**
 * The first time after `after` (never `after` itself) at which the schedule fires, or undefined when it never does again.
 * A rate counts from `after`, so pass the last run. Throws a ScheduleExpressionError for a bad expression or zone.
 */
export function nextFireTime(expression: string, timezone: string, after: Date): Date | undefined {
  wallClockAt(after, timezone) // refuses an unknown zone for every kind of expression
  const parts = /^(cron|rate|at)\((.*)\)$/s.exec(expression)
  const [, kind, text = ''] = parts ?? []
  switch (kind) {
    case 'cron':
      return nextCronTime(parseCronFields(text), timezone, after)
    case 'rate':
      return new Date(after.getTime() + parseRateMilliseconds(text))
    case 'at': {
      const instant = instantOfWallClock(parseWallClock(text), timezone)
      return instant && instant > after ? instant : undefined
    }
    default:
      throw unknownForm(expression)
  }
}

/** The period of a `rate(…)` expression in milliseconds; undefined for the other kinds. */
export function readRateMilliseconds(expression: string): number | undefined {
  const parts = /^rate\((.*)\)$/s.exec(expression)
  return parts ? parseRateMilliseconds(parts[1] ?? '') : undefined
}

function nextCronTime(fields: CronFields, timezone: string, after: Date): Date | undefined {
  const cron = makeCron(fields.pattern, timezone)
  let candidate = cron.nextRun(after)
  for (let skipped = 0; candidate !== null; skipped += 1) {
    if (isWanted(candidate, fields, timezone)) return candidate
    if (skipped >= maximumSkippedRuns) throw new Error(`${fields.pattern} was skipped ${skipped} times in ${timezone}.`)
    candidate = cron.nextRun(candidate)
  }
  return undefined
}

function makeCron(pattern: string, timezone: string): Cron {
  const options = { domAndDow: true, alternativeWeekdays: true, sloppyRanges: true, paused: true } as const
  try {
    return new Cron(pattern, { ...options, mode: '7-part', timezone })
  } catch (error) {
    // What passed our check and not the library's: combinations such as LW in a list.
    const rule = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error)
    throw new ScheduleExpressionError({
      place: 'expression',
      rule,
      allowed: 'one form a field where L, W or # is used',
    })
  }
}

function isWanted(candidate: Date, { minutes, hours }: CronFields, timezone: string): boolean {
  const wallClock = wallClockAt(candidate, timezone)
  const isNamed = minutes.has(wallClock.getUTCMinutes()) && hours.has(wallClock.getUTCHours())
  return isNamed && !isRepeatedWallClock(candidate, timezone)
}

function parseRateMilliseconds(text: string): number {
  const parts = /^\s*([0-9]{1,6})\s+(minute|hour|day)s?\s*$/.exec(text)
  const value = Number(parts?.[1] ?? 0)
  if (parts && value >= 1) return value * (unitMilliseconds[parts[2] ?? ''] ?? 0)
  const isSeconds = /second/i.test(text)
  throw new ScheduleExpressionError({
    place: 'expression',
    rule: `"rate(${text})" is not a rate.${isSeconds ? ' The shortest rate is one minute.' : ''}`,
    allowed: 'rate(value unit) with a positive whole value and minute(s), hour(s) or day(s)',
    suggestion: isSeconds ? 'rate(1 minute)' : 'rate(5 minutes)',
  })
}

function parseWallClock(text: string): Date {
  const isComplete = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(text)
  const wallClock = new Date(`${text}Z`)
  // A date that does not exist is moved by Date (30 February → 2 March): then the text comes back different.
  if (isComplete && !Number.isNaN(wallClock.getTime()) && wallClock.toISOString().startsWith(text)) return wallClock
  const isZoned = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}.*(Z|[+-]\d{2}:?\d{2})$/.test(text)
  throw new ScheduleExpressionError({
    place: 'expression',
    rule: `"at(${text})" is not a date and time${isZoned ? ' without a zone; the zone is a field of its own' : ''}.`,
    allowed: 'at(yyyy-mm-ddThh:mm:ss)',
    ...(isZoned ? { suggestion: `at(${text.slice(0, 19)})` } : {}),
  })
}

function unknownForm(expression: string): ScheduleExpressionError {
  const text = expression.trim()
  const looksLikeCron = /^[0-9*?,/A-Z#-]+(\s+[0-9*?,/A-Z#-]+){5}$/i.test(text.slice(0, 256))
  return new ScheduleExpressionError({
    place: 'expression',
    rule: `"${text.slice(0, 80)}" has none of the three forms.`,
    allowed: allowedForms,
    ...(looksLikeCron ? { suggestion: `cron(${text})` } : {}),
  })
}
