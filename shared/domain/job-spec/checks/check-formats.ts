/**
 * Texts and numbers whose form the CRD leaves open, but that Spark, the operator or Kubernetes refuse later, when the
 * job has already waited: memory strings, quantities, names, labels, images, classes, counts.
 */
import type { FindingCollector } from '../findings/finding-collector.ts'
import {
  isDns1123,
  isDnsSubdomain,
  isEnvironmentName,
  isLabelValue,
  isQualifiedName,
  parseQuantity,
} from './kubernetes-formats.ts'
import { selectNodes } from '../document/path-pattern.ts'
import { textOf } from '../document/source-node.ts'
import type { SourceNode } from '../document/source-node.ts'
import { parseMemoryMiB, suggestMemory } from './spark-memory.ts'

/** Checks every text, field name and number that one of the tables below names. */
export function checkFormats(root: SourceNode, findings: FindingCollector): void {
  for (const format of textFormats) {
    for (const node of format.where.flatMap(pattern => selectNodes(root, pattern))) {
      const text = format.of === 'key' ? String(node.key) : textOf(node)
      if (text === undefined || format.accepts(text)) continue
      const at = format.of === 'key' ? 'key' : 'value'
      const hints = () => ({ allowed: format.allowed, suggestion: format.suggest?.(text), at }) as const
      findings.error(node, format.rule, format.message, hints)
    }
  }
}

interface TextFormat {
  readonly rule: string
  readonly where: readonly string[]
  /** Whether the value is checked, or the field's name (maps with free keys). */
  readonly of: 'value' | 'key'
  readonly accepts: (text: string) => boolean
  readonly message: string
  readonly allowed: string
  readonly suggest?: (text: string) => string | undefined
}

/** Spark refuses to start with less: 1.5 × its reserved 300 MiB (UnifiedMemoryManager). */
const MIN_HEAP_MIB = 450
/** 16 TiB: more than any machine has. */
const MAX_MEMORY_MIB = 16 * 1024 * 1024

/** Linux ends one argument at 128 KiB; a UTF-16 unit takes at most three bytes in UTF-8. */
const MAX_ARGUMENT_LENGTH = 30_000

const pods = 'spec.{driver,executor}'
const containers = `${pods}.{initContainers,sidecars}[]`

const textFormats: readonly TextFormat[] = [
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
  },
  {
    rule: 'factor-format',
    of: 'value',
    where: ['spec.memoryOverheadFactor'],
    accepts: text => /^[0-9]{1,2}(\.[0-9]{1,6})?$/.test(text) && Number(text) > 0,
    message: 'This is not a positive decimal fraction.',
    allowed: '"0.1" to "99"',
  },
  {
    rule: 'spark-version-format',
    of: 'value',
    where: ['spec.sparkVersion'],
    accepts: text => /^[0-9]{1,2}\.[0-9]{1,3}(\.[0-9]{1,3})?([-+.][A-Za-z0-9][A-Za-z0-9.+-]{0,40})?$/.test(text),
    message: 'This is not a Spark version.',
    allowed: '3.5.3, 4.0.1',
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
    accepts: text =>
      text.length <= 512 &&
      /^[A-Za-z0-9][A-Za-z0-9._/-]*(:[0-9]+\/[A-Za-z0-9._/-]+)?(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/.test(text),
    message: 'This is not the name of a container image.',
    allowed: 'registry/name:tag or registry/name@sha256:…',
  },
  {
    rule: 'not-one-of',
    of: 'value',
    where: ['spec.imagePullPolicy', `${containers}.imagePullPolicy`],
    accepts: text => ['Always', 'IfNotPresent', 'Never'].includes(text),
    message: 'This is not a pull policy.',
    allowed: 'Always, IfNotPresent, Never',
  },
  {
    rule: 'label-key-format',
    of: 'key',
    where: [
      `${pods}.{labels,annotations,serviceLabels,serviceAnnotations,nodeSelector}.*`,
      'spec.nodeSelector.*',
      'metadata.labels.*',
      'spec.sparkUIOptions.{serviceLabels,serviceAnnotations}.*',
      'spec.driverIngressOptions[].{serviceLabels,serviceAnnotations,ingressAnnotations}.*',
    ],
    accepts: isQualifiedName,
    message: 'This is not the key of a label or annotation.',
    allowed: 'letters, digits, - _ . (at most 63), with an optional DNS prefix and /',
  },
  {
    rule: 'label-value-format',
    of: 'value',
    where: [`${pods}.{labels,serviceLabels,nodeSelector}.*`, 'spec.nodeSelector.*', 'metadata.labels.*'],
    accepts: isLabelValue,
    message: 'This is not the value of a label; the driver pod would be refused.',
    allowed: 'at most 63 letters, digits, - _ . between letters or digits',
  },
  {
    rule: 'environment-name-format',
    of: 'value',
    where: [`${pods}.env[].name`, `${containers}.env[].name`],
    accepts: isEnvironmentName,
    message: 'This is not the name of an environment variable.',
    allowed: 'letters, digits, _ . -',
  },
  {
    rule: 'environment-name-format',
    of: 'key',
    where: [`${pods}.{envVars,envSecretKeyRefs}.*`],
    accepts: isEnvironmentName,
    message: 'This is not the name of an environment variable.',
    allowed: 'letters, digits, _ . -',
  },
  {
    rule: 'name-format',
    of: 'value',
    where: [
      'spec.volumes[].name',
      `${pods}.volumeMounts[].name`,
      `${containers}.name`,
      `${containers}.volumeMounts[].name`,
    ],
    accepts: isDns1123,
    message: 'This is not a Kubernetes name.',
    allowed: 'at most 63 lower-case letters, digits and -',
  },
  {
    rule: 'name-format',
    of: 'value',
    where: [
      `${pods}.{secrets,configMaps}[].name`,
      `${pods}.{priorityClassName,schedulerName,serviceAccount}`,
      'spec.{batchScheduler,hadoopConfigMap,sparkConfigMap}',
      'spec.imagePullSecrets[]',
    ],
    accepts: isDnsSubdomain,
    message: 'This is not a Kubernetes name.',
    allowed: 'lower-case letters, digits, - and .',
  },
  {
    rule: 'gpu-name-format',
    of: 'value',
    where: [`${pods}.gpu.name`],
    accepts: text => isQualifiedName(text) && text.includes('/'),
    message: 'This is not the name of a device.',
    allowed: 'nvidia.com/gpu',
  },
  {
    rule: 'mount-path-format',
    of: 'value',
    where: [`${pods}.volumeMounts[].mountPath`, `${containers}.volumeMounts[].mountPath`],
    accepts: text => /^\/[^:,\s]*$/.test(text) && text.length <= 1024 && !text.split('/').includes('..'),
    message: 'This is not an absolute path.',
    allowed: '/data',
  },
  {
    rule: 'argument-too-long',
    of: 'value',
    where: ['spec.arguments[]', 'spec.{sparkConf,hadoopConf}.*'],
    accepts: text => text.length <= MAX_ARGUMENT_LENGTH,
    message: 'This text is too long for a command line; the operator could not start spark-submit.',
    allowed: `at most ${MAX_ARGUMENT_LENGTH} characters`,
  },
]

function isWithin(value: number | undefined, minimum: number, maximum: number): boolean {
  // What is no value at all has its own finding.
  return value === undefined || (value >= minimum && value <= maximum)
}
