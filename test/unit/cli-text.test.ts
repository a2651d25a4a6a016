/** What the tool shows of strangers' documents: lines with a caret, and YAML that reads the same everywhere. */
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { linesOf, renderFindings } from '../../cli/render-findings.ts'
import { sourceExcerpt } from '../../cli/source-excerpt.ts'
import { columnsOf, cutToColumns, jsonLine, jsonText, showText } from '../../cli/terminal-text.ts'
import { yamlText } from '../../cli/yaml-text.ts'
import { documentsText } from '../../cli/write-documents.ts'
import type { Finding } from '../../shared/domain/job-spec/findings/finding.ts'

const finding: Finding = { severity: 'error', rule: 'not-one-of', path: 'spec.type', message: 'Not accepted.', line: 2 }

describe('findings for people', () => {
  it('show the line with a caret, what is allowed and what was meant', () => {
    const said = { ...finding, column: 9, allowed: 'Java, Python', suggestion: 'Python' }
    expect(renderFindings([said], linesOf('spec:\r\n  type: Pyton\r\n')).split('\n')).toEqual([
      'error spec.type (line 2:9) [not-one-of]',
      '    Not accepted.',
      '       2 |   type: Pyton',
      '         |         ^',
      '    allowed: Java, Python',
      '    did you mean: Python',
    ])
  })
  it('say warnings and rewrites on one line', () => {
    const findings = [
      { ...finding, severity: 'warning', suggestion: '2g' } as const,
      { severity: 'rewritten', rule: 'moved', path: '$', message: 'Moved.' } as const,
    ]
    expect(renderFindings(findings, ['a', 'b']).split('\n')).toEqual([
      'warning spec.type (line 2) [not-one-of] Not accepted. → 2g',
      'rewritten $ [moved] Moved.',
    ])
  })
  it('are shown without a line that is not there', () => {
    expect(renderFindings([{ ...finding, line: 99 }], ['one line'])).toBe(
      'error spec.type (line 99) [not-one-of]\n    Not accepted.',
    )
  })
  it('never show the value where a credential stands, whatever it looks like', () => {
    const said = { ...finding, rule: 'policy-credential-setting', column: 3 }
    const shown = renderFindings([said], linesOf('sparkConf:\n  spark.hadoop.my.thing: hunter2\n'))
    expect(shown).toContain('  spark.hadoop.my.thing: [hidden]')
    expect(shown).not.toContain('hunter2')
  })
})

describe('a source line', () => {
  const shown = (source: string, column: number) => sourceExcerpt(source, 7, column, 'nothing')

  it('keeps tabs and counts wide characters, so that the caret stands below its place', () => {
    expect(shown('\tab\tx: 1', 5)).toEqual(['   7 | \tab\tx: 1', '     | \t  \t^'])
    expect(shown('日本: x', 5)).toEqual(['   7 | 日本: x', '     |       ^'])
  })
  it('is cut around the place that is meant', () => {
    const [line = '', caret = ''] = shown(`${'a'.repeat(5_000)}HERE${'b'.repeat(5_000)}`, 5_001)
    expect(line.length).toBeLessThan(140)
    expect(line.slice(caret.indexOf('^'), caret.indexOf('^') + 4)).toBe('HERE')
    expect(line).toMatch(/^ {3}7 \| …a+HEREb+…$/)
  })
  it('shows the end of a long line, and a column behind it', () => {
    const [line = '', caret = ''] = shown('a'.repeat(500), 900)
    expect(line.endsWith('a')).toBe(true)
    expect(caret.indexOf('^')).toBe(line.length)
  })
  it('cannot speak to the terminal', () => {
    const [line] = shown('a: "\u001b[31m\u009b2J\u202e\u2028\ud800"', 1)
    expect(line).toBe('   7 | a: "\\u{1b}[31m\\u{9b}2J\\u{202e}\\u{2028}\ufffd"')
  })
  it.each([
    ['  spark.hadoop.fs.s3a.secret.key: "abcdef"', '  spark.hadoop.fs.s3a.secret.key: [hidden]'],
    ['DB_PASSWORD=abcdef', 'DB_PASSWORD=[hidden]'],
    ['spark-submit --conf spark.my.token=abcdef app.py', 'spark-submit --conf spark.my.token=[hidden]'],
    ['{"image": "x", "dbPassword": "abcdef"}', '{"image": "x", "dbPassword": [hidden]'],
    ['AKIAABCDEFGHIJKLMNOP my-token: abc', '[hidden]'],
    ['  value: AKIAABCDEFGHIJKLMNOP', '  value: [hidden]'],
  ])('hides the value of a credential: %s', (source, expected) => {
    expect(shown(source, 1)[0]).toBe(`   7 | ${expected}`)
  })
  it.each([
    ['--conf a=b --conf spark.my.thing=hunter2 app', 19, '--conf a=b --conf spark.my.thing=[hidden]'],
    ['    value: aHVudGVyMg==', 12, '    value: [hidden]'],
    ['    value: "hunter2=2"', 13, '    value: "[hidden]'],
    ['    - aHVudGVyMg==', 7, '    - [hidden]'],
    ['    hunter2 and more', 5, '    [hidden]'],
  ])('hides what a finding about a credential points at: %s', (source, column, expected) => {
    const [line = '', caret = ''] = sourceExcerpt(source, 7, column, 'value')
    expect(line).toBe(`   7 | ${expected}`)
    expect(caret.indexOf('^')).toBe(column + 6)
  })
  it.each(['token', 'a', 'a: ', '- ', 'token=', ' ', '\t', '"', 'secret.'])('of 256 KiB of %j takes no time', part => {
    const source = part.repeat(256_000 / part.length)
    const before = performance.now()
    for (const hide of ['value', 'nothing'] as const) sourceExcerpt(source, 1, 128_000, hide)
    expect(performance.now() - before).toBeLessThan(1_000)
  })
  it('shows the names of secrets', () => {
    expect(shown('  secretName: my-db', 3)[0]).toBe('   7 |   secretName: my-db')
  })
})

describe('text on a terminal', () => {
  it('has a width in columns, and is cut to one', () => {
    expect(['abc', '日本', 'e\u0301', '✓'].map(columnsOf)).toEqual([3, 4, 1, 1])
    expect(cutToColumns('日本語', 5)).toBe('日本…')
    expect(cutToColumns('abc', 3)).toBe('abc')
  })
  it('has no line ends of its own', () => {
    expect(showText('a\nb\rc\u007f')).toBe('a\\u{a}b\\u{d}c\\u{7f}')
  })
  it('is JSON with escapes that read as what was written', () => {
    const value = { name: 'a\u009b\u202e\n\u{e0041}' }
    for (const json of [jsonLine(value), jsonText(value)]) {
      expect(JSON.parse(json)).toEqual(value)
      expect(json).not.toMatch(/[\u0080-\u009f\u202a-\u202e]/)
    }
  })
})

describe('YAML', () => {
  const strange = [
    'on',
    'yes',
    'y',
    'null',
    '~',
    '010',
    '0o7',
    '0x1F',
    '1:20',
    '1_000',
    '1e3',
    '.inf',
    '2024-01-01',
    '<<',
    '=',
  ]

  it('puts words that older readers take for something else into quotes', () => {
    const text = yamlText(strange)
    expect(text.trimEnd().split('\n')).toEqual(strange.map(word => `- "${word}"`))
    expect(parse(text, { version: '1.1' })).toEqual(strange)
  })
  it('quotes such words as names of fields too', () => {
    expect(yamlText({ on: 1, plain: 2 })).toBe('"on": 1\nplain: 2\n')
  })
  it('folds no lines and names nothing by an alias', () => {
    const list = ['word '.repeat(60).trim()]
    expect(yamlText({ a: list, b: list })).toBe(`a:\n  - ${list[0]}\nb:\n  - ${list[0]}\n`)
  })
  it('escapes what a terminal would obey', () => {
    const value = { text: 'a\u009b31m\u202eb', '\u202ekey': 'x', lines: 'one\ntwo\n' }
    const text = yamlText(value)
    expect(text).toBe('text: "a\\u009b31m\\u202eb"\n"\\u202ekey": x\nlines: |\n  one\n  two\n')
    expect(parse(text)).toEqual(value)
  })
  it('writes several documents apart; as JSON they are one list', () => {
    const [job, short] = [{ kind: 'SparkApplication' }, { name: 'a' }]
    expect(documentsText([{ document: job, remark: 'One.' }, { document: short }], 'yaml')).toBe(
      '# One.\nkind: SparkApplication\n---\nname: a\n',
    )
    expect(JSON.parse(documentsText([{ document: job }], 'json'))).toEqual(job)
    expect(JSON.parse(documentsText([{ document: job }, { document: job }], 'json'))).toEqual({
      apiVersion: 'v1',
      kind: 'List',
      items: [job, job],
    })
    expect(JSON.parse(documentsText([{ document: short }, { document: short }], 'json'))).toEqual([short, short])
    expect(documentsText([], 'json')).toBe('')
  })
})
