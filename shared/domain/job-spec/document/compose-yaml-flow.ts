/**
 * Flow maps and lists: those in brackets, with commas. `[a: 1]` is a list of one map with one field.
 */
import type { CST } from 'yaml'
import { composeEmpty, containsNewline, MAX_IMPLICIT_KEY_LENGTH } from './compose-yaml-block.ts'
import { commentOfItemBefore, isBlock, readYamlEnd, readYamlMarks } from './read-yaml-marks.ts'
import type { Marks } from './read-yaml-marks.ts'
import { yamlSyntaxError } from './yaml-node.ts'
import type { ComposeYamlNode, YamlList, YamlMap, YamlNode, YamlPair } from './yaml-node.ts'

interface FlowReader {
  readonly isMap: boolean
  readonly name: 'flow map' | 'flow sequence'
  readonly indent: number
  readonly compose: ComposeYamlNode
  readonly pairs: YamlPair[]
  readonly items: YamlNode[]
  /** Offset after what was read. */
  offset: number
}

/** Composes what stands in brackets; `isRoot` where it is the whole document. Throws MalformedDocument. */
export function composeYamlFlow(token: CST.FlowCollection, isRoot: boolean, compose: ComposeYamlNode): YamlNode {
  const isMap = token.start.source === '{'
  const name = isMap ? 'flow map' : 'flow sequence'
  const offset = token.offset + token.start.source.length
  const reader: FlowReader = { isMap, name, indent: token.indent, compose, pairs: [], items: [], offset }
  for (const [index, item] of token.items.entries()) readItem(reader, item, index, index === token.items.length - 1)
  const end = readClosing(reader, token, isRoot)
  const place = { offset: token.offset, end }
  if (isMap) return { kind: 'map', pairs: reader.pairs, ...place } satisfies YamlMap
  return { kind: 'list', items: reader.items, ...place } satisfies YamlList
}

function readItem(reader: FlowReader, item: CST.CollectionItem, index: number, isLast: boolean): void {
  const { start, key, sep, value } = item
  const marks = readYamlMarks(start, {
    flow: reader.name,
    indicator: 'explicit-key-ind',
    next: key ?? sep?.[0],
    offset: reader.offset,
    parentIndent: reader.indent,
    startOnNewline: false,
  })
  if (!marks.found && !sep && !value) {
    if (index === 0) refuseComma(reader, marks)
    if (!isLast) throw yamlSyntaxError(`Unexpected empty item in ${reader.name}`, marks.end)
    reader.offset = marks.end
    return
  }
  if (!marks.found && !reader.isMap && key && containsNewline(key)) throw keyOverLines(key.offset)
  if (index === 0) refuseComma(reader, marks)
  else if (!marks.comma) throw yamlSyntaxError(`Missing , between ${reader.name} items`, marks.end)
  if (reader.isMap || sep || marks.found) readPair(reader, item, ownMarks(marks, start, index))
  else readListItem(reader, value, marks)
}

function refuseComma({ name }: FlowReader, { comma }: Marks): void {
  if (comma) throw yamlSyntaxError(`Unexpected , in ${name}`, comma.offset)
}

/** A comment after the comma belongs to the item before it. */
function ownMarks(marks: Marks, start: readonly CST.SourceToken[], index: number): Marks {
  if (index === 0) return marks
  return { ...marks, commentLength: Math.max(0, marks.commentLength - commentOfItemBefore(start)) }
}

function readListItem(reader: FlowReader, token: CST.Token | undefined, marks: Marks): void {
  const value = token ? reader.compose(token) : composeEmpty(marks, undefined)
  refuseBlock(token, value)
  reader.items.push(value)
  reader.offset = value.end
}

function refuseBlock(token: CST.Token | null | undefined, node: YamlNode): void {
  if (!isBlock(token)) return
  throw yamlSyntaxError('Block collections are not allowed within flow collections', node.offset)
}

function readPair(reader: FlowReader, item: CST.CollectionItem, keyMarks: Marks): void {
  const { start, key: keyToken, sep, value: valueToken } = item
  const key = keyToken ? reader.compose(keyToken) : composeEmpty(keyMarks, start)
  refuseBlock(keyToken, key)
  const marks = readYamlMarks(sep ?? [], {
    flow: reader.name,
    indicator: 'map-value-ind',
    next: valueToken,
    offset: key.end,
    parentIndent: reader.indent,
    startOnNewline: false,
  })
  if (marks.found) {
    if (!reader.isMap && !keyMarks.found) checkImplicitKey(sep ?? [], keyMarks, marks.found)
  } else if (valueToken) throw missingColon(reader, valueToken, marks)
  const value = readPairValue(reader, item, marks)
  if (reader.isMap) reader.pairs.push({ key, value })
  else reader.items.push({ kind: 'map', pairs: [{ key, value }], offset: key.offset, end: (value ?? key).end })
  reader.offset = value ? value.end : marks.end
}

function readPairValue(reader: FlowReader, item: CST.CollectionItem, marks: Marks): YamlNode | undefined {
  if (!item.value) return marks.found ? composeEmpty(marks, item.sep) : undefined
  const value = reader.compose(item.value)
  refuseBlock(item.value, value)
  return value
}

/** `[key: value]` without `?`: on one line, and not too long. */
function checkImplicitKey(sep: readonly CST.SourceToken[], keyMarks: Marks, colon: CST.SourceToken): void {
  const newline = sep.slice(0, sep.indexOf(colon)).find(({ type }) => type === 'newline')
  if (newline) throw keyOverLines(newline.offset)
  if (keyMarks.end < colon.offset - MAX_IMPLICIT_KEY_LENGTH) {
    const message = 'The : indicator must be at most 1024 chars after the start of an implicit flow sequence key'
    throw yamlSyntaxError(message, colon.offset)
  }
}

function keyOverLines(offset: number): Error {
  return yamlSyntaxError('Implicit keys of flow sequence pairs need to be on a single line', offset)
}

function missingColon({ name }: FlowReader, value: CST.Token, marks: Marks): Error {
  if ('source' in value && value.source.startsWith(':')) {
    return yamlSyntaxError(`Missing space after : in ${name}`, value.offset)
  }
  return yamlSyntaxError(`Missing , or : between ${name} items`, marks.end)
}

/** Offset after the closing bracket and what follows it. */
function readClosing({ isMap, offset }: FlowReader, { end }: CST.FlowCollection, isRoot: boolean): number {
  const bracket = isMap ? '}' : ']'
  const [closing, ...after] = end
  if (closing?.source === bracket) return readYamlEnd(after, closing.offset + 1, 'after space')
  const collection = isMap ? 'Flow map' : 'Flow sequence'
  const message = isRoot
    ? `${collection} must end with a ${bracket}`
    : `${collection} in block collection must be sufficiently indented and end with a ${bracket}`
  throw yamlSyntaxError(message, offset)
}
