/** Memory and size of pods. */
import { parseQuantity } from '../checks/kubernetes-formats.ts'
import { podRequest } from '../checks/pod-request.ts'
import { parseMemoryMiB } from '../checks/spark-memory.ts'
import { fieldAt, numberOf, textOf } from '../document/source-node.ts'
import type { SourceMap } from '../document/source-node.ts'
import {
  at,
  executorCores,
  isDynamic,
  isOn,
  isOutsideJvm,
  missing,
  mostExecutors,
  nowhere,
  setting,
} from './advice-row.ts'
import type { AdvicePlace, AdviceRow } from './advice-row.ts'

const MIN_DRIVER_MIB = 2_048
/** From here on the JVM needs pointers of twice the size. */
const COMPRESSED_POINTERS_END_MIB = 32 * 1_024
/** Below this share of memory, Python's own processes have little room. */
const MIN_PYTHON_SHARE = 0.2
const MANY_EXECUTORS = 20
const SMALL_EXECUTOR_MIB = 4_096
const MANY_CORES = 8
const HIGH_MEMORY_FRACTION = 0.8

/** The layer whose values nobody chose for this job. */
const LOWEST_LAYER = 'gateway'

const factors = ['spark.executor.memoryOverheadFactor', 'spark.kubernetes.memoryOverheadFactor']

function hasOverheadFactor(spec: SourceMap): boolean {
  return spec.fields.has('memoryOverheadFactor') || factors.some(key => setting(spec, key) !== undefined)
}

function findPythonOverhead(spec: SourceMap): readonly AdvicePlace[] {
  const executor = spec.fields.get('executor')
  if (!isOutsideJvm(spec) || executor?.kind !== 'map' || hasOverheadFactor(spec)) return nowhere
  return executor.fields.has('memoryOverhead') ? nowhere : missing(spec, 'executor', 'memoryOverhead')
}

function findSmallPythonOverhead(spec: SourceMap): readonly AdvicePlace[] {
  const overhead = fieldAt(spec, 'executor', 'memoryOverhead')
  const request = podRequest(spec, 'executor')
  if (!isOutsideJvm(spec) || overhead === undefined || request === undefined) return nowhere
  return request.overheadMiB < request.heapMiB * MIN_PYTHON_SHARE ? at(overhead) : nowhere
}

function findSmallDriver(spec: SourceMap): readonly AdvicePlace[] {
  const memory = fieldAt(spec, 'driver', 'memory')
  if (memory === undefined) return missing(spec, 'driver', 'memory')
  return (parseMemoryMiB(textOf(memory) ?? '') ?? MIN_DRIVER_MIB) < MIN_DRIVER_MIB ? at(memory) : nowhere
}

function findDefaultSizes(spec: SourceMap): readonly AdvicePlace[] {
  const executor = spec.fields.get('executor')
  if (executor?.kind !== 'map') return nowhere
  return ['memory', 'cores'].flatMap(name => {
    const field = executor.fields.get(name)
    return field === undefined || field.layer === LOWEST_LAYER ? missing(spec, 'executor', name) : []
  })
}

function findSingleExecutor(spec: SourceMap): readonly AdvicePlace[] {
  if (isDynamic(spec) || fieldAt(spec, 'executor', 'instances') !== undefined) return nowhere
  return spec.fields.get('executor')?.kind === 'map' ? missing(spec, 'executor', 'instances') : nowhere
}

function findLargeHeap(spec: SourceMap): readonly AdvicePlace[] {
  const memory = fieldAt(spec, 'executor', 'memory')
  return (parseMemoryMiB(textOf(memory) ?? '') ?? 0) >= COMPRESSED_POINTERS_END_MIB ? at(memory) : nowhere
}

function findSmallExecutors(spec: SourceMap): readonly AdvicePlace[] {
  const memory = fieldAt(spec, 'executor', 'memory')
  const small = (parseMemoryMiB(textOf(memory) ?? '') ?? SMALL_EXECUTOR_MIB) < SMALL_EXECUTOR_MIB
  return small && (mostExecutors(spec) ?? 0) >= MANY_EXECUTORS ? at(memory) : nowhere
}

function findManyCores(spec: SourceMap): readonly AdvicePlace[] {
  return executorCores(spec) > MANY_CORES ? at(fieldAt(spec, 'executor', 'cores')) : nowhere
}

function findMemoryFraction(spec: SourceMap): readonly AdvicePlace[] {
  const node = setting(spec, 'spark.memory.fraction')
  return Number(textOf(node) ?? 0) > HIGH_MEMORY_FRACTION ? at(node) : nowhere
}

function findUnboundedResults(spec: SourceMap): readonly AdvicePlace[] {
  const node = setting(spec, 'spark.driver.maxResultSize')
  const text = (textOf(node) ?? '').trim()
  // This setting counts in bytes where it has no unit; 0 means no bound.
  const mebibytes = /^[0-9]+$/.test(text) ? Number(text) / 2 ** 20 : parseMemoryMiB(text)
  if (node === undefined || mebibytes === undefined) return nowhere
  const heap = podRequest(spec, 'driver')?.heapMiB ?? Infinity
  return /^0+[a-z]*$/i.test(text) || mebibytes > heap ? at(node) : nowhere
}

function findTmpfs(spec: SourceMap): readonly AdvicePlace[] {
  const tmpfs = setting(spec, 'spark.kubernetes.local.dirs.tmpfs')
  if (!isOn(tmpfs) || hasOverheadFactor(spec)) return nowhere
  return fieldAt(spec, 'executor', 'memoryOverhead') === undefined ? at(tmpfs) : nowhere
}

function findEqualCpuLimits(spec: SourceMap): readonly AdvicePlace[] {
  return (['driver', 'executor'] as const).flatMap(role => {
    const limit = fieldAt(spec, role, 'coreLimit')
    const cores = parseQuantity(textOf(limit) ?? '')
    return cores !== undefined && cores === podRequest(spec, role)?.cores ? at(limit) : nowhere
  })
}

function findGpuShare(spec: SourceMap): readonly AdvicePlace[] {
  const quantity = fieldAt(spec, 'executor', 'gpu', 'quantity')
  if (numberOf(quantity) === undefined || setting(spec, 'spark.task.resource.gpu.amount') !== undefined) return nowhere
  const known = setting(spec, 'spark.executor.resource.gpu.amount') ?? setting(spec, 'spark.plugins')
  return known === undefined ? at(quantity) : nowhere
}

/** Rows about memory and the size of pods. */
export const memoryAdvice: readonly AdviceRow[] = [
  {
    id: 'advice-python-overhead',
    source: 'seed: common mistakes, memory configuration',
    when: 'a Python or R job says nothing about memoryOverhead',
    message:
      'Python workers live outside the JVM, in memoryOverhead: what Spark adds by itself is outgrown by big UDFs and pandas, and the pod is killed (OOMKilled).',
    allowed: 'A size of your own: 20 % to 30 % of memory, or more',
    find: findPythonOverhead,
  },
  {
    id: 'advice-python-overhead-small',
    source: 'seed: common mistakes, memory configuration',
    when: 'a Python or R job has a memoryOverhead below 20 % of memory',
    message: 'Python workers live outside the JVM, in memoryOverhead; this is less than a fifth of the heap.',
    allowed: '20 % to 30 % of memory',
    find: findSmallPythonOverhead,
  },
  {
    id: 'advice-driver-memory',
    source: 'seed: common mistakes',
    when: 'the driver has less than 2g of memory, or the 1g that the operator fills in',
    message:
      'The driver plans queries, keeps their metadata and collects results; a small one ends with an OutOfMemoryError.',
    allowed: '2g to 4g, at least',
    find: findSmallDriver,
  },
  {
    id: 'advice-default-size',
    source: 'Spark Operator: its webhook fills in one core and 1g; defaults of the gateway: one core and 2g',
    when: 'nobody gives executor.memory or executor.cores: neither the spec nor a profile, team or cluster',
    message: 'Nobody says this, so that a small default is taken: one core, and 2g of memory.',
    allowed: 'A value of your own, or a profile',
    find: findDefaultSizes,
  },
  {
    id: 'advice-one-executor',
    source: 'Spark Operator: its webhook fills in one executor without dynamic allocation',
    when: 'neither executor.instances nor dynamic allocation is given',
    message: 'The job runs on a single executor.',
    allowed: 'executor.instances, or dynamicAllocation with maxExecutors',
    find: findSingleExecutor,
  },
  {
    id: 'advice-large-heap',
    source: 'Spark docs: Tuning, Memory Management; Hardware Provisioning, Memory',
    when: 'executor.memory is 32g or more',
    message:
      'From 32 GiB on the JVM needs larger pointers, so that such a heap holds little more than one of 31g, and its collections take long.',
    allowed: 'More executors of at most 31g',
    find: findLargeHeap,
  },
  {
    id: 'advice-small-executors',
    source: 'seed: memory configuration (4 to 16 GB are typical)',
    when: 'there can be 20 executors or more, with less than 4g each',
    message:
      'Many small executors spend their memory on the JVM, shuffle over the network more, and send each broadcast more often.',
    allowed: 'Fewer executors of 4g to 16g',
    find: findSmallExecutors,
  },
  {
    id: 'advice-many-cores',
    source: 'AWS: Right sizing Spark executors (4 cores and 20 to 30 GB), for spreading over instance types',
    when: 'an executor has more than 8 cores',
    message: 'Such executors fit few nodes, and many tasks share one heap and its collections.',
    allowed: 'executor.cores of 4 or 5, and more executors',
    find: findManyCores,
  },
  {
    id: 'advice-memory-fraction',
    source: 'seed: memory configuration; Spark docs: Tuning, Memory Management',
    when: 'spark.memory.fraction is above 0.8',
    message: 'Little of the heap is left to your own objects and UDFs.',
    allowed: '0.6 (the default) to 0.8',
    find: findMemoryFraction,
  },
  {
    id: 'advice-max-result-size',
    source: 'seed: common mistakes (collect); Spark docs: Configuration, spark.driver.maxResultSize',
    when: 'spark.driver.maxResultSize is 0 or above the memory of the driver',
    message:
      'A collect() of a large dataset then ends the driver with an OutOfMemoryError, and not the one action with a clear error.',
    allowed: 'A size below driver.memory; write large results to storage',
    find: findUnboundedResults,
  },
  {
    id: 'advice-tmpfs-memory',
    source: 'Spark docs: Running on Kubernetes, Using RAM for local storage',
    when: 'spark.kubernetes.local.dirs.tmpfs is on, and nothing is said about memoryOverhead',
    message: 'Shuffle files then count as memory of the pod, which has none for them: it is killed (OOMKilled).',
    allowed: 'executor.memoryOverhead with room for the shuffle files',
    find: findTmpfs,
  },
  {
    id: 'advice-cpu-limit',
    source: 'seed: common mistakes',
    when: 'coreLimit equals what the pod asks for',
    message:
      'Spark needs bursts of CPU (collections, compression, code generation); a limit at the request throttles them.',
    allowed: 'No coreLimit, or twice the cores',
    find: findEqualCpuLimits,
  },
  {
    id: 'advice-gpu-amount',
    source: 'Spark docs: Running on Kubernetes, Resource Allocation and Configuration Overview',
    when: 'executor.gpu is given without spark.executor.resource.gpu.amount or spark.task.resource.gpu.amount',
    message: 'The pod gets the device, but Spark does not know of it: tasks are not given one each.',
    allowed: 'spark.executor.resource.gpu.amount, spark.task.resource.gpu.amount and a discovery script in sparkConf',
    find: findGpuShare,
  },
]
