/**
 * Block tokens (`|` and `>`) → text: indentation taken away, lines folded, line ends at the end kept or cut as the
 * header says (YAML 1.2, chapter 8.1).
 */
import type { CST } from 'yaml'
import { commentWithoutSpace } from './read-yaml-marks.ts'
import { yamlSyntaxError } from './yaml-node.ts'

interface Header {
  readonly folded: boolean
  /** Spaces that the header asks for; 0: the first line decides. */
  readonly indent: number
  readonly chomp: '' | '+' | '-'
  /** Characters up to the first line of text. */
  readonly length: number
}

interface Line {
  readonly indent: number
  readonly text: string
  /** UTF-16 offset where the line starts. */
  readonly offset: number
}

/** The text of a block and the offset after it; `isRoot` where it is the whole document. Throws MalformedDocument. */
export function readYamlBlockText(token: CST.BlockScalar, isRoot: boolean): { text: string; end: number } {
  const header = readHeader(token.props)
  const start = token.offset + header.length
  const lines = splitLines(token.source, start)
  const end = start + token.source.length
  const afterText = lines.findLastIndex(({ text }) => text !== '') + 1
  if (afterText === 0) return { text: header.chomp === '+' ? '\n'.repeat(emptyLines(lines)) : '', end }
  const first = lines.findIndex(({ text }) => text !== '')
  const indent = readIndent(header, lines.slice(0, first + 1), token.indent, isRoot)
  // Empty lines with more spaces than that have text: spaces.
  const afterContent = Math.max(afterText, lines.findLastIndex(line => line.indent > indent) + 1)
  const content = lines.slice(first, afterContent)
  checkIndents(content, indent, header)
  const leading = lines.slice(0, first).map(line => `${cutIndent(line, indent)}\n`)
  const text = leading.join('') + (header.folded ? foldLines(content, indent) : joinLines(content, indent))
  return { text: text + lineEnds(header, text, lines.slice(afterContent), indent), end }
}

function readHeader(props: readonly CST.Token[]): Header {
  const [mark, ...others] = props
  if (mark?.type !== 'block-scalar-header') throw yamlSyntaxError('Block scalar header not found', mark?.offset ?? 0)
  let indent = 0
  let chomp: Header['chomp'] = ''
  for (let at = 1; at < mark.source.length; at++) {
    const letter = mark.source.charAt(at)
    if (chomp === '' && (letter === '-' || letter === '+')) chomp = letter
    else if (indent === 0 && /[1-9]/.test(letter)) indent = Number(letter)
    else throw yamlSyntaxError('Block scalar header includes extra characters', mark.offset + at)
  }
  return { folded: mark.source.startsWith('>'), indent, chomp, length: mark.source.length + lengthOfProps(others) }
}

function lengthOfProps(props: readonly CST.Token[]): number {
  let length = 0
  let hasSpace = false
  for (const token of props) {
    if (token.type === 'error') throw yamlSyntaxError(token.message, token.offset)
    if (token.type === 'space') hasSpace = true
    else if (token.type === 'comment') {
      if (!hasSpace) throw commentWithoutSpace(token)
    } else if (token.type !== 'newline') {
      throw yamlSyntaxError('Unexpected token in block scalar header', token.offset)
    }
    length += token.source.length
  }
  return length
}

function splitLines(source: string, start: number): readonly Line[] {
  if (source === '') return []
  let offset = start
  return source.split('\n').map(line => {
    const indent = /^ */.exec(line)?.[0].length ?? 0
    const text = line.slice(indent, line.endsWith('\r') ? -1 : undefined)
    const found: Line = { indent, text, offset }
    offset += line.length + 1
    return found
  })
}

/** The last line is what follows the last line end. */
function emptyLines(lines: readonly Line[]): number {
  return lines.length === 0 ? 0 : Math.max(1, lines.length - 1)
}

/** Spaces before the text, from the header or the first line with text: the last of `lines`, after empty ones. */
function readIndent(header: Header, lines: readonly Line[], parentIndent: number, isRoot: boolean): number {
  let indent = parentIndent + header.indent
  for (const line of lines) {
    if (line.text === '') {
      if (header.indent === 0) indent = Math.max(indent, line.indent)
      continue
    }
    if (line.indent < indent) {
      const message = 'Block scalars with more-indented leading empty lines must use an explicit indentation indicator'
      throw yamlSyntaxError(message, line.offset + line.indent)
    }
    if (header.indent === 0) indent = line.indent
    if (indent === 0 && !isRoot) {
      throw yamlSyntaxError('Block scalar values in collections must be indented', line.offset)
    }
  }
  return indent
}

function checkIndents(lines: readonly Line[], indent: number, header: Header): void {
  const wrong = lines.find(line => line.text !== '' && line.indent < indent)
  if (wrong === undefined) return
  const source = header.indent > 0 ? 'explicit indentation indicator' : 'first line'
  const message = `Block scalar lines must not be less indented than their ${source}`
  throw yamlSyntaxError(message, wrong.offset + wrong.indent)
}

function cutIndent(line: Line, indent: number): string {
  return ' '.repeat(Math.max(0, line.indent - indent))
}

function joinLines(lines: readonly Line[], indent: number): string {
  return lines.map(line => cutIndent(line, indent) + line.text).join('\n')
}

/** Lines of one indentation become one line; lines that are indented further stay lines. */
function foldLines(lines: readonly Line[], indent: number): string {
  let text = ''
  let separator = ''
  let wasIndented = false
  for (const line of lines) {
    if (line.indent > indent || line.text.startsWith('\t')) {
      if (separator === ' ') separator = '\n'
      else if (!wasIndented && separator === '\n') separator = '\n\n'
      text += separator + cutIndent(line, indent) + line.text
      separator = '\n'
      wasIndented = true
    } else if (line.text !== '') {
      text += separator + line.text
      separator = ' '
      wasIndented = false
    } else if (separator === '\n') text += separator
    else separator = '\n'
  }
  return text
}

function lineEnds(header: Header, text: string, after: readonly Line[], indent: number): string {
  if (header.chomp === '-') return ''
  if (header.chomp === '') return '\n'
  const kept = after.map(line => `\n${cutIndent(line, indent)}`).join('')
  return (text + kept).endsWith('\n') ? kept : `${kept}\n`
}
