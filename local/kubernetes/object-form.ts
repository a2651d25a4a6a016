/**
 * The forms in which objects are served: whole, `as=PartialObjectMetadata(List)` and `as=Table`, chosen by Accept.
 */
import type { KubernetesObject, Pod, SparkApplication } from './kubernetes-object.ts'
import type { StoredObject, StoredPlural } from './object-store.ts'
import { failure } from './status-answer.ts'

export type ObjectForm =
  | { readonly as: 'whole' }
  | { readonly as: 'metadata' }
  | { readonly as: 'table'; readonly include: 'None' | 'Metadata' | 'Object' }

const NAME_TEXT =
  'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request ' +
  'the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration ' +
  'definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names'

/** The form a request asks for; the first acceptable media type wins. 406 where there is none. */
export function chooseForm(accept: string | undefined, includeObject: string | null): ObjectForm {
  for (const range of (accept ?? '*/*').split(',')) {
    const [type = '', ...parameters] = range.split(';').map(part => part.trim())
    if (!['application/json', 'application/*', '*/*', ''].includes(type)) continue
    const as = parameters.find(one => one.startsWith('as='))?.slice(3)
    if (as === undefined) return { as: 'whole' }
    if (as === 'PartialObjectMetadataList' || as === 'PartialObjectMetadata') return { as: 'metadata' }
    if (as === 'Table') {
      return {
        as: 'table',
        include: includeObject === 'None' || includeObject === 'Object' ? includeObject : 'Metadata',
      }
    }
  }
  throw failure(406, 'NotAcceptable', 'only the following media types are accepted: application/json')
}

/** One object, for GET and for events of a watch. */
export function renderObject(plural: StoredPlural, object: StoredObject, form: ObjectForm, now: Date): unknown {
  switch (form.as) {
    case 'whole':
      return whole(plural, object)
    case 'metadata':
      return partial(object)
    default:
      return table(plural, [object], form.include, { resourceVersion: object.metadata.resourceVersion }, now)
  }
}

/** A page of objects. */
export function renderList(
  plural: StoredPlural,
  objects: readonly StoredObject[],
  metadata: Readonly<Record<string, unknown>>,
  form: ObjectForm,
  now: Date,
): unknown {
  switch (form.as) {
    case 'metadata':
      return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items: objects.map(partial) }
    case 'table':
      return table(plural, objects, form.include, metadata, now)
    default:
      return plural === 'sparkapplications'
        ? {
            apiVersion: 'sparkoperator.k8s.io/v1beta2',
            items: objects,
            kind: 'SparkApplicationList',
            metadata: { continue: '', ...metadata },
          }
        : { kind: plural === 'pods' ? 'PodList' : 'EventList', apiVersion: 'v1', metadata, items: objects }
  }
}

/** Items of a core list carry no kind, single objects do. */
function whole(plural: StoredPlural, object: StoredObject): unknown {
  if (plural === 'sparkapplications') return object
  return { kind: plural === 'pods' ? 'Pod' : 'Event', apiVersion: 'v1', ...object }
}

function partial(object: KubernetesObject): unknown {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata }
}

function table(
  plural: StoredPlural,
  objects: readonly StoredObject[],
  include: 'None' | 'Metadata' | 'Object',
  metadata: Readonly<Record<string, unknown>>,
  now: Date,
): unknown {
  const rows = objects.map(object => ({
    cells: cellsOf(plural, object, now),
    object: include === 'None' ? null : include === 'Object' ? whole(plural, object) : partial(object),
  }))
  return { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions: COLUMNS[plural], rows }
}

function cellsOf(plural: StoredPlural, object: StoredObject, now: Date): unknown[] {
  switch (plural) {
    case 'sparkapplications':
      return applicationCells(object as SparkApplication, now)
    case 'pods':
      return podCells(object as Pod, now)
    default:
      return [object.metadata.name, age(object, now)]
  }
}

/** Status as `kubectl get pods` shows it: why the container waits or ended, else the phase. */
function podCells(pod: Pod, now: Date): unknown[] {
  const status = pod.status.containerStatuses?.[0]
  const reason = status?.state.waiting?.reason ?? status?.state.terminated?.reason ?? pod.status.phase
  const shown = pod.metadata.deletionTimestamp === undefined ? reason : 'Terminating'
  return [pod.metadata.name, status?.ready === true ? '1/1' : '0/1', shown, status?.restartCount ?? 0, age(pod, now)]
}

/** As recorded: a missing suspend is null, a missing time is the text `<no value>`, attempts are text. */
function applicationCells(app: SparkApplication, now: Date): unknown[] {
  const { status } = app
  return [
    app.metadata.name,
    app.spec.suspend ?? null,
    status?.applicationState.state ?? null,
    status?.executionAttempts === undefined ? null : String(status.executionAttempts),
    status === undefined ? null : (status.lastSubmissionAttemptTime ?? '<no value>'),
    status === undefined ? null : (status.terminationTime ?? '<no value>'),
    age(app, now),
  ]
}

function age(object: KubernetesObject, now: Date): string {
  const seconds = Math.max(0, Math.floor((now.getTime() - Date.parse(object.metadata.creationTimestamp)) / 1000))
  if (seconds < 120) return `${seconds}s`
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`
}

function column(name: string, type = 'string', path?: string): object {
  return {
    name,
    type,
    format: name === 'Name' ? 'name' : '',
    description: path === undefined ? NAME_TEXT : `Custom resource definition column (in JSONPath format): ${path}`,
    priority: 0,
  }
}

const APPLICATION_COLUMNS = [
  column('Name'),
  column('Suspend', 'boolean', '.spec.suspend'),
  column('Status', 'string', '.status.applicationState.state'),
  column('Attempts', 'string', '.status.executionAttempts'),
  column('Start', 'string', '.status.lastSubmissionAttemptTime'),
  column('Finish', 'string', '.status.terminationTime'),
  column('Age', 'date', '.metadata.creationTimestamp'),
]

const COLUMNS: Readonly<Record<StoredPlural, readonly object[]>> = {
  sparkapplications: APPLICATION_COLUMNS,
  pods: [column('Name'), column('Ready'), column('Status'), column('Restarts', 'integer'), column('Age')],
  events: [column('Name'), column('Age')],
}
