/**
 * YAML 1.2 (core schema) → trees, in time linear in the text, in one pass without tokens. What specs never need (aliases,
 * anchors, tags, directives, `? ` keys) is refused where it stands; the grammar is held against the `yaml` package by a test.
 */
import { makeDocumentBuilder, MalformedDocument } from './document-builder.ts'
import type { DocumentBuilder, ValueCount } from './document-builder.ts'
import { readYamlNode } from './read-yaml-block.ts'
import type { SourceNode } from './source-node.ts'
import {
  nextCode,
  OPEN_LIST,
  OPEN_MAP,
  refuseTabBefore,
  skipToContent,
  yamlSyntaxError,
  type YamlReader,
} from './yaml-reader.ts'

/** A document that was read, or why it cannot be. */
export type ReadDocument =
  { readonly root: SourceNode; readonly builder: DocumentBuilder } | { readonly malformed: MalformedDocument }

/**
 * Yields each document of a text that is not empty. After a mistake it goes on at the next `---` line, which cannot be a part
 * of any value.
 */
export function* parseYamlDocuments(text: string, count: ValueCount): Generator<ReadDocument> {
  const lone = text.search(/\r(?!\n)/)
  if (lone !== -1) {
    const message = 'A line ends with a carriage return alone.'
    yield { malformed: new MalformedDocument('yaml-line-end', message, lone, 'LF or CRLF line ends') }
    return
  }
  let isSkipped = false
  let segment: Segment = { start: 0, end: 0, before: '...' }
  for (const { at, mark, next } of documentMarks(text)) {
    const document: ReadDocument | undefined = isSkipped
      ? undefined
      : readDocument(text, { ...segment, end: at }, mark, count)
    if (document !== undefined) yield document
    // A wrong directive is that of the document after it, which is refused with it.
    isSkipped = mark === '---' && ruleOf(document) === 'yaml-directive'
    segment = { start: next, end: next, before: mark }
  }
}

function ruleOf(document: ReadDocument | undefined): string | undefined {
  return document !== undefined && 'malformed' in document ? document.malformed.problem.rule : undefined
}

/** The text between two marks. */
interface Segment {
  readonly start: number
  readonly end: number
  /** After `---` the document begins on its line; elsewhere directives may come first. */
  readonly before: '---' | '...'
}

interface DocumentMark {
  readonly at: number
  readonly mark: '---' | '...'
  /** Where the document after it begins. */
  readonly next: number
}

const markLine = /^(?:---|\.\.\.)(?![^ \t\r\n])/gm

/** Lines that end documents, and the end of the text. */
function* documentMarks(text: string): Generator<DocumentMark> {
  for (const { 0: mark, index } of text.matchAll(markLine)) {
    yield { at: index, mark: mark === '---' ? '---' : '...', next: index + mark.length }
  }
  yield { at: text.length, mark: '---', next: text.length }
}

function readDocument(
  text: string,
  { start, end, before }: Segment,
  after: DocumentMark['mark'],
  count: ValueCount,
): ReadDocument | undefined {
  const builder = makeDocumentBuilder(count)
  // The column of what stands behind `---` counts from there.
  const reader: YamlReader = {
    text,
    end,
    builder,
    at: start,
    lineStart: before === '---' ? start - before.length : start,
  }
  try {
    const hasDirective = before === '...' && skipDirective(reader)
    const isEmpty = !skipToContent(reader)
    if (hasDirective && (!isEmpty || after === '...')) {
      throw yamlSyntaxError('after %YAML 1.2 follows a line with ---', reader.at)
    }
    return isEmpty ? undefined : { root: readRoot(reader, start, before), builder }
  } catch (error) {
    if (error instanceof MalformedDocument) return { malformed: error }
    throw error
  }
}

function readRoot(reader: YamlReader, start: number, before: Segment['before']): SourceNode {
  const code = nextCode(reader)
  const place = before === '...' || reader.lineStart > start ? 'own line' : 'after a mark'
  if (place === 'own line' && code !== OPEN_LIST && code !== OPEN_MAP) refuseTabBefore(reader)
  const root = readYamlNode(reader, -1, { parent: undefined, key: undefined, keyOffset: reader.at }, place)
  if (skipToContent(reader)) {
    throw yamlSyntaxError('a line is indented less than the one that it should continue', reader.at)
  }
  return root
}

/** Goes over `%YAML 1.2`; true where it was there. Throws MalformedDocument for any other directive. */
function skipDirective(reader: YamlReader): boolean {
  if (!skipToContent(reader) || reader.text.charAt(reader.at) !== '%' || reader.at !== reader.lineStart) return false
  const line = /%[^\r\n]*/y
  line.lastIndex = reader.at
  const directive = line.exec(reader.text)?.[0] ?? ''
  if (!/^%YAML[ \t]+1\.2[ \t]*(?:[ \t]#.*)?$/.test(directive)) {
    const message = 'Only the directive %YAML 1.2 is accepted; documents are read as YAML 1.2.'
    throw new MalformedDocument('yaml-directive', message, reader.at, 'No directive')
  }
  reader.at += directive.length
  if (skipToContent(reader) && reader.text.charAt(reader.at) === '%') {
    throw new MalformedDocument('yaml-directive', 'Only one directive is accepted.', reader.at, 'No directive')
  }
  return true
}
