/**
 * The table: jobs, specs, turns and observers with DynamoDB's semantics. Conditions are the very texts of the adapter; indexes
 * answer as of some time ago; every version ever written is told to the judge.
 */
import { CONDITIONS } from '../../shared/adapters/dynamodb-table.ts'
import type { Limits } from '../../shared/domain/admission/claim.ts'
import type { Lane, QueuedJob } from '../../shared/domain/admission/decide-admissions.ts'
import { laneKey, laneOf, poolKey, queueKey } from '../../shared/domain/admission/lane-key.ts'
import type { CanonicalSpec } from '../../shared/domain/job-spec/canonical-spec.ts'
import type { Job, JobRef } from '../../shared/domain/job.ts'
import { canMove, canReopen, isTerminal, progressOf } from '../../shared/domain/job-state.ts'
import type {
  AdmissionPlan,
  DueJob,
  JobQuery,
  ObserverState,
  Orphan,
  RoomRecords,
} from '../../shared/operations/ports.ts'
import { compileCondition } from './condition-expression.ts'
import { SimulatedAdmission } from './simulated-admission.ts'
import type { AdmissionListener } from './simulated-admission.ts'

interface Item {
  readonly job: Job
  readonly dueAt: number | undefined
  readonly sweeps: number
}

/** What an index can show of one job: its versions with the times of their writes, oldest first. */
interface Row {
  item: Item
  readonly past: { readonly since: number; readonly item: Item }[]
}

export interface TableListener extends AdmissionListener {
  jobWritten(before: Job | undefined, after: Job, how: 'created' | 'saved' | 'reopened'): void
  turnReserved(cluster: string, turn: number): void
}

/** Versions that an index may still show: more than any job writes within its lag. */
const MAX_PAST = 16

const stillStands = compileCondition(CONDITIONS.stillStands)
const isNew = compileCondition(CONDITIONS.isNew)
const sameLook = compileCondition(CONDITIONS.sameLook)
const sameSequence = compileCondition(CONDITIONS.sameSequence)
const turnsAhead = compileCondition(CONDITIONS.turnsAhead)

export class SimulatedTable {
  private readonly rows = new Map<string, Row>()
  readonly admission: SimulatedAdmission
  private readonly specs = new Map<string, CanonicalSpec>()
  private readonly dependents = new Map<string, JobRef[]>()
  private readonly orphans = new Map<string, number>()
  private readonly turns = new Map<string, number>()
  private readonly observers = new Map<string, ObserverState>()
  private readonly listener: TableListener
  private readonly now: () => number

  /** `plan`: as it stands when the run begins. */
  constructor(listener: TableListener, now: () => number, plan: AdmissionPlan) {
    this.listener = listener
    this.admission = new SimulatedAdmission(plan, listener)
    this.now = now
  }

  create(job: Job, spec: CanonicalSpec | undefined) {
    const stored = this.rows.get(keyOf(job))
    if (!isNew({ pk: stored === undefined ? undefined : keyOf(job) }, {}) && stored !== undefined)
      return { outcome: 'exists' as const, job: stored.item.job }
    if (spec !== undefined) this.specs.set(keyOf(job), spec)
    for (const jobId of job.dependsOn?.jobs ?? []) {
      const on = keyOf({ team: job.team, jobId })
      this.dependents.set(on, [...(this.dependents.get(on) ?? []), { team: job.team, jobId: job.jobId }])
    }
    this.write(job, 'created')
    return { outcome: 'created' as const }
  }

  get(ref: JobRef): Job | undefined {
    return this.rows.get(keyOf(ref))?.item.job
  }

  getSpec(ref: JobRef): CanonicalSpec | undefined {
    return this.specs.get(keyOf(ref))
  }

  save(before: Job, after: Job) {
    if (!canMove(before, after))
      throw new Error(`no step leads from ${before.state} (${before.attempt}) to ${after.state} (${after.attempt})`)
    return asSaved(this.commit(before, after, 'saved'))
  }

  reopen(before: Job, after: Job) {
    if (!canReopen(before.state) || after.state !== 'QUEUED' || after.attempt !== before.attempt + 1)
      throw new Error(`${before.state} is not followed by attempt ${after.attempt}`)
    return asSaved(this.commit(before, after, 'reopened'))
  }

  admit(before: Job, after: Job, limits: { readonly team: Limits; readonly cluster: Limits }) {
    return this.commit(before, after, 'saved', limits)
  }

  /** One transaction: the job and the counters, or neither. */
  private commit(
    before: Job,
    after: Job,
    how: 'saved' | 'reopened',
    limits?: { readonly team: Limits; readonly cluster: Limits },
  ) {
    const job: Job = { ...after, version: before.version + 1 }
    const stored = this.rows.get(keyOf(before))?.item.job
    const attributes =
      stored === undefined
        ? {}
        : { version: stored.version, terminal: isTerminal(stored.state), progress: progressOf(stored) }
    const values = { seen: before.version, over: isTerminal(before.state), progress: progressOf(job) }
    if (!stillStands(attributes, values)) {
      // A repeat of our own write whose answer was lost.
      const own = stored?.version === job.version && JSON.stringify(stored) === JSON.stringify(job)
      return own ? { outcome: 'saved' as const, job } : { outcome: 'conflict' as const }
    }
    if (!this.admission.move(before, job, limits)) return { outcome: 'full' as const }
    this.write(job, how)
    return { outcome: 'saved' as const, job }
  }

  private write(job: Job, how: 'created' | 'saved' | 'reopened'): void {
    const before = this.rows.get(keyOf(job))?.item.job
    const dueAt = isTerminal(job.state) ? undefined : (job.dueAt ?? job.updatedAt)
    this.put(keyOf(job), { job, dueAt, sweeps: 0 })
    this.listener.jobWritten(before, job, how)
  }

  private put(key: string, item: Item): void {
    const row = this.rows.get(key) ?? { item, past: [] }
    row.item = item
    row.past.push({ since: this.now(), item })
    if (row.past.length > MAX_PAST) row.past.shift()
    this.rows.set(key, row)
  }

  /** Items as the indexes showed them at a time; what was not there then is left out. */
  private *indexed(asOf: number): Iterable<Item> {
    for (const { past } of this.rows.values()) {
      const shown = past.findLast(({ since }) => since <= asOf)
      if (shown !== undefined) yield shown.item
    }
  }

  list(query: JobQuery, asOf: number): { jobs: readonly Job[] } {
    const jobs = [...this.indexed(asOf)]
      .map(({ job }) => job)
      .filter(job => job.team === query.team && (query.state === undefined || job.state === query.state))
      .filter(job => query.name === undefined || job.name === query.name)
    return { jobs: jobs.slice(-query.limit).toReversed() }
  }

  listDue(before: number, limit: number, asOf: number): readonly DueJob[] {
    const due: DueJob[] = []
    for (const { job, dueAt, sweeps } of this.indexed(asOf)) {
      if (dueAt !== undefined && dueAt < before)
        due.push({ team: job.team, jobId: job.jobId, version: job.version, dueAt, sweeps })
    }
    return due.toSorted((a, b) => a.dueAt - b.dueAt).slice(0, limit)
  }

  postpone(due: DueJob, dueAt: number): 'saved' | 'conflict' {
    const stored = this.rows.get(keyOf(due))?.item
    const attributes = { version: stored?.job.version, dueAt: stored?.dueAt }
    if (stored === undefined || !sameLook(attributes, { seen: due.version, dueAt: due.dueAt })) return 'conflict'
    this.put(keyOf(due), { ...stored, dueAt, sweeps: due.sweeps + 1 })
    return 'saved'
  }

  /** References of jobs with an attempt on the cluster, by key. */
  listActive(cluster: string, asOf: number): readonly JobRef[] {
    return [...this.indexed(asOf)]
      .filter(({ job }) => job.cluster === cluster && isActive(job))
      .map(({ job: { team, jobId } }) => ({ team, jobId }))
      .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  }

  listDependents(ref: JobRef, limit: number): readonly JobRef[] {
    return (this.dependents.get(keyOf(ref)) ?? []).slice(0, limit)
  }

  /** Jobs of the queue's index in its order. */
  private waiting(asOf: number): Job[] {
    return [...this.indexed(asOf)]
      .map(({ job }) => job)
      .filter(job => job.state === 'QUEUED' && job.readyAt !== undefined && job.claim === undefined)
      .toSorted((a, b) => (queueKey(a) < queueKey(b) ? -1 : 1))
  }

  listLanes(perLane: number, asOf: number): readonly Lane[] {
    const lanes = new Map<string, Lane & { jobs: QueuedJob[] }>()
    for (const job of this.waiting(asOf)) {
      const { team, clusters, priority } = laneOf(job)
      const key = laneKey({ team, clusters, priority })
      const lane = lanes.get(key) ?? { team, clusters: clusters.toSorted(), jobs: [] }
      const { jobId, readyAt = 0, size = { cores: 0, memoryMiB: 0 } } = job
      if (lane.jobs.length < perLane) lane.jobs.push({ team, jobId, priority, readyAt, size })
      lanes.set(key, lane)
    }
    return [...lanes.values()]
  }

  countAhead(job: Job, most: number, asOf: number): number {
    const { team, clusters } = laneOf(job)
    const pool = `${poolKey(team, clusters)}#`
    const keys = this.waiting(asOf).map(queueKey)
    return Math.min(keys.filter(key => key.startsWith(pool) && key < queueKey(job)).length, most)
  }

  readRooms(teams: readonly string[], clusters: readonly string[]): RoomRecords {
    return {
      teams: new Map(
        teams.map(name => [
          name,
          { usage: this.admission.usageOf({ kind: 'team', name }), spent: this.admission.spentOf(name) },
        ]),
      ),
      clusters: new Map(
        clusters.map(name => {
          const observer = this.observers.get(name)
          const usage = this.admission.usageOf({ kind: 'cluster', name })
          const health = this.admission.healthOf(name)
          return [name, { usage, health, nextTurn: this.turns.get(name) ?? 0, ...(observer && { observer }) }]
        }),
      ),
      pauses: this.admission.listPauses(),
    }
  }

  noteOrphan({ cluster, uid }: Orphan, now: number): number {
    const key = `${cluster}/${uid}`
    const first = this.orphans.get(key) ?? now
    this.orphans.set(key, first)
    return first
  }

  reserveTurn(cluster: string, now: number, interval: number): number {
    const nextTurn = this.turns.get(cluster)
    const turn = turnsAhead({ nextTurn }, { now }) ? (nextTurn ?? now) : now
    this.turns.set(cluster, turn + interval)
    this.listener.turnReserved(cluster, turn)
    return turn
  }

  observer(cluster: string): ObserverState | undefined {
    return this.observers.get(cluster)
  }

  advance(from: number, next: ObserverState): 'saved' | 'conflict' {
    const stored = this.observers.get(next.cluster)
    if (from === 0 ? stored !== undefined : !sameSequence({ sequence: stored?.sequence }, { from }))
      return JSON.stringify(stored) === JSON.stringify(next) ? 'saved' : 'conflict'
    this.observers.set(next.cluster, next)
    return 'saved'
  }

  jobs(): readonly Job[] {
    return [...this.rows.values()].map(({ item }) => item.job)
  }
}

const isActive = ({ state, claim }: Job): boolean => !isTerminal(state) && (state !== 'QUEUED' || claim !== undefined)

/** Without limits there is always room. */
function asSaved(result: { outcome: 'saved'; job: Job } | { outcome: 'conflict' | 'full' }) {
  return result.outcome === 'saved' ? result : { outcome: 'conflict' as const }
}

const keyOf = ({ team, jobId }: JobRef): string => `${team}/${jobId}`
