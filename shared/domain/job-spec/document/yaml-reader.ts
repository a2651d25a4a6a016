/**
 * A place in YAML text that moves forward, and how it goes over spaces, comments and line ends. All reading of YAML moves
 * one reader from left to right and never back by more than a field name, so it is linear in the text.
 */
import { MalformedDocument, type DocumentBuilder } from './document-builder.ts'

/** Where reading is; `[at, end)` of the text is one document, without its `---` and `...` lines. */
export interface YamlReader {
  readonly text: string
  /** UTF-16 offset after the document. */
  readonly end: number
  readonly builder: DocumentBuilder
  /** UTF-16 offset of the next character. */
  at: number
  /** UTF-16 offset of the line that `at` lies in. */
  lineStart: number
}

/** Character codes of the marks of YAML. */
export const TAB = 9
export const LINE_FEED = 10
export const RETURN = 13
export const SPACE = 32
export const DOUBLE_QUOTE = 34
export const HASH = 35
export const SINGLE_QUOTE = 39
export const COMMA = 44
export const DASH = 45
export const COLON = 58
export const QUESTION = 63
export const OPEN_LIST = 91
export const BACKSLASH = 92
export const CLOSE_LIST = 93
export const OPEN_MAP = 123
export const CLOSE_MAP = 125

/** The code of the next character; NaN at the end of the document. */
export function nextCode(reader: YamlReader): number {
  return reader.at < reader.end ? reader.text.charCodeAt(reader.at) : Number.NaN
}

/** True where a mark like `-` or `:` ends: before a space, a line end or the end of the document. */
export function isBlankAt({ text, end }: YamlReader, at: number): boolean {
  if (at >= end) return true
  const code = text.charCodeAt(at)
  return code === SPACE || code === LINE_FEED || code === TAB || code === RETURN
}

/** True for `,`, `[`, `]`, `{` and `}`, which end plain text inside of brackets. */
export function isFlowMark(code: number): boolean {
  return code === COMMA || code === OPEN_LIST || code === CLOSE_LIST || code === OPEN_MAP || code === CLOSE_MAP
}

/** Goes over spaces, comments and line ends; false at the end of the document. */
export function skipToContent(reader: YamlReader): boolean {
  const { text, end } = reader
  let at = reader.at
  while (at < end) {
    const code = text.charCodeAt(at)
    if (code === LINE_FEED) reader.lineStart = at + 1
    else if (code === HASH && isAfterBlank(reader, at)) at = lineEndAt(reader, at) - 1
    else if (code !== SPACE && code !== RETURN && code !== TAB) break
    at += 1
  }
  reader.at = at
  return at < end
}

/** Goes over spaces and a comment to the end of the line. Throws MalformedDocument where a value is followed by more. */
export function skipToLineEnd(reader: YamlReader): void {
  skipBlanks(reader)
  const code = nextCode(reader)
  if (Number.isNaN(code) || code === LINE_FEED || code === RETURN) return
  if (code === HASH && isAfterBlank(reader, reader.at)) {
    reader.at = lineEndAt(reader, reader.at)
    return
  }
  throw unexpectedAfterValue(code, reader.at)
}

function unexpectedAfterValue(code: number, offset: number): MalformedDocument {
  if (code === HASH) return yamlSyntaxError('a comment needs a space before its #', offset)
  if (code === COLON) return yamlSyntaxError('a field may not begin on the line of another value', offset)
  return yamlSyntaxError('a value is followed by more text on its line', offset)
}

/** Goes over spaces and tabs. */
export function skipBlanks(reader: YamlReader): void {
  const { text, end } = reader
  while (reader.at < end) {
    const code = text.charCodeAt(reader.at)
    if (code !== SPACE && code !== TAB) return
    reader.at += 1
  }
}

function isAfterBlank({ text, lineStart }: YamlReader, at: number): boolean {
  if (at === lineStart) return true
  const before = text.charCodeAt(at - 1)
  return before === SPACE || before === TAB
}

/** Offset of the line end at or after `at`; the end of the document where there is none. */
export function lineEndAt({ text, end }: YamlReader, at: number): number {
  const found = text.indexOf('\n', at)
  return found === -1 || found > end ? end : found
}

/** Spaces from an offset on. */
export function countSpaces({ text, end }: YamlReader, from: number): number {
  let at = from
  while (at < end && text.charCodeAt(at) === SPACE) at += 1
  return at - from
}

/** Refuses a tab between the start of the line and a place where a map, list or value of its own line begins. */
export function refuseTabBefore({ text, lineStart, at }: YamlReader): void {
  for (let before = lineStart; before < at; before++) {
    if (text.charCodeAt(before) === TAB) throw tabAsIndent(before)
  }
}

/** A tab where only spaces can say how deep something lies. */
export function tabAsIndent(offset: number): MalformedDocument {
  const message = 'Tabs cannot indent in YAML: nobody can know how wide they are.'
  return new MalformedDocument('yaml-tab', message, offset, 'Spaces')
}

/** Says that a text is not YAML; `what` never quotes the text, which may hold a secret. */
export function yamlSyntaxError(what: string, offset: number): MalformedDocument {
  return new MalformedDocument('yaml-syntax', `This is not YAML: ${what}.`, offset, 'YAML 1.2')
}
