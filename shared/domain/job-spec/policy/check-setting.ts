/**
 * Judges one setting of Spark: what no policy allows, what a choice decides, the value, and last the allow-list of keys.
 * Settings that are fields of the spec are judged as these fields (setting-fields.ts).
 */
import type { SpecContext } from '../canonical-spec.ts'
import type { SourceNode } from '../document/source-node.ts'
import type { FindingCollector } from '../findings/finding-collector.ts'
import { allows, allowsPath, describePatterns, mayAllow, startOf } from './allow-list.ts'
import { orProfiles, profilesWith } from './fitting-profiles.ts'
import { allowedBy, answerOf, limitOf } from './policy-rule.ts'
import type { SettingRule } from './policy-schema.ts'
import { isFieldOfSpec } from './setting-fields.ts'
import { settingKeyRules, type SettingKeyRule } from './setting-rules.ts'

/** Checks a setting that the request itself gives; `key` is the name that Spark sees. */
export function checkSetting(node: SourceNode, key: string, context: SpecContext, findings: FindingCollector): void {
  if (node.layer !== undefined) return
  const { policy } = context
  const rule = rulesFor(key).find(({ keys }) => allows(keys, key)) ?? (hasUserInfo(node) ? credentialRule : undefined)
  if (rule !== undefined && isClosed(rule, context)) return refuseKey(node, rule, key, context, findings)
  // Credentials among the settings are bad everywhere; a trusted team is told, not stopped.
  if (rule?.part === 'sparkConf.credentials') {
    findings.warning(node, 'advice-credential-setting', rule.message, { allowed: rule.instead })
  }
  checkValue(node, key, context, findings)
  if (allows(policy.sparkConf.keys, key) || isFieldOfSpec(key)) return
  const message = 'This setting is not on the list of settings that the policy of this team lets through.'
  findings.error(node, 'policy-spark-conf', message, () => {
    const listed = describePatterns(policy.sparkConf.keys)
    return { allowed: orProfiles(listed === '' ? 'No settings' : listed, profilesWithSetting(key, context)) }
  })
}

/** Rules by the beginnings of keys: a spec may have thousands of settings, and Spark's beginnings are few. */
const rulesByStart = new Map<string, readonly SettingKeyRule[]>()

function rulesFor(key: string): readonly SettingKeyRule[] {
  const start = startOf(key)
  const known = rulesByStart.get(start)
  if (known !== undefined) return known
  const rules = settingKeyRules.filter(({ keys }) => mayAllow(keys, start))
  if (rulesByStart.size < MAX_STARTS) rulesByStart.set(start, rules)
  return rules
}
/** Two characters after `spark.` make more than this only on purpose. */
const MAX_STARTS = 1_000

function isClosed({ part }: SettingKeyRule, { policy }: SpecContext): boolean {
  if (part === undefined) return true
  const answer = answerOf(policy, part)
  return answer === 'none' || limitOf(answer) === 0 || (Array.isArray(answer) && answer.length === 0)
}

/** Credentials inside an address: `s3a://KEY:SECRET@bucket/`. */
const hasUserInfo = (node: SourceNode): boolean =>
  node.kind === 'scalar' && /[A-Za-z0-9+.-]:\/\/[^/\s@]{0,1000}@/.test(String(node.scalar))
const credentialRule = settingKeyRules.find(({ part }) => part === 'sparkConf.credentials')

function refuseKey(
  node: SourceNode,
  rule: SettingKeyRule,
  key: string,
  context: SpecContext,
  findings: FindingCollector,
): void {
  findings.error(node, rule.id, rule.message, () => {
    const allowed = allowedBy(rule, context.policy)
    return { allowed: orProfiles(allowed, profilesWithSetting(key, context)) }
  })
}

function profilesWithSetting(key: string, context: SpecContext): readonly string[] {
  return profilesWith(context, profile => {
    const { sparkConf } = profile
    return sparkConf !== null && typeof sparkConf === 'object' && Object.hasOwn(sparkConf, key)
  })
}

function checkValue(node: SourceNode, key: string, context: SpecContext, findings: FindingCollector): void {
  for (const rule of context.policy.sparkConf.values) {
    if (!allows(rule.keys, key)) continue
    const text = node.kind === 'scalar' ? String(node.scalar ?? '').trim() : ''
    if (isWithin(rule, text, context)) continue
    const message = 'The policy of this team does not let this value through.'
    findings.error(node, 'policy-setting-value', message, { allowed: describeValues(rule, context), at: 'value' })
  }
}

function isWithin(rule: SettingRule, text: string, context: SpecContext): boolean {
  const { oneOf, minimum, maximum, within } = rule
  if (oneOf !== undefined && !text.split(',').every(part => allows(oneOf, part.trim()))) return false
  if (within !== undefined && !allowsPath(context.policy.artifacts.prefixes, text)) return false
  if (minimum === undefined && maximum === undefined) return true
  // Spark reads other numbers too (`1e9`, `0x10`): only what is plain is compared.
  if (!/^-?[0-9]{1,15}(\.[0-9]{1,9})?$/.test(text)) return false
  return Number(text) >= (minimum ?? -Infinity) && Number(text) <= (maximum ?? Infinity)
}

function describeValues({ oneOf, minimum, maximum, within }: SettingRule, { policy }: SpecContext): string {
  const parts = [
    oneOf === undefined ? [] : describePatterns(oneOf),
    within === undefined ? [] : describePatterns(policy.artifacts.prefixes),
    minimum === undefined ? [] : `${minimum} or more`,
    maximum === undefined ? [] : `${maximum} or less`,
  ]
  return parts.flat().join('; ')
}
