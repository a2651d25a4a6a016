/**
 * YAML 1.2 (core schema) → tree, in time linear in the text. The `yaml` package only cuts it into tokens: its own trees
 * check unique keys quadratically (7.8 s for 256 KiB) and cost 60 KB of a bundle (docs/adr/0004). What specs never
 * need (aliases, anchors, tags, directives, several documents) is refused while lexing, before anything grows from it.
 */
import { Lexer, Parser } from 'yaml'
import type { CST } from 'yaml'
import { composeYamlDocuments } from './compose-yaml-documents.ts'
import { makeDocumentBuilder, MalformedDocument, slotPath, tooDeep } from './document-builder.ts'
import type { DocumentBuilder, ParsedDocument, Slot } from './document-builder.ts'
import { isEmptyYamlScalar } from './read-yaml-scalar.ts'
import { MAX_DEPTH, type SourceList, type SourceMap, type SourceNode } from './source-node.ts'
import { yamlSyntaxError } from './yaml-node.ts'
import type { YamlList, YamlMap, YamlNode, YamlPair, YamlScalar } from './yaml-node.ts'

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
  let root: SourceNode | undefined
  for (const content of composeYamlDocuments(tokens)) {
    if (isEmptyYamlScalar(content)) continue
    if (root !== undefined) {
      const message = 'The text has several documents; each is submitted separately for now.'
      throw new MalformedDocument('several-documents', message, content.offset, 'One document')
    }
    root = buildNode(content, { parent: undefined, key: undefined, keyOffset: content.offset }, builder)
  }
  return { root, problems: builder.problems }
}

/** What each forbidden kind of word is. */
const forbiddenWords: ReadonlyMap<WordType, readonly [rule: string, message: string]> = new Map([
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
  let lastWord: WordType = 'other'
  for (const lexeme of new Lexer().lex(text)) {
    lexemes += 1
    if (lexemes > MAX_LEXEMES) {
      throw new MalformedDocument(
        'document-too-large',
        `The document has more than ${MAX_LEXEMES} words and marks.`,
        parser.offset,
      )
    }
    const type = atScalar ? 'other' : wordType(lexeme)
    checkWord(type, lexeme, lastWord, parser.offset)
    atScalar = lexeme === SCALAR_FOLLOWS
    if (type === 'doc-start' && (documents += 1) > MAX_DOCUMENTS) {
      throw new MalformedDocument('several-documents', 'The text has many documents.', parser.offset, 'One document')
    }
    if (type !== 'blank') lastWord = type
    for (const token of parser.next(lexeme)) keepToken(token, tokens)
    if (parser.stack.length > MAX_DEPTH + STACK_ABOVE_DEPTH) throw tooDeep(parser.offset)
  }
  for (const token of parser.end()) keepToken(token, tokens)
  return tokens
}

/** The lexer's sign that the next word is plain text, whatever it begins with (`CST.SCALAR` of the package). */
const SCALAR_FOLLOWS = '\u001f'

type WordType = 'anchor' | 'alias' | 'tag' | 'directive' | 'comma' | 'doc-start' | 'blank' | 'other'

const typesByStart: Readonly<Record<string, WordType>> = {
  '&': 'anchor',
  '*': 'alias',
  '!': 'tag',
  '%': 'directive',
  ' ': 'blank',
  '\t': 'blank',
  '#': 'blank',
}

/** What a word of the lexer is: `CST.tokenType` of the package, of which a bundle would keep the rest of `CST` too. */
function wordType(lexeme: string): WordType {
  if (lexeme === ',') return 'comma'
  if (lexeme === '---') return 'doc-start'
  if (lexeme === '' || lexeme === '\n' || lexeme === '\r\n') return 'blank'
  return typesByStart[lexeme.charAt(0)] ?? 'other'
}

function checkWord(type: WordType, lexeme: string, lastWord: WordType, offset: number): void {
  const forbidden = forbiddenWords.get(type)
  if (forbidden !== undefined) throw new MalformedDocument(...forbidden, offset)
  if (type === 'directive' && !/^%YAML[ \t]+1\.2[ \t]*(#.*)?$/.test(lexeme)) {
    throw new MalformedDocument('yaml-directive', 'Only the directive %YAML 1.2 is accepted.', offset)
  }
  if (type === 'comma' && lastWord === 'comma') {
    throw new MalformedDocument('yaml-syntax', 'A list or map has two commas with nothing between.', offset)
  }
}

function keepToken(token: CST.Token, tokens: CST.Token[]): void {
  if (token.type === 'error') throw yamlSyntaxError(token.message, token.offset)
  tokens.push(token)
}

function buildNode(node: YamlNode | undefined, slot: Slot, builder: DocumentBuilder): SourceNode {
  const offset = node?.offset || slot.keyOffset
  if (node?.kind === 'map') return buildMap(node, slot, offset, builder)
  if (node?.kind === 'list') return buildList(node, slot, offset, builder)
  if (node !== undefined) reportAmbiguous(node, slot, offset, builder)
  return builder.scalar(slot, node?.value ?? null, offset)
}

function buildMap(node: YamlMap, slot: Slot, offset: number, builder: DocumentBuilder): SourceMap {
  const map = builder.map(slot, offset)
  for (const pair of node.pairs) addPair(pair, map, builder)
  return map
}

function buildList(node: YamlList, slot: Slot, offset: number, builder: DocumentBuilder): SourceList {
  const list = builder.list(slot, offset)
  for (const [index, item] of node.items.entries()) {
    list.items.push(buildNode(item, { parent: list, key: index, keyOffset: item.offset || offset }, builder))
  }
  return list
}

function addPair({ key, value }: YamlPair, map: SourceMap, builder: DocumentBuilder): void {
  const keyOffset = key.offset || map.offset
  if (key.kind !== 'scalar' || typeof key.value !== 'string') {
    const message = 'A field name is not text; put quotes around it.'
    builder.report({ rule: 'key-not-text', message, offset: keyOffset, path: slotPath(map) })
    return
  }
  const slot = builder.keySlot(map, key.value, keyOffset)
  builder.attach(map, buildNode(value, slot, builder))
}

/** `0123` is 123 here and 83 to kubectl (YAML 1.1): nobody can know what was meant. */
function reportAmbiguous(node: YamlScalar, slot: Slot, offset: number, builder: DocumentBuilder): void {
  if (!node.plain || typeof node.value !== 'number' || !/^[-+]?0[0-9xo]/.test(node.text)) return
  if (!Number.isInteger(node.value)) return
  const message = 'A number that starts with a zero is octal, decimal or text, depending on who reads it.'
  const allowed = 'The decimal number, or quotes around it'
  builder.report({ rule: 'ambiguous-number', message, offset, path: slotPath(slot), allowed })
}
