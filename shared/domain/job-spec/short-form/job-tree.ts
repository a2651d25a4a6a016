/**
 * Grows the trees of a JobDocument from values of another: each value is put at a dotted place, keeps its offsets, and
 * knows the path at which its author wrote it.
 */
import type { JsonValue } from '../canonical-spec.ts'
import type { SourceList, SourceMap, SourceNode, SourceScalar } from '../document/source-node.ts'
import { fieldAt, pathOf, textOf } from '../document/source-node.ts'

/** A tree that grows from one document. */
export interface JobTree {
  readonly root: SourceMap
  /** Puts a copy of an author's value at a place, over what stands there; scalars inside become what `convert` makes of them. */
  put(place: string, node: SourceNode, convert?: Convert): void
  /** Puts a value there that stands for an author's value, or follows from it. */
  putJson(place: string, because: SourceNode, json: JsonValue): SourceNode
  /** The object at this place, made where there is none. */
  mapAt(place: string): SourceMap
  /** The texts of the list at this place, or the one text there. */
  textsAt(place: string): readonly string[]
}

/** What an author's document has for an object of the tree. */
export interface Container {
  /** The path of it, also where he left it out. */
  readonly origin: string
  readonly node: SourceNode | undefined
}

/** What a scalar becomes on its way. */
export type Convert = (scalar: SourceScalar['scalar']) => SourceScalar['scalar']

const asIs: Convert = scalar => scalar

/**
 * An empty tree for values of the document `author`. `containers` says where the author has what an object of the tree
 * stands for, so that a finding about the whole object has his path and place.
 */
export function makeJobTree(author: SourceMap, containers: ReadonlyMap<string, Container>): JobTree {
  const { keyOffset, offset } = author
  const root: SourceMap = { kind: 'map', parent: undefined, key: undefined, keyOffset, offset, fields: new Map() }

  const mapAt = (place: string): SourceMap => {
    let at = root
    let path = ''
    for (const key of place === '' ? [] : place.split('.')) {
      path = path === '' ? key : `${path}.${key}`
      const known = at.fields.get(key)
      const map = known?.kind === 'map' ? known : emptyMap(at, key, containers.get(path))
      at.fields.set(key, map)
      at = map
    }
    return at
  }

  const slotAt = (place: string): readonly [parent: SourceMap, key: string] => {
    const dot = place.lastIndexOf('.')
    return [mapAt(place.slice(0, Math.max(dot, 0))), place.slice(dot + 1)]
  }

  return {
    root,
    mapAt,
    textsAt: place => {
      const node = fieldAt(root, ...place.split('.'))
      const items = node?.kind === 'list' ? node.items : [node]
      return items.map(textOf).filter(text => text !== undefined)
    },
    put: (place, node, convert = asIs) => {
      const [parent, key] = slotAt(place)
      parent.fields.set(key, copyNode(node, { parent, key, origin: pathOf(node) }, convert))
    },
    putJson: (place, because, json) => {
      const [parent, key] = slotAt(place)
      const node = nodeFor(parent, key, because, json)
      parent.fields.set(key, node)
      return node
    },
  }
}

/** A value that stands for an author's value or follows from it, with all that is in it. */
export function nodeFor(
  parent: SourceMap | SourceList,
  key: string | number,
  because: SourceNode,
  json: JsonValue,
): SourceNode {
  const place = { parent, key, ...placeOf(because) }
  if (json === null || typeof json !== 'object') return { kind: 'scalar', ...place, scalar: json }
  if (isList(json)) {
    const list: SourceList = { kind: 'list', ...place, items: [] }
    list.items.push(...json.map((item, index) => nodeFor(list, index, because, item)))
    return list
  }
  const map: SourceMap = { kind: 'map', ...place, fields: new Map() }
  for (const [name, field] of Object.entries(json)) map.fields.set(name, nodeFor(map, name, because, field))
  return map
}

/** `Array.isArray` does not narrow readonly arrays. */
const isList = (json: JsonValue): json is readonly JsonValue[] => Array.isArray(json)

const placeOf = (node: SourceNode) => ({ keyOffset: node.keyOffset, offset: node.offset, origin: pathOf(node) })

/** Without an author's value behind it, an object stands where its parent does. */
function emptyMap(parent: SourceMap, key: string, container: Container | undefined): SourceMap {
  const { keyOffset, offset } = container?.node ?? parent
  const place = { parent, key, keyOffset, offset, ...(container !== undefined && { origin: container.origin }) }
  return { kind: 'map', ...place, fields: new Map() }
}

interface Slot {
  readonly parent: SourceMap | SourceList
  readonly key: string | number
  /** Only the uppermost copied node needs one: paths go on below it. */
  readonly origin?: string
}

/** Recursion is bounded by the depth of documents (MAX_DEPTH). */
function copyNode(node: SourceNode, slot: Slot, convert: Convert): SourceNode {
  const place = { ...slot, keyOffset: node.keyOffset, offset: node.offset }
  if (node.kind === 'scalar') return { kind: 'scalar', ...place, scalar: convert(node.scalar) }
  if (node.kind === 'list') {
    const list: SourceList = { kind: 'list', ...place, items: [] }
    for (const [key, item] of node.items.entries()) list.items.push(copyNode(item, { parent: list, key }, convert))
    return list
  }
  const map: SourceMap = { kind: 'map', ...place, fields: new Map() }
  for (const [key, field] of node.fields) map.fields.set(key, copyNode(field, { parent: map, key }, convert))
  return map
}
