/**
 * Karpenter NodePools and their EC2NodeClass. The profiles that ship choose nodes by Karpenter's own labels, which every
 * pool here sets or leaves open; a test holds the two together.
 *
 * Consolidation is safe for drivers because pools only give back nodes that are empty (`WhenEmpty`), and budgets forbid
 * moving pods for cost or drift. A node that drifted goes when its last job ends.
 */
import type { ClusterContext } from './cluster-context.ts'
import { partLabels } from './manifest.ts'
import type { Manifest } from './manifest.ts'

/** Names of the pools; alerts and docs speak of them. */
export const NODE_POOLS = {
  onDemand: 'spark-on-demand',
  spot: 'spark-spot',
  nvme: 'spark-nvme',
  gpu: 'spark-gpu',
} as const

/** Soft: pods that did not ask for spot are kept off it while on-demand nodes have or can get room. */
const SPOT_TAINT = { key: 'sparkgate.dev/spot', value: 'true', effect: 'PreferNoSchedule' }
const GPU_TAINT = { key: 'nvidia.com/gpu', value: 'true', effect: 'NoSchedule' }
/** Where a team's file says nothing: as many cores as a pool may have. A runaway job meets this, not the bill. */
const DEFAULT_MAX_CORES = 2_000

export function renderKarpenterNodes(context: ClusterContext): readonly Manifest[] {
  const { onDemand, spot, nvme, gpu } = NODE_POOLS
  const families = { key: 'karpenter.k8s.aws/instance-category', operator: 'In', values: ['c', 'm', 'r'] }
  // Generations before these are slower for the same money; smaller sizes hold one executor and waste the rest.
  const generation = { key: 'karpenter.k8s.aws/instance-generation', operator: 'Gt', values: ['5'] }
  const sizes = { key: 'karpenter.k8s.aws/instance-cpu', operator: 'Gt', values: ['3'] }
  const noNvme = { key: 'karpenter.k8s.aws/instance-local-nvme', operator: 'DoesNotExist' }
  return [
    nodeClass(context, 'spark'),
    // Highest weight: a pod that chooses nothing (drivers, most of all) is put on demand.
    nodePool(context, onDemand, {
      weight: 50,
      capacity: ['on-demand'],
      requirements: [families, generation, sizes, noNvme],
    }),
    nodePool(context, spot, {
      weight: 10,
      capacity: ['spot'],
      requirements: [families, generation, sizes],
      taints: [SPOT_TAINT],
    }),
    nodePool(context, nvme, {
      weight: 1,
      capacity: ['on-demand'],
      requirements: [
        families,
        generation,
        sizes,
        { key: 'karpenter.k8s.aws/instance-local-nvme', operator: 'Gt', values: ['300'] },
      ],
    }),
    ...(context.options.gpuNodes
      ? [
          nodePool(context, gpu, {
            weight: 1,
            capacity: ['on-demand'],
            requirements: [{ key: 'karpenter.k8s.aws/instance-gpu-manufacturer', operator: 'In', values: ['nvidia'] }],
            taints: [GPU_TAINT],
          }),
        ]
      : []),
  ]
}

interface PoolPlan {
  readonly weight: number
  readonly capacity: readonly ('on-demand' | 'spot')[]
  readonly requirements: readonly object[]
  readonly taints?: readonly object[]
}

function nodePool({ cluster }: ClusterContext, name: string, plan: PoolPlan): Manifest {
  return {
    apiVersion: 'karpenter.sh/v1',
    kind: 'NodePool',
    metadata: { name, labels: partLabels('nodes') },
    spec: {
      weight: plan.weight,
      limits: { cpu: String(cluster.limits.cores ?? DEFAULT_MAX_CORES) },
      disruption: {
        consolidationPolicy: 'WhenEmpty',
        // Executors come and go within a job: a node that waits a minute is often used again.
        consolidateAfter: '2m',
        budgets: [
          { nodes: '100%', reasons: ['Empty'] },
          { nodes: '0', reasons: ['Underutilized', 'Drifted'] },
        ],
      },
      template: {
        metadata: { labels: { 'sparkgate.dev/pool': name } },
        spec: {
          nodeClassRef: { group: 'karpenter.k8s.aws', kind: 'EC2NodeClass', name: 'spark' },
          // Expiry would end drivers by force; empty nodes go within minutes anyway.
          expireAfter: 'Never',
          requirements: [
            { key: 'karpenter.sh/capacity-type', operator: 'In', values: plan.capacity },
            { key: 'kubernetes.io/os', operator: 'In', values: ['linux'] },
            // Spark's images are often built for one architecture; a platform with both adds arm64 here.
            { key: 'kubernetes.io/arch', operator: 'In', values: ['amd64'] },
            ...plan.requirements,
          ],
          ...(plan.taints !== undefined && { taints: plan.taints }),
        },
      },
    },
  }
}

/** Scratch on EBS where a node has no disks of its own; nodes with NVMe put kubelet's emptyDir there (RAID0). */
function nodeClass({ cluster, options }: ClusterContext, name: string): Manifest {
  const discovery = [{ tags: { 'karpenter.sh/discovery': options.discoveryTag ?? cluster.eksName } }]
  return {
    apiVersion: 'karpenter.k8s.aws/v1',
    kind: 'EC2NodeClass',
    metadata: { name, labels: partLabels('nodes') },
    spec: {
      amiSelectorTerms: [{ alias: options.amiAlias }],
      role: options.nodeRole ?? `KarpenterNodeRole-${cluster.eksName}`,
      subnetSelectorTerms: discovery,
      securityGroupSelectorTerms: discovery,
      instanceStorePolicy: 'RAID0',
      // Pods take their own roles: the node's credentials are out of their reach (one hop ends at the node).
      metadataOptions: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1 },
      blockDeviceMappings: [
        {
          deviceName: options.amiAlias.startsWith('bottlerocket') ? '/dev/xvdb' : '/dev/xvda',
          ebs: { volumeSize: '200Gi', volumeType: 'gp3', encrypted: true, deleteOnTermination: true, throughput: 250 },
        },
      ],
      tags: { 'sparkgate:cluster': cluster.eksName },
    },
  }
}
