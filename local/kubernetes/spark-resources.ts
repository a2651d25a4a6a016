/**
 * How much CPU and memory the pods of an application ask for, as Spark on Kubernetes computes it.
 */
import type { Pod, SparkApplicationSpec } from './kubernetes-object.ts'

export type SparkRole = 'driver' | 'executor'

export interface PodResources {
  /** Kubernetes quantity, as it stands in the pod. */
  readonly cpu: string
  readonly cpuLimit?: string
  readonly memoryMiB: number
}

/** Spark's least memory overhead. */
const MIN_OVERHEAD_MIB = 384
const JVM_OVERHEAD_FACTOR = 0.1
/** Python and R run beside the JVM. */
const NON_JVM_OVERHEAD_FACTOR = 0.4
const UNIT_MIB: Readonly<Record<string, number>> = {
  b: 1 / 1024 ** 2,
  k: 1 / 1024,
  m: 1,
  g: 1024,
  t: 1024 ** 2,
  p: 1024 ** 3,
}

/** Resources of one pod; throws RangeError with Spark's words where a memory size cannot be read. */
export function podResources(spec: SparkApplicationSpec, role: SparkRole): PodResources {
  const pod = spec[role]
  const conf = spec.sparkConf ?? {}
  const memory = parseMemoryMiB(pod.memory ?? conf[`spark.${role}.memory`] ?? '1g')
  const overhead = pod.memoryOverhead ?? conf[`spark.${role}.memoryOverhead`]
  const factor = Number(
    spec.memoryOverheadFactor ??
      conf[`spark.${role}.memoryOverheadFactor`] ??
      conf['spark.kubernetes.memoryOverheadFactor'] ??
      (spec.type === 'Python' || spec.type === 'R' ? NON_JVM_OVERHEAD_FACTOR : JVM_OVERHEAD_FACTOR),
  )
  const extra =
    overhead === undefined ? Math.max(MIN_OVERHEAD_MIB, Math.floor(memory * factor)) : parseMemoryMiB(overhead)
  return {
    cpu: pod.coreRequest ?? conf[`spark.kubernetes.${role}.request.cores`] ?? String(pod.cores ?? 1),
    ...(pod.coreLimit === undefined ? {} : { cpuLimit: pod.coreLimit }),
    memoryMiB: Math.ceil(memory + extra),
  }
}

/** JVM-style size (`512m`, `2g`; a bare number is MiB) in MiB. */
export function parseMemoryMiB(text: string): number {
  const match = /^(\d+)([bkmgtp])?b?$/i.exec(text.trim())
  const unit = UNIT_MIB[(match?.[2] ?? 'm').toLowerCase()]
  if (match?.[1] === undefined || unit === undefined) {
    throw new RangeError(
      'Size must be specified as bytes (b), kibibytes (k), mebibytes (m), gibibytes (g), tebibytes (t), or pebibytes(p). ' +
        `E.g. 50b, 100k, or 250m.\nFailed to parse byte string: ${text}`,
    )
  }
  return Number(match[1]) * unit
}

/** Kubernetes CPU quantity in cores. */
export function parseCpu(quantity: string): number {
  return quantity.endsWith('m') ? Number(quantity.slice(0, -1)) / 1000 : Number(quantity)
}

/** `100m`, `2`. */
export function formatCpu(cores: number): string {
  return Number.isInteger(cores) ? String(cores) : `${Math.round(cores * 1000)}m`
}

/** What a pod requests: cores and MiB. */
export function requestsOf(pod: Pod): { readonly cpu: number; readonly memoryMiB: number } {
  const { requests } = pod.spec.containers[0].resources
  return { cpu: parseCpu(requests.cpu ?? '0'), memoryMiB: Number((requests.memory ?? '0Mi').replace(/Mi$/, '')) }
}

/** Executors that the driver asks for at its start. */
export function wantedExecutors(spec: SparkApplicationSpec): number {
  const { dynamicAllocation: dynamic, sparkConf: conf = {} } = spec
  if (dynamic?.enabled === true) return Math.max(1, dynamic.initialExecutors ?? dynamic.minExecutors ?? 1)
  return spec.executor.instances ?? Number(conf['spark.executor.instances'] ?? 1)
}
