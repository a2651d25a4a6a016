/**
 * What can go wrong at each effect, and the plans that say when: one or two chosen faults (exhaustive mode), or faults by
 * chance at rates that differ from seed to seed (so that some runs see much of one kind and nothing of another).
 */
import { Prng } from './prng.ts'

export type FaultKind =
  /** Refused or cut before it took effect. */
  | 'fail'
  /** Took effect, and the answer was lost. */
  | 'lost'
  /** The client gave up at its time-out; it takes effect long after. */
  | 'late'
  /** The answer comes seconds after it was true. */
  | 'slow'
  /** It arrives seconds late: a client that waits, or repeats what was throttled. */
  | 'held'
  /** Done twice: the SDK repeated it, or SQS delivers it again. */
  | 'repeat'
  /** Taken, and never delivered: rule 8 of the crash table says that this only costs time. */
  | 'drop'
  /** It took effect, and the worker died before it learned of it. */
  | 'kill'
  /** An index or a list of some seconds ago. */
  | 'stale'
  /** 410: the place in the watch or list is forgotten. */
  | 'expired'
  /** 403 by RBAC. */
  | 'denied'
  /** 403 by a webhook, whatever exists already. */
  | 'refused'
  /** The watch ends in the middle. */
  | 'cut'
  /** The connection is half open: nothing comes until the end. */
  | 'deaf'

/** What the world does at the moment of an effect, whoever's effect it is. */
export type WorldFault =
  'cancel' | 'second-worker' | 'sweep' | 'operator-crash' | 'outage' | 'forget-history' | 'delete-object'

const READ = ['fail', 'slow', 'kill'] as const
const WRITE = ['fail', 'lost', 'held', 'repeat', 'kill'] as const
const SEND = ['fail', 'lost', 'repeat', 'drop', 'kill'] as const
const INDEX = ['fail', 'stale', 'kill'] as const

/** Every effect of an operation, with the faults that its service can have. */
export const EFFECTS = {
  'store.create': WRITE,
  'store.get': READ,
  'store.getSpec': READ,
  'store.save': WRITE,
  'store.reopen': WRITE,
  'store.list': INDEX,
  'store.listDue': INDEX,
  'store.postpone': WRITE,
  'store.hasActiveJobs': INDEX,
  'store.listActive': INDEX,
  'store.listDependents': READ,
  'store.reserveTurn': WRITE,
  'admission.listLanes': INDEX,
  'admission.countAhead': INDEX,
  'admission.readUsage': READ,
  'admission.readRooms': READ,
  'admission.admit': WRITE,
  'admission.repairUsage': WRITE,
  'admission.getPlan': READ,
  'admission.savePlan': WRITE,
  'admission.listPauses': READ,
  'admission.putPause': WRITE,
  'admission.deletePause': WRITE,
  'admission.noteTrouble': WRITE,
  'observers.get': READ,
  'observers.advance': WRITE,
  'observers.noteOrphan': WRITE,
  'reconcileQueue.send': SEND,
  'reconcileQueue.askForPass': SEND,
  'reconcileQueue.askForRemoval': SEND,
  'observeQueue.send': SEND,
  'cluster.create': ['fail', 'lost', 'late', 'refused', 'denied', 'kill'],
  'cluster.get': ['fail', 'slow', 'denied', 'kill'],
  'cluster.listPods': READ,
  'cluster.listExecutorFailures': READ,
  'cluster.delete': ['fail', 'lost', 'late', 'kill'],
  'cluster.list': ['fail', 'expired', 'stale', 'kill'],
  'cluster.watch': ['fail', 'expired', 'cut', 'deaf', 'kill'],
  /** It tells nobody of its failures. */
  'log.keep': ['slow', 'kill'],
  'inbox.read': READ,
  'inbox.writeReport': WRITE,
  'bus.publish': WRITE,
  'archive.write': WRITE,
} as const satisfies Record<string, readonly FaultKind[]>

export type EffectName = keyof typeof EFFECTS

/**
 * The kinds that pairs are made of. To the world, an operation whose effect throws and one whose worker dies there are the same
 * (the message comes again after its visibility), and a failure before an effect is a death after the one before; the
 * singles try all kinds all the same.
 */
export const PAIR_KINDS: Readonly<Record<EffectName, readonly FaultKind[]>> = {
  'store.create': ['repeat', 'kill'],
  'store.get': ['slow', 'kill'],
  'store.getSpec': ['slow', 'kill'],
  'store.save': ['held', 'repeat', 'kill'],
  'store.reopen': ['repeat', 'kill'],
  'store.list': ['kill'],
  'store.listDue': ['kill'],
  'store.postpone': ['kill'],
  'store.hasActiveJobs': ['kill'],
  'store.listActive': ['kill'],
  'store.listDependents': ['kill'],
  'store.reserveTurn': ['kill'],
  'admission.listLanes': ['stale', 'kill'],
  'admission.countAhead': ['kill'],
  'admission.readUsage': ['kill'],
  'admission.readRooms': ['slow', 'kill'],
  'admission.admit': ['repeat', 'kill'],
  'admission.repairUsage': ['kill'],
  'admission.getPlan': ['slow', 'kill'],
  'admission.savePlan': ['repeat', 'kill'],
  'admission.listPauses': ['kill'],
  'admission.putPause': ['kill'],
  'admission.deletePause': ['kill'],
  'admission.noteTrouble': ['kill'],
  'observers.get': ['kill'],
  'observers.advance': ['kill'],
  'observers.noteOrphan': ['kill'],
  'reconcileQueue.send': ['repeat', 'drop', 'kill'],
  'reconcileQueue.askForPass': ['repeat', 'drop', 'kill'],
  'reconcileQueue.askForRemoval': ['repeat', 'drop', 'kill'],
  'observeQueue.send': ['repeat', 'drop', 'kill'],
  'cluster.create': ['fail', 'lost', 'late', 'refused', 'kill'],
  'cluster.get': ['fail', 'slow'],
  'cluster.listPods': ['fail', 'slow'],
  'cluster.listExecutorFailures': ['fail'],
  'cluster.delete': ['lost', 'late', 'kill'],
  'cluster.list': ['expired', 'stale', 'kill'],
  'cluster.watch': ['expired', 'cut', 'deaf', 'kill'],
  'log.keep': ['slow', 'kill'],
  'inbox.read': ['kill'],
  'inbox.writeReport': ['kill'],
  'bus.publish': ['kill'],
  'archive.write': ['kill'],
}

/** What a service throws because the plan says so. */
export class InjectedError extends Error {
  override readonly name = 'InjectedError'
}

export interface PlannedFault {
  /** Index of the effect in the run, from 0. */
  readonly at: number
  readonly kind: FaultKind | WorldFault
}

export interface FaultPlan {
  /** Index and fault, if any, of the next effect. */
  next(effect: EffectName): { readonly index: number; readonly kind: FaultKind | WorldFault | undefined }
  /** The faults that were injected so far. */
  readonly injected: readonly PlannedFault[]
  /** The effects so far, in order. */
  readonly effects: readonly EffectName[]
}

abstract class CountingPlan implements FaultPlan {
  readonly injected: PlannedFault[] = []
  readonly effects: EffectName[] = []

  next(effect: EffectName) {
    const index = this.effects.push(effect) - 1
    const kind = this.decide(index, effect)
    if (kind !== undefined) this.injected.push({ at: index, kind })
    return { index, kind }
  }

  protected abstract decide(index: number, effect: EffectName): FaultKind | WorldFault | undefined
}

/** Exactly these faults; one whose kind the effect at its index cannot have does nothing. */
export class ChosenFaults extends CountingPlan {
  private readonly faults: ReadonlyMap<number, FaultKind | WorldFault>

  constructor(faults: readonly PlannedFault[]) {
    super()
    this.faults = new Map(faults.map(({ at, kind }) => [at, kind]))
  }

  protected decide(index: number, effect: EffectName): FaultKind | WorldFault | undefined {
    const kind = this.faults.get(index)
    return kind === undefined || isWorldFault(kind) || applies(effect, kind) ? kind : undefined
  }
}

/** Faults by chance until `stop()`: each seed has a subset of kinds and a rate of its own. */
export class RandomFaults extends CountingPlan {
  private readonly prng: Prng
  private readonly rate: number
  private readonly worldRate: number
  private readonly kinds: ReadonlySet<FaultKind>
  private stopped = false

  constructor(seed: number) {
    super()
    this.prng = new Prng(seed ^ 0x5bd1e995)
    this.rate = this.prng.pick(RATES)
    this.worldRate = this.prng.pick(WORLD_RATES)
    this.kinds = new Set(ALL_KINDS.filter(() => this.prng.chance(KIND_SHARE)))
  }

  stop(): void {
    this.stopped = true
  }

  protected decide(_index: number, effect: EffectName): FaultKind | WorldFault | undefined {
    if (this.stopped) return undefined
    if (this.prng.chance(this.worldRate)) return this.prng.pick(RANDOM_WORLD_FAULTS)
    if (!this.prng.chance(this.rate)) return undefined
    const kind: FaultKind = this.prng.pick(EFFECTS[effect])
    return this.kinds.has(kind) ? kind : undefined
  }
}

export const isWorldFault = (kind: FaultKind | WorldFault): kind is WorldFault => WORLD_FAULTS.has(kind)

const applies = (effect: EffectName, kind: FaultKind): boolean =>
  (EFFECTS[effect] as readonly FaultKind[]).includes(kind)

/** Share of effects that are hit: from hardly any to a bad day. */
const RATES = [0, 0.01, 0.03, 0.08, 0.15]
const WORLD_RATES = [0, 0.001, 0.003]
/** Chance that a seed knows a kind at all. */
const KIND_SHARE = 0.7
const ALL_KINDS = [...new Set(Object.values(EFFECTS).flatMap((kinds): readonly FaultKind[] => kinds))]
const WORLD_FAULTS: ReadonlySet<string> = new Set<WorldFault>([
  'cancel',
  'second-worker',
  'sweep',
  'operator-crash',
  'outage',
  'forget-history',
  'delete-object',
])
/** Cancels and deletions come from the people of a run, not by chance. */
const RANDOM_WORLD_FAULTS: readonly WorldFault[] = [
  'second-worker',
  'sweep',
  'operator-crash',
  'outage',
  'forget-history',
]
