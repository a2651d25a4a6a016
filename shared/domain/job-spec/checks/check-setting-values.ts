/**
 * Values of settings in sparkConf, one at a time: typed ones, those whose key ends in a name of Kubernetes, and names that
 * are Spark's but for their case.
 */
import type { FindingCollector } from '../findings/finding-collector.ts'
import { textOf } from '../document/source-node.ts'
import type { SourceNode } from '../document/source-node.ts'
import { isEnvironmentName, isLabelValue, isQualifiedName, suggestLabelValue } from './kubernetes-formats.ts'
import { settingTypeOf, typedSettingNames } from './setting-types.ts'

/** Checks one setting whose key is well formed. */
export function checkSettingValue(node: SourceNode, key: string, findings: FindingCollector): void {
  const text = textOf(node)
  if (text === undefined) return
  checkTypedValue(node, key, text.trim(), findings)
  checkNamedSetting(node, key, text, findings)
  checkJavaOptions(node, key, text, findings)
  if (!/[\r\n]/.test(text)) return
  const message = 'The value has a line break (a YAML block of | ends with one), which Spark takes as a part of it.'
  const trimmed = text.trim()
  const suggestion = /[\r\n]/.test(trimmed) ? undefined : trimmed
  findings.warning(node, 'spark-conf-line-break', message, { allowed: 'One line', suggestion, at: 'value' })
}

function checkTypedValue(node: SourceNode, key: string, text: string, findings: FindingCollector): void {
  const type = settingTypeOf(key)
  if (type === undefined) {
    const name = nameByCase.get(key.toLowerCase())
    if (name === undefined) return
    const message = 'Names of settings have upper and lower case: Spark would not find this one.'
    return findings.warning(node, 'spark-conf-case', message, { suggestion: name })
  }
  // A value of nothing but a variable is filled in by Spark itself.
  if (type.accepts(text) || /^\$\{[^}]+\}$/.test(text)) return
  const hints = () => ({ allowed: type.allowed, suggestion: type.suggest(text), at: 'value' }) as const
  findings.error(node, 'spark-conf-value', 'Spark cannot read this value of the setting.', hints)
}

const nameByCase: ReadonlyMap<string, string> = new Map(
  [...typedSettingNames()].map(name => [name.toLowerCase(), name]),
)

interface NamedSetting {
  readonly prefix: RegExp
  readonly rule: string
  readonly acceptsName: (name: string) => boolean
  readonly acceptsValue?: (value: string) => boolean
  readonly message: string
  readonly allowed: string
}
const labels = { acceptsName: isQualifiedName, allowed: 'letters, digits, - _ . (at most 63), with an optional prefix' }

/** Settings whose key ends with a name that Kubernetes checks. */
const namedSettings: readonly NamedSetting[] = [
  {
    ...labels,
    prefix: /^spark\.kubernetes\.(?:driver|executor)\.(?:service\.)?label\./,
    rule: 'label-value-format',
    acceptsValue: isLabelValue,
    message: 'This is not a label; the pod would be refused.',
  },
  {
    ...labels,
    prefix: /^spark\.kubernetes\.(?:driver\.|executor\.)?node\.selector\./,
    rule: 'label-value-format',
    acceptsValue: isLabelValue,
    message: 'This is not a label of nodes; the pod would be refused.',
  },
  {
    ...labels,
    prefix: /^spark\.kubernetes\.(?:driver|executor)\.(?:service\.)?annotation\./,
    rule: 'label-key-format',
    message: 'This is not the key of an annotation; the pod would be refused.',
  },
  {
    prefix: /^spark\.(?:kubernetes\.driverEnv|executorEnv)\./,
    rule: 'environment-name-format',
    acceptsName: isEnvironmentName,
    message: 'This is not the name of an environment variable.',
    allowed: 'letters, digits, _ . -',
  },
]

function checkNamedSetting(node: SourceNode, key: string, text: string, findings: FindingCollector): void {
  const setting = namedSettings.find(({ prefix }) => prefix.test(key))
  if (setting === undefined) return
  const { rule, message, allowed } = setting
  if (!setting.acceptsName(key.replace(setting.prefix, ''))) findings.error(node, rule, message, { allowed })
  else if (setting.acceptsValue?.(text) === false) {
    findings.error(node, rule, message, { allowed, suggestion: suggestLabelValue(text), at: 'value' })
  }
}

/** Settings that hold options of the JVM. Those of executors may not hold settings of Spark either (tried on 4.0.5). */
const javaOptions = /^spark\.(driver|executor)\.(?:extra|default)JavaOptions$/

function checkJavaOptions(node: SourceNode, key: string, text: string, findings: FindingCollector): void {
  const role = javaOptions.exec(key)?.[1]
  if (role === undefined) return
  if (text.includes('-Xmx')) {
    const message = 'Spark refuses to start with a heap in the Java options.'
    findings.error(node, 'java-options-memory', message, { allowed: `spec.${role}.memory`, at: 'value' })
  }
  if (role === 'executor' && text.includes('-Dspark')) {
    const message = 'Spark refuses settings of its own in the Java options of executors.'
    findings.error(node, 'java-options-spark', message, { allowed: 'The setting in sparkConf', at: 'value' })
  }
}
