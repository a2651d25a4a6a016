/** What admission keeps in the table besides jobs: usage by owner, the plan, pauses, the health of clusters. */
import { CONDITIONS } from '../../shared/adapters/dynamodb-table.ts'
import type { TroubleSpacing } from '../../shared/domain/admission/cluster-health.ts'
import { addJob, brokenLimit, NO_USAGE } from '../../shared/domain/admission/claim.ts'
import type { Claim, Limits, Usage, UsageCounter } from '../../shared/domain/admission/claim.ts'
import type { SpentByMonth } from '../../shared/domain/admission/spending.ts'
import type { Job } from '../../shared/domain/job.ts'
import type { AdmissionPlan, ClusterHealth, Pause, PauseScope, UsageOwner } from '../../shared/operations/ports.ts'
import { addSpent } from '../support/spent-by-month.ts'
import { compileCondition } from './condition-expression.ts'

const sameVersion = compileCondition(CONDITIONS.sameVersion)
const sameUsage = compileCondition(CONDITIONS.sameUsage)
const sameUncounted = compileCondition(CONDITIONS.sameUncounted)
const NO_COUNT: UsageCounter = { ...NO_USAGE, changes: 0 }
const recentTrouble = compileCondition(CONDITIONS.recentTrouble)
const noRecentTrouble = compileCondition(CONDITIONS.noRecentTrouble)

export interface AdmissionListener {
  /** A recount wrote what it had counted. */
  repaired(owner: UsageOwner, counted: Usage): void
  /** From now on, or no longer. */
  paused(scope: PauseScope, since: number | undefined): void
}

export class SimulatedAdmission {
  plan: AdmissionPlan
  private readonly usage = new Map<string, UsageCounter>()
  private readonly spent = new Map<string, SpentByMonth>()
  private readonly pauses = new Map<string, Pause>()
  private readonly health = new Map<string, ClusterHealth>()
  private readonly listener: AdmissionListener

  constructor(plan: AdmissionPlan, listener: AdmissionListener) {
    this.plan = plan
    this.listener = listener
  }

  usageOf({ kind, name }: UsageOwner): UsageCounter {
    return this.usage.get(`${kind}#${name}`) ?? NO_COUNT
  }

  /** The conditions and the `ADD`s of the transaction that writes a job: false when a limit would break, and nothing is done. */
  move(before: Job, after: Job, limits?: { readonly team: Limits; readonly cluster: Limits }): boolean {
    if (JSON.stringify(before.claim) === JSON.stringify(after.claim)) return true
    const { claim } = after
    if (claim !== undefined && limits !== undefined) {
      const team = brokenLimit(this.usageOf({ kind: 'team', name: after.team }), limits.team, claim)
      const cluster = brokenLimit(this.usageOf({ kind: 'cluster', name: claim.cluster }), limits.cluster, claim)
      if (team !== undefined || cluster !== undefined) return false
    }
    if (before.claim !== undefined) this.add(before.team, before.claim, -1)
    if (claim !== undefined) this.add(after.team, claim, 1)
    this.spent.set(after.team, addSpent(this.spentOf(after.team), before, after))
    return true
  }

  spentOf(team: string): SpentByMonth {
    return this.spent.get(team) ?? {}
  }

  private add(team: string, claim: Claim, sign: 1 | -1): void {
    for (const owner of [`team#${team}`, `cluster#${claim.cluster}`]) {
      const usage = this.usage.get(owner) ?? NO_COUNT
      const cores = sign * claim.cores
      const memoryMiB = sign * claim.memoryMiB
      this.usage.set(owner, {
        ...addJob(usage, { cores, memoryMiB }),
        jobs: usage.jobs + sign,
        changes: usage.changes + 1,
      })
    }
  }

  repairUsage({ kind, name }: UsageOwner, seen: UsageCounter, counted: Usage): 'saved' | 'conflict' {
    const owner = `${kind}#${name}`
    const stored = this.usage.get(owner)
    const same = seen.changes > 0 ? sameUsage : sameUncounted
    // The attribute comes with the first change.
    const changes = stored?.changes === 0 ? undefined : stored?.changes
    if (!same({ ...stored, changes }, { ...seen })) return 'conflict'
    this.usage.set(owner, { ...counted, changes: seen.changes + 1 })
    this.listener.repaired({ kind, name }, counted)
    return 'saved'
  }

  /** A hand in the table. */
  spoil({ kind, name }: UsageOwner, usage: Usage): void {
    this.usage.set(`${kind}#${name}`, { ...usage, changes: this.usageOf({ kind, name }).changes })
  }

  savePlan(from: AdmissionPlan, next: AdmissionPlan): 'saved' | 'conflict' {
    if (!sameVersion({ version: this.plan.version }, { from: from.version })) return 'conflict'
    this.plan = { ...next, version: from.version + 1 }
    return 'saved'
  }

  listPauses(): readonly Pause[] {
    return [...this.pauses.values()]
  }

  putPause(pause: Pause): void {
    this.pauses.set(JSON.stringify(pause.scope), pause)
    this.listener.paused(pause.scope, pause.at)
  }

  deletePause(scope: PauseScope): void {
    this.pauses.delete(JSON.stringify(scope))
    this.listener.paused(scope, undefined)
  }

  healthOf(cluster: string): ClusterHealth {
    return this.health.get(cluster) ?? { failures: 0 }
  }

  noteTrouble(cluster: string, now: number, spacing: TroubleSpacing): void {
    const { failures, failedAt } = this.healthOf(cluster)
    const times = { since: now - spacing.mostMilliseconds, before: now - spacing.leastMilliseconds }
    const isFurther = recentTrouble({ failedAt }, times)
    if (isFurther || noRecentTrouble({ failedAt }, times))
      this.health.set(cluster, { failures: isFurther ? failures + 1 : 1, failedAt: now })
  }
}
