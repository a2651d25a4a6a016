/**
 * Text without quotes. It ends where a mark begins, and is a number, true, false or null where it is written like one in the
 * core schema of YAML 1.2 (chapter 10.3.2): `yes`, `on`, `12:30` and `2026-01-01` are text.
 */
import { foldLines } from './fold-yaml-lines.ts'
import { COLON, COMMA, countSpaces, DASH, HASH, isBlankAt, isFlowMark, LINE_FEED } from './yaml-reader.ts'
import { MalformedDocument } from './document-builder.ts'
import { QUESTION, RETURN, SPACE, TAB, yamlSyntaxError, type YamlReader } from './yaml-reader.ts'

/** Where plain text stands: among lines, or in brackets, where commas and brackets end it. */
export type PlainPlace = 'block' | 'flow'

/**
 * Reads plain text that may go over lines indented further than `parentIndent`; the reader is then after it. Throws
 * MalformedDocument for a mark that cannot begin text.
 */
export function readYamlPlain(reader: YamlReader, parentIndent: number, place: PlainPlace): string {
  refuseWrongStart(reader, place)
  const { text } = reader
  const from = reader.at
  let to = readLine(reader, place)
  let hasLines = false
  while (toNextLine(reader, parentIndent, place)) {
    to = readLine(reader, place)
    hasLines = true
  }
  reader.at = to
  return hasLines ? foldLines(text, from, to) : text.slice(from, to)
}

/** Reads plain text that ends with its line: a field name. */
export function readYamlPlainLine(reader: YamlReader): string {
  refuseWrongStart(reader, 'block')
  const from = reader.at
  reader.at = readLine(reader, 'block')
  return reader.text.slice(from, reader.at)
}

/** Goes to where the text ends in this line; answers the offset after its last character that is no blank. */
function readLine(reader: YamlReader, place: PlainPlace): number {
  const { text, end } = reader
  let at = reader.at
  let afterText = at
  for (; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === LINE_FEED) break
    if (code === SPACE || code === TAB || code === RETURN) continue
    if (code === COLON && endsKey(reader, at, place)) break
    if (code === HASH && at > afterText) break
    if (place === 'flow' && isFlowMark(code)) break
    afterText = at + 1
  }
  reader.at = at
  return afterText
}

function endsKey(reader: YamlReader, colon: number, place: PlainPlace): boolean {
  return isBlankAt(reader, colon + 1) || (place === 'flow' && isFlowMark(reader.text.charCodeAt(colon + 1)))
}

/** Goes to the next line of the text, over empty ones; false (and not moved) where it has no more. */
function toNextLine(reader: YamlReader, parentIndent: number, place: PlainPlace): boolean {
  const { text, end } = reader
  if (text.charCodeAt(reader.at) !== LINE_FEED || reader.at >= end) return false
  let lineStart = reader.at + 1
  let at = lineStart
  for (; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === LINE_FEED) lineStart = at + 1
    else if (code !== SPACE && code !== TAB && code !== RETURN) break
  }
  if (at >= end || countSpaces(reader, lineStart) <= parentIndent) return false
  const code = text.charCodeAt(at)
  if (code === HASH || (place === 'flow' && isFlowMark(code))) return false
  if (code === COLON && endsKey(reader, at, place)) {
    if (place === 'block') throw wrongMark(code, at)
    return false
  }
  reader.at = at
  reader.lineStart = lineStart
  return true
}

/** Marks of YAML that specs have no use for. */
const forbiddenStarts: ReadonlyMap<string, readonly [rule: string, message: string]> = new Map([
  ['&', ['yaml-anchor', 'Anchors (&name) are not accepted: write the value where it is needed.']],
  ['*', ['yaml-alias', 'Aliases (*name) are not accepted: write the value where it is needed.']],
  ['!', ['yaml-tag', 'Tags (!name) are not accepted: values are plain text, numbers, lists and maps.']],
])
/** Marks that no value can begin with. */
const wrongStarts = '%@`,]}#|>'

function refuseWrongStart(reader: YamlReader, place: PlainPlace): void {
  const { text, at } = reader
  const code = text.charCodeAt(at)
  const isMark = code === DASH || code === QUESTION || code === COLON
  if (isMark && (isBlankAt(reader, at + 1) || (place === 'flow' && isFlowMark(text.charCodeAt(at + 1))))) {
    throw wrongMark(code, at)
  }
  // Letters and digits, by far the most: no look into the table.
  if (code > COMMA && code < COLON) return
  const start = text.charAt(at)
  const forbidden = forbiddenStarts.get(start)
  if (forbidden !== undefined) throw new MalformedDocument(...forbidden, at)
  if (wrongStarts.includes(start)) throw yamlSyntaxError(`a value without quotes cannot begin with ${start}`, at)
}

function wrongMark(code: number, offset: number): MalformedDocument {
  if (code === QUESTION) {
    const message = 'Field names with a question mark (? name) are not accepted.'
    return new MalformedDocument('key-not-text', message, offset, 'name: value')
  }
  if (code === COLON) return new MalformedDocument('key-not-text', 'A field name is missing before its colon.', offset)
  return yamlSyntaxError('a list item (-) cannot begin here', offset)
}

/** The value of plain text: a number, true, false, null, or the text itself. */
export function yamlCoreValue(text: string): string | number | boolean | null {
  const first = text.charCodeAt(0)
  // Digits, `+`, `-` and `.`.
  if (first < COLON && first > 42) return coreNumber(text) ?? text
  const word = text.length <= MAX_WORD_LENGTH ? words.get(text) : undefined
  return word === undefined ? text : word
}

const MAX_WORD_LENGTH = 5
const words: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ['~', null],
  ['null', null],
  ['Null', null],
  ['NULL', null],
  ['true', true],
  ['True', true],
  ['TRUE', true],
  ['false', false],
  ['False', false],
  ['FALSE', false],
])

function coreNumber(text: string): number | undefined {
  if (/^[-+]?[0-9]+$/.test(text)) return Number.parseInt(text, 10)
  if (/^0o[0-7]+$/.test(text)) return Number.parseInt(text.slice(2), 8)
  if (/^0x[0-9a-fA-F]+$/.test(text)) return Number.parseInt(text.slice(2), 16)
  if (/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(text)) return Number.parseFloat(text)
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  return /^\.(?:nan|NaN|NAN)$/.test(text) ? Number.NaN : undefined
}
