/** What a trace keeps of an object: what the operator, the kubelet and the quota say, and nothing of the recording machine. */
import { hostname } from 'node:os'

type Json = Readonly<Record<string, unknown>>

/** The cause of a failed submission is within the first 2,000 characters of 12,000. */
const MAX_MESSAGE = 2_600

const KEPT_CONDITIONS = new Set(['PodScheduled', 'DisruptionTarget'])

export type TraceSource = 'sparkapplication' | 'pod' | 'event'

/** `type` is that of the watch; specs are kept where the object is seen first. */
export function trimObject(source: TraceSource, type: string, object: Json): Json {
  const trimmed = TRIMS[source](object, type === 'ADDED')
  return JSON.parse(withoutMachine(JSON.stringify(trimmed)), cutMessages) as Json
}

const TRIMS: Readonly<Record<TraceSource, (object: Json, first: boolean) => Json>> = {
  sparkapplication(object, first) {
    const { name, namespace } = at(object, 'metadata')
    return { metadata: { name, namespace }, ...(first && { spec: object['spec'] }), status: object['status'] }
  },
  pod(object, first) {
    const { name, labels, ownerReferences, deletionGracePeriodSeconds } = at(object, 'metadata')
    return {
      metadata: { name, ...(first && { labels, ownerReferences }), deletionGracePeriodSeconds },
      status: trimStatus(at(object, 'status')),
      ...(first && { spec: trimSpec(at(object, 'spec')) }),
    }
  },
  event(object) {
    const { kind, name } = at(object, 'involvedObject')
    const { reason, type, message } = object
    return { involvedObject: { kind, name }, reason, type, message }
  },
}

function trimSpec(spec: Json): Json {
  const { serviceAccountName, restartPolicy, terminationGracePeriodSeconds } = spec
  const containers = list(spec['containers']).map(({ name, image, args, resources }) => ({
    name,
    image,
    args,
    resources,
  }))
  return { serviceAccountName, restartPolicy, terminationGracePeriodSeconds, containers }
}

/** Ready is of interest where it says why not. */
function trimStatus({ phase, reason, message, conditions, containerStatuses }: Json): Json {
  const kept = list(conditions)
    .filter(({ type, reason: why }) => KEPT_CONDITIONS.has(String(type)) || (type === 'Ready' && why !== undefined))
    .map(({ type, status, reason: why, message: text }) => ({ type, status, reason: why, message: text }))
  const states = list(containerStatuses).map(each => ({ state: trimState(at(each, 'state')) }))
  return {
    phase,
    reason,
    message,
    ...(kept.length > 0 && { conditions: kept }),
    ...(states.length > 0 && { containerStatuses: states }),
  }
}

function trimState(state: Json): Json {
  const [kind = 'waiting'] = Object.keys(state)
  const { reason, message, exitCode } = at(state, kind)
  return { [kind]: { exitCode, reason, message } }
}

const cutMessages = (key: string, value: unknown): unknown =>
  (key === 'message' || key === 'errorMessage') && typeof value === 'string' ? value.slice(0, MAX_MESSAGE) : value

/** Paths and the name of the machine, where the operator runs as a process of it. */
function withoutMachine(text: string): string {
  const state = process.env['SPARKGATE_CLUSTER_STATE']
  const sparkHome = process.env['SPARK_HOME']
  let clean = text.replaceAll(hostname(), 'operator-host')
  if (sparkHome !== undefined) clean = clean.replaceAll(sparkHome, '/opt/spark')
  return state === undefined ? clean : clean.replaceAll(state, '/state')
}

function at(value: unknown, key: string): Json {
  const inner = (value as Json | undefined)?.[key]
  return typeof inner === 'object' && inner !== null ? (inner as Json) : {}
}

const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as Json[]) : [])
