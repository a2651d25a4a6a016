/**
 * One invocation of a function, and its effects. Each effect is a request that travels, takes place in the service, and is
 * answered; at each the plan may put a fault. A dead worker's answers reach nobody, and its requests on the wire still arrive.
 */
import { CorrectedClock } from '../../shared/runtime/corrected-clock.ts'
import { isWorldFault } from './faults.ts'
import type { EffectName, FaultKind, FaultPlan, WorldFault } from './faults.ts'
import type { Scheduler } from './scheduler.ts'
import type { Trace } from './trace.ts'

/** What workers share. */
export interface WorkerWorld {
  readonly scheduler: Scheduler
  readonly trace: Trace
  readonly plan: FaultPlan
  readonly timing: Timing
  worldFault(kind: WorldFault, by: Worker): void
}

/** Milliseconds; fixed in exhaustive mode, drawn in random mode. */
export interface Timing {
  readonly latency: () => number
  readonly slow: () => number
  /** From a client's time-out until its request takes effect after all; at most 15 s (engine-settings.ts). */
  readonly late: () => number
  readonly staleness: () => number
  /** How old what an index shows is when nothing is wrong; under the fault `stale` it is `staleness`. */
  readonly indexLag: () => number
}

export interface Effect<T> {
  readonly effect: EffectName
  /** For the trace. */
  readonly about: string
  /** Takes place in the service; may throw what the service throws. */
  readonly apply: () => T
  /** The answer to a fault: what the adapter makes of it, or a throw. */
  readonly trouble: (kind: FaultKind) => T
}

/** The Kubernetes client's time-out (config.ts). */
const CLIENT_TIMEOUT = 10_000

export class Worker {
  readonly label: string
  /** Milliseconds that its machine's clock is ahead. */
  readonly skew: number
  readonly startedAt: number
  readonly limitSeconds: number
  dead = false
  readonly world: WorkerWorld
  onDeath: (() => void) | undefined
  private readonly clock = new CorrectedClock(() => this.own())

  constructor(world: WorkerWorld, label: string, limitSeconds: number, skew: number) {
    this.world = world
    this.label = label
    this.limitSeconds = limitSeconds
    this.skew = skew
    this.startedAt = world.scheduler.now
  }

  /** As the functions have it: corrected by what AWS says. */
  now(): number {
    return this.clock.now()
  }

  private own(): number {
    return this.world.scheduler.now + this.skew
  }

  die(why: string): void {
    if (this.dead) return
    this.dead = true
    this.world.trace.add(this.world.scheduler.now, `${this.label} dies: ${why}`)
    this.onDeath?.()
  }

  /** Does one effect; never resolves when the worker is dead by the time of the answer. */
  do<T>(effect: Effect<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.dead) return
      const kind = this.faultAt(effect.effect, effect.about)
      // A world fault may have killed us.
      if (this.dead) return
      const sentAt = this.own()
      const answer: Answer<T> = (delay, outcome, answeredAt) =>
        this.world.scheduler.after(delay, () => {
          if (this.dead) return
          this.world.scheduler.disturb()
          if (answeredAt !== undefined && this.skew !== 0 && SAYS_TIME.test(effect.effect))
            this.clock.observe(new Date(answeredAt).toUTCString(), sentAt)
          try {
            resolve(outcome())
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)))
          }
        })
      travel(this, effect, kind, answer)
    })
  }

  /** The fault at the next effect; what the world does at this moment happens at once. */
  faultAt(effect: EffectName, about: string): FaultKind | undefined {
    const { world } = this
    const { index, kind } = world.plan.next(effect)
    const mark = kind === undefined ? '' : ` ✗ ${kind}`
    world.trace.add(world.scheduler.now, `#${index} ${this.label} ${effect} ${about}${mark}`)
    if (kind === undefined || !isWorldFault(kind)) return kind
    world.worldFault(kind, this)
    return undefined
  }
}

/** DynamoDB's answers are those whose time is believed. */
const SAYS_TIME = /^(store|admission|observers)\./

/** `answeredAt`: when the service answered; absent where none does. */
type Answer<T> = (delay: number, outcome: () => T, answeredAt?: number) => void

function travel<T>(worker: Worker, effect: Effect<T>, kind: FaultKind | undefined, answer: Answer<T>): void {
  const { scheduler, timing } = worker.world
  const there = timing.latency()
  const back = timing.latency()
  const arrive = (then: (outcome: () => T, at: number) => void): void =>
    scheduler.after(there, () => then(attempt(effect.apply), scheduler.now))
  const trouble = (): T => effect.trouble(kind as FaultKind)
  switch (kind) {
    case undefined:
      return arrive((outcome, at) => answer(back, outcome, at))
    case 'slow':
      return arrive((outcome, at) => answer(timing.slow(), outcome, at))
    case 'held':
      return scheduler.after(timing.slow(), () => answer(back, attempt(effect.apply), scheduler.now))
    case 'lost':
      return arrive(() => answer(back, trouble))
    case 'repeat':
      return arrive((_first, at) => answer(back, attempt(effect.apply), at))
    case 'kill':
      return arrive(() => worker.die(`killed after ${effect.effect}`))
    case 'late':
      scheduler.after(CLIENT_TIMEOUT + timing.late(), () => void attempt(effect.apply))
      return answer(CLIENT_TIMEOUT, trouble)
    default:
      return answer(there + back, trouble)
  }
}

function attempt<T>(apply: () => T): () => T {
  try {
    const value = apply()
    return () => value
  } catch (error) {
    return () => {
      throw error
    }
  }
}
