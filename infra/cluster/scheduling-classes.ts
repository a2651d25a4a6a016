/** PriorityClasses and StorageClasses. Jobs get them by the platform's defaults (platform-defaults.ts), never by their own word. */
import type { ClusterContext } from './cluster-context.ts'
import { partLabels } from './manifest.ts'
import type { Manifest } from './manifest.ts'

export const PRIORITY_CLASSES = { driver: 'sparkgate-driver', executor: 'sparkgate-executor' } as const

/** A driver without executors waits; executors without room for drivers would hold the cluster for ever. So drivers go first. */
export function renderPriorityClasses(): readonly Manifest[] {
  return [
    priorityClass(PRIORITY_CLASSES.driver, 100_000, 'PreemptLowerPriority', 'Drivers of Spark jobs: before executors.'),
    priorityClass(
      PRIORITY_CLASSES.executor,
      1_000,
      'Never',
      'Executors of Spark jobs: they wait, and push nobody away.',
    ),
  ]
}

function priorityClass(
  name: string,
  value: number,
  preemptionPolicy: 'PreemptLowerPriority' | 'Never',
  description: string,
): Manifest {
  return {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name, labels: partLabels('priority') },
    value,
    preemptionPolicy,
    globalDefault: false,
    description,
  }
}

/** The class of the profile `per-executor-pvc`, under the name that the platform file gives it. */
export function renderStorageClasses({ platform }: ClusterContext): readonly Manifest[] {
  return [
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: platform.profileSettings.storageClass ?? 'gp3', labels: partLabels('storage') },
      provisioner: 'ebs.csi.aws.com',
      // 500 MiB/s and 6,000 operations a second: shuffle is sequential, and gp3's base (125, 3,000) would hold it up.
      parameters: { type: 'gp3', encrypted: 'true', throughput: '500', iops: '6000' },
      reclaimPolicy: 'Delete',
      // The volume is made where the pod lands, in its zone.
      volumeBindingMode: 'WaitForFirstConsumer',
      allowVolumeExpansion: true,
    },
  ]
}
