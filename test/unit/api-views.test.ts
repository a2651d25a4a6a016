/** What is told about jobs beside their record: the audit trail, the timeline, the log by its cursor. */
import { describe, expect, it } from 'vitest'
import { auditFields } from '../../shared/domain/audit.ts'
import type { PodView } from '../../shared/domain/observed.ts'
import { timelineOf } from '../../shared/domain/timeline.ts'
import type { ClusterWindow, LogAnswer } from '../../shared/operations/api-ports.ts'
import { readJobLog } from '../../shared/operations/read-job-log.ts'
import type { LogCursor } from '../../shared/operations/job-log.ts'
import { makeJob, NOW } from '../support/make-job.ts'

describe('a line of the audit trail', () => {
  it('holds what it may, short and on one line', () => {
    const item = {
      operation: 'submitJob',
      trigger: 'api',
      principal: `eve\r\n{"decision":"allowed"}\u2028\u202e\u0000${'x'.repeat(1_000)}`,
      decision: 'denied',
      status: 403,
      token: 'secret',
    } as const
    const fields = auditFields(item)
    expect(fields).not.toHaveProperty('token')
    expect(String(fields['principal']).length).toBeLessThan(600)
    expect(fields['principal']).toContain('eve\\u{d}\\u{a}{"decision"')
    expect(JSON.stringify(fields)).not.toMatch(/[\r\n\u2028\u202e]|\\[rnu]0/)
    expect(fields['status']).toBe(403)
  })
})

const ATTEMPT = { number: 1, objectName: 'etl-abc-a1', submittingAt: NOW + 1_000, createTries: 0, remedies: [] }

describe('a timeline', () => {
  it('has each step of each attempt and how it ended, in order', () => {
    const job = makeJob('SUCCEEDED', {
      createdAt: NOW,
      stateSince: NOW + 20_000,
      reopenedAt: NOW + 9_000,
      attempt: 2,
      attempts: [
        {
          ...ATTEMPT,
          createdAt: NOW + 2_000,
          endedAt: NOW + 5_000,
          reason: 'USER_CODE_FAILED',
          message: 'exit 1',
          goneAt: NOW + 6_000,
        },
        { ...ATTEMPT, number: 2, submittingAt: NOW + 10_000, runningAt: NOW + 12_000, endedAt: NOW + 19_000 },
      ],
    })
    const told = timelineOf(job)
    expect(told.map(({ event, attempt }) => [event, attempt])).toEqual([
      ['submitted', undefined],
      ['submitting', 1],
      ['created', 1],
      ['ended', 1],
      ['gone', 1],
      ['retry-requested', 2],
      ['submitting', 2],
      ['running', 2],
      ['ended', 2],
      ['succeeded', undefined],
    ])
    expect(told[3]).toMatchObject({ reason: 'USER_CODE_FAILED', message: 'exit 1' })
    expect(told[0]?.['at']).toBe(new Date(NOW).toISOString())
  })
  it('of a refused spec says so', () => {
    expect(timelineOf(makeJob('REJECTED')).map(({ event }) => event)).toEqual(['rejected'])
  })
})

const pod = (name: string, role: PodView['role'], phase = 'Running'): PodView => ({
  name,
  role,
  phase,
  deleting: false,
  conditions: [],
  containers: [
    { name: role === 'driver' ? 'spark-kubernetes-driver' : 'spark-kubernetes-executor' },
    { name: 'sidecar' },
  ],
})

/** A cluster with these pods, whose log is `lines`; keeps what it was asked. */
function fakeWindow(pods: readonly PodView[], answer: (since?: string) => LogAnswer) {
  const asked: unknown[] = []
  const window: ClusterWindow = {
    listPods: async () => ({ outcome: 'listed', pods }),
    readLog: async (place, query) => {
      asked.push({ place, query })
      return answer(query.sinceTime)
    },
    tryCreate: async () => ({ outcome: 'exists' }),
  }
  return { asked, windows: { of: async (name: string) => (name === 'main' ? window : undefined) } }
}

describe('a log', () => {
  const job = makeJob('RUNNING', { attempts: [ATTEMPT], cluster: 'main' })
  const driver = [pod('etl-driver', 'driver'), pod('etl-x-exec-1', 'executor'), pod('etl-x-exec-11', 'executor')]
  const LINES = [
    '2026-11-21T03:00:00.000000001Z a',
    '2026-11-21T03:00:00.000000002Z b',
    '2026-11-21T03:00:00.000000002Z c d',
  ]
  const whole = (): LogAnswer => ({ outcome: 'read', text: LINES.map(line => `${line}\n`).join('') })
  /** As the kubelet does: lines of exactly this time are part of the answer. */
  const from = (since?: string): LogAnswer => ({
    outcome: 'read',
    text: LINES.filter(line => since === undefined || (line.split(' ')[0] ?? '') >= since)
      .map(line => `${line}\n`)
      .join(''),
  })

  it('is read from the container that runs the program, of the right pod', async () => {
    const { asked, windows } = fakeWindow(driver, whole)
    const log = await readJobLog(windows, undefined, job, { role: 1, tail: 5 })
    expect(log).toMatchObject({ outcome: 'read', pod: 'etl-x-exec-1', ended: false, more: false })
    expect(asked).toMatchObject([
      { place: { pod: 'etl-x-exec-1', container: 'spark-kubernetes-executor' }, query: { tailLines: 5 } },
    ])
  })
  it('goes on behind its cursor, also among lines of one moment', async () => {
    const { windows } = fakeWindow(driver, from)
    const read = async (since?: LogCursor) => {
      const log = await readJobLog(windows, undefined, job, { role: 'driver', ...(since !== undefined && { since }) })
      if (log.outcome !== 'read') throw new Error(log.outcome)
      return log
    }
    const first = await read()
    expect(first.lines.map(({ text }) => text)).toEqual(['a', 'b', 'c d'])
    expect(first.next).toEqual({ time: '2026-11-21T03:00:00.000000002Z', seen: 2 })
    expect((await read(first.next)).lines).toEqual([])
    expect((await read(first.next)).next).toEqual(first.next)
    expect((await read({ time: '2026-11-21T03:00:00.000000002Z', seen: 1 })).lines.map(({ text }) => text)).toEqual([
      'c d',
    ])
  })
  it('of a page that is full leaves what was cut to the next, and never stands still', async () => {
    const long = `${LINES[0]}\n2026-11-21T03:00:01.000000000Z ${'x'.repeat(1024 * 1024)}`.slice(0, 1024 * 1024)
    const { windows } = fakeWindow(driver, () => ({ outcome: 'read', text: long }))
    expect(await readJobLog(windows, undefined, job, { role: 'driver' })).toMatchObject({
      more: true,
      ended: false,
      lines: [{ text: 'a' }],
    })
    const stuck = await readJobLog(windows, undefined, job, {
      role: 'driver',
      since: { time: '2026-11-21T03:00:00.000000001Z', seen: 1 },
    })
    expect(stuck).toMatchObject({ more: true, lines: [], next: { time: '2026-11-21T03:00:00.001Z', seen: 0 } })
  })
  it('has ended with its pod', async () => {
    const { windows } = fakeWindow([pod('etl-driver', 'driver', 'Succeeded')], whole)
    expect(await readJobLog(windows, undefined, job, { role: 'driver' })).toMatchObject({ ended: true })
  })
  it('says why there is none', async () => {
    const { windows } = fakeWindow([], whole)
    const why = async (change: object, request: object = {}) => {
      const log = await readJobLog(
        windows,
        undefined,
        makeJob('RUNNING', { attempts: [ATTEMPT], cluster: 'main', ...change }),
        {
          role: 'driver',
          ...request,
        },
      )
      return log.outcome === 'absent' ? log.why : log.outcome === 'read' ? log.waitingFor : log.outcome
    }
    expect(await why({})).toMatch(/has no driver yet/)
    expect(await why({}, { role: 2 })).toMatch(/no executor 2 now/)
    expect(await why({}, { attempt: 3 })).toMatch(/no attempt 3/)
    expect(await why({ attempts: [] })).toMatch(/had no attempt/)
    expect(await why({ attempts: [{ ...ATTEMPT, goneAt: NOW }] })).toMatch(/removed at/)
    expect(await why({ attempts: [{ ...ATTEMPT, endedAt: NOW }] })).toMatch(/is gone/)
    expect(await why({ cluster: 'old' })).toMatch(/not in the platform file/)
  })
  it('waits with a container that waits, and tells what the cluster says', async () => {
    const { windows } = fakeWindow(driver, () => ({ outcome: 'waiting', message: 'ContainerCreating' }))
    expect(await readJobLog(windows, undefined, job, { role: 'driver' })).toMatchObject({
      outcome: 'read',
      waitingFor: 'ContainerCreating',
      lines: [],
    })
    const troubled = fakeWindow(driver, () => ({ outcome: 'denied', message: 'no' }))
    expect(await readJobLog(troubled.windows, undefined, job, { role: 'driver' })).toMatchObject({ outcome: 'denied' })
  })
})
