/**
 * Lays what the platform insists on over a request. The author is told of each value of his that does not hold.
 */
import { canonicalJson } from '../canonical-json.ts'
import type { SpecLayer } from '../canonical-spec.ts'
import { isNull, toJson } from '../document/source-node.ts'
import type { SourceList, SourceMap, SourceNode } from '../document/source-node.ts'
import type { FindingCollector } from '../findings/finding-collector.ts'
import { layerTree } from './layer-tree.ts'
import { dropRemoved, identityOf, isMergedList } from './merge-layers.ts'

/**
 * The spec with every value of `layer` in it; a null of the layer takes the field away. Items of lists with an identity are
 * merged field by field, unlike those of defaults. Reports `enforced-value` (rewritten) where a value of the author changed.
 */
export function enforceLayer(spec: SourceMap, layer: SpecLayer, findings: FindingCollector): SourceMap {
  const enforced = layMap(spec, layerTree(spec, layer), findings)
  dropRemoved(enforced)
  return enforced
}

function layMap(under: SourceMap, over: SourceMap, findings: FindingCollector): SourceMap {
  const fields = new Map(under.fields)
  for (const [key, value] of over.fields) {
    const written = fields.get(key)
    fields.set(key, written === undefined ? value : layNode(written, value, findings))
  }
  return { ...under, fields }
}

function layNode(under: SourceNode, over: SourceNode, findings: FindingCollector): SourceNode {
  if (under.kind === 'map' && over.kind === 'map') return layMap(under, over, findings)
  if (under.kind === 'list' && over.kind === 'list' && isMergedList(under)) return layList(under, over, findings)
  const value = canonicalJson(toJson(over))
  if (canonicalJson(toJson(under)) === value) return under
  if (under.layer === undefined && !isNull(under)) {
    const message = 'The platform decides this for every job; the value given here does not hold.'
    findings.rewritten(under, 'enforced-value', message, { allowed: isNull(over) ? 'No value' : value })
  }
  return over
}

function layList(under: SourceList, over: SourceList, findings: FindingCollector): SourceList {
  const rest = new Map(over.items.map(item => [identityOf(over, item), item]))
  const items = under.items.map(item => {
    const identity = identityOf(under, item)
    const enforced = identity === undefined ? undefined : rest.get(identity)
    if (enforced === undefined) return item
    rest.delete(identity)
    return layNode(item, enforced, findings)
  })
  return { ...under, items: [...items, ...rest.values()] }
}
