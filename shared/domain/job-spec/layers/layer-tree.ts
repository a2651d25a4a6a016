/**
 * A layer's JSON as a tree of the request's kind: every value knows its giver, and stands where the request's spec stands,
 * so that a finding about it has a place in the author's document.
 */
import type { JsonValue, SpecLayer } from '../canonical-spec.ts'
import { moveSettingsToFields } from '../checks/check-spark-conf.ts'
import { makeFindingCollector } from '../findings/finding-collector.ts'
import { MAX_DEPTH } from '../document/source-node.ts'
import type { SourceList, SourceMap, SourceNode } from '../document/source-node.ts'

/**
 * The `spec` of a layer as a map beside the request's `spec`. Settings of Spark that are fields (`spark.executor.memory`)
 * become these fields, as in a request: else a layer's setting and a request's field would not meet in the merge.
 * Throws RangeError for a layer deeper than any document may be.
 */
export function layerTree(spec: SourceMap, layer: SpecLayer): SourceMap {
  const { parent, key, keyOffset, offset } = spec
  const tree: SourceMap = { kind: 'map', parent, key, keyOffset, offset, layer: layer.name, fields: new Map() }
  for (const [name, value] of Object.entries(layer.spec)) tree.fields.set(name, makeNode(value, tree, name, 1))
  if (tree.fields.has('sparkConf')) moveSettings(tree)
  return tree
}

function makeNode(value: JsonValue, parent: SourceMap | SourceList, key: string | number, depth: number): SourceNode {
  if (depth > MAX_DEPTH) throw new RangeError(`The layer "${parent.layer}" has values more than ${MAX_DEPTH} deep`)
  const { keyOffset, offset, layer } = parent
  const place = { parent, key, keyOffset, offset, ...(layer !== undefined && { layer }) }
  if (value === null || typeof value !== 'object') return { ...place, kind: 'scalar', scalar: value }
  if (isList(value)) {
    const list: SourceList = { ...place, kind: 'list', items: [] }
    list.items.push(...value.map((item, index) => makeNode(item, list, index, depth + 1)))
    return list
  }
  const map: SourceMap = { ...place, kind: 'map', fields: new Map() }
  for (const [name, field] of Object.entries(value)) map.fields.set(name, makeNode(field, map, name, depth + 1))
  return map
}

/** `Array.isArray` does not narrow readonly arrays. */
function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}

/** Of a field and a setting for the same thing in one layer, the field holds; the platform's author is not asked here. */
function moveSettings(tree: SourceMap): void {
  const pods = ['driver', 'executor'].filter(role => !tree.fields.has(role))
  for (const role of pods) tree.fields.set(role, makeNode({}, tree, role, 1))
  moveSettingsToFields(tree, makeFindingCollector(''))
  for (const role of pods) {
    const pod = tree.fields.get(role)
    if (pod?.kind === 'map' && pod.fields.size === 0) tree.fields.delete(role)
  }
}
