/**
 * Forms of sizes, versions, classes, images, paths and choices. Each row is refused by Spark, the operator or the API
 * server only after the job was submitted; the CRD says nothing about it.
 */
import { isImageReference, suggestImage } from './image-reference.ts'
import { parseQuantity } from './kubernetes-formats.ts'
import { parseMemoryMiB, suggestMemory } from './spark-memory.ts'
import { containers, pods, type TextFormat } from './text-format.ts'

/** Spark refuses to start with less: 1.5 × its reserved 300 MiB (UnifiedMemoryManager). */
const MIN_HEAP_MIB = 450
/** 16 TiB: more than any machine has. */
const MAX_MEMORY_MIB = 16 * 1024 * 1024

/** Linux ends one argument or variable at 128 KiB; a UTF-16 unit takes at most three bytes in UTF-8. */
const MAX_ARGUMENT_LENGTH = 30_000

/** A row for a field that takes one of a few words. */
function oneOf(where: readonly string[], words: readonly string[], message: string): TextFormat {
  return {
    rule: 'not-one-of',
    of: 'value',
    where,
    accepts: text => words.includes(text),
    message,
    allowed: words.filter(word => word !== '').join(', '),
    suggest: text => words.find(word => word.toLowerCase() === text.toLowerCase()),
  }
}

const choices: readonly TextFormat[] = [
  oneOf(
    ['spec.imagePullPolicy', `${containers}.imagePullPolicy`],
    ['Always', 'IfNotPresent', 'Never'],
    'This is not a pull policy.',
  ),
  oneOf([`${pods}.tolerations[].operator`], ['Exists', 'Equal', ''], 'This is not an operator of tolerations.'),
  oneOf(
    [`${pods}.tolerations[].effect`],
    ['NoSchedule', 'PreferNoSchedule', 'NoExecute', ''],
    'This is not an effect of taints.',
  ),
  oneOf(
    ['spec.sparkUIOptions.serviceType', 'spec.driverIngressOptions[].serviceType'],
    ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'],
    'This is not a type of service.',
  ),
  oneOf(
    [`${pods}.dnsPolicy`],
    ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'],
    'This is not a DNS policy.',
  ),
  oneOf(
    ['spec.batchScheduler'],
    ['volcano', 'yunikorn', 'kube-scheduler'],
    'The operator knows no batch scheduler of this name.',
  ),
  oneOf([`${pods}.ports[].protocol`], ['TCP', 'UDP', 'SCTP'], 'This is not a protocol of ports.'),
  oneOf(
    [`${pods}.secrets[].secretType`],
    ['Generic', 'GCPServiceAccount', 'HadoopDelegationToken'],
    'The operator knows no secret of this type.',
  ),
]

const sizes: readonly TextFormat[] = [
  {
    rule: 'memory-format',
    of: 'value',
    where: [`${pods}.{memory,memoryOverhead,memoryLimit}`],
    accepts: text => parseMemoryMiB(text) !== undefined,
    message: 'This is not a size as the JVM writes it: a whole number and k, m, g or t.',
    allowed: '512m, 4g',
    suggest: suggestMemory,
  },
  {
    rule: 'memory-out-of-range',
    of: 'value',
    where: [`${pods}.memory`],
    accepts: text => isWithin(parseMemoryMiB(text), MIN_HEAP_MIB, MAX_MEMORY_MIB),
    message: `Spark does not start with less than ${MIN_HEAP_MIB} MiB, and no machine has more than 16 TiB.`,
    allowed: `${MIN_HEAP_MIB}m and more`,
  },
  {
    rule: 'memory-out-of-range',
    of: 'value',
    where: [`${pods}.{memoryOverhead,memoryLimit}`],
    accepts: text => isWithin(parseMemoryMiB(text), 1, MAX_MEMORY_MIB),
    message: 'This size is less than 1 MiB or more than any machine has.',
    allowed: '1m to 16384g',
  },
  {
    rule: 'quantity-format',
    of: 'value',
    where: [`${pods}.{coreLimit,coreRequest}`],
    accepts: text => isWithin(parseQuantity(text) ?? 0, 0.001, 1024),
    message: 'This is not an amount of CPU as Kubernetes writes it, or no machine has so much.',
    allowed: '500m, 1, 1.5 (thousandths of a core with m)',
    suggest: text => /^\s*([0-9]{1,4}(?:\.[0-9]{1,3})?)\s*(?:v?cpus?|cores?)?\s*$/i.exec(text)?.[1],
  },
  {
    rule: 'factor-format',
    of: 'value',
    where: ['spec.memoryOverheadFactor'],
    accepts: text => /^[0-9]{1,2}(\.[0-9]{1,6})?$/.test(text) && Number(text) > 0,
    message: 'This is not a positive decimal fraction.',
    allowed: '"0.1" to "99"',
    suggest: text => (/^[0-9]{1,3}%$/.test(text) ? `"${Number(text.slice(0, -1)) / 100}"` : undefined),
  },
]

const programs: readonly TextFormat[] = [
  {
    rule: 'spark-version-format',
    of: 'value',
    where: ['spec.sparkVersion'],
    accepts: text => /^[0-9]{1,2}\.[0-9]{1,3}(\.[0-9]{1,3})?([-+.][A-Za-z0-9][A-Za-z0-9.+-]{0,40})?$/.test(text),
    message: 'This is not a Spark version.',
    allowed: '3.5.3, 4.0.1',
    suggest: text => /^(?:v|spark-?)([0-9]{1,2}\.[0-9]{1,3}(?:\.[0-9]{1,3})?)$/i.exec(text)?.[1],
  },
  {
    rule: 'class-format',
    of: 'value',
    where: ['spec.mainClass'],
    accepts: text => text.length <= 512 && /^[\p{L}_$][\p{L}\p{N}_$]*(\.[\p{L}_$][\p{L}\p{N}_$]*)*$/u.test(text),
    message: 'This is not the name of a class.',
    allowed: 'com.example.Main',
  },
  {
    rule: 'image-format',
    of: 'value',
    where: ['spec.image', `${pods}.image`, `${containers}.image`],
    accepts: isImageReference,
    message: 'This is not the name of a container image: no scheme, no spaces, the path in lower case.',
    allowed: 'registry/name:tag or registry/name@sha256:…',
    suggest: suggestImage,
  },
  {
    rule: 'jmx-exporter-path-format',
    of: 'value',
    where: ['spec.monitoring.prometheus.{jmxExporterJar,configFile}', 'spec.monitoring.metricsPropertiesFile'],
    accepts: text => isAbsolutePath(text),
    message: 'This is the path of a file inside the image; it goes to the JVM as it is.',
    allowed: '/prometheus/jmx_prometheus_javaagent.jar',
    suggest: text => (/^(local|file):\/\/\/[\w./-]{1,200}$/.test(text) ? text.replace(/^[a-z]+:\/\//, '') : undefined),
  },
  {
    rule: 'mount-path-format',
    of: 'value',
    where: [
      `${pods}.volumeMounts[].mountPath`,
      `${containers}.volumeMounts[].mountPath`,
      `${pods}.{secrets,configMaps}[].path`,
    ],
    accepts: text => isAbsolutePath(text) && text.length <= 1024,
    message: 'This is not an absolute path.',
    allowed: '/data',
    suggest: text => (/^[\w-]{1,100}(\/[\w-]{1,100}){0,10}$/.test(text) ? `/${text}` : undefined),
  },
  {
    rule: 'java-options-memory',
    of: 'value',
    where: [`${pods}.javaOptions`],
    accepts: text => !text.includes('-Xmx'),
    message: 'Spark refuses to start with a heap in the Java options.',
    allowed: 'The heap in the field memory',
  },
  {
    rule: 'java-options-spark',
    of: 'value',
    where: ['spec.executor.javaOptions'],
    accepts: text => !text.includes('-Dspark'),
    message: 'Spark refuses settings of its own in the Java options of executors.',
    allowed: 'The setting in sparkConf',
  },
  {
    rule: 'argument-too-long',
    of: 'value',
    where: [
      'spec.arguments[]',
      'spec.{sparkConf,hadoopConf}.*',
      `${pods}.env[].value`,
      `${pods}.envVars.*`,
      `${pods}.javaOptions`,
    ],
    accepts: text => text.length <= MAX_ARGUMENT_LENGTH,
    message: 'This text is too long for a command line or a variable; the program could not be started.',
    allowed: `at most ${MAX_ARGUMENT_LENGTH} characters`,
  },
]

/** Every form of a value. */
export const valueFormats: readonly TextFormat[] = [...sizes, ...programs, ...choices]

function isWithin(value: number | undefined, minimum: number, maximum: number): boolean {
  // What is no value at all has its own finding.
  return value === undefined || (value >= minimum && value <= maximum)
}

function isAbsolutePath(text: string): boolean {
  return /^\/[^:,\s]*$/.test(text) && !text.split('/').includes('..')
}
