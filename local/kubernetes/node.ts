/**
 * The one node of the embedded cluster: scheduler, kubelet and garbage collector. Each pod has a run (pod-run.ts); a step
 * looks at the pod, does one thing and answers with the next step and its delay (pod-steps.ts).
 */
import { randomBytes } from 'node:crypto'
import type { ClusterClock } from './cluster-clock.ts'
import type { ClusterEvents } from './cluster-events.ts'
import type { Pod, SparkApplication } from './kubernetes-object.ts'
import { hasEnded } from './kubernetes-object.ts'
import type { NodeCapacity, Quota } from './node-capacity.ts'
import type { ObjectStore } from './object-store.ts'
import { deleting, disrupted } from './pod-status.ts'
import type { PodLogs } from './pod-logs.ts'
import { runKey } from './pod-run.ts'
import type { NextStep, PodRun } from './pod-run.ts'
import { POD_STEPS } from './pod-steps.ts'
import type { RealDrivers } from './real-driver.ts'
import { planDriver } from './simulated-driver.ts'
import type { ContainerExit } from './simulated-driver.ts'

export interface NodeParts {
  readonly store: ObjectStore
  readonly clock: ClusterClock
  readonly events: ClusterEvents
  readonly logs: PodLogs
  readonly capacity: NodeCapacity
  readonly quotas: Map<string, Quota>
  /** Undefined: every driver is simulated. */
  readonly real: RealDrivers | undefined
}

const SCHEDULE_SECONDS = 0.006
/** From SIGTERM to the second status update that says so. */
const KILL_BEGUN_SECONDS = 0.012
/** The garbage collector looks this long after the owner went. */
const COLLECT_SECONDS = 0.015
const KILLED: ContainerExit = { code: 143, reason: 'Error' }

export class EmbeddedNode {
  readonly parts: NodeParts
  readonly #timers = new Map<string, () => void>()
  readonly #unsubscribe: () => void

  constructor(parts: NodeParts) {
    this.parts = parts
    this.#unsubscribe = parts.store.subscribe('sparkapplications', change => {
      const gone = change.type === 'DELETED' || change.object.metadata.deletionTimestamp !== undefined
      if (gone) parts.clock.after(COLLECT_SECONDS, () => this.#collect(change.object))
    })
  }

  /** Takes over a pod that was just created. */
  adopt(pod: Pod, app: SparkApplication, role: 'driver' | 'executor'): void {
    const prefix = `${planDriver(app.spec).appName ?? app.metadata.name}-${randomBytes(8).toString('hex')}`
    const { uid, namespace, name } = pod.metadata
    const run: PodRun = {
      uid,
      namespace,
      name,
      role,
      app: app.metadata.name,
      step: 'schedule',
      configMaps: role === 'executor',
      tries: 0,
      askedExecutors: 0,
      executorPrefix: prefix,
    }
    this.#plan(run, { step: 'schedule', afterSeconds: SCHEDULE_SECONDS })
  }

  /** spark-submit has made the driver's ConfigMaps. */
  confirmConfigMaps(uid: string): void {
    const run = this.#run(uid)
    if (run !== undefined) this.parts.store.setRecord(runKey(uid), { ...run, configMaps: true })
  }

  /** After a restart: goes on with every pod; real drivers lost their process and count as drained away. */
  resume(): void {
    for (const [key, value] of this.parts.store.records()) {
      if (!key.startsWith('run/')) continue
      const run = value as PodRun
      if (run.process !== undefined) this.#loseRealDriver(run)
      else if (run.dueAt !== undefined) this.#arm(run, run.dueAt - Date.now())
    }
    for (const pod of this.parts.store.list('pods')) this.#collectOrphan(pod)
  }

  /** Deletes a pod as the API does: ended and unscheduled ones at once, others with SIGTERM and `exit`. */
  deletePod(namespace: string, name: string, exit: ContainerExit = KILLED): void {
    const { store, clock, events, real } = this.parts
    const pod = store.get('pods', namespace, name)
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return
    const run = this.#run(pod.metadata.uid)
    if (run === undefined || hasEnded(pod) || pod.spec.nodeName === undefined) {
      this.removePod(pod)
      return
    }
    store.update('pods', namespace, name, old => deleting(old, old.spec.terminationGracePeriodSeconds, clock.now()))
    if (pod.status.phase === 'Running')
      events.kubelet(pod, 'Normal', 'Killing', `Stopping container ${pod.spec.containers[0].name}`)
    real?.kill(pod.metadata.uid)
    this.#plan(run, { step: 'kill-begun', afterSeconds: KILL_BEGUN_SECONDS, killExit: exit })
  }

  /** A drain: the pod says that it was disrupted, and is deleted. */
  drainPod(namespace: string, name: string): void {
    const { store, clock } = this.parts
    store.update('pods', namespace, name, pod => disrupted(pod, clock.now()))
    this.deletePod(namespace, name)
  }

  /** Pods that name this uid as an owner, oldest first: of a driver its executors, of an application all its pods. */
  podsOwnedBy(ownerUid: string, namespace: string): Pod[] {
    const owned = (pod: Pod): boolean => pod.metadata.ownerReferences?.some(owner => owner.uid === ownerUid) === true
    return this.parts.store.find('pods', namespace, owned)
  }

  /** Takes the pod out of the store, with its log and its run. */
  removePod(pod: Pod): void {
    const { store, clock, logs } = this.parts
    const { namespace, name, uid } = pod.metadata
    store.update('pods', namespace, name, old => deleting(old, 0, clock.now()))
    this.#disarm(uid)
    store.setRecord(runKey(uid), undefined)
    logs.remove(uid)
    store.remove('pods', namespace, name)
    for (const executor of this.podsOwnedBy(uid, namespace)) this.#collectOrphan(executor)
  }

  /** A real process has ended: goes on with `next`, unless the pod is being deleted, which goes its own way. */
  continueWith(uid: string, next: NextStep): void {
    const run = this.#run(uid)
    if (run === undefined) return
    const { process: _ended, ...rest } = run
    const deleting = this.parts.store.get('pods', run.namespace, run.name)?.metadata.deletionTimestamp !== undefined
    if (deleting) this.parts.store.setRecord(runKey(uid), rest)
    else this.#plan(rest, next)
  }

  close(): void {
    this.#unsubscribe()
    for (const uid of this.#timers.keys()) this.#disarm(uid)
  }

  #run(uid: string): PodRun | undefined {
    return this.parts.store.record(runKey(uid)) as PodRun | undefined
  }

  #plan(run: PodRun, next: NextStep): void {
    const { afterSeconds, ...changes } = next
    const { dueAt: _old, ...kept } = run
    const delayMs = afterSeconds === undefined ? undefined : this.parts.clock.realMilliseconds(afterSeconds)
    const planned: PodRun = { ...kept, ...changes, ...(delayMs === undefined ? {} : { dueAt: Date.now() + delayMs }) }
    this.parts.store.setRecord(runKey(run.uid), planned)
    if (delayMs === undefined) this.#disarm(run.uid)
    else this.#arm(planned, delayMs)
  }

  #arm(run: PodRun, delayMs: number): void {
    this.#disarm(run.uid)
    const cancel = this.parts.clock.afterReal(delayMs, () => {
      this.#timers.delete(run.uid)
      this.#advance(run.uid)
    })
    this.#timers.set(run.uid, cancel)
  }

  #disarm(uid: string): void {
    this.#timers.get(uid)?.()
    this.#timers.delete(uid)
  }

  #advance(uid: string): void {
    const run = this.#run(uid)
    if (run === undefined) return
    const early = (run.dueAt ?? 0) - Date.now()
    if (early > 1000) {
      this.#arm(run, early)
      return
    }
    const pod = this.parts.store.get('pods', run.namespace, run.name)
    if (pod?.metadata.uid !== uid) {
      this.parts.store.setRecord(runKey(uid), undefined)
      return
    }
    const next = POD_STEPS[run.step](this, run, pod)
    if (next !== undefined) this.#plan(run, next)
  }

  #loseRealDriver(run: PodRun): void {
    this.parts.real?.endLeftover(run.process)
    const { process: _gone, ...rest } = run
    this.parts.store.setRecord(runKey(run.uid), rest)
    this.drainPod(run.namespace, run.name)
  }

  /** The application is gone (or waits for its dependents): its pods go by their ownerReferences. */
  #collect(app: SparkApplication): void {
    const { store } = this.parts
    const { uid, namespace, name } = app.metadata
    const owned = this.podsOwnedBy(uid, namespace)
    for (const pod of owned) this.#dropOwner(pod, uid)
    const left = store.get('sparkapplications', namespace, name)
    if (left?.metadata.uid !== uid) return
    const waits = owned.some(pod => store.get('pods', namespace, pod.metadata.name)?.metadata.uid === pod.metadata.uid)
    if (waits) this.parts.clock.after(1, () => this.#collect(app))
    else store.remove('sparkapplications', namespace, name)
  }

  /** A pod with another living owner only loses the reference (recorded for executors). */
  #dropOwner(pod: Pod, ownerUid: string): void {
    const { namespace, name } = pod.metadata
    const others = (pod.metadata.ownerReferences ?? []).filter(one => one.uid !== ownerUid)
    if (others.length === 0) this.deletePod(namespace, name)
    else {
      const metadata = (old: Pod): Pod['metadata'] => ({ ...old.metadata, ownerReferences: others })
      this.parts.store.update('pods', namespace, name, old => ({ ...old, metadata: metadata(old) }))
    }
  }

  #collectOrphan(pod: Pod): void {
    const { store } = this.parts
    const { namespace, name, ownerReferences = [] } = pod.metadata
    const lives = ownerReferences.some(owner => {
      const plural = owner.kind === 'Pod' ? 'pods' : 'sparkapplications'
      const driver = owner.kind === 'Pod' || pod.metadata.labels?.['spark-role'] === 'driver'
      return driver && store.get(plural, namespace, owner.name)?.metadata.uid === owner.uid
    })
    if (!lives) this.deletePod(namespace, name)
  }
}
