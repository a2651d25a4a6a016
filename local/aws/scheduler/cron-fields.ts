/**
 * Checks the six fields of an AWS cron expression. The cron library is more permissive than AWS and counts weekdays
 * differently by default, so an expression has to pass here first; then both mean the same.
 * Source of the grammar: EventBridge Scheduler user guide, "Schedule types", cron-based schedules.
 */
import { ScheduleExpressionError } from './schedule-expression-error.ts'

/** An expression that passed: the text for the cron library, and the wall-clock minutes and hours that it names. */
export interface CronFields {
  /** Seven fields, seconds first, weekdays 1 (Sunday) to 7. */
  readonly pattern: string
  readonly minutes: ReadonlySet<number>
  readonly hours: ReadonlySet<number>
}

interface FieldRule {
  readonly place: string
  readonly minimum: number
  readonly maximum: number
  readonly names: readonly string[]
  /** Forms beside numbers, lists, ranges and steps. */
  readonly special?: RegExp
  readonly allowed: string
}

const monthNames = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const dayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const minuteRule = { place: 'minutes', minimum: 0, maximum: 59, names: [], allowed: '0-59 and , - * /' }
const hourRule = { place: 'hours', minimum: 0, maximum: 23, names: [], allowed: '0-23 and , - * /' }
const dayOfWeekPlace = 'day-of-week'
const fieldRules: readonly FieldRule[] = [
  minuteRule,
  hourRule,
  {
    place: 'day-of-month',
    minimum: 1,
    maximum: 31,
    names: [],
    special: /^(\?|L|LW|([1-9]|[12][0-9]|3[01])W)$/,
    allowed: '1-31, L, LW, 15W, ? and , - * /',
  },
  { place: 'month', minimum: 1, maximum: 12, names: monthNames, allowed: '1-12 or JAN-DEC and , - * /' },
  {
    place: dayOfWeekPlace,
    minimum: 1,
    maximum: 7,
    names: dayNames,
    special: /^(\?|L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5]))$/,
    allowed: '1-7 (1 is Sunday) or SUN-SAT, 6L, 2#1, L, ? and , - * /',
  },
  { place: 'year', minimum: 1970, maximum: 2199, names: [], allowed: '1970-2199 and , - * /' },
]
/** Longer is no schedule that a person wrote; AWS allows 256 characters for the whole expression. */
const maximumCharacters = 256

/** Parses the text between the brackets of `cron(…)`. Throws a ScheduleExpressionError for what AWS refuses. */
export function parseCronFields(text: string): CronFields {
  const fields = text.slice(0, maximumCharacters).trim().toUpperCase().split(/\s+/)
  if (text.length > maximumCharacters || fields.length !== fieldRules.length) throw fieldCountError(text, fields)
  for (const [index, rule] of fieldRules.entries()) checkField(fields[index] ?? '', rule)
  const [minutes = '', hours = '', dayOfMonth = '', month = '', dayOfWeek = '', year = ''] = fields
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) throw questionMarkError(fields)
  // L alone in day-of-week is the last day of the week; the library knows it only after a day.
  const weekdays = dayOfWeek === 'L' ? '7' : dayOfWeek
  return {
    pattern: ['0', minutes, hours, dayOfMonth, month, weekdays, year].join(' '),
    minutes: expandField(minutes, minuteRule),
    hours: expandField(hours, hourRule),
  }
}

function checkField(field: string, rule: FieldRule): void {
  const items = field.split(',')
  for (const item of items) {
    if (!rule.special?.test(item)) expandItem(item, rule)
    else if (item === '?' && items.length > 1) throw fieldError(rule, '? must stand alone.', '?')
  }
}

function expandField(field: string, rule: FieldRule): Set<number> {
  return new Set(field.split(',').flatMap(item => expandItem(item, rule)))
}

/** `*`, `5`, `1-5`, and each with `/step`, as the numbers that it names. */
function expandItem(item: string, rule: FieldRule): number[] {
  const parts = /^(\*|[0-9A-Z]+)(?:-([0-9A-Z]+))?(?:\/([0-9]+))?$/.exec(item)
  if (!parts) throw fieldError(rule, `"${item}" is not understood.`)
  const [, start = '', end, stepText] = parts
  if (start === '*' && end !== undefined) throw fieldError(rule, `"${item}" is not a range.`)
  const step = stepText === undefined ? 1 : Number(stepText)
  if (step < 1 || step > rule.maximum) throw fieldError(rule, `The step of "${item}" must be 1 to ${rule.maximum}.`)
  const first = start === '*' ? rule.minimum : readNumber(start, rule)
  const last = decideLast(start, end, stepText, rule, first)
  if (last < first) {
    const wrapped = `${first}-${rule.maximum},${rule.minimum}-${last}`
    throw fieldError(rule, `The range "${item}" runs backwards.`, wrapped)
  }
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step)
}

function decideLast(
  start: string,
  end: string | undefined,
  stepText: string | undefined,
  rule: FieldRule,
  first: number,
): number {
  if (end !== undefined) return readNumber(end, rule)
  return start === '*' || stepText !== undefined ? rule.maximum : first
}

function readNumber(text: string, rule: FieldRule): number {
  const named = rule.names.indexOf(text)
  const value = named === -1 ? Number(text) : rule.minimum + named
  if (Number.isInteger(value) && value >= rule.minimum && value <= rule.maximum) return value
  const isSundayAsZero = rule.place === dayOfWeekPlace && text === '0'
  throw fieldError(
    rule,
    `"${text}" is outside of the field.`,
    isSundayAsZero ? '1 or SUN (AWS counts from Sunday = 1)' : undefined,
  )
}

function fieldError(rule: FieldRule, problem: string, suggestion?: string): ScheduleExpressionError {
  const hint = suggestion === undefined ? {} : { suggestion }
  return new ScheduleExpressionError({ place: rule.place, rule: problem, allowed: rule.allowed, ...hint })
}

function fieldCountError(text: string, fields: readonly string[]): ScheduleExpressionError {
  const allowed = 'cron(minutes hours day-of-month month day-of-week year)'
  if (fields.length !== 5 || text.length > maximumCharacters) {
    return new ScheduleExpressionError({
      place: 'expression',
      rule: `Six fields are needed, not ${fields.length}.`,
      allowed,
    })
  }
  const rule = 'Six fields are needed, not five: this is the form of crontab.'
  return new ScheduleExpressionError({ place: 'expression', rule, allowed, suggestion: fromCrontab(fields) })
}

/** Translates the five fields of crontab: the year is added, and one of the two day fields becomes `?`. */
function fromCrontab(fields: readonly string[]): string {
  const [minutes, hours, dayOfMonth, month, dayOfWeek = '*'] = fields
  if (dayOfWeek === '*') return `cron(${minutes} ${hours} ${dayOfMonth} ${month} ? *)`
  const days = /[#L/]/.test(dayOfWeek)
    ? dayOfWeek
    : dayOfWeek.replaceAll(/[0-7]/g, day => dayNames[Number(day) % 7] ?? day)
  return `cron(${minutes} ${hours} ? ${month} ${days} *)`
}

function questionMarkError(fields: readonly string[]): ScheduleExpressionError {
  const [minutes, hours, dayOfMonth = '', month, dayOfWeek = '', year] = fields
  const keepsWeekday = dayOfMonth === '*' || dayOfMonth === '?'
  const days = keepsWeekday ? ['?', dayOfWeek === '?' ? '*' : dayOfWeek] : [dayOfMonth, '?']
  return new ScheduleExpressionError({
    place: 'day-of-month and day-of-week',
    rule: 'Exactly one of the two must be "?".',
    allowed: '"?" in one of them and a value or * in the other',
    suggestion: `cron(${minutes} ${hours} ${days[0]} ${month} ${days[1]} ${year})`,
  })
}
