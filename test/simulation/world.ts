/**
 * The world of one run: services, clusters, functions and people on one virtual clock and one seed. The operations and the
 * edge of the functions are the real ones; everything they touch is simulated.
 */
import type { Job } from '../../shared/domain/job.ts'
import { isTerminal } from '../../shared/domain/job-state.ts'
import type { Platform } from '../../shared/domain/platform/platform.ts'
import type { FaultPlan, WorldFault } from './faults.ts'
import { Functions } from './functions.ts'
import { Judge } from './judge.ts'
import { People } from './people.ts'
import type { Services } from './ports-of-worker.ts'
import { Prng } from './prng.ts'
import { Scheduler } from './scheduler.ts'
import { SimulatedCluster } from './simulated-cluster.ts'
import type { ClusterListener, SimulatedApplication } from './simulated-cluster.ts'
import { SimulatedInbox } from './simulated-inbox.ts'
import { SimulatedOperator } from './simulated-operator.ts'
import type { DriverPlan, Pace } from './simulated-operator.ts'
import { SimulatedQueue } from './simulated-queue.ts'
import { SimulatedTable } from './simulated-table.ts'
import { Trace } from './trace.ts'
import type { Timing, WorkerWorld } from './worker.ts'

export interface WorldSettings {
  readonly platform: Platform
  readonly seed: number
  readonly plan: FaultPlan
  readonly timing: (prng: Prng) => Timing
  readonly pace: (prng: Prng) => Pace
  readonly planOf: (application: SimulatedApplication) => DriverPlan
  /** Chance that a message is delivered twice, and the largest delay besides the asked one (milliseconds). */
  readonly duplicateRate: number
  readonly maxJitter: number
  /** Largest deviation of a worker's clock, milliseconds. */
  readonly maxSkew: number
  /** Whether the change stream is read; scenarios that are about something else leave it out. */
  readonly notifies: boolean
  readonly keepTrace: boolean
  /** When usage was last recounted: a gateway that has been there for long. */
  readonly recountedSecondsAgo: number
  /** How long a cluster answers nobody. */
  readonly outageSeconds: number
  /** So many faults that a message may fail five times: then it must be in a dead-letter queue, and its job still ends. */
  readonly mayDie: boolean
}

/** Every run begins at the same time: 2026-11-21T12:00:00Z. */
export const START = 1_795_262_400_000
/** Milliseconds: the `Date` header of a quick answer names a second. */
const CLOCK_ERROR = 1_500
const VISIBILITY_SECONDS = { reconcile: 180, observe: 360, intake: 180 }

export class World implements WorkerWorld {
  readonly settings: WorldSettings
  readonly scheduler = new Scheduler(START)
  readonly trace: Trace
  readonly plan: FaultPlan
  readonly prng: Prng
  readonly timing: Timing
  readonly judge: Judge
  readonly table: SimulatedTable
  readonly services: Services
  readonly intake: SimulatedQueue
  readonly inbox: SimulatedInbox
  readonly clusters = new Map<string, SimulatedCluster>()
  readonly operators: SimulatedOperator[] = []
  readonly functions: Functions
  readonly people: People
  /** Jobs that are not over. */
  open = 0
  private readonly writeListeners: ((job: Job) => void)[] = []

  constructor(settings: WorldSettings) {
    this.settings = settings
    this.plan = settings.plan
    this.trace = new Trace(settings.keepTrace)
    this.prng = new Prng(settings.seed)
    this.timing = settings.timing(this.prng)
    const now = (): number => this.scheduler.now
    this.judge = new Judge({ platform: settings.platform, now, clockError: settings.maxSkew > 0 ? CLOCK_ERROR : 0 })
    this.functions = new Functions(this)
    this.table = new SimulatedTable(
      {
        jobWritten: (before, after, how) => this.jobWritten(before, after, how),
        turnReserved: (cluster, turn) => this.judge.turnReserved(cluster, turn),
        repaired: (owner, usage) => this.judge.repaired(owner, usage),
        paused: (scope, since) => this.judge.paused(scope, since),
      },
      now,
      { version: 1, waiting: {}, recountedAt: START - settings.recountedSecondsAgo * 1000 },
    )
    const { functions } = this
    this.inbox = new SimulatedInbox()
    this.intake = this.queue('intake', (messages, done) => functions.objectCreated(messages, done))
    this.services = {
      table: this.table,
      reconcile: this.queue('reconcile', (messages, done) => functions.reconcile(messages, done)),
      observe: this.queue('observe', (messages, done) => functions.observe(messages, done)),
      inbox: this.inbox,
      bus: this.inbox,
      archive: this.inbox,
    }
    for (const name of Object.keys(settings.platform.clusters)) this.addCluster(name)
    this.people = new People(this)
  }

  private queue(
    name: keyof typeof VISIBILITY_SECONDS,
    deliver: ConstructorParameters<typeof SimulatedQueue>[0]['deliver'],
  ) {
    const { duplicateRate, maxJitter } = this.settings
    const settings = { name, visibilitySeconds: VISIBILITY_SECONDS[name], deliver, duplicateRate, maxJitter }
    return new SimulatedQueue(settings, this.scheduler, this.prng)
  }

  private addCluster(name: string): void {
    const told = (text: string): void => this.trace.add(this.scheduler.now, `cluster ${name}: ${text}`)
    const listener: ClusterListener = {
      created: (application, sentAt) => {
        told(`${application.createdBy} created ${application.name} (${application.uid})`)
        this.judge.created(application, sentAt)
      },
      deleted: (application, by) => {
        told(`${by} deleted ${application.name} (${application.uid})`)
        this.judge.deleted(application, by)
      },
      podStarted: pod => {
        told(`driver ${pod.name} started`)
        this.judge.podStarted(pod)
      },
      watchers: (cluster, open) => this.judge.watchers(cluster, open),
    }
    const cluster = new SimulatedCluster(name, listener, this.scheduler)
    this.clusters.set(name, cluster)
    const { planOf, pace } = this.settings
    const onEnded = (pod: { readonly name: string; readonly phase: string }): void =>
      told(`driver ${pod.name} ended (${pod.phase})`)
    this.operators.push(
      new SimulatedOperator({ cluster, scheduler: this.scheduler, pace: pace(this.prng), planOf, onEnded }),
    )
  }

  clusterOf(name: string): SimulatedCluster {
    const cluster = this.clusters.get(name)
    if (cluster === undefined) throw new Error(`there is no cluster ${name}`)
    return cluster
  }

  /** Calls back after each write of a job. */
  onWrite(listener: (job: Job) => void): void {
    this.writeListeners.push(listener)
  }

  private jobWritten(before: Job | undefined, after: Job, how: 'created' | 'saved' | 'reopened'): void {
    const wasOpen = before !== undefined && !isTerminal(before.state)
    this.open += Number(!isTerminal(after.state)) - Number(wasOpen)
    this.judge.jobWritten(before, after, how)
    for (const cluster of new Set([before?.claim?.cluster, after.claim?.cluster])) {
      if (cluster !== undefined) this.judgeCounters(after.team, cluster)
    }
    if (this.settings.notifies) this.functions.changed(before, after)
    for (const listener of this.writeListeners) listener(after)
  }

  private judgeCounters(team: string, cluster: string): void {
    for (const owner of [{ kind: 'team', name: team } as const, { kind: 'cluster', name: cluster } as const])
      this.judge.rooms.counted(owner, this.table.admission.usageOf(owner))
  }

  worldFault(kind: WorldFault): void {
    switch (kind) {
      case 'cancel':
        for (const job of this.table.jobs()) this.people.cancel(job)
        return
      case 'second-worker':
        for (const { team, jobId } of this.table.jobs())
          this.services.reconcile.send(JSON.stringify({ version: 1, team, jobId }), 0)
        return
      case 'sweep':
        return this.functions.sweep()
      case 'operator-crash':
        for (const operator of this.operators) operator.crash()
        return
      case 'outage':
        for (const cluster of this.clusters.values())
          cluster.awayUntil = this.scheduler.now + this.settings.outageSeconds * 1000
        return
      case 'forget-history':
        for (const cluster of this.clusters.values()) cluster.forgetHistory()
        return
      case 'delete-object':
        return this.people.deleteObjects()
    }
  }

  /** Messages and events that failed too often. */
  deadLetters(): number {
    const { reconcile, observe } = this.services
    return reconcile.dead.length + observe.dead.length + this.intake.dead.length + this.functions.dead.length
  }

  /** Whether nothing is left to do: no open job, no message, nobody waiting for an answer. */
  isQuiet(): boolean {
    const { reconcile, observe } = this.services
    if (this.open > 0 || this.people.busy > 0 || !this.functions.isToldOut) return false
    return reconcile.messages.size === 0 && observe.messages.size === 0 && this.intake.messages.size === 0
  }
}
