/**
 * Canonical spec → SparkApplication, the whole object that is created. Equal input gives equal bytes: fields stand
 * in a fixed order, and nothing comes from a clock, the environment or the author's text.
 */
import type { CanonicalSpec, JsonObject } from '../canonical-spec.ts'
import { API_VERSION, KIND } from '../checks/check-metadata.ts'
import { asObject, parseMemoryMiB, podMemory, remedyFactor } from '../checks/spark-memory.ts'
import type { MemoryRemedy, PodRole } from '../checks/spark-memory.ts'

export { effectiveMemoryMiB } from '../checks/spark-memory.ts'
export type { MemoryRemedy } from '../checks/spark-memory.ts'

/** What a rendering is made from. */
export interface RenderInput {
  readonly spec: CanonicalSpec
  readonly specHash: string
  readonly jobId: string
  readonly team: string
  /** 1 for the first attempt. */
  readonly attempt: number
  /** From `objectNameFor`. */
  readonly objectName: string
  readonly namespace: string
  readonly serviceAccount: string
  /** Outlives every look of the gateway at the object. */
  readonly timeToLiveSeconds: number
  /** What earlier attempts taught about memory; empty for the first. */
  readonly remedies: readonly MemoryRemedy[]
}

/** Labels and the annotation by which the gateway finds and compares its objects; the operator copies labels to pods. */
export const gatewayLabels = {
  jobId: 'sparkgate.dev/job-id',
  team: 'sparkgate.dev/team',
  attempt: 'sparkgate.dev/attempt',
  managed: 'sparkgate.dev/managed',
  name: 'sparkgate.dev/name',
  /** Only where the author named one: what reports of cost are grouped by. */
  costCentre: 'sparkgate.dev/cost-centre',
} as const
/** Annotation with the hash of the canonical spec: equal means that an object is ours and as wanted. */
export const SPEC_HASH_ANNOTATION = 'sparkgate.dev/spec-hash'

/** The SparkApplication of one attempt. Throws RangeError for a remedy that is none: a bug of the caller. */
export function renderSparkApplication(input: RenderInput): JsonObject {
  const { spec } = input
  const costCentre = spec.options?.costCentre
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: {
      name: input.objectName,
      namespace: input.namespace,
      labels: {
        ...spec.labels,
        [gatewayLabels.jobId]: input.jobId,
        [gatewayLabels.team]: input.team,
        [gatewayLabels.attempt]: String(input.attempt),
        [gatewayLabels.managed]: 'true',
        [gatewayLabels.name]: spec.name,
        ...(costCentre !== undefined && { [gatewayLabels.costCentre]: costCentre }),
      },
      annotations: { [SPEC_HASH_ANNOTATION]: input.specHash },
    },
    spec: {
      ...spec.application,
      mode: 'cluster',
      restartPolicy: { type: 'Never' },
      timeToLiveSeconds: input.timeToLiveSeconds,
      driver: renderPod(input, 'driver'),
      executor: renderPod(input, 'executor'),
    },
  }
}

function renderPod(input: RenderInput, role: PodRole): JsonObject {
  const pod = asObject(input.spec.application[role])
  return { ...pod, ...renderTemplate(pod), ...renderMemory(input, role, pod), serviceAccount: input.serviceAccount }
}

/**
 * A template whose spec has a list of containers, if only an empty one: where there is none the operator's webhook writes null, and
 * Spark 4.0.4 ends with a NullPointerException before there is a pod (seen on a real cluster).
 */
function renderTemplate(pod: JsonObject): JsonObject {
  if (pod['template'] === undefined) return {}
  const template = asObject(pod['template'])
  const spec = asObject(template['spec'])
  return { template: { ...template, spec: { ...spec, containers: spec['containers'] ?? [] } } }
}

/** Only a raised memory is written: without remedies the author's own words stay as they are. */
function renderMemory(input: RenderInput, role: PodRole, pod: JsonObject): JsonObject {
  const factor = remedyFactor(role, input.remedies)
  if (factor === 1) return {}
  const { heapMiB, overheadMiB } = podMemory(input.spec, role, input.remedies)
  const limit = typeof pod['memoryLimit'] === 'string' ? parseMemoryMiB(pod['memoryLimit']) : undefined
  return {
    memory: `${heapMiB}m`,
    memoryOverhead: `${overheadMiB}m`,
    // The limit must stay above the request, or Kubernetes refuses the pod.
    ...(limit !== undefined && { memoryLimit: `${Math.max(Math.ceil(limit * factor), heapMiB + overheadMiB)}m` }),
  }
}

/** Longest name of an object: the operator and Spark append up to 23 characters, and labels end at 63. */
const MAX_OBJECT_NAME_LENGTH = 40

/**
 * The name of an attempt's object: `<name>-<12 characters of the job id>-a<attempt>`, DNS-1035, at most 40 characters.
 * `jobId` is `j` and 24 characters of base32. Throws RangeError for an attempt that is no positive whole number.
 */
export function objectNameFor(name: string, jobId: string, attempt: number): string {
  if (!Number.isSafeInteger(attempt) || attempt < 1 || attempt > 9_999)
    throw new RangeError(`No attempt has the number ${attempt}`)
  const suffix = `-${jobId.slice(1, 13)}-a${attempt}`
  return `${name.slice(0, MAX_OBJECT_NAME_LENGTH - suffix.length).replace(/-+$/, '')}${suffix}`
}
