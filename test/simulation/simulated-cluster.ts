/**
 * One Kubernetes API server: SparkApplications, their pods, watches with a history that can be forgotten. It does what it is
 * asked; what the operator and the nodes do is in simulated-operator.ts. Every change is told to a listener: the judge.
 */
import { gatewayLabels } from '../../shared/domain/job-spec/rendering/render-spark-application.ts'
import { asObject } from '../../shared/domain/job-spec/checks/spark-memory.ts'
import type { JsonObject } from '../../shared/domain/job-spec/canonical-spec.ts'
import type { ApplicationView, PodView } from '../../shared/domain/observed.ts'
import type { Scheduler } from './scheduler.ts'
import { identityOf, nameOf, podViewOf, viewOf } from './simulated-views.ts'

export interface SimulatedApplication {
  readonly cluster: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly object: JsonObject
  readonly identity: Pick<ApplicationView, 'jobId' | 'team' | 'attempt' | 'specHash'>
  readonly createdBy: 'gateway' | 'outsider'
  /** Epoch milliseconds, whole seconds, as Kubernetes writes them. */
  readonly createdAt: number
  submittedAt?: number
  state: string
  errorMessage?: string
  deleted: boolean
  version: number
}

export interface SimulatedPod {
  readonly application: SimulatedApplication
  readonly name: string
  phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed'
  deleting: boolean
  gone: boolean
  waitingReason?: string
  unschedulable?: true
  exitCode?: number
  terminatedReason?: string
  finishedAt?: number
}

export interface ClusterListener {
  created(application: SimulatedApplication, sentAt: number): void
  deleted(application: SimulatedApplication, by: 'gateway' | 'outsider'): void
  podStarted(pod: SimulatedPod): void
  watchers(cluster: string, open: number): void
}

/** What the operator and the nodes must know of. */
export interface ClusterActors {
  onCreated(application: SimulatedApplication): void
  onDeleted(application: SimulatedApplication): void
}

interface Change {
  readonly version: number
  readonly view: ApplicationView
  readonly deleted: boolean
}

/** A watch request that is open. */
interface Watcher {
  readonly see: (change: Change) => void
}

const MANAGED = gatewayLabels.managed

export class SimulatedCluster {
  readonly name: string
  readonly applications = new Map<string, SimulatedApplication>()
  /** Pods by the SparkApplication's `namespace/name`, as the label selector finds them. */
  readonly pods = new Map<string, SimulatedPod[]>()
  /** Not reachable before this time. */
  awayUntil = 0
  actors: ClusterActors | undefined
  private version = 1
  private forgotten = 0
  private readonly history: Change[] = []
  private readonly watchers = new Set<Watcher>()
  private readonly listener: ClusterListener
  private readonly scheduler: Scheduler

  constructor(name: string, listener: ClusterListener, scheduler: Scheduler) {
    this.name = name
    this.listener = listener
    this.scheduler = scheduler
  }

  get isAway(): boolean {
    return this.scheduler.now < this.awayUntil
  }

  /** `sentAt`: when the request left its client. */
  create(namespace: string, object: JsonObject, sentAt: number, createdBy: 'gateway' | 'outsider') {
    const metadata = asObject(object['metadata'])
    const name = nameOf(object)
    const key = `${namespace}/${name}`
    if (this.applications.has(key)) return { outcome: 'exists' as const }
    const labels = asObject(metadata['labels'])
    const application: SimulatedApplication = {
      cluster: this.name,
      namespace,
      name,
      uid: `uid-${this.version}`,
      object,
      identity: identityOf(labels, asObject(metadata['annotations'])),
      createdBy,
      createdAt: wholeSeconds(this.scheduler.now),
      state: '',
      deleted: false,
      version: 0,
    }
    this.applications.set(key, application)
    this.changed(application)
    this.listener.created(application, sentAt)
    this.actors?.onCreated(application)
    return { outcome: 'created' as const, uid: application.uid }
  }

  get(namespace: string, name: string): SimulatedApplication | undefined {
    return this.applications.get(`${namespace}/${name}`)
  }

  podsOf(namespace: string, name: string): readonly PodView[] {
    return (this.pods.get(`${namespace}/${name}`) ?? []).map(podViewOf)
  }

  delete(namespace: string, name: string, uid: string | undefined, by: 'gateway' | 'outsider') {
    const application = this.get(namespace, name)
    if (application === undefined) return { outcome: 'deleted' as const }
    if (uid !== undefined && application.uid !== uid) return { outcome: 'other-uid' as const }
    this.applications.delete(`${namespace}/${name}`)
    application.deleted = true
    this.changed(application)
    this.listener.deleted(application, by)
    this.actors?.onDeleted(application)
    return { outcome: 'deleted' as const }
  }

  list() {
    const applications = [...this.applications.values()].filter(isManaged).map(viewOf)
    return { outcome: 'listed' as const, applications, resourceVersion: String(this.version) }
  }

  /** The state that the operator writes. */
  setState(application: SimulatedApplication, state: string, errorMessage?: string): void {
    if (application.deleted) return
    application.state = state
    if (errorMessage === undefined) delete application.errorMessage
    else application.errorMessage = errorMessage
    this.changed(application)
  }

  addPod(application: SimulatedApplication): SimulatedPod {
    const key = `${application.namespace}/${application.name}`
    const pod: SimulatedPod = {
      application,
      name: `${application.name}-driver`,
      phase: 'Pending',
      deleting: false,
      gone: false,
    }
    this.pods.set(key, [...(this.pods.get(key) ?? []), pod])
    this.listener.podStarted(pod)
    return pod
  }

  removePod(pod: SimulatedPod): void {
    const key = `${pod.application.namespace}/${pod.application.name}`
    pod.gone = true
    const rest = (this.pods.get(key) ?? []).filter(each => each !== pod)
    if (rest.length === 0) this.pods.delete(key)
    else this.pods.set(key, rest)
  }

  /** Opens a watch after `from`; undefined when the server has forgotten that place. */
  watch(from: number, see: (change: Change) => void): { close: () => number } | undefined {
    if (from < this.forgotten) return undefined
    const watcher = { see }
    this.watchers.add(watcher)
    this.listener.watchers(this.name, this.watchers.size)
    for (const change of this.history) if (change.version > from) see(change)
    return {
      close: () => {
        this.watchers.delete(watcher)
        return this.version
      },
    }
  }

  /** The watch history is compacted: places before now are answered with 410. */
  forgetHistory(): void {
    this.history.length = 0
    this.forgotten = this.version
  }

  private changed(application: SimulatedApplication): void {
    application.version = ++this.version
    if (!isManaged(application)) return
    const change = { version: this.version, view: viewOf(application), deleted: application.deleted }
    this.history.push(change)
    for (const watcher of this.watchers) watcher.see(change)
  }
}

/** Kubernetes writes whole seconds. */
export const wholeSeconds = (milliseconds: number): number => Math.floor(milliseconds / 1000) * 1000

const isManaged = ({ object }: SimulatedApplication): boolean =>
  asObject(asObject(object['metadata'])['labels'])[MANAGED] === 'true'
