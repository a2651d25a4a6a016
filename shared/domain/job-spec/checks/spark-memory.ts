/**
 * Spark's memory settings: the JVM grammar, and what a pod asks for in the end.
 *
 * A pod asks for heap + overhead. Without `memoryOverhead`, Spark takes 10 % of the heap (40 % for Python and R,
 * whose workers live outside the JVM) and at least 384 MiB (`spark.kubernetes.memoryOverheadFactor` and
 * `BasicDriverFeatureStep`/`BasicExecutorFeatureStep` of Spark 3.3 to 4.0). A factor that the author sets holds for all languages.
 */
import type { CanonicalSpec, JsonObject, JsonValue } from '../canonical-spec.ts'

/** The two kinds of pods of a job. */
export type PodRole = 'driver' | 'executor'

/** Raises the memory of one role: `factor` ≥ 1 multiplies heap and overhead. Several remedies multiply. */
export interface MemoryRemedy {
  readonly role: PodRole
  readonly factor: number
}

/** Heap where the author says nothing: what the operator's webhook fills in (`1g`). */
const DEFAULT_MEMORY_MIB = 1_024
/** Spark's least overhead. */
const MIN_OVERHEAD_MIB = 384
const JVM_OVERHEAD_FACTOR = 0.1
const NON_JVM_OVERHEAD_FACTOR = 0.4

const bytesPerMiB = 1_048_576
const unitBytes: Readonly<Record<string, number>> = {
  b: 1,
  k: 1024,
  m: bytesPerMiB,
  g: 1024 ** 3,
  t: 1024 ** 4,
  p: 1024 ** 5,
}

/** MiB (rounded down, as Spark does) of a JVM memory string; a number without unit is MiB. Undefined if it is none. */
export function parseMemoryMiB(text: string): number | undefined {
  const match = /^([0-9]{1,15})(?:([bkmgtp])b?)?$/i.exec(text)
  if (match === null || /bb$/i.test(text)) return undefined
  const bytes = Number(match[1]) * (unitBytes[(match[2] ?? 'm').toLowerCase()] ?? 0)
  return Math.floor(bytes / bytesPerMiB)
}

/** The JVM string that was probably meant by `1.5g`, `1Gi`, `512 MB`; undefined where nobody can know. */
export function suggestMemory(text: string): string | undefined {
  const match = /^\s*([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*([kmgt])(?:i?b?)\s*$/i.exec(text.slice(0, 40))
  if (match === null) return undefined
  const unit = (match[2] ?? '').toLowerCase()
  const amount = Number(match[1])
  if (Number.isInteger(amount)) return `${amount}${unit}`
  const mebibytes = Math.ceil((amount * (unitBytes[unit] ?? 0)) / bytesPerMiB)
  return mebibytes < 1 ? undefined : `${mebibytes}m`
}

/** Heap and overhead of one pod in MiB. */
interface PodMemory {
  readonly heapMiB: number
  readonly overheadMiB: number
}

/** What a pod of this role asks for in all, in MiB, after the remedies: heap and overhead. */
export function effectiveMemoryMiB(spec: CanonicalSpec, role: PodRole, remedies: readonly MemoryRemedy[]): number {
  const { heapMiB, overheadMiB } = podMemory(spec, role, remedies)
  return heapMiB + overheadMiB
}

/** Heap and overhead of a pod of this role. Throws RangeError for a factor below 1 or without end: a bug of the caller. */
export function podMemory(spec: CanonicalSpec, role: PodRole, remedies: readonly MemoryRemedy[]): PodMemory {
  const factor = remedyFactor(role, remedies)
  const { heapMiB, overheadMiB } = writtenMemory(spec.application, role)
  return { heapMiB: Math.ceil(heapMiB * factor), overheadMiB: Math.ceil(overheadMiB * factor) }
}

/** Heap and overhead of a pod as the `spec` of an application says it, with Spark's own values where it says nothing. */
export function writtenMemory(application: JsonObject, role: PodRole): PodMemory {
  const pod = asObject(application[role])
  const heapMiB = memoryOf(pod['memory']) ?? DEFAULT_MEMORY_MIB
  const leastMiB = Math.max(Math.floor(heapMiB * overheadFactor(application, role)), MIN_OVERHEAD_MIB)
  return { heapMiB, overheadMiB: memoryOf(pod['memoryOverhead']) ?? leastMiB }
}

/** The product of the remedies of one role. */
export function remedyFactor(role: PodRole, remedies: readonly MemoryRemedy[]): number {
  let product = 1
  for (const remedy of remedies) {
    if (!(remedy.factor >= 1 && remedy.factor <= MAX_REMEDY_FACTOR)) {
      throw new RangeError(`A memory remedy multiplies by 1 to ${MAX_REMEDY_FACTOR}, not by ${remedy.factor}`)
    }
    if (remedy.role === role) product *= remedy.factor
  }
  return product
}
/** No single retry asks for more than this many times the memory. */
const MAX_REMEDY_FACTOR = 16

function overheadFactor(application: JsonObject, role: PodRole): number {
  const sparkConf = asObject(application['sparkConf'])
  const written = [
    sparkConf[`spark.${role}.memoryOverheadFactor`],
    application['memoryOverheadFactor'],
    sparkConf['spark.kubernetes.memoryOverheadFactor'],
  ].find(value => typeof value === 'string' && /^[0-9]{1,3}(\.[0-9]{1,6})?$/.test(value))
  if (written !== undefined) return Number(written)
  return application['type'] === 'Python' || application['type'] === 'R' ? NON_JVM_OVERHEAD_FACTOR : JVM_OVERHEAD_FACTOR
}

function memoryOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'string' ? parseMemoryMiB(value) : undefined
}

/** The object itself, or an empty one for whatever is none. */
export function asObject(value: JsonValue | undefined): JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : {}
}
