/**
 * Types of Spark's own settings: what their text must look like. Taken from Spark 4.0.5 by handing texts to each
 * setting's own reader (`ConfigEntry.valueConverter`); all of its 188 settings that end in `.enabled` are flags. Spark finds
 * a wrong one when it reads the setting: at the start, or an hour later.
 */
import { suggestMemory } from './spark-memory.ts'

/** What a setting's text must look like. */
export interface SettingType {
  readonly accepts: (text: string) => boolean
  readonly allowed: string
  readonly suggest: (text: string) => string | undefined
}

/** The type of a setting of Spark; undefined for one that takes any text, or that is not Spark's own. */
export function settingTypeOf(key: string): SettingType | undefined {
  return typeOfKey.get(key) ?? (flagSetting.test(key) ? flag : undefined)
}

/** The names of all settings with a type. */
export function typedSettingNames(): Iterable<string> {
  return typeOfKey.keys()
}

/** Milliseconds of a time as Spark reads it; a bare number counts in `unit`. Undefined if it is none. */
export function parseTimeMs(text: string, unit: 'ms' | 's'): number | undefined {
  const match = timeForm.exec(text.trim())
  if (match === null) return undefined
  return Number(match[1]) * (unitMs[(match[2] ?? unit).toLowerCase()] ?? NaN)
}

const timeForm = /^(-?[0-9]{1,15})(us|ms|s|m|min|h|d)?$/i
const unitMs: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}
const sizeForm = /^-?[0-9]{1,15}(b|kb?|mb?|gb?|tb?|pb?)?$/i

const flag: SettingType = {
  accepts: text => /^(true|false)$/i.test(text),
  allowed: 'true, false',
  suggest: text => {
    if (/^(yes|on|1|y|t|enabled?)$/i.test(text)) return 'true'
    return /^(no|off|0|n|f|disabled?)$/i.test(text) ? 'false' : undefined
  },
}
const size: SettingType = {
  accepts: text => sizeForm.test(text),
  allowed: 'a whole number with k, m, g or t: 64m',
  suggest: suggestMemory,
}
const time: SettingType = {
  accepts: text => timeForm.test(text),
  allowed: 'a whole number with ms, s, m, h or d: 60s',
  suggest: suggestTime,
}

/** Whole numbers from `least`. Spark's are of 32 bits. */
function count(least: number): SettingType {
  const accepts = (text: string): boolean =>
    /^[-+]?[0-9]{1,10}$/.test(text) && Number(text) >= least && Number(text) < 2 ** 31
  const suggest = (text: string): string | undefined =>
    /^[0-9]{1,3}([,_ ][0-9]{3})+$/.test(text) ? text.replace(/[,_ ]/g, '') : undefined
  return { accepts, allowed: least > -(2 ** 31) ? `a whole number, ${least} or more` : 'a whole number', suggest }
}

function fraction(least: number, most: number): SettingType {
  const accepts = (text: string): boolean =>
    /^[-+]?([0-9]{1,12}(\.[0-9]{0,12})?|\.[0-9]{1,12})$/.test(text) && Number(text) >= least && Number(text) <= most
  const suggest = (text: string): string | undefined =>
    /^[0-9]{1,3}%$/.test(text) ? String(Number(text.slice(0, -1)) / 100) : undefined
  return { accepts, allowed: `a decimal number from ${least} to ${most}`, suggest }
}

function oneOf(...words: readonly string[]): SettingType {
  const accepts = (text: string): boolean => words.some(word => word.toLowerCase() === text.toLowerCase())
  return { accepts, allowed: words.join(', '), suggest: () => undefined }
}

/** `5 min`, `30 seconds`, `1.5h`: the time that was probably meant. */
function suggestTime(text: string): string | undefined {
  const match = /^\s*([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*(ms|s|m|h|d)[a-z]{0,10}\s*$/i.exec(text.slice(0, 40))
  if (match === null) return undefined
  const amount = Number(match[1])
  const unit = (match[2] ?? 's').toLowerCase()
  return Number.isInteger(amount) ? `${amount}${unit}` : `${Math.round(amount * (unitMs[unit] ?? 1_000))}ms`
}

/** Spark's own settings; libraries may call theirs `.enabled` and mean something else. */
const flagSetting =
  /^spark\.(?:sql|shuffle|eventLog|excludeOnFailure|io|metrics|storage|ui|dynamicAllocation|executor|log|python|decommission|driver|memory|network|rdd|scheduler|speculation|streaming|task|unsafe)\.(?:.+\.)?enabled$/

const typesByName: readonly (readonly [type: SettingType, names: string])[] = [
  [
    flag,
    `spark.speculation spark.rdd.compress spark.shuffle.compress spark.shuffle.spill.compress spark.broadcast.compress
     spark.eventLog.compress spark.eventLog.overwrite spark.executor.userClassPathFirst spark.driver.userClassPathFirst
     spark.kryo.referenceTracking spark.kryo.registrationRequired spark.kryo.unsafe spark.python.worker.reuse
     spark.kubernetes.local.dirs.tmpfs spark.kubernetes.executor.deleteOnTermination
     spark.kubernetes.driver.ownPersistentVolumeClaim spark.kubernetes.driver.reusePersistentVolumeClaim
     spark.kubernetes.driver.waitToReusePersistentVolumeClaim spark.kubernetes.executor.enablePollingWithResourceVersion
     spark.sql.caseSensitive spark.sql.parquet.mergeSchema spark.sql.parquet.filterPushdown
     spark.sql.files.ignoreCorruptFiles spark.sql.files.ignoreMissingFiles spark.sql.inMemoryColumnarStorage.compressed
     spark.sql.codegen.wholeStage spark.ui.killEnabled spark.ui.showConsoleProgress`,
  ],
  [
    count(1),
    `spark.sql.shuffle.partitions spark.default.parallelism spark.task.cpus spark.task.maxFailures
     spark.sql.adaptive.coalescePartitions.initialPartitionNum spark.sql.adaptive.coalescePartitions.minPartitionNum
     spark.kubernetes.allocation.batch.size spark.kubernetes.allocation.maxPendingPods spark.executor.cores spark.driver.cores
     spark.executor.instances spark.sql.files.minPartitionNum spark.sql.leafNodeDefaultParallelism
     spark.scheduler.listenerbus.eventqueue.capacity spark.stage.maxConsecutiveAttempts spark.executor.maxNumFailures
     spark.rpc.message.maxSize`,
  ],
  [
    count(0),
    `spark.dynamicAllocation.minExecutors spark.dynamicAllocation.initialExecutors spark.dynamicAllocation.maxExecutors
     spark.driver.port spark.driver.blockManager.port spark.blockManager.port spark.ui.port spark.ui.retainedJobs
     spark.ui.retainedStages spark.ui.retainedTasks spark.shuffle.sort.bypassMergeThreshold spark.shuffle.io.maxRetries
     spark.sql.sources.parallelPartitionDiscovery.threshold spark.sql.execution.arrow.maxRecordsPerBatch
     spark.kubernetes.driver.connectionTimeout spark.kubernetes.driver.requestTimeout`,
  ],
  [
    size,
    `spark.driver.maxResultSize spark.driver.memory spark.driver.memoryOverhead spark.executor.memory
     spark.executor.memoryOverhead spark.executor.pyspark.memory spark.memory.offHeap.size spark.kryoserializer.buffer
     spark.kryoserializer.buffer.max spark.reducer.maxSizeInFlight spark.shuffle.file.buffer spark.broadcast.blockSize
     spark.sql.autoBroadcastJoinThreshold spark.sql.adaptive.autoBroadcastJoinThreshold
     spark.sql.adaptive.advisoryPartitionSizeInBytes spark.sql.adaptive.coalescePartitions.minPartitionSize
     spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes spark.sql.files.maxPartitionBytes
     spark.sql.files.openCostInBytes spark.files.maxPartitionBytes spark.eventLog.rolling.maxFileSize
     spark.storage.memoryMapThreshold spark.network.maxRemoteBlockSizeFetchToMem spark.io.compression.lz4.blockSize
     spark.io.compression.zstd.bufferSize`,
  ],
  [
    time,
    `spark.network.timeout spark.executor.heartbeatInterval spark.locality.wait spark.locality.wait.node
     spark.locality.wait.process spark.locality.wait.rack spark.speculation.interval spark.sql.broadcastTimeout
     spark.dynamicAllocation.executorIdleTimeout spark.dynamicAllocation.cachedExecutorIdleTimeout
     spark.dynamicAllocation.schedulerBacklogTimeout spark.dynamicAllocation.sustainedSchedulerBacklogTimeout
     spark.dynamicAllocation.shuffleTracking.timeout spark.excludeOnFailure.timeout spark.kubernetes.allocation.batch.delay
     spark.kubernetes.allocation.executor.timeout spark.scheduler.maxRegisteredResourcesWaitingTime
     spark.executor.decommission.killInterval spark.executor.decommission.forceKillTimeout spark.rpc.askTimeout
     spark.rpc.lookupTimeout spark.shuffle.io.retryWait spark.cleaner.periodicGC.interval spark.task.reaper.killTimeout
     spark.kubernetes.executor.missingPodDetectDelta spark.files.fetchTimeout spark.driver.timeout`,
  ],
  [
    fraction(0, 1),
    `spark.memory.fraction spark.memory.storageFraction spark.speculation.quantile
     spark.dynamicAllocation.executorAllocationRatio spark.scheduler.minRegisteredResourcesRatio`,
  ],
  [
    fraction(0, 99),
    `spark.driver.memoryOverheadFactor spark.executor.memoryOverheadFactor spark.kubernetes.memoryOverheadFactor
     spark.sql.adaptive.skewJoin.skewedPartitionFactor spark.speculation.multiplier`,
  ],
  [oneOf('FIFO', 'FAIR'), 'spark.scheduler.mode'],
  [oneOf('ALL', 'TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL', 'OFF'), 'spark.log.level'],
  [oneOf('static', 'dynamic'), 'spark.sql.sources.partitionOverwriteMode'],
  [oneOf('ANSI', 'LEGACY', 'STRICT'), 'spark.sql.storeAssignmentPolicy'],
]

const typeOfKey: ReadonlyMap<string, SettingType> = new Map(
  typesByName.flatMap(([type, names]) => names.split(/\s+/).map(name => [name, type] as const)),
)
