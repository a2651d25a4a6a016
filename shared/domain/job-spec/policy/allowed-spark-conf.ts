/**
 * The settings of Spark that every team may use, and how patterns of keys are read. `*` is any run of characters,
 * `{a,b}` one of several.
 */

/** What `strict` lets through: settings that stay inside the pods of the job. */
export const allowedSparkConf: readonly string[] = [
  'spark.app.name',
  'spark.sql.*',
  'spark.databricks.delta.*',
  'spark.shuffle.*',
  'spark.dynamicAllocation.*',
  'spark.default.*',
  'spark.serializer*',
  'spark.kryo*',
  'spark.memory.*',
  'spark.network.*',
  'spark.rpc.*',
  'spark.speculation*',
  'spark.io.*',
  'spark.rdd.*',
  'spark.reducer.*',
  'spark.broadcast.*',
  'spark.cleaner.*',
  'spark.storage.*',
  'spark.task.*',
  'spark.stage.*',
  'spark.locality.*',
  'spark.scheduler.*',
  'spark.excludeOnFailure.*',
  'spark.decommission.*',
  'spark.checkpoint.*',
  'spark.barrier.*',
  'spark.streaming.*',
  'spark.pyspark.*',
  'spark.python.*',
  'spark.r.*',
  'spark.log.*',
  'spark.eventLog.*',
  'spark.ui.*',
  'spark.metrics.*',
  'spark.executor.*',
  'spark.executorEnv.*',
  'spark.plugins*',
  'spark.extraListeners',
  'spark.local.dir',
  'spark.redaction.*',
  'spark.hive.*',
  'spark.driver.{maxResultSize,supervise,memoryOverheadFactor,extraJavaOptions,defaultJavaOptions,extraClassPath}',
  'spark.driver.{extraLibraryPath,userClassPathFirst,memoryOverhead,memory,cores,log.*,timeout}',
  'spark.{jars,files,archives}',
  'spark.files.*',
  'spark.hadoop.{fs.s3,fs.s3a,mapreduce,mapred,parquet,orc,hive,javax.jdo,io,dfs}.*',
  'spark.hadoop.fs.s3.impl',
  'spark.kubernetes.driverEnv.*',
  'spark.kubernetes.memoryOverheadFactor',
  'spark.kubernetes.local.dirs.tmpfs',
  'spark.kubernetes.pyspark.*',
  'spark.kubernetes.executor.{deleteOnTermination,enablePollingWithResourceVersion,missingPodDetectDelta,decommissionLabel}',
  'spark.kubernetes.{driver,executor}.volumes.emptyDir.*',
  'spark.kubernetes.driver.{connectionTimeout,requestTimeout}',
  'spark.kubernetes.driver.{ownPersistentVolumeClaim,reusePersistentVolumeClaim,waitToReusePersistentVolumeClaim}',
  'spark.kubernetes.{driver,executor}.{annotation,service.annotation}.prometheus.io/*',
  'spark.kubernetes.{driver,executor}.{label,service.label}.*',
  'spark.kubernetes.{driver,executor}.{request,limit}.cores',
]

/** One anchored pattern for several key patterns of this file. */
export function keyPattern(globs: readonly string[]): RegExp {
  const sources = globs.map(glob =>
    glob
      .replace(/[.+?^$()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('{', '(?:')
      .replaceAll('}', ')')
      .replace(/\(\?:[^)]*\)/g, alternatives => alternatives.replaceAll(',', '|')),
  )
  return new RegExp(`^(?:${sources.join('|')})$`, 's')
}
