/** How work and shuffles are spread: adaptive execution, dynamic allocation, streaming. */
import { fieldAt, numberOf, textOf } from '../document/source-node.ts'
import type { SourceMap } from '../document/source-node.ts'
import {
  at,
  executorCores,
  isDynamic,
  isOff,
  isOn,
  missing,
  mostExecutors,
  nowhere,
  setting,
  settings,
  sparkVersionNumber,
} from './advice-row.ts'
import type { AdvicePlace, AdviceRow } from './advice-row.ts'

/** Adaptive execution came with 3.0 and is on by itself since 3.2; shuffles are tracked by themselves since 3.4. */
const SPARK_3_0 = 3_000
const SPARK_3_2 = 3_002
const SPARK_3_4 = 3_004

function findAdaptiveOff(spec: SourceMap): readonly AdvicePlace[] {
  const node = setting(spec, 'spark.sql.adaptive.enabled')
  if (node !== undefined) return isOff(node) ? at(node) : nowhere
  const version = sparkVersionNumber(spec) ?? SPARK_3_2
  return version >= SPARK_3_0 && version < SPARK_3_2
    ? missing(spec, 'sparkConf', 'spark.sql.adaptive.enabled')
    : nowhere
}

function findSkewJoinOff(spec: SourceMap): readonly AdvicePlace[] {
  const node = setting(spec, 'spark.sql.adaptive.skewJoin.enabled')
  return isOff(node) ? at(node) : nowhere
}

function findFewPartitions(spec: SourceMap): readonly AdvicePlace[] {
  const node = setting(spec, 'spark.sql.shuffle.partitions')
  const partitions = Number(textOf(node) ?? NaN)
  const most = mostExecutors(spec)
  return most !== undefined && partitions < most * executorCores(spec) ? at(node) : nowhere
}

function findNoBound(spec: SourceMap): readonly AdvicePlace[] {
  if (!isDynamic(spec) || fieldAt(spec, 'dynamicAllocation', 'maxExecutors') !== undefined) return nowhere
  return missing(spec, 'dynamicAllocation', 'maxExecutors')
}

function findNoTracking(spec: SourceMap): readonly AdvicePlace[] {
  if (!isDynamic(spec) || isOn(setting(spec, 'spark.shuffle.service.enabled'))) return nowhere
  const decommission = ['spark.decommission.enabled', 'spark.storage.decommission.shuffleBlocks.enabled']
  if (decommission.every(key => isOn(setting(spec, key)))) return nowhere
  const field = fieldAt(spec, 'dynamicAllocation', 'shuffleTrackingEnabled')
  const node = field ?? setting(spec, 'spark.dynamicAllocation.shuffleTracking.enabled')
  return isOff(node) ? at(node) : nowhere
}

function findNoTrackingByDefault(spec: SourceMap): readonly AdvicePlace[] {
  if (!isDynamic(spec) || (sparkVersionNumber(spec) ?? SPARK_3_4) >= SPARK_3_4) return nowhere
  if (isOn(setting(spec, 'spark.shuffle.service.enabled'))) return nowhere
  const field = fieldAt(spec, 'dynamicAllocation', 'shuffleTrackingEnabled')
  const known = field ?? setting(spec, 'spark.dynamicAllocation.shuffleTracking.enabled')
  return known === undefined ? missing(spec, 'dynamicAllocation', 'shuffleTrackingEnabled') : nowhere
}

function findShuffleService(spec: SourceMap): readonly AdvicePlace[] {
  const node = setting(spec, 'spark.shuffle.service.enabled')
  return isOn(node) ? at(node) : nowhere
}

function findSpeculation(spec: SourceMap): readonly AdvicePlace[] {
  const node = setting(spec, 'spark.speculation')
  const version = fieldAt(spec, 'hadoopConf', 'mapreduce.fileoutputcommitter.algorithm.version')
  const committer = version ?? setting(spec, 'spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version')
  return isOn(node) && textOf(committer) === '2' ? at(node) : nowhere
}

function findNoTaskRetry(spec: SourceMap): readonly AdvicePlace[] {
  const node = setting(spec, 'spark.task.maxFailures')
  return textOf(node)?.trim() === '1' ? at(node) : nowhere
}

function findNoCheckpoint(spec: SourceMap): readonly AdvicePlace[] {
  let streaming = false
  for (const [key] of settings(spec)) {
    if (key === 'spark.sql.streaming.checkpointLocation') return nowhere
    streaming ||= key.startsWith('spark.sql.streaming.')
  }
  return streaming ? missing(spec, 'sparkConf', 'spark.sql.streaming.checkpointLocation') : nowhere
}

function findJavaSerializer(spec: SourceMap): readonly AdvicePlace[] {
  const node = setting(spec, 'spark.serializer')
  return (textOf(node) ?? '').trim() === 'org.apache.spark.serializer.JavaSerializer' ? at(node) : nowhere
}

function findManyAtOnce(spec: SourceMap): readonly AdvicePlace[] {
  const node = setting(spec, 'spark.kubernetes.allocation.batch.size')
  const size = numberOf(node) ?? Number(textOf(node) ?? 0)
  return size > MAX_PODS_AT_ONCE ? at(node) : nowhere
}
const MAX_PODS_AT_ONCE = 100

/** Rows about work and shuffles. */
export const workAdvice: readonly AdviceRow[] = [
  {
    id: 'advice-adaptive-off',
    source: 'seed: common mistakes, adaptive query execution; Spark docs: SQL Performance Tuning',
    when: 'spark.sql.adaptive.enabled is false, or Spark is 3.0 or 3.1 and it is not set',
    message:
      'Adaptive query execution joins small partitions, splits skewed ones and picks better joins while the job runs.',
    allowed: 'spark.sql.adaptive.enabled: "true"',
    find: findAdaptiveOff,
  },
  {
    id: 'advice-skew-join-off',
    source: 'seed: common mistakes (data skew)',
    when: 'spark.sql.adaptive.skewJoin.enabled is false',
    message: 'One oversized partition can make one executor a hundred times slower than the others.',
    allowed: 'spark.sql.adaptive.skewJoin.enabled: "true"',
    find: findSkewJoinOff,
  },
  {
    id: 'advice-few-partitions',
    source: 'seed: common mistakes (2 to 4 partitions for each core)',
    when: 'spark.sql.shuffle.partitions is below the cores that the job can have',
    message: 'There are fewer partitions than cores: some of them will have nothing to do after a shuffle.',
    allowed: '2 to 4 partitions for each core; adaptive query execution joins small ones',
    find: findFewPartitions,
  },
  {
    id: 'advice-max-executors',
    source: 'DESIGN: known mistakes; Spark docs: Configuration, spark.dynamicAllocation.maxExecutors (infinity)',
    when: 'dynamic allocation has no maxExecutors',
    message: 'Without maxExecutors one job may take the whole cluster.',
    allowed: 'dynamicAllocation.maxExecutors',
    find: findNoBound,
  },
  {
    id: 'advice-shuffle-tracking',
    source: 'seed: dynamic allocation on Kubernetes; Spark 4.0: ExecutorAllocationManager',
    when: 'dynamic allocation has shuffle tracking switched off, and nothing else keeps shuffle files',
    message: 'Executors with shuffle files that are still needed would be removed; Spark refuses to start so.',
    allowed: 'shuffleTrackingEnabled: true, or decommissioning with shuffle blocks',
    find: findNoTracking,
  },
  {
    id: 'advice-shuffle-tracking-unset',
    source: 'Spark docs: Migration Guide, Core 3.3 to 3.4 (on by itself from then on)',
    when: 'dynamic allocation on Spark before 3.4 says nothing about shuffle tracking',
    message: 'Spark before 3.4 does not track shuffles by itself, and no shuffle service runs on Kubernetes.',
    allowed: 'shuffleTrackingEnabled: true',
    find: findNoTrackingByDefault,
  },
  {
    id: 'advice-shuffle-service',
    source: 'seed: dynamic allocation on Kubernetes; Spark docs: Running on Kubernetes, Future Work',
    when: 'spark.shuffle.service.enabled is on',
    message: "Spark's external shuffle service does not run on Kubernetes: executors would wait for one on their node.",
    allowed: 'spark.dynamicAllocation.shuffleTracking.enabled: "true"',
    find: findShuffleService,
  },
  {
    id: 'advice-speculation',
    source: 'Spark docs: Integration with Cloud Infrastructures; Hadoop: MAPREDUCE-7282',
    when: 'spark.speculation is on with the file output committer version 2',
    message: 'Two copies of a task may both write their output with this committer: rows come twice, or half.',
    allowed: 'An S3A committer (spark.hadoop.fs.s3a.committer.name: magic), or no speculation',
    find: findSpeculation,
  },
  {
    id: 'advice-task-retries',
    source: 'Spark docs: Configuration, spark.task.maxFailures',
    when: 'spark.task.maxFailures is 1',
    message: 'A single lost executor or slow disk then ends the whole job: no task is tried again.',
    allowed: '4 (the default) or more',
    find: findNoTaskRetry,
  },
  {
    id: 'advice-no-checkpoint',
    source:
      'seed: storage on Kubernetes; Spark docs: Structured Streaming, Recovering from Failures with Checkpointing',
    when: 'there are settings of streaming, and no spark.sql.streaming.checkpointLocation',
    message:
      'A query without a checkpoint outside the pod starts from nothing after each retry, unless the program names one.',
    allowed: 'spark.sql.streaming.checkpointLocation: s3a://BUCKET/PATH',
    find: findNoCheckpoint,
  },
  {
    id: 'advice-java-serializer',
    source: 'Spark docs: Tuning, Data Serialization',
    when: 'spark.serializer is the Java serializer',
    message: 'Kryo is faster and much smaller for shuffled and cached objects.',
    allowed: 'org.apache.spark.serializer.KryoSerializer',
    find: findJavaSerializer,
  },
  {
    id: 'advice-allocation-batch',
    source: 'Spark docs: Running on Kubernetes, spark.kubernetes.allocation.batch.size',
    when: 'spark.kubernetes.allocation.batch.size is above 100',
    message: 'So many pods at once load the API server of the cluster for everybody.',
    allowed: '10 (the default) to 100',
    find: findManyAtOnce,
  },
]
