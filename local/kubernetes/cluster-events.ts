/**
 * Records core/v1 Events as scheduler, kubelet and operator do.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { kubernetesTime } from './kubernetes-object.ts'
import type { KubernetesEvent, Pod, SparkApplication } from './kubernetes-object.ts'
import type { ObjectStore } from './object-store.ts'
import { NODE_NAME } from './pod-status.ts'

/** More kubelet events than this are not counted up any more, but recorded anew. */
const MAX_COUNTED = 5000

export class ClusterEvents {
  readonly #store: ObjectStore
  /** What a kubelet event says about whom → its name. */
  readonly #counted = new Map<string, string>()

  constructor(store: ObjectStore) {
    this.#store = store
  }

  /** About an application, from the operator. It also works for one that is gone. */
  operator(app: SparkApplication, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const component = 'spark-application-controller'
    const { name, namespace, uid, resourceVersion } = app.metadata
    const involvedObject = {
      kind: 'SparkApplication',
      namespace,
      name,
      uid,
      apiVersion: 'sparkoperator.k8s.io/v1beta2',
      resourceVersion,
    }
    this.#record(involvedObject, type, reason, message, {
      source: { component },
      reportingComponent: component,
      reportingInstance: '',
    })
  }

  /** About a pod, from the kubelet; about its container where `container` is set. Repeats are counted. */
  kubelet(
    pod: Pod,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    about: 'pod' | 'container' = 'container',
  ): void {
    const fieldPath = about === 'container' ? { fieldPath: `spec.containers{${pod.spec.containers[0].name}}` } : {}
    const involvedObject = { ...reference(pod), ...fieldPath }
    const key = `${pod.metadata.uid} ${reason} ${message}`
    const known = this.#counted.get(key)
    const lastTimestamp = kubernetesTime(new Date())
    const countUp = (event: KubernetesEvent): KubernetesEvent => ({
      ...event,
      count: (event.count ?? 1) + 1,
      lastTimestamp,
    })
    if (known !== undefined && this.#store.update('events', pod.metadata.namespace, known, countUp) !== undefined)
      return
    if (this.#counted.size > MAX_COUNTED) this.#counted.clear()
    const source = {
      source: { component: 'kubelet', host: NODE_NAME },
      reportingComponent: 'kubelet',
      reportingInstance: NODE_NAME,
    }
    this.#counted.set(key, this.#record(involvedObject, type, reason, message, source))
  }

  /** New-style events of the scheduler have no count and no first or last timestamp. */
  scheduler(pod: Pod, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const eventTime = new Date().toISOString().replace('Z', '000Z')
    const action = reason === 'Scheduled' ? 'Binding' : 'Scheduling'
    const fields = {
      source: {},
      eventTime,
      action,
      reportingComponent: 'default-scheduler',
      reportingInstance: 'default-scheduler-embedded',
    }
    this.#create(reference(pod), type, reason, message, { ...fields, firstTimestamp: null, lastTimestamp: null })
  }

  #record(
    about: KubernetesEvent['involvedObject'],
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    source: object,
  ): string {
    const at = kubernetesTime(new Date())
    return this.#create(about, type, reason, message, {
      ...source,
      firstTimestamp: at,
      lastTimestamp: at,
      count: 1,
      eventTime: null,
    })
  }

  #create(
    involvedObject: KubernetesEvent['involvedObject'],
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    rest: object,
  ): string {
    const metadata = {
      name: `${involvedObject.name}.${randomBytes(8).toString('hex')}`,
      namespace: involvedObject.namespace,
      uid: randomUUID(),
      creationTimestamp: kubernetesTime(new Date()),
    }
    this.#store.create('events', { metadata, involvedObject, reason, message, ...rest, type })
    return metadata.name
  }
}

function reference(pod: Pod): KubernetesEvent['involvedObject'] & { readonly resourceVersion?: string | undefined } {
  const { namespace, name, uid, resourceVersion } = pod.metadata
  return { kind: 'Pod', namespace, name, uid, apiVersion: 'v1', resourceVersion }
}
