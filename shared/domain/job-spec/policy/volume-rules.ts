/**
 * Volumes: what a job may mount, by name and size. The settings of Spark that make volumes are judged by the same rules.
 */
import { parseQuantity } from '../checks/kubernetes-formats.ts'
import { fieldAt, textOf } from '../document/source-node.ts'
import type { SourceNode } from '../document/source-node.ts'
import { at, containers, roles, templatePods } from './pod-places.ts'
import type { PolicyRule } from './policy-rule.ts'
import type { Policy } from './policy-schema.ts'

const volumes = ['spec.volumes[]', ...at(templatePods, 'volumes[]')]

/** Kinds that have a rule of their own. */
const knownKinds = new Set([
  'name',
  'emptyDir',
  'hostPath',
  'nfs',
  'persistentVolumeClaim',
  'ephemeral',
  'configMap',
  'secret',
])
const scratch = ({ volumes: { emptyDir } }: Policy): string => {
  if (emptyDir === '0') return 'Data in S3'
  const most = emptyDir === 'unlimited' ? 'with sizeLimit' : `up to ${emptyDir}`
  return `emptyDir ${most} (medium Memory for small fast ones), or data in S3`
}

/** The rules about volumes and mounts. */
export const volumeRules: readonly PolicyRule[] = [
  {
    id: 'policy-volume',
    part: 'volumes.otherKinds',
    where: at(volumes, '*'),
    reads: node => (knownKinds.has(String(node.key)) ? undefined : String(node.key)),
    message: "This kind of volume reaches the node's disk, other jobs' data or secrets.",
    instead: scratch,
  },
  {
    id: 'policy-volume',
    part: 'volumes.hostPaths',
    compare: 'paths',
    where: at(volumes, 'hostPath'),
    reads: node => textOf(fieldAt(node, 'path')) ?? '',
    message: "This volume is a folder of the node's disk, which other teams' pods use too.",
    instead: scratch,
  },
  {
    id: 'policy-volume',
    part: 'volumes.nfs',
    compare: 'paths',
    where: at(volumes, 'nfs'),
    reads: node => `${textOf(fieldAt(node, 'server')) ?? ''}:${textOf(fieldAt(node, 'path')) ?? ''}`,
    message: 'This volume is an export of a file server, for which a job has no identity.',
    instead: scratch,
  },
  {
    id: 'policy-volume',
    part: 'volumes.claims',
    where: at(volumes, 'persistentVolumeClaim'),
    reads: node => (isMadeForPod(node) ? undefined : (textOf(fieldAt(node, 'claimName')) ?? '')),
    message: "This claim may hold other jobs' data.",
    instead: scratch,
  },
  {
    id: 'policy-volume',
    part: 'volumes.storageClasses',
    where: at(volumes, 'persistentVolumeClaim', 'ephemeral'),
    reads: node => (makesClaim(node) ? (textOf(storageClassOf(node)) ?? '') : undefined),
    message: 'Each pod would make a volume of this storage class.',
    instead: scratch,
  },
  {
    id: 'policy-volume-size',
    part: 'volumes.claimSize',
    where: at(volumes, 'persistentVolumeClaim', 'ephemeral'),
    reads: node => (makesClaim(node) ? bytesOf(claimSizeOf(node)) : undefined),
    message: 'Each pod would make a volume of this size.',
    instead: scratch,
  },
  {
    id: 'policy-volume-size',
    part: 'volumes.emptyDir',
    where: at(volumes, 'emptyDir'),
    reads: node => (isInMemory(node) ? undefined : bytesOf(fieldAt(node, 'sizeLimit'))),
    message:
      'A volume without sizeLimit, or with a large one, can fill the disk of its node, and the pods there are evicted.',
    instead: 'Data in S3',
  },
  {
    id: 'policy-volume-size',
    part: 'volumes.tmpfs',
    where: at(volumes, 'emptyDir'),
    reads: node => (isInMemory(node) ? bytesOf(fieldAt(node, 'sizeLimit')) : undefined),
    message: 'A volume in memory needs a sizeLimit; what it holds is memory of its node.',
    instead: 'emptyDir on the disk, or data in S3',
  },
  {
    id: 'policy-config-map',
    part: 'objects.configMaps',
    where: at(volumes, 'configMap', 'projected.sources[].configMap'),
    reads: node => textOf(fieldAt(node, 'name')) ?? '',
    message: "Any ConfigMap of the team's namespace could be read by this name, those of other jobs too.",
    instead: 'sparkConf, hadoopConf and env in the spec; files in the image or in S3',
  },
  {
    id: 'policy-secret',
    part: 'objects.secrets',
    where: at(volumes, 'secret', 'projected.sources[].secret'),
    reads: node => textOf(fieldAt(node, 'secretName') ?? fieldAt(node, 'name')) ?? '',
    message: "Any secret of the team's namespace could be read by this name.",
    instead: "The role of the team's service account; fetch secrets from AWS Secrets Manager in the program",
  },
  {
    id: 'policy-volume-mount',
    part: 'volumes.subPaths',
    where: at([...roles, ...containers], 'volumeMounts[].{subPath,subPathExpr,mountPropagation}'),
    message: 'Parts of volumes and mount propagation reach beyond the pod.',
    instead: 'name, mountPath, readOnly',
  },
]

/** Spark replaces this name by one for each pod; it is no name that a claim can have. */
const isMadeForPod = (claim: SourceNode): boolean => textOf(fieldAt(claim, 'claimName')) === 'OnDemand'

/** Spark makes a claim where class and size stand beside any name, and for its own word always. */
function makesClaim(volume: SourceNode): boolean {
  if (volume.key === 'ephemeral' || isMadeForPod(volume)) return true
  return fieldAt(volume, 'storageClass') !== undefined || fieldAt(volume, 'sizeLimit') !== undefined
}

const storageClassOf = (volume: SourceNode): SourceNode | undefined =>
  fieldAt(volume, 'storageClass') ?? fieldAt(volume, 'volumeClaimTemplate', 'spec', 'storageClassName')

const claimSizeOf = (volume: SourceNode): SourceNode | undefined =>
  fieldAt(volume, 'sizeLimit') ?? fieldAt(volume, 'volumeClaimTemplate', 'spec', 'resources', 'requests', 'storage')

const isInMemory = (volume: SourceNode): boolean => !['', undefined].includes(textOf(fieldAt(volume, 'medium')))

/** Bytes of a quantity; without one there is no end. */
function bytesOf(node: SourceNode | undefined): number {
  return node?.kind === 'scalar' ? (parseQuantity(String(node.scalar)) ?? Infinity) : Infinity
}
