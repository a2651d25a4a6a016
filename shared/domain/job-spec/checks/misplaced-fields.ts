/**
 * Names that people bring from elsewhere (spark-submit, Jobs, Deployments, other gateways), with the field that says the
 * same here. Edit distance finds none of them.
 */
import { plainWord } from './closest-word.ts'

/** The place or field to use instead of this name, whatever its notation (`num-executors`, `numExecutors`); else undefined. */
export function placeOfMisplaced(name: string): string | undefined {
  return places.get(plainWord(name))
}

const places: ReadonlyMap<string, string> = new Map(
  Object.entries({
    // spark-submit and the settings behind it
    'num-executors': 'spec.executor.instances',
    executors: 'spec.executor.instances',
    executorInstances: 'spec.executor.instances',
    executorCount: 'spec.executor.instances',
    'executor-memory': 'spec.executor.memory',
    'executor-cores': 'spec.executor.cores',
    executorMemoryOverhead: 'spec.executor.memoryOverhead',
    'driver-memory': 'spec.driver.memory',
    'driver-cores': 'spec.driver.cores',
    driverMemoryOverhead: 'spec.driver.memoryOverhead',
    'driver-java-options': 'spec.driver.javaOptions',
    extraJavaOptions: 'javaOptions',
    class: 'spec.mainClass',
    className: 'spec.mainClass',
    mainFile: 'spec.mainApplicationFile',
    main: 'spec.mainApplicationFile',
    file: 'spec.mainApplicationFile',
    applicationFile: 'spec.mainApplicationFile',
    entrypoint: 'spec.mainApplicationFile',
    args: 'spec.arguments',
    conf: 'spec.sparkConf',
    config: 'spec.sparkConf',
    sparkConfig: 'spec.sparkConf',
    sparkProperties: 'spec.sparkConf',
    'py-files': 'spec.deps.pyFiles',
    queue: 'spec.batchSchedulerOptions.queue',
    'deploy-mode': 'spec.mode',
    version: 'spec.sparkVersion',
    language: 'spec.type',
    // objects of Kubernetes
    resources: 'cores, coreRequest, coreLimit, memory and memoryOverhead',
    requests: 'cores, coreRequest and memory',
    limits: 'coreLimit and memoryLimit',
    cpu: 'cores',
    cpus: 'cores',
    vcpus: 'cores',
    replicas: 'spec.executor.instances',
    environment: 'env',
    environmentVariables: 'env',
    serviceAccountName: 'serviceAccount',
    containers: 'sidecars',
    imagePullSecret: 'spec.imagePullSecrets',
    ttl: 'spec.timeToLiveSeconds',
    ttlSecondsAfterFinished: 'spec.timeToLiveSeconds',
    activeDeadlineSeconds: 'the annotation sparkgate.dev/running-deadline',
    backoffLimit: 'spec.restartPolicy.onFailureRetries',
    retries: 'spec.restartPolicy.onFailureRetries',
    maxRetries: 'spec.restartPolicy.onFailureRetries',
    gpus: 'gpu: {name: nvidia.com/gpu, quantity: 1}',
    name: 'metadata.name',
    namespace: 'metadata.namespace',
    min: 'minExecutors',
    max: 'maxExecutors',
    initial: 'initialExecutors',
  }).map(([name, place]) => [plainWord(name), place]),
)
