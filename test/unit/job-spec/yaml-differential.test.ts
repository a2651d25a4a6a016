import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { DocumentProblem } from '../../../shared/domain/job-spec/document/document-builder.ts'
import { parseDocuments } from '../../../shared/domain/job-spec/document/parse-documents.ts'
import { toJson } from '../../../shared/domain/job-spec/document/source-node.ts'

const RUNS = 2_000

interface Reading {
  /** The values of the documents, or nothing where a rule beyond YAML refuses something in one of them. */
  readonly values?: readonly unknown[]
  readonly refused?: DocumentProblem
}

function readByUs(text: string): Reading {
  const documents = parseDocuments(text, 'yaml')
  const refused = documents.find(({ root }) => root === undefined)?.problems[0]
  if (refused !== undefined) return { refused }
  const isChanged = documents.some(({ problems }) => problems.some(({ rule }) => rule !== 'ambiguous-number'))
  return isChanged ? {} : { values: documents.flatMap(({ root }) => (root === undefined ? [] : [toJson(root)])) }
}

function readByPackage(text: string): {
  readonly readValues: () => readonly unknown[]
  readonly errors: readonly string[]
} {
  const documents = parseAllDocuments(text, { version: '1.2', schema: 'core', uniqueKeys: false, prettyErrors: false })
  const found = Array.from(documents)
  const errors = found.flatMap(({ errors }) => errors.map(({ message }) => message))
  return {
    // `...` before any document ends nothing: the package calls it a mistake, we skip it.
    errors: errors.filter(message => !message.startsWith('Unexpected doc-end')),
    readValues: () => found.flatMap(document => splitList(document.toJS())),
  }
}

/** A list of objects is several documents here; a document that is empty is none. */
function splitList(value: unknown): readonly unknown[] {
  if (value === null) return []
  const isList = Array.isArray(value) && value.length > 0 && value.every(isObject)
  return isList ? (value as unknown[]) : [value]
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Rules of ours that refuse what YAML allows. */
const stricterRules = new Set([
  'yaml-anchor',
  'yaml-alias',
  'yaml-tag',
  'yaml-directive',
  'yaml-tab',
  'yaml-line-end',
  'yaml-flow-pair',
  'key-not-text',
  'unfilled-template',
  'document-too-deep',
])

/** Says where the two differ; nothing where they agree, or where a rule of ours refused what YAML allows. */
function differenceOf(text: string): string | undefined {
  const ours = readByUs(text)
  if (ours.refused !== undefined && stricterRules.has(ours.refused.rule)) return undefined
  // The package takes the last quote of a text as its end, escaped or not.
  if (ours.refused?.message.endsWith('a closing quote is missing.')) return undefined
  if (packageMistakes.some(mistake => mistake.test(text))) return undefined
  const theirs = readByPackage(text)
  if (ours.refused !== undefined) {
    return theirs.errors.length > 0 ? undefined : `refused at ${ours.refused.offset}: ${ours.refused.message}`
  }
  if (theirs.errors.length > 0) return `accepted in spite of: ${theirs.errors[0]}`
  if (ours.values === undefined) return undefined
  const read = JSON.stringify(ours.values.filter(value => value !== null))
  return read === JSON.stringify(theirs.readValues()) ? undefined : `read as ${read}`
}

/** Where the package reads what YAML does not say, seen in release 2.9.1. */
const packageMistakes: readonly RegExp[] = [
  // A line of a tab counts in the column of the next line.
  /(?:^|\n) *\t[ \t]*\r?(?:\n|$)/,
  // A line that begins with a colon makes the line before it a name.
  /(?:^|\n)[ \t]*:(?:\s|$)/,
  // A line that begins with a question mark in brackets needs no comma before it.
  /\n[ \t]*\?(?:\s|$)/,
  // Spaces deeper than a block's header says are text; the package drops them at the end.
  /[|>][-+]?[1-9][^]*\n +(?:\r?\n|$)/,
  // Text behind a block's header is nothing; the package reads a question mark there as a further name.
  /[|>][-+1-9]*[ \t]+\?/,
]

/** The smallest text that is found where the two differ, and how; undefined where none is. */
function findDifference(texts: fc.Arbitrary<string>): readonly string[] | undefined {
  const property = fc.property(texts, text => differenceOf(text) === undefined)
  const text = fc.check(property, { numRuns: RUNS }).counterexample?.[0]
  return text === undefined ? undefined : [text, differenceOf(text) ?? '']
}

function joined(words: readonly string[], maxLength: number): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...words), { maxLength }).map(parts => parts.join(''))
}

const before = fc.constantFrom('', 'a: ', '- ', '- a: ', 'a:\n  b: ', '[', '{a: ', '? ', '--- ', '---\n', '# c\n')
const after = fc.constantFrom('', '\n', ' # c\n', '# c', '\nb: 1', '\n- 2', ']', '}', ': v', ' ')

function placed(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(before, text, after).map(parts => parts.join(''))
}

/** Words of small languages: fast-check joins them, and shrinks what differs to the few that matter. */
const marks = [
  ...'[]{}:,-?#|>%@`"\'\n \t~ab1\r'.split(''),
  '\n  ',
  ': ',
  '- ',
  '? ',
  '\n- ',
  '\n  - ',
  ' # c',
  'a: ',
  '\n\t',
]
const items = [
  'a',
  'b: ',
  '1',
  '"q"',
  "'s'",
  '\n',
  '\n  ',
  '\n- ',
  '\n? ',
  '\n: ',
  '- ',
  '{',
  '}',
  '[',
  ']',
  ', ',
  ': ',
]
const plain = [
  'a',
  '1',
  ' ',
  '\t',
  '\n  ',
  '\r\n  ',
  '\n\n  ',
  '.',
  '-',
  '+',
  'e',
  '0x',
  '0o',
  '_',
  ':',
  '#',
  'null',
  '.inf',
]
const numbers = [
  '0',
  '1',
  '9',
  '.',
  'e',
  'E',
  '+',
  '-',
  'x',
  'o',
  'a',
  'F',
  'inf',
  '.nan',
  'Null',
  '~',
  'TRUE',
  'false',
  'y',
]
const single = ['a', ' ', '\t', '\n', '\r\n', '\r', "''", "'", '\\', '"', '\n  ', ' \n', '#', ': ']
const double = [
  'a',
  ' ',
  '\t',
  '\n',
  '\r\n',
  '\r',
  '\\\n',
  '\\\r\n',
  '\\ ',
  '\\\t',
  '\n\n ',
  ' \n',
  '\\n',
  '\\\\',
  '\\"',
]
const escapes = [
  '\\x41',
  '\\x4',
  '\\u00e9',
  '\\u12',
  '\\U0001F600',
  '\\U00110000',
  '\\N\\_\\L\\P',
  '\\0\\a\\b',
  '\\q',
  '😀',
]
const lines = [
  '',
  ' ',
  '  ',
  '   ',
  '\t',
  'a',
  'b c',
  '# d',
  '- e',
  'k: v',
  'f ',
  '\n',
  '\n',
  '\n',
  '\n  ',
  '\n    ',
  '\r\n',
]

describe('our reading of YAML and that of the yaml package are the same', () => {
  test('for documents of all marks', () => {
    expect(findDifference(joined(marks, 40))).toBeUndefined()
  })

  test('for maps and lists in each other', () => {
    expect(findDifference(placed(joined(items, 16)))).toBeUndefined()
  })

  test('for plain text and numbers', () => {
    expect(findDifference(placed(joined(plain, 8)))).toBeUndefined()
    expect(findDifference(joined(numbers, 5).map(text => `a: ${text}`))).toBeUndefined()
  })

  test('for quoted text', () => {
    expect(findDifference(placed(joined(single, 10).map(text => `'${text}'`)))).toBeUndefined()
    expect(findDifference(placed(joined([...double, ...escapes], 10).map(text => `"${text}"`)))).toBeUndefined()
    expect(findDifference(placed(joined(double, 10).map(text => `"${text}`)))).toBeUndefined()
  })

  test('for blocks of text', () => {
    const header = fc.constantFrom(
      '|',
      '>',
      '|-',
      '>-',
      '|+',
      '>+',
      '|2',
      '>1-',
      '>+3',
      '|0',
      '>x',
      '| # c',
      '|# c',
      '>\t',
    )
    const block = fc.tuple(header, joined(lines, 16)).map(([header, text]) => `${header}\n  ${text}`)
    expect(findDifference(placed(block))).toBeUndefined()
  })

  test('for the example specs', () => {
    const folder = new URL('../../../events/specs/', import.meta.url)
    const texts = readdirSync(folder).map(name => readFileSync(new URL(name, folder), 'utf8'))
    expect(texts.length).toBeGreaterThan(0)
    expect(texts.map(differenceOf)).toEqual(texts.map(() => undefined))
    expect(texts.map(text => readByUs(text).values)).toEqual(texts.map(text => readByPackage(text).readValues()))
  })
})

describe('what is read', () => {
  test.each([
    ['[[a], b]', [['a'], 'b']],
    ['{a, "b": , c : d}', { a: null, b: null, c: 'd' }],
    ['a:\n- 1\n- - 2\n  - x: y\n    z:\nb:', { a: [1, [2, { x: 'y', z: null }]], b: null }],
    ['a: |\n  x\n   y\n\nb: >-\n  x\n  y\n\n  z', { a: 'x\n y\n', b: 'x y\nz' }],
    ['a: "x \n  y\\\n  z\\u00e9\\\\"', { a: 'x yzé\\' }],
    ['[~, null, True, 0x1F, 1e3, -.5, "1", 1_0, yes]', [null, null, true, 31, 1000, -0.5, '1', '1_0', 'yes']],
    ['|\nat the left\n', 'at the left\n'],
    ['a: |\nat the left\n', undefined],
    ['a: [\n  b,\n]', { a: ['b'] }],
    ['%YAML 1.2\n---\na: b\n...\n', { a: 'b' }],
  ])('%j', (text, value) => expect(readByUs(text).values).toEqual(value === undefined ? undefined : [value]))

  test.each([
    ['a: b: c', 'a field may not begin on the line of another value', 4],
    ['a:\n\t- b', 'Tabs cannot indent in YAML', 3],
    ['[a, b', 'a list in brackets is not closed', 5],
    ['a: "\\q"', 'an escape (\\) in a text with double quotes is unknown', 4],
    ["a: 'b", 'a closing quote is missing', 3],
    ['a: |x\n  b', 'after | or > there may be', 4],
    ['a: @b', 'a value without quotes cannot begin with @', 3],
    ['a: {{ name }}', 'A placeholder of a template', 3],
    ['a: [b: c]', 'A field in a list in brackets needs braces', 5],
    ['? a\n: b', 'Field names with a question mark', 0],
  ])('%j is refused with the mistake and its place', (text, mistake, offset) => {
    const { refused } = readByUs(text)
    expect(refused?.message).toContain(mistake)
    expect(refused?.offset).toBe(offset)
  })
})
