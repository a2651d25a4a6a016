/**
 * A command line → the words a POSIX shell would hand to the program, with their places. Everything that a shell would
 * compute (variables, substitutions, patterns) is a problem of its own: nothing is guessed, and nothing is run.
 */
import { problemsOfBareText } from './shell-patterns.ts'
import type { ShellProblem } from './shell-problem.ts'

/** One word after quotes and backslashes are resolved. */
export interface ShellWord {
  readonly kind: 'word'
  readonly text: string
  readonly offset: number
  /** Offset of the first character of `text`, where the characters stand in the source one by one; else undefined. */
  readonly textOffset: number | undefined
  /** False where a part of it is known to a shell only. */
  readonly isKnown: boolean
}
/** What ends a command: a line end, or `;`, `&`, `|`, a redirection and their likes. */
interface ShellBreak {
  readonly kind: 'line-end' | 'operator' | 'redirection'
  readonly text: string
  readonly offset: number
}
export type ShellToken = ShellWord | ShellBreak

/** Told about each problem; the reader goes on with the characters as they stand. */
type ReportShellProblem = (problem: ShellProblem, offset: number) => void

interface Reader {
  readonly text: string
  readonly report: ReportShellProblem
  at: number
  /** After `MAX_PROBLEMS` the reader gives up: the text is no command line. */
  problems: number
}

/** As many as are ever shown. */
const MAX_PROBLEMS = 100

/** A word while it is read. */
interface Draft {
  readonly parts: string[]
  /** The parts that stand without quotes, in order: patterns and braces mean something only there. */
  readonly bare: string[]
  isKnown: boolean
}

/** The tokens of a text, in one pass; a quote without end is the last. */
export function* readShellTokens(text: string, report: ReportShellProblem): Generator<ShellToken> {
  const count: ReportShellProblem = (problem, offset) => {
    reader.problems += 1
    report(problem, offset)
  }
  const reader: Reader = { text, report: count, at: 0, problems: 0 }
  while (isReading(reader)) {
    skipBlanks(reader)
    const token = readBreak(reader) ?? readWord(reader)
    if (token === undefined) return
    yield token
  }
}

const isReading = ({ text, at, problems }: Reader): boolean => at < text.length && problems < MAX_PROBLEMS

/** `\` and a line end is nothing at all; at the end of the text it is a line that lost its next one. */
const continuation = /\\([ \t]*)(?:\r?\n|$)/y
const blanks = /(?:[ \t\f\v]|\r(?=\n|$))+/y
const comment = /#[^\n]*/y

function skipBlanks(reader: Reader): void {
  while (match(reader, blanks) !== undefined || skipContinuation(reader) || match(reader, comment) !== undefined);
}

function skipContinuation(reader: Reader): boolean {
  const start = reader.at
  const found = match(reader, continuation)
  if (found === undefined) return false
  if (/[ \t]/.test(found) && reader.at < reader.text.length) reader.report('blank-after-backslash', start)
  return true
}

/** The text that a sticky pattern takes at the reader's place, if it takes any. */
function match(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.at
  const found = pattern.exec(reader.text)?.[0]
  if (found === undefined || found === '') return undefined
  reader.at += found.length
  return found
}

/** Empty lines are one end of a line. */
const lineEnds = /\n(?:[ \t\r\n]*\n)?/y
const redirection = /[0-9]{0,9}(?:<<<?-?|[<>]\(|<&|<>|>>|>&|>\||<|>)|&>>?/y
const operator = /&&|\|\||;;|\|&|[;&|()]/y

function readBreak(reader: Reader): ShellBreak | undefined {
  const offset = reader.at
  const at = (kind: ShellBreak['kind'], text: string): ShellBreak => ({ kind, text, offset })
  const lineEnd = match(reader, lineEnds)
  if (lineEnd !== undefined) return at('line-end', lineEnd)
  const arrow = match(reader, redirection)
  if (arrow !== undefined) return at('redirection', arrow)
  const sign = match(reader, operator)
  return sign === undefined ? undefined : at('operator', sign)
}

/** Characters that are themselves in a word without quotes. */
const plainRun = /[^\s'"\\$`;&|()<>]+/y

function readWord(reader: Reader): ShellWord | undefined {
  const { text } = reader
  const offset = reader.at
  if (offset >= text.length) return undefined
  const draft: Draft = { parts: [], bare: [], isKnown: true }
  while (isReading(reader) && readBarePart(reader, draft));
  const word = draft.parts.join('')
  for (const problem of problemsOfBareText(draft.bare.join(''), word)) reader.report(problem, offset)
  const textOffset = [offset, offset + 1].find(start => text.startsWith(word, start))
  return { kind: 'word', text: word, offset, textOffset, isKnown: draft.isKnown }
}

/** Reads one part of a word; false where the word ends. */
function readBarePart(reader: Reader, draft: Draft): boolean {
  const run = match(reader, plainRun)
  if (run !== undefined) {
    draft.parts.push(run)
    draft.bare.push(run)
    return true
  }
  switch (reader.text[reader.at]) {
    case "'":
      return readSingleQuotes(reader, draft)
    case '"':
      return readDoubleQuotes(reader, draft)
    case '\\':
      return readBackslash(reader, draft)
    case '$':
      return readDollarQuote(reader, draft) || readExpansion(reader, draft)
    case '`':
      return readExpansion(reader, draft)
    case '\r':
      return readCarriageReturn(reader, draft)
    default:
      return isOtherSpace(reader, draft)
  }
}

function readSingleQuotes(reader: Reader, draft: Draft): boolean {
  const start = reader.at + 1
  const end = reader.text.indexOf("'", start)
  if (end === -1) return leaveOpen(reader, draft, start)
  draft.parts.push(reader.text.slice(start, end))
  reader.at = end + 1
  return true
}

function leaveOpen(reader: Reader, draft: Draft, start: number): boolean {
  reader.report('open-quote', start - 1)
  draft.isKnown = false
  reader.at = reader.text.length
  return false
}

const quotedRun = /[^"\\$`]+/y
const quotedEscape = /\\(?:\r?\n|["\\$`])/y

function readDoubleQuotes(reader: Reader, draft: Draft): boolean {
  const start = reader.at + 1
  reader.at = start
  while (isReading(reader)) {
    const run = match(reader, quotedRun) ?? match(reader, quotedEscape)?.replace(/^\\(?:\r?\n)?/, '')
    if (run !== undefined) {
      draft.parts.push(run)
    } else if (reader.text[reader.at] === '"') {
      reader.at += 1
      return true
    } else if (reader.text[reader.at] === '\\') {
      draft.parts.push('\\') // Before any other character a backslash is itself.
      reader.at += 1
    } else {
      readExpansion(reader, draft)
    }
  }
  return leaveOpen(reader, draft, start)
}

function readBackslash(reader: Reader, draft: Draft): boolean {
  const blankAfter = /[ \t]/.test(reader.text[reader.at + 1] ?? '')
  if (skipContinuation(reader)) return !blankAfter
  const [character = ''] = reader.text.slice(reader.at + 1, reader.at + 3)
  draft.parts.push(character)
  reader.at += 1 + character.length
  return true
}

/** The quote after the dollar is read as a quote: the dollar is all that is too much. */
function readDollarQuote(reader: Reader, draft: Draft): boolean {
  if (!/['"]/.test(reader.text[reader.at + 1] ?? '')) return false
  reader.report('dollar-quote', reader.at)
  draft.isKnown = false
  reader.at += 1
  return true
}

/** More of a substitution than this is not looked for: what follows is read as words again. */
const MAX_EXPANSION_LENGTH = 1_000
const variable = /\$(?:\{[^}\n]{0,200}\}?|[A-Za-z_][A-Za-z0-9_]{0,200}|[0-9@*#?$!-])/y

function readExpansion(reader: Reader, draft: Draft): boolean {
  const { text, at, report } = reader
  const next = text[at + 1]
  if (text[at] === '`' || next === '(') {
    report('substitution', at)
    draft.isKnown = false
    const end = text.slice(at + 1, at + MAX_EXPANSION_LENGTH).indexOf(next === '(' ? ')' : '`')
    reader.at = end === -1 ? at + 2 : at + end + 2
    draft.parts.push(text.slice(at, reader.at))
    return true
  }
  const name = match(reader, variable)
  if (name === undefined) {
    draft.parts.push('$') // Before any other character a dollar is itself.
    reader.at += 1
    return true
  }
  report('variable', at)
  draft.isKnown = false
  draft.parts.push(name)
  return true
}

/** Before a line end it belongs to that; elsewhere it is a character of the word, for the checks to refuse. */
function readCarriageReturn(reader: Reader, draft: Draft): boolean {
  const next = reader.text[reader.at + 1]
  if (next === '\n' || next === undefined) return false
  draft.parts.push('\r')
  reader.at += 1
  return true
}

/** Spaces that are none to a shell (a no-break space) are characters of the word. */
function isOtherSpace(reader: Reader, draft: Draft): boolean {
  const character = reader.text[reader.at] ?? ''
  if (/[ \t\n\f\v;&|()<>]/.test(character)) return false
  draft.parts.push(character)
  reader.at += 1
  return true
}
