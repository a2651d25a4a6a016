/** Orphans (rule 10), the observer's measurements, and the archive of what ended. */
import { describe, expect, it } from 'vitest'
import { archiveEnded } from '../../shared/operations/archive-jobs.ts'
import { lookForOrphans } from '../../shared/operations/look-for-orphans.ts'
import { removeOrphan } from '../../shared/operations/remove-orphan.ts'
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
    const look = () => lookForOrphans(world.deps, 'main', [application])
    expect(await look()).toEqual([{ team: 'payments', jobId: job.jobId }])
    world.cluster.setState(objectOf(job), 'RUNNING')
    await world.reconcile(job)
    expect(await look()).toEqual([])
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
    expect(await lookForOrphans(world.deps, 'main', [stray])).toHaveLength(1)
  })

  it('of nobody are reported for a day; then their removal is asked for', async () => {
    const world = makeWorld()
    const said: string[] = []
    const deps = {
      ...world.deps,
      onOrphan: (orphan: { name: string }, what: string) => said.push(`${orphan.name} ${what}`),
    }
    const orphan = makeApplication('RUNNING', { name: 'orphan', jobId: `j${'z'.repeat(24)}`, namespace: 'team-a' })
    const look = () => lookForOrphans(deps, 'main', [orphan])
    await look()
    world.clock.advanceSeconds(DAY_SECONDS - 1)
    await look()
    expect(world.reconcileQueue.removals).toEqual([])
    world.clock.advanceSeconds(2)
    await look()
    expect(world.reconcileQueue.removals).toEqual([
      { cluster: 'main', namespace: 'team-a', name: 'orphan', uid: orphan.uid },
    ])
    expect(said).toEqual(['orphan reported', 'orphan reported', 'orphan removal asked for'])
  })
})

describe('the removal of an orphan', () => {
  it('looks for itself: what its job needs stays, what nobody knows goes, what is gone is gone', async () => {
    const world = makeWorld()
    const job = await world.submitted()
    const { uid } = world.cluster.applications.get(`team-a/${objectOf(job)}`)?.view ?? { uid: '' }
    const orphan = { cluster: 'main', namespace: 'team-a', name: objectOf(job), uid }
    expect(await removeOrphan(world.deps, orphan)).toBe('needed')
    expect(await removeOrphan(world.deps, { ...orphan, uid: 'another' })).toBe('needed')
    world.store.jobs.clear()
    expect(await removeOrphan(world.deps, orphan)).toBe('removed')
    expect(await removeOrphan(world.deps, orphan)).toBe('gone')
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
