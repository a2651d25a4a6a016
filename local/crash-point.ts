/**
 * Crash points: counts the effects of one job on the world (writes, messages, creates and deletes) and kills this process
 * with SIGKILL at a chosen one, before it happens or after it has. The crash test wraps the gateway's ports in it; nothing
 * else does. Reads of table and cluster are not counted: they leave nothing behind, so that a crash there leaves the world
 * as the crash after the effect before.
 */
import { appendFileSync } from 'node:fs'
import type { SparkCluster, SparkClusters } from '../shared/operations/ports.ts'

/**
 * The `occurrence`-th effect of this name, from 1. By name, because the order of effects of concurrent functions is not the
 * same twice. `after`: it took effect, and nobody heard the answer.
 */
export interface CrashPoint {
  /** `port.method`. */
  readonly effect: string
  readonly occurrence: number
  readonly when: 'before' | 'after'
}

/** Which effects count: those that mention `about`, and from the first of them on those of the cluster's observation. */
export interface CrashOrder {
  /** A text that only the watched job's first effect has: its name, its inbox key, its scheduled time or its id. */
  readonly about: string
  /** Absent: only count. */
  readonly point?: CrashPoint
}

/** One line of the effects file. */
export interface EffectRecord {
  readonly about: string
  /** `port.method`. */
  readonly effect: string
  readonly occurrence: number
  /** Set on the last line of a process that was killed here. */
  readonly died?: CrashPoint['when']
}

export interface EffectCounter {
  /** For GatewayOptions.wrap. */
  wrap<Deps extends object>(deps: Deps): Deps
  /** Starts counting again, for another job. */
  arm(order: CrashOrder): void
}

/** Counts into `effectsFile`, a JSON line an effect, written before the effect so that it outlives the process. */
export function crashAt(effectsFile: string): EffectCounter {
  let order: CrashOrder | undefined
  let mentions: string[] = []
  let counts = new Map<string, number>()

  const isWatched = (effect: string, given: readonly unknown[]): boolean => {
    const text = JSON.stringify(given)
    const mentioned = mentions.some(mention => text.includes(mention))
    const { jobId } = (given[0] ?? {}) as { readonly jobId?: unknown }
    if (mentioned && typeof jobId === 'string' && !mentions.includes(jobId)) mentions.push(...textsOf(jobId))
    return mentioned || (counts.size > 0 && OF_THE_CLUSTER.includes(effect))
  }
  const meet = async (port: string, method: string, given: readonly unknown[], effect: () => Promise<unknown>) => {
    const name = `${port}.${method}`
    if (order === undefined || !isWatched(name, given)) return effect()
    const occurrence = (counts.get(name) ?? 0) + 1
    counts.set(name, occurrence)
    const { point } = order
    const dies = point?.effect === name && point.occurrence === occurrence ? point.when : undefined
    const record: EffectRecord = {
      about: order.about,
      effect: name,
      occurrence,
      ...(dies && { died: dies }),
    }
    appendFileSync(effectsFile, `${JSON.stringify(record)}\n`)
    if (dies === 'before') return die()
    try {
      return await effect()
    } finally {
      if (dies === 'after') await die()
    }
  }
  return {
    wrap: deps => wrapPorts(deps, meet),
    arm(next) {
      order = next
      mentions = textsOf(next.about)
      counts = new Map()
    },
  }
}

/** `before:cluster.create#2`; throws for anything else. */
export function parseCrashPoint(text: string): CrashPoint {
  const [, when, effect, occurrence] = /^(before|after):([a-zA-Z]+\.[a-zA-Z]+)#([1-9]\d{0,5})$/.exec(text) ?? []
  if (effect === undefined)
    throw new Error(`a crash point is before:PORT.METHOD#N or after:…, not ${JSON.stringify(text)}`)
  return { when: when === 'before' ? 'before' : 'after', effect, occurrence: Number(occurrence) }
}

type Meet = (
  port: string,
  method: string,
  given: readonly unknown[],
  effect: () => Promise<unknown>,
) => Promise<unknown>

/** What counts as an effect, by port. */
const EFFECTS: Readonly<Record<string, readonly string[]>> = {
  store: ['create', 'save', 'postpone', 'reserveTurn'],
  observers: ['advance'],
  reconcileQueue: ['send'],
  observeQueue: ['send'],
  inbox: ['read', 'writeReport'],
  bus: ['publish'],
  cluster: ['create', 'delete'],
}
/** They carry the cluster's name and no job's. */
const OF_THE_CLUSTER: readonly string[] = ['observers.advance', 'observeQueue.send', 'store.reserveTurn']

/** A job id also stands for the object names that are made of it (see objectNameFor). */
const textsOf = (text: string): string[] => (/^j[a-z2-7]{24}$/.test(text) ? [text, text.slice(1, 13)] : [text])

function wrapPorts<Deps extends object>(deps: Deps, meet: Meet): Deps {
  const wrapped = Object.entries(deps).map(([name, port]: [string, object]) =>
    name === 'clusters' ? [name, wrapClusters(port as SparkClusters, meet)] : [name, wrapPort(name, port, meet)],
  )
  return Object.fromEntries(wrapped) as Deps
}

const wrapClusters = (clusters: SparkClusters, meet: Meet): SparkClusters => ({
  of: name => wrapPort<SparkCluster>('cluster', clusters.of(name), meet),
})

function wrapPort<Port extends object>(name: string, port: Port, meet: Meet): Port {
  const counted = EFFECTS[name] ?? []
  return new Proxy(port, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target)
      if (typeof member !== 'function') return member
      const method = member as (...given: unknown[]) => Promise<unknown>
      if (typeof key !== 'string' || !counted.includes(key)) return method.bind(target)
      return (...given: unknown[]) => meet(name, key, given, () => method.apply(target, given))
    },
  })
}

/** Never resolves: nothing may happen between the signal and the end. */
function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => undefined)
}
