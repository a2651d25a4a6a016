/** How fresh a status says that it is, and who says so. */
import { describe, expect, it } from 'vitest'
import { jobView } from '../../shared/domain/report.ts'
import { readWatches } from '../../shared/operations/read-watches.ts'
import { observeCluster } from '../../shared/operations/observe-cluster.ts'
import { makeJob } from '../support/make-job.ts'
import { makeWorld, objectOf } from '../support/make-world.ts'

const NOW = Date.parse('2026-11-21T03:00:00Z')
const MINUTE = 60_000
const iso = (at: number): string => new Date(at).toISOString()
const watchedAt = (at: number) => ({ watchedAt: () => at })

describe('a running job', () => {
  const job = makeJob('RUNNING', { observedAt: NOW - 30 * MINUTE })
  it('that nobody has seen for ten minutes is stale', () => {
    expect(jobView(job, NOW)).toMatchObject({ observedAt: iso(NOW - 30 * MINUTE), source: 'look', stale: true })
    expect(jobView(job, NOW - 25 * MINUTE)).toMatchObject({ stale: false })
  })
  it('is as fresh as the watch that told no change since', () => {
    expect(jobView(job, NOW, watchedAt(NOW - MINUTE))).toMatchObject({
      observedAt: iso(NOW - MINUTE),
      source: 'watch',
      stale: false,
    })
    expect(jobView(job, NOW, watchedAt(NOW - 40 * MINUTE))).toMatchObject({ source: 'look', stale: true })
  })
})

it.each(['QUEUED', 'SUBMITTING', 'SUCCEEDED', 'REJECTED'] as const)(
  'a job that is %s has nothing that could go stale',
  state => {
    expect(jobView(makeJob(state, { updatedAt: NOW - 30 * MINUTE }), NOW)).not.toHaveProperty('stale')
  },
)

it('the watch of a cluster speaks for its jobs from its first success to its end', async () => {
  const world = makeWorld()
  const job = await world.submitted()
  const [tick] = world.observeQueue.sent
  if (tick === undefined) throw new Error('no chain was started')
  const read = async () => (await readWatches(world.admission, [job])).watchedAt('main')
  expect(await read()).toBeUndefined()
  await observeCluster(world.deps, tick)
  expect(await read()).toBe(world.clock.now())
  world.cluster.setState(objectOf(job), 'COMPLETED')
  await world.reconcile(job)
  let next = world.observeQueue.sent.at(-1)
  while (next !== undefined && (await observeCluster(world.deps, next)) === 'went-on')
    next = world.observeQueue.sent.at(-1)
  expect(await read()).toBeUndefined()
})
