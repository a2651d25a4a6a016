/**
 * YAML 1.2 (core schema) → tree, in time linear in the text. The `yaml` package checks unique keys quadratically
 * (7.8 s for 256 KiB), so that is switched off and done in the builder; what specs never need (aliases, anchors,
 * tags, directives, several documents) is refused while lexing, before anything grows from it.
 */
import { Composer, CST, isMap, isPair, isScalar, isSeq, Lexer, Parser } from 'yaml'
import type { Pair, YAMLMap } from 'yaml'
import { makeDocumentBuilder, MalformedDocument, slotPath, tooDeep } from './document-builder.ts'
import type { DocumentBuilder, ParsedDocument, Slot } from './document-builder.ts'
import { MAX_DEPTH, type SourceMap, type SourceNode } from './source-node.ts'

/** Words, marks, spaces and line ends in one document: 256 KiB of settings have about 47,000; each costs 1 µs. */
const MAX_LEXEMES = 64_000
/** Open nodes of the parser that are not containers: the document and the value being read. */
const STACK_ABOVE_DEPTH = 4
/** Empty documents between `---` lines that are skipped. */
const MAX_DOCUMENTS = 20

/** Parses one YAML document. Throws MalformedDocument where it is not YAML, or more than specs need of it. */
export function parseYamlDocument(text: string): ParsedDocument {
  const tokens = readTokens(text)
  const builder = makeDocumentBuilder()
  const composer = new BoundedComposer()
  let root: SourceNode | undefined
  for (const document of composer.compose(tokens)) {
    if (document.contents === null || isEmptyScalar(document.contents)) continue
    if (root !== undefined) {
      const message = 'The text has several documents; each is submitted separately for now.'
      throw new MalformedDocument('several-documents', message, offsetOf(document.contents), 'One document')
    }
    root = buildNode(
      document.contents,
      { parent: undefined, key: undefined, keyOffset: offsetOf(document.contents) },
      builder,
    )
  }
  return { root, problems: builder.problems }
}

/** What each forbidden kind of word is, by the lexer's names. */
const forbiddenWords: ReadonlyMap<string, readonly [rule: string, message: string]> = new Map([
  ['anchor', ['yaml-anchor', 'Anchors (&name) are not accepted: write the value where it is needed.']],
  ['alias', ['yaml-alias', 'Aliases (*name) are not accepted: write the value where it is needed.']],
  ['tag', ['yaml-tag', 'Tags (!name) are not accepted: values are plain text, numbers, lists and maps.']],
])

function readTokens(text: string): readonly CST.Token[] {
  const parser = new Parser()
  const tokens: CST.Token[] = []
  let lexemes = 0
  let documents = 0
  let atScalar = false
  let lastWord = ''
  for (const lexeme of new Lexer().lex(text)) {
    lexemes += 1
    if (lexemes > MAX_LEXEMES) {
      throw new MalformedDocument(
        'document-too-large',
        `The document has more than ${MAX_LEXEMES} words and marks.`,
        parser.offset,
      )
    }
    const type = atScalar ? 'scalar' : CST.tokenType(lexeme)
    checkWord(type, lexeme, lastWord, parser.offset)
    atScalar = lexeme === CST.SCALAR
    if (type === 'doc-start' && (documents += 1) > MAX_DOCUMENTS) {
      throw new MalformedDocument('several-documents', 'The text has many documents.', parser.offset, 'One document')
    }
    if (type !== 'space' && type !== 'newline' && type !== 'comment') lastWord = type ?? ''
    for (const token of parser.next(lexeme)) keepToken(token, tokens)
    if (parser.stack.length > MAX_DEPTH + STACK_ABOVE_DEPTH) throw tooDeep(parser.offset)
  }
  for (const token of parser.end()) keepToken(token, tokens)
  return tokens
}

function checkWord(type: string | null, lexeme: string, lastWord: string, offset: number): void {
  const forbidden = forbiddenWords.get(type ?? '')
  if (forbidden !== undefined) throw new MalformedDocument(...forbidden, offset)
  if (type === 'directive-line' && !/^%YAML[ \t]+1\.2[ \t]*(#.*)?$/.test(lexeme)) {
    throw new MalformedDocument('yaml-directive', 'Only the directive %YAML 1.2 is accepted.', offset)
  }
  if (type === 'comma' && lastWord === 'comma') {
    throw new MalformedDocument('yaml-syntax', 'A list or map has two commas with nothing between.', offset)
  }
}

function keepToken(token: CST.Token, tokens: CST.Token[]): void {
  if (token.type === 'error') throw syntaxError(token.message, token.offset)
  tokens.push(token)
}

/** Some messages of the package end with the text that they are about, which may be a secret: that part is cut. */
function syntaxError(text: string, offset: number): MalformedDocument {
  const message = text.replace(/: .*$/s, '')
  return new MalformedDocument('yaml-syntax', `This is not YAML: ${message}`, offset, 'YAML 1.2')
}

/**
 * A composer that ends at the first error: collecting them would cost one Error object for each character of
 * `[[,,,` (2 s for 256 KiB). `onError` is private in the package's types; the tests notice if its name changes.
 */
class BoundedComposer {
  private readonly composer: Composer

  constructor() {
    const options = { version: '1.2', schema: 'core', uniqueKeys: false, merge: false, strict: true } as const
    this.composer = new Composer({ ...options, prettyErrors: false, keepSourceTokens: false })
    const withErrors = this.composer as unknown as { onError: ErrorHandler }
    let first: MalformedDocument | undefined
    const keepWarning = withErrors.onError
    withErrors.onError = (source, code, message, warning) => {
      if (warning === true) return keepWarning(source, code, message, warning)
      // The package catches what is thrown inside a collection and reports it again: the first one tells the place.
      first ??= syntaxError(message, startOf(source))
      throw first
    }
  }

  compose(tokens: readonly CST.Token[]): ReturnType<Composer['compose']> {
    return this.composer.compose(tokens)
  }
}

type ErrorSource = number | readonly number[] | { readonly offset: number }
type ErrorHandler = (source: ErrorSource, code: string, message: string, warning?: boolean) => void

function startOf(source: ErrorSource): number {
  if (typeof source === 'number') return source
  return 'offset' in source ? source.offset : (source[0] ?? 0)
}

function buildNode(node: unknown, slot: Slot, builder: DocumentBuilder): SourceNode {
  const offset = offsetOf(node) || slot.keyOffset
  if (isMap(node)) return buildMap(node, slot, offset, builder)
  if (isSeq(node)) {
    const list = builder.list(slot, offset)
    for (const [index, item] of node.items.entries()) {
      const value = isPair(item) ? wrapPair(item, list, index, builder) : undefined
      list.items.push(
        value ?? buildNode(item, { parent: list, key: index, keyOffset: offsetOf(item) || offset }, builder),
      )
    }
    return list
  }
  const value = isScalar(node) ? node.value : null
  if (isScalar(node)) reportAmbiguous(node, slot, offset, builder)
  return builder.scalar(slot, isPlainScalar(value) ? value : null, offset)
}

function buildMap(node: YAMLMap<unknown, unknown>, slot: Slot, offset: number, builder: DocumentBuilder): SourceMap {
  const map = builder.map(slot, offset)
  for (const pair of node.items) addPair(pair, map, builder)
  return map
}

/** `[a: 1]` is a list of one map with one field. */
function wrapPair(pair: Pair, list: SourceNode, index: number, builder: DocumentBuilder): SourceNode {
  const offset = offsetOf(pair.key)
  const map = builder.map({ parent: list, key: index, keyOffset: offset }, offset)
  addPair(pair, map, builder)
  return map
}

function addPair(pair: Pair<unknown, unknown>, map: SourceMap, builder: DocumentBuilder): void {
  const keyOffset = offsetOf(pair.key) || map.offset
  const key: unknown = isScalar(pair.key) ? pair.key.value : undefined
  if (typeof key !== 'string') {
    const message = 'A field name is not text; put quotes around it.'
    builder.report({ rule: 'key-not-text', message, offset: keyOffset, path: slotPath(map) })
    return
  }
  const slot = builder.keySlot(map, key, keyOffset)
  builder.attach(map, buildNode(pair.value, slot, builder))
}

/** `0123` is 123 here and 83 to kubectl (YAML 1.1): nobody can know what was meant. */
function reportAmbiguous(
  node: { source?: string; type?: string; value: unknown },
  slot: Slot,
  offset: number,
  builder: DocumentBuilder,
): void {
  if (node.type !== 'PLAIN' || typeof node.value !== 'number' || !/^[-+]?0[0-9xo]/.test(node.source ?? '')) return
  if (!Number.isInteger(node.value)) return
  const message = 'A number that starts with a zero is octal, decimal or text, depending on who reads it.'
  const allowed = 'The decimal number, or quotes around it'
  builder.report({ rule: 'ambiguous-number', message, offset, path: slotPath(slot), allowed })
}

function isPlainScalar(value: unknown): value is string | number | boolean | null {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}

function isEmptyScalar(node: unknown): boolean {
  return isScalar(node) && node.value === null && (node.source === undefined || node.source === '')
}

function offsetOf(node: unknown): number {
  const range = (node as { range?: readonly number[] | null } | null)?.range
  return range?.[0] ?? 0
}
