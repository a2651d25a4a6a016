/** What the simulation found in `reconcileJob`, once each: the shortest way there. */
import { describe, expect, it } from 'vitest'
import type { Attempt, Job } from '../../shared/domain/job.ts'
import { reconcileJob } from '../../shared/operations/reconcile-job.ts'
import { retryJob } from '../../shared/operations/retry-job.ts'
import { makeDriver, makePlatform } from '../support/make-job.ts'
import { makeWorld, objectOf } from '../support/make-world.ts'

const OUT_OF_MEMORY = 'driver container failed with ExitCode: 137, Reason: OOMKilled'
const SILENT = { outcome: 'unavailable', message: 'no answer' } as const
const A_DAY = 86_400

/** Its first attempt has failed, and the second has not begun. */
async function failedOnce(world: ReturnType<typeof makeWorld>): Promise<Job> {
  const job = await world.submitted()
  world.cluster.setState(objectOf(job), 'FAILED', { errorMessage: OUT_OF_MEMORY })
  return job
}

/** Its driver takes a while to end. */
function keepDriverAfterDelete({ cluster }: ReturnType<typeof makeWorld>, name: string): void {
  const remove = cluster.delete.bind(cluster)
  cluster.delete = async (...asked) => {
    const deleted = await remove(...asked)
    if (asked[1] === name) cluster.setPods(name, [makeDriver('Running')])
    return deleted
  }
}

describe('reconcileJob', () => {
  it('begins a further attempt although the one before was given up before it began', async () => {
    const world = makeWorld()
    const job = await failedOnce(world)
    await world.reconcile(job)
    world.clock.advanceSeconds(A_DAY * 2)
    await world.reconcile(job)
    expect(await world.stored(job)).toMatchObject({ state: 'TIMED_OUT', attempt: 2, attempts: [{ number: 1 }] })
    await retryJob(world.deps, job, 'ada')
    await world.reconcile(job)
    expect(await world.stored(job)).toMatchObject({
      state: 'PENDING',
      attempt: 3,
      attempts: [{ number: 1 }, { number: 3, objectName: expect.stringMatching(/-a3$/) as string }],
    })
  })

  it('lets a job move whose cluster was lost before it answered the create', async () => {
    const { clusters, teams } = makePlatform()
    const payments = { ...teams['payments'], onClusterLost: 'move' }
    const world = makeWorld(makePlatform({ clusters, teams: { ...teams, payments }, clusterLostSeconds: 60 }))
    const result = await world.submit()
    if (result.outcome !== 'accepted') throw new Error('not accepted')
    for (let look = 0; look < 5; look++) {
      world.cluster.answerNext('create', SILENT)
      await world.reconcile(result.job)
      world.clock.advanceSeconds(21)
    }
    expect(await world.stored(result.job)).toMatchObject({
      state: 'QUEUED',
      attempt: 2,
      attempts: [{ number: 1, reason: 'CLUSTER_LOST' }],
    })
  })

  it('counts the silence of a cluster from its last answer, though nothing but a delete came of that', async () => {
    const world = makeWorld()
    const job = await failedOnce(world)
    const { cluster } = world
    const [listPods, remove] = [cluster.listPods.bind(cluster), cluster.delete.bind(cluster)]
    // Silent at the look behind the end, and again at the one behind the delete.
    cluster.listPods = (...asked) => {
      cluster.answerNext('get', SILENT)
      return listPods(...asked)
    }
    await world.reconcile(job)
    const first = world.clock.now()
    expect((await world.stored(job)).attempts).toMatchObject([{ outcome: 'FAILED', unreachableSince: first }])
    cluster.listPods = listPods
    cluster.delete = (...asked) => {
      cluster.answerNext('get', SILENT)
      return remove(...asked)
    }
    world.clock.advanceSeconds(1_000)
    await world.reconcile(job)
    expect((await world.stored(job)).attempts).toMatchObject([{ unreachableSince: first + 1_000_000 }])
  })

  it('reads a job again before its create where the clock was set back meanwhile', async () => {
    const world = makeWorld()
    const result = await world.submit()
    if (result.outcome !== 'accepted') throw new Error('not accepted')
    const seen: string[] = []
    const { cluster, store, clock } = world
    const [get, getSpec, create] = [store.get.bind(store), store.getSpec.bind(store), cluster.create.bind(cluster)]
    store.get = ref => {
      seen.push('read')
      return get(ref)
    }
    store.getSpec = ref => {
      if (!seen.includes('set back')) clock.advanceSeconds(-300)
      seen.push('set back')
      return getSpec(ref)
    }
    cluster.create = (...asked) => {
      seen.push('create')
      return create(...asked)
    }
    await world.reconcile(result.job)
    await world.reconcile(result.job)
    clock.advanceSeconds(400)
    await world.reconcile(result.job)
    expect(seen.slice(seen.indexOf('set back'), seen.indexOf('create'))).toContain('read')
  })

  it('reads a job again before its create where the write of SUBMITTING took longer than a read may be old', async () => {
    const world = makeWorld()
    const result = await world.submit()
    if (result.outcome !== 'accepted') throw new Error('not accepted')
    const { cluster, store, clock } = world
    const seen: string[] = []
    const [get, save, create] = [store.get.bind(store), store.save.bind(store), cluster.create.bind(cluster)]
    store.get = ref => (seen.push('read'), get(ref))
    store.save = async (before, after) => {
      const saved = await save(before, after)
      if (after.state === 'SUBMITTING' && before.state === 'QUEUED') {
        // The answer comes late: since the write a fence may stand.
        clock.advanceSeconds(7)
        seen.push('slow write')
      }
      return saved
    }
    cluster.create = (...asked) => (seen.push('create'), create(...asked))
    await world.reconcile(result.job)
    expect(seen.slice(seen.indexOf('slow write'))).toEqual(['slow write', 'read', 'create'])
  })

  it('asks for a new proof where somebody put the object of a proved attempt there again', async () => {
    const retry = { maxAttempts: 3, firstDelaySeconds: 3_000, maxDelaySeconds: 3_600 }
    const world = makeWorld(makePlatform({ retry }))
    const job = await failedOnce(world)
    const name = objectOf(job)
    const [again] = [...world.cluster.applications.entries()]
    if (again === undefined) throw new Error('no object')
    const look = async () => {
      await world.reconcile(job)
      world.clock.advanceSeconds(2)
      return world.stored(job)
    }
    while ((await look()).attempts[0]?.goneAt === undefined)
      expect(world.clock.now()).toBeLessThan(job.createdAt + 900_000)
    expect(await world.stored(job)).toMatchObject({ state: 'QUEUED', attempts: [{ number: 1 }] })
    world.cluster.applications.set(...again)
    keepDriverAfterDelete(world, name)
    world.clock.advanceSeconds(A_DAY / 24)
    expect((await look()).attempts).toMatchObject([{ number: 1, outcome: 'FAILED' }])
    expect((await look()).attempts[0]).not.toHaveProperty('goneAt')
    expect(world.cluster.creates()).toBe(1)
    world.cluster.setPods(name, [])
    await look()
    expect(await look()).toMatchObject({ state: 'PENDING', attempt: 2 })
  })

  it('takes a proof back before it deletes what came back: whoever dies in between leaves no wrong proof', async () => {
    const world = makeWorld(
      makePlatform({ retry: { maxAttempts: 3, firstDelaySeconds: 3_000, maxDelaySeconds: 3_600 } }),
    )
    const job = await failedOnce(world)
    const [again] = [...world.cluster.applications.entries()]
    if (again === undefined) throw new Error('no object')
    await world.reconcile(job)
    world.clock.advanceSeconds(60)
    await world.reconcile(job)
    expect((await world.stored(job)).attempts).toMatchObject([{ goneAt: expect.any(Number) as number }])
    world.cluster.applications.set(...again)
    world.cluster.delete = () => Promise.reject(new Error('killed'))
    await expect(world.reconcile(job)).rejects.toThrow('killed')
    expect((await world.stored(job)).attempts[0]).not.toHaveProperty('goneAt')
  })

  it('deletes an attempt where it is, wherever the job goes next', async () => {
    const world = makeWorld()
    const job = await failedOnce(world)
    const asked: string[] = []
    const of = (name: string) => (asked.push(name), world.cluster)
    const elsewhere = { ...(await world.stored(job)), cluster: 'second' }
    await world.store.save(await world.stored(job), elsewhere)
    await reconcileJob({ ...world.deps, clusters: { of } }, job)
    expect(world.cluster.log).toContainEqual({ method: 'delete', name: objectOf(job), outcome: 'deleted' })
    expect([...new Set(asked)]).toEqual(['main'])
  })

  it('waits for the end of what came back under a proved attempt before it says CANCELLED', async () => {
    const world = makeWorld()
    const job = await failedOnce(world)
    const [again] = [...world.cluster.applications.entries()]
    if (again === undefined) throw new Error('no object')
    while ((await world.stored(job)).attempts.length === 1) {
      await world.reconcile(job)
      world.clock.advanceSeconds(30)
    }
    await world.cancel(job)
    world.cluster.applications.set(...again)
    keepDriverAfterDelete(world, objectOf(job))
    world.clock.advanceSeconds(60)
    await world.reconcile(job)
    world.clock.advanceSeconds(60)
    await world.reconcile(job)
    expect(await world.stored(job)).toMatchObject({ state: 'CANCELLING', attempts: [{ number: 1 }, { number: 2 }] })
    world.cluster.setPods(objectOf(job), [])
    world.clock.advanceSeconds(60)
    await world.reconcile(job)
    expect(await world.stored(job)).toMatchObject({ state: 'CANCELLED' })
  })

  it('proves the last attempt anew when somebody asks for another: what was applied meanwhile may still run', async () => {
    const world = makeWorld(
      makePlatform({ deadlines: { queuedSeconds: A_DAY, pendingSeconds: 3_600, runningSeconds: 60 } }),
    )
    const job = await world.submitted()
    world.cluster.setState(objectOf(job), 'RUNNING')
    while ((await world.stored(job)).state !== 'TIMED_OUT') {
      await world.reconcile(job)
      world.clock.advanceSeconds(61)
      expect(world.clock.now()).toBeLessThan(job.createdAt + A_DAY * 1000)
    }
    world.cluster.setPods(objectOf(job), [makeDriver('Running')])
    await retryJob(world.deps, job, 'ada')
    await world.reconcile(job)
    expect(await world.stored(job)).toMatchObject({ state: 'QUEUED', reason: 'CLEANING_UP' })
    world.cluster.setPods(objectOf(job), [])
    world.clock.advanceSeconds(60)
    await world.reconcile(job)
    expect(await world.stored(job)).toMatchObject({ state: 'PENDING', attempt: 2 })
  })

  it('does not count a silence from before a proof that was taken back', async () => {
    const { clusters, teams } = makePlatform()
    const payments = { ...teams['payments'], onClusterLost: 'move' }
    const deadlines = { queuedSeconds: A_DAY, pendingSeconds: 3_600, runningSeconds: 60 }
    const world = makeWorld(
      makePlatform({ clusters, teams: { ...teams, payments }, deadlines, clusterLostSeconds: 600 }),
    )
    const job = await world.submitted()
    world.cluster.setState(objectOf(job), 'RUNNING')
    keepDriverAfterDelete(world, objectOf(job))
    while (world.cluster.applications.size > 0) {
      await world.reconcile(job)
      world.clock.advanceSeconds(20)
      expect(world.clock.now()).toBeLessThan(job.createdAt + A_DAY * 1000)
    }
    world.cluster.setPods(objectOf(job), [])
    // The last question before the proof has no answer.
    world.cluster.answerNext('get', SILENT)
    await world.reconcile(job)
    world.clock.advanceSeconds(60)
    await world.reconcile(job)
    expect(await world.stored(job)).toMatchObject({ state: 'TIMED_OUT', attempts: [{ goneAt: world.clock.now() }] })
    world.clock.advanceSeconds(3_600)
    await retryJob(world.deps, job, 'ada')
    world.cluster.answerNext('get', SILENT)
    await world.reconcile(job)
    const { attempts } = await world.stored(job)
    expect(attempts).toMatchObject([{ unreachableSince: world.clock.now() }])
    expect(attempts[0]).not.toHaveProperty('abandonedAt')
  })

  it('keeps no log of what is gone already', async () => {
    const world = makeWorld()
    const job = await world.submitted()
    const kept: number[] = []
    const deps = { ...world.deps, keepLog: async (_job: Job, { number }: Attempt) => void kept.push(number) }
    world.cluster.applications.clear()
    for (let look = 0; look < 3; look++) {
      await reconcileJob(deps, job)
      world.clock.advanceSeconds(120)
    }
    expect(await world.stored(job)).toMatchObject({ attempts: [{ reason: 'VANISHED' }] })
    expect(kept).toEqual([])
  })

  it('does not count as silence that pods could not be listed while the object was shown', async () => {
    const { clusters, teams } = makePlatform()
    const payments = { ...teams['payments'], onClusterLost: 'move' }
    const world = makeWorld(makePlatform({ clusters, teams: { ...teams, payments }, clusterLostSeconds: 60 }))
    const job = await world.submitted()
    world.cluster.setState(objectOf(job), 'SUBMITTED')
    for (let look = 0; look < 5; look++) {
      world.clock.advanceSeconds(30)
      world.cluster.answerNext('listPods', SILENT)
      await world.reconcile(job)
    }
    expect(await world.stored(job)).toMatchObject({ state: 'PENDING', attempt: 1, reason: 'CLUSTER_UNREACHABLE' })
  })
})
