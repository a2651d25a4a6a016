/**
 * JSON → tree with positions. `JSON.parse` decides what JSON is; this reads the same text once more for what it
 * drops: places and doubled keys. A text that it took needs no grammar checks here.
 */
import { makeDocumentBuilder, MalformedDocument, tooDeep } from './document-builder.ts'
import type { DocumentBuilder, ParsedDocument, Slot } from './document-builder.ts'
import { MAX_DEPTH, type SourceNode } from './source-node.ts'

/** Parses one JSON document. Throws MalformedDocument where it is not JSON or breaks a limit. */
export function parseJsonDocument(text: string): ParsedDocument {
  checkDepth(text)
  try {
    JSON.parse(text)
  } catch (error) {
    throw new MalformedDocument('json-syntax', jsonErrorMessage(error), jsonErrorOffset(error, text), 'JSON (RFC 8259)')
  }
  const builder = makeDocumentBuilder()
  const reader: Reader = { text, at: 0, builder }
  skipSpace(reader)
  const root = readValue(reader, { parent: undefined, key: undefined, keyOffset: reader.at })
  return { root, problems: builder.problems }
}

/** True where the whole text is JSON of an object or list: the guess for content without a type. */
export function isJson(text: string): boolean {
  if (!/^[\s]*[{[]/.test(text)) return false
  try {
    checkDepth(text)
    JSON.parse(text)
    return true
  } catch {
    return false // Not JSON, then: YAML will say what is wrong with it.
  }
}

/** Brackets outside strings, in one pass over the characters: before JSON.parse, and for any text. */
function checkDepth(text: string): void {
  let depth = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const mark = text[at]
    if (inString) {
      if (mark === '\\') at += 1
      else if (mark === '"') inString = false
    } else if (mark === '"') inString = true
    else if (mark === '[' || mark === '{') depth += 1
    else if (mark === ']' || mark === '}') depth -= 1
    if (depth > MAX_DEPTH) throw tooDeep(at)
  }
}

interface Reader {
  readonly text: string
  at: number
  readonly builder: DocumentBuilder
}

const token = /"(?:[^"\\]|\\.)*"|[^\s,:[\]{}"]+/y

function readValue(reader: Reader, slot: Slot): SourceNode {
  const offset = reader.at
  const mark = reader.text[offset]
  if (mark === '{') return readObject(reader, slot)
  if (mark === '[') return readArray(reader, slot)
  const value = JSON.parse(readToken(reader)) as string | number | boolean | null
  return reader.builder.scalar(slot, value, offset)
}

function readObject(reader: Reader, slot: Slot): SourceNode {
  const map = reader.builder.map(slot, reader.at)
  for (step(reader); reader.text[reader.at] !== '}'; skipMark(reader, ',')) {
    const keyOffset = reader.at
    const key = JSON.parse(readToken(reader)) as string
    const valueSlot = reader.builder.keySlot(map, key, keyOffset)
    skipSpace(reader)
    skipMark(reader, ':')
    reader.builder.attach(map, readValue(reader, valueSlot))
    skipSpace(reader)
  }
  reader.at += 1
  return map
}

function readArray(reader: Reader, slot: Slot): SourceNode {
  const list = reader.builder.list(slot, reader.at)
  for (step(reader); reader.text[reader.at] !== ']'; skipMark(reader, ',')) {
    list.items.push(readValue(reader, { parent: list, key: list.items.length, keyOffset: reader.at }))
    skipSpace(reader)
  }
  reader.at += 1
  return list
}

function readToken(reader: Reader): string {
  token.lastIndex = reader.at
  const word = token.exec(reader.text)?.[0]
  if (word === undefined) throw new MalformedDocument('json-syntax', 'This is not JSON.', reader.at)
  reader.at += word.length
  return word
}

function step(reader: Reader): void {
  reader.at += 1
  skipSpace(reader)
}

function skipMark(reader: Reader, mark: ',' | ':'): void {
  if (reader.text[reader.at] === mark) step(reader)
}

const space = /[ \t\r\n]*/y

function skipSpace(reader: Reader): void {
  space.lastIndex = reader.at
  reader.at += space.exec(reader.text)?.[0].length ?? 0
}

/** V8 quotes the text around the mistake, which may be a secret: only the kind of mistake is kept. */
function jsonErrorMessage(error: unknown): string {
  const kind =
    /^(Unexpected (?:end|token|non-whitespace)|Expected [^'"]{1,60}|Bad [a-z ]{1,40}|Unterminated string)/.exec(
      error instanceof Error ? error.message : '',
    )
  return `This is not JSON${kind?.[0] === undefined ? '' : `: ${kind[0].trim()}`}.`
}

function jsonErrorOffset(error: unknown, text: string): number {
  const position = /at position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1]
  return position === undefined ? text.length : Number(position)
}
