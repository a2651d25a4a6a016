/**
 * Fields of the short form that become several of a SparkApplication: executors by need, environment, disk for shuffle,
 * repeats, profiles. What a converter has to recognise again stands here too.
 */
import { profileNamed } from '../layers/profile-named.ts'
import type { JsonValue } from '../canonical-spec.ts'
import type { SourceNode } from '../document/source-node.ts'
import { isNull, textOf } from '../document/source-node.ts'
import type { JobTree } from './job-tree.ts'
import { nodeFor } from './job-tree.ts'
import { isSql, SQL_PROFILE } from './program.ts'
import type { SpecDefaults } from './program.ts'
import type { GivenFields } from './read-fields.ts'

/** The device that `executors.gpus` counts. */
export const GPU_NAME = 'nvidia.com/gpu'
/** Spark keeps shuffle and spill in volumes whose names begin with `spark-local-dir-`; the operator makes settings of them. */
export const SCRATCH_VOLUME = 'spark-local-dir-scratch'
const SCRATCH_MOUNT_PATH = '/var/data/spark-scratch'

/** `spec.volumes` for scratch space of this size. */
export function scratchVolumes(sizeLimit: string): JsonValue {
  return [{ name: SCRATCH_VOLUME, emptyDir: { sizeLimit } }]
}

/** `volumeMounts` of a pod for it. */
export const scratchMounts: JsonValue = [{ name: SCRATCH_VOLUME, mountPath: SCRATCH_MOUNT_PATH }]

const value = (given: GivenFields, path: string): SourceNode | undefined => {
  const node = given.get(path)
  return isNull(node) ? undefined : node
}

/** Bounds switch dynamic allocation on; the operator then tracks shuffle files, as there is no shuffle service. */
export function putExecutors(tree: JobTree, given: GivenFields): void {
  const bound = value(given, 'executors.max') ?? value(given, 'executors.min')
  if (bound !== undefined) tree.putJson('spec.dynamicAllocation.enabled', bound, true)
  const gpus = given.get('executors.gpus')
  if (isNull(gpus) && gpus !== undefined) tree.putJson('spec.executor.gpu', gpus, null)
  else if (gpus !== undefined) tree.putJson('spec.executor.gpu.name', gpus, GPU_NAME)
}

/** Repeats are a restart policy in the operator's words. */
export function putRestartPolicy(tree: JobTree, given: GivenFields): void {
  const because = given.get('retry.onFailure') ?? given.get('retry.delaySeconds')
  if (because !== undefined) tree.putJson('spec.restartPolicy.type', because, 'OnFailure')
}

/** Both pods get the same variables. */
export function putEnvironment(tree: JobTree, given: GivenFields): void {
  const env = given.get('env')
  if (env?.kind !== 'map') return
  for (const role of ['driver', 'executor']) {
    const list = tree.putJson(`spec.${role}.env`, env, [])
    if (list.kind !== 'list') continue
    for (const [name, node] of env.fields) {
      const item = { name, value: node.kind === 'scalar' ? String(node.scalar) : '' }
      list.items.push(nodeFor(list, list.items.length, node, item))
    }
  }
}

/** An empty directory of the size given, on the node's disk, in both pods. */
export function putScratch(tree: JobTree, given: GivenFields): void {
  const scratch = given.get('scratch')
  const sizeLimit = textOf(scratch)
  if (scratch === undefined || sizeLimit === undefined) return
  tree.putJson('spec.volumes', scratch, scratchVolumes(sizeLimit))
  for (const role of ['driver', 'executor']) {
    tree.putJson(`spec.${role}.volumeMounts`, scratch, scratchMounts)
  }
}

/** The profile for SQL lies lowest, then the size, then the others. */
export function putProfiles(tree: JobTree, given: GivenFields, defaults: SpecDefaults): void {
  const [profiles, size] = [given.get('profiles'), given.get('size')]
  const written = profiles?.kind === 'list' ? profiles.items : profiles === undefined ? [] : [profiles]
  const isOffered = profileNamed(defaults, SQL_PROFILE) !== undefined
  const sql = isOffered && isSql(given) && !written.some(item => textOf(item) === SQL_PROFILE)
  const because = size ?? (sql ? (given.get('sql') ?? given.get('main') ?? given.get('language')) : undefined)
  if (because === undefined) return
  const list = tree.putJson('options.profiles', profiles ?? because, [])
  if (list.kind !== 'list') return
  if (sql) list.items.push(nodeFor(list, 0, because, SQL_PROFILE))
  const named = size === undefined ? written : [size, ...written]
  for (const node of named) list.items.push(nodeFor(list, list.items.length, node, textOf(node) ?? ''))
}
