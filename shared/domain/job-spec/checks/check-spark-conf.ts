/**
 * sparkConf and hadoopConf: the grammar of keys, settings that repeat a field, and the policy's tables.
 */
import { allowedSparkConf, keyPattern } from '../policy/allowed-spark-conf.ts'
import type { SpecContext } from '../canonical-spec.ts'
import type { FindingCollector } from '../findings/finding-collector.ts'
import { sparkConfRules, type SparkConfRule } from '../policy/policy-spark-conf.ts'
import { fieldAt, isNull, textOf } from '../document/source-node.ts'
import type { SourceMap, SourceNode } from '../document/source-node.ts'

const rules = sparkConfRules.map(rule => ({ rule, pattern: keyPattern(rule.keys) }))
const allowList = keyPattern(allowedSparkConf)

/** Checks every key of `spec.sparkConf` and `spec.hadoopConf`. `handled` are keys that the gateway takes over itself. */
export function checkSparkConf(
  spec: SourceMap,
  context: SpecContext,
  findings: FindingCollector,
  handled: ReadonlySet<SourceNode>,
): void {
  for (const node of nodesOf(fieldAt(spec, 'sparkConf'))) {
    const key = String(node.key)
    if (handled.has(node)) continue
    if (checkSparkKey(node, key, findings)) checkPolicy(node, key, context, findings)
  }
  for (const node of nodesOf(fieldAt(spec, 'hadoopConf'))) {
    const key = String(node.key)
    if (checkHadoopKey(node, key, findings)) checkPolicy(node, `spark.hadoop.${key}`, context, findings)
  }
}

function nodesOf(map: SourceNode | undefined): readonly SourceNode[] {
  return map?.kind === 'map' ? [...map.fields.values()] : []
}

/** spark-submit splits at the first `=`: a key that holds one is a way around every check of names. */
function checkSparkKey(node: SourceNode, key: string, findings: FindingCollector): boolean {
  if (/^spark\.[A-Za-z0-9._*/-]+$/.test(key)) return true
  const suggestion = /^[A-Za-z0-9._-]+$/.test(key) ? `spark.${key}` : undefined
  const message = 'This is not the name of a Spark setting: it would be ignored, or read as another one.'
  findings.error(node, 'spark-conf-key', message, { allowed: 'spark.NAME of letters, digits, . _ - / *', suggestion })
  return false
}

function checkHadoopKey(node: SourceNode, key: string, findings: FindingCollector): boolean {
  if (/^[A-Za-z][A-Za-z0-9._*/-]*$/.test(key)) return true
  const allowed = 'letters, digits, . _ - / *'
  findings.error(node, 'hadoop-conf-key', 'This is not the name of a Hadoop setting.', { allowed })
  return false
}

function checkPolicy(node: SourceNode, key: string, context: SpecContext, findings: FindingCollector): void {
  const rule = rules.find(({ pattern }) => pattern.test(key))?.rule
  if (rule !== undefined && (rule.refusedAt === 'always' || context.policy === 'strict')) {
    return findings.error(node, rule.id, rule.message, { allowed: rule.allowed })
  }
  if (rule !== undefined) return adviseAgainst(node, rule, findings)
  if (context.policy === 'open' || allowList.test(key)) return
  const message = 'This setting is not on the list of settings that the policy of this team lets through.'
  const allowed =
    'spark.sql.*, spark.shuffle.*, spark.executor.*, spark.hadoop.fs.s3a.* and others that stay inside the job'
  findings.error(node, 'policy-spark-conf', message, { allowed })
}

/** Credentials among the settings are bad everywhere; a trusted team is told, not stopped. */
function adviseAgainst(node: SourceNode, rule: SparkConfRule, findings: FindingCollector): void {
  if (rule.id !== 'policy-credential-setting') return
  findings.warning(node, 'advice-credential-setting', rule.message, { allowed: rule.allowed })
}

/** Settings that are fields of the spec; the operator's defaults for the fields would win over them silently. */
const fieldOfSetting: Readonly<
  Record<string, readonly [role: 'driver' | 'executor', field: string, type: 'text' | 'count']>
> = {
  'spark.driver.memory': ['driver', 'memory', 'text'],
  'spark.driver.memoryOverhead': ['driver', 'memoryOverhead', 'text'],
  'spark.driver.cores': ['driver', 'cores', 'count'],
  'spark.executor.memory': ['executor', 'memory', 'text'],
  'spark.executor.memoryOverhead': ['executor', 'memoryOverhead', 'text'],
  'spark.executor.cores': ['executor', 'cores', 'count'],
  'spark.executor.instances': ['executor', 'instances', 'count'],
  'spark.kubernetes.driver.request.cores': ['driver', 'coreRequest', 'text'],
  'spark.kubernetes.driver.limit.cores': ['driver', 'coreLimit', 'text'],
  'spark.kubernetes.executor.request.cores': ['executor', 'coreRequest', 'text'],
  'spark.kubernetes.executor.limit.cores': ['executor', 'coreLimit', 'text'],
}

/**
 * Moves settings that are fields to these fields, so that one set of checks and one value holds. The node keeps the
 * place of the setting, and so do the findings about it. Call before the schema is checked.
 */
export function moveSettingsToFields(spec: SourceMap, findings: FindingCollector): void {
  const sparkConf = fieldAt(spec, 'sparkConf')
  if (sparkConf?.kind !== 'map') return
  for (const [key, [role, field, type]] of Object.entries(fieldOfSetting)) {
    const node = sparkConf.fields.get(key)
    const pod = fieldAt(spec, role)
    const text = textOf(node)
    if (node === undefined || text === undefined || pod?.kind !== 'map') continue
    sparkConf.fields.delete(key)
    const written = pod.fields.get(field)
    const name = `spec.${role}.${field}`
    if (written !== undefined && !isNull(written)) {
      const same = written.kind === 'scalar' && String(written.scalar) === text
      const message = `This setting is also the field ${name}, with ${same ? 'the same' : 'another'} value.`
      const report = same ? findings.rewritten : findings.error
      report(node, same ? 'setting-is-field' : 'setting-in-two-places', message, { allowed: `Only ${name}` })
      continue
    }
    findings.rewritten(node, 'setting-is-field', `This setting is taken as the field ${name}.`, { allowed: name })
    const isCount = type === 'count' && /^[0-9]{1,9}$/.test(text)
    pod.fields.set(field, { ...node, kind: 'scalar', scalar: isCount ? Number(text) : text })
  }
}
