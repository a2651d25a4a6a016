/** What every AdmissionStore keeps to: the queue's lanes, counters that move with the job, plans, pauses, health. */
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { NO_USAGE } from '../../shared/domain/admission/claim.ts'
import type { Job } from '../../shared/domain/job.ts'
import type { AdmissionStore, JobStore, ObserverStore } from '../../shared/operations/ports.ts'
import { NOW } from '../support/make-job.ts'
import { jobNamed } from './job-store-lists.contract.ts'
import { SPEC } from './sample-spec.ts'

/** What an index that lags is waited for. */
const SOON = { timeout: 5_000, interval: 20 }
const SIZE = { cores: 2.5, memoryMiB: 4_096 }
const TEAM = { kind: 'team', name: 'payments' } as const
const CLUSTER = { kind: 'cluster', name: 'main' } as const
const NO_LIMITS = { team: {}, cluster: {} }

export interface Stores {
  readonly store: JobStore
  readonly admission: AdmissionStore
  readonly observers: ObserverStore
}

/** Runs the suite; `open` gives stores over one place in which nothing is stored. */
export function admissionStoreContract(implementation: string, open: () => Promise<Stores>): void {
  describe(`AdmissionStore: ${implementation}`, () => {
    let stores: Stores
    beforeEach(async () => {
      stores = await open()
    })
    const queue = async (letter: string, change: Partial<Job> = {}): Promise<Job> => {
      const job = jobNamed(letter, { clusters: ['main'], size: SIZE, readyAt: NOW, ...change })
      await stores.store.create(job, SPEC)
      return job
    }
    const admitted = (job: Job): Job => {
      const { readyAt: _left, ...rest } = job
      return { ...rest, claim: { cluster: 'main', ...SIZE, attempt: 1 } }
    }
    const usage = async () =>
      (await stores.admission.readUsage([TEAM, CLUSTER])).map(({ changes: _count, ...each }) => each)

    describe('lanes', () => {
      it('tell teams, clusters and priorities apart, each with its oldest first', async () => {
        await queue('a', { readyAt: NOW + 2 })
        await queue('b', { readyAt: NOW + 1 })
        await queue('c', { priority: 'high', readyAt: NOW + 3 })
        await queue('d', { team: 'risk', clusters: ['spare', 'main'] })
        await queue('e', { clusters: ['main', 'spare'], priority: 'low' })
        await vi.waitFor(async () => {
          const lanes = await stores.admission.listLanes(10)
          const shown = lanes.map(({ team, clusters, jobs }) => [
            team,
            clusters.join(),
            jobs.map(({ priority, jobId }) => `${priority} ${jobId[1]}`).join(),
          ])
          expect(shown.toSorted((a, b) => a.join().localeCompare(b.join()))).toEqual([
            ['payments', 'main', 'high c'],
            ['payments', 'main', 'normal b,normal a'],
            ['payments', 'main,spare', 'low e'],
            ['risk', 'main,spare', 'normal d'],
          ])
        }, SOON)
      })
      it('show the first few of a long lane, and its size, and no lane twice', async () => {
        for (const [index, letter] of 'abcdef'.split('').entries()) await queue(letter, { readyAt: NOW + index })
        await vi.waitFor(async () => {
          const lanes = await stores.admission.listLanes(2)
          expect(lanes.map(({ jobs }) => jobs.map(({ jobId }) => jobId[1]).join(''))).toEqual(['ab'])
          expect(lanes[0]?.jobs[0]).toMatchObject({ size: SIZE, readyAt: NOW, team: 'payments' })
        }, SOON)
      })
      it('hold no job that is not ready, was admitted, or is over', async () => {
        const job = await queue('a')
        await stores.admission.admit(job, admitted(job), NO_LIMITS)
        await stores.store.create(jobNamed('b'), SPEC)
        await stores.store.create(jobNamed('c', {}, 'REJECTED'), undefined)
        await queue('d')
        await vi.waitFor(async () => {
          const ids = (await stores.admission.listLanes(10)).flatMap(({ jobs }) => jobs.map(({ jobId }) => jobId[1]))
          expect(ids).toEqual(['d'])
        }, SOON)
      })
      it('count who stands before a job, higher priorities included, up to a limit', async () => {
        const low = await queue('a', { priority: 'low', readyAt: NOW + 5 })
        await queue('b', { readyAt: NOW + 9 })
        await queue('c', { priority: 'high', readyAt: NOW + 9 })
        await queue('d', { priority: 'low', readyAt: NOW + 4 })
        await queue('e', { priority: 'low', readyAt: NOW + 6 })
        await vi.waitFor(async () => expect(await stores.admission.countAhead(low, 100)).toBe(3), SOON)
        expect(await stores.admission.countAhead(low, 2)).toBe(2)
      })
    })

    describe('usage', () => {
      it('is nothing at first, counts what is admitted, and gives it back with the last state', async () => {
        expect(await usage()).toEqual([NO_USAGE, NO_USAGE])
        const job = await queue('a')
        const saved = await stores.admission.admit(job, admitted(job), NO_LIMITS)
        expect(saved).toMatchObject({ outcome: 'saved', job: { version: job.version + 1, claim: { cluster: 'main' } } })
        expect(await usage()).toEqual([
          { jobs: 1, ...SIZE },
          { jobs: 1, ...SIZE },
        ])
        if (saved.outcome !== 'saved') throw new Error('not saved')
        const { claim: _given, ...over } = saved.job
        await stores.store.save(saved.job, { ...over, state: 'CANCELLING' })
        expect(await usage()).toEqual([NO_USAGE, NO_USAGE])
      })
      it('moves with a job from one cluster to another', async () => {
        const job = await queue('a')
        const saved = await stores.admission.admit(job, admitted(job), NO_LIMITS)
        if (saved.outcome !== 'saved') throw new Error('not saved')
        await stores.store.save(saved.job, { ...saved.job, claim: { cluster: 'spare', ...SIZE, attempt: 1 } })
        const owners = [TEAM, CLUSTER, { kind: 'cluster', name: 'spare' } as const]
        const jobs = (await stores.admission.readUsage(owners)).map(each => each.jobs)
        expect(jobs).toEqual([1, 0, 1])
      })
      it('comes with what a job newly spent, by month, which a recount leaves alone', async () => {
        const spend = async (letter: string, updatedAt: number, spent: number, before = 0): Promise<void> => {
          const job = await queue(letter, before === 0 ? {} : { spent: before })
          const saved = await stores.admission.admit(job, admitted(job), NO_LIMITS)
          if (saved.outcome !== 'saved') throw new Error('not saved')
          const { claim: _given, ...over } = saved.job
          const end: Job = { ...over, state: 'CANCELLING', updatedAt, spent }
          await stores.store.save(saved.job, end)
          // A repeat counts once.
          await stores.store.save(saved.job, end)
        }
        const november = Date.parse('2026-11-30T23:59:59.999Z')
        await spend('a', november, 0.1)
        await spend('b', november, 0.3, 0.1)
        await spend('c', november + 1, 5)
        const spentNow = async () =>
          (await stores.admission.readRooms(['payments', 'risk'], [])).teams.get('payments')?.spent
        expect(await spentNow()).toEqual({ '2026-11': 0.3, '2026-12': 5 })
        const [counter] = await stores.admission.readUsage([TEAM])
        if (counter === undefined) throw new Error('no counter')
        const counted = { jobs: 7, cores: 1.5, memoryMiB: 3 }
        expect(await stores.admission.repairUsage(TEAM, counter, counted)).toBe('saved')
        expect((await usage())[0]).toEqual(counted)
        expect(await spentNow()).toEqual({ '2026-11': 0.3, '2026-12': 5 })
      })
      it('is not changed by a write that fails', async () => {
        const job = await queue('a')
        await stores.store.save(job, { ...job, message: 'somebody was first' })
        expect(await stores.admission.admit(job, admitted(job), NO_LIMITS)).toEqual({ outcome: 'conflict' })
        expect(await usage()).toEqual([NO_USAGE, NO_USAGE])
      })
      it.each([
        ['jobs of the team', { team: { jobs: 1 }, cluster: {} }],
        ['cores of the cluster', { team: {}, cluster: { cores: 4.9 } }],
        ['memory of the team', { team: { memoryMiB: 8_191 }, cluster: {} }],
        ['a limit that one job alone breaks', { team: { cores: 1 }, cluster: {} }],
      ])('is kept within %s', async (_, limits) => {
        const [first, second] = [await queue('a'), await queue('b')]
        await stores.admission.admit(first, admitted(first), NO_LIMITS)
        expect(await stores.admission.admit(second, admitted(second), limits)).toEqual({ outcome: 'full' })
        expect(await stores.store.get(second)).toMatchObject({ version: second.version, readyAt: NOW })
        expect((await usage()).map(each => each.jobs)).toEqual([1, 1])
      })
      it('never exceeds a limit, however many admit at once', async () => {
        const jobs = await Promise.all('abcdefgh'.split('').map(letter => queue(letter)))
        const limits = { team: { jobs: 3 }, cluster: {} }
        const answers = await Promise.all(jobs.map(job => stores.admission.admit(job, admitted(job), limits)))
        expect(answers.filter(({ outcome }) => outcome === 'saved')).toHaveLength(3)
        expect((await usage())[0]?.jobs).toBe(3)
      })
      it('is repaired only where nobody has changed it meanwhile', async () => {
        const job = await queue('a')
        await stores.admission.admit(job, admitted(job), NO_LIMITS)
        const counted = { jobs: 7, cores: 1, memoryMiB: 2 }
        const [seen] = await stores.admission.readUsage([TEAM])
        if (seen === undefined) throw new Error('no usage')
        expect(seen).toEqual({ jobs: 1, ...SIZE, changes: 1 })
        expect(await stores.admission.repairUsage(TEAM, { ...NO_USAGE, changes: 0 }, counted)).toBe('conflict')
        expect(await stores.admission.repairUsage(TEAM, { ...seen, jobs: 2 }, counted)).toBe('conflict')
        expect(await stores.admission.repairUsage(TEAM, seen, counted)).toBe('saved')
        expect((await usage())[0]).toEqual(counted)
        expect(await stores.admission.repairUsage(TEAM, { ...counted, changes: 1 }, NO_USAGE)).toBe('conflict')
      })
      it('that was never counted is repaired', async () => {
        const counted = { jobs: 7, cores: 1, memoryMiB: 2 }
        expect(await stores.admission.repairUsage(TEAM, { ...NO_USAGE, changes: 0 }, counted)).toBe('saved')
        expect((await usage())[0]).toEqual(counted)
      })
      it('is not repaired when other jobs hold the same', async () => {
        const [first, second] = [await queue('a'), await queue('b')]
        const saved = await stores.admission.admit(first, admitted(first), NO_LIMITS)
        const [seen] = await stores.admission.readUsage([TEAM])
        if (saved.outcome !== 'saved' || seen === undefined) throw new Error('not saved')
        const { claim: _given, ...over } = saved.job
        await stores.store.save(saved.job, { ...over, state: 'CANCELLING' })
        await stores.admission.admit(second, admitted(second), NO_LIMITS)
        expect((await usage())[0]).toEqual({ jobs: 1, ...SIZE })
        expect(await stores.admission.repairUsage(TEAM, seen, NO_USAGE)).toBe('conflict')
      })
    })

    it('a plan is saved by one of two writers', async () => {
      const first = await stores.admission.getPlan()
      expect(first).toEqual({ version: 0, waiting: {} })
      const next = { version: 0, plannedAt: NOW, waiting: { 'a#main#1': { kind: 'rate', why: 'later' } } }
      expect(await stores.admission.savePlan(first, next)).toBe('saved')
      expect(await stores.admission.savePlan(first, { ...next, plannedAt: NOW + 1 })).toBe('conflict')
      const second = await stores.admission.getPlan()
      expect(second).toEqual({ ...next, version: 1 })
      expect(await stores.admission.savePlan(second, { version: 1, waiting: {} })).toBe('saved')
      expect(await stores.admission.getPlan()).toEqual({ version: 2, waiting: {} })
    })

    it('pauses are one a scope, and go', async () => {
      const pause = { scope: TEAM, by: 'ada', at: NOW, reason: 'month end' }
      await stores.admission.putPause({ ...pause, reason: 'first' })
      await stores.admission.putPause(pause)
      await stores.admission.putPause({ ...pause, scope: { kind: 'everything' } })
      expect(await stores.admission.listPauses()).toHaveLength(2)
      await stores.admission.deletePause({ kind: 'everything' })
      expect(await stores.admission.listPauses()).toEqual([pause])
    })

    it('trouble of a cluster adds up while it is recent', async () => {
      const health = async () => (await stores.admission.readRooms([], ['main'])).clusters.get('main')?.health
      expect(await health()).toEqual({ failures: 0 })
      const spacing = { leastMilliseconds: 5_000, mostMilliseconds: 60_000 }
      await stores.admission.noteTrouble('main', NOW, spacing)
      await stores.admission.noteTrouble('main', NOW + 5_000, spacing)
      expect(await health()).toEqual({ failures: 2, failedAt: NOW + 5_000 })
      // Of the same moment: a cut meets every request under way.
      await stores.admission.noteTrouble('main', NOW + 9_999, spacing)
      expect(await health()).toEqual({ failures: 2, failedAt: NOW + 5_000 })
      await stores.admission.noteTrouble('main', NOW + 100_000, spacing)
      expect(await health()).toEqual({ failures: 1, failedAt: NOW + 100_000 })
    })

    it('rooms show usage, turns, health, observers and pauses at once', async () => {
      const job = await queue('a')
      await stores.admission.admit(job, admitted(job), NO_LIMITS)
      await stores.store.reserveTurn('main', NOW, 500)
      const observer = { cluster: 'main', sequence: 1, active: true, tickedAt: NOW, lagMilliseconds: 1_500 }
      await stores.observers.advance(0, observer)
      const pause = { scope: CLUSTER, by: 'ada', at: NOW, reason: 'upgrade' }
      await stores.admission.putPause(pause)
      const nothing = { usage: NO_USAGE, health: { failures: 0 }, nextTurn: 0 }
      expect(await stores.admission.readRooms(['payments', 'risk'], ['main', 'spare'])).toEqual({
        teams: new Map([
          ['payments', { usage: { jobs: 1, ...SIZE }, spent: {} }],
          ['risk', { usage: NO_USAGE, spent: {} }],
        ]),
        clusters: new Map<string, unknown>([
          ['main', { ...nothing, usage: { jobs: 1, ...SIZE }, nextTurn: NOW + 500, observer }],
          ['spare', nothing],
        ]),
        pauses: [pause],
      })
      expect(await stores.store.reserveTurn('main', NOW, 500)).toBe(NOW + 500)
    })
  })
}
