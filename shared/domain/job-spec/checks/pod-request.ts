/**
 * What one pod of a job asks of a node, read from the checked tree: cores, memory and devices.
 */
import { fieldAt, numberOf, textOf } from '../document/source-node.ts'
import type { SourceMap, SourceNode } from '../document/source-node.ts'
import type { JsonObject } from '../canonical-spec.ts'
import { parseQuantity } from './kubernetes-formats.ts'
import { parseMemoryMiB, writtenMemory, type PodRole } from './spark-memory.ts'

/** Sums of one pod. */
export interface PodRequest {
  /** Cores; `coreRequest` holds where it is given, else `cores`, else 1. */
  readonly cores: number
  /** Heap, overhead, and for executors off-heap and Python's own memory (BasicExecutorFeatureStep). */
  readonly memoryMiB: number
  readonly heapMiB: number
  readonly overheadMiB: number
  readonly gpus: number
}

/** The request of one pod. Undefined where a field that decides it is no value at all; that field has its own finding. */
export function podRequest(spec: SourceMap, role: PodRole): PodRequest | undefined {
  const pod = fieldAt(spec, role)
  const sizes = [fieldAt(pod, 'memory'), fieldAt(pod, 'memoryOverhead')]
  if (sizes.some(node => node !== undefined && parseMemoryMiB(textOf(node) ?? '') === undefined)) return undefined
  const written = fieldAt(pod, 'coreRequest') ?? fieldAt(pod, 'cores')
  const cores = written === undefined ? 1 : (numberOf(written) ?? parseQuantity(textOf(written) ?? ''))
  if (cores === undefined) return undefined
  const { heapMiB, overheadMiB } = writtenMemory(memoryFields(spec, role), role)
  const memoryMiB = heapMiB + overheadMiB + (role === 'executor' ? extraMemoryMiB(spec) : 0)
  return { cores, memoryMiB, heapMiB, overheadMiB, gpus: numberOf(fieldAt(pod, 'gpu', 'quantity')) ?? 0 }
}

/** The few fields that decide a pod's memory, as JSON. */
function memoryFields(spec: SourceMap, role: PodRole): JsonObject {
  const texts = (map: SourceNode | undefined, names: readonly string[]): JsonObject =>
    Object.fromEntries(names.flatMap(name => toEntry(name, textOf(fieldAt(map, name)))))
  const factors = [`spark.${role}.memoryOverheadFactor`, 'spark.kubernetes.memoryOverheadFactor']
  return {
    ...texts(spec, ['type', 'memoryOverheadFactor']),
    sparkConf: texts(fieldAt(spec, 'sparkConf'), factors),
    [role]: texts(fieldAt(spec, role), ['memory', 'memoryOverhead']),
  }
}

function toEntry(name: string, text: string | undefined): readonly (readonly [string, string])[] {
  return text === undefined ? [] : [[name, text]]
}

/** Memory of an executor beside heap and overhead. */
function extraMemoryMiB(spec: SourceMap): number {
  const sparkConf = fieldAt(spec, 'sparkConf')
  const size = (key: string): number => parseMemoryMiB(textOf(fieldAt(sparkConf, key)) ?? '') ?? 0
  const offHeap = textOf(fieldAt(sparkConf, 'spark.memory.offHeap.enabled'))?.toLowerCase() === 'true'
  const bytes = textOf(fieldAt(sparkConf, 'spark.memory.offHeap.size')) ?? ''
  // This one setting counts in bytes where it has no unit.
  const offHeapMiB = /^[0-9]+$/.test(bytes) ? Math.ceil(Number(bytes) / 2 ** 20) : size('spark.memory.offHeap.size')
  return size('spark.executor.pyspark.memory') + (offHeap ? offHeapMiB : 0)
}
