/**
 * Cron as the operator reads it (robfig/cron, ParseStandard): five fields, names of months and days, `@hourly`, `@every 5m`.
 * Only the form is judged here; when a schedule fires next is another question.
 */

/** What is wrong with a schedule, and what was probably meant. */
export interface CronProblem {
  readonly rule: 'cron-format' | 'schedule-interval' | 'schedule-never'
  readonly message: string
  readonly suggestion?: string
}

/** Longest schedule; real ones have 30 characters. */
const MAX_CRON_LENGTH = 256
/** The gateway looks for due schedules once a minute. */
export const MIN_INTERVAL_SECONDS = 60

/** The first problem of a schedule; undefined for a good one. */
export function findCronProblem(text: string): CronProblem | undefined {
  if (text.length > MAX_CRON_LENGTH) return wrong(`A schedule has at most ${MAX_CRON_LENGTH} characters.`)
  const cron = text.trim()
  if (/^(CRON_)?TZ=/.test(cron)) {
    return wrong(
      'The time zone has a field of its own.',
      cron.replace(/^(?:CRON_)?TZ=(\S+)\s*(.*)$/, '$2 (and timeZone: $1)'),
    )
  }
  if (cron.startsWith('@')) return findDescriptorProblem(cron)
  const aws = /^cron\((.*)\)$/.exec(cron)?.[1]
  if (aws !== undefined) {
    const inner = aws.trim().split(/\s+/).slice(0, 5).join(' ').replaceAll('?', '*')
    return wrong('This is the notation of AWS; here the five fields stand alone.', inner)
  }
  const rate = /^rate\(([0-9]{1,6}) (minute|hour|day)s?\)$/.exec(cron)
  if (rate !== null) {
    return wrong('This is the notation of AWS.', `@every ${daysAsHours(Number(rate[1]), rate[2] ?? '')}`)
  }
  return findFieldProblem(cron.split(/\s+/).filter(field => field !== ''))
}

function wrong(message: string, suggestion?: string): CronProblem {
  return { rule: 'cron-format', message, ...(suggestion !== undefined && { suggestion }) }
}

function daysAsHours(amount: number, unit: string): string {
  return unit === 'day' ? `${amount * 24}h` : `${amount}${unit.slice(0, 1)}`
}

const descriptors = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']

function findDescriptorProblem(cron: string): CronProblem | undefined {
  if (descriptors.includes(cron)) return undefined
  const every = /^@every\s+(\S+)$/.exec(cron)?.[1]
  if (every === undefined) {
    const known = descriptors.find(word => word === cron.toLowerCase())
    return wrong(`There is no such word; there are ${descriptors.join(', ')} and @every DURATION.`, known)
  }
  const seconds = parseGoDuration(every)
  if (seconds === undefined)
    return wrong('This is not a duration: whole or decimal numbers with h, m or s.', '@every 1h30m')
  if (seconds >= MIN_INTERVAL_SECONDS) return undefined
  const message = `A schedule fires at most once in ${MIN_INTERVAL_SECONDS} seconds.`
  return { rule: 'schedule-interval', message, suggestion: '@every 1m' }
}

const goUnits: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 }

/** Seconds of a duration as Go writes it (`1h30m`, `1.5h`); undefined if it is none. */
function parseGoDuration(text: string): number | undefined {
  if (!/^(?:[0-9]{1,9}(?:\.[0-9]{1,9})?(?:ns|us|µs|ms|s|m|h)){1,7}$/.test(text)) return undefined
  let seconds = 0
  for (const [, amount, unit] of text.matchAll(/([0-9.]+)(ns|us|µs|ms|s|m|h)/g)) {
    seconds += Number(amount) * (goUnits[unit ?? ''] ?? NaN)
  }
  return seconds
}

interface CronField {
  readonly name: string
  readonly least: number
  readonly most: number
  readonly words?: readonly string[]
}
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const cronFields: readonly CronField[] = [
  { name: 'minute', least: 0, most: 59 },
  { name: 'hour', least: 0, most: 23 },
  { name: 'day of the month', least: 1, most: 31 },
  { name: 'month', least: 1, most: 12, words: ['', ...months] },
  { name: 'day of the week', least: 0, most: 6, words: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
]

function findFieldProblem(fields: readonly string[]): CronProblem | undefined {
  if (fields.length !== cronFields.length) {
    const withSeconds = fields.length === 6 && /^[0-9*]/.test(fields[0] ?? '')
    const message = `A schedule has five fields (minute, hour, day, month, day of the week), and this has ${fields.length}.`
    return wrong(
      withSeconds ? `${message} Seconds are none of them.` : message,
      withSeconds ? fields.slice(1).join(' ') : undefined,
    )
  }
  const sets = cronFields.map((field, index) => readField(fields[index] ?? '', field))
  const bad = sets.findIndex(set => set === undefined)
  if (bad !== -1) return wrongField(fields, bad)
  const [, , days, monthSet] = sets
  if (days === undefined || monthSet === undefined || !/^[*?]/.test(fields[4] ?? '') || isPossible(days, monthSet)) {
    return undefined
  }
  const message = 'No month has such a day: this would never fire.'
  return { rule: 'schedule-never', message }
}

function wrongField(fields: readonly string[], index: number): CronProblem {
  const { name, least, most } = cronFields[index] ?? { name: '', least: 0, most: 0 }
  const field = fields[index] ?? ''
  const message = `The field for the ${name} is wrong: ${least} to ${most}, * or lists (1,2), ranges (1-5) and steps (*/5) of these.`
  const sunday = index === 4 && /^7$/.test(field)
  return wrong(message, sunday ? fields.with(index, '0').join(' ') : undefined)
}

/** The values of one field; undefined if it is none. */
function readField(text: string, field: CronField): ReadonlySet<number> | undefined {
  const values = new Set<number>()
  for (const part of text.split(',')) {
    const range = readRange(part, field)
    if (range === undefined) return undefined
    const [from, to, step] = range
    for (let value = from; value <= to; value += step) values.add(value)
  }
  return values
}

function readRange(part: string, field: CronField): readonly [from: number, to: number, step: number] | undefined {
  const match = /^(\*|\?|[0-9a-z]{1,3})(?:-([0-9a-z]{1,3}))?(?:\/([0-9]{1,3}))?$/i.exec(part)
  if (match === null) return undefined
  const [, first = '', last, stepText] = match
  const isAll = first === '*' || first === '?'
  if (isAll && last !== undefined) return undefined
  const step = stepText === undefined ? 1 : Number(stepText)
  const from = isAll ? field.least : readValue(first, field)
  // A step after one value runs to the end of the field.
  const single = stepText === undefined ? from : field.most
  const to = isAll ? field.most : last === undefined ? single : readValue(last, field)
  if (from === undefined || to === undefined || step < 1 || from > to) return undefined
  return [from, to, step]
}

function readValue(text: string, field: CronField): number | undefined {
  if (!/^[0-9]+$/.test(text)) {
    const index = field.words?.indexOf(text.toLowerCase()) ?? -1
    return index === -1 ? undefined : index
  }
  const value = Number(text)
  return value >= field.least && value <= field.most ? value : undefined
}

const daysOfMonth = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function isPossible(days: ReadonlySet<number>, monthSet: ReadonlySet<number>): boolean {
  const first = Math.min(...days)
  return [...monthSet].some(month => (daysOfMonth[month] ?? 0) >= first)
}
