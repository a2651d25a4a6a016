/**
 * What the author himself asked for: a canonical spec also holds the platform's defaults and what it insists on, which a
 * converted document gets again where it is read, and which the author would not want to own.
 */
import type { CanonicalSpec, JsonObject, JsonValue } from '../canonical-spec.ts'
import type { SourceMap, SourceNode } from '../document/source-node.ts'
import { isDefaultOfShortForm } from '../short-form/program.ts'
import { isObject } from './draft.ts'

/** The spec without the values of layers. `merged` is the checked tree of its `spec`, in which these know their giver. */
export function withoutDefaults(spec: CanonicalSpec, merged: SourceMap): CanonicalSpec {
  return { ...spec, application: requested(spec.application, merged) as JsonObject }
}

/** Undefined for a value that a layer gave. Recursion ends with the depth of documents. */
function requested(value: JsonValue, node: SourceNode | undefined): JsonValue | undefined {
  if (node === undefined || isDefaultOfShortForm(node)) return value
  if (node.layer !== undefined) return undefined
  if (isObject(value) && node.kind === 'map') {
    const fields = Object.entries(value).map(([key, field]) => [key, requested(field, node.fields.get(key))] as const)
    return Object.fromEntries(fields.filter(([, field]) => field !== undefined)) as JsonObject
  }
  if (!Array.isArray(value) || node.kind !== 'list' || node.items.length !== value.length) return value
  const items = value as readonly JsonValue[]
  return items.map((item, index) => requested(item, node.items[index])).filter(item => item !== undefined)
}
