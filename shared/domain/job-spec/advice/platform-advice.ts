/** Images, spot nodes, logs, versions: what a job needs around itself. */
import { splitImage } from '../checks/image-reference.ts'
import { selectNodes } from '../document/path-pattern.ts'
import { textOf, toJson } from '../document/source-node.ts'
import type { SourceMap, SourceNode } from '../document/source-node.ts'
import { at, isOn, missing, mostExecutors, nowhere, setting, settings, sparkVersionNumber } from './advice-row.ts'
import type { AdvicePlace, AdviceRow } from './advice-row.ts'

const images = ['image', '{driver,executor}.image', '{driver,executor}.{initContainers,sidecars}[].image']

function findLooseTags(spec: SourceMap): readonly AdvicePlace[] {
  return images
    .flatMap(pattern => selectNodes(spec, pattern))
    .filter(node => {
      const { tag, digest } = splitImage(textOf(node) ?? '')
      return digest === undefined && (tag === undefined || tag === 'latest')
    })
    .map(node => ({ node }))
}

function findNoImage(spec: SourceMap): readonly AdvicePlace[] {
  const named = [...selectNodes(spec, 'image'), ...selectNodes(spec, '{driver,executor}.image')]
  return named.length > 0 ? nowhere : missing(spec, 'image')
}

/** Words by which nodes say that they may be taken away: labels of Karpenter, EKS and older set-ups. */
const spot =
  /"(?:karpenter\.sh\/capacity-type|eks\.amazonaws\.com\/capacityType|node-lifecycle|lifecycle)"[^{}]{0,200}"(?:spot|SPOT|Ec2Spot)"/

function spotPlaces(spec: SourceMap, role: 'driver' | 'executor'): readonly SourceNode[] {
  const places = [
    `${role}.{nodeSelector,affinity,tolerations}`,
    `${role}.template.spec.{nodeSelector,affinity,tolerations}`,
  ]
  return [...places, 'nodeSelector']
    .flatMap(pattern => selectNodes(spec, pattern))
    .filter(node => spot.test(JSON.stringify(toJson(node)).slice(0, MAX_PLACEMENT_LENGTH)))
}
/** Placement is a few lines in real files. */
const MAX_PLACEMENT_LENGTH = 16_384

function findSpotDriver(spec: SourceMap): readonly AdvicePlace[] {
  return spotPlaces(spec, 'driver').map(node => ({ node }))
}

function findSpotWithoutDecommission(spec: SourceMap): readonly AdvicePlace[] {
  if (isOn(setting(spec, 'spark.decommission.enabled')) || spotPlaces(spec, 'executor').length === 0) return nowhere
  return missing(spec, 'sparkConf', 'spark.decommission.enabled')
}

/** From this size on somebody will want to know where the time went. */
const LARGE_JOB_EXECUTORS = 10

function findNoEventLog(spec: SourceMap): readonly AdvicePlace[] {
  const large = (mostExecutors(spec) ?? Infinity) >= LARGE_JOB_EXECUTORS
  if (!large || setting(spec, 'spark.eventLog.enabled') !== undefined) return nowhere
  return missing(spec, 'sparkConf', 'spark.eventLog.enabled')
}

function findLostEventLog(spec: SourceMap): readonly AdvicePlace[] {
  const enabled = setting(spec, 'spark.eventLog.enabled')
  if (!isOn(enabled)) return nowhere
  const directory = setting(spec, 'spark.eventLog.dir')
  if (directory === undefined) return missing(spec, 'sparkConf', 'spark.eventLog.dir')
  return /^(?:file:)?\//.test(textOf(directory) ?? '') ? at(directory) : nowhere
}

/** Old names of settings, with what Spark 4.0.5 itself says to use (`SparkConf.deprecatedConfigs`, `SQLConf.deprecatedSQLConfigs`). */
const replacements: ReadonlyMap<string, string> = new Map([
  ['spark.blacklist.enabled', 'spark.excludeOnFailure.enabled'],
  ['spark.blacklist.timeout', 'spark.excludeOnFailure.timeout'],
  ['spark.executor.plugins', 'spark.plugins'],
  ['spark.shuffle.file.buffer.kb', 'spark.shuffle.file.buffer'],
  ['spark.reducer.maxMbInFlight', 'spark.reducer.maxSizeInFlight'],
  ['spark.kryoserializer.buffer.mb', 'spark.kryoserializer.buffer'],
  ['spark.kryoserializer.buffer.max.mb', 'spark.kryoserializer.buffer.max'],
  ['spark.scheduler.listenerbus.eventqueue.size', 'spark.scheduler.listenerbus.eventqueue.capacity'],
  ['spark.yarn.driver.memoryOverhead', 'spark.driver.memoryOverhead'],
  ['spark.yarn.executor.memoryOverhead', 'spark.executor.memoryOverhead'],
  ['spark.sql.execution.arrow.enabled', 'spark.sql.execution.arrow.pyspark.enabled'],
  ['spark.sql.execution.arrow.fallback.enabled', 'spark.sql.execution.arrow.pyspark.fallback.enabled'],
  ['spark.sql.adaptive.shuffle.targetPostShuffleInputSize', 'spark.sql.adaptive.advisoryPartitionSizeInBytes'],
  ['spark.sql.adaptive.coalescePartitions.minPartitionNum', 'spark.sql.adaptive.coalescePartitions.minPartitionSize'],
  ['spark.sql.hive.convertCTAS', 'spark.sql.legacy.createHiveTableByDefault'],
  ['spark.sql.legacy.parquet.datetimeRebaseModeInRead', 'spark.sql.parquet.datetimeRebaseModeInRead'],
])

function findOldSettings(spec: SourceMap): readonly AdvicePlace[] {
  return [...settings(spec)].flatMap(([key, node]) => {
    const suggestion = replacements.get(key)
    return suggestion === undefined ? [] : [{ node, suggestion }]
  })
}

function findOldSpark(spec: SourceMap): readonly AdvicePlace[] {
  const version = sparkVersionNumber(spec)
  return version !== undefined && version < 3_000 ? at(spec.fields.get('sparkVersion')) : nowhere
}

/** Rows about what is around a job. */
export const platformAdvice: readonly AdviceRow[] = [
  {
    id: 'advice-latest-tag',
    source: 'seed: common mistakes',
    when: 'an image has the tag latest, or none',
    message: 'The tag can mean another image tomorrow; a retry may then run other code.',
    allowed: 'A fixed tag or a digest',
    find: findLooseTags,
  },
  {
    id: 'advice-no-image',
    source: 'Spark docs: Running on Kubernetes, spark.kubernetes.container.image (none)',
    when: 'no image is named',
    message: 'No image is named; the job starts only if the platform has a default.',
    allowed: 'image',
    find: findNoImage,
  },
  {
    id: 'advice-spot-driver',
    source: 'seed: tailoring for EKS (spot for executors), driver and executor model',
    when: 'the driver asks for spot nodes',
    message: 'When its node is taken away the whole job is lost; executors are replaced, the driver is not.',
    allowed: 'On-demand nodes for the driver, spot for executors',
    find: findSpotDriver,
  },
  {
    id: 'advice-spot-decommission',
    source: 'seed: dynamic allocation on Kubernetes (graceful decommission)',
    when: 'executors ask for spot nodes, and spark.decommission.enabled is not on',
    message:
      'When a spot node goes, its shuffle and cached blocks go too, and stages run again; decommissioning moves them first.',
    allowed: 'spark.decommission.enabled, spark.storage.decommission.enabled and …shuffleBlocks.enabled: "true"',
    find: findSpotWithoutDecommission,
  },
  {
    id: 'advice-event-log',
    source: 'Spark docs: Monitoring, Viewing After the Fact',
    when: 'a job of 10 executors or more does not set spark.eventLog.enabled',
    message:
      "The UI ends with the driver's pod; without an event log nobody can look at the stages of a run afterwards.",
    allowed: 'spark.eventLog.enabled: "true" and spark.eventLog.dir: s3a://BUCKET/PATH, or a profile with them',
    find: findNoEventLog,
  },
  {
    id: 'advice-event-log-dir',
    source: 'Spark docs: Configuration, spark.eventLog.dir (file:///tmp/spark-events)',
    when: 'the event log is on, and its directory is not set or inside the pod',
    message:
      'The log goes into the pod: it is lost with it, and the default directory does not even exist, so that Spark stops.',
    allowed: 'spark.eventLog.dir: s3a://BUCKET/PATH',
    find: findLostEventLog,
  },
  {
    id: 'advice-deprecated-setting',
    source: 'Spark 4.0.5: SparkConf and SQLConf, deprecated settings',
    when: 'a setting has an old name',
    message: 'Spark has another name for this; old names stop working with some next version.',
    allowed: 'The new name',
    find: findOldSettings,
  },
  {
    id: 'advice-old-spark',
    source: 'Spark docs: Running on Kubernetes (general availability in 3.1); the operator submits with Spark 4',
    when: 'sparkVersion is below 3.0',
    message: 'Spark 2 on Kubernetes was an experiment, and the operator submits it with the code of Spark 4.',
    allowed: '3.5 or 4.0',
    find: findOldSpark,
  },
]
