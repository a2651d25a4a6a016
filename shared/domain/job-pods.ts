/** The pods that a job asks for, from its checked spec: what limits, costs and progress are counted in. */
import type { CanonicalSpec, JsonObject, JsonValue } from './job-spec/canonical-spec.ts'
import { parseQuantity } from './job-spec/checks/kubernetes-formats.ts'
import { asObject, effectiveMemoryMiB } from './job-spec/checks/spark-memory.ts'
import type { PodRole } from './job-spec/checks/spark-memory.ts'

/** What one pod asks its node for. */
export interface PodSize {
  readonly cores: number
  /** Heap and overhead. */
  readonly memoryMiB: number
  /** It asks for a spot node; absent: it does not. */
  readonly spot?: true
}

export interface JobPods {
  readonly driver: PodSize
  readonly executor: PodSize
  /** The most executors that it can have at a time. */
  readonly executors: number
}

export const podsOf = (spec: CanonicalSpec): JobPods => ({
  driver: podOf(spec, 'driver'),
  executor: podOf(spec, 'executor'),
  executors: mostExecutors(spec.application),
})

const podOf = (spec: CanonicalSpec, role: PodRole): PodSize => ({
  cores: coresOf(spec.application, role),
  memoryMiB: effectiveMemoryMiB(spec, role, []),
  ...(isOnSpot(spec.application, role) && { spot: true }),
})

/** Spark's own default is one executor, as the operator's webhook writes it. */
function mostExecutors(application: JsonObject): number {
  const instances = numberOr(asObject(application['executor'])['instances'], 1)
  const allocation = asObject(application['dynamicAllocation'])
  if (allocation['enabled'] !== true) return instances
  const { maxExecutors, minExecutors, initialExecutors } = allocation
  const least = Math.max(instances, numberOr(minExecutors, 0), numberOr(initialExecutors, 0))
  return Math.max(least, numberOr(maxExecutors, least))
}

function coresOf(application: JsonObject, role: PodRole): number {
  const { coreRequest, cores } = asObject(application[role])
  const requested = typeof coreRequest === 'string' ? parseQuantity(coreRequest) : undefined
  return requested ?? numberOr(cores, 1)
}

const numberOr = (value: JsonValue | undefined, otherwise: number): number =>
  typeof value === 'number' ? value : otherwise

/** Labels of nodes that may be taken away, by Karpenter, EKS and older set-ups, and their values. */
const SPOT_LABELS = ['karpenter.sh/capacity-type', 'eks.amazonaws.com/capacityType', 'node-lifecycle', 'lifecycle']
const SPOT_VALUES = new Set(['spot', 'SPOT', 'Ec2Spot'])

/** Whether node selectors, as fields or as settings, send a pod to spot nodes; an affinity is a wish and does not count. */
function isOnSpot(application: JsonObject, role: PodRole): boolean {
  const settings = asObject(application['sparkConf'])
  const fields = [asObject(application['nodeSelector']), asObject(asObject(application[role])['nodeSelector'])]
  const prefixes = ['spark.kubernetes.node.selector.', `spark.kubernetes.${role}.node.selector.`]
  return SPOT_LABELS.some(label =>
    [...fields.map(selector => selector[label]), ...prefixes.map(prefix => settings[`${prefix}${label}`])].some(
      value => typeof value === 'string' && SPOT_VALUES.has(value),
    ),
  )
}
