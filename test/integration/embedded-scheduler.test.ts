import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { startEmbeddedScheduler } from '../../local/aws/scheduler/embedded-scheduler.ts'
import type { EmbeddedScheduler } from '../../local/aws/scheduler/embedded-scheduler.ts'
import type { ScheduleDefinition } from '../../local/aws/scheduler/schedule.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

const everyTenMinutes: ScheduleDefinition = {
  name: 'report',
  expression: 'cron(0/10 * * * ? *)',
  timezone: 'UTC',
  state: 'ENABLED',
  target: 'submit',
  input: '{"at":"<aws.scheduler.scheduled-time>"}',
}

describe('a schedule', () => {
  test('fires once with the scheduled time, not the time of firing', async () => {
    const world = await startWorld('2027-01-01T00:01:00Z')
    world.scheduler.put(everyTenMinutes)
    await world.tickAt('2027-01-01T00:09:59Z')
    expect(world.fired).toEqual([])
    await world.tickAt('2027-01-01T00:10:37Z')
    await world.tickAt('2027-01-01T00:10:38Z')
    expect(world.fired).toEqual([{ target: 'submit', payload: { at: '2027-01-01T00:10:00Z' } }])
  })

  test('fills in the context attributes of AWS; the execution id is new for each attempt', async () => {
    const world = await startWorld('2027-01-01T00:01:00Z')
    const keys = ['scheduled-time', 'schedule-arn', 'execution-id', 'attempt-number', 'unknown']
    const input = JSON.stringify(Object.fromEntries(keys.map(key => [key, `<aws.scheduler.${key}>`])))
    world.scheduler.put({ ...everyTenMinutes, groupName: 'payments', input })
    world.failTimes(1)
    await world.tickAt('2027-01-01T00:10:00Z')
    await world.tickAt('2027-01-01T00:11:00Z')
    const payloads = world.attempts.map(attempt => attempt.payload as Record<string, string>)
    expect(payloads).toMatchObject([
      {
        'scheduled-time': '2027-01-01T00:10:00Z',
        'schedule-arn': 'arn:aws:scheduler:us-east-1:000000000000:schedule/payments/report',
        'attempt-number': '1',
        unknown: '<aws.scheduler.unknown>',
      },
      { 'scheduled-time': '2027-01-01T00:10:00Z', 'attempt-number': '2' },
    ])
    expect(payloads[0]?.['execution-id']).not.toBe(payloads[1]?.['execution-id'])
  })

  test('does not fire while it is disabled, nor for that time afterwards', async () => {
    const world = await startWorld('2027-01-01T00:01:00Z')
    world.scheduler.put({ ...everyTenMinutes, state: 'DISABLED' })
    await world.tickAt('2027-01-01T01:05:00Z')
    world.scheduler.put(everyTenMinutes)
    await world.tickAt('2027-01-01T01:06:00Z')
    expect(world.fired).toEqual([])
    await world.tickAt('2027-01-01T01:10:00Z')
    expect(world.fired.length).toBe(1)
  })

  test('keeps to its start and end date', async () => {
    const world = await startWorld('2027-01-01T00:01:00Z')
    const [startDate, endDate] = [new Date('2027-01-01T00:20:00Z'), new Date('2027-01-01T00:30:00Z')]
    world.scheduler.put({ ...everyTenMinutes, startDate, endDate })
    for (const minute of [10, 20, 30, 40]) await world.tickAt(`2027-01-01T00:${minute}:00Z`)
    expect(world.fired.map(run => run.payload)).toEqual([
      { at: '2027-01-01T00:20:00Z' },
      { at: '2027-01-01T00:30:00Z' },
    ])
  })

  test('with a rate fires at once and then at equal distances from its creation', async () => {
    const world = await startWorld('2027-01-01T00:01:30Z')
    world.scheduler.put({ ...everyTenMinutes, expression: 'rate(5 minutes)' })
    for (const time of ['00:01:31', '00:06:45', '00:11:29', '00:11:31']) await world.tickAt(`2027-01-01T${time}Z`)
    const times = ['00:01:30', '00:06:30', '00:11:30'].map(time => ({ at: `2027-01-01T${time}Z` }))
    expect(world.fired.map(run => run.payload)).toEqual(times)
  })

  test('with at() fires once, and is deleted when it says so', async () => {
    const world = await startWorld('2027-01-01T00:01:00Z')
    const once = { ...everyTenMinutes, expression: 'at(2027-01-01T01:30:00)', timezone: 'Europe/Berlin' }
    world.scheduler.put({ ...once, name: 'stays' })
    world.scheduler.put({ ...once, name: 'goes', actionAfterCompletion: 'DELETE' })
    await world.tickAt('2027-01-01T00:30:00Z')
    await world.tickAt('2027-01-02T00:30:00Z')
    expect(world.fired.length).toBe(2)
    expect(world.scheduler.list().map(schedule => schedule.name)).toEqual(['stays'])
  })

  test('whose target refuses is retried with growing delays and given up in the end', async () => {
    const world = await startWorld('2027-01-01T00:01:00Z')
    world.scheduler.put({ ...everyTenMinutes, expression: 'at(2027-01-01T00:10:00)', maximumRetryAttempts: 2 })
    world.failTimes(100)
    for (let second = 0; second < 60; second += 1) {
      await world.tickAt(`2027-01-01T00:10:${String(second).padStart(2, '0')}Z`)
    }
    expect(world.attempts.map(attempt => attempt.at)).toEqual(
      ['00', '01', '03'].map(second => `2027-01-01T00:10:${second}.000Z`),
    )
    expect(world.problems.length).toBe(3)
  })

  test('that was deleted meanwhile is not brought back by the end of its run', async () => {
    const world = await startWorld('2027-01-01T00:01:00Z')
    world.scheduler.put(everyTenMinutes)
    world.onInvoke(() => world.scheduler.delete('report'))
    await world.tickAt('2027-01-01T00:10:00Z')
    await world.tickAt('2027-01-01T00:20:00Z')
    expect(world.fired.length).toBe(1)
    expect(world.scheduler.list()).toEqual([])
  })

  test('is refused when its expression or zone is bad', async () => {
    const { scheduler } = await startWorld('2027-01-01T00:01:00Z')
    expect(() => scheduler.put({ ...everyTenMinutes, expression: 'cron(0 8 * * *)' })).toThrow('cron(0 8 * * ? *)')
    expect(() => scheduler.put({ ...everyTenMinutes, timezone: 'Berlin' })).toThrow('Europe/Berlin')
    expect(scheduler.list()).toEqual([])
  })
})

test('a classic rule sends the scheduled event, and a rate waits for one period', async () => {
  const world = await startWorld('2027-01-01T00:00:30Z')
  const arn = world.scheduler.putRule({ name: 'sweep', scheduleExpression: 'rate(1 minute)', target: 'sweep-jobs' })
  await world.tickAt('2027-01-01T00:01:00Z')
  expect(world.fired).toEqual([])
  await world.tickAt('2027-01-01T00:01:31Z')
  expect(world.fired).toEqual([
    {
      target: 'sweep-jobs',
      payload: {
        version: '0',
        id: expect.any(String),
        'detail-type': 'Scheduled Event',
        source: 'aws.events',
        account: '000000000000',
        time: '2027-01-01T00:01:30Z',
        region: 'us-east-1',
        resources: [arn],
        detail: {},
      },
    },
  ])
  expect(arn).toBe('arn:aws:events:us-east-1:000000000000:rule/sweep')
})

describe('a restart', () => {
  test('fires the newest missed run and no other, and nothing that had fired', async () => {
    const dataDir = await makeFolder()
    const before = await startWorld('2027-01-01T00:01:00Z', dataDir)
    before.scheduler.put(everyTenMinutes)
    await before.tickAt('2027-01-01T00:10:00Z')
    await before.scheduler.close()

    const after = await startWorld('2027-01-01T00:10:30Z', dataDir)
    await after.tickAt('2027-01-01T00:10:31Z')
    expect(after.fired).toEqual([])
    await after.scheduler.close()

    const later = await startWorld('2027-01-01T03:05:00Z', dataDir)
    await later.tickAt('2027-01-01T03:05:00Z')
    await later.tickAt('2027-01-01T03:05:01Z')
    expect(later.fired.map(run => run.payload)).toEqual([{ at: '2027-01-01T03:00:00Z' }])
  })

  test('after weeks finds the newest run of a minute schedule without looking at each', async () => {
    const dataDir = await makeFolder()
    const before = await startWorld('2027-01-01T00:00:30Z', dataDir)
    before.scheduler.put({ ...everyTenMinutes, expression: 'cron(* * * * ? *)' })
    await before.scheduler.close()
    const after = await startWorld('2027-02-01T12:00:30Z', dataDir)
    await after.tickAt('2027-02-01T12:00:30Z')
    expect(after.fired.map(run => run.payload)).toEqual([{ at: '2027-02-01T12:00:00Z' }])
  })

  test('delivers a run that was recorded and not delivered', async () => {
    const dataDir = await makeFolder()
    const before = await startWorld('2027-01-01T00:01:00Z', dataDir)
    before.scheduler.put(everyTenMinutes)
    before.failTimes(1)
    await before.tickAt('2027-01-01T00:10:00Z')
    await before.scheduler.close()
    const after = await startWorld('2027-01-01T00:10:30Z', dataDir)
    await after.tickAt('2027-01-01T00:10:30Z')
    expect(after.fired.map(run => run.payload)).toEqual([{ at: '2027-01-01T00:10:00Z' }])
  })
})

describe('the REST API', () => {
  const body = {
    ScheduleExpression: 'cron(0 8 ? * MON-FRI *)',
    ScheduleExpressionTimezone: 'Europe/Berlin',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: {
      Arn: 'arn:aws:lambda:us-east-1:000000000000:function:submit',
      RoleArn: 'arn:aws:iam::0:role/r',
      Input: '{}',
    },
    StartDate: 1_800_000_000,
  }

  test('creates, reads, updates, lists and deletes schedules', async () => {
    const { scheduler } = await startWorld('2027-01-01T00:01:00Z')
    const created = await call(scheduler, 'POST', '/schedules/nightly', { ...body, GroupName: 'payments' })
    const ScheduleArn = 'arn:aws:scheduler:us-east-1:000000000000:schedule/payments/nightly'
    expect(created).toMatchObject({ status: 200, body: { ScheduleArn } })
    const read = await call(scheduler, 'GET', '/schedules/nightly?groupName=payments')
    expect(read.body).toMatchObject({ ...body, Arn: ScheduleArn, State: 'ENABLED', GroupName: 'payments' })
    const changed = { ...body, GroupName: 'payments', State: 'DISABLED' }
    expect((await call(scheduler, 'PUT', '/schedules/nightly', changed)).status).toBe(200)
    const list = await call(scheduler, 'GET', '/schedules?ScheduleGroup=payments&NamePrefix=night')
    expect(list.body).toMatchObject({ Schedules: [{ Name: 'nightly', State: 'DISABLED' }] })
    expect((await call(scheduler, 'DELETE', '/schedules/nightly?groupName=payments')).status).toBe(200)
    expect(scheduler.list()).toEqual([])
  })

  test('pages through a list', async () => {
    const { scheduler } = await startWorld('2027-01-01T00:01:00Z')
    for (const name of ['c', 'a', 'b']) scheduler.put({ ...everyTenMinutes, name })
    const first = await call(scheduler, 'GET', '/schedules?MaxResults=2')
    expect(first.body).toMatchObject({ Schedules: [{ Name: 'a' }, { Name: 'b' }] })
    const second = await call(scheduler, 'GET', `/schedules?MaxResults=2&NextToken=${String(first.body['NextToken'])}`)
    expect(second.body).toMatchObject({ Schedules: [{ Name: 'c' }] })
    expect(second.body).not.toHaveProperty('NextToken')
  })

  test.each([
    ['an existing name', 'POST', '/schedules/taken', body, 409, 'ConflictException'],
    ['an unknown schedule', 'GET', '/schedules/unknown', undefined, 404, 'ResourceNotFoundException'],
    ['an unknown schedule', 'DELETE', '/schedules/unknown', undefined, 404, 'ResourceNotFoundException'],
    ['an update of nothing', 'PUT', '/schedules/unknown', body, 404, 'ResourceNotFoundException'],
    ['a bad expression', 'POST', '/schedules/new', { ...body, ScheduleExpression: 'x' }, 400, 'ValidationException'],
    ['a bad name', 'POST', '/schedules/a%20b', body, 400, 'ValidationException'],
    ['no target', 'POST', '/schedules/new', { ...body, Target: {} }, 400, 'ValidationException'],
    ['a bad state', 'POST', '/schedules/new', { ...body, State: 'ON' }, 400, 'ValidationException'],
    ['another path', 'GET', '/tags/x', undefined, 404, 'ResourceNotFoundException'],
  ])('refuses %s (%s %s)', async (_, method, path, input, status, errorType) => {
    const { scheduler } = await startWorld('2027-01-01T00:01:00Z')
    scheduler.put({ ...everyTenMinutes, name: 'taken' })
    const answer = await call(scheduler, method, path, input)
    expect(answer).toMatchObject({ status, errorType })
    expect(answer.body['Message']).toEqual(expect.any(String))
    expect(scheduler.list().length).toBe(1)
  })
})

test('the real clock fires without being asked', async () => {
  const fired: unknown[] = []
  const scheduler = await startEmbeddedScheduler({
    invoke: async (_, payload) => void fired.push(payload),
    tickMilliseconds: 5,
  })
  cleanups.push(() => scheduler.close())
  scheduler.put({ ...everyTenMinutes, expression: 'rate(1 minute)' })
  await expect.poll(() => fired.length).toBe(1)
})

interface World {
  readonly scheduler: EmbeddedScheduler
  readonly attempts: { target: string; payload: unknown; at: string }[]
  /** The attempts that succeeded. */
  readonly fired: { target: string; payload: unknown }[]
  readonly problems: string[]
  tickAt(time: string): Promise<void>
  failTimes(count: number): void
  onInvoke(run: () => void): void
}

async function startWorld(time: string, dataDir?: string): Promise<World> {
  let now = new Date(time)
  let failures = 0
  let whenInvoked = (): void => {}
  const attempts: World['attempts'] = []
  const fired: World['fired'] = []
  const problems: string[] = []
  const scheduler = await startEmbeddedScheduler({
    now: () => now,
    tickMilliseconds: 0,
    port: 0,
    onProblem: message => problems.push(message),
    invoke: async (target, payload) => {
      attempts.push({ target, payload, at: now.toISOString() })
      whenInvoked()
      failures -= 1
      if (failures >= 0) throw new Error('the target is away')
      fired.push({ target, payload })
    },
    ...(dataDir === undefined ? {} : { dataDir }),
  })
  cleanups.push(() => scheduler.close())
  return {
    scheduler,
    attempts,
    fired,
    problems,
    async tickAt(time) {
      now = new Date(time)
      await scheduler.tick()
    },
    failTimes: count => (failures = count),
    onInvoke: run => (whenInvoked = run),
  }
}

async function call(
  { url }: EmbeddedScheduler,
  method: string,
  path: string,
  input?: object,
): Promise<{ status: number; errorType: string | null; body: Record<string, unknown> }> {
  const response = await fetch(`${url}${path}`, { method, ...(input && { body: JSON.stringify(input) }) })
  const body = (await response.json()) as Record<string, unknown>
  return { status: response.status, errorType: response.headers.get('x-amzn-errortype'), body }
}

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'embedded-scheduler-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}
