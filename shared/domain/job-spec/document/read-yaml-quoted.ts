/**
 * Quoted text: quotes taken away, escapes resolved, lines folded (YAML 1.2, chapters 7.3 and 5.7).
 */
import { foldLineEnd, foldLines } from './fold-yaml-lines.ts'
import { BACKSLASH, countSpaces, DOUBLE_QUOTE, LINE_FEED, RETURN, SINGLE_QUOTE } from './yaml-reader.ts'
import { SPACE, TAB, yamlSyntaxError, type YamlReader } from './yaml-reader.ts'

/** A quoted text. */
export interface QuotedText {
  readonly text: string
  /** It goes over a line end, which a field name may not. */
  readonly hasLines: boolean
  /** An escape made a part of it. */
  readonly hasEscapes: boolean
}

/**
 * Reads the quoted text at the reader; its lines must be indented further than `parentIndent`. Throws MalformedDocument
 * where a quote is missing or an escape is unknown.
 */
export function readYamlQuoted(reader: YamlReader, parentIndent: number): QuotedText {
  const from = reader.at + 1
  const quote = reader.text.charCodeAt(reader.at)
  const found = findClosing(reader, parentIndent)
  const { text } = reader
  reader.at = found.closing + 1
  if (quote === SINGLE_QUOTE) {
    const folded = found.hasLines ? foldLines(text, from, found.closing) : text.slice(from, found.closing)
    return {
      text: found.hasEscapes ? folded.replaceAll("''", "'") : folded,
      hasLines: found.hasLines,
      hasEscapes: false,
    }
  }
  const isAsWritten = !found.hasEscapes && !found.hasLines
  return { ...found, text: isAsWritten ? text.slice(from, found.closing) : resolveEscapes(text, from, found.closing) }
}

interface Closing {
  readonly closing: number
  readonly hasLines: boolean
  readonly hasEscapes: boolean
}

function findClosing(reader: YamlReader, parentIndent: number): Closing {
  const { text, end, at: opening } = reader
  const quote = text.charCodeAt(opening)
  let hasLines = false
  let hasEscapes = false
  for (let at = opening + 1; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      if (quote === DOUBLE_QUOTE || text.charCodeAt(at + 1) !== SINGLE_QUOTE)
        return { closing: at, hasLines, hasEscapes }
      hasEscapes = true
      at += 1
    } else if (code === BACKSLASH && quote === DOUBLE_QUOTE) {
      hasEscapes = true
      // A line end after the backslash is looked at like any other.
      if (text.charCodeAt(at + 1) !== LINE_FEED) at += 1
    } else if (code === LINE_FEED) {
      hasLines = true
      if (endsQuoted(reader, at + 1, parentIndent)) break
      reader.lineStart = at + 1
    }
  }
  throw yamlSyntaxError('a closing quote is missing', opening)
}

/** True for a line that is not indented enough to belong to the text. */
function endsQuoted(reader: YamlReader, lineStart: number, parentIndent: number): boolean {
  if (parentIndent < 0) return false
  const indent = countSpaces(reader, lineStart)
  if (indent > parentIndent) return false
  const code = reader.text.charCodeAt(lineStart + indent)
  return code !== LINE_FEED && code !== RETURN
}

/** `[from, to)` of the text is what stands between double quotes. */
function resolveEscapes(text: string, from: number, to: number): string {
  let result = ''
  let start = from
  let at = from
  while (at < to) {
    const code = text.charCodeAt(at)
    if (code === BACKSLASH) {
      const { made, length } = readEscape(text, at)
      result += text.slice(start, at) + made
      at += length
      start = at
    } else if (code === LINE_FEED) {
      // Blanks that an escape made stay: only those of this part may go.
      const { folded, next } = foldLineEnd(text, start, at, to)
      result += folded
      at = next
      start = at
    } else at += 1
  }
  return result + text.slice(start, to)
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['0', '\0'],
  ['a', '\u0007'],
  ['b', '\b'],
  ['e', '\u001b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['N', '\u0085'],
  ['_', '\u00a0'],
  ['L', '\u2028'],
  ['P', '\u2029'],
  ...Array.from(' "/\\\t', mark => [mark, mark] as const),
])
/** Digits that follow `\x`, `\u` and `\U`. */
const digitsAfter: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
])
const LAST_CODE_POINT = 0x10ffff

function readEscape(text: string, at: number): { readonly made: string; readonly length: number } {
  const mark = text.charAt(at + 1)
  const known = escapes.get(mark)
  if (known !== undefined) return { made: known, length: 2 }
  if (mark === '\n' || mark === '\r') return { made: '', length: lengthOfLineEnd(text, at) }
  const digits = digitsAfter.get(mark)
  const written = digits === undefined ? '' : text.slice(at + 2, at + 2 + digits)
  const code = /^[0-9a-fA-F]+$/.test(written) ? Number.parseInt(written, 16) : Infinity
  if (written.length !== digits || code > LAST_CODE_POINT) {
    throw yamlSyntaxError('an escape (\\) in a text with double quotes is unknown', at)
  }
  return { made: String.fromCodePoint(code), length: 2 + digits }
}

/** A backslash, the line end after it, and the blanks that the next line begins with. */
function lengthOfLineEnd(text: string, at: number): number {
  let next = text.indexOf('\n', at) + 1
  while (text.charCodeAt(next) === SPACE || text.charCodeAt(next) === TAB) next += 1
  return next - at
}
