/**
 * Does a pod get onto a node, and into its namespace's quota? One largest node stands for an autoscaled cluster, so
 * pods do not compete for it; quotas are counted.
 */
import type { Pod } from './kubernetes-object.ts'
import { hasEnded } from './kubernetes-object.ts'
import { formatCpu, requestsOf } from './spark-resources.ts'

export interface NodeCapacity {
  readonly cores: number
  readonly memoryMiB: number
  readonly labels?: Readonly<Record<string, string>>
}

/** Sums over a namespace; what is absent is not limited. */
export interface Quota {
  readonly cpu?: number
  readonly memoryMiB?: number
}

export const DEFAULT_NODE: NodeCapacity = { cores: 16, memoryMiB: 65_536 }
const NO_PREEMPTION =
  'no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.'

/** The scheduler's message where no node takes the pod, else undefined. */
export function whyUnschedulable(pod: Pod, node: NodeCapacity): string | undefined {
  const wanted = requestsOf(pod)
  const labels = node.labels ?? {}
  const mismatch = Object.entries(pod.spec.nodeSelector ?? {}).some(([key, value]) => labels[key] !== value)
  const reasons = mismatch
    ? ["1 node(s) didn't match Pod's node affinity/selector"]
    : [
        ...(wanted.cpu > node.cores ? ['1 Insufficient cpu'] : []),
        ...(wanted.memoryMiB > node.memoryMiB ? ['1 Insufficient memory'] : []),
      ]
  return reasons.length === 0 ? undefined : `0/1 nodes are available: ${reasons.join(', ')}. ${NO_PREEMPTION}`
}

/** `exceeded quota: …` where the pod does not fit beside `others` of its namespace, else undefined. */
export function whyOverQuota(pod: Pod, others: readonly Pod[], quota: Quota | undefined): string | undefined {
  if (quota === undefined) return undefined
  const wanted = requestsOf(pod)
  const used = { cpu: 0, memoryMiB: 0 }
  for (const other of others.filter(one => !hasEnded(one))) {
    used.cpu += requestsOf(other).cpu
    used.memoryMiB += requestsOf(other).memoryMiB
  }
  const over = [
    ...(quota.cpu !== undefined && used.cpu + wanted.cpu > quota.cpu + 1e-9
      ? [{ name: 'requests.cpu', asked: formatCpu(wanted.cpu), used: formatCpu(used.cpu), hard: formatCpu(quota.cpu) }]
      : []),
    ...(quota.memoryMiB !== undefined && used.memoryMiB + wanted.memoryMiB > quota.memoryMiB
      ? [
          {
            name: 'requests.memory',
            asked: mebi(wanted.memoryMiB),
            used: mebi(used.memoryMiB),
            hard: mebi(quota.memoryMiB),
          },
        ]
      : []),
  ]
  if (over.length === 0) return undefined
  const list = (field: 'asked' | 'used' | 'hard'): string => over.map(one => `${one.name}=${one[field]}`).join(',')
  return `exceeded quota: team, requested: ${list('asked')}, used: ${list('used')}, limited: ${list('hard')}`
}

function mebi(memoryMiB: number): string {
  return memoryMiB === 0 ? '0' : `${memoryMiB}Mi`
}
