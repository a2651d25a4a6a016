/**
 * What stands between the values of a document: spaces, comments, line ends and the marks `-`, `?`, `:`, `,`, `---`.
 * Anchors and tags are not here, since they are refused while lexing.
 */
import type { CST } from 'yaml'
import { yamlSyntaxError } from './yaml-node.ts'

/** Where a run of marks stands, which decides what it may hold. */
export interface MarksPlace {
  /** The mark that belongs here. */
  readonly indicator: 'doc-start' | 'explicit-key-ind' | 'map-value-ind' | 'seq-item-ind'
  /** Name of the flow collection around it; commas are allowed there, and tabs too. */
  readonly flow?: string
  /** What follows the marks. */
  readonly next: CST.Token | null | undefined
  /** Where the marks would stand if there are none. */
  readonly offset: number
  readonly parentIndent: number
  readonly startOnNewline: boolean
}

/** What was found in a run of marks. */
export interface Marks {
  readonly found: CST.SourceToken | undefined
  readonly comma: CST.SourceToken | undefined
  readonly hasNewline: boolean
  /** Characters of the comments, without their `#`, with the lines between them. */
  readonly commentLength: number
  /** UTF-16 offset after the last mark. */
  readonly end: number
}

interface MarksReader {
  found: CST.SourceToken | undefined
  comma: CST.SourceToken | undefined
  tab: CST.SourceToken | undefined
  atNewline: boolean
  hasSpace: boolean
  hasNewline: boolean
  commentLength: number
  gapLength: number
}

/** Reads the marks before a value. Throws MalformedDocument for one that does not belong there. */
export function readYamlMarks(tokens: readonly CST.SourceToken[], place: MarksPlace): Marks {
  const { startOnNewline } = place
  const reader: MarksReader = {
    found: undefined,
    comma: undefined,
    tab: undefined,
    atNewline: startOnNewline,
    hasSpace: startOnNewline,
    hasNewline: false,
    commentLength: 0,
    gapLength: 0,
  }
  for (const token of tokens) {
    if (reader.tab && reader.atNewline && token.type !== 'comment' && token.type !== 'newline') {
      throw tabAsIndent(reader.tab)
    }
    reader.tab = undefined
    readMark(reader, token, place)
  }
  checkLastTab(reader, place)
  const { found, comma, hasNewline, commentLength } = reader
  return { found, comma, hasNewline, commentLength, end: endOf(tokens, place.offset) }
}

function readMark(reader: MarksReader, token: CST.SourceToken, place: MarksPlace): void {
  switch (token.type) {
    case 'space':
      if (mattersAsIndent(token, place)) reader.tab = token
      reader.hasSpace = true
      return
    case 'comment':
      if (!reader.hasSpace) throw commentWithoutSpace(token)
      readComment(reader, token)
      return
    case 'newline':
      readNewline(reader, token)
      return
    case place.indicator:
      if (reader.found) throw unexpected(token, `${token.source} in ${place.flow ?? 'collection'}`)
      reader.found = token
      reader.atNewline = place.indicator === 'seq-item-ind' || place.indicator === 'explicit-key-ind'
      reader.hasSpace = false
      return
    default:
      if (token.type !== 'comma' || place.flow === undefined) throw unexpected(token, `${token.type} token`)
      if (reader.comma) throw unexpected(token, `, in ${place.flow}`)
      reader.comma = token
      reader.atNewline = false
      reader.hasSpace = false
  }
}

function readComment(reader: MarksReader, token: CST.SourceToken): void {
  if (reader.commentLength > 0) reader.commentLength += reader.gapLength
  reader.commentLength += commentLengthOf(token)
  reader.gapLength = 0
  reader.atNewline = false
}

function readNewline(reader: MarksReader, token: CST.SourceToken): void {
  if (!reader.atNewline) reader.gapLength += token.source.length
  else if (reader.commentLength > 0) reader.commentLength += token.source.length
  reader.atNewline = true
  reader.hasNewline = true
  reader.hasSpace = true
}

function commentLengthOf(token: CST.SourceToken): number {
  return Math.max(1, token.source.length - 1)
}

/** Tabs indent nothing in YAML. In flow collections the parser counts indents itself. */
function mattersAsIndent({ source }: CST.SourceToken, { flow, indicator, next }: MarksPlace): boolean {
  if (flow !== undefined || (indicator === 'doc-start' && next?.type === 'flow-collection')) return false
  return source.includes('\t')
}

function checkLastTab({ tab, atNewline }: MarksReader, { next, parentIndent }: MarksPlace): void {
  if (tab && ((atNewline && tab.indent <= parentIndent) || isBlock(next))) throw tabAsIndent(tab)
}

function tabAsIndent(tab: CST.SourceToken): Error {
  return yamlSyntaxError('Tabs are not allowed as indentation', tab.offset)
}

/** A `#` right after a value would be part of it: what the mistake is called. */
export function commentWithoutSpace(token: CST.SourceToken): Error {
  const message = 'Comments must be separated from other tokens by white space characters'
  return yamlSyntaxError(message, token.offset)
}

function unexpected(token: CST.SourceToken, what: string): Error {
  return yamlSyntaxError(`Unexpected ${what}`, token.offset)
}

function endOf(tokens: readonly CST.SourceToken[], offset: number): number {
  const last = tokens.at(-1)
  return last ? last.offset + last.source.length : offset
}

/** True for a map or list in block style. */
export function isBlock(token: CST.Token | null | undefined): boolean {
  return token?.type === 'block-map' || token?.type === 'block-seq'
}

/** Offset after the spaces and comments that follow a value. Throws MalformedDocument for anything else there. */
export function readYamlEnd(
  tokens: readonly CST.SourceToken[] | undefined,
  offset: number,
  comments: 'after space' | 'anywhere',
): number {
  let end = offset
  let hasSpace = comments === 'anywhere'
  for (const token of tokens ?? []) {
    if (token.type === 'comment') {
      if (!hasSpace) throw commentWithoutSpace(token)
    } else if (token.type === 'space' || token.type === 'newline') hasSpace = true
    else throw unexpected(token, `${token.type} at node end`)
    end += token.source.length
  }
  return end
}

/** Where a value stands that was left out: after the last mark and its spaces, before comments and line ends. */
export function offsetOfEmpty(end: number, before: readonly CST.SourceToken[] = []): number {
  const last = before.findLastIndex(({ type }) => type !== 'space' && type !== 'comment' && type !== 'newline')
  const blank = before.slice(last + 1)
  let offset = end
  for (const { source } of blank) offset -= source.length
  if (last === -1) return offset
  for (const { type, source } of blank) {
    if (type !== 'space') break
    offset += source.length
  }
  return offset
}

/** Characters that a run of marks holds of the comment on the line of its comma, and the line end after it. */
export function commentOfItemBefore(tokens: readonly CST.SourceToken[]): number {
  const first = tokens.find(({ type }) => type !== 'comma' && type !== 'space')
  return first?.type === 'comment' && first.source.length > 1 ? first.source.length : 0
}
