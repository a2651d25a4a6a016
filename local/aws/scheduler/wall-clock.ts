/** Wall-clock time in a time zone, from the tables that Node carries. */
import { ScheduleExpressionError } from './schedule-expression-error.ts'

const formats = new Map<string, Intl.DateTimeFormat>()
/** The most formats kept; there are about 420 zones. */
const maximumFormats = 600

/** The zone's wall clock at an instant, as if it were UTC: read it with the getUTC… methods. Throws for unknown zones. */
export function wallClockAt(instant: Date, timezone: string): Date {
  const parts = new Map(
    findFormat(timezone)
      .formatToParts(instant)
      .map(part => [part.type, Number(part.value)]),
  )
  const read = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0
  return new Date(Date.UTC(read('year'), read('month') - 1, read('day'), read('hour'), read('minute'), read('second')))
}

/** Milliseconds that the zone is ahead of UTC at an instant. */
export function offsetMillisecondsAt(instant: Date, timezone: string): number {
  return wallClockAt(instant, timezone).getTime() - Math.floor(instant.getTime() / 1000) * 1000
}

/** Whether the wall clock showed this very time before, because it was put back (autumn). */
export function isRepeatedWallClock(instant: Date, timezone: string): boolean {
  const offset = offsetMillisecondsAt(instant, timezone)
  const earlierOffset = offsetMillisecondsAt(new Date(instant.getTime() - putBackHorizonMilliseconds), timezone)
  if (earlierOffset <= offset) return false
  const sameWallClockBefore = new Date(instant.getTime() - (earlierOffset - offset))
  return offsetMillisecondsAt(sameWallClockBefore, timezone) === earlierOffset
}

/** The first instant at which the zone's clock shows this time; undefined when it is skipped (spring). */
export function instantOfWallClock(wallClock: Date, timezone: string): Date | undefined {
  const day = 86_400_000
  const candidates = [-day, day].map(shift => {
    const offset = offsetMillisecondsAt(new Date(wallClock.getTime() + shift), timezone)
    return new Date(wallClock.getTime() - offset)
  })
  return candidates
    .filter(instant => wallClockAt(instant, timezone).getTime() === wallClock.getTime())
    .toSorted((left, right) => left.getTime() - right.getTime())[0]
}

/** Clocks are put back by at most two hours anywhere since 1970. */
const putBackHorizonMilliseconds = 3 * 3_600_000

function findFormat(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone)
  if (known) return known
  const format = makeFormat(timezone)
  if (formats.size < maximumFormats) formats.set(timezone, format)
  return format
}

function makeFormat(timezone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch {
    throw unknownTimezone(timezone) // the RangeError says no more than that the name is unknown
  }
}

function unknownTimezone(timezone: string): ScheduleExpressionError {
  const wanted = timezone.toLowerCase().replaceAll(' ', '_')
  const similar = wanted && Intl.supportedValuesOf('timeZone').find(name => name.toLowerCase().endsWith(wanted))
  return new ScheduleExpressionError({
    place: 'timezone',
    rule: `"${timezone}" is not a known time zone.`,
    allowed: 'IANA names such as UTC, Europe/Berlin, America/New_York',
    ...(similar ? { suggestion: similar } : {}),
  })
}
