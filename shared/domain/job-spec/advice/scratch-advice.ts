/** Where shuffle files go. */
import { selectNodes } from '../document/path-pattern.ts'
import { textOf } from '../document/source-node.ts'
import type { SourceMap } from '../document/source-node.ts'
import { isOn, missing, mostExecutors, nowhere, setting, settings } from './advice-row.ts'
import type { AdvicePlace, AdviceRow } from './advice-row.ts'

/** A job of this size shuffles enough to fill a node's disk. */
const LARGE_JOB_EXECUTORS = 10
const MANY_PARTITIONS = 400

/** Settings and names by which a job says where its scratch space is. */
function hasScratch(spec: SourceMap): boolean {
  for (const [key, node] of settings(spec)) {
    if (/^spark\.kubernetes\.executor\.volumes\..*\.spark-local-dir-/.test(key)) return true
    if (key === 'spark.local.dir' || (key === 'spark.kubernetes.local.dirs.tmpfs' && isOn(node))) return true
  }
  const names = selectNodes(spec, 'volumes[].name').map(textOf)
  const mounted = new Set(selectNodes(spec, 'executor.volumeMounts[].name').map(textOf))
  const variables = selectNodes(spec, 'executor.env[].name').map(textOf)
  const isScratch = (name: string | undefined): boolean =>
    name !== undefined &&
    (name.startsWith('spark-local-dir-') || (mounted.has(name) && /local|scratch|shuffle/.test(name)))
  return names.some(isScratch) || variables.includes('SPARK_LOCAL_DIRS')
}

function findNoScratch(spec: SourceMap): readonly AdvicePlace[] {
  const partitions = Number(textOf(setting(spec, 'spark.sql.shuffle.partitions')) ?? 0)
  const large = (mostExecutors(spec) ?? 0) >= LARGE_JOB_EXECUTORS || partitions >= MANY_PARTITIONS
  return large && !hasScratch(spec) ? missing(spec, 'volumes') : nowhere
}

function findUnlimitedScratch(spec: SourceMap): readonly AdvicePlace[] {
  return selectNodes(spec, 'volumes[].emptyDir').flatMap(node =>
    node.kind === 'map' && !node.fields.has('sizeLimit') ? [{ node, suggestion: 'emptyDir: {sizeLimit: 50Gi}' }] : [],
  )
}

function findHostPath(spec: SourceMap): readonly AdvicePlace[] {
  return selectNodes(spec, 'volumes[].hostPath').map(node => ({ node }))
}

/** Rows about scratch space. */
export const scratchAdvice: readonly AdviceRow[] = [
  {
    id: 'advice-no-scratch',
    source: 'seed: common mistakes, shuffle data management',
    when: 'a job of 10 executors or 400 partitions has no scratch volume',
    message: "Shuffle files go to the node's own disk, which is small; a full one evicts pods (DiskPressure).",
    allowed: 'A volume named spark-local-dir-1 (emptyDir with sizeLimit, local NVMe or a claim for each executor)',
    find: findNoScratch,
  },
  {
    id: 'advice-scratch-limit',
    source: 'seed: common mistakes',
    when: 'an emptyDir volume has no sizeLimit',
    message: "Without a limit one pod can fill the node's disk, and pods of others are evicted with it.",
    allowed: 'sizeLimit',
    find: findUnlimitedScratch,
  },
  {
    id: 'advice-host-path',
    source: 'Kubernetes docs: Volumes, hostPath',
    when: 'a volume is a hostPath',
    message: 'What is written stays on the node after the job, is seen by others there, and fills its disk.',
    allowed: 'emptyDir, or the profile for local NVMe',
    find: findHostPath,
  },
]
