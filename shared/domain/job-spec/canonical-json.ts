/**
 * One text for one value: the form that is hashed, stored and compared.
 */
import { createHash } from 'node:crypto'
import type { JsonValue } from './canonical-spec.ts'
import type { SourceNode } from './document/source-node.ts'

/**
 * JSON without spaces, keys of every object sorted by UTF-16 code unit. Equal values give equal text on every
 * machine. Throws TypeError for numbers that JSON cannot hold. Recursion follows the value's depth.
 */
export function canonicalJson(value: JsonValue): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`JSON cannot hold the number ${value}`)
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`
  const fields = Object.keys(value).toSorted(byCodeUnit)
  return `{${fields.map(key => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`).join(',')}}`
}

/** `canonicalJson` of a tree's plain values, without making them: a third of the time for a large document. */
export function canonicalTree(node: SourceNode): string {
  if (node.kind === 'scalar') return canonicalJson(node.scalar)
  if (node.kind === 'list') return `[${node.items.map(canonicalTree).join(',')}]`
  const fields = [...node.fields].toSorted(([left], [right]) => byCodeUnit(left, right))
  return `{${fields.map(([key, value]) => `${JSON.stringify(key)}:${canonicalTree(value)}`).join(',')}}`
}

/** `Array.isArray` does not narrow readonly arrays. */
function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function byCodeUnit(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}

/** SHA-256 in lower-case hex; text is hashed as UTF-8. */
export function sha256Hex(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
