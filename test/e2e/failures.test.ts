/** What goes wrong while a job is under way, over real HTTP: retries with a remedy, ends with a reason, and one create for each attempt. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { KEYS } from '../../local/local-platform.ts'
import { jobIdFor } from '../../shared/domain/job-identity.ts'
import { objectNameFor } from '../../shared/domain/job-spec/rendering/render-spark-application.ts'
import { clientOf } from '../support/embedded-cluster-client.ts'
import {
  E2E_TEST_MILLISECONDS,
  eventually,
  readEvent,
  startTestStack,
  testPlatform,
} from '../support/embedded-stack.ts'
import type { JobAnswer, TestStack } from '../support/embedded-stack.ts'

const SPARK_PI = readEvent('specs/spark-pi.yaml')
const LONG_RUNNING = readEvent('specs/long-running.json')
const OUT_OF_MEMORY = readEvent('specs/out-of-memory.yaml')
/** The embedded kubelet cannot reach registries of this domain. */
const NO_IMAGE = SPARK_PI.replace('registry.example.com', 'registry.invalid')
const sleeping = (seconds: number): string => LONG_RUNNING.replace('"600"', `"${seconds}"`)

vi.setConfig({ testTimeout: E2E_TEST_MILLISECONDS })

let stack: TestStack
beforeAll(async () => {
  stack = await startTestStack()
})
afterAll(() => stack.close())

const objectsOf = (job: JobAnswer): string[] => job.attempts.map(attempt => attempt.objectName)

describe.concurrent('an attempt that fails', () => {
  it('for want of memory is followed by one with more', async () => {
    const job = await stack.untilState(await stack.accepted('oom', OUT_OF_MEMORY), 'SUCCEEDED')
    expect(job.attempts).toMatchObject([
      { reason: 'DRIVER_OUT_OF_MEMORY', remedies: [] },
      { outcome: 'SUCCEEDED', remedies: [{ role: 'driver', factor: 1.5 }] },
    ])
    expect(stack.created(job)).toEqual(objectsOf(job))
    const told = () =>
      stack.events.filter(event => event.detail['jobId'] === job.id).map(event => event.detail['eventId'])
    const ends = [`${job.id}#2#QUEUED`, `${job.id}#2#SUCCEEDED`]
    await eventually(() => expect(told()).toEqual(expect.arrayContaining(ends)))
  })
  it('for want of memory of its executors is followed by one with more for them', async () => {
    const spec = OUT_OF_MEMORY.replace(/[a-z_]+\.py/, 'executor_oom.py').replace(
      /arguments:.*(\n +- .*)*/,
      'arguments: [always]',
    )
    const id = await stack.accepted('executor-oom', spec)
    const job = await stack.untilJob(id, ({ attempts }) => attempts.length === 2)
    expect(job.attempts).toMatchObject([
      { outcome: 'FAILED', reason: 'EXECUTOR_OUT_OF_MEMORY' },
      { remedies: [{ role: 'executor', factor: 1.5 }] },
    ])
  })
  it('because its driver pod was drained away is followed by another', async () => {
    const id = await stack.accepted('drained', sleeping(250))
    const running = await stack.untilState(id, 'RUNNING')
    expect(stack.kubernetes.control.deletePod('team-payments', `${running.attempts[0]?.objectName}-driver`)).toBe(true)
    const job = await stack.untilState(id, 'SUCCEEDED')
    expect(job.attempts).toMatchObject([{ outcome: 'FAILED', reason: 'DRIVER_LOST' }, { outcome: 'SUCCEEDED' }])
    expect(stack.created(job)).toEqual(objectsOf(job))
  })
  it('by the program’s own fault is not repeated', async () => {
    const failing = LONG_RUNNING.replace('sleep.py', 'raise.py')
    const job = await stack.untilState(await stack.accepted('raises', failing), 'FAILED')
    expect(job).toMatchObject({ reason: 'USER_CODE_FAILED', attempts: [{ outcome: 'FAILED' }] })
    expect(stack.created(job)).toEqual(objectsOf(job))
  })
})

describe.concurrent('a SparkApplication', () => {
  it('that somebody else deletes makes its job FAILED as VANISHED, not a second run', async () => {
    const id = await stack.accepted('vanishes', LONG_RUNNING)
    const [attempt] = (await stack.untilState(id, 'RUNNING')).attempts
    const somebody = clientOf(stack.kubernetes, KEYS.reconcile)
    const found = await somebody.cluster.get('team-payments', attempt?.objectName ?? '')
    const uid = found.outcome === 'found' ? found.application.uid : ''
    await somebody.cluster.delete('team-payments', attempt?.objectName ?? '', uid)
    somebody.close()
    const job = await stack.untilState(id, 'FAILED')
    expect(job).toMatchObject({ reason: 'VANISHED', attempts: [{ number: 1, reason: 'VANISHED' }] })
    expect(stack.created(job)).toEqual(objectsOf(job))
  })
  it.each(['cut', 'cut-after', 'hang-after'] as const)('whose create is answered by %s is created once', async kind => {
    const name = `unclear-${kind}`
    // Names are derived, so the fault can wait for the object of a job that is not yet there.
    const object = objectNameFor(name, jobIdFor('payments', 'api', name), 1)
    stack.kubernetes.control.failNext({ verb: 'create', name: object, how: { kind } })
    const id = await stack.accepted(name, SPARK_PI.replace('name: spark-pi', `name: ${name}`))
    const job = await stack.untilState(id, 'SUCCEEDED')
    expect(job.attempts).toHaveLength(1)
    expect(stack.created(job)).toEqual(objectsOf(job))
    expect(stack.creates(job.attempts[0]?.objectName).length).toBeGreaterThan(1)
  })
})

describe('when the operator’s webhook is away', () => {
  it('creates are repeated under the same name until it is back, and one succeeds', async () => {
    stack.kubernetes.control.setWebhook('down')
    const id = await stack.accepted('webhook-down', SPARK_PI.replace('name: spark-pi', 'name: webhook-down'))
    const refused = () => stack.creates('webhook-down').filter(entry => entry.responseStatus.code === 500)
    await eventually(() => expect(refused().length).toBeGreaterThanOrEqual(2))
    const waiting = await stack.get(id)
    expect(waiting).toMatchObject({ state: 'SUBMITTING', reason: 'CLUSTER_UNREACHABLE', attempt: 1 })
    expect(waiting.message).toContain('failed calling webhook')
    stack.kubernetes.control.setWebhook('up')
    const job = await stack.untilState(id, 'SUCCEEDED')
    expect(job.attempts).toHaveLength(1)
    expect(stack.created(job)).toEqual(objectsOf(job))
  })
})

describe('a deadline', () => {
  it('ends a job whose image cannot be pulled as TIMED_OUT, says why, and leaves nothing', async () => {
    const impatient = await startTestStack({
      platform: testPlatform({ deadlines: { queuedSeconds: 60, pendingSeconds: 3 } }),
    })
    try {
      const job = await impatient.untilState(await impatient.accepted('no-image', NO_IMAGE), 'TIMED_OUT')
      expect(job).toMatchObject({ reason: 'IMAGE_PULL_FAILED', attempts: [{ number: 1, outcome: 'STOPPED' }] })
      expect(job.message).toContain('registry.invalid')
      expect(impatient.created(job)).toHaveLength(1)
      const names = impatient.creates().map(entry => entry.objectRef?.name ?? '')
      const client = clientOf(impatient.kubernetes, KEYS.reconcile)
      for (const name of names) expect(await client.cluster.get('team-payments', name)).toEqual({ outcome: 'absent' })
      client.close()
    } finally {
      await impatient.close()
    }
  })
})

describe('after all of it', () => {
  it('no message was left for a person', async () => {
    for (const name of ['intake-dead', 'reconcile-dead', 'observe-dead', 'events-dead'] as const)
      expect([name, await stack.peek(name)]).toEqual([name, []])
  })
  it('no object was created that is not an attempt’s, and none twice', async () => {
    const attempts = (await stack.jobs()).flatMap(job => job.attempts.map(attempt => attempt.objectName))
    const created = stack.creates().filter(entry => entry.responseStatus.code === 201)
    expect(created).toHaveLength(attempts.length)
    expect(new Set(created.map(entry => entry.objectRef?.name))).toEqual(new Set(attempts))
  })
})
