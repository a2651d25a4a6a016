/** AdmissionStore in memory, over the jobs of a FakeJobStore. */
import { isDeepStrictEqual } from 'node:util'
import type { TroubleSpacing } from '../../shared/domain/admission/cluster-health.ts'
import { brokenLimit, NO_USAGE } from '../../shared/domain/admission/claim.ts'
import type { Limits, Usage, UsageCounter } from '../../shared/domain/admission/claim.ts'
import type { Lane, QueuedJob } from '../../shared/domain/admission/decide-admissions.ts'
import { laneKey, laneOf, poolKey, queueKey } from '../../shared/domain/admission/lane-key.ts'
import type { Job } from '../../shared/domain/job.ts'
import type {
  AdmissionPlan,
  AdmissionStore,
  ClusterHealth,
  ObserverStore,
  Pause,
  PauseScope,
  RoomRecords,
  UsageOwner,
} from '../../shared/operations/ports.ts'
import type { FakeJobStore } from './fake-job-store.ts'

const NO_COUNT: UsageCounter = { ...NO_USAGE, changes: 0 }

export class FakeAdmissionStore implements AdmissionStore {
  private readonly store: FakeJobStore
  private readonly observers: ObserverStore
  private plan: AdmissionPlan = { version: 0, waiting: {} }
  private readonly pauses = new Map<string, Pause>()
  private readonly health = new Map<string, ClusterHealth>()

  constructor(store: FakeJobStore, observers: ObserverStore) {
    this.store = store
    this.observers = observers
  }

  private waiting(): Job[] {
    return [...this.store.jobs.values()]
      .filter(job => job.state === 'QUEUED' && job.readyAt !== undefined && job.claim === undefined)
      .toSorted((a, b) => (queueKey(a) < queueKey(b) ? -1 : 1))
  }

  async listLanes(perLane: number): Promise<readonly Lane[]> {
    const lanes = new Map<string, Lane & { jobs: QueuedJob[] }>()
    for (const job of this.waiting()) {
      const { team, clusters, priority } = laneOf(job)
      const key = laneKey({ team, clusters, priority })
      const lane = lanes.get(key) ?? { team, clusters: clusters.toSorted(), jobs: [] }
      const { jobId, readyAt = 0, size = { cores: 0, memoryMiB: 0 } } = job
      if (lane.jobs.length < perLane) lane.jobs.push({ team, jobId, priority, readyAt, size })
      lanes.set(key, lane)
    }
    return [...lanes.values()]
  }

  async countAhead(job: Job, most: number): Promise<number> {
    const { team, clusters } = laneOf(job)
    const pool = `${poolKey(team, clusters)}#`
    const ahead = this.waiting()
      .map(queueKey)
      .filter(key => key.startsWith(pool) && key < queueKey(job))
    return Math.min(ahead.length, most)
  }

  async readUsage(owners: readonly UsageOwner[]): Promise<readonly UsageCounter[]> {
    return owners.map(({ kind, name }) => this.store.usage.get(`${kind}#${name}`) ?? NO_COUNT)
  }

  async readRooms(teams: readonly string[], clusters: readonly string[]): Promise<RoomRecords> {
    const used = (owner: string): Usage => {
      const { changes: _count, ...usage } = this.store.usage.get(owner) ?? NO_COUNT
      return usage
    }
    const cluster = async (name: string) => {
      const observer = await this.observers.get(name)
      const health = this.health.get(name) ?? { failures: 0 }
      const nextTurn = this.store.nextTurn(name)
      return [name, { usage: used(`cluster#${name}`), health, nextTurn, ...(observer && { observer }) }] as const
    }
    return {
      teams: new Map(
        teams.map(name => [name, { usage: used(`team#${name}`), spent: this.store.spent.get(name) ?? {} }]),
      ),
      clusters: new Map(await Promise.all(clusters.map(cluster))),
      pauses: await this.listPauses(),
    }
  }

  async admit(before: Job, after: Job, limits: { readonly team: Limits; readonly cluster: Limits }) {
    const { cluster = '', ...size } = after.claim ?? { cores: 0, memoryMiB: 0 }
    return this.store.saveIf(before, after, () => {
      const used = (owner: string) => this.store.usage.get(owner) ?? NO_USAGE
      const broken =
        brokenLimit(used(`team#${after.team}`), limits.team, size) ??
        brokenLimit(used(`cluster#${cluster}`), limits.cluster, size)
      return broken === undefined
    })
  }

  async repairUsage({ kind, name }: UsageOwner, seen: UsageCounter, counted: Usage): Promise<'saved' | 'conflict'> {
    const stored = this.store.usage.get(`${kind}#${name}`) ?? NO_COUNT
    if (!isDeepStrictEqual(stored, seen)) return 'conflict'
    this.store.usage.set(`${kind}#${name}`, { ...counted, changes: seen.changes + 1 })
    return 'saved'
  }

  async getPlan(): Promise<AdmissionPlan> {
    return this.plan
  }

  async savePlan(from: AdmissionPlan, next: AdmissionPlan): Promise<'saved' | 'conflict'> {
    if (from.version !== this.plan.version) return 'conflict'
    this.plan = { ...next, version: from.version + 1 }
    return 'saved'
  }

  async listPauses(): Promise<readonly Pause[]> {
    return [...this.pauses.values()]
  }

  async putPause(pause: Pause): Promise<void> {
    this.pauses.set(JSON.stringify(pause.scope), pause)
  }

  async deletePause(scope: PauseScope): Promise<void> {
    this.pauses.delete(JSON.stringify(scope))
  }

  async noteTrouble(cluster: string, now: number, spacing: TroubleSpacing): Promise<void> {
    const { failures, failedAt = 0 } = this.health.get(cluster) ?? { failures: 0 }
    if (failedAt > now - spacing.leastMilliseconds) return
    this.health.set(cluster, { failures: failedAt >= now - spacing.mostMilliseconds ? failures + 1 : 1, failedAt: now })
  }
}
