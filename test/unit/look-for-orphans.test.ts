/** Orphans (rule 10), the observer's measurements, and the archive of what ended. */
import { describe, expect, it } from 'vitest'
import { archiveEnded } from '../../shared/operations/archive-jobs.ts'
import { lookForOrphans } from '../../shared/operations/look-for-orphans.ts'
import { ensureObserved, observeCluster } from '../../shared/operations/observe-cluster.ts'
import type { JsonObject } from '../../shared/domain/job-spec/canonical-spec.ts'
import { makeApplication, makeJob } from '../support/make-job.ts'
import { makeWorld, objectOf } from '../support/make-world.ts'

const DAY_SECONDS = 86_400

describe('objects that a list shows', () => {
  it('of jobs that go on are looked at; of jobs that ended in order they are left alone', async () => {
    const world = makeWorld()
    const job = await world.submitted()
    const application = makeApplication('RUNNING', { name: objectOf(job), jobId: job.jobId, namespace: 'team-a' })
    const look = () => lookForOrphans(world.deps, world.cluster, 'main', [application])
    expect(await look()).toEqual([{ team: 'payments', jobId: job.jobId }])
    world.cluster.setState(objectOf(job), 'COMPLETED')
    await world.reconcile(job)
    expect((await world.stored(job)).state).toBe('SUCCEEDED')
    expect(await look()).toEqual([])
  })

  it('that belong to no attempt of their job are looked at', async () => {
    const world = makeWorld()
    const job = await world.submitted()
    world.cluster.setState(objectOf(job), 'COMPLETED')
    await world.reconcile(job)
    const stray = makeApplication('RUNNING', { name: 'stray', jobId: job.jobId, namespace: 'team-a' })
    expect(await lookForOrphans(world.deps, world.cluster, 'main', [stray])).toHaveLength(1)
  })

  it('of nobody are reported for a day and then deleted, by uid', async () => {
    const world = makeWorld()
    const said: string[] = []
    const deps = {
      ...world.deps,
      onOrphan: (orphan: { name: string }, what: string) => said.push(`${orphan.name} ${what}`),
    }
    const deleted: string[] = []
    world.cluster.delete = async (_, name, uid) => {
      deleted.push(`${name} ${uid}`)
      return { outcome: 'deleted' as const }
    }
    const orphan = makeApplication('RUNNING', { name: 'orphan', jobId: `j${'z'.repeat(24)}`, namespace: 'team-a' })
    const look = () => lookForOrphans(deps, world.cluster, 'main', [orphan])
    await look()
    world.clock.advanceSeconds(DAY_SECONDS - 1)
    await look()
    expect(deleted).toEqual([])
    world.clock.advanceSeconds(2)
    await look()
    expect(deleted).toEqual([`orphan ${orphan.uid}`])
    expect(said).toEqual(['orphan reported', 'orphan reported', 'orphan deleted'])
  })
})

describe('the observer measures', () => {
  it('that the API server answers, and how far its operator is behind', async () => {
    const world = makeWorld()
    const job = await world.submitted()
    await ensureObserved(world.deps, 'main')
    const [tick] = world.observeQueue.sent
    if (tick === undefined) throw new Error('no chain')
    await observeCluster(world.deps, tick)
    const created = world.clock.now()
    world.cluster.setState(objectOf(job), 'SUBMITTED', { createdAt: created, submittedAt: created + 8_000 })
    await observeCluster(world.deps, world.observeQueue.sent.at(-1) ?? tick)
    expect(world.observers.states.get('main')).toMatchObject({ reachableAt: world.clock.now(), lagMilliseconds: 8_000 })
  })
})

describe('the archive', () => {
  const written: { name: string; lines: readonly JsonObject[] }[] = []
  const archive = { write: async (name: string, lines: readonly JsonObject[]) => void written.push({ name, lines }) }
  it('gets each end once, in one object a batch', async () => {
    const before = makeJob('RUNNING')
    const over = makeJob('SUCCEEDED', { updatedAt: Date.UTC(2026, 10, 21, 23) })
    const changes = [
      { before, after: over },
      { before: over, after: { ...over, version: 9 } },
      { before: undefined, after: before },
    ]
    expect(await archiveEnded(archive, changes, '0001')).toBe(1)
    expect(written).toMatchObject([
      { name: 'jobs/dt=2026-11-21/0001.jsonl', lines: [{ id: over.jobId, state: 'SUCCEEDED' }] },
    ])
    expect(await archiveEnded(archive, [{ before, after: before }], '0002')).toBe(0)
    expect(written).toHaveLength(1)
  })
})
