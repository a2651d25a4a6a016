import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { MalformedDocument, type DocumentProblem } from '../../../shared/domain/job-spec/document/document-builder.ts'
import { parseYamlDocument } from '../../../shared/domain/job-spec/document/parse-yaml-document.ts'
import { toJson } from '../../../shared/domain/job-spec/document/source-node.ts'

const RUNS = 2_000

interface Reading {
  /** The value, or nothing where a rule beyond YAML refuses something in the document. */
  readonly value?: unknown
  readonly refused?: DocumentProblem
}

function readByUs(text: string): Reading {
  try {
    const { root, problems } = parseYamlDocument(text)
    const isChanged = problems.some(({ rule }) => rule !== 'ambiguous-number')
    return isChanged ? {} : { value: root === undefined ? null : toJson(root) }
  } catch (error) {
    if (error instanceof MalformedDocument) return { refused: error.problem }
    throw error
  }
}

function readByPackage(text: string): {
  readonly readValue: () => unknown
  readonly errors: readonly (readonly [number, string])[]
} {
  const documents = parseAllDocuments(text, { version: '1.2', schema: 'core', uniqueKeys: false, prettyErrors: false })
  const found = Array.from(documents)
  // `...` before any document ends nothing: the package calls it a mistake, we skip it.
  const mistakes = found.flatMap(({ errors }) =>
    errors.filter(({ message }) => !message.startsWith('Unexpected doc-end')),
  )
  const errors = mistakes.map(({ pos, message }) => [pos[0], message] as const)
  const readValue = (): unknown =>
    found.map(document => document.toJS() as unknown).find(value => value !== null) ?? null
  return { readValue, errors }
}

/** Says where the two differ; nothing where they agree, or where a rule of ours refused what YAML allows. */
function differenceOf(text: string): string | undefined {
  const ours = readByUs(text)
  if (ours.refused !== undefined && ours.refused.rule !== 'yaml-syntax') return undefined
  const theirs = readByPackage(text)
  if (ours.refused === undefined) {
    if (theirs.errors.length > 0) return `accepted in spite of: ${theirs.errors[0]?.[1]}`
    if (!('value' in ours)) return undefined
    return JSON.stringify(ours.value) === JSON.stringify(theirs.readValue())
      ? undefined
      : `read as ${JSON.stringify(ours.value)}`
  }
  const { message, offset } = ours.refused
  if (message.startsWith('A list or map has two commas')) return undefined
  const mistake = message.replace('This is not YAML: ', '')
  const isNamed = theirs.errors.some(([at, theirMessage]) => at === offset && theirMessage.startsWith(mistake))
  return isNamed ? undefined : `refused at ${offset}: ${message}`
}

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
    expect(texts.map(text => readByUs(text).value)).toEqual(texts.map(text => readByPackage(text).readValue()))
  })
})

describe('what is read', () => {
  test.each([
    ['[a: 1, b]', [{ a: 1 }, 'b']],
    ['{a, "b": , ? c : d}', { a: null, b: null, c: 'd' }],
    ['? a\n: - 1\n  - - 2\n- x: y', undefined],
    ['? a\n: - 1\n  - - 2\n? b', { a: [1, [2]], b: null }],
    ['a: |\n  x\n   y\n\nb: >-\n  x\n  y\n\n  z', { a: 'x\n y\n', b: 'x y\nz' }],
    ['a: "x \n  y\\\n  z\\u00e9\\\\"', { a: 'x yzé\\' }],
    ['[~, null, True, 0x1F, 1e3, -.5, "1", 1_0, yes]', [null, null, true, 31, 1000, -0.5, '1', '1_0', 'yes']],
    ['|\nat the left\n', 'at the left\n'],
    ['a: |\nat the left\n', undefined],
    ['%YAML 1.2\n---\na: b\n...\n', { a: 'b' }],
  ])('%j', (text, value) => expect(readByUs(text).value).toEqual(value))

  test.each([
    ['a: b: c', 'Nested mappings are not allowed in compact mappings', 3],
    ['a:\n\t- b', 'Tabs are not allowed as indentation', 3],
    ['[a, b', 'Flow sequence must end with a ]', 5],
    ['a: "\\q"', 'Invalid escape sequence \\q', 4],
    ["a: 'b", "Missing closing 'quote", 5],
    ['a: |x\n  b', 'Block scalar header includes extra characters', 4],
    ['a: @b', 'Plain value cannot start with reserved character @', 3],
  ])('%j is refused with the mistake and its place', (text, mistake, offset) => {
    const refused = { rule: 'yaml-syntax', message: `This is not YAML: ${mistake}`, offset }
    expect(readByUs(text)).toMatchObject({ refused })
  })
})
