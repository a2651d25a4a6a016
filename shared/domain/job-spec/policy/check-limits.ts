/**
 * What one job may ask for in all. The figures count everything that ends in the object, whoever gave it: fields, settings
 * and the defaults of Spark where nobody said anything.
 */
import type { SpecContext } from '../canonical-spec.ts'
import { parseQuantity } from '../checks/kubernetes-formats.ts'
import { podRequest } from '../checks/pod-request.ts'
import { parseMemoryMiB } from '../checks/spark-memory.ts'
import type { PodRole } from '../checks/spark-memory.ts'
import { selectNodes } from '../document/path-pattern.ts'
import { fieldAt, numberOf, textOf } from '../document/source-node.ts'
import type { SourceMap, SourceNode } from '../document/source-node.ts'
import type { FindingCollector } from '../findings/finding-collector.ts'
import { allowedBy, answerOf, limitOf } from './policy-rule.ts'
import type { Policy } from './policy-schema.ts'

/** Checks the totals of a spec, after settings were moved to their fields. */
export function checkLimits(root: SourceNode, context: SpecContext, findings: FindingCollector): void {
  const spec = fieldAt(root, 'spec')
  if (spec?.kind !== 'map' || limits.every(({ part }) => limitOf(answerOf(context.policy, part)) === Infinity)) return
  const totals = totalsOf(spec)
  for (const { part, at, what, inMiB } of limits) {
    const amount = totals[part] * (inMiB === true ? BYTES_PER_MIB : 1)
    if (amount <= limitOf(answerOf(context.policy, part))) continue
    // Executors without end are one mistake, not one for each sum.
    if (part !== 'limits.executors' && totals['limits.executors'] === Infinity && isBounded(context)) continue
    const node = at.flatMap(pattern => selectNodes(spec, pattern)).find(found => found.kind === 'scalar') ?? spec
    const shown = inMiB === true ? describeMiB(totals[part]) : describeCount(totals[part])
    const message = `${what}: ${shown}, more than this team may ask for.`
    findings.error(node, 'policy-limit', message, {
      allowed: allowedBy({ part, instead: 'None' }, context.policy),
      at: 'value',
    })
  }
}

const isBounded = ({ policy }: SpecContext): boolean => policy.limits.executors !== 'unlimited'
const describeCount = (count: number): string =>
  count === Infinity ? 'without end (no dynamicAllocation.maxExecutors)' : String(count)

type LimitPart = `limits.${keyof Policy['limits']}`

interface Limit {
  readonly part: LimitPart
  /** Where the finding points: the first of these that is there. */
  readonly at: readonly string[]
  readonly what: string
  readonly inMiB?: true
}

const counts = ['dynamicAllocation.maxExecutors', 'executor.instances', 'dynamicAllocation.enabled']
const limits: readonly Limit[] = [
  { part: 'limits.driverCores', at: ['driver.cores', 'driver.coreRequest'], what: 'Cores of the driver' },
  { part: 'limits.driverMemory', at: ['driver.memory'], what: 'Memory of the driver with overhead', inMiB: true },
  { part: 'limits.executorCores', at: ['executor.cores', 'executor.coreRequest'], what: 'Cores of one executor' },
  { part: 'limits.executorMemory', at: ['executor.memory'], what: 'Memory of one executor with overhead', inMiB: true },
  { part: 'limits.executors', at: counts, what: 'Executors at once' },
  { part: 'limits.totalCores', at: counts, what: 'Cores of the driver and all executors' },
  { part: 'limits.totalMemory', at: counts, what: 'Memory of the driver and all executors', inMiB: true },
  { part: 'limits.gpus', at: ['executor.gpu.quantity', 'driver.gpu.quantity'], what: 'Devices of all pods' },
  { part: 'limits.arguments', at: ['arguments[]'], what: 'Arguments' },
  { part: 'limits.argumentBytes', at: ['arguments[]'], what: 'Bytes of all arguments' },
]

const BYTES_PER_MIB = 1_048_576
const describeMiB = (mebibytes: number): string =>
  mebibytes === Infinity
    ? describeCount(mebibytes)
    : mebibytes >= 10_240
      ? `${Math.ceil(mebibytes / 1_024)}Gi`
      : `${mebibytes}Mi`

function totalsOf(spec: SourceMap): Readonly<Record<LimitPart, number>> {
  const executors = mostExecutors(spec)
  const driver = podTotals(spec, 'driver')
  const executor = podTotals(spec, 'executor')
  const sum = (name: keyof PodTotals): number => driver[name] + (executor[name] === 0 ? 0 : executors * executor[name])
  const texts = selectNodes(spec, 'arguments[]').map(node => textOf(node) ?? '')
  return {
    'limits.driverCores': driver.cores,
    'limits.driverMemory': driver.memoryMiB,
    'limits.executorCores': executor.cores,
    'limits.executorMemory': executor.memoryMiB,
    'limits.executors': executors,
    'limits.totalCores': sum('cores'),
    'limits.totalMemory': sum('memoryMiB'),
    'limits.gpus': sum('devices'),
    'limits.arguments': texts.length,
    'limits.argumentBytes': texts.reduce((bytes, text) => bytes + Buffer.byteLength(text), 0),
  }
}

/** The most executors that may live at once: the largest number that any field or setting names. */
function mostExecutors(spec: SourceMap): number {
  const instances = numberOf(fieldAt(spec, 'executor', 'instances')) ?? 1
  return Math.max(instances, mostAllocated(spec), mostStreaming(spec))
}

function mostAllocated(spec: SourceMap): number {
  const allocation = fieldAt(spec, 'dynamicAllocation')
  const enabled = fieldAt(allocation, 'enabled')
  const isField = enabled?.kind === 'scalar' && enabled.scalar === true
  if (!isField && !isOn(spec, 'spark.dynamicAllocation.enabled')) return 0
  const bounds = ['maxExecutors', 'minExecutors', 'initialExecutors'].map(name =>
    Math.max(numberOf(fieldAt(allocation, name)) ?? 0, amountOf(settingOf(spec, `spark.dynamicAllocation.${name}`))),
  )
  // Without a bound Spark goes on without end.
  return bounds[0] === 0 ? Infinity : Math.max(...bounds)
}

/** Spark Streaming's own allocation has settings of its own. */
function mostStreaming(spec: SourceMap): number {
  if (!isOn(spec, 'spark.streaming.dynamicAllocation.enabled')) return 0
  return amountOf(settingOf(spec, 'spark.streaming.dynamicAllocation.maxExecutors')) || Infinity
}

function isOn(spec: SourceMap, key: string): boolean {
  return !/^(false)?$/i.test(settingOf(spec, key).trim())
}

/** What one pod of a role reserves; cores are the larger of what Spark and what Kubernetes is told. */
function podTotals(spec: SourceMap, role: PodRole): PodTotals {
  const request = podRequest(spec, role)
  const others = containersOf(spec, role)
  const least = parseMemoryMiB(settingOf(spec, `spark.${role}.minMemoryOverhead`).trim()) ?? 0
  const limit = parseMemoryMiB(textOf(fieldAt(spec, role, 'memoryLimit')) ?? '') ?? 0
  const memoryMiB = (request?.memoryMiB ?? 0) + Math.max(0, least - (request?.overheadMiB ?? 0))
  return {
    cores: Math.max(request?.cores ?? 1, numberOf(fieldAt(spec, role, 'cores')) ?? 1) + others.cores,
    memoryMiB: Math.max(memoryMiB, limit) + others.memoryMiB,
    devices: Math.max(request?.gpus ?? 0, devicesOf(spec, role)) + others.devices,
  }
}

interface PodTotals {
  readonly cores: number
  readonly memoryMiB: number
  readonly devices: number
}

/** What the containers beside Spark's ask for; init containers run before, and count all the same. */
function containersOf(spec: SourceMap, role: PodRole): PodTotals {
  const places = ['{initContainers,sidecars}[]', 'template.spec.{initContainers,containers}[]']
  const containers = places.flatMap(place => selectNodes(spec, `${role}.${place}`))
  const sum = (reads: (resources: readonly SourceNode[]) => number): number =>
    containers.reduce((total, each) => total + reads(selectNodes(each, 'resources.{requests,limits}')), 0)
  const largest = (name: string) => (resources: readonly SourceNode[]) =>
    Math.max(0, ...resources.map(each => quantityOf(fieldAt(each, name))))
  return {
    cores: sum(largest('cpu')),
    memoryMiB: Math.ceil(sum(largest('memory')) / BYTES_PER_MIB),
    devices: sum(resources =>
      Math.max(
        0,
        ...resources
          .flatMap(each => selectNodes(each, '*'))
          .filter(isDevice)
          .map(quantityOf),
      ),
    ),
  }
}

const isDevice = (node: SourceNode): boolean => String(node.key).includes('/')

function quantityOf(node: SourceNode | undefined): number {
  return node?.kind === 'scalar' ? (parseQuantity(String(node.scalar)) ?? 0) : 0
}

/** Devices that settings ask for: `spark.executor.resource.NAME.amount`. */
function devicesOf(spec: SourceMap, role: PodRole): number {
  const prefix = `spark.${role}.resource.`
  return selectNodes(spec, 'sparkConf.*')
    .filter(({ key }) => String(key).startsWith(prefix) && String(key).endsWith('.amount'))
    .reduce((sum, node) => sum + amountOf(node.kind === 'scalar' ? String(node.scalar) : ''), 0)
}

function settingOf(spec: SourceMap, key: string): string {
  const node = fieldAt(spec, 'sparkConf', key)
  return node?.kind === 'scalar' ? String(node.scalar ?? '') : ''
}

/** A count as Spark reads it; what is none of its numbers has no end. */
function amountOf(text: string): number {
  if (text.trim() === '') return 0
  return /^\+?[0-9]{1,10}$/.test(text.trim()) ? Number(text) : Infinity
}
