/**
 * Block maps and lists: those that indentation makes. Each item's marks say whether it may stand where it stands.
 */
import type { CST } from 'yaml'
import { offsetOfEmpty, readYamlMarks, type Marks } from './read-yaml-marks.ts'
import { emptyYamlScalar } from './read-yaml-scalar.ts'
import { yamlSyntaxError } from './yaml-node.ts'
import type { ComposeYamlNode, YamlList, YamlMap, YamlNode, YamlPair } from './yaml-node.ts'

/** Characters from the start of a key to its colon (YAML 1.2, 7.4.2). */
export const MAX_IMPLICIT_KEY_LENGTH = 1024

/** Composes a block map. Throws MalformedDocument where an item is out of place. */
export function composeYamlBlockMap(map: CST.BlockMap, compose: ComposeYamlNode): YamlMap {
  const pairs: YamlPair[] = []
  let offset = map.offset
  let commentEnd: number | undefined
  for (const item of map.items) {
    const marks = readYamlMarks(item.start, {
      indicator: 'explicit-key-ind',
      next: item.key ?? item.sep?.[0],
      offset,
      parentIndent: map.indent,
      startOnNewline: true,
    })
    checkKeyColumn(item, marks, map, offset)
    if (!marks.found && !item.sep) {
      commentEnd = marks.end
      continue
    }
    if (!marks.found && item.key && containsNewline(item.key)) {
      throw yamlSyntaxError('Implicit keys need to be on a single line', item.key.offset)
    }
    const { pair, end } = composePair(item, marks, map, compose)
    pairs.push(pair)
    offset = end
  }
  checkCommentEnd(commentEnd, offset)
  return { kind: 'map', pairs, offset: map.offset, end: commentEnd ?? offset }
}

function checkKeyColumn(item: CST.CollectionItem, marks: Marks, map: CST.BlockMap, offset: number): void {
  const { key } = item
  if (!marks.found && key?.type === 'block-seq') {
    throw yamlSyntaxError('A block sequence may not be used as an implicit map key', offset)
  }
  const place = marks.found ?? key
  if (place && 'indent' in place && place.indent !== map.indent) {
    throw yamlSyntaxError('All mapping items must start at the same column', offset)
  }
}

function checkCommentEnd(commentEnd: number | undefined, offset: number): void {
  if (commentEnd === undefined || commentEnd === 0 || commentEnd >= offset) return
  throw yamlSyntaxError('Map comment with trailing content', commentEnd)
}

function composePair(
  { start, key: keyToken, sep, value: valueToken }: CST.CollectionItem,
  keyMarks: Marks,
  map: CST.BlockMap,
  compose: ComposeYamlNode,
): { readonly pair: YamlPair; readonly end: number } {
  const key = keyToken ? compose(keyToken) : composeEmpty(keyMarks, start)
  const marks = readYamlMarks(sep ?? [], {
    indicator: 'map-value-ind',
    next: valueToken,
    offset: key.end,
    parentIndent: map.indent,
    startOnNewline: !keyToken || keyToken.type === 'block-scalar',
  })
  if (!marks.found) {
    if (keyMarks.found) return { pair: { key, value: undefined }, end: marks.end }
    throw yamlSyntaxError('Implicit map keys need to be followed by map values', key.offset)
  }
  if (!keyMarks.found) checkImplicitKey(valueToken, keyMarks, marks, marks.found, key)
  const value = valueToken ? compose(valueToken) : composeEmpty(marks, sep)
  return { pair: { key, value }, end: value.end }
}

function checkImplicitKey(
  value: CST.Token | undefined,
  keyMarks: Marks,
  marks: Marks,
  colon: CST.SourceToken,
  key: YamlNode,
): void {
  if (value?.type === 'block-map' && !marks.hasNewline) {
    throw yamlSyntaxError('Nested mappings are not allowed in compact mappings', marks.end)
  }
  if (keyMarks.end < colon.offset - MAX_IMPLICIT_KEY_LENGTH) {
    const message = 'The : indicator must be at most 1024 chars after the start of an implicit block mapping key'
    throw yamlSyntaxError(message, key.offset)
  }
}

/** Composes a block list. Throws MalformedDocument where an item has no dash, or one in another column. */
export function composeYamlBlockList(list: CST.BlockSequence, compose: ComposeYamlNode): YamlList {
  const items: YamlNode[] = []
  let offset = list.offset
  let commentEnd: number | undefined
  for (const { start, value } of list.items) {
    const marks = readYamlMarks(start, {
      indicator: 'seq-item-ind',
      next: value,
      offset,
      parentIndent: list.indent,
      startOnNewline: true,
    })
    if (!marks.found) {
      if (value) throw itemWithoutDash(value, marks, offset)
      commentEnd = marks.end
      continue
    }
    const node = value ? compose(value) : composeEmpty(marks, start)
    offset = node.end
    items.push(node)
  }
  return { kind: 'list', items, offset: list.offset, end: commentEnd ?? offset }
}

function itemWithoutDash(value: CST.Token, marks: Marks, offset: number): Error {
  if (value.type !== 'block-seq') return yamlSyntaxError('Sequence item without - indicator', offset)
  return yamlSyntaxError('All sequence items must start at the same column', marks.end)
}

/** A value that was left out, after these marks; `before` tells how far back it stands. */
export function composeEmpty(marks: Marks, before: readonly CST.SourceToken[] | undefined): YamlNode {
  const offset = offsetOfEmpty(marks.end, before)
  return emptyYamlScalar(offset, marks.commentLength > 0 ? marks.end : offset)
}

/** True where a key goes over a line end, which a key without `?` may not. */
export function containsNewline(token: CST.Token | null | undefined): boolean {
  switch (token?.type) {
    case undefined:
      return false
    case 'scalar':
    case 'double-quoted-scalar':
    case 'single-quoted-scalar':
      return token.source.includes('\n') || hasNewline(token.end)
    case 'flow-collection':
      return token.items.some(
        ({ start, key, sep, value }) =>
          hasNewline(start) || hasNewline(sep) || containsNewline(key) || containsNewline(value),
      )
    default:
      return true
  }
}

function hasNewline(tokens: readonly CST.SourceToken[] | undefined): boolean {
  return tokens?.some(({ type }) => type === 'newline') ?? false
}
