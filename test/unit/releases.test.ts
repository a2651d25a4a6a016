/**
 * What an older release left in the table and in the queues is read by this one, and ends as it should; what a newer release
 * wrote goes back to the queue. Each release adds a folder to test/releases when its forms change.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createHandler } from '../../functions/reconcile-job/handler.ts'
import { jobItem, jobOfItem } from '../../shared/adapters/dynamodb-job-item.ts'
import type { Job } from '../../shared/domain/job.ts'
import { isTerminal } from '../../shared/domain/job-state.ts'
import { jobView } from '../../shared/domain/report.ts'
import { observeCluster } from '../../shared/operations/observe-cluster.ts'
import type { ObserverState } from '../../shared/operations/ports.ts'
import { SPEC } from '../contract/sample-spec.ts'
import { makeWorld } from '../support/make-world.ts'
import { silentLog } from '../support/silent-log.ts'

const read = (file: string): unknown =>
  JSON.parse(readFileSync(new URL(`../releases/0.1.0/${file}`, import.meta.url), 'utf8'))
const JOBS = read('jobs.json') as Record<string, Job>
const MESSAGES = read('messages.json') as Record<'reconcile' | 'observe' | 'newer', string> & {
  observer: ObserverState
}

/** A world in which the job of an older release was stored by it. */
async function worldWith(job: Job) {
  const world = makeWorld()
  await world.store.create(job, SPEC)
  const handler = createHandler({ ...world.deps, log: silentLog })
  const deliver = (body: string) =>
    handler(
      { Records: [{ messageId: 'm', body }] } as never,
      { getRemainingTimeInMillis: () => 60_000, awsRequestId: 'r' } as never,
    )
  return { world, deliver }
}

describe('a record of release 0.1.0', () => {
  it.each(Object.entries(JOBS))('is the same after it was stored and read: %s', (_, job) => {
    expect(jobOfItem(jobItem(job, 90))).toEqual(job)
    expect(jobView(job, Date.now())).toMatchObject({ id: job.jobId, state: job.state })
  })

  it.each(['queued', 'queuedWithTurn', 'pending', 'running', 'cancelling'])('goes on to its end: %s', async name => {
    const job = JOBS[name]
    if (job === undefined) throw new Error(`there is no ${name}`)
    const { world, deliver } = await worldWith(job)
    for (let look = 0; look < 20 && !isTerminal((await world.stored(job)).state); look++) {
      expect(await deliver(MESSAGES.reconcile)).toEqual({ batchItemFailures: [] })
      world.clock.advanceSeconds(61)
      for (const key of world.cluster.applications.keys()) world.cluster.setState(key.split('/')[1] ?? '', 'COMPLETED')
    }
    const ends = { cancelling: 'CANCELLED', pending: 'FAILED', running: 'FAILED' } as Record<string, string>
    // The object of a pending or running one is not on the fake cluster: it has vanished.
    expect((await world.stored(job)).state).toBe(ends[name] ?? 'SUCCEEDED')
  })

  it('of an observer goes on with its watch', async () => {
    const { world } = await worldWith(JOBS['running'] as Job)
    world.observers.states.set('main', MESSAGES.observer)
    const { cluster, sequence } = JSON.parse(MESSAGES.observe) as { cluster: string; sequence: number }
    expect(await observeCluster(world.deps, { cluster, sequence })).toBe('went-on')
  })
})

describe('a message of a newer release', () => {
  it('goes back to the queue', async () => {
    const { deliver } = await worldWith(JOBS['queued'] as Job)
    expect(await deliver(MESSAGES.newer)).toEqual({ batchItemFailures: [{ itemIdentifier: 'm' }] })
  })
})
