/**
 * The profiles that ship: named bundles of defaults that a request names and a platform may change or take away.
 *
 * Each speaks in fields where a field exists, so that a request's field replaces it. Nodes are chosen by settings of Spark
 * (`spark.kubernetes.executor.node.selector.*`), because the operator refuses a pod's nodeSelector beside `spec.nodeSelector`,
 * and so a request that has one would clash with a profile. Sizes leave memoryOverhead to Spark's factor: `pyspark` and
 * `tmpfs-shuffle` change the factor and combine with every size.
 */
import type { JsonObject, SpecProfile } from '../canonical-spec.ts'

/** What a platform must or may say about itself before some profiles make sense. */
export interface ProfileSettings {
  /** Where event logs go, `s3a://BUCKET/PREFIX`; without it there is no profile `event-log` (Spark would not start). */
  readonly eventLogDir?: string
  /** Where streams keep their checkpoints; a prefix of the team's own. Without it each query names its own place. */
  readonly checkpointDir?: string
  /** StorageClass of the volumes of `per-executor-pvc`; default `gp3`. */
  readonly storageClass?: string
}

/** The profiles by name, in the order of the documentation. */
export function builtInProfiles(settings: ProfileSettings = {}): Readonly<Record<string, SpecProfile>> {
  const { eventLogDir, checkpointDir, storageClass = 'gp3' } = settings
  return {
    ...sizes,
    pyspark,
    'spot-executors': spotExecutors,
    'dynamic-allocation': dynamicAllocation,
    'local-nvme': localNvme,
    'per-executor-pvc': perExecutorPvc(storageClass),
    'tmpfs-shuffle': tmpfsShuffle,
    adaptive,
    prometheus,
    ...(eventLogDir !== undefined && { 'event-log': eventLog(eventLogDir) }),
    streaming: streaming(checkpointDir),
    gpu,
  }
}

/** Each core of an executor has 3.5 GiB with Spark's overhead for Python (40 %): four of these fill a node with 4 GiB a core. */
const sizes: Readonly<Record<string, SpecProfile>> = {
  small: {
    summary: 'Two executors of 2 cores: a few gigabytes of data, tests, exploration.',
    spec: {
      driver: { cores: 1, memory: '2g' },
      executor: { instances: 2, cores: 2, memory: '5g' },
    },
  },
  medium: {
    summary: 'Four executors of 4 cores: tens of gigabytes.',
    spec: {
      driver: { cores: 2, memory: '4g' },
      executor: { instances: 4, cores: 4, memory: '10g' },
    },
  },
  large: {
    summary: 'Ten executors of 4 cores and a driver for many tasks: hundreds of gigabytes.',
    spec: {
      driver: { cores: 4, memory: '8g' },
      executor: { instances: 10, cores: 4, memory: '10g' },
      sparkConf: { 'spark.driver.maxResultSize': '2g' },
    },
  },
  'memory-optimised': {
    summary: 'Twice the memory for each core: wide joins, caching, skewed keys. Fits nodes with 8 GiB a core.',
    spec: {
      driver: { cores: 2, memory: '8g' },
      executor: { instances: 4, cores: 4, memory: '20g' },
    },
  },
}

const pyspark: SpecProfile = {
  summary: 'Room for Python workers beside the JVM, columnar exchange with pandas, output in the log at once.',
  spec: {
    pythonVersion: '3',
    memoryOverheadFactor: '0.4',
    driver: { env: [{ name: 'PYTHONUNBUFFERED', value: '1' }] },
    executor: { env: [{ name: 'PYTHONUNBUFFERED', value: '1' }] },
    sparkConf: { 'spark.sql.execution.arrow.pyspark.enabled': 'true' },
  },
}

/** Labels of Karpenter; a platform with node groups of its own replaces the two selectors. */
const spotExecutors: SpecProfile = {
  summary: 'Executors on spot nodes, the driver on demand; a node that is taken back hands its shuffle data on.',
  spec: {
    executor: { terminationGracePeriodSeconds: 120 },
    sparkConf: {
      'spark.kubernetes.driver.node.selector.karpenter.sh/capacity-type': 'on-demand',
      'spark.kubernetes.executor.node.selector.karpenter.sh/capacity-type': 'spot',
      'spark.decommission.enabled': 'true',
      'spark.storage.decommission.enabled': 'true',
      'spark.storage.decommission.shuffleBlocks.enabled': 'true',
      'spark.storage.decommission.rddBlocks.enabled': 'true',
      // A spot node goes two minutes after its notice: whatever is not handed on by then is lost anyway.
      'spark.executor.decommission.forceKillTimeout': '110s',
      'spark.stage.maxConsecutiveAttempts': '10',
    },
  },
}

const dynamicAllocation: SpecProfile = {
  summary: 'From 1 to 20 executors as tasks wait; executors that hold shuffle data stay.',
  spec: {
    dynamicAllocation: { enabled: true, shuffleTrackingEnabled: true, minExecutors: 1, maxExecutors: 20 },
    sparkConf: { 'spark.dynamicAllocation.executorIdleTimeout': '60s' },
  },
}

/**
 * No hostPath: with `instanceStorePolicy: RAID0` (Karpenter) or `localStorage.strategy: RAID0` (nodeadm of AL2023), the kubelet
 * keeps emptyDir on the NVMe disks, with the pod's limits and without a path of the node. The operator turns mounts of volumes
 * named `spark-local-dir-…` into settings of Spark, which then uses them as its local directories.
 */
const localNvme: SpecProfile = {
  summary: 'Shuffle and spill on the NVMe disks of the node (Karpenter nodes with instance store in RAID0).',
  spec: {
    volumes: [{ name: 'spark-local-dir-nvme', emptyDir: {} }],
    executor: {
      volumeMounts: [{ name: 'spark-local-dir-nvme', mountPath: '/var/data/spark-local-dir-nvme' }],
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: 'karpenter.k8s.aws/instance-local-nvme', operator: 'Exists' }] },
            ],
          },
        },
      },
    },
  },
}

function perExecutorPvc(storageClass: string): SpecProfile {
  const volume = 'spark.kubernetes.executor.volumes.persistentVolumeClaim.spark-local-dir-pvc'
  return {
    summary: 'A volume of 100 GiB for each executor, made with it; one that is lost leaves its volume to the next.',
    spec: {
      // The volume belongs to root; the group makes it writable for Spark's user without an init container.
      executor: { podSecurityContext: { fsGroup: 185 } },
      sparkConf: {
        [`${volume}.options.claimName`]: 'OnDemand',
        [`${volume}.options.storageClass`]: storageClass,
        [`${volume}.options.sizeLimit`]: '100Gi',
        [`${volume}.mount.path`]: '/var/data/spark-local-dir-pvc',
        [`${volume}.mount.readOnly`]: 'false',
        'spark.kubernetes.driver.ownPersistentVolumeClaim': 'true',
        'spark.kubernetes.driver.reusePersistentVolumeClaim': 'true',
      },
    },
  }
}

/** Files in tmpfs count as the container's memory: without room for them the executor is killed for its own shuffle. */
const tmpfsShuffle: SpecProfile = {
  summary: 'Shuffle and spill in memory: small shuffles, fast. Executors ask for twice their heap, to hold the files.',
  spec: {
    sparkConf: {
      'spark.kubernetes.local.dirs.tmpfs': 'true',
      'spark.executor.memoryOverheadFactor': '1.0',
    },
  },
}

const adaptive: SpecProfile = {
  summary: 'Plans that change with what was seen: partitions of 128 MiB, split skew, joins chosen late.',
  spec: {
    sparkConf: {
      'spark.sql.adaptive.enabled': 'true',
      'spark.sql.adaptive.coalescePartitions.enabled': 'true',
      // True would keep partitions small and the target size unheeded (Spark's SQL tuning guide).
      'spark.sql.adaptive.coalescePartitions.parallelismFirst': 'false',
      'spark.sql.adaptive.advisoryPartitionSizeInBytes': '128m',
      'spark.sql.adaptive.skewJoin.enabled': 'true',
      'spark.sql.adaptive.localShuffleReader.enabled': 'true',
    },
  },
}

/** Spark's own servlet on the port of the UI: no Java agent, no port of its own. */
const prometheus: SpecProfile = {
  summary: "Metrics of driver and executors for Prometheus, on the driver's port 4040.",
  spec: {
    driver: {
      annotations: prometheusAnnotations('/metrics/executors/prometheus/'),
      serviceAnnotations: prometheusAnnotations('/metrics/driver/prometheus/'),
    },
    sparkConf: {
      'spark.ui.prometheus.enabled': 'true',
      'spark.executor.processTreeMetrics.enabled': 'true',
      'spark.metrics.conf.*.sink.prometheusServlet.class': 'org.apache.spark.metrics.sink.PrometheusServlet',
      'spark.metrics.conf.driver.sink.prometheusServlet.path': '/metrics/driver/prometheus/',
      'spark.metrics.conf.executor.sink.prometheusServlet.path': '/metrics/executors/prometheus/',
    },
  },
}

function prometheusAnnotations(path: string): JsonObject {
  return { 'prometheus.io/scrape': 'true', 'prometheus.io/path': path, 'prometheus.io/port': '4040' }
}

function eventLog(directory: string): SpecProfile {
  return {
    summary: 'Event logs in S3, in pieces, for the history server: the Spark UI of a job that has ended.',
    spec: {
      sparkConf: {
        'spark.eventLog.enabled': 'true',
        'spark.eventLog.dir': directory,
        'spark.eventLog.rolling.enabled': 'true',
        'spark.eventLog.rolling.maxFileSize': '128m',
        'spark.eventLog.compress': 'true',
      },
    },
  }
}

function streaming(checkpointDir: string | undefined): SpecProfile {
  return {
    summary:
      'A job without an end: no deadline for running, ends gracefully, keeps its UI small. Name each query; its checkpoint is found by that.',
    options: { streaming: true },
    spec: {
      driver: { terminationGracePeriodSeconds: 120 },
      sparkConf: {
        ...(checkpointDir !== undefined && { 'spark.sql.streaming.checkpointLocation': checkpointDir }),
        'spark.sql.streaming.metricsEnabled': 'true',
        'spark.streaming.stopGracefullyOnShutdown': 'true',
        'spark.streaming.backpressure.enabled': 'true',
        // Months of batches would fill the driver's memory with the lists of its UI.
        'spark.ui.retainedJobs': '200',
        'spark.ui.retainedStages': '200',
        'spark.sql.ui.retainedExecutions': '100',
        'spark.sql.streaming.ui.retainedProgressUpdates': '50',
      },
    },
  }
}

/** The script ships in Spark's own images; RAPIDS needs its jar in the image and `spark.plugins: com.nvidia.spark.SQLPlugin`. */
const gpu: SpecProfile = {
  summary: 'One NVIDIA GPU for each executor, shared by its four tasks; ready for the RAPIDS accelerator.',
  spec: {
    executor: {
      cores: 4,
      memory: '16g',
      memoryOverhead: '6g',
      gpu: { name: 'nvidia.com/gpu', quantity: 1 },
      tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
    },
    sparkConf: {
      'spark.executor.resource.gpu.amount': '1',
      'spark.executor.resource.gpu.vendor': 'nvidia.com',
      'spark.executor.resource.gpu.discoveryScript': '/opt/spark/examples/src/main/scripts/getGpusResources.sh',
      'spark.task.resource.gpu.amount': '0.25',
      'spark.rapids.memory.pinnedPool.size': '2g',
      'spark.rapids.sql.concurrentGpuTasks': '2',
    },
  },
}
