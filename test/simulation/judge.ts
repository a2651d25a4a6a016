/**
 * The judge: reads what the services themselves wrote down (creates, deletes, pods, versions of the table, answers that
 * callers got) and asserts the invariants at each of these events. It knows nothing of how the gateway decides.
 */
import type { Job, JobRef } from '../../shared/domain/job.ts'
import { isTerminal, progressOf } from '../../shared/domain/job-state.ts'
import type { Platform } from '../../shared/domain/platform/platform.ts'
import type { Submitted } from '../../shared/operations/submit-job.ts'
import { InjectedError } from './faults.ts'
import type { Invariant, Violation } from './invariants.ts'
import { RoomJudge } from './judge-rooms.ts'
import type { ClusterListener, SimulatedApplication, SimulatedPod } from './simulated-cluster.ts'
import { isLive } from './simulated-operator.ts'
import type { TableListener } from './simulated-table.ts'

/** Milliseconds: no create follows a read older than this (engine-settings.ts). */
const MAX_READ_AGE = 5_000
/** Milliseconds for which an object of ours whose job nobody knows is only reported. */
const REPORTED_FOR = 86_400_000
/** What operations throw so that their message comes again when a cluster answers. */
const CLUSTER_SILENT = /could not be (looked for|asked|deleted)/
/** Overlap of a chain that is thought dead and its successor. */
const MAX_WATCHERS = 2

export interface JudgeSettings {
  readonly platform: Platform
  readonly now: () => number
  /** Milliseconds that a worker's clock may be off once it is corrected; what is measured by clocks is judged less strictly by this. */
  readonly clockError: number
}

interface JobLog {
  /** When objects were deleted, by uid. */
  readonly deletedAt: Map<string, number>
  readonly objects: Set<SimulatedApplication>
  readonly drivers: SimulatedPod[]
  fencedAt?: number
  submitting: number
  /** How often a person asked for a further attempt. */
  reopened: number
}

export class Judge implements TableListener, ClusterListener {
  readonly violations: Violation[] = []
  /** Milliseconds from a driver's end to its job's, at most. */
  slowestEnd = 0
  readonly rooms: RoomJudge
  private readonly settings: JudgeSettings
  private readonly logs = new Map<string, JobLog>()
  private readonly records = new Map<string, Job>()
  private readonly requests = new Map<string, { jobId: string; body: string }>()
  private readonly turns = new Map<string, number[]>()
  private readonly offered = new Map<string, number>()
  /** Jobs whose objects an outsider made or removed: what follows is judged with that in mind. */
  private readonly meddled = new Set<string>()
  /** Uids of objects that an outsider removed. */
  private readonly takenAway = new Set<string>()

  constructor(settings: JudgeSettings) {
    this.settings = settings
    const violate = this.violate.bind(this)
    this.rooms = new RoomJudge({ platform: settings.platform, now: settings.now, violate })
  }

  violate(invariant: Invariant, message: string): void {
    this.violations.push({ invariant, at: this.settings.now(), message })
  }

  /** An operation ended with this error. */
  failed(operation: string, error: unknown): void {
    const isTrouble = error instanceof InjectedError || (error instanceof Error && CLUSTER_SILENT.test(error.message))
    if (!isTrouble) this.violate('I24', `${operation}: ${error instanceof Error ? error.stack : String(error)}`)
  }

  jobWritten(before: Job | undefined, after: Job, how: 'created' | 'saved' | 'reopened'): void {
    const log = this.logOf(after.jobId)
    this.records.set(after.jobId, after)
    if (before !== undefined) this.judgeStep(before, after, how, log)
    if (after.state === 'SUBMITTING') log.submitting = Math.max(log.submitting, after.attempt)
    if (after.stop !== undefined) log.fencedAt ??= this.settings.now()
    const allowed = Math.max(after.retry.maxAttempts, after.retry.authorRetries + 1) + log.reopened
    if (after.attempt > allowed) this.violate('I10', `${after.jobId} is at attempt ${after.attempt} of ${allowed}`)
    this.rooms.jobWritten(before, after)
    if (isTerminal(after.state)) this.judgeEnd(after, log)
  }

  private judgeStep(before: Job, after: Job, how: 'created' | 'saved' | 'reopened', log: JobLog): void {
    const what = `${after.jobId}: ${before.state}/${before.attempt} → ${after.state}/${after.attempt}`
    if (how === 'reopened' && before.state !== 'CANCELLED') {
      log.reopened++
      delete log.fencedAt
    } else {
      if (isTerminal(before.state)) this.violate('I7', what)
      if (before.stop !== undefined && after.stop === undefined) this.violate('I9', `${what}: the fence is gone`)
    }
    if (progressOf(after) < progressOf(before)) this.violate('I6', what)
    if (after.version !== before.version + 1)
      this.violate('I6', `${what}: version ${before.version} → ${after.version}`)
  }

  private judgeEnd(job: Job, log: JobLog): void {
    const own = log.drivers.filter(pod => this.isHeld(pod))
    const alive = own.filter(isLive)
    const what = `${job.jobId} became ${job.state} (${job.reason})`
    if (job.state === 'CANCELLED' || job.state === 'TIMED_OUT') {
      for (const object of log.objects)
        if (!object.deleted && !this.rooms.isGivenUp(object)) this.violate('I9', `${what} while ${object.name} exists`)
      if (alive.length > 0) this.violate('I9', `${what} while ${alive[0]?.name} lives`)
      return
    }
    if (alive.length > 0) this.violate('I15', `${what} while ${alive[0]?.name} lives`)
    const last = own.findLast(({ application }) => application.identity.attempt === job.attempt)
    const endedAt = last?.finishedAt
    if (endedAt !== undefined && !last?.deleting)
      this.slowestEnd = Math.max(this.slowestEnd, this.settings.now() - endedAt)
    if (job.state === 'SUCCEEDED' && last?.phase !== 'Succeeded') this.violate('I15', `${what}, and no driver did`)
    if (job.state === 'FAILED' && job.attempts.at(-1)?.outcome === 'FAILED') this.judgeFailure(job, log, last, what)
  }

  private judgeFailure(job: Job, log: JobLog, last: SimulatedPod | undefined, what: string): void {
    if (last?.phase === 'Succeeded' && !this.meddled.has(job.jobId))
      this.violate('I15', `${what}, and its driver had succeeded`)
    const unseen = [...log.objects].find(object => !object.deleted && object.state !== 'FAILED')
    if (unseen !== undefined && unseen.identity.attempt === job.attempt && !this.rooms.isGivenUp(unseen))
      this.violate('I15', `${what} while ${unseen.name} is in the state "${unseen.state}"`)
  }

  paused(...stop: Parameters<RoomJudge['paused']>): void {
    this.rooms.paused(...stop)
  }

  repaired(...counter: Parameters<RoomJudge['counted']>): void {
    this.rooms.counted(...counter)
  }

  turnReserved(cluster: string, turn: number): void {
    this.turns.set(cluster, [...(this.turns.get(cluster) ?? []), turn])
  }

  created(application: SimulatedApplication, sentAt: number): void {
    const { identity, name, namespace, createdBy } = application
    const { jobId, attempt = 0 } = identity
    const job = jobId === undefined ? undefined : this.records.get(jobId)
    if (createdBy === 'outsider') {
      if (jobId !== undefined) this.meddled.add(jobId)
      return
    }
    if (job === undefined || jobId === undefined)
      return this.violate('I11', `${name} was created, and ${jobId ?? 'nobody'} has no record`)
    const log = this.logOf(jobId)
    this.judgeIdentity(application, job, log)
    log.objects.add(application)
    // A create that was on the wire when its attempt was given up.
    if (this.rooms.isGivenUp(application)) return
    this.judgeAgainstBefore(job, log, attempt, name)
    if (log.fencedAt !== undefined && sentAt > log.fencedAt + MAX_READ_AGE + this.settings.clockError)
      this.violate('I9', `${name} left ${sentAt - log.fencedAt} ms after the fence`)
    if (isTerminal(job.state)) {
      const invariant = job.stop === undefined ? 'I15' : 'I9'
      this.violate(invariant, `${name} was created after ${jobId} had become ${job.state}`)
    }
    const again = [...log.objects].find(object => object !== application && object.identity.attempt === attempt)
    if (again === undefined) {
      this.judgeTurns(application)
      this.rooms.created(application, job)
    } else if (sentAt > (log.deletedAt.get(again.uid) ?? 0) + MAX_READ_AGE && !this.isUnknowable(job, again))
      this.violate('I1', `${name} was created again`)
    if (namespace !== job.namespace) this.violate('I12', `${name} is in ${namespace}`)
  }

  /** Its create had no answer, and an outsider deleted it before the next question: nobody can tell that from none. */
  private isUnknowable(job: Job, { uid, identity }: SimulatedApplication): boolean {
    const attempt = job.attempts.find(({ number }) => number === identity.attempt)
    return attempt?.uid === undefined && this.takenAway.has(uid)
  }

  private judgeIdentity({ name, identity, cluster, namespace }: SimulatedApplication, job: Job, log: JobLog): void {
    const team = this.settings.platform.teams[job.team]
    if (identity.team !== job.team || identity.specHash !== job.specHash || log.submitting < (identity.attempt ?? 0))
      this.violate('I11', `${name} is not what the record of ${job.jobId} says (${job.state}/${job.attempt})`)
    if (team?.namespace !== namespace || !team.clusters.includes(cluster))
      this.violate('I12', `${name} is in ${cluster}/${namespace}`)
  }

  private judgeAgainstBefore(job: Job, log: JobLog, attempt: number, name: string): void {
    for (const object of log.objects) {
      if ((object.identity.attempt ?? 0) >= attempt) continue
      if (!object.deleted && !this.rooms.isGivenUp(object))
        this.violate('I8', `${name} was created while ${object.name} exists`)
    }
    const alive = log.drivers.find(
      pod => this.isHeld(pod) && isLive(pod) && (pod.application.identity.attempt ?? 0) < attempt,
    )
    if (alive !== undefined) this.violate('I8', `${name} was created while ${alive.name} lives (${job.state})`)
  }

  /** As many creates as turns whose time has come: a turn may be used late, never early. */
  private judgeTurns({ cluster, name }: SimulatedApplication): void {
    const offered = (this.offered.get(cluster) ?? 0) + 1
    this.offered.set(cluster, offered)
    // Who gave the turn and who uses it have clocks of their own.
    const latest = this.settings.now() + 2 * this.settings.clockError
    const given = (this.turns.get(cluster) ?? []).filter(turn => turn <= latest).length
    if (offered > given) this.violate('I17', `${name} is create ${offered}, and ${given} turns had come`)
  }

  deleted(application: SimulatedApplication, by: 'gateway' | 'outsider'): void {
    const { jobId } = application.identity
    if (jobId !== undefined) this.logOf(jobId).deletedAt.set(application.uid, this.settings.now())
    if (by === 'outsider') {
      this.takenAway.add(application.uid)
      if (jobId !== undefined) this.meddled.add(jobId)
    } else if (jobId === undefined || !this.records.has(jobId)) {
      const age = this.settings.now() - application.createdAt
      if (jobId === undefined || age < REPORTED_FOR)
        this.violate('I13', `${application.name} was deleted after ${age} ms, and it is nobody's job`)
    }
  }

  podStarted(pod: SimulatedPod): void {
    const { jobId } = pod.application.identity
    const job = jobId === undefined ? undefined : this.records.get(jobId)
    if (jobId === undefined || job === undefined) return
    const log = this.logOf(jobId)
    const other = log.drivers.find(each => isLive(each) && this.isHeld(each))
    if (other !== undefined && this.isHeld(pod) && pod.application.createdBy === 'gateway')
      this.violate('I2', `${pod.name} started while ${other.name} lives`)
    if (log.drivers.some(each => each.application === pod.application))
      this.violate('I16', `${pod.name} was started again`)
    if (isTerminal(job.state) && pod.application.createdBy === 'gateway' && this.isHeld(pod))
      this.violate(job.stop === undefined ? 'I15' : 'I9', `${pod.name} started after ${jobId} had become ${job.state}`)
    log.drivers.push(pod)
  }

  private isHeld({ application }: SimulatedPod): boolean {
    return !this.rooms.isGivenUp(application) && !this.rooms.isUnseen(application)
  }

  watchers(cluster: string, open: number): void {
    if (open > MAX_WATCHERS) this.violate('I14', `${open} watches of ${cluster} are open`)
  }

  /** A caller got this answer; `source` and `key` are its request's identity, `body` what it asked. */
  answered(source: string, key: string, body: string, answer: Submitted, stored: Job | undefined): void {
    if (answer.outcome !== 'accepted') return
    const { jobId } = answer.job
    if (stored === undefined) this.violate('I3', `${jobId} was accepted and is not recorded`)
    const id = `${answer.job.team} ${source} ${key}`
    const known = this.requests.get(id)
    if (known === undefined) this.requests.set(id, { jobId, body })
    else if (known.jobId !== jobId) this.violate('I4', `${id} is ${known.jobId} and ${jobId}`)
    else if (known.body !== body) this.violate('I5', `${id} was accepted with two bodies`)
  }

  /** Everything that was answered as accepted. */
  accepted(): readonly string[] {
    return [...new Set([...this.requests.values()].map(({ jobId }) => jobId))]
  }

  /** Whether a job of this id was ever recorded. */
  knows(jobId: string): boolean {
    return this.records.has(jobId)
  }

  /** The job's drivers, oldest first, and its objects. */
  seenOf(ref: JobRef): { readonly drivers: readonly SimulatedPod[]; readonly objects: Iterable<SimulatedApplication> } {
    return this.logOf(ref.jobId)
  }

  private logOf(jobId: string): JobLog {
    const log = this.logs.get(jobId) ?? {
      deletedAt: new Map(),
      objects: new Set(),
      drivers: [],
      submitting: 0,
      reopened: 0,
    }
    this.logs.set(jobId, log)
    return log
  }
}
