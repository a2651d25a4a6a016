import { describe, expect, test } from 'vitest'
import { parseDocuments } from '../../../shared/domain/job-spec/document/parse-documents.ts'
import { fieldAt, pathOf, toJson } from '../../../shared/domain/job-spec/document/source-node.ts'

type ContentType = 'json' | 'yaml'

/** The value of each document, or the rules that it breaks. */
function readAll(text: string, contentType?: ContentType): readonly unknown[] {
  return parseDocuments(text, contentType).map(({ root, problems }) =>
    root === undefined || problems.length > 0 ? problems.map(({ rule }) => rule) : toJson(root),
  )
}

function problemsOf(text: string, contentType?: ContentType) {
  return parseDocuments(text, contentType).flatMap(({ problems }) => problems)
}

describe('a text of several documents', () => {
  const texts: readonly (readonly [
    name: string,
    text: string,
    values: readonly unknown[],
    contentType?: ContentType,
  ])[] = [
    ['YAML documents', 'a: 1\n---\na: 2\n--- # c\na: 3\n', [{ a: 1 }, { a: 2 }, { a: 3 }]],
    ['documents that end', 'a: 1\n...\na: 2\n...\n%YAML 1.2\n---\na: 3\n', [{ a: 1 }, { a: 2 }, { a: 3 }]],
    ['empty documents between', '---\n# c\n---\n\n---\na: 1\n---\n...\n---\n', [{ a: 1 }]],
    ['a value on the line of its mark', '--- text\n--- [1]\n--- |\n x\n', ['text', [1], 'x\n']],
    ['Windows line ends', 'a: 1\r\n---\r\na: 2\r\n', [{ a: 1 }, { a: 2 }]],
    ['dashes that are text', 'a: |\n  ---\nb: "x ---"\nc: ---d\n', [{ a: '---\n', b: 'x ---', c: '---d' }]],
    ['JSON values', '{"a": 1} {"a": 2}\n{"a": 3}', [{ a: 1 }, { a: 2 }, { a: 3 }]],
    ['JSON lines', '{"a": 1}\n{"a": 2}\n', [{ a: 1 }, { a: 2 }], 'json'],
    ['a JSON array of objects', '[{"a": 1}, {"a": 2}]', [{ a: 1 }, { a: 2 }]],
    ['a YAML list of maps', '- a: 1\n- a: 2\n', [{ a: 1 }, { a: 2 }]],
    ['what kubectl prints', 'apiVersion: v1\nitems:\n- a: 1\n- a: 2\nkind: List\n', [{ a: 1 }, { a: 2 }]],
    ['an argv', '["spark-submit", "--name", "x"]', [['spark-submit', '--name', 'x']]],
    ['a list of many things', '[{"a": 1}, 2]', [[{ a: 1 }, 2]]],
    ['an empty list', '[]', [[]]],
    ['a job with items of its own', 'kind: Job\nitems: [{a: 1}]', [{ kind: 'Job', items: [{ a: 1 }] }]],
    ['nothing', '', []],
    ['comments', '# a\n---\n# b\n', []],
  ]
  test.each(texts.map(each => [each[0], each] as const))('%s', (_, [, text, values, contentType]) => {
    expect(readAll(text, contentType)).toEqual(values)
  })

  test('has places of the whole text and paths of each document', () => {
    const text = 'a:\n  b: 1\n---\na:\n  b: 2\n'
    const nodes = parseDocuments(text, 'yaml').map(({ root }) => fieldAt(root, 'a', 'b'))
    expect(nodes.map(node => node && [pathOf(node), text.slice(node.keyOffset, node.offset + 1)])).toEqual([
      ['a.b', 'b: 1'],
      ['a.b', 'b: 2'],
    ])
  })

  test('has paths that begin at the item of a list, and problems at the item that has them', () => {
    const text = '{"kind": "List", "items": [{"a": {"b": 1}}, {"a": {"b": 1, "b": 2}}, {"c": 1e400}]}'
    const documents = parseDocuments(text, 'json')
    expect(documents.map(({ problems }) => problems.map(({ rule, path }) => [rule, path]))).toEqual([
      [],
      [['duplicate-key', 'a.b']],
      [['number-out-of-range', 'c']],
    ])
    const inner = fieldAt(documents[0]?.root, 'a', 'b')
    expect(inner && pathOf(inner)).toBe('a.b')
  })

  test('tells each mistake once and reads the documents around it', () => {
    const text = 'a: 1\n---\nb: [1\n---\nc: 3\n---\nd: "x\n'
    expect(readAll(text)).toEqual([{ a: 1 }, ['yaml-syntax'], { c: 3 }, ['yaml-syntax']])
    expect(problemsOf(text).map(({ offset }) => text.slice(0, offset).split('\n').length)).toEqual([4, 7])
  })

  test('gives the JSON values before a mistake', () => {
    expect(readAll('{"a": 1}\n{"a": 2}\n{"a": }\n{"a": 4}', 'json')).toEqual([{ a: 1 }, { a: 2 }, ['json-syntax']])
    expect(problemsOf('{"a": 1}, {"a": 2}', 'json')).toMatchObject([{ rule: 'json-syntax', offset: 8 }])
  })

  test.each([
    ['{"a": }', 6, 'a value'],
    ['{"a": 1,}', 8, 'a field name'],
    ['{"a" 1}', 5, 'a colon'],
    ['[1 2]', 3, 'a comma'],
    ['[1,]', 3, 'a value'],
    ['[1', 2, 'a comma'],
    ['{a: 1}', 1, 'a field name'],
    ["{'a': 1}", 1, 'a field name'],
    ['[01]', 1, 'a value'],
    ['[+1, NaN]', 1, 'a value'],
    ['["a\\x"]', 1, 'a value'],
    ['["a', 1, 'a value'],
    ['[1} ', 2, 'a comma'],
    ['1 2', 2, 'the end'],
    ['{"a": tru}', 6, 'a value'],
    ['{"a": 1} x', 9, 'a value'],
  ])('%j is no JSON at %i: %s is missing', (text, offset, expected) => {
    const [problem] = problemsOf(text, 'json')
    expect(problem).toMatchObject({ rule: 'json-syntax', offset })
    expect(problem?.message).toContain(expected)
  })

  test.each([
    ['YAML', 'a: 1\n---\n'],
    ['JSON', '{}\n'],
    ['list', '- a: 1\n'],
  ])('has at most 1,000 documents: %s', (_, part) => {
    expect(readAll(part.repeat(1_000))).toHaveLength(1_000)
    const read = readAll(part.repeat(1_001))
    expect(read).toHaveLength(1_001)
    expect(read.at(-1)).toEqual(['too-many-documents'])
  })

  test('has at most 5,000 values in a document, and 20,000 in all, which is said once', () => {
    const documents = (size: number, count: number) => `a:\n${'- 1\n'.repeat(size)}---\n`.repeat(count)
    const rules = (text: string) => problemsOf(text).map(({ rule }) => rule)
    expect(rules(documents(4_998, 1))).toEqual([])
    expect(rules(documents(4_999, 1))).toEqual(['document-too-large'])
    expect(rules(documents(4_900, 6))).toEqual(['text-too-large'])
  })
})
