/**
 * Settings of Spark that say the same as a field of the spec. They are laid out as a tree of these fields, and judged there
 * by the rules of the fields; a finding names the setting. No two settings share a field, or one would hide the other. (Keys as in Spark's `Config.scala` for Kubernetes, 3.3 to 4.0;
 * sizes and counts of pods are moved to their fields by check-spark-conf.ts.)
 */
import { fieldAt, pathOf } from '../document/source-node.ts'
import type { SourceList, SourceMap, SourceNode } from '../document/source-node.ts'

/** One way to say a field: `<role>` is driver or executor, `<word>` has no dots, `<rest>` is what follows. */
interface SettingField {
  readonly setting: string
  /** Steps below `spec`; `name[id]` is the item of a list that settings of the same id share. */
  readonly field: readonly string[]
  /** What of the setting is the field's value; default its value. `object`: the field is there, with no value. */
  readonly value?: 'rest' | 'word' | 'before-colon' | 'object'
}

/** Every such setting. */
export const settingFields: readonly SettingField[] = [
  { setting: 'spark.kubernetes.container.image.pullSecrets', field: ['imagePullSecrets[,]'] },
  { setting: 'spark.jars', field: ['deps', 'jars[,]'] },
  { setting: 'spark.files', field: ['deps', 'files[,]'] },
  { setting: 'spark.archives', field: ['deps', 'archives[,]'] },
  { setting: 'spark.<role>.extraJavaOptions', field: ['<role>', 'javaOptions'] },
  { setting: 'spark.<role>.defaultJavaOptions', field: ['<role>', 'defaultJavaOptions'] },
  { setting: 'spark.kubernetes.driverEnv.<rest>', field: ['driver', 'envVars', '<rest>'] },
  { setting: 'spark.executorEnv.<rest>', field: ['executor', 'envVars', '<rest>'] },
  { setting: 'spark.kubernetes.<role>.label.<rest>', field: ['<role>', 'labels', '<rest>'] },
  { setting: 'spark.kubernetes.<role>.annotation.<rest>', field: ['<role>', 'annotations', '<rest>'] },
  { setting: 'spark.kubernetes.<role>.service.label.<rest>', field: ['<role>', 'serviceLabels', '<rest>'] },
  { setting: 'spark.kubernetes.<role>.service.annotation.<rest>', field: ['<role>', 'serviceAnnotations', '<rest>'] },
  { setting: 'spark.kubernetes.node.selector.<rest>', field: ['nodeSelector', '<rest>'] },
  { setting: 'spark.kubernetes.<role>.node.selector.<rest>', field: ['<role>', 'nodeSelector', '<rest>'] },
  // No field of a pod: the setting for one role would take its place.
  { setting: 'spark.kubernetes.scheduler.name', field: ['batchScheduler'] },
  { setting: 'spark.kubernetes.<role>.scheduler.name', field: ['<role>', 'schedulerName'] },
  { setting: 'spark.kubernetes.<role>.priorityClassName', field: ['<role>', 'priorityClassName'] },
  { setting: 'spark.kubernetes.<role>.secrets.<rest>', field: ['<role>', 'secrets[<rest>]', 'name'], value: 'rest' },
  {
    setting: 'spark.kubernetes.<role>.secretKeyRef.<rest>',
    field: ['<role>', 'envSecretKeyRefs', '<rest>', 'name'],
    value: 'before-colon',
  },
  { setting: 'spark.kubernetes.hadoop.configMapName', field: ['hadoopConfigMap'] },
  {
    setting: 'spark.kubernetes.<role>.volumes.<kind>.<word>',
    field: ['volumes[<role>.<kind>.<word>]', '<kind>'],
    value: 'object',
  },
  {
    setting: 'spark.kubernetes.<role>.volumes.<kind>.<word>.<rest>',
    field: ['volumes[<role>.<kind>.<word>]', '<kind>'],
    value: 'object',
  },
  {
    setting: 'spark.kubernetes.<role>.volumes.<kind>.<word>.<rest>',
    field: ['volumes[<role>.<kind>.<word>]', 'name'],
    value: 'word',
  },
  {
    setting: 'spark.kubernetes.<role>.volumes.<kind>.<word>.options.<rest>',
    field: ['volumes[<role>.<kind>.<word>]', '<kind>', '<rest>'],
  },
  {
    setting: 'spark.kubernetes.<role>.volumes.<kind>.<word>.mount.path',
    field: ['<role>', 'volumeMounts[<kind>.<word>]', 'mountPath'],
  },
  {
    setting: 'spark.kubernetes.<role>.volumes.<kind>.<word>.mount.<rest>',
    field: ['<role>', 'volumeMounts[<kind>.<word>]', '<rest>'],
  },
]

const compiled = settingFields.map(each => ({
  ...each,
  pattern: new RegExp(
    `^${each.setting
      .replaceAll('.', '\\.')
      .replace('<role>', '(?<role>driver|executor)')
      .replace('<kind>', '(?<kind>(?!name\\.)[^.]+)')
      .replace('<word>', '(?<word>[^.]+)')
      .replace('<rest>', '(?<rest>.+)')}$`,
    's',
  ),
}))

/** True for a setting that is judged as a field. */
export function isFieldOfSpec(key: string): boolean {
  return mayBeField(key) && compiled.some(({ pattern }) => pattern.test(key))
}

/** Most settings are of other kinds: one look at the beginning saves the patterns. */
function mayBeField(key: string): boolean {
  return /^spark\.(kubernetes\.|executorEnv\.|jars$|files$|archives$|(driver|executor)\.(extra|default)Java)/.test(key)
}

/** The settings of `spec.sparkConf` as the fields they are: `{spec: {…}}`. Each value has the place of its setting. */
export function fieldsOfSettings(root: SourceNode): SourceMap {
  const tree = emptyMap(undefined, undefined, root)
  const spec = childMap(tree, 'spec', root)
  const items = new Map<string, SourceMap>()
  const sparkConf = fieldAt(root, 'spec', 'sparkConf')
  const settings = sparkConf?.kind === 'map' ? [...sparkConf.fields.values()] : []
  for (const setting of settings.toSorted((left, right) => rankOf(left) - rankOf(right))) {
    const key = String(setting.key)
    if (setting.kind !== 'scalar' || setting.scalar === null || !mayBeField(key)) continue
    for (const { pattern, field, value } of compiled) {
      const match = pattern.exec(key)
      if (match === null) continue
      const parts = match.groups ?? {}
      const steps = field.map(step => step.replace(/<(\w+)>/g, (_, name: string) => parts[name] ?? ''))
      put(spec, items, steps, setting, readValue(value, String(setting.scalar), parts))
    }
  }
  return tree
}

/** What a volume is comes before where it is mounted: findings about the volume point there. */
const rankOf = (setting: SourceNode): number => (String(setting.key).includes('.options.') ? 0 : 1)

function readValue(
  value: SettingField['value'],
  text: string,
  parts: Readonly<Record<string, string>>,
): string | undefined {
  if (value === undefined) return text
  if (value === 'object') return undefined
  return value === 'before-colon' ? text.replace(/:.*$/s, '') : parts[value]
}

/** Puts one value at its place; lists that settings write with commas become items. */
function put(
  spec: SourceMap,
  items: Map<string, SourceMap>,
  steps: readonly string[],
  setting: SourceNode,
  text: string | undefined,
): void {
  const last = steps.at(-1) ?? ''
  let at = spec
  for (const step of steps.slice(0, -1)) {
    const [, name, id] = /^(\w+)\[(.*)\]$/s.exec(step) ?? []
    at = name === undefined ? childMap(at, step, setting) : listItem(at, items, name, id ?? '', setting)
  }
  if (text === undefined) return void childMap(at, last, setting)
  if (!last.endsWith('[,]')) return void at.fields.set(last, scalarOf(at, last, setting, text))
  const list = childList(at, last.slice(0, -3), setting)
  for (const each of text.split(',')) list.items.push(scalarOf(list, list.items.length, setting, each.trim()))
}

function placeOf(parent: SourceNode | undefined, key: string | number | undefined, setting: SourceNode) {
  const { keyOffset, offset, layer } = setting
  return { parent, key, keyOffset, offset, origin: pathOf(setting), ...(layer !== undefined && { layer }) }
}

function emptyMap(parent: SourceNode | undefined, key: string | number | undefined, setting: SourceNode): SourceMap {
  return { ...placeOf(parent, key, setting), kind: 'map', fields: new Map() }
}

function scalarOf(parent: SourceNode, key: string | number, setting: SourceNode, scalar: string): SourceNode {
  return { ...placeOf(parent, key, setting), kind: 'scalar', scalar }
}

function childMap(parent: SourceMap, key: string, setting: SourceNode): SourceMap {
  const child = parent.fields.get(key)
  if (child?.kind === 'map') return child
  const made = emptyMap(parent, key, setting)
  parent.fields.set(key, made)
  return made
}

function childList(parent: SourceMap, key: string, setting: SourceNode): SourceList {
  const child = parent.fields.get(key)
  if (child?.kind === 'list') return child
  const made: SourceList = { ...placeOf(parent, key, setting), kind: 'list', items: [] }
  parent.fields.set(key, made)
  return made
}

/** The item of a list that all settings of one id share. */
function listItem(
  parent: SourceMap,
  items: Map<string, SourceMap>,
  name: string,
  id: string,
  setting: SourceNode,
): SourceMap {
  const list = childList(parent, name, setting)
  const key = `${String(parent.key)} ${name} ${id}`
  const item = items.get(key) ?? emptyMap(list, list.items.length, setting)
  if (!items.has(key)) list.items.push(item)
  items.set(key, item)
  return item
}
