/**
 * Lays defaults under a request: gateway < cluster < team < profile < request. Whoever stands higher wins, value by value.
 *
 * Maps are merged field by field. Lists whose items have an identity (`listIdentities`) are merged by it, and an item of
 * the higher layer replaces the lower one whole (half an item of each would be neither); other lists are replaced whole. A field that is
 * written as null keeps the default away, as in Helm: the only way to say "without". The null of a field stays, for the checks to
 * mention; that of a setting or label has done its work and goes.
 */
import { canonicalJson } from '../canonical-json.ts'
import type { SpecLayer } from '../canonical-spec.ts'
import { settingFields } from '../checks/fields-of-settings.ts'
import { fieldAt, isNull, toJson } from '../document/source-node.ts'
import type { SourceList, SourceMap, SourceNode } from '../document/source-node.ts'
import { layerTree } from './layer-tree.ts'

/**
 * The request's `spec` with `layers` (lowest first) under it. Values of the request keep their nodes; values of a layer carry its
 * name. The request's tree is not changed. Settings of the request that are fields are best moved to them afterwards
 * (`moveSettingsToFields`): by then the objects that hold these fields are there.
 */
export function mergeLayers(spec: SourceMap, layers: readonly SpecLayer[]): SourceMap {
  const merged = layers.toReversed().reduce((over, layer) => {
    const under = layerTree(spec, layer)
    dropFieldsOfSettings(over.fields.get('sparkConf'), under)
    return mergeMaps(over, under)
  }, spec)
  if (layers.length > 0) dropRemoved(merged)
  return merged
}

/** Where a higher layer has a setting of Spark, a lower one's field for the same would win in the operator: it goes. */
function dropFieldsOfSettings(sparkConf: SourceNode | undefined, under: SourceMap): void {
  if (sparkConf?.kind !== 'map') return
  for (const { setting, path } of settingFields) {
    const owner = sparkConf.fields.has(setting) ? fieldAt(under, ...path.slice(0, -1)) : undefined
    if (owner?.kind === 'map') owner.fields.delete(path.at(-1) ?? '')
  }
}

/** How items of a list are told apart: by a field, or as `whole` values. Keys are the list's field name, at any depth. */
const listIdentities: ReadonlyMap<string, 'name' | 'mountPath' | 'whole'> = new Map([
  ['volumes', 'name'],
  ['env', 'name'],
  ['secrets', 'name'],
  ['configMaps', 'name'],
  ['containers', 'name'],
  ['initContainers', 'name'],
  ['sidecars', 'name'],
  ['volumeMounts', 'mountPath'],
  ['tolerations', 'whole'],
  ['imagePullSecrets', 'whole'],
  ['ports', 'whole'],
])

function mergeMaps(over: SourceMap, under: SourceMap): SourceMap {
  const fields = new Map(over.fields)
  for (const [key, below] of under.fields) {
    const above = fields.get(key)
    fields.set(key, above === undefined ? below : mergeNodes(above, below))
  }
  return { ...over, fields }
}

/** Maps whose keys are the author's own; null is no value there, unlike in a field. */
const freeMaps: ReadonlySet<string> = new Set([
  'sparkConf',
  'hadoopConf',
  'labels',
  'annotations',
  'serviceLabels',
  'serviceAnnotations',
  'nodeSelector',
  'envVars',
])

function mergeNodes(over: SourceNode, under: SourceNode): SourceNode {
  if (over.kind === 'map' && under.kind === 'map') return mergeMaps(over, under)
  if (over.kind === 'list' && under.kind === 'list' && isMergedList(over)) return mergeLists(over, under)
  // With the name of a layer it is taken out in the end; until then it keeps lower values away.
  const isSpent = isNull(over) && under.layer !== undefined && freeMaps.has(String(over.parent?.key))
  return isSpent ? { ...over, layer: under.layer } : over
}

/** Defaults come first: an environment variable may then speak of one that a default gives. */
function mergeLists(over: SourceList, under: SourceList): SourceList {
  const above = new Set(over.items.map(item => identityOf(over, item)))
  const defaults = under.items.filter(item => !above.has(identityOf(under, item)))
  return { ...over, items: [...defaults, ...over.items] }
}

/** True for a list whose items are told apart when layers meet. */
export function isMergedList(list: SourceList): boolean {
  return listIdentities.has(String(list.key))
}

/** What tells an item of such a list from its neighbours; undefined for an item without the field that does. */
export function identityOf(list: SourceList, item: SourceNode): string | undefined {
  const field = listIdentities.get(String(list.key))
  if (field === 'whole') return canonicalJson(toJson(item))
  const name = field === undefined || item.kind !== 'map' ? undefined : item.fields.get(field)
  return name?.kind === 'scalar' ? String(name.scalar) : undefined
}

/**
 * Takes the nulls of layers out: they kept lower defaults away, and the author did not write them. Only maps that the
 * merge made hold any, so none of the request's is changed.
 */
export function dropRemoved(node: SourceNode): void {
  if (node.kind === 'list') return node.items.forEach(dropRemoved)
  if (node.kind !== 'map') return
  for (const [key, field] of node.fields) {
    if (isNull(field) && field.layer !== undefined) node.fields.delete(key)
    else dropRemoved(field)
  }
}
