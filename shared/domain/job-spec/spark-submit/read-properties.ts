/**
 * The content of a properties file, as java.util.Properties reads it: `key value`, `key=value`, `key: value`, `#` and `!`
 * comments, `\` before a line end, escapes. Offsets are those of the text around it.
 */

/** One line of a properties file. */
export interface Property {
  readonly key: string
  /** Without blanks at its ends: Spark trims values. */
  readonly value: string
  readonly keyOffset: number
  readonly offset: number
}

/** A property has at most this many lines joined by `\`; the rest is read as lines of their own. */
const MAX_JOINED_LINES = 1_000

/** The properties between two offsets of a text, in its order; one pass, nothing is refused. */
export function* readProperties(text: string, start: number, end: number): Generator<Property> {
  let at = skipEmptyLines(text, start)
  while (at < end) {
    const line = readLogicalLine(text, at, end)
    at = skipEmptyLines(text, line.end)
    const property = splitProperty(line.text, line.offset)
    if (property !== undefined) yield property
  }
}

/** Empty lines, and the blanks before the first line that has something. */
const emptyLines = /[ \t\f\r\n]*/y

function skipEmptyLines(text: string, at: number): number {
  emptyLines.lastIndex = at
  return at + (emptyLines.exec(text)?.[0].length ?? 0)
}

interface LogicalLine {
  readonly text: string
  /** Where its first character that is no blank stands. */
  readonly offset: number
  /** Where the next line begins. */
  readonly end: number
}

function readLogicalLine(text: string, start: number, end: number): LogicalLine {
  const parts: string[] = []
  let offset: number | undefined
  let at = start
  for (let lines = 0; at < end && lines < MAX_JOINED_LINES; lines++) {
    const newline = text.indexOf('\n', at)
    const next = newline === -1 || newline >= end ? end : newline + 1
    const line = text.slice(at, next).replace(/\r?\n$/, '')
    const content = line.trimStart()
    offset ??= at + line.length - content.length
    at = next
    const isComment = parts.length === 0 && /^[#!]/.test(content)
    if (isComment || !endsWithBackslash(content)) return { text: parts.concat(content).join(''), offset, end: at }
    parts.push(content.slice(0, -1))
  }
  return { text: parts.join(''), offset: offset ?? start, end: at }
}

/** An even number of backslashes is backslashes. */
function endsWithBackslash(line: string): boolean {
  let count = 0
  while (line[line.length - 1 - count] === '\\') count += 1
  return count % 2 === 1
}

const keyPattern = /^(?:\\.|[^\\=:\s])*/
const separator = /[ \t\f]*[=:]?[ \t\f]*/y

function splitProperty(line: string, offset: number): Property | undefined {
  if (line === '' || /^[#!]/.test(line)) return undefined
  const key = keyPattern.exec(line)?.[0] ?? ''
  separator.lastIndex = key.length
  const valueStart = key.length + (separator.exec(line)?.[0].length ?? 0)
  const value = unescape(line.slice(valueStart)).trim()
  return { key: unescape(key), value, keyOffset: offset, offset: offset + valueStart }
}

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescape(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(
    /\\(?:u([0-9A-Fa-f]{4})|(.)|$)/gs,
    (_, code: string | undefined, character: string | undefined) =>
      code === undefined
        ? (escapes[character ?? ''] ?? character ?? '')
        : String.fromCharCode(Number.parseInt(code, 16)),
  )
}
