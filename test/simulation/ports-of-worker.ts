/** The ports of operations, as one worker has them: each method is one effect on the simulated services. */
import type { CanonicalSpec, JsonObject } from '../../shared/domain/job-spec/canonical-spec.ts'
import type { Attempt, Job, JobRef } from '../../shared/domain/job.ts'
import type {
  DueJob,
  EventBus,
  InboxObject,
  JobArchive,
  JobEvent,
  JobQuery,
  JobStore,
  ObserverState,
  ObserverStore,
  Orphan,
  SpecInbox,
} from '../../shared/operations/ports.ts'
import { InjectedError } from './faults.ts'
import type { EffectName, FaultKind } from './faults.ts'
import type { SimulatedQueue } from './simulated-queue.ts'
import type { SimulatedTable } from './simulated-table.ts'
import type { Worker } from './worker.ts'

/** What a worker reaches besides clusters. */
export interface Services {
  readonly table: SimulatedTable
  readonly reconcile: SimulatedQueue
  readonly observe: SimulatedQueue
  readonly inbox: Inbox
  readonly bus: Bus
  readonly archive: Archive
}

export interface Archive {
  archived(name: string, lines: readonly JsonObject[]): void
}

export interface Inbox {
  read(at: { readonly bucket: string; readonly key: string; readonly version: string }, maxBytes: number): InboxObject
  writeReport(at: { readonly bucket: string; readonly key: string }, report: JsonObject): void
}

export interface Bus {
  publish(events: readonly JobEvent[]): void
}

export const broken = (effect: EffectName) => (kind: FaultKind) => {
  throw new InjectedError(`${effect}: ${kind}`)
}

/** Of an index: as of `now`, or under the fault `stale` as of some time ago. */
export function lookOf<T>(worker: Worker, effect: EffectName, about: string, read: (asOf: number) => T): Promise<T> {
  const { scheduler, timing } = worker.world
  const lag = timing.indexLag()
  return worker.do({
    effect,
    about,
    apply: () => read(scheduler.now - lag),
    trouble: kind => (kind === 'stale' ? read(scheduler.now - timing.staleness()) : broken(effect)(kind)),
  })
}

export class WorkerJobStore implements JobStore {
  private readonly worker: Worker
  private readonly table: SimulatedTable
  private readonly onSaved: (job: Job) => void

  /** `onSaved`: told when a job was written. */
  constructor(worker: Worker, { table }: Services, onSaved: (job: Job) => void) {
    this.worker = worker
    this.table = table
    this.onSaved = onSaved
  }

  private do<T>(effect: EffectName, about: string, apply: () => T): Promise<T> {
    return this.worker.do({ effect, about, apply, trouble: broken(effect) })
  }

  private look<T>(effect: EffectName, about: string, read: (asOf: number) => T): Promise<T> {
    return lookOf(this.worker, effect, about, read)
  }

  create(job: Job, spec: CanonicalSpec | undefined) {
    return this.do('store.create', short(job), () => this.table.create(job, spec))
  }

  get(ref: JobRef) {
    return this.do('store.get', short(ref), () => this.table.get(ref))
  }

  getSpec(ref: JobRef) {
    return this.do('store.getSpec', short(ref), () => this.table.getSpec(ref))
  }

  save(before: Job, after: Job) {
    const about = `${short(after)} ${before.state}/${before.attempt} → ${after.state}/${after.attempt} ${after.reason}`
    return this.do('store.save', about, () => {
      const saved = this.table.save(before, after)
      if (saved.outcome === 'saved') this.onSaved(saved.job)
      return saved
    })
  }

  reopen(before: Job, after: Job) {
    const about = `${short(after)} ${before.state}/${before.attempt} → ${after.state}/${after.attempt}`
    return this.do('store.reopen', about, () => this.table.reopen(before, after))
  }

  listDependents(ref: JobRef, limit: number) {
    return this.do('store.listDependents', short(ref), () => this.table.listDependents(ref, limit))
  }

  list(query: JobQuery) {
    return this.look('store.list', query.team, asOf => this.table.list(query, asOf))
  }

  listDue(before: number, limit: number) {
    return this.look('store.listDue', '', asOf => this.table.listDue(before, limit, asOf))
  }

  postpone(due: DueJob, dueAt: number) {
    return this.do('store.postpone', short(due), () => this.table.postpone(due, dueAt))
  }

  hasActiveJobs(cluster: string) {
    return this.look('store.hasActiveJobs', cluster, asOf => this.table.listActive(cluster, asOf).length > 0)
  }

  listActive(cluster: string, limit: number, next?: string) {
    const after = next === undefined ? 0 : Number(next)
    return this.look('store.listActive', cluster, asOf => {
      const all = this.table.listActive(cluster, asOf)
      const end = after + limit
      return { refs: all.slice(after, end), ...(end < all.length && { next: String(end) }) }
    })
  }

  reserveTurn(cluster: string, now: number, interval: number) {
    return this.do('store.reserveTurn', cluster, () => this.table.reserveTurn(cluster, now, interval))
  }
}

export class WorkerObserverStore implements ObserverStore {
  private readonly worker: Worker
  private readonly table: SimulatedTable

  constructor(worker: Worker, { table }: Services) {
    this.worker = worker
    this.table = table
  }

  get(cluster: string) {
    const trouble = broken('observers.get')
    return this.worker.do({
      effect: 'observers.get',
      about: cluster,
      apply: () => this.table.observer(cluster),
      trouble,
    })
  }

  noteOrphan(orphan: Orphan, now: number) {
    return this.worker.do({
      effect: 'observers.noteOrphan',
      about: orphan.name,
      apply: () => this.table.noteOrphan(orphan, now),
      trouble: broken('observers.noteOrphan'),
    })
  }

  advance(from: number, next: ObserverState) {
    return this.worker.do({
      effect: 'observers.advance',
      about: `${next.cluster} ${from} → ${next.sequence}`,
      apply: () => this.table.advance(from, next),
      trouble: broken('observers.advance'),
    })
  }
}

export const inboxOf = (worker: Worker, { inbox }: Services): SpecInbox => ({
  read: (at, maxBytes) =>
    worker.do({
      effect: 'inbox.read',
      about: `${at.key}@${at.version}`,
      apply: () => inbox.read(at, maxBytes),
      trouble: broken('inbox.read'),
    }),
  writeReport: (at, report) =>
    worker.do({
      effect: 'inbox.writeReport',
      about: at.key,
      apply: () => inbox.writeReport(at, report),
      trouble: broken('inbox.writeReport'),
    }),
})

export const busOf = (worker: Worker, { bus }: Services): EventBus => ({
  publish: events =>
    worker.do({
      effect: 'bus.publish',
      about: events.map(event => event.detailType).join(),
      apply: () => bus.publish(events),
      trouble: broken('bus.publish'),
    }),
})

export const archiveOf = (worker: Worker, { archive }: Services): JobArchive => ({
  write: (name, lines) =>
    worker.do({
      effect: 'archive.write',
      about: `${name}: ${lines.length}`,
      apply: () => archive.archived(name, lines),
      trouble: broken('archive.write'),
    }),
})

/** Takes its time, and may be the last that a worker does. */
export const keepLogOf =
  (worker: Worker) =>
  (_job: Job, { objectName }: Attempt) =>
    worker.do({ effect: 'log.keep', about: objectName, apply: () => undefined, trouble: () => undefined })

/** Enough of an id to tell the jobs of a run apart. */
export const short = ({ jobId }: { readonly jobId: string }): string => jobId.slice(0, 7)
