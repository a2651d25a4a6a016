/** SparkCluster as one worker has it: each question is one effect on a simulated API server, with what Kubernetes may answer. */
import type { JsonObject } from '../../shared/domain/job-spec/canonical-spec.ts'
import type { ApplicationView } from '../../shared/domain/observed.ts'
import type { ClusterTrouble, CreateOutcome, SparkCluster } from '../../shared/operations/ports.ts'
import type { EffectName, FaultKind } from './faults.ts'
import type { SimulatedCluster } from './simulated-cluster.ts'
import { nameOf, viewOf } from './simulated-views.ts'
import type { Worker } from './worker.ts'

type Watched = Awaited<ReturnType<SparkCluster['watch']>>

/** A cut watch has seen so much of its time. */
const CUT_SHARE = 0.3

/** Told of each answer that reached the worker, with what it is about, and of each that says nothing. */
type OnAnswer = (cluster: string, about: string, saysSomething: boolean) => void

export class WorkerCluster implements SparkCluster {
  private readonly worker: Worker
  private readonly cluster: SimulatedCluster
  private readonly onAnswer: OnAnswer

  constructor(worker: Worker, cluster: SimulatedCluster, onAnswer: OnAnswer) {
    this.worker = worker
    this.cluster = cluster
    this.onAnswer = onAnswer
  }

  /** An effect that a cluster which is away does not see, however the client fares. */
  private ask<T>(
    effect: EffectName,
    about: string,
    apply: () => T,
    more: (kind: FaultKind) => T | undefined = () => undefined,
  ): Promise<T | ClusterTrouble> {
    const answer = this.worker.do<T | ClusterTrouble>({
      effect,
      about,
      apply: () => (this.cluster.isAway ? AWAY : apply()),
      trouble: kind => (this.cluster.isAway ? AWAY : (more(kind) ?? troubleOf(kind))),
    })
    return answer.then(result => {
      const { outcome } = result as { readonly outcome: string }
      this.onAnswer(this.cluster.name, about, outcome !== 'unavailable' && outcome !== 'denied')
      return result
    })
  }

  create(namespace: string, object: JsonObject): Promise<CreateOutcome> {
    const sentAt = this.worker.world.scheduler.now
    const name = nameOf(object)
    return this.ask<CreateOutcome>(
      'cluster.create',
      name,
      () => this.cluster.create(namespace, object, sentAt, 'gateway'),
      kind =>
        kind === 'refused' ? { outcome: 'refused', message: 'admission webhook "x" denied the request' } : undefined,
    )
  }

  get(namespace: string, name: string) {
    return this.ask('cluster.get', name, () => {
      const found = this.cluster.get(namespace, name)
      return found === undefined
        ? { outcome: 'absent' as const }
        : { outcome: 'found' as const, application: viewOf(found) }
    })
  }

  listPods(namespace: string, name: string) {
    return this.ask('cluster.listPods', name, () => ({
      outcome: 'listed' as const,
      pods: this.cluster.podsOf(namespace, name),
    }))
  }

  listExecutorFailures(_namespace: string, name: string) {
    return this.ask('cluster.listExecutorFailures', name, () => ({ outcome: 'listed' as const, messages: [] }))
  }

  delete(namespace: string, name: string, uid: string) {
    return this.ask('cluster.delete', name, () => this.cluster.delete(namespace, name, uid, 'gateway'))
  }

  list(page: { readonly limit: number; readonly continueFrom?: string }) {
    const read = () => {
      const { applications, ...listed } = this.cluster.list()
      const start = Number(page.continueFrom ?? 0)
      const end = start + page.limit
      return {
        ...listed,
        applications: applications.slice(start, end),
        ...(end < applications.length && { continueFrom: String(end) }),
      }
    }
    // A stale list is older, and so is the place from which the watch goes on.
    const before = read()
    return this.ask<typeof before | { outcome: 'expired' }>('cluster.list', this.cluster.name, read, kind =>
      kind === 'expired' ? { outcome: 'expired' } : kind === 'stale' ? before : undefined,
    )
  }

  watch(from: string, seconds: number, onChange: (application: ApplicationView) => void): Promise<Watched> {
    const { worker, cluster } = this
    const { scheduler, timing } = worker.world
    return new Promise(resolve => {
      if (worker.dead) return
      const kind = worker.faultAt('cluster.watch', `${cluster.name} from ${from} for ${seconds} s`)
      const answer = (delay: number, outcome: () => Watched): void =>
        scheduler.after(delay, () => {
          const result = outcome()
          if (worker.dead) return
          scheduler.disturb()
          resolve(result)
        })
      if (kind === 'kill') return scheduler.after(seconds * 500, () => worker.die('killed during its watch'))
      if (kind === 'fail') return answer(timing.latency(), () => ({ ...troubleOf(kind), resourceVersion: from }))
      if (kind === 'expired') return answer(timing.latency(), () => ({ outcome: 'expired' }))
      if (cluster.isAway) return answer(timing.latency(), () => ({ ...AWAY, resourceVersion: from }))
      scheduler.after(timing.latency(), () => this.stream(Number(from), seconds, kind, onChange, answer))
    })
  }

  private stream(
    from: number,
    seconds: number,
    kind: FaultKind | undefined,
    onChange: (application: ApplicationView) => void,
    answer: (delay: number, outcome: () => Watched) => void,
  ): void {
    const { worker, cluster } = this
    const changed = changesOf(onChange)
    const opened = cluster.watch(from, ({ view, deleted }) => {
      if (kind === 'deaf' || worker.dead) return
      worker.world.scheduler.disturb()
      changed(view, deleted)
    })
    if (opened === undefined) return answer(0, () => ({ outcome: 'expired' }))
    const milliseconds = seconds * 1000 * (kind === 'cut' ? CUT_SHARE : 1)
    answer(milliseconds, () => {
      const resourceVersion = String(opened.close())
      if (kind === 'deaf') return { ...troubleOf(kind), resourceVersion: String(from) }
      return kind === 'cut' ? { ...troubleOf(kind), resourceVersion } : { outcome: 'ended', resourceVersion }
    })
  }
}

/** As the adapter filters: a job is looked at when its state or its object's id changed. */
function changesOf(
  onChange: (application: ApplicationView) => void,
): (view: ApplicationView, deleted: boolean) => void {
  const seen = new Map<string, string>()
  return (view, deleted) => {
    const state = deleted ? 'deleted' : view.operatorState
    if (seen.get(view.uid) === state || (state === '' && !seen.has(view.uid))) return
    seen.set(view.uid, state)
    onChange(view)
  }
}

const AWAY: ClusterTrouble = { outcome: 'unavailable', message: 'The cluster does not answer.' }

const troubleOf = (kind: FaultKind): ClusterTrouble =>
  kind === 'denied'
    ? { outcome: 'denied', message: 'The cluster refuses the gateway (HTTP 403): forbidden' }
    : { outcome: 'unavailable', message: `The cluster answered HTTP 429 or nothing (${kind}).` }
