/** Trials of the real operator: one application as the gateway renders it, changed as a fact needs it, and what becomes of it. */
import { renderSparkApplication } from '../../../shared/domain/job-spec/rendering/render-spark-application.ts'
import type { JsonObject } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { podView } from '../../../shared/adapters/kubernetes-views.ts'
import type { PodView } from '../../../shared/domain/observed.ts'
import type { KubernetesAnswer } from '../../../shared/adapters/kubernetes-http.ts'
import { adminOf, applicationsPath, podsOf, podsPath, realCluster } from '../support/real-cluster.ts'
import type { KubernetesObject, RealCluster } from '../support/real-cluster.ts'
import { waitFor } from '../support/wait-for.ts'

/** A Spark job on a busy machine of two cores. */
const JOB_SECONDS = 240

export interface Trials {
  readonly namespace: string
  /** A name that no other run has. */
  name(fact: string): string
  application(name: string, spec?: JsonObject, more?: { readonly labels?: JsonObject }): JsonObject
  /** The answer to a POST as the gateway sends it; `query` may add to it. */
  post(object: JsonObject, query?: string): Promise<KubernetesAnswer>
  /** Creates it and waits until the operator has written one of these states. */
  run(object: JsonObject, ...states: readonly string[]): Promise<Seen>
  get(name: string): Promise<Seen | undefined>
  until(name: string, ...states: readonly string[]): Promise<Seen>
  pods(name: string): Promise<readonly PodView[]>
  /** The pod as it is, once there is one. */
  driver(name: string): Promise<KubernetesObject>
  readonly admin: ReturnType<typeof adminOf>
  /** Deletes what the trials made. */
  close(): Promise<void>
}

export interface Seen {
  readonly uid: string
  readonly state: string
  readonly errorMessage: string
  readonly status: Readonly<Record<string, unknown>>
}

/** In the second namespace of the cluster; `file` tells the runs of several files apart. */
export function openTrials(file: string): Trials {
  const cluster = realCluster()
  const admin = adminOf(cluster)
  const [, namespace] = cluster.namespaces
  const apps = applicationsPath(namespace)
  const prefix = `${file}-${Date.now().toString(36)}`
  const get = async (name: string) => seenOf(await admin.get(`${apps}/${name}`))
  const post = (object: JsonObject, query = '') =>
    admin.http.call({ method: 'POST', path: `${apps}?fieldValidation=Strict${query}`, body: object })
  const until = (name: string, ...states: readonly string[]): Promise<Seen> => {
    let last = 'never seen'
    const look = async () => {
      const seen = await get(name)
      last = seen === undefined ? 'gone' : `${seen.state} ${seen.errorMessage.slice(0, 200)}`
      return seen !== undefined && states.includes(seen.state) ? seen : undefined
    }
    return waitFor(`${name} to be ${states.join(' or ')}`, JOB_SECONDS, look, () => `; last: ${last}`)
  }
  return {
    namespace,
    admin,
    name: fact => `${prefix}-${fact}`,
    application: (name, spec = {}, { labels = {} } = {}) => changed(manifest(name, namespace, cluster), spec, labels),
    post,
    get,
    until,
    async run(object, ...states) {
      const { status, body } = await post(object)
      if (status !== 201) throw new Error(`not created: HTTP ${status} ${JSON.stringify(body)}`)
      return until((object['metadata'] as { name: string }).name, ...states)
    },
    pods: async name => (await podsOf(admin, namespace, name)).map(podView),
    driver: name =>
      waitFor(`the driver of ${name}`, JOB_SECONDS, () => admin.get(`${podsPath(namespace)}/${name}-driver`)),
    async close() {
      for (const { metadata } of await admin.list(apps))
        if (metadata.name.startsWith(prefix)) await admin.remove(`${apps}/${metadata.name}`)
      admin.close()
    },
  }
}

function seenOf(object: KubernetesObject | undefined): Seen | undefined {
  if (object === undefined) return undefined
  const { status = {}, metadata } = object
  const { state = '', errorMessage = '' } = (status['applicationState'] ?? {}) as Record<string, string>
  return { uid: metadata.uid, state, errorMessage, status }
}

function changed(object: JsonObject, spec: JsonObject, labels: JsonObject): JsonObject {
  const metadata = object['metadata'] as JsonObject
  return {
    ...object,
    metadata: { ...metadata, labels: { ...(metadata['labels'] as JsonObject), ...labels } },
    spec: { ...(object['spec'] as JsonObject), ...spec },
  }
}

/** Ends with 1 at once, before there is a Spark context: a few seconds of a core. */
function manifest(objectName: string, namespace: string, { image, pullPolicy }: RealCluster) {
  const pod = { cores: 1, memory: '512m', coreRequest: '100m' }
  return renderSparkApplication({
    spec: {
      version: 1,
      name: 'fact',
      labels: {},
      application: {
        type: 'Python',
        mode: 'cluster',
        sparkVersion: '4.0.4',
        image,
        imagePullPolicy: pullPolicy === 'Never' ? 'Never' : 'IfNotPresent',
        mainApplicationFile: 'local:///opt/spark/examples/src/main/python/exit_with.py',
        arguments: ['1', 'early'],
        driver: pod,
        executor: { ...pod, instances: 1 },
      },
    },
    specHash: 'hash-of-the-spec',
    jobId: `j-${objectName}`,
    team: 'payments',
    attempt: 1,
    objectName,
    namespace,
    serviceAccount: 'spark',
    timeToLiveSeconds: 3_600,
    remedies: [],
  })
}
