/**
 * The safety rules of the design, one block each. scripts/check-rules.ts takes each rule out of the code and expects the
 * block of its number to fail: a rule whose absence nobody notices is not tested.
 */
import { describe, expect, it } from 'vitest'
import { createHandler as createApi } from '../../functions/api/handler.ts'
import { createHandler as createReconcile } from '../../functions/reconcile-job/handler.ts'
import { canMove } from '../../shared/domain/job-state.ts'
import { observeCluster } from '../../shared/operations/observe-cluster.ts'
import { submitDroppedSpec } from '../../shared/operations/submit-dropped-spec.ts'
import { submitScheduledJob } from '../../shared/operations/submit-scheduled-job.ts'
import { sweepJobs } from '../../shared/operations/sweep-jobs.ts'
import { redact } from '../../shared/runtime/logging.ts'
import { makeDriver, makePlatform } from '../support/make-job.ts'
import { bytesOf, SPARK_PI } from '../support/make-spec.ts'
import { makeWorld, objectOf } from '../support/make-world.ts'
import { silentLog } from '../support/silent-log.ts'

const failed = 'driver container failed with ExitCode: 137, Reason: OOMKilled'

describe('rule 1: record, then act, then acknowledge', () => {
  it('answers only after the record is committed', async () => {
    const world = makeWorld()
    world.store.create = () => Promise.reject(new Error('the table is away'))
    await expect(world.submit()).rejects.toThrow('the table is away')
    expect(world.reconcileQueue.sent).toEqual([])
  })
  it('records SUBMITTING before it creates anything', async () => {
    const world = makeWorld()
    const result = await world.submit()
    if (result.outcome !== 'accepted') throw new Error('not accepted')
    const states: string[] = []
    const create = world.cluster.create.bind(world.cluster)
    world.cluster.create = async (namespace, object) => {
      states.push((await world.stored(result.job)).state)
      return create(namespace, object)
    }
    await world.reconcile(result.job)
    expect(states).toEqual(['SUBMITTING'])
  })
})

describe('rule 2: deterministic names', () => {
  it('makes one job of a repeated request, and says so', async () => {
    const world = makeWorld()
    const [first, second] = [await world.submit(), await world.submit()]
    expect(second).toMatchObject({
      outcome: 'accepted',
      repeated: true,
      job: { jobId: first.outcome === 'accepted' && first.job.jobId },
    })
    expect(world.store.jobs.size).toBe(1)
  })
  it('refuses another body under the same key, and creates nothing', async () => {
    const world = makeWorld()
    await world.submit()
    expect(await world.submit('key-1', SPARK_PI.replace('instances: 1', 'instances: 2'))).toMatchObject({
      outcome: 'conflict',
    })
    expect(world.store.jobs.size).toBe(1)
  })
  it('makes one job of a schedule firing told twice, by two execution ids and two spellings of the time', async () => {
    const platform = makePlatform({
      schedules: { nightly: { team: 'payments', expression: 'rate(1 day)', spec: SPARK_PI } },
    })
    const world = makeWorld(platform)
    await submitScheduledJob(world.deps, { schedule: 'nightly', scheduledTime: '2026-11-21T03:00:00Z' })
    await submitScheduledJob(world.deps, { schedule: 'nightly', scheduledTime: '2026-11-21T03:00:00.000Z' })
    expect(world.store.jobs.size).toBe(1)
  })
  it('makes two jobs of two versions of one key', async () => {
    const world = makeWorld()
    for (const version of ['v1', 'v2', 'v2']) {
      world.inbox.objects.set(`inbox/payments/a.yaml@${version}`, { outcome: 'read', bytes: bytesOf(SPARK_PI) })
      await submitDroppedSpec(world.deps, { bucket: 'inbox', key: 'payments/a.yaml', version, versioned: true })
    }
    expect(world.store.jobs.size).toBe(2)
  })
})

describe('rule 3: POST only, and 409 is judged by identity', () => {
  it('takes an object of its own identity for a create that succeeded', async () => {
    const world = makeWorld()
    world.cluster.answerNext('create', { outcome: 'unavailable', message: 'reset' }, true)
    const job = await world.submitted()
    expect(job.state).toBe('SUBMITTING')
    world.clock.advanceSeconds(10)
    await world.reconcile(job)
    expect(await world.stored(job)).toMatchObject({
      state: 'PENDING',
      attempts: [{ uid: expect.stringMatching(/^uid-/) }],
    })
    expect(world.cluster.creates()).toBe(1)
  })
  it("does not take somebody else's object of the same name", async () => {
    const world = makeWorld()
    const result = await world.submit()
    if (result.outcome !== 'accepted') throw new Error('not accepted')
    const create = world.cluster.create.bind(world.cluster)
    world.cluster.create = async (namespace, object) => {
      const metadata = object['metadata'] as { name: string }
      await create(namespace, { metadata: { name: metadata.name, labels: { 'sparkgate.dev/job-id': 'jsomeoneelse' } } })
      return create(namespace, object)
    }
    await world.reconcile(result.job)
    expect(await world.stored(result.job)).toMatchObject({ state: 'FAILED', reason: 'NAME_CONFLICT' })
  })
})

describe('rule 4: unknown is a third outcome', () => {
  it('repeats an unclear create under the same name, never as a new attempt', async () => {
    const world = makeWorld()
    world.cluster.answerNext('create', { outcome: 'unavailable', message: 'time-out' })
    const job = await world.submitted()
    expect(job).toMatchObject({
      state: 'SUBMITTING',
      attempt: 1,
      reason: 'CLUSTER_UNREACHABLE',
      attempts: [{ createTries: 1 }],
    })
    world.clock.advanceSeconds(10)
    await world.reconcile(job)
    expect(await world.stored(job)).toMatchObject({ state: 'PENDING', attempt: 1 })
    expect(world.cluster.creates(objectOf(job))).toBe(1)
  })
  it('asks what exists before it believes a refusal after an unclear try', async () => {
    const world = makeWorld()
    world.cluster.answerNext('create', { outcome: 'unavailable', message: 'reset' }, true)
    const job = await world.submitted()
    world.clock.advanceSeconds(10)
    world.cluster.create = async () => ({ outcome: 'refused', message: 'the webhook changed its mind' })
    await world.reconcile(job)
    expect((await world.stored(job)).state).toBe('PENDING')
  })
})

describe('rule 5: every write is conditional, (attempt, rank) rises, terminal never changes', () => {
  it('loses against a write that came between, and reads again', async () => {
    const world = makeWorld()
    const job = await world.submitted()
    world.cluster.setState(objectOf(job), 'COMPLETED')
    world.store.beforeNextSave = async () => {
      await world.cancel(job)
    }
    await world.reconcile(job)
    expect((await world.stored(job)).state).toBe('CANCELLING')
  })
  it('refuses to lower the rank or to leave a terminal state', () => {
    expect(canMove({ attempt: 1, state: 'RUNNING' }, { attempt: 1, state: 'PENDING' })).toBe(false)
    expect(canMove({ attempt: 2, state: 'QUEUED' }, { attempt: 1, state: 'RUNNING' })).toBe(false)
    expect(canMove({ attempt: 1, state: 'SUCCEEDED' }, { attempt: 1, state: 'FAILED' })).toBe(false)
  })
})

describe('rule 6: attempt n+1 needs proof that n is over', () => {
  it('creates the second only after object and pods of the first are gone', async () => {
    const world = makeWorld()
    const job = await world.submitted()
    const first = objectOf(job)
    world.cluster.setState(first, 'FAILED', { errorMessage: failed })
    world.cluster.setPods(first, [makeDriver('Failed')])
    await world.reconcile(job)
    expect(world.cluster.applications.size).toBe(0)
    world.cluster.setPods(first, [makeDriver('Running')])
    world.clock.advanceSeconds(3_600)
    await world.reconcile(job)
    expect(world.cluster.creates()).toBe(1)
    world.cluster.setPods(first, [])
    world.clock.advanceSeconds(60)
    await world.reconcile(job)
    expect(await world.stored(job)).toMatchObject({
      state: 'PENDING',
      attempt: 2,
      attempts: [{ goneAt: expect.any(Number) }, { remedies: [{ role: 'driver', factor: 1.5 }] }],
    })
    expect(world.cluster.creates()).toBe(2)
  })
})

describe('rule 7: one owner of retries', () => {
  it('renders Never and a long life whatever the author wrote, and keeps his wish as its own policy', async () => {
    const world = makeWorld()
    const spec = SPARK_PI.replace(
      '  driver:',
      '  restartPolicy:\n    type: OnFailure\n    onFailureRetries: 2\n    onFailureRetryInterval: 7\n  timeToLiveSeconds: 5\n  driver:',
    )
    const job = await world.submitted('key-1', spec)
    const rendered = world.cluster.applications.get(`team-a/${objectOf(job)}`)?.object['spec']
    expect(rendered).toMatchObject({ restartPolicy: { type: 'Never' }, timeToLiveSeconds: 3 * 86_400 })
    expect(job.retry).toMatchObject({ authorRetries: 2, firstDelaySeconds: 7 })
  })
})

describe('rule 8: cancel is a fence, written first', () => {
  it('stops a create that has not left', async () => {
    const world = makeWorld()
    const result = await world.submit()
    if (result.outcome !== 'accepted') throw new Error('not accepted')
    await world.cancel(result.job)
    await world.reconcile(result.job)
    expect(await world.stored(result.job)).toMatchObject({ state: 'CANCELLED' })
    expect(world.cluster.creates()).toBe(0)
  })
  it('removes what a create made that was on the wire when the fence went up', async () => {
    const world = makeWorld()
    const result = await world.submit()
    if (result.outcome !== 'accepted') throw new Error('not accepted')
    const create = world.cluster.create.bind(world.cluster)
    world.cluster.create = async (namespace, object) => {
      await world.cancel(result.job)
      return create(namespace, object)
    }
    await world.reconcile(result.job)
    expect(world.cluster.applications.size).toBe(0)
    expect((await world.stored(result.job)).state).toBe('CANCELLING')
    world.clock.advanceSeconds(60)
    await world.reconcile(result.job)
    expect((await world.stored(result.job)).state).toBe('CANCELLED')
  })
  it('does not trust an old read: the job is read again before the create', async () => {
    const world = makeWorld()
    const result = await world.submit()
    if (result.outcome !== 'accepted') throw new Error('not accepted')
    const { getSpec } = world.store
    world.cluster.answerNext('create', { outcome: 'unavailable', message: 'reset' })
    await world.reconcile(result.job)
    world.clock.advanceSeconds(10)
    const get = world.store.get.bind(world.store)
    let reads = 0
    world.store.get = async ref => {
      const job = await get(ref)
      // The first read is slow: the cancel comes while its answer is on the way.
      if (++reads === 1) {
        world.clock.advanceSeconds(6)
        await world.cancel(result.job)
      }
      return job
    }
    await world.reconcile(result.job)
    expect(world.cluster.creates()).toBe(0)
    expect(getSpec).toBeDefined()
  })
})

describe('rule 9: absence is not an end', () => {
  it('waits, looks for pods, and never runs it again by itself', async () => {
    const world = makeWorld()
    const job = await world.submitted()
    world.cluster.remove(objectOf(job))
    world.cluster.setPods(objectOf(job), [makeDriver('Running')])
    await world.reconcile(job)
    world.clock.advanceSeconds(300)
    await world.reconcile(job)
    expect((await world.stored(job)).state).toBe('PENDING')
    world.cluster.setPods(objectOf(job), [])
    await world.reconcile(job)
    expect(await world.stored(job)).toMatchObject({ state: 'FAILED', reason: 'VANISHED' })
    expect(world.cluster.creates()).toBe(1)
  })
  it('waits the grace although no pod is there', async () => {
    const world = makeWorld()
    const job = await world.submitted()
    world.cluster.remove(objectOf(job))
    await world.reconcile(job)
    expect((await world.stored(job)).state).toBe('PENDING')
  })
})

describe('rule 10: an orphan sweep', () => {
  it('finds and deletes an object whose job is over', async () => {
    const world = makeWorld()
    const job = await world.submitted()
    await world.cancel(job)
    world.clock.advanceSeconds(60)
    await world.reconcile(job)
    expect((await world.stored(job)).state).toBe('CANCELLED')
    // A create that nobody expected any more arrives.
    const rendered = {
      metadata: {
        name: objectOf(job),
        labels: { 'sparkgate.dev/job-id': job.jobId, 'sparkgate.dev/team': job.team, 'sparkgate.dev/attempt': '1' },
        annotations: { 'sparkgate.dev/spec-hash': job.specHash },
      },
    }
    await world.cluster.create('team-a', rendered)
    await world.reconcile(job)
    expect(world.cluster.applications.size).toBe(0)
  })
  it('is told of it by the observer, which sees every object with our label', async () => {
    const world = makeWorld()
    const job = await world.submitted()
    await observeCluster(world.deps, { cluster: 'main', sequence: 1 })
    expect(world.reconcileQueue.sent.map(each => each.ref.jobId)).toContain(job.jobId)
  })
})

describe('rule 11: the operator is slow under load', () => {
  it('offers it one submission a turn', async () => {
    const world = makeWorld()
    const jobs = []
    for (let index = 0; index < 5; index++) {
      const result = await world.submit(`key-${index}`)
      if (result.outcome === 'accepted') jobs.push(result.job)
    }
    for (const job of jobs) await world.reconcile(job)
    expect(world.cluster.creates()).toBe(1)
    world.clock.advanceSeconds(1)
    for (const job of jobs) await world.reconcile(job)
    expect(world.cluster.creates()).toBe(3)
  })
  it('never reads the empty state as a failure, and ends the wait at our deadline', async () => {
    const world = makeWorld()
    const job = await world.submitted()
    world.clock.advanceSeconds(3_500)
    await world.reconcile(job)
    expect((await world.stored(job)).state).toBe('PENDING')
    world.clock.advanceSeconds(200)
    await world.reconcile(job)
    expect(await world.stored(job)).toMatchObject({ stop: { outcome: 'TIMED_OUT', reason: 'PENDING_TOO_LONG' } })
  })
  it("takes a failed webhook for the platform's failure and tries again", async () => {
    const world = makeWorld()
    const job = await world.submitted()
    world.cluster.setState(objectOf(job), 'FAILED', {
      errorMessage: 'failed to submit spark application: failed calling webhook "x"',
    })
    await world.reconcile(job)
    expect(await world.stored(job)).toMatchObject({
      state: 'QUEUED',
      attempt: 2,
      attempts: [{ reason: 'PLATFORM_FAILED' }],
    })
  })
})

describe('rule 12: parse once', () => {
  it('creates from the stored spec, not from what anybody sends later', async () => {
    const world = makeWorld()
    const job = await world.submitted()
    const object = world.cluster.applications.get(`team-a/${objectOf(job)}`)?.object
    expect(object?.['metadata']).toMatchObject({ annotations: { 'sparkgate.dev/spec-hash': job.specHash } })
  })
  it('refuses what it does not know, with its path', async () => {
    const world = makeWorld()
    const result = await world.submit('key-1', SPARK_PI.replace('  driver:', '  drivr: {}\n  driver:'))
    expect(result).toMatchObject({ outcome: 'refused', findings: [{ severity: 'error', path: 'spec.drivr' }] })
    expect(world.store.jobs.size).toBe(0)
  })
})

describe('rule 13: team from verified identity only', () => {
  const call = (
    world: ReturnType<typeof makeWorld>,
    claims: Record<string, unknown>,
    routeKey: string,
    more: object = {},
  ) => {
    const event = {
      routeKey,
      rawQueryString: '',
      headers: {},
      requestContext: { requestId: 'r', authorizer: { jwt: { claims } } },
      ...more,
    }
    const handler = createApi({ ...world.deps, log: silentLog })
    return handler(event as never, { awsRequestId: 'r' } as never) as Promise<{ statusCode: number; body: string }>
  }
  it("answers another team's job exactly as one that never was", async () => {
    const world = makeWorld()
    const job = await world.submitted()
    const get = (claims: object, id: string) =>
      call(world, { 'sparkgate:team': claims }, 'GET /v1/jobs/{id}', { pathParameters: { id } })
    const unknown = `${job.jobId.slice(0, -1)}${job.jobId.endsWith('a') ? 'b' : 'a'}`
    const own = await get('payments' as never, job.jobId)
    const others = await get('risk' as never, job.jobId)
    expect(own.statusCode).toBe(200)
    expect(others).toEqual(await get('risk' as never, unknown))
    expect(others.statusCode).toBe(404)
  })
  it('believes no header, body or path about the team', async () => {
    const world = makeWorld()
    await world.submitted()
    const answer = await call(world, { 'sparkgate:team': 'risk' }, 'GET /v1/jobs', {
      headers: { 'x-team': 'payments' },
    })
    expect(JSON.parse(answer.body)).toEqual({ jobs: [] })
  })
  it('refuses an identity without a team', async () => {
    expect(await call(makeWorld(), { 'sparkgate:team': ['payments'] }, 'GET /v1/jobs')).toMatchObject({
      statusCode: 403,
    })
  })
})

describe('rule 14: nothing is logged and swallowed', () => {
  const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 30_000 } as never
  it('reports each failed record of a batch, and only those', async () => {
    const world = makeWorld()
    const result = await world.submit()
    if (result.outcome !== 'accepted') throw new Error('not accepted')
    const { team, jobId } = result.job
    const records = [
      { messageId: 'good', body: JSON.stringify({ version: 1, team, jobId }) },
      { messageId: 'bad', body: 'no JSON' },
      { messageId: 'newer', body: JSON.stringify({ version: 2, team, jobId }) },
    ]
    const handler = createReconcile({ ...world.deps, log: silentLog })
    expect(await handler({ Records: records } as never, context)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'bad' }, { itemIdentifier: 'newer' }],
    })
  })
  it('sends what is overdue again, and what never moves less and less often', async () => {
    const world = makeWorld()
    await world.submit()
    world.reconcileQueue.sent.length = 0
    const sweep = () => sweepJobs({ ...world.deps, clusters: [], graceSeconds: 60 })
    const sentAfter: number[] = []
    for (let minute = 0; minute < 60; minute++) {
      world.clock.advanceSeconds(61)
      await sweep()
      sentAfter.push(world.reconcileQueue.sent.length)
    }
    // Once for being overdue, and once more because the sweep's look at the queue admits it.
    expect(sentAfter[0]).toBe(2)
    expect(sentAfter.at(-1)).toBeLessThan(10)
  })
  it('lets no credential into a log line', () => {
    const token = `k8s-aws-v1.${'aHR0cHM'.repeat(9)}`
    const line = redact(`GET failed, Authorization: Bearer ${token} key AKIAABCDEFGHIJKLMNOP ?X-Amz-Signature=0f0f0f&x`)
    expect(line).not.toMatch(/aHR0|AKIAABCD|0f0f0f/)
  })
})
