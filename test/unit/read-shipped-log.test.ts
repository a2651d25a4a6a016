/** The log of a pod that is gone: when it is asked for elsewhere, under which name, and what of it is the archive's. */
import { describe, expect, it } from 'vitest'
import type { PodLogPlace } from '../../shared/domain/pod-log-streams.ts'
import type { Attempt, Job } from '../../shared/domain/job.ts'
import type { ClusterWindow } from '../../shared/operations/api-ports.ts'
import type { LogArchive } from '../../shared/operations/ports.ts'
import { readJobLog } from '../../shared/operations/read-job-log.ts'
import type { LogRequest } from '../../shared/operations/job-log.ts'
import type { ShippedAnswer, ShippedQuery } from '../../shared/operations/read-shipped-log.ts'
import type { ApiDeps } from '../../functions/api/deps.ts'
import type { ApiRequest } from '../../functions/api/route.ts'
import { getLogs } from '../../functions/api/routes/job-logs.ts'
import { makeJob } from '../support/make-job.ts'

const NOW = Date.parse('2026-11-21T03:00:00Z')
const running: Attempt = {
  number: 2,
  objectName: 'etl-2',
  submittingAt: NOW,
  createdAt: NOW,
  createTries: 1,
  remedies: [],
}
const ended: Attempt = { ...running, endedAt: NOW, goneAt: NOW }
const jobWith = (attempt: Attempt): Job =>
  makeJob(attempt.endedAt === undefined ? 'RUNNING' : 'SUCCEEDED', { attempts: [attempt], cluster: 'main' })
const SHIPPED: ShippedAnswer = {
  outcome: 'read',
  pod: 'etl-2-x-exec-1',
  lines: [
    { at: NOW, text: 'a' },
    { at: NOW, text: 'b' },
  ],
  more: false,
}

/** Pods are gone (or the cluster answers `listPods`); what is shipped is `answer`. */
function world(answer: ShippedAnswer = SHIPPED, listPods?: ClusterWindow['listPods']) {
  const asked: { readonly place: PodLogPlace; readonly query: ShippedQuery }[] = []
  const window = { listPods: listPods ?? (async () => ({ outcome: 'listed', pods: [] })) } as unknown as ClusterWindow
  const windows = { of: async () => window }
  const shipped = {
    read: async (place: PodLogPlace, query: ShippedQuery) => {
      asked.push({ place, query })
      return answer
    },
  }
  return {
    asked,
    windows,
    shipped,
    read: (attempt: Attempt, request: LogRequest, archive?: LogArchive) =>
      readJobLog(windows, archive, jobWith(attempt), request, shipped),
  }
}

const keeps = (text: string): LogArchive => ({ keep: async () => undefined, read: async () => text })

describe('the log of an executor whose pod is gone', () => {
  it('is read by the names of the job’s own record', async () => {
    const { asked, read } = world()
    expect(await read(ended, { role: 1 })).toEqual({
      outcome: 'read',
      source: 'archive',
      attempt: 2,
      pod: 'etl-2-x-exec-1',
      lines: [
        { at: '2026-11-21T03:00:00.000Z', text: 'a' },
        { at: '2026-11-21T03:00:00.000Z', text: 'b' },
      ],
      next: { time: '2026-11-21T03:00:00.000Z', seen: 2 },
      more: false,
      ended: true,
    })
    const { namespace } = jobWith(ended)
    expect(asked).toEqual([
      { place: { cluster: 'main', namespace, objectName: 'etl-2', role: 1 }, query: { since: 0, seen: 0 } },
    ])
  })
  it('goes on behind its cursor, and by its tail', async () => {
    const { asked, read } = world()
    const since = { time: '2026-11-21T03:00:00.000Z', seen: 2 }
    expect(await read(ended, { role: 1, since })).toMatchObject({ next: { ...since, seen: 4 } })
    await read(ended, { role: 1, tail: 7 })
    expect(asked.map(({ query }) => query)).toEqual([{ since: NOW, seen: 2 }, { tailLines: 7 }])
  })
  it('may become longer while its attempt lives', async () =>
    expect(await world().read(running, { role: 1 })).toMatchObject({ outcome: 'read', ended: false }))
  it('is not asked for while its cluster does not answer, for it may live', async () => {
    const { asked, read } = world(SHIPPED, async () => ({ outcome: 'unavailable', message: 'timed out' }))
    expect(await read(running, { role: 1 })).toMatchObject({ outcome: 'unavailable' })
    expect(asked).toEqual([])
  })
  it.each<ShippedAnswer>([
    { outcome: 'denied', message: 'no' },
    { outcome: 'unavailable', message: 'slow down', retryAfterSeconds: 5 },
  ])('is out of reach when it is %j', async answer =>
    expect(await world(answer).read(ended, { role: 1 })).toEqual(answer),
  )
  it('that was never shipped is absent, with the reason', async () =>
    expect(await world({ outcome: 'absent' }).read(ended, { role: 1 })).toEqual({
      outcome: 'absent',
      why: 'The pods of attempt 2 were removed at 2026-11-21T03:00:00.000Z.',
    }))
})

describe('GET /v1/jobs/{id}/logs', () => {
  it('answers what was shipped of an executor, with a cursor as text', async () => {
    const job = jobWith(ended)
    const { windows, shipped } = world()
    const deps = { store: { get: async () => job }, windows, shippedLogs: shipped } as unknown as ApiDeps
    const request = { deps, query: new URLSearchParams('role=executor-1') } as unknown as ApiRequest
    const { statusCode, body } = (await getLogs(request, job)) as { statusCode: number; body: string }
    expect([statusCode, JSON.parse(body)]).toMatchObject([
      200,
      { source: 'archive', pod: 'etl-2-x-exec-1', next: '2026-11-21T03:00:00.000Z~2', lines: [{}, {}], ended: true },
    ])
  })
})

describe('the log of a driver whose pod is gone', () => {
  const kept = keeps('2026-11-21T03:00:05.000000001Z y\n2026-11-21T03:00:06.000000001Z z\n')
  it('is the archive’s where its end is asked for, or what comes behind a place in it', async () => {
    const { asked, read } = world()
    expect(await read(ended, { role: 'driver', tail: 1 }, kept)).toMatchObject({ lines: [{ text: 'z' }] })
    expect(await read(ended, { role: 'driver', tail: 0 }, kept)).toMatchObject({ lines: [] })
    const since = { time: '2026-11-21T03:00:05.000000001Z', seen: 1 }
    expect(await read(ended, { role: 'driver', since }, kept)).toMatchObject({ lines: [{ text: 'z' }] })
    const shippedBefore = { time: '2026-11-21T03:00:06.000Z', seen: 1 }
    expect(await read(ended, { role: 'driver', since: shippedBefore }, kept)).toMatchObject({ lines: [] })
    expect(asked).toEqual([])
  })
  it('is the shipped one from its beginning', async () => {
    const { read } = world()
    expect(await read(ended, { role: 'driver' }, kept)).toMatchObject({ lines: [{ text: 'a' }, { text: 'b' }] })
    const since = { time: '2026-11-21T03:00:00Z', seen: 0 }
    expect(await read(ended, { role: 'driver', since }, kept)).toMatchObject({ lines: [{ text: 'a' }, { text: 'b' }] })
    expect(await read(ended, { role: 'driver', tail: 9 }, kept)).toMatchObject({
      lines: [{ text: 'a' }, { text: 'b' }],
    })
  })
  it.each<ShippedAnswer>([{ outcome: 'absent' }, { outcome: 'denied', message: 'no' }])(
    'is what was kept when what was shipped is %j',
    async answer =>
      expect(await world(answer).read(ended, { role: 'driver' }, kept)).toMatchObject({
        lines: [{ text: 'y' }, { text: 'z' }],
      }),
  )
})
