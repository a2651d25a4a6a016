/**
 * Requests and limits of one pod. Kubernetes refuses a pod whose limit is below its request, and says so only in the
 * log of the driver where executors are concerned.
 */
import type { FindingCollector } from '../findings/finding-collector.ts'
import { fieldAt, numberOf, textOf } from '../document/source-node.ts'
import type { SourceMap } from '../document/source-node.ts'
import { parseQuantity } from './kubernetes-formats.ts'
import { podRequest } from './pod-request.ts'
import { parseMemoryMiB, type PodRole } from './spark-memory.ts'

/** Checks the sizes of driver and executor. */
export function checkPodSizes(spec: SourceMap, findings: FindingCollector): void {
  for (const role of ['driver', 'executor'] as const) {
    checkCores(spec, role, findings)
    checkMemoryLimit(spec, role, findings)
  }
  checkTaskCpus(spec, findings)
}

function checkCores(spec: SourceMap, role: PodRole, findings: FindingCollector): void {
  const limitNode = fieldAt(spec, role, 'coreLimit')
  const limit = parseQuantity(textOf(limitNode) ?? '')
  const written = fieldAt(spec, role, 'coreRequest') ?? fieldAt(spec, role, 'cores')
  const request = parseQuantity(textOf(written) ?? '') ?? numberOf(written) ?? 1
  if (limitNode === undefined || limit === undefined || limit >= request) return
  const message = `The limit of CPU is below what the pod asks for (${request}); Kubernetes refuses such a pod.`
  findings.error(limitNode, 'core-limit-below-cores', message, {
    allowed: `${request} or more, or no limit`,
    suggestion: String(request),
    at: 'value',
  })
}

function checkMemoryLimit(spec: SourceMap, role: PodRole, findings: FindingCollector): void {
  const limitNode = fieldAt(spec, role, 'memoryLimit')
  const limit = parseMemoryMiB(textOf(limitNode) ?? '')
  const request = podRequest(spec, role)
  if (limitNode === undefined || limit === undefined || request === undefined || limit >= request.memoryMiB) return
  const { memoryMiB, heapMiB, overheadMiB } = request
  const message =
    `The limit of memory is below what the pod asks for: ${heapMiB} MiB of memory + ${overheadMiB} MiB of overhead. ` +
    'Kubernetes refuses such a pod.'
  findings.error(limitNode, 'memory-limit-below-memory', message, {
    allowed: `${memoryMiB}m or more, or no limit`,
    suggestion: `${memoryMiB}m`,
    at: 'value',
  })
}

/** A task that needs more cores than an executor has is never run. */
function checkTaskCpus(spec: SourceMap, findings: FindingCollector): void {
  const node = fieldAt(spec, 'sparkConf', 'spark.task.cpus')
  const text = textOf(node) ?? ''
  const cores = numberOf(fieldAt(spec, 'executor', 'cores')) ?? 1
  if (node === undefined || !/^[0-9]{1,9}$/.test(text) || Number(text) <= cores) return
  const message = `A task would need ${Number(text)} cores, and an executor has ${cores}: no task could ever run.`
  findings.error(node, 'task-cpus-above-cores', message, { allowed: `1 to ${cores}`, at: 'value' })
}
