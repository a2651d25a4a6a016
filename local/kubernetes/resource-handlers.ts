/**
 * What the API server does for an authorised request: get, list, create, delete, patch of metadata, pod logs.
 */
import { admitSparkApplication } from './admission.ts'
import type { SparkApplication } from './kubernetes-object.ts'
import { kubernetesTime } from './kubernetes-object.ts'
import type { Lister } from './list-objects.ts'
import { checkMetadata } from './metadata-check.ts'
import { chooseForm, renderList, renderObject } from './object-form.ts'
import type { ObjectStore, StoredPlural } from './object-store.ts'
import { answerPodLog } from './pod-log-answer.ts'
import type { PodLogs } from './pod-logs.ts'
import type { ResourceRoute } from './request-route.ts'
import { isMap } from './schema-check.ts'
import type { JsonMap } from './schema-check.ts'
import {
  alreadyExists,
  badRequest,
  failure,
  invalid,
  notFound,
  SPARK_APPLICATION_KIND,
  uidConflict,
} from './status-answer.ts'
import type { ResourceKind } from './status-answer.ts'

/** What the handlers need of the cluster behind them. */
export interface ClusterSide {
  readonly store: ObjectStore
  readonly lister: Lister
  readonly logs: PodLogs
  readonly namespaces: readonly string[]
  /** Does the operator's webhook server answer? */
  webhookUp(): boolean
  /** Deletes a pod as a kubelet does: at once, or with its grace period. */
  deletePod(namespace: string, name: string): void
}

export interface ResourceRequest {
  readonly route: ResourceRoute
  readonly query: URLSearchParams
  readonly body: string
  readonly accept: string | undefined
}

export interface Answer {
  readonly code: number
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  /** `text/plain` (logs). */
  readonly text?: Buffer
}

const KINDS: Readonly<Record<StoredPlural, ResourceKind>> = {
  sparkapplications: SPARK_APPLICATION_KIND,
  pods: { group: '', plural: 'pods', kind: 'Pod' },
  events: { group: '', plural: 'events', kind: 'Event' },
}

/** The plural, if it is one that the cluster stores under this group. */
export function storedPlural(route: ResourceRoute): StoredPlural | undefined {
  const kind = Object.values(KINDS).find(one => one.plural === route.plural && one.group === route.group)
  return kind?.plural as StoredPlural | undefined
}

/** Everything but watches. Throws StatusError. */
export async function handleResource(cluster: ClusterSide, request: ResourceRequest): Promise<Answer> {
  const { route } = request
  const plural = storedPlural(route)
  if (plural === undefined) throw failure(404, 'NotFound', 'the server could not find the requested resource')
  if (route.subresource === 'log' && plural === 'pods' && route.verb === 'get') {
    return answerPodLog(cluster, route, request.query)
  }
  if (route.subresource !== undefined)
    throw failure(404, 'NotFound', 'the server could not find the requested resource')
  switch (route.verb) {
    case 'get':
      return get(cluster, request, plural)
    case 'list':
      return list(cluster, request, plural)
    case 'create':
      return create(cluster, request, plural)
    case 'delete':
      return remove(cluster, request, plural)
    case 'patch':
      return patch(cluster, request, plural)
    default:
      throw methodNotAllowed()
  }
}

function methodNotAllowed(): Error {
  return failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource')
}

function get(cluster: ClusterSide, { route, query, accept }: ResourceRequest, plural: StoredPlural): Answer {
  const form = chooseForm(accept, query.get('includeObject'))
  const object = cluster.store.get(plural, route.namespace ?? '', route.name ?? '')
  if (object === undefined) throw notFound(KINDS[plural], route.name ?? '')
  return { code: 200, json: renderObject(plural, object, form, new Date()) }
}

async function list(cluster: ClusterSide, request: ResourceRequest, plural: StoredPlural): Promise<Answer> {
  const { route, query, accept } = request
  const form = chooseForm(accept, query.get('includeObject'))
  const page = await cluster.lister.list({
    plural,
    query,
    ...(route.namespace === undefined ? {} : { namespace: route.namespace }),
  })
  return { code: 200, json: renderList(plural, page.items, page.metadata, form, new Date()) }
}

function create(cluster: ClusterSide, { route, query, body }: ResourceRequest, plural: StoredPlural): Answer {
  if (plural !== 'sparkapplications' || route.name !== undefined || route.namespace === undefined)
    throw methodNotAllowed()
  const given = query.get('fieldValidation') ?? ''
  const fieldValidation = given === 'Strict' || given === 'Ignore' ? given : 'Warn'
  const now = kubernetesTime(new Date())
  const admitted = admitSparkApplication({
    body,
    namespace: route.namespace,
    fieldValidation,
    webhookUp: cluster.webhookUp(),
    now,
  })
  if (!cluster.namespaces.includes(route.namespace)) {
    throw notFound({ group: '', plural: 'namespaces', kind: 'Namespace' }, route.namespace)
  }
  const { application, warnings } = admitted
  const { name } = application.metadata
  if (cluster.store.get(plural, route.namespace, name) !== undefined) throw alreadyExists(SPARK_APPLICATION_KIND, name)
  const stored = isDryRun(query) ? application : cluster.store.create(plural, application)
  if (stored === undefined) throw alreadyExists(SPARK_APPLICATION_KIND, name)
  const headers =
    warnings.length === 0 ? {} : { Warning: warnings.map(text => `299 - ${JSON.stringify(text)}`).join(', ') }
  return { code: 201, headers, json: stored }
}

function isDryRun(query: URLSearchParams): boolean {
  const given = query.get('dryRun')
  if (given !== null && given !== 'All') {
    throw badRequest(`dryRun: Unsupported value: ${JSON.stringify(given)}: supported values: "All"`)
  }
  return given === 'All'
}

/** A body makes the server ignore the query's options: `?dryRun=All` beside a body really deletes (recorded). */
function deleteOptions(query: URLSearchParams, body: string): JsonMap {
  if (body.trim() === '') {
    const dryRun = query.get('dryRun')
    return {
      ...(dryRun === null ? {} : { dryRun: [dryRun] }),
      propagationPolicy: query.get('propagationPolicy') ?? undefined,
    }
  }
  try {
    const options: unknown = JSON.parse(body)
    if (isMap(options)) return options
  } catch {
    // The same answer as for JSON that is no object.
  }
  throw badRequest("couldn't get version/kind; json parse error")
}

function remove(cluster: ClusterSide, { route, query, body }: ResourceRequest, plural: StoredPlural): Answer {
  const { namespace = '', name = '' } = route
  const options = deleteOptions(query, body)
  const object = cluster.store.get(plural, namespace, name)
  if (object === undefined) throw notFound(KINDS[plural], name)
  const wanted = isMap(options.preconditions) ? options.preconditions.uid : undefined
  if (typeof wanted === 'string' && wanted !== object.metadata.uid) {
    throw uidConflict(KINDS[plural], name, wanted, object.metadata.uid)
  }
  const dryRun = Array.isArray(options.dryRun) && options.dryRun.includes('All')
  if (plural === 'pods') {
    if (!dryRun) cluster.deletePod(namespace, name)
    return {
      code: 200,
      json: renderObject('pods', cluster.store.get('pods', namespace, name) ?? object, { as: 'whole' }, new Date()),
    }
  }
  if (options.propagationPolicy === 'Foreground' && plural === 'sparkapplications' && !dryRun) {
    return { code: 200, json: markForegroundDeletion(cluster.store, object as SparkApplication) }
  }
  if (!dryRun) cluster.store.remove(plural, namespace, name)
  const { group, plural: kind } = KINDS[plural]
  const details = { name, ...(group === '' ? {} : { group }), kind, uid: object.metadata.uid }
  return { code: 200, json: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details } }
}

/** The object stays until the garbage collector has removed what it owns. */
function markForegroundDeletion(store: ObjectStore, app: SparkApplication): SparkApplication | undefined {
  if (app.metadata.deletionTimestamp !== undefined) return app
  return store.update('sparkapplications', app.metadata.namespace, app.metadata.name, object => ({
    ...object,
    metadata: {
      ...object.metadata,
      deletionGracePeriodSeconds: 0,
      deletionTimestamp: kubernetesTime(new Date()),
      finalizers: ['foregroundDeletion'],
      generation: (object.metadata.generation ?? 1) + 1,
    },
  }))
}

/** Merge patches of labels and annotations only: a change of a live spec makes the real operator run the job again. */
function patch(cluster: ClusterSide, { route, body }: ResourceRequest, plural: StoredPlural): Answer {
  const { namespace = '', name = '' } = route
  if (plural !== 'sparkapplications') throw methodNotAllowed()
  let change: unknown
  try {
    change = JSON.parse(body)
  } catch {
    throw badRequest('error decoding patch: invalid JSON')
  }
  const metadata = isMap(change) && isMap(change.metadata) ? change.metadata : undefined
  if (metadata === undefined || Object.keys(change as object).length > 1) {
    throw failure(
      405,
      'MethodNotAllowed',
      'the embedded cluster patches labels and annotations only (JSON merge patch of metadata)',
    )
  }
  const causes = checkMetadata(name, metadata)
  if (causes.length > 0) throw invalid(SPARK_APPLICATION_KIND, name, causes)
  const patched = cluster.store.update(plural, namespace, name, object => ({
    ...object,
    metadata: {
      ...object.metadata,
      labels: merged(object.metadata.labels, metadata.labels),
      annotations: merged(object.metadata.annotations, metadata.annotations),
    },
  }))
  if (patched === undefined) throw notFound(SPARK_APPLICATION_KIND, name)
  return { code: 200, json: patched }
}

function merged(old: Readonly<Record<string, string>> = {}, change: unknown = {}): Readonly<Record<string, string>> {
  if (!isMap(change)) return old
  const entries = Object.entries({ ...old, ...change }).filter(([, value]) => value !== null)
  return Object.fromEntries(entries.map(([key, value]) => [key, String(value)]))
}
