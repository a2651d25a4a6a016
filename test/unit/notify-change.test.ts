import { describe, expect, it } from 'vitest'
import { createHandler } from '../../functions/notify/handler.ts'
import { notifyChange } from '../../shared/operations/notify-change.ts'
import { jobItem } from '../../shared/adapters/dynamodb-job-item.ts'
import { noArchive } from '../../shared/adapters/s3-archive.ts'
import type { Job } from '../../shared/domain/job.ts'
import { makeJob } from '../support/make-job.ts'
import { FakeBus, FakeInbox } from '../support/fake-queues.ts'
import { silentLog } from '../support/silent-log.ts'

const dropped: Partial<Job> = { trigger: { kind: 's3', bucket: 'inbox', key: 'payments/etl.yaml', version: 'v1' } }
const world = () => ({ bus: new FakeBus(), inbox: new FakeInbox(), archive: noArchive, log: silentLog })

describe('a change is told', () => {
  it('once for each state, with an id by which repeats are known', async () => {
    const deps = world()
    await notifyChange(deps, makeJob('PENDING'), makeJob('RUNNING'))
    expect(deps.bus.events).toMatchObject([
      {
        detailType: 'Spark Job State Change',
        detail: { eventId: expect.stringMatching(/^j\w{24}#1#RUNNING$/), previousState: 'PENDING', team: 'payments' },
      },
    ])
    expect(await notifyChange(deps, makeJob('RUNNING'), makeJob('RUNNING', { message: 'still' }))).toBe('nothing-new')
  })
  it.each([
    [undefined, makeJob('QUEUED', dropped), 'accepted'],
    [undefined, makeJob('REJECTED', dropped), 'rejected'],
    [makeJob('RUNNING', dropped), makeJob('SUCCEEDED', dropped), 'result'],
    [makeJob('CANCELLING', dropped), makeJob('TIMED_OUT', dropped), 'result'],
  ])('beside the dropped spec: %#', async (before, after, report) => {
    const deps = world()
    await notifyChange(deps, before, after)
    expect([...deps.inbox.reports]).toMatchObject([
      [`inbox/payments/etl.yaml.${report}.json`, { report, job: { state: after.state } }],
    ])
  })
  it('without a report for jobs that were not dropped, and for states between', async () => {
    const deps = world()
    await notifyChange(deps, makeJob('RUNNING'), makeJob('SUCCEEDED'))
    await notifyChange(deps, makeJob('PENDING', dropped), makeJob('RUNNING', dropped))
    expect(deps.inbox.reports.size).toBe(0)
  })
})

describe('the change stream', () => {
  const record = (sequence: string, before: Job | undefined, after: Job) => ({
    dynamodb: {
      SequenceNumber: sequence,
      NewImage: jobItem(after, 90),
      ...(before && { OldImage: jobItem(before, 90) }),
    },
  })
  const run = (deps: ReturnType<typeof world>, records: unknown[]) =>
    createHandler(deps)({ Records: records } as never, { awsRequestId: 'r' } as never)

  it('is told in order, and stops at the first that failed', async () => {
    const deps = world()
    const publish = deps.bus.publish.bind(deps.bus)
    deps.bus.publish = async events => {
      if (events[0]?.detail['state'] === 'RUNNING') throw new Error('the bus is away')
      await publish(events)
    }
    const records = [
      record('1', undefined, makeJob('QUEUED')),
      record('2', makeJob('PENDING'), makeJob('RUNNING')),
      record('3', makeJob('RUNNING'), makeJob('SUCCEEDED')),
    ]
    expect(await run(deps, records)).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] })
    expect(deps.bus.events).toHaveLength(1)
  })
  it('passes over items that are no jobs, and removals', async () => {
    const deps = world()
    const spec = { dynamodb: { SequenceNumber: '1', NewImage: { pk: { S: 'JOB#a#b' }, sk: { S: 'SPEC' } } } }
    const removed = { dynamodb: { SequenceNumber: '2', OldImage: jobItem(makeJob('SUCCEEDED'), 90) } }
    expect(await run(deps, [spec, removed])).toEqual({ batchItemFailures: [] })
    expect(deps.bus.events).toEqual([])
  })
})
