/**
 * The part of JobStore's contract that is about many jobs: lists, due jobs, active clusters, turns. Indexes may lag by a second,
 * so what they show is polled; everything else is asserted at once.
 */
import { describe, expect, it, vi } from 'vitest'
import { isTerminal, JOB_STATES } from '../../shared/domain/job-state.ts'
import type { JobState } from '../../shared/domain/job-state.ts'
import type { Job } from '../../shared/domain/job.ts'
import { BadPageTokenError } from '../../shared/operations/ports.ts'
import type { JobQuery, JobStore } from '../../shared/operations/ports.ts'
import { makeJob, NOW } from '../support/make-job.ts'
import { SPEC } from './sample-spec.ts'

const STATES = Object.keys(JOB_STATES) as JobState[]
/** What an index that lags is waited for. */
const SOON = { timeout: 5_000, interval: 20 }
/** More pages than this for the few jobs of a test are a loop. */
const MAX_PAGES = 50

/** A job of its own id; `letter` is from a to z or 2 to 7. */
export const jobNamed = (letter: string, change: Partial<Job> = {}, state: JobState = 'QUEUED'): Job =>
  makeJob(state, { jobId: `j${letter.repeat(24)}`, ...change })

/** Runs inside a describe block; `current` gives the test's own empty store. */
export function jobStoreListContract(current: () => JobStore): void {
  describe('list', () => {
    const fill = async (): Promise<Job[]> => {
      const states: JobState[] = ['QUEUED', 'RUNNING', 'SUCCEEDED', 'RUNNING', 'FAILED', 'RUNNING', 'REJECTED']
      const jobs = states.map((state, index) =>
        jobNamed(
          'abcdefg'[index] ?? '',
          { createdAt: NOW + index * 1000, name: index % 2 === 0 ? 'even' : 'odd' },
          state,
        ),
      )
      for (const job of jobs) await current().create(job, undefined)
      await current().create(jobNamed('h', { team: 'risk', createdAt: NOW + 9_000 }), undefined)
      await vi.waitFor(
        async () => expect((await current().list({ team: 'payments', limit: 100 })).jobs).toHaveLength(7),
        SOON,
      )
      await vi.waitFor(
        async () => expect((await current().list({ team: 'risk', limit: 100 })).jobs).toHaveLength(1),
        SOON,
      )
      return jobs.toReversed()
    }
    const walk = async (query: JobQuery): Promise<Job[]> => {
      const jobs: Job[] = []
      let next: string | undefined
      for (let page = 0; page < MAX_PAGES; page++) {
        const answer = await current().list({ ...query, ...(next !== undefined && { next }) })
        expect(answer.jobs.length).toBeLessThanOrEqual(query.limit)
        jobs.push(...answer.jobs)
        next = answer.next
        if (next === undefined) return jobs
      }
      throw new Error('the list does not end')
    }
    it('shows a team its own jobs, newest first', async () => {
      const newestFirst = await fill()
      expect(await walk({ team: 'payments', limit: 100 })).toEqual(newestFirst)
      expect((await walk({ team: 'risk', limit: 100 })).map(job => job.team)).toEqual(['risk'])
      expect(await walk({ team: 'nobody', limit: 100 })).toEqual([])
    })
    it.each([1, 2, 3, 7])('pages by %i without a gap or a repeat', async limit => {
      const newestFirst = await fill()
      expect(await walk({ team: 'payments', limit })).toEqual(newestFirst)
    })
    it('filters by state and by name, page by page', async () => {
      const newestFirst = await fill()
      const running = newestFirst.filter(job => job.state === 'RUNNING')
      const even = newestFirst.filter(job => job.name === 'even')
      expect(await walk({ team: 'payments', limit: 1, state: 'RUNNING' })).toEqual(running)
      expect(await walk({ team: 'payments', limit: 2, name: 'even' })).toEqual(even)
      expect(await walk({ team: 'payments', limit: 2, name: 'even', state: 'RUNNING' })).toEqual([])
    })
    it.each<[string, Partial<JobQuery>, (job: Job) => boolean]>([
      ['cluster', { cluster: 'other' }, job => job.cluster === 'other'],
      ['trigger', { trigger: 's3' }, job => job.trigger.kind === 's3'],
      ['label', { label: { name: 'owner', value: 'ada' } }, job => job.labels?.['owner'] === 'ada'],
      ['a label of another value', { label: { name: 'owner', value: 'a' } }, () => false],
      [
        'a label with dots',
        { label: { name: 'example.com/a', value: '' } },
        job => job.labels?.['example.com/a'] === '',
      ],
      ['since, inclusive', { since: NOW + 2_000 }, job => job.createdAt >= NOW + 2_000],
      ['until, exclusive', { until: NOW + 2_000 }, job => job.createdAt < NOW + 2_000],
      [
        'since and until',
        { since: NOW + 1_000, until: NOW + 3_000 },
        job => [1_000, 2_000].includes(job.createdAt - NOW),
      ],
      [
        'all at once',
        { since: NOW, cluster: 'other', trigger: 'api', state: 'QUEUED' },
        job => job.createdAt === NOW + 3_000,
      ],
    ])('filters by %s, page by page', async (_, filter, fits) => {
      const s3 = { kind: 's3', bucket: 'inbox', key: 'a', version: '1' } as const
      const jobs = [
        jobNamed('a', { createdAt: NOW, trigger: s3, labels: { owner: 'ada' } }),
        jobNamed('b', { createdAt: NOW + 1_000, cluster: 'other', trigger: s3, labels: { owner: 'bob' } }),
        jobNamed('c', { createdAt: NOW + 2_000, labels: { owner: 'ada', 'example.com/a': '' } }),
        jobNamed('d', { createdAt: NOW + 3_000, cluster: 'other' }),
      ]
      for (const job of jobs) await current().create(job, undefined)
      const all = { team: 'payments', limit: 1 }
      await vi.waitFor(async () => expect(await walk(all)).toHaveLength(jobs.length), SOON)
      expect(await walk({ ...all, ...filter })).toEqual(jobs.filter(fits).toReversed())
    })
    it('goes on behind a job that was created meanwhile', async () => {
      const newestFirst = await fill()
      const first = await current().list({ team: 'payments', limit: 3 })
      await current().create(jobNamed('z', { createdAt: NOW + 60_000 }), undefined)
      const rest = await walk({ team: 'payments', limit: 100, next: first.next ?? '' })
      expect([...first.jobs, ...rest]).toEqual(newestFirst)
    })
    it.each([
      '',
      'garbage',
      '0',
      encoded('null'),
      encoded('[]'),
      encoded('{}'),
      encoded('{"pk":{"S":"JOB#payments#x"}}'),
    ])('refuses the page token %j', async next => {
      await expect(current().list({ team: 'payments', limit: 10, next })).rejects.toThrow(BadPageTokenError)
    })
    it("refuses another team's page token", async () => {
      await fill()
      const { next } = await current().list({ team: 'payments', limit: 1 })
      expect(next).toEqual(expect.any(String))
      await expect(current().list({ team: 'risk', limit: 1, next: next ?? '' })).rejects.toThrow(BadPageTokenError)
    })
  })

  describe('listDue and postpone', () => {
    const dueIds = async (before: number, limit = 100) => (await current().listDue(before, limit)).map(due => due.jobId)
    it('finds who is due, oldest first, at most so many', async () => {
      const jobs = ['c', 'a', 'd', 'b'].map((letter, index) => jobNamed(letter, { dueAt: NOW + index * 1000 }))
      for (const job of jobs.toReversed()) await current().create(job, SPEC)
      const ids = jobs.map(job => job.jobId)
      await vi.waitFor(async () => expect(await dueIds(NOW + 9_000)).toEqual(ids), SOON)
      expect(await dueIds(NOW + 9_000, 3)).toEqual(ids.slice(0, 3))
      expect(await dueIds(NOW + 2_000)).toEqual(ids.slice(0, 2))
      expect(await dueIds(NOW)).toEqual([])
    })
    it('says what a look needs: version, time and how often it was sent in vain', async () => {
      const job = jobNamed('a', { dueAt: NOW })
      await current().create(job, SPEC)
      const expected = { team: job.team, jobId: job.jobId, version: job.version, dueAt: NOW, sweeps: 0 }
      await vi.waitFor(async () => expect(await current().listDue(NOW + 1, 1)).toEqual([expected]), SOON)
    })
    it('moves one job in time and counts it; the others stay', async () => {
      const [moved, stays] = [jobNamed('a', { dueAt: NOW }), jobNamed('b', { dueAt: NOW })]
      for (const job of [moved, stays]) await current().create(job, SPEC)
      const due = { team: moved.team, jobId: moved.jobId, version: moved.version, dueAt: NOW, sweeps: 0 }
      expect(await current().postpone(due, NOW + 60_000)).toBe('saved')
      await vi.waitFor(async () => expect(await dueIds(NOW + 1)).toEqual([stays.jobId]), SOON)
      const [, later] = await current().listDue(NOW + 99_000, 9)
      expect(later).toEqual({ ...due, dueAt: NOW + 60_000, sweeps: 1 })
    })
    it('does not postpone twice on one sighting, nor a job that has moved, ended or never was', async () => {
      const [job, ended] = [jobNamed('a', { dueAt: NOW }), jobNamed('b', { dueAt: NOW })]
      for (const each of [job, ended]) await current().create(each, SPEC)
      const seen = ({ team, jobId, version }: Job) => ({ team, jobId, version, dueAt: NOW, sweeps: 0 })
      await current().postpone(seen(job), NOW + 60_000)
      expect(await current().postpone(seen(job), NOW + 70_000)).toBe('conflict')
      await current().save(job, { ...job, message: 'moved', dueAt: NOW + 5_000 })
      expect(await current().postpone({ ...seen(job), dueAt: NOW + 60_000 }, NOW + 70_000)).toBe('conflict')
      const { dueAt: _over, ...over } = ended
      const cancelling = await current().save(ended, { ...ended, state: 'CANCELLING' })
      if (cancelling.outcome !== 'saved') throw new Error('not saved')
      await current().save(cancelling.job, { ...over, state: 'CANCELLED', version: cancelling.job.version })
      expect(await current().postpone(seen(ended), NOW + 70_000)).toBe('conflict')
      expect(await current().postpone(seen(jobNamed('c')), NOW + 70_000)).toBe('conflict')
      expect(await current().get(jobNamed('c'))).toBeUndefined()
    })
    it('forgets the count once the job makes progress', async () => {
      const job = jobNamed('a', { dueAt: NOW })
      await current().create(job, SPEC)
      await current().postpone(
        { team: job.team, jobId: job.jobId, version: job.version, dueAt: NOW, sweeps: 0 },
        NOW + 1_000,
      )
      await current().save(job, { ...job, state: 'SUBMITTING', dueAt: NOW })
      const expected = [{ version: job.version + 1, sweeps: 0, dueAt: NOW }]
      await vi.waitFor(async () => expect(await current().listDue(NOW + 9_000, 9)).toMatchObject(expected), SOON)
    })
    it('leaves a postponed job writable by whoever read it before', async () => {
      const job = jobNamed('a', { dueAt: NOW })
      await current().create(job, SPEC)
      await current().postpone(
        { team: job.team, jobId: job.jobId, version: job.version, dueAt: NOW, sweeps: 0 },
        NOW + 1_000,
      )
      expect(await current().save(job, { ...job, message: 'ours' })).toMatchObject({ outcome: 'saved' })
    })
  })

  describe('one job in each state', () => {
    it('is due unless it is over', async () => {
      for (const [index, state] of STATES.entries())
        await current().create(jobNamed('abcdefghijkl'[index] ?? '', { name: state.toLowerCase() }, state), undefined)
      const live = STATES.filter(state => !isTerminal(state))
      const statesDue = async () => {
        const due = await current().listDue(NOW + 1, 100)
        return (await Promise.all(due.map(ref => current().get(ref)))).map(job => job?.state)
      }
      await vi.waitFor(async () => expect(new Set(await statesDue())).toEqual(new Set(live)), SOON)
    })
    it('pages through the jobs that have an attempt on a cluster, each once', async () => {
      const active = ['a', 'b', 'c', 'd', 'e'].map(letter => jobNamed(letter, { cluster: 'here' }, 'RUNNING'))
      const others = [jobNamed('f', { cluster: 'here' }, 'QUEUED'), jobNamed('g', { cluster: 'here' }, 'SUCCEEDED')]
      for (const job of [...active, ...others]) await current().create(job, undefined)
      const pages = async (): Promise<string[]> => {
        const seen: string[] = []
        let next: string | undefined
        do {
          const page = await current().listActive('here', 2, next)
          expect(page.refs.length).toBeLessThanOrEqual(2)
          seen.push(...page.refs.map(ref => `${ref.team}/${ref.jobId}`))
          next = page.next
        } while (next !== undefined)
        return seen.toSorted()
      }
      await vi.waitFor(
        async () => expect(await pages()).toEqual(active.map(job => `${job.team}/${job.jobId}`).toSorted()),
        SOON,
      )
      expect(await current().listActive('elsewhere', 10)).toEqual({ refs: [] })
    })
    it.each(STATES)('makes its cluster active or not: %s', async state => {
      await current().create(jobNamed('a', { cluster: 'here' }, state), undefined)
      const active = !isTerminal(state) && state !== 'QUEUED'
      await vi.waitFor(async () => expect(await current().hasActiveJobs('here')).toBe(active), SOON)
      expect(await current().hasActiveJobs('elsewhere')).toBe(false)
    })
  })

  describe('dependents', () => {
    it('are found from the job that they name, by its team alone, at most as many as asked for', async () => {
      const [on, other] = [jobNamed('a'), jobNamed('b')]
      const dependsOn = { jobs: [on.jobId, other.jobId], when: 'all-ended' } as const
      for (const letter of 'cde') await current().create(jobNamed(letter, { dependsOn }), SPEC)
      await current().create(jobNamed('f', { team: 'risk', dependsOn }), SPEC)
      const found = await current().listDependents(on, 10)
      expect(found.map(({ team, jobId }) => `${team} ${jobId[1]}`).toSorted()).toEqual([
        'payments c',
        'payments d',
        'payments e',
      ])
      expect(await current().listDependents(other, 2)).toHaveLength(2)
      expect(await current().listDependents(jobNamed('c'), 10)).toEqual([])
    })
  })

  describe('reopen', () => {
    const again = (job: Job): Job => ({ ...job, state: 'QUEUED', attempt: job.attempt + 1, dueAt: NOW })
    it.each(['SUCCEEDED', 'FAILED', 'TIMED_OUT'] as const)(
      'writes the next attempt of a job that is %s, once',
      async state => {
        const job = jobNamed('a', {}, state)
        await current().create(job, SPEC)
        expect(await current().reopen(job, again(job))).toMatchObject({ outcome: 'saved', job: { attempt: 2 } })
        expect(await current().reopen(job, { ...again(job), message: 'the second' })).toEqual({ outcome: 'conflict' })
        expect(await current().get(job)).toMatchObject({ state: 'QUEUED', attempt: 2, version: job.version + 1 })
        expect(await current().getSpec(job)).toEqual(SPEC)
      },
    )
    it.each(['CANCELLED', 'REJECTED', 'RUNNING'] as const)('is no step from %s', async state => {
      const job = jobNamed('a', {}, state)
      await current().create(job, SPEC)
      await expect(current().reopen(job, again(job))).rejects.toThrow(/followed|opened again/)
    })
    it('is a conflict where the job has moved', async () => {
      const job = jobNamed('a', {}, 'FAILED')
      await current().create({ ...job, version: job.version + 4 }, SPEC)
      expect(await current().reopen(job, again(job))).toEqual({ outcome: 'conflict' })
    })
    it('shows the job to the sweep again', async () => {
      const job = jobNamed('a', {}, 'FAILED')
      await current().create(job, SPEC)
      await current().reopen(job, again(job))
      await vi.waitFor(async () => expect(await current().listDue(NOW + 1, 10)).toHaveLength(1), SOON)
    })
  })

  describe('reserveTurn', () => {
    it('gives fifty callers at the same time fifty turns, an interval apart', async () => {
      const turns = await Promise.all(Array.from({ length: 50 }, () => current().reserveTurn('main', NOW, 500)))
      expect(turns.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => NOW + index * 500))
    })
    it('gives the present where no turn lies ahead, however long ago the last one was', async () => {
      expect(await current().reserveTurn('main', NOW, 500)).toBe(NOW)
      expect(await current().reserveTurn('main', NOW + 60_000, 500)).toBe(NOW + 60_000)
      expect(await current().reserveTurn('main', NOW + 60_000, 500)).toBe(NOW + 60_500)
    })
    it('gives no turn in the past to a caller whose clock is behind', async () => {
      await current().reserveTurn('main', NOW, 500)
      expect(await current().reserveTurn('main', NOW - 10_000, 500)).toBe(NOW + 500)
    })
    it('keeps clusters apart', async () => {
      await current().reserveTurn('main', NOW, 500)
      expect(await current().reserveTurn('other', NOW, 500)).toBe(NOW)
    })
  })
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64url')
}
