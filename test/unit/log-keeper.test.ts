/** A log is worth keeping, and not worth a job: whatever the archive does, the job goes on. */
import { describe, expect, it } from 'vitest'
import type { ClusterWindow } from '../../shared/operations/api-ports.ts'
import type { LogArchive } from '../../shared/operations/ports.ts'
import { logKeeper } from '../../shared/runtime/log-keeper.ts'
import { makeAttempt, makeJob } from '../support/make-job.ts'

const LIMIT_MILLISECONDS = 20
const window: ClusterWindow = {
  listPods: async () => ({ outcome: 'listed', pods: [] }),
  readLog: async () => ({ outcome: 'read', text: '2026-11-21T03:00:00Z done\n' }),
  tryCreate: async () => ({ outcome: 'exists' }),
}

/** What it warns of when `keep` does this. */
async function warnings(keep: LogArchive['keep'], cluster: Partial<ClusterWindow> = {}): Promise<unknown[]> {
  const told: unknown[] = []
  const silent = () => {}
  const log = { info: silent, error: silent, warn: (...said: unknown[]) => void told.push(said) }
  const windows = { of: async () => ({ ...window, ...cluster }) }
  const archive: LogArchive = { keep, read: async () => undefined }
  await logKeeper(windows, archive, log, LIMIT_MILLISECONDS)(makeJob('RUNNING'), makeAttempt())
  return told
}

const because = (why: string): unknown[] => ['a driver’s log was not kept', expect.objectContaining({ why })]

describe('the keeper of logs', () => {
  it('says nothing when the log is kept', async () => {
    const kept: string[] = []
    expect(await warnings(async (_name, text) => void kept.push(text))).toEqual([])
    expect(kept).toEqual(['2026-11-21T03:00:00Z done\n'])
  })
  it('goes on when the archive fails, and says why', async () => {
    const failing = () => Promise.reject(new Error('S3 answered 503'))
    expect(await warnings(failing)).toEqual([because('attempt 1: S3 answered 503')])
  })
  it('goes on when the archive never answers', async () => {
    expect(await warnings(() => new Promise(() => {}))).toEqual([because('attempt 1: it took too long')])
  })
  it('says that the cluster was silent', async () => {
    const silent = { readLog: async () => ({ outcome: 'unavailable' as const, message: 'no answer' }) }
    expect(await warnings(async () => {}, silent)).toEqual([because('attempt 1: cluster-silent')])
  })
})
