/**
 * Blocks of text (`|` and `>`): indentation taken away, lines folded, line ends at the end kept or cut as the header says
 * (YAML 1.2, chapter 8.1).
 */
import { countSpaces, HASH, isBlankAt, LINE_FEED, lineEndAt, RETURN, skipBlanks, TAB } from './yaml-reader.ts'
import { nextCode, SPACE, tabAsIndent, yamlSyntaxError, type YamlReader } from './yaml-reader.ts'

interface Header {
  readonly folded: boolean
  /** Spaces beyond the parent's that the header asks for; 0: the first line decides. */
  readonly indent: number
  readonly chomp: '' | '+' | '-'
}

/** A line of the block, without its line end. */
interface Line {
  /** Spaces that it begins with. */
  readonly spaces: number
  readonly start: number
  /** Offset after its last character; the same as `start + spaces` where it has no text. */
  readonly stop: number
  /** Offset of the next line. */
  readonly next: number
}

/** Reads the block at the reader. Throws MalformedDocument where its header or its indentation is wrong. */
export function readYamlBlockText(reader: YamlReader, parentIndent: number): string {
  const header = readHeader(reader)
  const start = lineEndAt(reader, reader.at) + 1
  if (start > reader.end) return moveTo(reader, reader.end, '')
  const indent = findIndent(reader, start, header, parentIndent)
  if (indent === undefined) return readEmpty(reader, start, header, minimumIndent(header, parentIndent))
  const content: Content = { text: '', emptyLines: 0, separator: '', wasIndented: false, isFirst: true }
  let at = start
  while (at < reader.end) {
    const line = readLine(reader, at)
    if (isEmpty(line)) {
      if (line.spaces > indent) addLine(reader, content, line, indent, header)
      else content.emptyLines += 1
    } else if (line.spaces < indent) break
    else addLine(reader, content, line, indent, header)
    at = line.next
  }
  refuseTab(reader, at)
  const endsWithLine = at <= reader.end
  return moveTo(
    reader,
    Math.min(at, reader.end),
    content.text + lineEndsAfter(header, content.emptyLines + (endsWithLine ? 1 : 0)),
  )
}

function moveTo(reader: YamlReader, at: number, text: string): string {
  reader.at = at
  reader.lineStart = at
  return text
}

function readHeader(reader: YamlReader): Header {
  const folded = reader.text.charAt(reader.at) === '>'
  let indent = 0
  let chomp: Header['chomp'] = ''
  for (reader.at += 1; !isBlankAt(reader, reader.at); reader.at++) {
    const letter = reader.text.charAt(reader.at)
    if (chomp === '' && (letter === '-' || letter === '+')) chomp = letter
    else if (indent === 0 && letter >= '1' && letter <= '9') indent = Number(letter)
    else throw yamlSyntaxError('after | or > there may be a + or -, a digit, and then the line ends', reader.at)
  }
  skipBlanks(reader)
  const code = nextCode(reader)
  if (!Number.isNaN(code) && code !== HASH && code !== LINE_FEED && code !== RETURN) {
    throw yamlSyntaxError('the text of a block begins on the line after | or >', reader.at)
  }
  return { folded, indent, chomp }
}

function readLine(reader: YamlReader, start: number): Line {
  const lineEnd = lineEndAt(reader, start)
  const spaces = countSpaces(reader, start)
  const isReturn = lineEnd > start + spaces && reader.text.charCodeAt(lineEnd - 1) === RETURN
  return { spaces, start, stop: isReturn ? lineEnd - 1 : lineEnd, next: lineEnd + 1 }
}

function isEmpty(line: Line): boolean {
  return line.start + line.spaces === line.stop
}

/** The indentation of the block; undefined where no line with text is indented enough. */
function findIndent(reader: YamlReader, start: number, header: Header, parentIndent: number): number | undefined {
  let mostSpaces = 0
  for (let at = start; at < reader.end;) {
    const line = readLine(reader, at)
    if (!isEmpty(line)) {
      if (line.spaces < minimumIndent(header, parentIndent)) return undefined
      if (header.indent > 0) return minimumIndent(header, parentIndent)
      if (mostSpaces > line.spaces) throw wronglyIndented(line)
      return line.spaces
    }
    mostSpaces = Math.max(mostSpaces, line.spaces)
    at = line.next
  }
  return undefined
}

/** Spaces that a line of the block has at least. */
function minimumIndent(header: Header, parentIndent: number): number {
  return header.indent === 0 ? parentIndent + 1 : Math.max(parentIndent, 0) + header.indent
}

function wronglyIndented({ start, spaces }: Line): Error {
  return yamlSyntaxError('a block begins with empty lines that are indented further than its text', start + spaces)
}

/** A block without text: line ends, if they are kept. */
function readEmpty(reader: YamlReader, start: number, { chomp }: Header, indent: number): string {
  let at = start
  let lineEnds = 0
  while (at < reader.end) {
    const line = readLine(reader, at)
    if (!isEmpty(line)) break
    const isWhole = line.next <= reader.end
    // Spaces at the very end of the document are a line if they are deep enough.
    if (isWhole || (lineEnds === 0 && line.spaces >= indent)) lineEnds += 1
    at = Math.min(line.next, reader.end)
  }
  refuseTab(reader, at)
  return moveTo(reader, at, chomp === '+' ? '\n'.repeat(lineEnds) : '')
}

/** A block may not be followed by a line that a tab indents: it could be meant as a part of it. */
function refuseTab(reader: YamlReader, at: number): void {
  const offset = at + countSpaces(reader, at)
  if (offset < reader.end && reader.text.charCodeAt(offset) === TAB) throw tabAsIndent(offset)
}

interface Content {
  text: string
  /** Empty lines since the last line with text. */
  emptyLines: number
  separator: '' | ' ' | '\n'
  wasIndented: boolean
  isFirst: boolean
}

function addLine(reader: YamlReader, content: Content, line: Line, indent: number, { folded }: Header): void {
  const text = reader.text.slice(line.start + indent, line.stop)
  if (content.isFirst) content.text = '\n'.repeat(content.emptyLines)
  else if (!folded) content.text += '\n'.repeat(content.emptyLines + 1)
  if (folded) foldLine(content, text)
  else content.text += text
  content.isFirst = false
  content.emptyLines = 0
}

/** Lines of one indentation become one line; lines that are indented further stay lines. */
function foldLine(content: Content, text: string): void {
  const first = text.charCodeAt(0)
  const isIndented = first === SPACE || first === TAB
  const { isFirst, emptyLines, wasIndented } = content
  if (!isFirst) {
    const staysLine = isIndented || wasIndented
    if (staysLine) content.text += '\n'.repeat(emptyLines + 1)
    else content.text += emptyLines === 0 ? ' ' : '\n'.repeat(emptyLines)
  }
  content.text += text
  content.wasIndented = isIndented
}

function lineEndsAfter({ chomp }: Header, lineEnds: number): string {
  if (chomp === '-') return ''
  return chomp === '+' ? '\n'.repeat(Math.max(1, lineEnds)) : '\n'
}
