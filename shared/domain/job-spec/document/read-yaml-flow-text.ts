/**
 * Plain and quoted tokens → text: quotes taken away, escapes resolved, lines folded (YAML 1.2, chapters 7.3 and 5.7).
 */
import type { CST } from 'yaml'
import { yamlSyntaxError } from './yaml-node.ts'

/** The text of a token. Throws MalformedDocument where a quote is missing or an escape is unknown. */
export function readYamlFlowText({ type, source, offset }: CST.FlowScalar): string {
  if (type === 'double-quoted-scalar') return doubleQuoted(source, offset)
  if (type === 'single-quoted-scalar') {
    checkClosing(source, offset, "'")
    return foldLines(source.slice(1, -1)).replaceAll("''", "'")
  }
  const start = wrongStarts.get(source[0] ?? '')
  if (start !== undefined) throw yamlSyntaxError(`Plain value cannot start with ${start}`, offset)
  return foldLines(source)
}

/** What plain text cannot begin with, in so far as the lexer lets it through. */
const wrongStarts: ReadonlyMap<string, string> = new Map([
  ['\t', 'a tab character'],
  [',', 'flow indicator character ,'],
  ['%', 'directive indicator character %'],
  ['|', 'block scalar indicator |'],
  ['>', 'block scalar indicator >'],
  ['@', 'reserved character @'],
  ['`', 'reserved character `'],
])

function checkClosing(source: string, offset: number, quote: '"' | "'"): void {
  if (source.length > 1 && source.endsWith(quote)) return
  throw yamlSyntaxError(`Missing closing ${quote}quote`, offset + source.length)
}

/** One line end is a space, each further one a line end; spaces around line ends go. */
function foldLines(source: string): string {
  const [first = '', ...lines] = source.split(/\r?\n/)
  const last = lines.pop()
  if (last === undefined) return source
  let text = withoutTrailing(first)
  let separator = ' '
  for (const line of lines) {
    const words = withoutTrailing(withoutLeading(line))
    if (words !== '') {
      text += separator + words
      separator = ' '
    } else if (separator === '\n') text += separator
    else separator = '\n'
  }
  return text + separator + withoutLeading(last)
}

function withoutLeading(line: string): string {
  return line.replace(/^[ \t]+/, '')
}

/** The look back keeps the search linear in lines of many spaces. */
function withoutTrailing(line: string): string {
  return line.replace(/(?<![ \t])[ \t]+$/, '')
}

/** Words, spaces, escapes and line ends with all that folds into them. */
const part = /[^\\ \t\r\n]+|[ \t]+|\\(?:\r?\n[ \t]*|x[^]{0,2}|u[^]{0,4}|U[^]{0,8}|[^]?)|\n(?:[ \t\n]|\r(?=\n))*|\r/y

function doubleQuoted(source: string, offset: number): string {
  const end = source.length - 1
  let text = ''
  for (let at = 1; at < end; at = part.lastIndex) {
    part.lastIndex = at
    const found = part.exec(source)?.[0] ?? ''
    if (found.startsWith('\\')) text += resolveEscape(found, offset + at)
    else if (found.startsWith('\n')) text += '\n'.repeat(found.split('\n').length - 2) || ' '
    else if (!isBeforeLineEnd(found, source, part.lastIndex)) text += source.slice(at, Math.min(part.lastIndex, end))
  }
  checkClosing(source, offset, '"')
  return text
}

/** Spaces before a line end go, and so does the first half of `\r\n`. */
function isBeforeLineEnd(found: string, source: string, after: number): boolean {
  if (found === '\r') return source[after] === '\n'
  return /^[ \t]/.test(found) && (source[after] === '\n' || source.startsWith('\r\n', after))
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
/** Digits of `\x`, `\u` and `\U`. */
const hexadecimal = /^\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})$/
const LAST_CODE_POINT = 0x10ffff

function resolveEscape(escape: string, offset: number): string {
  const mark = escape.slice(1)
  if (mark.startsWith('\n') || mark.startsWith('\r\n')) return ''
  const known = escapes.get(mark)
  if (known !== undefined) return known
  const code = hexadecimal.test(escape) ? Number.parseInt(escape.slice(2), 16) : Infinity
  if (code <= LAST_CODE_POINT) return String.fromCodePoint(code)
  throw yamlSyntaxError(`Invalid escape sequence ${escape}`, offset)
}
