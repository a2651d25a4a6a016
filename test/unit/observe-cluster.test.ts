import { describe, expect, it } from 'vitest'
import { ensureObserved, observeCluster } from '../../shared/operations/observe-cluster.ts'
import { sweepJobs } from '../../shared/operations/sweep-jobs.ts'
import type { SparkCluster } from '../../shared/operations/ports.ts'
import { makeWorld, objectOf } from '../support/make-world.ts'

/** A world with one active job, its chain started by the create, and the sends up to here forgotten. */
async function observed() {
  const world = makeWorld()
  const job = await world.submitted()
  const [tick] = world.observeQueue.sent
  if (tick === undefined) throw new Error('no chain was started')
  world.reconcileQueue.sent.length = 0
  world.observeQueue.sent.length = 0
  const ids = () => world.reconcileQueue.sent.map(each => each.ref.jobId)
  return { world, job, tick, ids, next: () => world.observeQueue.sent.at(-1) ?? tick }
}

describe('one chain a cluster', () => {
  it('starts with the first create and not again with the second', async () => {
    const { world } = await observed()
    world.clock.advanceSeconds(1)
    await world.submitted('key-2')
    expect(world.observeQueue.sent).toEqual([])
  })
  it('goes on while jobs are active, and lets duplicates of a message die', async () => {
    const { world, tick } = await observed()
    expect(await observeCluster(world.deps, tick)).toBe('went-on')
    expect(await observeCluster(world.deps, tick)).toBe('duplicate')
    expect(world.observeQueue.sent).toHaveLength(1)
  })
  it('stops when the cluster is idle, and starts anew with a list', async () => {
    const { world, job, tick, next } = await observed()
    world.cluster.setState(objectOf(job), 'COMPLETED')
    await observeCluster(world.deps, tick)
    await world.reconcile(job)
    while ((await observeCluster(world.deps, next())) === 'went-on')
      expect(world.observeQueue.sent.length).toBeLessThan(5)
    expect(world.observers.states.get('main')).toMatchObject({ active: false })
    expect(world.observers.states.get('main')).not.toHaveProperty('resourceVersion')
    await ensureObserved(world.deps, 'main')
    expect(world.observers.states.get('main')).toMatchObject({ active: true })
  })
  it('is started again by the sweep when its message was lost', async () => {
    const { world } = await observed()
    world.observeQueue.sent.length = 0
    const sweep = () => sweepJobs({ ...world.deps, clusters: ['main'], graceSeconds: 60 })
    await sweep()
    expect(world.observeQueue.sent).toEqual([])
    world.clock.advanceSeconds(61)
    await sweep()
    expect(world.observeQueue.sent).toHaveLength(1)
  })
})

describe('only what changed is looked at', () => {
  it('lists at the start, then tells changes alone', async () => {
    const { world, job, tick, ids, next } = await observed()
    await observeCluster(world.deps, tick)
    expect(new Set(ids())).toEqual(new Set([job.jobId]))
    world.reconcileQueue.sent.length = 0
    await observeCluster(world.deps, next())
    expect(ids()).toEqual([])
    world.cluster.setState(objectOf(job), 'RUNNING')
    await observeCluster(world.deps, next())
    expect(ids()).toEqual([job.jobId])
  })
  it('lists again when the server forgot the place', async () => {
    const { world, job, tick, ids, next } = await observed()
    await observeCluster(world.deps, tick)
    const cluster: SparkCluster = world.cluster
    const { watch } = cluster
    cluster.watch = async () => ({ outcome: 'expired' })
    await observeCluster(world.deps, next())
    cluster.watch = watch
    world.reconcileQueue.sent.length = 0
    await observeCluster(world.deps, next())
    expect(ids()).toContain(job.jobId)
  })
  it('waits as long as an overloaded server asks, and keeps its place', async () => {
    const { world, tick, next } = await observed()
    await observeCluster(world.deps, tick)
    const place = world.observers.states.get('main')?.resourceVersion
    world.cluster.answerNext('watch', { outcome: 'unavailable', message: '429', retryAfterSeconds: 17 })
    await observeCluster(world.deps, next())
    expect(next()).toMatchObject({ delaySeconds: 17 })
    expect(world.observers.states.get('main')?.resourceVersion).toBe(place)
  })
  it('does not move its place forward when ids could not be sent', async () => {
    const { world, job, tick, next } = await observed()
    await observeCluster(world.deps, tick)
    const place = world.observers.states.get('main')?.resourceVersion
    world.cluster.setState(objectOf(job), 'RUNNING')
    world.reconcileQueue.failNext = 1
    await expect(observeCluster(world.deps, next())).rejects.toThrow('the queue did not take it')
    expect(world.observers.states.get('main')?.resourceVersion).toBe(place)
  })
  it('asks for looks at all active jobs every five minutes while it cannot watch', async () => {
    const { world, job, tick, ids, next } = await observed()
    await observeCluster(world.deps, tick)
    world.reconcileQueue.sent.length = 0
    const looksAfter: number[] = []
    for (let minute = 1; minute <= 11; minute++) {
      world.cluster.answerNext('watch', { outcome: 'denied', message: 'no access entry' })
      await observeCluster(world.deps, next())
      looksAfter.push(ids().filter(id => id === job.jobId).length)
      world.clock.advanceSeconds(60)
    }
    expect(looksAfter).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2])
  })
  it('lists everything every six hours, for orphans', async () => {
    const { world, job, tick, ids, next } = await observed()
    await observeCluster(world.deps, tick)
    world.reconcileQueue.sent.length = 0
    world.clock.advanceSeconds(6 * 3_600 + 1)
    await observeCluster(world.deps, next())
    expect(ids()).toEqual([job.jobId])
  })
  it('does not look at running jobs that a list shows running, and looks at those that it does not show', async () => {
    const { world, job, tick, ids, next } = await observed()
    await observeCluster(world.deps, tick)
    world.cluster.setState(objectOf(job), 'RUNNING')
    await world.reconcile(job)
    const list = async () => {
      world.reconcileQueue.sent.length = 0
      world.clock.advanceSeconds(6 * 3_600 + 1)
      await observeCluster(world.deps, next())
      return ids()
    }
    // The watch from the old place tells the change once more.
    await observeCluster(world.deps, next())
    expect(await list()).toEqual([])
    world.cluster.remove(objectOf(job))
    expect(await list()).toEqual([job.jobId])
  })
})

describe('when the observer gets nowhere', () => {
  it('the sweep asks for looks at all active jobs in its place, every quarter of an hour', async () => {
    const { world, job, ids } = await observed()
    const looksAfter: number[] = []
    for (let minute = 1; minute <= 31; minute++) {
      world.clock.advanceSeconds(60)
      await sweepJobs({ ...world.deps, clusters: ['main'], graceSeconds: 86_400 })
      looksAfter.push(ids().filter(id => id === job.jobId).length)
    }
    expect([looksAfter[13], looksAfter[14], looksAfter[28], looksAfter[29]]).toEqual([0, 1, 1, 2])
  })
  it('the sweep asks nobody when the chain moves at that moment: it is alive', async () => {
    const { world, ids } = await observed()
    world.clock.advanceSeconds(1_000)
    const { observers } = world
    const get = observers.get.bind(observers)
    observers.get = async cluster => {
      const read = await get(cluster)
      if (read !== undefined) observers.states.set(cluster, { ...read, sequence: read.sequence + 1 })
      return read
    }
    await sweepJobs({ ...world.deps, clusters: ['main'], graceSeconds: 86_400 })
    expect(ids()).toEqual([])
  })
  it('nobody is asked while it does its work', async () => {
    const { world, tick, ids, next } = await observed()
    await observeCluster(world.deps, tick)
    world.reconcileQueue.sent.length = 0
    for (let minute = 1; minute <= 31; minute++) {
      world.clock.advanceSeconds(60)
      await observeCluster(world.deps, next())
      await sweepJobs({ ...world.deps, clusters: ['main'], graceSeconds: 86_400 })
    }
    expect(ids()).toEqual([])
  })
})
