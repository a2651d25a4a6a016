/** A canonical spec without what lower layers gave it: what its author said, for conversions between formats. */
import type { JsonObject, JsonValue } from '../shared/domain/job-spec/canonical-spec.ts'
import type { SourceMap, SourceNode } from '../shared/domain/job-spec/document/source-node.ts'

/** `application` without the values whose node in `merged` has a layer; objects and lists that only layers gave go whole. */
export function requestOnly(application: JsonObject, merged: SourceMap): JsonObject {
  const entries = Object.entries(application).flatMap(([key, value]): [string, JsonValue][] => {
    const node = merged.fields.get(key)
    if (node === undefined) return [[key, value]]
    return node.layer === undefined ? [[key, withoutLayers(value, node)]] : []
  })
  return Object.fromEntries(entries)
}

function withoutLayers(value: JsonValue, node: SourceNode): JsonValue {
  if (node.kind === 'map' && isObject(value)) return requestOnly(value, node)
  if (node.kind !== 'list' || !isList(value)) return value
  // Defaults stand before the author's own items; rewriting may have dropped some of these, but none of those.
  const defaults = node.items.filter(({ layer }) => layer !== undefined).length
  const own = node.items.filter(({ layer }) => layer === undefined)
  return value.slice(defaults).map((item, index) => {
    const itemNode = own[index]
    return itemNode === undefined || own.length !== value.length - defaults ? item : withoutLayers(item, itemNode)
  })
}

const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value)
const isObject = (value: JsonValue): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
