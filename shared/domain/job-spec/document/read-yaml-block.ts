/**
 * Lists and maps that indentation makes, and the values in them. Recursion ends at `MAX_DEPTH`, which the builder counts.
 */
import type { Slot } from './document-builder.ts'
import { readYamlBlockText } from './read-yaml-block-text.ts'
import { readYamlFlow } from './read-yaml-flow.ts'
import { attachField, keyIsCollection, slotOfKey, type YamlKey } from './read-yaml-key.ts'
import { readYamlPlainLine } from './read-yaml-plain.ts'
import { readYamlQuoted } from './read-yaml-quoted.ts'
import { quotedValue, readPlainValue } from './read-yaml-scalar.ts'
import type { SourceMap, SourceNode } from './source-node.ts'
import { COLON, DASH, DOUBLE_QUOTE, isBlankAt, nextCode, OPEN_LIST, OPEN_MAP, refuseTabBefore } from './yaml-reader.ts'
import {
  SINGLE_QUOTE,
  skipBlanks,
  skipToContent,
  skipToLineEnd,
  yamlSyntaxError,
  type YamlReader,
} from './yaml-reader.ts'

/** Whether a list or map may begin here, or only a value that ends with its line or brackets. */
export type NodePlace = 'own line' | 'after a mark'

/**
 * Reads the value at the reader, which belongs to something indented by `parentIndent` spaces (-1: the document). Throws
 * MalformedDocument.
 */
export function readYamlNode(reader: YamlReader, parentIndent: number, slot: Slot, place: NodePlace): SourceNode {
  const code = nextCode(reader)
  if (code === OPEN_LIST || code === OPEN_MAP) return readFlowValue(reader, parentIndent, slot)
  if (code === VERTICAL_BAR || code === GREATER) {
    const offset = reader.at
    return reader.builder.scalar(slot, readYamlBlockText(reader, parentIndent), offset)
  }
  if (place === 'own line') {
    if (code === DASH && isBlankAt(reader, reader.at + 1)) return readList(reader, slot)
    if (isKeyAhead(reader)) return readMap(reader, slot)
  }
  if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE) return readQuotedLine(reader, parentIndent, slot)
  const value = readPlainValue(reader, parentIndent, slot, 'block')
  skipToLineEnd(reader)
  return value
}

const VERTICAL_BAR = 124
const GREATER = 62

function readFlowValue(reader: YamlReader, parentIndent: number, slot: Slot): SourceNode {
  const offset = reader.at
  const value = readYamlFlow(reader, parentIndent, slot)
  skipBlanks(reader)
  if (nextCode(reader) === COLON) throw keyIsCollection(offset)
  skipToLineEnd(reader)
  return value
}

function readQuotedLine(reader: YamlReader, parentIndent: number, slot: Slot): SourceNode {
  const offset = reader.at
  const value = quotedValue(reader, readYamlQuoted(reader, parentIndent), slot, offset)
  skipToLineEnd(reader)
  return value
}

/** True where this line begins with a field name and its colon. The reader is not moved. */
function isKeyAhead(reader: YamlReader): boolean {
  const ahead: YamlReader = { ...reader }
  return readKey(ahead) !== undefined
}

/** Reads a name up to its colon; undefined where there is none in this line. */
function readKey(reader: YamlReader): YamlKey | undefined {
  const offset = reader.at
  const code = nextCode(reader)
  let key: YamlKey
  if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE) {
    const quoted = readYamlQuoted(reader, -1)
    if (quoted.hasLines) return undefined
    key = { text: quoted.text, offset, quoted }
  } else {
    key = { text: readYamlPlainLine(reader), offset }
  }
  skipBlanks(reader)
  return nextCode(reader) === COLON && isBlankAt(reader, reader.at + 1) ? key : undefined
}

function readMap(reader: YamlReader, slot: Slot): SourceNode {
  refuseTabBefore(reader)
  const indent = reader.at - reader.lineStart
  const map = reader.builder.map(slot, reader.at)
  do readField(reader, map, indent)
  while (isNextItem(reader, indent))
  reader.builder.close()
  return map
}

/** True where the next line goes on with a map or list of this indentation. */
function isNextItem(reader: YamlReader, indent: number): boolean {
  if (!skipToContent(reader)) return false
  const found = reader.at - reader.lineStart
  if (found < indent) return false
  refuseTabBefore(reader)
  if (found > indent)
    throw yamlSyntaxError('a line is indented further than the one that it should continue', reader.at)
  return true
}

function readField(reader: YamlReader, map: SourceMap, indent: number): void {
  const offset = reader.at
  const code = nextCode(reader)
  if (code === OPEN_LIST || code === OPEN_MAP) throw keyIsCollection(offset)
  const key = readKey(reader)
  if (key === undefined)
    throw yamlSyntaxError('a field name needs a colon and a space after it, on the same line', offset)
  const { slot, isText } = slotOfKey(reader, map, key)
  reader.at += 1
  attachField(reader, map, readFieldValue(reader, indent, slot), isText)
}

function readFieldValue(reader: YamlReader, indent: number, slot: Slot): SourceNode {
  const { at: offset, lineStart } = reader
  if (!skipToContent(reader)) return reader.builder.scalar(slot, null, offset)
  if (reader.lineStart === lineStart) return readYamlNode(reader, indent, slot, 'after a mark')
  const found = reader.at - reader.lineStart
  if (found > indent) {
    refuseTabBefore(reader)
    return readYamlNode(reader, indent, slot, 'own line')
  }
  const isList = found === indent && nextCode(reader) === DASH && isBlankAt(reader, reader.at + 1)
  return isList ? readList(reader, slot) : reader.builder.scalar(slot, null, offset)
}

function readList(reader: YamlReader, slot: Slot): SourceNode {
  refuseTabBefore(reader)
  const indent = reader.at - reader.lineStart
  const list = reader.builder.list(slot, reader.at)
  do {
    const { at: offset, lineStart } = reader
    reader.at += 1
    const isWritten = skipToContent(reader) && (reader.lineStart === lineStart || isIndented(reader, indent))
    const itemSlot = { parent: list, key: list.items.length, keyOffset: isWritten ? reader.at : offset }
    list.items.push(
      isWritten ? readYamlNode(reader, indent, itemSlot, 'own line') : reader.builder.scalar(itemSlot, null, offset),
    )
  } while (isNextItem(reader, indent) && nextCode(reader) === DASH && isBlankAt(reader, reader.at + 1))
  reader.builder.close()
  return list
}

function isIndented(reader: YamlReader, indent: number): boolean {
  if (reader.at - reader.lineStart <= indent) return false
  refuseTabBefore(reader)
  return true
}
