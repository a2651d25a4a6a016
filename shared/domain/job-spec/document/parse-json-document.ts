/**
 * JSON → trees with positions. `JSON.parse` decides what JSON is; this reads the same text once more for what it drops:
 * places and doubled keys. A text that it took needs no grammar checks here.
 */
import { describeProblem, makeDocumentBuilder, MalformedDocument, tooDeep } from './document-builder.ts'
import type { DocumentBuilder, ParsedDocument, Slot, ValueCount } from './document-builder.ts'
import { findJsonMistake } from './find-json-mistake.ts'
import { MAX_DEPTH, type SourceNode } from './source-node.ts'

/** Parses a text that is one JSON value. Throws MalformedDocument where it is not, or breaks a limit. */
export function parseJsonDocument(text: string): ParsedDocument {
  checkJson(text, 0, findValueEnd(text, 0))
  const { root, builder } = readJsonValue(text, 0, { values: 0 })
  return { root, problems: builder.problems.map(describeProblem) }
}

/** Yields where each of the JSON values that follow each other in a text begins. Throws MalformedDocument at the first mistake. */
export function* findJsonValues(text: string): Generator<number> {
  let start = skipSpace(text, 0)
  while (start < text.length) {
    const end = findValueEnd(text, start)
    checkJson(text, start, end)
    yield start
    start = skipSpace(text, end)
  }
}

/** Reads the value at an offset that `findJsonValues` gave. Throws MalformedDocument where it breaks a limit. */
export function readJsonValue(
  text: string,
  start: number,
  count: ValueCount,
): { readonly root: SourceNode; readonly builder: DocumentBuilder } {
  const builder = makeDocumentBuilder(count)
  const at = skipSpace(text, start)
  const root = readValue({ text, at, builder }, { parent: undefined, key: undefined, keyOffset: at })
  return { root, builder }
}

const QUOTE = 34
const COMMA = 44
const COLON = 58
const BACKSLASH = 92
const OPEN_ARRAY = 91
const CLOSE_ARRAY = 93
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125

/** Offset after the object or array at `start`; the end of the text where it is neither, or does not end. Limits depth. */
function findValueEnd(text: string, start: number): number {
  let depth = 0
  let at = start
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = findStringEnd(text, at)
    else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      depth += 1
      if (depth > MAX_DEPTH) throw tooDeep(at)
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      depth -= 1
      if (depth === 0) return at + 1
    }
  }
  return text.length
}

/** Offset of the quote that ends the string whose first quote is at `start`; the end of the text where there is none. */
function findStringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) return at
    if (code === BACKSLASH) at += 1
  }
  return text.length
}

function checkJson(text: string, start: number, end: number): void {
  try {
    JSON.parse(text.slice(start, end))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const { offset, expected } = findJsonMistake(text, start, end)
    throw new MalformedDocument('json-syntax', `This is not JSON: ${expected} is missing.`, offset, 'JSON (RFC 8259)')
  }
}

interface Reader {
  readonly text: string
  at: number
  readonly builder: DocumentBuilder
}

function readValue(reader: Reader, slot: Slot): SourceNode {
  const offset = reader.at
  const code = reader.text.charCodeAt(offset)
  if (code === OPEN_OBJECT) return readObject(reader, slot)
  if (code === OPEN_ARRAY) return readArray(reader, slot)
  if (code === QUOTE) {
    const { value, hasEscapes } = readString(reader)
    if (hasEscapes) reader.builder.checkEscaped(value, slot, offset)
    return reader.builder.scalar(slot, value, offset)
  }
  wordEnd.lastIndex = offset
  reader.at = wordEnd.exec(reader.text)?.index ?? reader.text.length
  const value = JSON.parse(reader.text.slice(offset, reader.at)) as number | boolean | null
  return reader.builder.scalar(slot, value, offset)
}

const wordEnd = /[\s,\]}]/g

function readObject(reader: Reader, slot: Slot): SourceNode {
  const { builder } = reader
  const map = builder.map(slot, reader.at)
  for (step(reader); reader.text.charCodeAt(reader.at) !== CLOSE_OBJECT; skipMark(reader, COMMA)) {
    const keyOffset = reader.at
    const { value: key, hasEscapes } = readString(reader)
    const valueSlot = builder.keySlot(map, key, keyOffset)
    if (hasEscapes) builder.checkEscaped(key, valueSlot, keyOffset)
    reader.at = skipSpace(reader.text, reader.at)
    skipMark(reader, COLON)
    builder.attach(map, readValue(reader, valueSlot))
    reader.at = skipSpace(reader.text, reader.at)
  }
  reader.at += 1
  builder.close()
  return map
}

function readArray(reader: Reader, slot: Slot): SourceNode {
  const { builder } = reader
  const list = builder.list(slot, reader.at)
  for (step(reader); reader.text.charCodeAt(reader.at) !== CLOSE_ARRAY; skipMark(reader, COMMA)) {
    list.items.push(readValue(reader, { parent: list, key: list.items.length, keyOffset: reader.at }))
    reader.at = skipSpace(reader.text, reader.at)
  }
  reader.at += 1
  builder.close()
  return list
}

function readString(reader: Reader): { readonly value: string; readonly hasEscapes: boolean } {
  const { text, at } = reader
  const end = findStringEnd(text, at)
  reader.at = end + 1
  const written = text.slice(at + 1, end)
  if (!written.includes('\\')) return { value: written, hasEscapes: false }
  return { value: JSON.parse(text.slice(at, end + 1)) as string, hasEscapes: true }
}

function step(reader: Reader): void {
  reader.at = skipSpace(reader.text, reader.at + 1)
}

function skipMark(reader: Reader, mark: typeof COMMA | typeof COLON): void {
  if (reader.text.charCodeAt(reader.at) === mark) step(reader)
}

/** Offset of the first character from `from` on that JSON does not call space. */
function skipSpace(text: string, from: number): number {
  let at = from
  while (isSpace(text.charCodeAt(at))) at += 1
  return at
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9
}
