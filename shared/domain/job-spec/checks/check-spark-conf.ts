/**
 * sparkConf and hadoopConf: the grammar of keys, settings that repeat a field, and the policy about the others.
 */
import { checkSettingValue } from './check-setting-values.ts'
import { settingFields, type SettingField, type SettingFieldType } from './fields-of-settings.ts'
import { parseMemoryMiB } from './spark-memory.ts'
import type { SpecContext } from '../canonical-spec.ts'
import type { FindingCollector } from '../findings/finding-collector.ts'
import { checkSetting } from '../policy/check-setting.ts'
import { fieldAt, isNull, textOf } from '../document/source-node.ts'
import type { SourceMap, SourceNode } from '../document/source-node.ts'

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
    if (!checkSparkKey(node, key, findings)) continue
    checkSettingValue(node, key, findings)
    checkSetting(node, key, context, findings)
  }
  for (const node of nodesOf(fieldAt(spec, 'hadoopConf'))) {
    const key = String(node.key)
    if (checkHadoopKey(node, key, findings)) checkSetting(node, `spark.hadoop.${key}`, context, findings)
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

/**
 * Moves settings that are fields to these fields, so that one set of checks and one value holds. The node keeps the
 * place of the setting, and so do the findings about it. Call before the schema is checked.
 */
export function moveSettingsToFields(spec: SourceMap, findings: FindingCollector): void {
  const sparkConf = fieldAt(spec, 'sparkConf')
  if (sparkConf?.kind !== 'map') return
  for (const row of settingFields) {
    const node = sparkConf.fields.get(row.setting)
    const text = textOf(node)
    const owner = node === undefined ? undefined : ownerOf(spec, sparkConf, row, node)
    const field = row.path.at(-1)
    if (node === undefined || text === undefined || owner === undefined || field === undefined) continue
    sparkConf.fields.delete(row.setting)
    const written = owner.fields.get(field)
    const name = `spec.${row.path.join('.')}`
    if (written !== undefined && !isNull(written)) {
      reportTwoPlaces(node, written, name, findings)
      continue
    }
    findings.rewritten(node, 'setting-is-field', `This setting is taken as the field ${name}.`, { allowed: name })
    owner.fields.set(field, { ...node, kind: 'scalar', scalar: valueOf(text.trim(), row.type) })
  }
}

/** The object that holds the field of a setting; made for settings that bring it along. */
function ownerOf(spec: SourceMap, sparkConf: SourceMap, row: SettingField, node: SourceNode): SourceMap | undefined {
  const [first, field] = row.path
  if (first === undefined || field === undefined) return spec
  const owner = spec.fields.get(first)
  if (owner !== undefined && !isNull(owner)) return owner.kind === 'map' ? owner : undefined
  if (row.onlyWith === undefined || !sparkConf.fields.has(row.onlyWith)) return undefined
  const { keyOffset, offset, layer } = node
  const place = { parent: spec, key: first, keyOffset, offset, ...(layer !== undefined && { layer }) }
  const made: SourceMap = { kind: 'map', ...place, fields: new Map() }
  spec.fields.set(first, made)
  return made
}

function valueOf(text: string, type: SettingFieldType): string | number | boolean {
  if (type === 'count' && /^[0-9]{1,9}$/.test(text)) return Number(text)
  if (type === 'flag' && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true'
  return text
}

function reportTwoPlaces(node: SourceNode, written: SourceNode, name: string, findings: FindingCollector): void {
  const same = written.kind === 'scalar' && isSame(String(written.scalar), textOf(node) ?? '')
  const message = `This setting is also the field ${name}, with ${same ? 'the same' : 'another'} value.`
  const report = same ? findings.rewritten : findings.error
  report(node, same ? 'setting-is-field' : 'setting-in-two-places', message, { allowed: `Only ${name}` })
}

/** `2g` and `2048m` are one size. */
function isSame(one: string, other: string): boolean {
  if (one.toLowerCase() === other.trim().toLowerCase()) return true
  const [left, right] = [parseMemoryMiB(one), parseMemoryMiB(other)]
  return left !== undefined && left === right && /[a-z]/i.test(one)
}
