/**
 * A parsed document with the place of every value. Nodes know their parent, so that a path is written only for a
 * finding: a map of all paths would let 256 KiB of nested long keys grow to gigabytes.
 */
import type { JsonObject, JsonValue } from '../canonical-spec.ts'

interface SourcePlace {
  readonly parent: SourceNode | undefined
  /** Field name or list index below the parent; absent at the root. */
  readonly key: string | number | undefined
  /** UTF-16 offset of the field's name (of the value where there is no name). */
  readonly keyOffset: number
  /** UTF-16 offset of the value. */
  readonly offset: number
  /**
   * Where the author wrote this, as a path of his own document, if a format was translated: `executor.memory` of the short
   * form stands at `spec.executor.memory` of the tree. Paths of the values below continue it.
   */
  readonly origin?: string
  /** Who gave the value: the name of a layer (`profile small`). Absent: the request itself, which alone the policy judges. */
  readonly layer?: string
}
export interface SourceMap extends SourcePlace {
  readonly kind: 'map'
  readonly fields: Map<string, SourceNode>
}
export interface SourceList extends SourcePlace {
  readonly kind: 'list'
  readonly items: SourceNode[]
}
export interface SourceScalar extends SourcePlace {
  readonly kind: 'scalar'
  readonly scalar: string | number | boolean | null
}
/** One value of a document; the tree is at most `MAX_DEPTH` deep. */
export type SourceNode = SourceMap | SourceList | SourceScalar

/** Maps and lists inside each other; real specs stay below 15. Bounds every recursion over a document. */
export const MAX_DEPTH = 32
/** Values in one document: real specs stay below 1,000. Bounds every check (bench/specs.ts: 4,900 cost 63 ms, 9,900 85). */
export const MAX_VALUES = 5_000
/** Values in all documents of one text: 256 KiB of the smallest specs that can run, some 600, have about 15,000. */
export const MAX_TEXT_VALUES = 20_000
/** Kubernetes label keys end at 317 characters, Spark's longest keys near 120. */
export const MAX_KEY_LENGTH = 512
/** A path shows this much of one key. */
const MAX_KEY_SHOWN = 160

/** `spec.driver.env[0].name`, `spec.sparkConf["spark.app.id"]`, `$`: the path that findings carry. */
export function pathOf(node: SourceNode): string {
  const steps: string[] = []
  for (let at: SourceNode | undefined = node; at !== undefined && at.key !== undefined; at = at.parent) {
    if (at.origin !== undefined) {
      steps.push(at.origin)
      break
    }
    steps.push(stepOf(at.key))
  }
  const path = steps.toReversed().join('')
  return path === '' ? '$' : path.replace(/^\./, '')
}

/** Path of a field that is not there. */
export function pathOfMissing(parent: SourceNode, key: string | number): string {
  const path = pathOf(parent)
  const step = stepOf(key)
  return path === '$' ? step.replace(/^\./, '') : path + step
}

function stepOf(key: string | number): string {
  if (typeof key === 'number') return `[${key}]`
  const shown = key.length > MAX_KEY_SHOWN ? `${key.slice(0, MAX_KEY_SHOWN)}…` : key
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(shown) ? `.${shown}` : `[${JSON.stringify(shown)}]`
}

/** The node below `node` at these field names; undefined where a step is missing or not a map. */
export function fieldAt(node: SourceNode | undefined, ...names: readonly string[]): SourceNode | undefined {
  let at = node
  for (const name of names) at = at?.kind === 'map' ? at.fields.get(name) : undefined
  return at
}

/** The text of a string node; undefined for everything else. */
export function textOf(node: SourceNode | undefined): string | undefined {
  return node?.kind === 'scalar' && typeof node.scalar === 'string' ? node.scalar : undefined
}

/** The number of a number node; undefined for everything else. */
export function numberOf(node: SourceNode | undefined): number | undefined {
  return node?.kind === 'scalar' && typeof node.scalar === 'number' ? node.scalar : undefined
}

/** True for a value that was left empty; Kubernetes reads an empty field as absent. */
export function isNull(node: SourceNode | undefined): boolean {
  return node?.kind === 'scalar' && node.scalar === null
}

/** What replaces a node when plain values are built: a value, or `undefined` to leave the field out. */
export type Changes = ReadonlyMap<SourceNode, JsonValue | undefined>

/** Plain own-property values of a tree, with `changes` applied. Keys like `__proto__` never reach a tree. */
export function toJson(node: SourceNode, changes: Changes = new Map()): JsonValue {
  if (node.kind === 'scalar') return node.scalar
  if (node.kind === 'list') {
    const items: JsonValue[] = []
    for (const item of node.items) if (!isDropped(item, changes)) items.push(changed(item, changes))
    return items
  }
  const entries: (readonly [string, JsonValue])[] = []
  for (const [key, child] of node.fields) if (!isDropped(child, changes)) entries.push([key, changed(child, changes)])
  return Object.fromEntries(entries)
}

function isDropped(node: SourceNode, changes: Changes): boolean {
  return changes.size > 0 && changes.has(node) && changes.get(node) === undefined
}

function changed(node: SourceNode, changes: Changes): JsonValue {
  return changes.get(node) ?? toJson(node, changes)
}

/** `toJson` of a map node. */
export function toJsonObject(node: SourceMap, changes: Changes = new Map()): JsonObject {
  return toJson(node, changes) as JsonObject
}
