import { describe, expect, test } from 'vitest'
import { decodeDocument } from '../../../shared/domain/job-spec/document/decode-document.ts'
import { parseDocuments } from '../../../shared/domain/job-spec/document/parse-documents.ts'
import { toJson } from '../../../shared/domain/job-spec/document/source-node.ts'

function readAll(text: string): readonly unknown[] {
  return parseDocuments(text, 'yaml').map(({ root }) => root && toJson(root))
}

function problemsOf(text: string) {
  return parseDocuments(text, 'yaml').flatMap(({ problems }) => problems)
}

describe('YAML 1.2 without surprises', () => {
  test.each([
    ['yes', 'yes'],
    ['NO', 'NO'],
    ['on', 'on'],
    ['Off', 'Off'],
    ['y', 'y'],
    ['12:30:45', '12:30:45'],
    ['2026-01-01', '2026-01-01'],
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
    ['1_000', '1_000'],
    ['0b101', '0b101'],
    ['+.inf.', '+.inf.'],
    ['=', '='],
    ['1.2.3', '1.2.3'],
    ['NaN', 'NaN'],
    ['Infinity', 'Infinity'],
    ['0777x', '0777x'],
    ['-', null],
    ['~', null],
    ['', null],
    ['null', null],
    ['True', true],
    ['1e3', 1000],
    ['-0', -0],
    ['+12', 12],
    ['.5', 0.5],
    ['"1"', '1'],
    ["'true'", 'true'],
  ])('%j is %j', (text, value) => {
    expect(readAll(text === '-' ? 'a:\n-' : `a: ${text}`)).toEqual([{ a: text === '-' ? [null] : value }])
  })

  test.each([
    ['010', 'ambiguous-number'],
    ['-007', 'ambiguous-number'],
    ['0o17', 'ambiguous-number'],
    ['0x1F', 'ambiguous-number'],
    ['.inf', 'number-out-of-range'],
    ['-.INF', 'number-out-of-range'],
    ['.nan', 'number-out-of-range'],
    ['1e400', 'number-out-of-range'],
    ['9007199254740993', 'number-out-of-range'],
    ['9'.repeat(10_000), 'number-out-of-range'],
    ['&a b', 'yaml-anchor'],
    ['*a', 'yaml-alias'],
    ['!!int 1', 'yaml-tag'],
    ['!custom {a: b}', 'yaml-tag'],
    ['{<<: b}', 'yaml-merge-key'],
    ['{b: 1, b: 2}', 'duplicate-key'],
    ['{b: 1, "\\x62": 2}', 'duplicate-key'],
    ['{1: b}', 'key-not-text'],
    ['{true: b}', 'key-not-text'],
    ['{~: b}', 'key-not-text'],
    ['{: b}', 'key-not-text'],
    ['{[b]: c}', 'key-not-text'],
    ['\n  ? b\n  : c', 'key-not-text'],
    ['{? b : c}', 'key-not-text'],
    ['{__proto__: b}', 'dangerous-key'],
    ['{"constructor": b}', 'dangerous-key'],
    ['[b: c]', 'yaml-flow-pair'],
    ['\n\tb: c', 'yaml-tab'],
    ['\n  b: c\n\td: e', 'yaml-tab'],
    ['|\n  b\n\tc', 'yaml-tab'],
    ['{{ .Values.image }}', 'unfilled-template'],
    ['{% if b %}', 'unfilled-template'],
    ['"\\u0007"', 'control-character'],
    ['"\\ud800"', 'control-character'],
    ['"\\u202e"', 'control-character'],
    ['{"\\u202e": b}', 'control-character'],
    [`{${'k'.repeat(600)}: b}`, 'key-too-long'],
    ['b\rc: d', 'yaml-line-end'],
    ['['.repeat(40), 'document-too-deep'],
    ['b\n c: d', 'yaml-syntax'],
    ['"b" c', 'yaml-syntax'],
    ['"b"#c', 'yaml-syntax'],
    ['[b] c', 'yaml-syntax'],
    ['[b,,c]', 'yaml-syntax'],
    ['[,]', 'yaml-syntax'],
    ['{b c: d', 'yaml-syntax'],
    ['- b', 'yaml-syntax'],
    ['> b', 'yaml-syntax'],
    ['|0\n  b', 'yaml-syntax'],
    ['"\\q"', 'yaml-syntax'],
    ['"\\x4"', 'yaml-syntax'],
    ['"\\U00110000"', 'yaml-syntax'],
    [`\n${'k'.repeat(1_100)}: b`, 'yaml-syntax'],
  ])('a value %j is refused: %s', (text, rule) => {
    const [problem] = problemsOf(`a: ${text}`)
    expect(problem?.rule).toBe(rule)
    expect(problem?.message).toMatch(/^[A-Z0].*\.$/)
  })

  test.each([
    ['%YAML 1.1\n---\na: b', 'yaml-directive'],
    ['%TAG ! x:\n---\na: b', 'yaml-directive'],
    ['%YAML 1.2\n%YAML 1.2\n---\na: b', 'yaml-directive'],
    ['%YAML 1.2\na: b', 'yaml-syntax'],
    ['a: b\n c: d', 'yaml-syntax'],
    ['a:\n    b: c\n  d: e', 'yaml-syntax'],
    ['a: 1\n- b', 'yaml-syntax'],
    ['- a\nb: 1', 'yaml-syntax'],
    ['a\nb: 1', 'yaml-syntax'],
    ['--- a: b', 'yaml-syntax'],
    ['&a [*a, *a]', 'yaml-anchor'],
    ['a: &x [1]\nb: &y [*x, *x]', 'yaml-anchor'],
  ])('the document %j is refused once: %s', (text, rule) => {
    expect(problemsOf(text).map(problem => problem.rule)).toEqual([rule])
  })
})

describe('bytes that are no text', () => {
  const utf16 = (text: string): Uint8Array =>
    new Uint8Array(new Uint16Array(Array.from(`\ufeff${text}`, unit => unit.charCodeAt(0))).buffer)

  test.each([
    ['UTF-16', utf16('a: b'), 'document-binary', 'UTF-16'],
    ['UTF-16 without NUL', utf16('你好'), 'document-binary', 'UTF-16'],
    ['NUL', new Uint8Array([0x61, 0, 0x62]), 'document-binary', 'NUL'],
    ['an overlong slash', new Uint8Array([0x61, 0xc0, 0xaf]), 'document-not-utf8', 'UTF-8'],
    ['a surrogate in UTF-8', new Uint8Array([0xed, 0xa0, 0x80]), 'document-not-utf8', 'UTF-8'],
    ['beyond Unicode', new Uint8Array([0xf4, 0x90, 0x80, 0x80]), 'document-not-utf8', 'UTF-8'],
    ['a cut character', new Uint8Array([0x61, 0xe2, 0x82]), 'document-not-utf8', 'UTF-8'],
    ['a second byte order mark', new TextEncoder().encode('\ufeff\ufeffa: b'), 'document-control-character', 'U+FEFF'],
    ['a bidirectional override', new TextEncoder().encode('a: \u202eb'), 'document-control-character', 'U+202E'],
    ['a line separator', new TextEncoder().encode('a: b\u2028c'), 'document-control-character', 'U+2028'],
  ])('%s is refused', (_, bytes, rule, said) => {
    const decoded = decodeDocument(bytes, 1_000)
    expect(decoded).toMatchObject({ finding: { rule } })
    expect('finding' in decoded && decoded.finding.message).toContain(said)
  })

  test('10 MB are refused by their size, before they are decoded', () => {
    const bytes = new Uint8Array(10_000_000).fill(0xff)
    expect(decodeDocument(bytes, 262_144)).toMatchObject({ finding: { rule: 'document-too-large' } })
  })
})
