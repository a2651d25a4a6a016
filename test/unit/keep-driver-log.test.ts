/** What is kept of a driver's log, when, and how it is read again. */
import { describe, expect, it } from 'vitest'
import type { LogArchive, LogName } from '../../shared/operations/ports.ts'
import type { ClusterWindow, LogAnswer, LogQuery } from '../../shared/operations/api-ports.ts'
import { keepDriverLog } from '../../shared/operations/keep-driver-log.ts'
import { readJobLog } from '../../shared/operations/read-job-log.ts'
import type { Attempt } from '../../shared/domain/job.ts'
import { makeJob } from '../support/make-job.ts'

const NOW = Date.parse('2026-11-21T03:00:00Z')
const attempt: Attempt = {
  number: 2,
  objectName: 'etl-2',
  submittingAt: NOW,
  createdAt: NOW,
  createTries: 1,
  remedies: [],
  endedAt: NOW,
  goneAt: NOW,
}
const job = makeJob('FAILED', { attempts: [attempt], cluster: 'main' })

function archive(): LogArchive & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>()
  const key = (log: LogName): string => `${log.team}/${log.jobId}/${log.attempt}`
  return {
    kept,
    keep: async (log, text) => void kept.set(key(log), text),
    read: async log => kept.get(key(log)),
  }
}

function cluster(answer: (query: LogQuery) => LogAnswer) {
  const asked: unknown[] = []
  const window: ClusterWindow = {
    listPods: async () => ({ outcome: 'listed', pods: [] }),
    readLog: async (place, query) => {
      asked.push({ ...place, ...query })
      return answer(query)
    },
    tryCreate: async () => ({ outcome: 'exists' }),
  }
  return { asked, windows: { of: async (name: string) => (name === 'main' ? window : undefined) } }
}

const line = (nanosecond: number, text: string): string =>
  `2026-11-21T03:00:00.${String(nanosecond).padStart(9, '0')}Z ${text}\n`

describe('the log of a driver', () => {
  it('is kept under the attempt, from the container that runs the program', async () => {
    const { asked, windows } = cluster(() => ({ outcome: 'read', text: line(1, 'a') }))
    const store = archive()
    expect(await keepDriverLog(windows, store, job, attempt)).toBe('kept')
    expect(asked).toMatchObject([
      { namespace: job.namespace, pod: 'etl-2-driver', container: 'spark-kubernetes-driver', tailLines: 10_000 },
    ])
    expect([...store.kept]).toEqual([[`${job.team}/${job.jobId}/2`, line(1, 'a')]])
  })

  it('that is too long keeps its end: the cluster would cut that', async () => {
    const { asked, windows } = cluster(({ tailLines, limitBytes }) => ({
      outcome: 'read',
      text: line(1, 'x')
        .repeat(40_000)
        .slice(0, (tailLines ?? 0) > 100 ? limitBytes : 100),
    }))
    await keepDriverLog(windows, archive(), job, attempt)
    expect(asked).toMatchObject([{ tailLines: 10_000 }, { tailLines: 1_000 }, { tailLines: 100 }])
  })

  it.each<readonly [string, LogAnswer, string]>([
    ['absent', { outcome: 'absent' }, 'nothing'],
    ['empty', { outcome: 'read', text: '' }, 'nothing'],
    ['not begun', { outcome: 'waiting', message: 'ContainerCreating' }, 'nothing'],
    ['out of reach', { outcome: 'unavailable', message: 'timed out' }, 'cluster-silent'],
  ])('that is %s leaves what was kept before', async (_, answer, outcome) => {
    const store = archive()
    expect(await keepDriverLog(cluster(() => answer).windows, store, job, attempt)).toBe(outcome)
    expect(store.kept.size).toBe(0)
  })

  it('is read from the archive when the pod is gone, whole, by its tail, and behind a cursor or a time', async () => {
    const { windows } = cluster(() => ({ outcome: 'absent' }))
    const store = archive()
    await store.keep({ team: job.team, jobId: job.jobId, attempt: 2 }, line(1, 'a') + line(2, 'b') + line(2, 'c'))
    const texts = async (request: object): Promise<readonly string[]> => {
      const log = await readJobLog(windows, store, job, { role: 'driver', ...request })
      if (log.outcome !== 'read') throw new Error(log.outcome)
      expect(log).toMatchObject({ source: 'archive', pod: 'etl-2-driver', attempt: 2, ended: true, more: false })
      return log.lines.map(({ text }) => text)
    }
    expect(await texts({})).toEqual(['a', 'b', 'c'])
    expect(await texts({ tail: 1 })).toEqual(['c'])
    expect(await texts({ since: { time: '2026-11-21T03:00:00.000000002Z', seen: 1 } })).toEqual(['c'])
    expect(await texts({ since: { time: '2026-11-21T03:00:00Z', seen: 0 } })).toEqual(['a', 'b', 'c'])
    expect(await texts({ since: { time: '2026-11-21T03:00:01Z', seen: 0 } })).toEqual([])
  })

  it('of an executor is not in the archive, nor that of an attempt whose log was not kept', async () => {
    const { windows } = cluster(() => ({ outcome: 'absent' }))
    const store = archive()
    expect(await readJobLog(windows, store, job, { role: 'driver' })).toMatchObject({ outcome: 'absent' })
    await store.keep({ team: job.team, jobId: job.jobId, attempt: 2 }, line(1, 'a'))
    expect(await readJobLog(windows, store, job, { role: 1 })).toMatchObject({ outcome: 'absent' })
  })
})
