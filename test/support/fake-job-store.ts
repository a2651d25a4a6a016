/** JobStore in memory, with the semantics of the contract; counts what was written and lets a test step in before a write. */
import { isDeepStrictEqual } from 'node:util'
import { NO_USAGE } from '../../shared/domain/admission/claim.ts'
import type { Claim, UsageCounter } from '../../shared/domain/admission/claim.ts'
import type { SpentByMonth } from '../../shared/domain/admission/spending.ts'
import type { CanonicalSpec } from '../../shared/domain/job-spec/canonical-spec.ts'
import type { Job, JobRef } from '../../shared/domain/job.ts'
import { canMove, canReopen, isTerminal, progressOf } from '../../shared/domain/job-state.ts'
import { BadPageTokenError } from '../../shared/operations/ports.ts'
import type { GivenSpecs } from '../../shared/operations/api-ports.ts'
import type { DueJob, GivenSpec, JobQuery, JobStore } from '../../shared/operations/ports.ts'
import { addSpent } from './spent-by-month.ts'

const isActive = (job: Job): boolean => !isTerminal(job.state) && (job.state !== 'QUEUED' || job.claim !== undefined)
const keyOf = ({ team, jobId }: JobRef): string => `${team}/${jobId}`
/** What the filters of a list compare; one that is not given fits every job. */
const FILTERS: readonly ((job: Job, query: JobQuery) => boolean)[] = [
  ({ state }, { state: asked = state }) => state === asked,
  ({ name }, { name: asked = name }) => name === asked,
  ({ cluster }, { cluster: asked = cluster }) => cluster === asked,
  ({ trigger: { kind } }, { trigger: asked = kind }) => kind === asked,
  ({ labels }, { label }) => label === undefined || labels?.[label.name] === label.value,
  ({ createdAt }, { since = createdAt }) => createdAt >= since,
  ({ createdAt }, { until = Infinity }) => createdAt < until,
]
const fits = (job: Job, query: JobQuery): boolean => FILTERS.every(filter => filter(job, query))

/** Of the last job that a page showed: the next page begins behind it. */
const tokenOf = keyOf

export class FakeJobStore implements JobStore, GivenSpecs {
  readonly jobs = new Map<string, Job>()
  readonly specs = new Map<string, CanonicalSpec>()
  readonly given = new Map<string, GivenSpec>()
  /** Every stored version of every job, in order of writing. */
  readonly history: Job[] = []
  /** What is claimed, by `team#name` and `cluster#name`. */
  readonly usage = new Map<string, UsageCounter>()
  readonly spent = new Map<string, SpentByMonth>()
  /** Runs once before the next save takes effect: another worker's write, a crash. */
  beforeNextSave: (() => void | Promise<void>) | undefined
  private readonly due = new Map<string, { dueAt: number; sweeps: number }>()
  private readonly turns = new Map<string, number>()

  async create(job: Job, spec: CanonicalSpec | undefined, given?: GivenSpec) {
    const stored = this.jobs.get(keyOf(job))
    if (stored !== undefined) return { outcome: 'exists' as const, job: stored }
    this.write(job)
    if (spec !== undefined) this.specs.set(keyOf(job), structuredClone(spec))
    if (spec !== undefined && given !== undefined) this.given.set(keyOf(job), structuredClone(given))
    return { outcome: 'created' as const }
  }

  async get(ref: JobRef): Promise<Job | undefined> {
    return this.jobs.get(keyOf(ref))
  }

  async getSpec(ref: JobRef): Promise<CanonicalSpec | undefined> {
    return this.specs.get(keyOf(ref))
  }

  async getGiven(ref: JobRef): Promise<GivenSpec | undefined> {
    return this.given.get(keyOf(ref))
  }

  async save(before: Job, after: Job) {
    const saved = await this.saveIf(before, after, () => true)
    return saved.outcome === 'full' ? { outcome: 'conflict' as const } : saved
  }

  /** `save` with one more condition, looked at in the same moment as the others. */
  async saveIf(before: Job, after: Job, fits: () => boolean) {
    const step = this.beforeNextSave
    this.beforeNextSave = undefined
    await step?.()
    const reopened = canReopen(before.state) && after.state === 'QUEUED' && after.attempt === before.attempt + 1
    if (!reopened && !canMove(before, after))
      throw new Error(`no step leads from ${before.state} (${before.attempt}) to ${after.state} (${after.attempt})`)
    const stored = this.jobs.get(keyOf(before))
    const job = { ...after, version: before.version + 1 }
    // A repeat of the write that is stored already: its answer was lost.
    if (stored !== undefined && isDeepStrictEqual(stored, job)) return { outcome: 'saved' as const, job }
    if (
      stored === undefined ||
      stored.version !== before.version ||
      isTerminal(stored.state) !== isTerminal(before.state)
    )
      return { outcome: 'conflict' as const }
    if (progressOf(job) < progressOf(stored)) return { outcome: 'conflict' as const }
    if (!fits()) return { outcome: 'full' as const }
    this.write(job)
    return { outcome: 'saved' as const, job }
  }

  private write(job: Job): void {
    const copy = structuredClone(job)
    this.count(this.jobs.get(keyOf(job))?.claim, -1, job.team)
    this.count(job.claim, 1, job.team)
    this.charge(this.jobs.get(keyOf(job)), job)
    this.jobs.set(keyOf(job), copy)
    this.history.push(copy)
    if (isTerminal(job.state)) this.due.delete(keyOf(job))
    else this.due.set(keyOf(job), { dueAt: job.dueAt ?? job.updatedAt, sweeps: 0 })
  }

  private charge(before: Job | undefined, after: Job): void {
    if (before === undefined || JSON.stringify(before.claim) === JSON.stringify(after.claim)) return
    this.spent.set(after.team, addSpent(this.spent.get(after.team) ?? {}, before, after))
  }

  private count(claim: Claim | undefined, sign: 1 | -1, team: string): void {
    if (claim === undefined) return
    for (const owner of [`team#${team}`, `cluster#${claim.cluster}`]) {
      const { jobs, cores, memoryMiB, changes } = this.usage.get(owner) ?? { ...NO_USAGE, changes: 0 }
      this.usage.set(owner, {
        jobs: jobs + sign,
        cores: cores + sign * claim.cores,
        memoryMiB: memoryMiB + sign * claim.memoryMiB,
        changes: changes + 1,
      })
    }
  }

  async reopen(before: Job, after: Job) {
    if (!canReopen(before.state)) throw new Error(`${before.state} is not opened again`)
    return this.save(before, after)
  }

  async listDependents({ team, jobId }: JobRef, limit: number): Promise<readonly JobRef[]> {
    return [...this.jobs.values()]
      .filter(job => job.team === team && (job.dependsOn?.jobs ?? []).includes(jobId))
      .map(job => ({ team, jobId: job.jobId }))
      .slice(0, limit)
  }

  nextTurn(cluster: string): number {
    return this.turns.get(cluster) ?? 0
  }

  async list(query: JobQuery) {
    const all = [...this.jobs.values()]
      .filter(job => job.team === query.team && fits(job, query))
      .toSorted((a, b) => b.createdAt - a.createdAt || b.jobId.localeCompare(a.jobId))
    const last = all.findIndex(job => tokenOf(job) === query.next)
    if (query.next !== undefined && last === -1) throw new BadPageTokenError('not a token of this list')
    const jobs = all.slice(last + 1, last + 1 + query.limit)
    const lastShown = jobs.at(-1)
    return { jobs, ...(lastShown !== undefined && lastShown !== all.at(-1) && { next: tokenOf(lastShown) }) }
  }

  async listDue(before: number, limit: number): Promise<readonly DueJob[]> {
    return [...this.due]
      .flatMap(([key, { dueAt, sweeps }]) => {
        const job = this.jobs.get(key)
        return job === undefined || dueAt >= before
          ? []
          : [{ team: job.team, jobId: job.jobId, version: job.version, dueAt, sweeps }]
      })
      .toSorted((a, b) => a.dueAt - b.dueAt)
      .slice(0, limit)
  }

  async postpone(due: DueJob, dueAt: number): Promise<'saved' | 'conflict'> {
    const stored = this.due.get(keyOf(due))
    if (stored === undefined || stored.dueAt !== due.dueAt || this.jobs.get(keyOf(due))?.version !== due.version)
      return 'conflict'
    this.due.set(keyOf(due), { dueAt, sweeps: due.sweeps + 1 })
    return 'saved'
  }

  async hasActiveJobs(cluster: string): Promise<boolean> {
    return [...this.jobs.values()].some(job => job.cluster === cluster && isActive(job))
  }

  async listActive(cluster: string, limit: number, next?: string) {
    const all = [...this.jobs.values()]
      .filter(job => job.cluster === cluster && isActive(job))
      .map(({ team, jobId }) => ({ team, jobId }))
      .toSorted((a, b) => keyOf(a).localeCompare(keyOf(b)))
    const start = next === undefined ? 0 : all.findIndex(each => keyOf(each) > next)
    const refs = start === -1 ? [] : all.slice(start, start + limit)
    const last = refs.at(-1)
    return { refs, ...(last !== undefined && start + limit < all.length && { next: keyOf(last) }) }
  }

  async reserveTurn(cluster: string, now: number, interval: number): Promise<number> {
    const turn = Math.max(now, this.turns.get(cluster) ?? 0)
    this.turns.set(cluster, turn + interval)
    return turn
  }
}
