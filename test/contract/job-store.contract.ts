/**
 * What every JobStore keeps to: one suite over the fake, the embedded DynamoDB and any endpoint that a factory names. Here:
 * records and conditional writes. Lists, due jobs and turns are in job-store-lists.contract.ts.
 */
import { beforeEach, describe, expect, it } from 'vitest'
import { canMove, isTerminal, JOB_STATES } from '../../shared/domain/job-state.ts'
import type { JobState } from '../../shared/domain/job-state.ts'
import type { Job } from '../../shared/domain/job.ts'
import type { GivenSpecs } from '../../shared/operations/api-ports.ts'
import type { JobStore } from '../../shared/operations/ports.ts'
import { jobNamed, jobStoreListContract } from './job-store-lists.contract.ts'
import { SPEC } from './sample-spec.ts'

const STATES = Object.keys(JOB_STATES) as JobState[]

/** Runs the suite; `open` gives a store in which nothing is stored. */
export function jobStoreContract(implementation: string, open: () => Promise<JobStore & GivenSpecs>): void {
  describe(`JobStore: ${implementation}`, () => {
    let store: JobStore & GivenSpecs
    beforeEach(async () => {
      store = await open()
    })
    const stored = async (job: Job): Promise<Job> => {
      const found = await store.get(job)
      if (found === undefined) throw new Error(`${job.jobId} is not stored`)
      return found
    }

    describe('create', () => {
      it('records a job and its spec', async () => {
        const job = jobNamed('a')
        expect(await store.create(job, SPEC)).toEqual({ outcome: 'created' })
        expect([await store.get(job), await store.getSpec(job)]).toEqual([job, SPEC])
      })
      it.each([
        ['a short text', 'main: größe\n', 'yaml'],
        ['a long text', 'x: 1 # größe\n'.repeat(20_000), undefined],
        ['nothing', '', 'json'],
      ] as const)('keeps %s as it was given', async (_, text, contentType) => {
        const job = jobNamed('a')
        const given = { bytes: new TextEncoder().encode(text), ...(contentType !== undefined && { contentType }) }
        await store.create(job, SPEC, given)
        expect(await store.getGiven(job)).toEqual(given)
        expect(await store.getSpec(job)).toEqual(SPEC)
      })
      it('keeps which job has the text of several documents, and of others nothing', async () => {
        await store.create(jobNamed('b'), SPEC, { with: jobNamed('a').jobId })
        await store.create(jobNamed('c'), SPEC)
        expect(await store.getGiven(jobNamed('b'))).toEqual({ with: jobNamed('a').jobId })
        expect([await store.getGiven(jobNamed('c')), await store.getGiven(jobNamed('d'))]).toEqual([
          undefined,
          undefined,
        ])
      })
      it('records a refused job without a spec', async () => {
        const job = jobNamed('a', {}, 'REJECTED')
        expect(await store.create(job, undefined)).toEqual({ outcome: 'created' })
        expect([await store.get(job), await store.getSpec(job)]).toEqual([job, undefined])
      })
      it('answers with the stored job where the id is taken, and writes neither job nor spec', async () => {
        const [first, second] = [jobNamed('a', { name: 'first' }), jobNamed('a', { name: 'second' })]
        await store.create(first, SPEC)
        expect(await store.create(second, { ...SPEC, name: 'second' })).toEqual({ outcome: 'exists', job: first })
        expect([await store.get(first), await store.getSpec(first)]).toEqual([first, SPEC])
      })
      it('adds no spec to a refused job', async () => {
        const refused = jobNamed('a', {}, 'REJECTED')
        await store.create(refused, undefined)
        expect(await store.create(jobNamed('a'), SPEC)).toMatchObject({ outcome: 'exists', job: { state: 'REJECTED' } })
        expect(await store.getSpec(refused)).toBeUndefined()
      })
      it('lets one of twenty callers at the same time create, and tells the others', async () => {
        const names = Array.from({ length: 20 }, (_, index) => `caller-${index}`)
        const answers = await Promise.all(names.map(name => store.create(jobNamed('a', { name }), { ...SPEC, name })))
        expect(answers.filter(answer => answer.outcome === 'created')).toHaveLength(1)
        const winner = await stored(jobNamed('a'))
        expect(await store.getSpec(winner)).toMatchObject({ name: winner.name })
        for (const answer of answers) if (answer.outcome === 'exists') expect(answer.job).toEqual(winner)
      })
      it("keeps two teams' jobs of one id apart", async () => {
        const [ours, theirs] = [jobNamed('a'), jobNamed('a', { team: 'risk' })]
        await store.create(ours, SPEC)
        expect(await store.get(theirs)).toBeUndefined()
        expect(await store.create(theirs, SPEC)).toEqual({ outcome: 'created' })
      })
      it('knows nothing of a job that was never created', async () => {
        expect([await store.get(jobNamed('a')), await store.getSpec(jobNamed('a'))]).toEqual([undefined, undefined])
      })
    })

    describe('save', () => {
      it('writes where the read still stands, and raises the version by one', async () => {
        const job = jobNamed('a')
        await store.create(job, SPEC)
        const saved = await store.save(job, { ...job, state: 'SUBMITTING', version: 99 })
        expect(saved).toMatchObject({ outcome: 'saved', job: { state: 'SUBMITTING', version: job.version + 1 } })
        expect(saved.outcome === 'saved' && saved.job).toEqual(await stored(job))
      })
      it('is a conflict where somebody else has written, and changes nothing', async () => {
        const job = jobNamed('a')
        await store.create(job, SPEC)
        await store.save(job, { ...job, message: 'theirs' })
        expect(await store.save(job, { ...job, message: 'ours' })).toEqual({ outcome: 'conflict' })
        expect(await stored(job)).toMatchObject({ message: 'theirs', version: job.version + 1 })
      })
      it('is a conflict where nothing is stored, and stores nothing', async () => {
        const job = jobNamed('a')
        expect(await store.save(job, { ...job, message: 'ours' })).toEqual({ outcome: 'conflict' })
        expect(await store.get(job)).toBeUndefined()
      })
      it('takes a repeat of the same write for saved, once', async () => {
        const job = jobNamed('a')
        await store.create(job, SPEC)
        const after: Job = { ...job, state: 'CANCELLING', message: 'ours' }
        const [first, repeat] = [await store.save(job, after), await store.save(job, after)]
        expect(first).toMatchObject({ outcome: 'saved' })
        expect(repeat).toEqual(first)
        expect((await stored(job)).version).toBe(job.version + 1)
      })
      it('lets one of twenty writers with the same read win', async () => {
        const job = jobNamed('a')
        await store.create(job, SPEC)
        const writers = Array.from({ length: 20 }, (_, index) =>
          store.save(job, { ...job, message: `writer ${index}` }),
        )
        const winners = (await Promise.all(writers)).filter(answer => answer.outcome === 'saved')
        expect(winners).toHaveLength(1)
        expect(winners[0]).toMatchObject({ job: await stored(job) })
      })
      it.each(STATES.filter(isTerminal))(
        'never changes a job that is %s, even for a reader who saw it live',
        async state => {
          const job = jobNamed('a', {}, state)
          await store.create(job, undefined)
          const lying: Job = { ...job, state: 'RUNNING' }
          expect(await store.save(lying, { ...lying, message: 'alive' })).toEqual({ outcome: 'conflict' })
          expect(await stored(job)).toEqual(job)
        },
      )
      it('never lets (attempt, rank) fall, whatever the writer believes', async () => {
        const running = jobNamed('a', {}, 'RUNNING')
        await store.create(running, SPEC)
        const pending: Job = { ...running, state: 'PENDING' }
        expect(await store.save(pending, { ...pending, message: 'back' })).toEqual({ outcome: 'conflict' })
        const retried = jobNamed('b', { attempt: 2 })
        await store.create(retried, SPEC)
        const first: Job = { ...retried, attempt: 1, state: 'RUNNING' }
        expect(await store.save(first, { ...first, message: 'back' })).toEqual({ outcome: 'conflict' })
        expect([await stored(running), await stored(retried)]).toEqual([running, retried])
      })
      it('walks exactly the steps of the table of states', async () => {
        const letters = 'abcdefghijklmnopqrstuvwxyz'
        for (const [index, from] of STATES.entries()) {
          for (const to of STATES) {
            const job = jobNamed(letters[index] ?? '', { team: `to-${to.toLowerCase().replace('_', '-')}` }, from)
            await store.create(job, undefined)
            const after: Job = { ...job, state: to }
            const outcome = await store.save(job, after).then(
              answer => answer.outcome,
              () => 'no such step',
            )
            expect(`${from} → ${to}: ${outcome}`).toBe(
              `${from} → ${to}: ${canMove(job, after) ? 'saved' : 'no such step'}`,
            )
            expect((await stored(job)).state).toBe(canMove(job, after) ? to : from)
          }
        }
      })
      it('keeps the spec', async () => {
        const job = jobNamed('a')
        await store.create(job, SPEC)
        await store.save(job, { ...job, state: 'SUBMITTING' })
        expect(await store.getSpec(job)).toEqual(SPEC)
      })
    })

    jobStoreListContract(() => store)
  })
}
