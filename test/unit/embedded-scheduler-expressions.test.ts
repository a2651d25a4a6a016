import { describe, expect, test } from 'vitest'
import { ScheduleExpressionError } from '../../local/aws/scheduler/schedule-expression-error.ts'
import { nextFireTime } from '../../local/aws/scheduler/schedule-expression.ts'

type Row = [expression: string, timezone: string, after: string, ...runs: (string | undefined)[]]

/** Expected times were worked out by hand with a calendar; 1 January 2027 is a Friday. */
const rows: Row[] = [
  ['cron(0 10 * * ? *)', 'UTC', '2027-01-01T10:00:00Z', '2027-01-02T10:00:00Z', '2027-01-03T10:00:00Z'],
  ['cron(15 12 * * ? *)', 'UTC', '2027-01-01T12:14:59Z', '2027-01-01T12:15:00Z'],
  ['cron(0 18 ? * MON-FRI *)', 'UTC', '2027-01-01T18:00:00Z', '2027-01-04T18:00:00Z'],
  ['cron(0 18 ? * 2-6 *)', 'UTC', '2027-01-01T18:00:00Z', '2027-01-04T18:00:00Z'],
  ['cron(0 8 1 * ? *)', 'UTC', '2027-01-01T08:00:00Z', '2027-02-01T08:00:00Z'],
  ['cron(0/15 * * * ? *)', 'UTC', '2027-01-01T00:01:00Z', '2027-01-01T00:15:00Z', '2027-01-01T00:30:00Z'],
  ['cron(5/20 8 * * ? *)', 'UTC', '2027-01-01T08:25:00Z', '2027-01-01T08:45:00Z', '2027-01-02T08:05:00Z'],
  ['cron(*/10 * ? * MON-FRI *)', 'UTC', '2027-01-01T23:50:00Z', '2027-01-04T00:00:00Z'],
  ['cron(0/5 8-17 ? * MON-FRI *)', 'UTC', '2027-01-01T17:50:00Z', '2027-01-01T17:55:00Z', '2027-01-04T08:00:00Z'],
  ['cron(0 9 L * ? *)', 'UTC', '2027-02-01T00:00:00Z', '2027-02-28T09:00:00Z', '2027-03-31T09:00:00Z'],
  ['cron(0 9 LW * ? *)', 'UTC', '2027-01-01T00:00:00Z', '2027-01-29T09:00:00Z', '2027-02-26T09:00:00Z'],
  ['cron(0 9 15W * ? *)', 'UTC', '2027-08-01T00:00:00Z', '2027-08-16T09:00:00Z', '2027-09-15T09:00:00Z'],
  ['cron(0 9 1W * ? *)', 'UTC', '2027-05-01T00:00:00Z', '2027-05-03T09:00:00Z', '2027-06-01T09:00:00Z'],
  ['cron(15 10 ? * 6L *)', 'UTC', '2027-01-01T00:00:00Z', '2027-01-29T10:15:00Z', '2027-02-26T10:15:00Z'],
  ['cron(15 10 ? * 6L 2028-2029)', 'UTC', '2027-01-01T00:00:00Z', '2028-01-28T10:15:00Z'],
  ['cron(15 10 ? * FRIL *)', 'UTC', '2027-01-01T00:00:00Z', '2027-01-29T10:15:00Z'],
  ['cron(0 7 ? * 2#1 *)', 'UTC', '2027-01-04T07:00:00Z', '2027-02-01T07:00:00Z', '2027-03-01T07:00:00Z'],
  ['cron(0 7 ? * 3#5 *)', 'UTC', '2027-01-01T00:00:00Z', '2027-03-30T07:00:00Z', '2027-06-29T07:00:00Z'],
  ['cron(0 7 ? * L *)', 'UTC', '2027-01-01T00:00:00Z', '2027-01-02T07:00:00Z', '2027-01-09T07:00:00Z'],
  ['cron(0 7 ? * 1 *)', 'UTC', '2027-01-01T00:00:00Z', '2027-01-03T07:00:00Z'],
  ['cron(0 7 ? * sat,SUN *)', 'UTC', '2027-01-01T00:00:00Z', '2027-01-02T07:00:00Z', '2027-01-03T07:00:00Z'],
  ['cron(0 0 29 2 ? *)', 'UTC', '2027-01-01T00:00:00Z', '2028-02-29T00:00:00Z', '2032-02-29T00:00:00Z'],
  ['cron(0 0 31 * ? *)', 'UTC', '2027-01-31T00:00:00Z', '2027-03-31T00:00:00Z'],
  ['cron(0 0 1 JAN,JUL ? *)', 'UTC', '2027-01-01T00:00:00Z', '2027-07-01T00:00:00Z', '2028-01-01T00:00:00Z'],
  ['cron(0 0 1 1 ? 2028/2)', 'UTC', '2027-01-01T00:00:00Z', '2028-01-01T00:00:00Z', '2030-01-01T00:00:00Z'],
  ['cron(0 0 1 1 ? 2026)', 'UTC', '2027-01-01T00:00:00Z', undefined],
  ['cron(0 0 30 2 ? *)', 'UTC', '2027-01-01T00:00:00Z', undefined],
  ['cron(0 8 * * ? *)', 'America/New_York', '2027-01-01T00:00:00Z', '2027-01-01T13:00:00Z'],
  ['cron(0 8 * * ? *)', 'Asia/Kolkata', '2027-01-01T00:00:00Z', '2027-01-01T02:30:00Z'],
  // New York skips 02:00-03:00 on 14 March 2027 and repeats 01:00-02:00 on 7 November 2027.
  ['cron(30 2 * * ? *)', 'America/New_York', '2027-03-13T12:00:00Z', '2027-03-15T06:30:00Z'],
  ['cron(30 2,14 * * ? *)', 'America/New_York', '2027-03-14T00:00:00Z', '2027-03-14T18:30:00Z'],
  ['cron(0 3 * * ? *)', 'America/New_York', '2027-03-14T00:00:00Z', '2027-03-14T07:00:00Z'],
  ['cron(30 1 * * ? *)', 'America/New_York', '2027-11-07T00:00:00Z', '2027-11-07T05:30:00Z', '2027-11-08T06:30:00Z'],
  ['cron(0/30 1 * * ? *)', 'America/New_York', '2027-11-07T05:00:00Z', '2027-11-07T05:30:00Z', '2027-11-08T06:00:00Z'],
  ['cron(0 * * * ? *)', 'America/New_York', '2027-11-07T05:00:00Z', '2027-11-07T07:00:00Z'],
  // Berlin skips 02:00-03:00 on 28 March 2027 and repeats it on 31 October 2027.
  ['cron(30 2 ? * SUN *)', 'Europe/Berlin', '2027-03-27T12:00:00Z', '2027-04-04T00:30:00Z'],
  ['cron(30 2 * * ? *)', 'Europe/Berlin', '2027-10-30T12:00:00Z', '2027-10-31T00:30:00Z', '2027-11-01T01:30:00Z'],
  ['rate(1 minute)', 'UTC', '2027-01-01T00:00:30Z', '2027-01-01T00:01:30Z'],
  ['rate(12 hours)', 'UTC', '2027-01-01T00:00:00Z', '2027-01-01T12:00:00Z', '2027-01-02T00:00:00Z'],
  ['rate(7 days)', 'America/New_York', '2027-03-10T12:00:00Z', '2027-03-17T12:00:00Z'],
  ['at(2027-06-01T10:00:00)', 'Europe/Berlin', '2027-01-01T00:00:00Z', '2027-06-01T08:00:00Z', undefined],
  ['at(2027-03-28T02:30:00)', 'Europe/Berlin', '2027-01-01T00:00:00Z', undefined],
  ['at(2027-10-31T02:30:00)', 'Europe/Berlin', '2027-01-01T00:00:00Z', '2027-10-31T00:30:00Z', undefined],
]

describe('the next run of an AWS schedule', () => {
  test.each(rows)('%s in %s after %s', (expression, timezone, after, ...runs) => {
    let time = new Date(after)
    for (const run of runs) {
      const next = nextFireTime(expression, timezone, time)
      expect(next?.toISOString()).toBe(run === undefined ? undefined : new Date(run).toISOString())
      time = next ?? time
    }
  })

  test('runs never repeat on the wall clock over a year, and miss only the hour that is skipped', () => {
    const runs: Date[] = []
    let time = new Date('2027-01-01T04:59:59Z') // the last second of 2026 in New York
    for (const end = new Date('2028-01-01T05:00:00Z'); time < end && runs.length < 9000; runs.push(time)) {
      time = nextFireTime('cron(30 * * * ? *)', 'America/New_York', time)!
    }
    const wallClocks = new Set(
      runs.slice(0, -1).map(run => run.toLocaleString('en-US', { timeZone: 'America/New_York' })),
    )
    expect(runs.length - 1).toBe(365 * 24 - 1)
    expect(wallClocks.size).toBe(runs.length - 1)
  })
})

const mistakes: [expression: string, timezone: string, place: string, suggestion: string | undefined][] = [
  ['cron(0 8 * * *)', 'UTC', 'expression', 'cron(0 8 * * ? *)'],
  ['cron(0 8 * * 1-5)', 'UTC', 'expression', 'cron(0 8 ? * MON-FRI *)'],
  ['cron(0 8 * * * *)', 'UTC', 'day-of-month and day-of-week', 'cron(0 8 ? * * *)'],
  ['cron(0 8 ? * ? *)', 'UTC', 'day-of-month and day-of-week', 'cron(0 8 ? * * *)'],
  ['cron(0 8 13 * 6 *)', 'UTC', 'day-of-month and day-of-week', 'cron(0 8 13 * ? *)'],
  ['cron(60 8 * * ? *)', 'UTC', 'minutes', undefined],
  ['cron(0 24 * * ? *)', 'UTC', 'hours', undefined],
  ['cron(0 22-2 * * ? *)', 'UTC', 'hours', '22-23,0-2'],
  ['cron(0 8 ? * 0 *)', 'UTC', 'day-of-week', '1 or SUN (AWS counts from Sunday = 1)'],
  ['cron(0 8 ? * 2#6 *)', 'UTC', 'day-of-week', undefined],
  ['cron(0 8 L-3 * ? *)', 'UTC', 'day-of-month', undefined],
  ['cron(0 8 32W * ? *)', 'UTC', 'day-of-month', undefined],
  ['cron(0/0 8 * * ? *)', 'UTC', 'minutes', undefined],
  ['cron(0 8 * * ? 1969)', 'UTC', 'year', undefined],
  ['cron(0 8 15W,LW * ? *)', 'UTC', 'expression', undefined],
  ['0 8 ? * MON *', 'UTC', 'expression', 'cron(0 8 ? * MON *)'],
  ['@daily', 'UTC', 'expression', undefined],
  ['rate(0 minutes)', 'UTC', 'expression', 'rate(5 minutes)'],
  ['rate(30 seconds)', 'UTC', 'expression', 'rate(1 minute)'],
  ['at(2027-02-30T10:00:00)', 'UTC', 'expression', undefined],
  ['at(2027-02-03T10:00:00Z)', 'UTC', 'expression', 'at(2027-02-03T10:00:00)'],
  ['cron(0 8 * * ? *)', 'berlin', 'timezone', 'Europe/Berlin'],
  ['rate(1 hour)', 'Mars/Base', 'timezone', undefined],
]

describe('a schedule that AWS refuses', () => {
  test.each(mistakes)('%s in %s', (expression, timezone, place, suggestion) => {
    const error = catchError(() => nextFireTime(expression, timezone, new Date('2027-01-01T00:00:00Z')))
    expect(error).toBeInstanceOf(ScheduleExpressionError)
    const { problem } = error as ScheduleExpressionError
    expect(problem.place).toBe(place)
    expect(problem.allowed).not.toBe('')
    expect(problem.suggestion).toBe(suggestion)
  })

  test('is refused at once when it is far too long', () => {
    const expression = `cron(${'0,'.repeat(50_000)}0 8 * * ? *)`
    expect(() => nextFireTime(expression, 'UTC', new Date())).toThrow(ScheduleExpressionError)
  })

  test.each(mistakes.filter(([, , , suggestion]) => suggestion?.startsWith('cron(')))(
    'what is suggested for %s is accepted',
    (_, timezone, __, suggestion) => {
      expect(nextFireTime(suggestion!, timezone, new Date('2027-01-01T00:00:00Z'))).toBeInstanceOf(Date)
    },
  )
})

function catchError(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}
