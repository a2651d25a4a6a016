/**
 * What the Spark Operator 2.5.2 makes of a SparkApplication: the options and settings of its spark-submit, and what its webhook puts on
 * the pods. A model of `submission.go`, `sparkpod_defaulter.go` and `defaults.go`, to tell whether two applications run alike. Its
 * arguments were held against those of the operator's own code for every document of the golden tests and of ../shared/corpus (37,
 * 2026-11-21): equal, but for the file names of pod templates and the submission's id, which are left out.
 */
import type { JsonObject, JsonValue } from '../../shared/domain/job-spec/canonical-spec.ts'
import { asObject } from '../../shared/domain/job-spec/checks/spark-memory.ts'

export interface OperatorSubmission {
  /** Flags before the main file: `--name`, `--jars` … */
  readonly flags: Readonly<Record<string, string>>
  /** Every `--conf`, the last of equal keys. */
  readonly settings: Readonly<Record<string, string>>
  /** The main file and its arguments. */
  readonly application: readonly JsonValue[]
  /** What the webhook adds to the pods of each role, by field; the pod template that Spark begins with. */
  readonly pods: Readonly<Record<string, JsonValue>>
  /** What the operator makes beside the pods: services, ingresses, metrics, groups of its batch scheduler. */
  readonly surroundings: Readonly<Record<string, JsonValue>>
}

/** The submission of an application as the operator would make it, the defaults of its webhook applied. */
export function submissionOf(application: JsonObject): OperatorSubmission {
  const metadata = asObject(application['metadata'])
  const spec = withDefaults(asObject(withoutNulls(asObject(application['spec']))))
  const deps = asObject(spec['deps'])
  return {
    flags: texts({
      '--deploy-mode': spec['mode'],
      '--class': spec['mainClass'],
      '--name': metadata['name'],
      ...Object.fromEntries(depsFlags.map(([field, flag]) => [flag, joined(deps[field])])),
      '--proxy-user': spec['proxyUser'],
    }),
    settings: settingsOf(metadata, spec),
    application: [spec['mainApplicationFile'] ?? null, ...listOf(spec['arguments'])],
    pods: { ...podFields(spec, 'driver'), ...podFields(spec, 'executor') },
    surroundings: present(Object.fromEntries(surroundings.map(name => [name, spec[name]]))),
  }
}

const depsFlags = [
  ['jars', '--jars'],
  ['packages', '--packages'],
  ['excludePackages', '--exclude-packages'],
  ['repositories', '--repositories'],
  ['pyFiles', '--py-files'],
  ['files', '--files'],
  ['archives', '--archives'],
] as const
const surroundings = ['monitoring', 'sparkUIOptions', 'driverIngressOptions', 'batchScheduler', 'batchSchedulerOptions']
const roles = ['driver', 'executor'] as const
type Role = (typeof roles)[number]

/** `SetSparkApplicationDefaults`, as far as it reaches the submission. */
function withDefaults(spec: JsonObject): JsonObject {
  const sparkConf = asObject(spec['sparkConf'])
  const allocation = asObject(spec['dynamicAllocation'])
  const sized = (role: Role): JsonObject => ({
    ...('spark.' + role + '.cores' in sparkConf ? {} : { cores: 1 }),
    ...('spark.' + role + '.memory' in sparkConf ? {} : { memory: '1g' }),
    ...asObject(spec[role]),
  })
  const isDynamic = allocation['enabled'] === true || sparkConf['spark.dynamicallocation.enabled'] === 'true'
  const isCounted = isDynamic || (sparkConf['spark.executor.instances'] ?? '') !== ''
  return {
    mode: 'cluster',
    ...spec,
    driver: sized('driver'),
    executor: { ...(isCounted ? {} : { instances: 1 }), ...sized('executor') },
  }
}

/** In the operator's order: a later setting wins over an earlier one. */
function settingsOf(metadata: JsonObject, spec: JsonObject): Readonly<Record<string, string>> {
  const { 'spark.kubernetes.driver.pod.name': podName, ...sparkConf } = asObject(spec['sparkConf'])
  const name = textOf(metadata['name'])
  return texts({
    'spark.kubernetes.namespace': metadata['namespace'] ?? 'default',
    'spark.kubernetes.container.image': spec['image'],
    'spark.kubernetes.container.image.pullPolicy': spec['imagePullPolicy'],
    'spark.kubernetes.container.image.pullSecrets': joined(spec['imagePullSecrets']),
    'spark.kubernetes.pyspark.pythonVersion': spec['pythonVersion'],
    'spark.kubernetes.memoryOverheadFactor': spec['memoryOverheadFactor'],
    'spark.kubernetes.submission.waitAppCompletion': 'false',
    ...sparkConf,
    ...prefixed('spark.hadoop.', spec['hadoopConf']),
    'spark.kubernetes.driver.pod.name': asObject(spec['driver'])['podName'] ?? podName ?? `${name}-driver`,
    ...podSettings(metadata, spec, 'driver'),
    ...podSettings(metadata, spec, 'executor'),
    ...prefixed('spark.kubernetes.node.selector.', spec['nodeSelector']),
    ...allocationSettings(asObject(spec['dynamicAllocation'])),
  })
}

function podSettings(metadata: JsonObject, spec: JsonObject, role: Role): JsonObject {
  const pod = asObject(spec[role])
  const kubernetes = `spark.kubernetes.${role}`
  const envPrefix = { driver: 'spark.kubernetes.driverEnv.', executor: 'spark.executorEnv.' }[role]
  const labels = Object.entries(asObject(metadata['labels'])).filter(([key]) => !key.startsWith('kueue.x-k8s.io/'))
  return present({
    [`${kubernetes}.label.sparkoperator.k8s.io/app-name`]: metadata['name'],
    [`${kubernetes}.label.sparkoperator.k8s.io/launched-by-spark-operator`]: 'true',
    // Only a label: the webhook of 2.5.2 changes pods with templates too.
    [`${kubernetes}.label.sparkoperator.k8s.io/mutated-by-spark-operator`]:
      pod['template'] === undefined ? 'true' : undefined,
    [`${kubernetes}.container.image`]: pod['image'] ?? spec['image'],
    [`spark.${role}.cores`]: pod['cores'],
    [`${kubernetes}.request.cores`]: pod['coreRequest'],
    [`${kubernetes}.limit.cores`]: pod['coreLimit'],
    [`spark.${role}.memory`]: pod['memory'],
    [`spark.${role}.memoryOverhead`]: pod['memoryOverhead'],
    [`spark.kubernetes.authenticate.${role}.serviceAccountName`]: pod['serviceAccount'],
    [`spark.${role}.extraJavaOptions`]: pod['javaOptions'],
    'spark.kubernetes.driver.master': pod['kubernetesMaster'],
    'spark.executor.instances': pod['instances'],
    'spark.kubernetes.executor.deleteOnTermination': pod['deleteOnTermination'],
    ...prefixed(`${kubernetes}.label.`, Object.fromEntries(labels)),
    ...prefixed(`${kubernetes}.label.`, pod['labels']),
    ...prefixed(`${kubernetes}.annotation.`, pod['annotations']),
    ...prefixed(`${kubernetes}.service.label.`, pod['serviceLabels']),
    ...prefixed(`${kubernetes}.service.annotation.`, pod['serviceAnnotations']),
    ...secretReferences(`${kubernetes}.secretKeyRef.`, pod),
    ...prefixed(envPrefix, pod['envVars']),
    ...secretSettings(kubernetes, envPrefix, pod),
    ...localDirSettings(kubernetes, spec, pod),
  })
}

function secretReferences(prefix: string, pod: JsonObject): JsonObject {
  const references = Object.entries(asObject(pod['envSecretKeyRefs'])).map(([key, reference]) => {
    const { name, key: secretKey } = asObject(reference)
    return [key, `${textOf(name)}:${textOf(secretKey)}`] as const
  })
  return prefixed(prefix, Object.fromEntries(references))
}

/** The environment variable and the file that go with a type of secret. */
const secretFiles: Readonly<Record<string, readonly [variable: string, file: string]>> = {
  GCPServiceAccount: ['GOOGLE_APPLICATION_CREDENTIALS', 'key.json'],
  HadoopDelegationToken: ['HADOOP_TOKEN_FILE_LOCATION', 'hadoop.token'],
}

function secretSettings(kubernetes: string, envPrefix: string, pod: JsonObject): JsonObject {
  const settings = listOf(pod['secrets']).flatMap(item => {
    const { name, path, secretType } = asObject(item)
    const file = secretFiles[textOf(secretType)]
    const variable = file === undefined ? [] : [[`${envPrefix}${file[0]}`, `${textOf(path)}/${file[1]}`] as const]
    return [[`${kubernetes}.secrets.${textOf(name)}`, textOf(path)] as const, ...variable]
  })
  return Object.fromEntries(settings)
}

/** Mounts of volumes named `spark-local-dir-…` become settings: Spark then takes them as its local directories. */
function localDirSettings(kubernetes: string, spec: JsonObject, pod: JsonObject): JsonObject {
  const settings = mountsOf(spec, pod)
    .filter(({ isLocalDir }) => isLocalDir)
    .flatMap(({ mount, volume }) => {
      const [type = '', source = {}] = Object.entries(volume).find(([field]) => field !== 'name') ?? []
      const prefix = `${kubernetes}.volumes.${type}.${textOf(volume['name'])}`
      const options = Object.entries(asObject(source)).map(
        ([option, value]) => [`${prefix}.options.${option}`, value] as const,
      )
      return [
        [`${prefix}.mount.path`, mount['mountPath']] as const,
        [`${prefix}.mount.subPath`, mount['subPath']] as const,
        [`${prefix}.mount.readOnly`, mount['readOnly'] === true ? true : undefined] as const,
        ...options,
      ]
    })
  return present(Object.fromEntries(settings))
}

function mountsOf(spec: JsonObject, pod: JsonObject) {
  const volumes = new Map(listOf(spec['volumes']).map(volume => [asObject(volume)['name'], asObject(volume)]))
  return listOf(pod['volumeMounts'])
    .map(asObject)
    .map(mount => ({
      mount,
      volume: volumes.get(mount['name']) ?? {},
      isLocalDir: textOf(mount['name']).startsWith('spark-local-dir-'),
    }))
}

function allocationSettings(allocation: JsonObject): JsonObject {
  if (allocation['enabled'] !== true) return {}
  return present({
    'spark.dynamicAllocation.enabled': 'true',
    'spark.dynamicAllocation.initialExecutors': allocation['initialExecutors'],
    'spark.dynamicAllocation.minExecutors': allocation['minExecutors'],
    'spark.dynamicAllocation.maxExecutors': allocation['maxExecutors'],
    'spark.dynamicAllocation.shuffleTracking.enabled': allocation['shuffleTrackingEnabled'] ?? true,
    'spark.dynamicAllocation.shuffleTracking.timeout': allocation['shuffleTrackingTimeout'],
  })
}

/** Fields that the webhook copies to a pod as they are. */
const copiedFields = [
  'env',
  'envFrom',
  'configMaps',
  'ports',
  'hostNetwork',
  'hostAliases',
  'initContainers',
  'sidecars',
  'dnsConfig',
  'priorityClassName',
  'nodeSelector',
  'affinity',
  'tolerations',
  'memoryLimit',
  'gpu',
  'securityContext',
  'podSecurityContext',
  'terminationGracePeriodSeconds',
  'lifecycle',
  'shareProcessNamespace',
  'template',
] as const

function podFields(spec: JsonObject, role: Role): JsonObject {
  const pod = asObject(spec[role])
  const mounts = mountsOf(spec, pod).filter(({ isLocalDir }) => !isLocalDir)
  const fields = present({
    ...Object.fromEntries(copiedFields.map(name => [name, pod[name]])),
    schedulerName: spec['batchScheduler'] ?? pod['schedulerName'],
    sparkConfigMap: spec['sparkConfigMap'],
    hadoopConfigMap: spec['hadoopConfigMap'],
    mounts: mounts.length === 0 ? undefined : mounts.map(({ mount, volume }) => ({ mount, volume })),
  })
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [`${role}.${name}`, value]))
}

type Maybe = Readonly<Record<string, JsonValue | undefined>>

function present(fields: Maybe): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as JsonObject
}

/** The operator writes flags and settings only for values that are not empty. */
function texts(fields: Maybe): Readonly<Record<string, string>> {
  const written = Object.entries(present(fields)).filter(([, value]) => value !== '')
  return Object.fromEntries(written.map(([key, value]) => [key, textOf(value)]))
}

function prefixed(prefix: string, map: JsonValue | undefined): JsonObject {
  return Object.fromEntries(Object.entries(asObject(map)).map(([key, value]) => [prefix + key, value]))
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : []
}

function joined(value: JsonValue | undefined): string {
  return listOf(value).map(textOf).join(',')
}

/** As a setting: numbers and booleans in their JSON form. */
function textOf(value: JsonValue | undefined): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The API server drops nulls of optional fields. */
function withoutNulls(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(withoutNulls)
  if (value === null || typeof value !== 'object') return value
  const kept = Object.entries(value).filter(([, field]) => field !== null)
  return Object.fromEntries(kept.map(([key, field]) => [key, withoutNulls(field)]))
}
