/** Admission through the operations: who goes, who waits for what, and that room comes back. */
import { describe, expect, test } from 'vitest'
import type { Job } from '../../../shared/domain/job.ts'
import { parsePlatform } from '../../../shared/domain/platform/platform.ts'
import { TROUBLE_SPACING } from '../../../shared/domain/admission/cluster-health.ts'
import { admitJobs } from '../../../shared/operations/admit-jobs.ts'
import { describeWaiting } from '../../../shared/operations/describe-waiting.ts'
import { observeCluster } from '../../../shared/operations/observe-cluster.ts'
import { retryJob } from '../../../shared/operations/retry-job.ts'
import { sweepJobs } from '../../../shared/operations/sweep-jobs.ts'
import { SPARK_PI } from '../../support/make-spec.ts'
import { makeWorld, objectOf } from '../../support/make-world.ts'

const cluster = { eksName: 'sparkgate-test', region: 'eu-central-1' }
const teams = {
  payments: { clusters: ['main'], namespace: 'team-a', claims: ['payments'] },
  risk: { clusters: ['main', 'spare'], namespace: 'team-b', claims: ['risk'] },
}
const worldWith = (change: { main?: object; spare?: object; payments?: object; risk?: object } = {}) =>
  makeWorld(
    parsePlatform({
      clusters: {
        main: { ...cluster, ...change.main },
        spare: { ...cluster, eksName: 'sparkgate-spare', ...change.spare },
      },
      teams: { payments: { ...teams.payments, ...change.payments }, risk: { ...teams.risk, ...change.risk } },
    }),
  )
type World = ReturnType<typeof makeWorld>

const withOption = (name: string, value: string): string =>
  SPARK_PI.replace('metadata:', `metadata:\n  annotations:\n    sparkgate.dev/${name}: "${value}"`)

async function submitted(world: World, key: string, spec = SPARK_PI, team = 'payments'): Promise<Job> {
  const result = await world.submit(key, spec, team)
  if (result.outcome !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(result)}`)
  await world.reconcile(result.job)
  return world.stored(result.job)
}

/** Looks at every job that a message asks for, until none does. */
async function drain(world: World): Promise<void> {
  for (let round = 0; round < 100; round++) {
    const due = world.reconcileQueue.sent.splice(0).filter(({ delaySeconds }) => delaySeconds === 0)
    if (due.length === 0) return
    for (const { ref } of due) await world.reconcile(ref as Job)
  }
  throw new Error('the messages do not end')
}

/** Cluster main did not answer so often, one failure after the other. */
async function troubled(world: World, failures: number): Promise<void> {
  for (let failure = 0; failure < failures; failure++) {
    world.clock.advanceSeconds(TROUBLE_SPACING.leastMilliseconds / 1000)
    await world.admission.noteTrouble('main', world.clock.now(), TROUBLE_SPACING)
  }
}

async function succeed(world: World, job: Job): Promise<void> {
  world.cluster.setState(objectOf(job), 'COMPLETED')
  await world.reconcile(job)
  await drain(world)
}

describe('room', () => {
  test('is taken at admission and given back with the end, to who waited for it', async () => {
    const world = worldWith({ payments: { limits: { jobs: 1 } } })
    const first = await submitted(world, 'first')
    const second = await submitted(world, 'second')
    expect([first.state, second.state]).toEqual(['PENDING', 'QUEUED'])
    expect(second.reason).toBe('WAITING_FOR_ROOM')
    expect(second).not.toHaveProperty('claim')
    expect(await describeWaiting(world.admission, second)).toEqual({
      position: 1,
      waitingFor: 'Team payments: 1 of 1 jobs are in use.',
    })
    await succeed(world, first)
    expect((await world.stored(first)).state).toBe('SUCCEEDED')
    expect(await world.stored(first)).not.toHaveProperty('claim')
    world.clock.advanceSeconds(1)
    await drain(world)
    await world.reconcile(second)
    expect(await world.stored(second)).toMatchObject({ state: 'PENDING', claim: { cluster: 'main', attempt: 1 } })
    expect(world.store.usage.get('team#payments')?.jobs).toBe(1)
  })

  test('of one team is not kept from another', async () => {
    const world = worldWith({ payments: { limits: { jobs: 0 } } })
    const [ours, theirs] = [await submitted(world, 'a'), await submitted(world, 'b', SPARK_PI, 'risk')]
    expect([ours.state, theirs.state]).toEqual(['QUEUED', 'PENDING'])
  })

  test('goes to the higher priority first', async () => {
    const world = worldWith({ payments: { limits: { jobs: 1 }, policy: 'open' } })
    const running = await submitted(world, 'running')
    const low = await submitted(world, 'low', withOption('priority', 'low'))
    const high = await submitted(world, 'high', withOption('priority', 'high'))
    expect(await describeWaiting(world.admission, low)).toMatchObject({ position: 2 })
    await succeed(world, running)
    world.clock.advanceSeconds(1)
    await drain(world)
    await world.reconcile(high)
    expect([(await world.stored(low)).state, (await world.stored(high)).state]).toEqual(['QUEUED', 'PENDING'])
  })

  test('comes back when a waiting retry has proved its attempt gone', async () => {
    const world = worldWith()
    const job = await submitted(world, 'k')
    world.cluster.setState(objectOf(job), 'FAILED', {
      errorMessage: 'driver container failed with ExitCode: 137, Reason: OOMKilled',
    })
    await world.reconcile(job)
    expect(await world.stored(job)).toMatchObject({ state: 'QUEUED', attempt: 2, claim: { attempt: 1 } })
    for (let look = 0; look < 10; look++) {
      world.clock.advanceSeconds(40)
      await world.reconcile(job)
    }
    expect(await world.stored(job)).toMatchObject({ state: 'PENDING', attempt: 2, claim: { attempt: 2 } })
    expect(world.store.usage.get('cluster#main')?.jobs).toBe(1)
  })

  test('that drifted is recounted and repaired, and what is right is left alone', async () => {
    const world = worldWith()
    await submitted(world, 'k')
    const sweep = () => sweepJobs({ ...world.deps, clusters: ['main', 'spare'], graceSeconds: 60 })
    const later = async () => {
      world.clock.advanceSeconds(7 * 3_600)
      const first = (await sweep()).drifts
      // An index may not have caught up.
      const tooSoon = (await sweep()).drifts
      world.clock.advanceSeconds(60)
      return [first, tooSoon, (await sweep()).drifts]
    }
    expect(await later()).toEqual([[], [], []])
    const { changes = 0, ...right } = world.store.usage.get('team#payments') ?? {}
    world.store.usage.set('team#payments', { jobs: 9, cores: 9, memoryMiB: 9, changes })
    // The first look only suspects: what it saw may have been a moment old.
    expect(await later()).toMatchObject([[], [], [{ owner: { name: 'payments' }, counted: right, repaired: true }]])
    expect(world.store.usage.get('team#payments')).toMatchObject(right)
  })

  test('that other jobs hold now is not repaired', async () => {
    const world = worldWith()
    const sweep = () => sweepJobs({ ...world.deps, clusters: ['main', 'spare'], graceSeconds: 60 })
    await submitted(world, 'k')
    world.clock.advanceSeconds(7 * 3_600)
    // As an index shows them that is behind: nobody has a claim.
    world.store.listActive = async () => ({ refs: [] })
    await sweep()
    const before = world.store.usage.get('team#payments')
    if (before === undefined) throw new Error('nothing is counted')
    // One job has gone and another has come.
    world.store.usage.set('team#payments', { ...before, changes: before.changes + 2 })
    world.clock.advanceSeconds(60)
    expect((await sweep()).drifts.map(({ owner }) => owner)).toEqual([{ kind: 'cluster', name: 'main' }])
    expect(world.store.usage.get('team#payments')).toMatchObject({ jobs: before.jobs })
  })
})

describe('clusters', () => {
  test('the emptier one is chosen, and the job says why', async () => {
    const world = worldWith({ main: { limits: { jobs: 10 } }, spare: { limits: { jobs: 100 } } })
    await submitted(world, 'one')
    const job = await submitted(world, 'two', SPARK_PI, 'risk')
    expect(job).toMatchObject({ cluster: 'spare', placement: 'Cluster spare had the most room (100 % free).' })
  })

  test('one that is named is the only one', async () => {
    const world = worldWith()
    const job = await submitted(world, 'k', withOption('cluster', 'spare'), 'risk')
    expect(job).toMatchObject({ cluster: 'spare', placement: 'Cluster spare is the only one that the job may run on.' })
  })

  test.each([
    ['draining', 'is draining'],
    ['off', 'is off'],
  ])('%s takes nothing new', async (state, why) => {
    const world = worldWith({ main: { state } })
    const job = await submitted(world, 'k')
    expect(job.state).toBe('QUEUED')
    expect(await describeWaiting(world.admission, job)).toMatchObject({ waitingFor: `Cluster main: ${why}.` })
    expect(await submitted(world, 'other', SPARK_PI, 'risk')).toMatchObject({ cluster: 'spare', state: 'PENDING' })
  })

  test('one that did not answer three times in a row takes nothing until its break is over', async () => {
    const world = worldWith()
    await troubled(world, 3)
    const job = await submitted(world, 'k')
    expect(await describeWaiting(world.admission, job)).toMatchObject({
      waitingFor: expect.stringContaining('has not answered') as string,
    })
    world.clock.advanceSeconds(31)
    await admitJobs(world.deps)
    await world.reconcile(job)
    expect(await world.stored(job)).toMatchObject({ state: 'PENDING' })
  })

  test('one that runs nothing is asked by the sweep whether it answers again, however long its break', async () => {
    const world = worldWith()
    await troubled(world, 9)
    const job = await submitted(world, 'k')
    expect(job.state).toBe('QUEUED')
    const sweep = () => sweepJobs({ ...world.deps, clusters: ['main', 'spare'], graceSeconds: 600 })
    for (const cluster of ['main', 'spare'])
      world.observers.states.set(cluster, {
        cluster,
        sequence: 1,
        active: false,
        tickedAt: 0,
        listedAt: world.clock.now(),
        writer: 0,
      })
    world.observeQueue.sent.length = 0
    await sweep()
    expect(world.observeQueue.sent.map(({ cluster }) => cluster)).toEqual(['main'])
    const [tick] = world.observeQueue.sent
    if (tick === undefined) throw new Error('nobody asked')
    world.clock.advanceSeconds(1)
    expect(await observeCluster(world.deps, tick)).toBe('stopped')
    world.clock.advanceSeconds(31)
    await admitJobs(world.deps)
    await world.reconcile(job)
    expect(await world.stored(job)).toMatchObject({ state: 'PENDING' })
  })

  test('that lack the version of Spark are left out', async () => {
    const world = worldWith({ main: { sparkVersions: ['2.4'] }, spare: { sparkVersions: ['3.5', '4.0'] } })
    expect(await submitted(world, 'k', SPARK_PI, 'risk')).toMatchObject({ clusters: ['spare'], cluster: 'spare' })
  })
})

describe('pauses', () => {
  const pause = { by: 'ada', at: 0, reason: 'month end' }
  test.each([
    ['everything', { kind: 'everything' } as const],
    ['its team', { kind: 'team', name: 'payments' } as const],
    ['its cluster', { kind: 'cluster', name: 'main' } as const],
  ])('of %s hold a job in the queue until they are lifted', async (_, scope) => {
    const world = worldWith()
    await world.admission.putPause({ ...pause, scope })
    const job = await submitted(world, 'k')
    expect(await describeWaiting(world.admission, job)).toMatchObject({
      waitingFor: expect.stringContaining('stopped by ada: month end') as string,
    })
    await world.admission.deletePause(scope)
    world.clock.advanceSeconds(120)
    await sweepJobs({ ...world.deps, clusters: ['main', 'spare'], graceSeconds: 60 })
    await drain(world)
    await world.reconcile(job)
    expect(await world.stored(job)).toMatchObject({ state: 'PENDING' })
  })
})

describe('dependencies', () => {
  test('hold a job until they have succeeded, and their end wakes it', async () => {
    const world = worldWith()
    const first = await submitted(world, 'first')
    const second = await submitted(world, 'second', withOption('depends-on', first.jobId))
    expect(second).toMatchObject({ state: 'QUEUED', reason: 'WAITING_FOR_DEPENDENCY' })
    expect(second.message).toContain(first.jobId)
    await succeed(world, first)
    world.clock.advanceSeconds(1)
    await world.reconcile(second)
    expect(await world.stored(second)).toMatchObject({ state: 'PENDING' })
  })

  test('that failed end it, unless any end will do', async () => {
    const world = worldWith({ payments: { policy: 'open' } })
    const first = await submitted(world, 'first')
    const strict = await submitted(world, 'strict', withOption('depends-on', first.jobId))
    const any = await submitted(
      world,
      'any',
      withOption('depends-on', first.jobId).replace(
        'annotations:',
        'annotations:\n    sparkgate.dev/depends-on-when: all-ended',
      ),
    )
    await world.cancel(first)
    for (let look = 0; look < 5; look++) {
      world.clock.advanceSeconds(40)
      await world.reconcile(first)
    }
    expect((await world.stored(first)).state).toBe('CANCELLED')
    await world.reconcile(strict)
    await world.reconcile(any)
    world.clock.advanceSeconds(1)
    await world.reconcile(any)
    expect(await world.stored(strict)).toMatchObject({ state: 'FAILED', reason: 'DEPENDENCY_FAILED' })
    expect(await world.stored(any)).toMatchObject({ state: 'PENDING' })
  })

  test('on a job that is not there are refused at submission', async () => {
    const world = worldWith()
    const result = await world.submit('k', withOption('depends-on', `j${'a'.repeat(24)}`))
    expect(result).toMatchObject({ outcome: 'refused', findings: [{ rule: 'job-not-found', severity: 'error' }] })
  })

  test('on itself are refused at submission', async () => {
    const world = worldWith()
    const self = await submitted(world, 'k')
    const result = await world.submit('k', withOption('depends-on', self.jobId))
    expect(result).toMatchObject({ outcome: 'refused', findings: [{ rule: 'depends-on-itself' }] })
  })
})

describe('one more attempt', () => {
  test('of a job that failed starts when the attempt before is proved gone', async () => {
    const world = worldWith()
    const job = await submitted(world, 'k')
    world.cluster.setState(objectOf(job), 'FAILED', {
      errorMessage: 'driver container failed with ExitCode: 1, Reason: Error',
    })
    await world.reconcile(job)
    expect((await world.stored(job)).state).toBe('FAILED')
    expect(await retryJob(world.deps, job, 'ada')).toMatchObject({
      outcome: 'queued',
      job: { attempt: 2, state: 'QUEUED' },
    })
    for (let look = 0; look < 5; look++) {
      world.clock.advanceSeconds(40)
      await world.reconcile(job)
    }
    const again = await world.stored(job)
    expect(again).toMatchObject({ state: 'PENDING', attempt: 2 })
    expect(again.attempts[0]?.goneAt).toBeDefined()
  })

  test('is refused for a live, a cancelled and an unknown job', async () => {
    const world = worldWith()
    const job = await submitted(world, 'k')
    expect(await retryJob(world.deps, job, 'ada')).toMatchObject({ outcome: 'conflict' })
    await world.cancel(job)
    for (let look = 0; look < 5; look++) {
      world.clock.advanceSeconds(40)
      await world.reconcile(job)
    }
    expect(await retryJob(world.deps, job, 'ada')).toMatchObject({
      outcome: 'conflict',
      why: expect.stringContaining('stays so') as string,
    })
    expect(await retryJob(world.deps, { team: 'payments', jobId: 'jx' }, 'ada')).toEqual({ outcome: 'not-found' })
  })
})
