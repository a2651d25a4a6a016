/**
 * Holds what pods ask for against the nodes that a cluster has: a pod that fits none stays Pending without an end, and
 * its job with it.
 */
import type { NodeShape } from '../canonical-spec.ts'
import type { FindingCollector } from '../findings/finding-collector.ts'
import { fieldAt } from '../document/source-node.ts'
import type { SourceMap } from '../document/source-node.ts'
import { podRequest, type PodRequest } from './pod-request.ts'
import type { PodRole } from './spark-memory.ts'

/** Shapes that an answer names. */
const MAX_SHAPES_NAMED = 3

/**
 * One error for the driver and one for the executors if no shape of `nodes` can hold such a pod alone. No nodes: nothing is
 * known, and nothing refused.
 */
export function checkCapacity(spec: SourceMap, nodes: readonly NodeShape[], findings: FindingCollector): void {
  if (nodes.length === 0) return
  for (const role of ['driver', 'executor'] as const) {
    const request = podRequest(spec, role)
    if (request === undefined || nodes.some(node => lacks(node, request).length === 0)) continue
    reportTooLarge(spec, role, request, nodes, findings)
  }
}

const resources = ['gpus', 'memoryMiB', 'cores'] as const
type Resource = (typeof resources)[number]

/** What a node has too little of. */
function lacks(node: NodeShape, request: PodRequest): readonly Resource[] {
  return resources.filter(resource => request[resource] > (node[resource] ?? 0))
}

const fieldOf: Readonly<Record<Resource, readonly string[]>> = {
  cores: ['cores'],
  memoryMiB: ['memory'],
  gpus: ['gpu', 'quantity'],
}

function reportTooLarge(
  spec: SourceMap,
  role: PodRole,
  request: PodRequest,
  nodes: readonly NodeShape[],
  findings: FindingCollector,
): void {
  // The first resource that is too much for every node; else no single one is, and memory is the usual one to give way.
  const tooMuch = resources.find(resource => nodes.every(node => lacks(node, request).includes(resource)))
  const resource = tooMuch ?? 'memoryMiB'
  const names = resource === 'cores' && fieldAt(spec, role, 'coreRequest') ? ['coreRequest'] : fieldOf[resource]
  const node = fieldAt(spec, role, ...names)
  const pod = role === 'driver' ? 'this driver' : 'such an executor'
  const gpus = request.gpus > 0 ? `, ${request.gpus} GPUs` : ''
  const together = tooMuch === undefined ? ' together' : ''
  const message =
    `No node of this cluster can hold ${pod}: it asks for ${round(request.cores)} cores, ` +
    `${request.memoryMiB} MiB of memory (heap and overhead)${gpus}${together}.`
  findings.error(node ?? fieldAt(spec, role) ?? spec, 'no-node-fits', message, {
    allowed: `At most what one node has: ${largest(nodes, resource)}`,
    ...(node === undefined ? { path: ['spec', role, ...names].join('.') } : { at: 'value' }),
  })
}

function largest(nodes: readonly NodeShape[], resource: Resource): string {
  return nodes
    .toSorted((left, right) => (right[resource] ?? 0) - (left[resource] ?? 0) || right.memoryMiB - left.memoryMiB)
    .slice(0, MAX_SHAPES_NAMED)
    .map(({ name, cores, memoryMiB, gpus }) => {
      const devices = gpus === undefined || gpus === 0 ? '' : `, ${gpus} GPUs`
      return `${name} (${round(cores)} cores, ${Math.floor(memoryMiB)} MiB${devices})`
    })
    .join('; ')
}

function round(cores: number): number {
  return Math.round(cores * 1000) / 1000
}
