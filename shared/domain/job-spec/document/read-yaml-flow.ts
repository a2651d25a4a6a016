/**
 * Lists and maps in brackets. Fields without braces in a list (`[a: 1]`) are refused, though YAML has them: whoever writes
 * that meant something else.
 */
import { MalformedDocument, type Slot } from './document-builder.ts'
import { attachField, keyIsCollection, refuseTemplate, slotOfKey, type YamlKey } from './read-yaml-key.ts'
import { readYamlPlain } from './read-yaml-plain.ts'
import { readYamlQuoted } from './read-yaml-quoted.ts'
import { readPlainValue, readQuotedValue } from './read-yaml-scalar.ts'
import type { SourceMap, SourceNode } from './source-node.ts'
import { CLOSE_LIST, CLOSE_MAP, COLON, COMMA, countSpaces, DOUBLE_QUOTE, nextCode, OPEN_LIST } from './yaml-reader.ts'
import { OPEN_MAP, SINGLE_QUOTE, skipToContent, yamlSyntaxError, type YamlReader } from './yaml-reader.ts'

/** The brackets that the reader is in. */
interface Brackets {
  /** Lines must be indented further than this. */
  readonly parentIndent: number
  readonly closing: typeof CLOSE_LIST | typeof CLOSE_MAP
  /** `inner` ones stand in others. */
  readonly level: 'outermost' | 'inner'
}

/**
 * Reads the list or map whose opening bracket is at the reader; its lines must be indented further than `parentIndent`,
 * but for the last bracket, which many people write below the field. Throws MalformedDocument.
 */
export function readYamlFlow(reader: YamlReader, parentIndent: number, slot: Slot): SourceNode {
  return readCollection(reader, parentIndent, slot, 'outermost')
}

function readCollection(reader: YamlReader, parentIndent: number, slot: Slot, level: Brackets['level']): SourceNode {
  refuseTemplate(reader)
  const { at: offset, builder } = reader
  const isMap = nextCode(reader) === OPEN_MAP
  const node = isMap ? builder.map(slot, offset) : builder.list(slot, offset)
  const brackets: Brackets = { parentIndent, closing: isMap ? CLOSE_MAP : CLOSE_LIST, level }
  reader.at += 1
  let next = skipFlowSpace(reader, brackets)
  while (next !== brackets.closing) {
    if (node.kind === 'map') readField(reader, brackets, node)
    else node.items.push(readItem(reader, parentIndent, { parent: node, key: node.items.length, keyOffset: reader.at }))
    next = skipFlowSpace(reader, brackets)
    if (next === COMMA) {
      reader.at += 1
      next = skipFlowSpace(reader, brackets)
    } else if (next !== brackets.closing) throw missingComma(reader)
  }
  reader.at += 1
  builder.close()
  return node
}

/** Goes to the next mark or value and answers its first character. */
function skipFlowSpace(reader: YamlReader, { parentIndent, closing, level }: Brackets): number {
  const line = reader.lineStart
  if (!skipToContent(reader)) {
    throw yamlSyntaxError(`a ${closing === CLOSE_MAP ? 'map' : 'list'} in brackets is not closed`, reader.at)
  }
  const code = nextCode(reader)
  if (reader.lineStart === line) return code
  const indent = countSpaces(reader, reader.lineStart)
  if (indent > parentIndent) return code
  if (indent === parentIndent && level === 'outermost' && code === closing) return code
  throw yamlSyntaxError('what stands in brackets is indented less than the field that it belongs to', reader.at)
}

function missingComma(reader: YamlReader): MalformedDocument {
  if (nextCode(reader) !== COLON) return yamlSyntaxError('a comma or a closing bracket is missing', reader.at)
  const message = 'A field in a list in brackets needs braces.'
  return new MalformedDocument('yaml-flow-pair', message, reader.at, '[{name: value}]')
}

function readItem(reader: YamlReader, parentIndent: number, slot: Slot): SourceNode {
  const code = nextCode(reader)
  if (code === OPEN_LIST || code === OPEN_MAP) return readCollection(reader, parentIndent, slot, 'inner')
  if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE) return readQuotedValue(reader, parentIndent, slot)
  return readPlainValue(reader, parentIndent, slot, 'flow')
}

function readField(reader: YamlReader, brackets: Brackets, map: SourceMap): void {
  const { parentIndent } = brackets
  const key = readKey(reader, parentIndent)
  const { slot, isText } = slotOfKey(reader, map, key)
  let offset = reader.at
  let hasValue = false
  if (skipFlowSpace(reader, brackets) === COLON) {
    reader.at += 1
    offset = reader.at
    const code = skipFlowSpace(reader, brackets)
    hasValue = code !== COMMA && code !== CLOSE_MAP
  }
  const value = hasValue ? readItem(reader, parentIndent, slot) : reader.builder.scalar(slot, null, offset)
  attachField(reader, map, value, isText)
}

function readKey(reader: YamlReader, parentIndent: number): YamlKey {
  const offset = reader.at
  const code = nextCode(reader)
  if (code === OPEN_LIST || code === OPEN_MAP) throw keyIsCollection(offset)
  if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE) {
    const quoted = readYamlQuoted(reader, parentIndent)
    return { text: quoted.text, offset, quoted }
  }
  return { text: readYamlPlain(reader, parentIndent, 'flow'), offset }
}
