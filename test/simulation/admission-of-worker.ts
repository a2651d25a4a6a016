/** AdmissionStore as one worker has it: each question is one effect on the simulated table. */
import type { TroubleSpacing } from '../../shared/domain/admission/cluster-health.ts'
import type { Limits, Usage, UsageCounter } from '../../shared/domain/admission/claim.ts'
import type { Job } from '../../shared/domain/job.ts'
import type { AdmissionPlan, AdmissionStore, Pause, PauseScope, UsageOwner } from '../../shared/operations/ports.ts'
import type { EffectName } from './faults.ts'
import { broken, lookOf, short } from './ports-of-worker.ts'
import type { Services } from './ports-of-worker.ts'
import type { SimulatedTable } from './simulated-table.ts'
import type { Worker } from './worker.ts'

export class WorkerAdmissionStore implements AdmissionStore {
  private readonly worker: Worker
  private readonly table: SimulatedTable

  constructor(worker: Worker, { table }: Services) {
    this.worker = worker
    this.table = table
  }

  private do<T>(effect: EffectName, about: string, apply: () => T): Promise<T> {
    return this.worker.do({ effect, about, apply, trouble: broken(effect) })
  }

  listLanes(perLane: number) {
    return lookOf(this.worker, 'admission.listLanes', '', asOf => this.table.listLanes(perLane, asOf))
  }

  countAhead(job: Job, most: number) {
    return lookOf(this.worker, 'admission.countAhead', short(job), asOf => this.table.countAhead(job, most, asOf))
  }

  readUsage(owners: readonly UsageOwner[]) {
    const read = () => owners.map(owner => this.table.admission.usageOf(owner))
    return this.do('admission.readUsage', `${owners.length} owners`, read)
  }

  readRooms(teams: readonly string[], clusters: readonly string[]) {
    return this.do('admission.readRooms', [...teams, ...clusters].join(' '), () =>
      this.table.readRooms(teams, clusters),
    )
  }

  admit(before: Job, after: Job, limits: { readonly team: Limits; readonly cluster: Limits }) {
    const about = `${short(after)}/${after.attempt} to ${after.cluster}`
    return this.do('admission.admit', about, () => this.table.admit(before, after, limits))
  }

  repairUsage(owner: UsageOwner, seen: UsageCounter, counted: Usage) {
    const about = `${owner.kind} ${owner.name}: ${seen.jobs} → ${counted.jobs} jobs`
    return this.do('admission.repairUsage', about, () => this.table.admission.repairUsage(owner, seen, counted))
  }

  getPlan() {
    return this.do('admission.getPlan', '', () => this.table.admission.plan)
  }

  savePlan(from: AdmissionPlan, next: AdmissionPlan) {
    const about = `${from.version} → ${Object.keys(next.waiting).join(' ')}`
    return this.do('admission.savePlan', about, () => this.table.admission.savePlan(from, next))
  }

  listPauses() {
    return this.do('admission.listPauses', '', () => this.table.admission.listPauses())
  }

  putPause(pause: Pause) {
    return this.do('admission.putPause', pause.scope.kind, () => this.table.admission.putPause(pause))
  }

  deletePause(scope: PauseScope) {
    return this.do('admission.deletePause', scope.kind, () => this.table.admission.deletePause(scope))
  }

  noteTrouble(cluster: string, now: number, spacing: TroubleSpacing) {
    return this.do('admission.noteTrouble', cluster, () => this.table.admission.noteTrouble(cluster, now, spacing))
  }
}
