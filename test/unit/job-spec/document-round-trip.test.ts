import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseDocument, stringify } from 'yaml'
import { parseDocuments } from '../../../shared/domain/job-spec/document/parse-documents.ts'
import { toJson } from '../../../shared/domain/job-spec/document/source-node.ts'

/** The value of each document, or the rules that it breaks. */
function readAll(text: string, contentType: 'json' | 'yaml'): readonly unknown[] {
  return parseDocuments(text, contentType).map(({ root, problems }) =>
    root === undefined || problems.length > 0 ? problems.map(({ rule }) => rule) : toJson(root),
  )
}

describe('whatever the yaml package writes is read', () => {
  const refusedKeys = new Set(['<<', '__proto__', 'constructor', 'prototype'])
  const text = fc.oneof(
    fc.string(),
    fc
      .string({ unit: 'binary' })
      .map(made =>
        made.replaceAll(/[^\n\t\u0020-\u007e\u00a1-\ud7ff]/gu, '').replaceAll(/[\u2028-\u202e\u2066-\u2069]/gu, ''),
      ),
    fc
      .array(fc.constantFrom('a', 'word', ' ', '  ', '\n', '\n\n', '\t', '#', ': ', '- ', "'", '"', '\\', '---', 'é'), {
        maxLength: 14,
      })
      .map(parts => parts.join('')),
    fc.constantFrom(
      '',
      'yes',
      'null',
      '~',
      '1',
      '0x1',
      '-',
      '?',
      ':',
      '- a',
      '? a',
      '{a',
      '[',
      '%a',
      '@',
      '`',
      '!t',
      '&a',
      '*a',
      '|',
      '>',
      '<<',
      '1e3',
      '.inf',
    ),
  )
  const key = text.filter(made => /^[^\n]{1,99}$/.test(made) && !refusedKeys.has(made))
  const value = fc.letrec<{ any: unknown }>(tie => ({
    any: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.oneof(
        text,
        fc.boolean(),
        fc.constant(null),
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }).filter(made => !Object.is(made, -0)),
      ),
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(key, tie('any'), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).any
  const style = fc.record({
    collectionStyle: fc.constantFrom('any', 'block', 'flow'),
    lineWidth: fc.constantFrom(0, 20, 40, 80),
    defaultStringType: fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'BLOCK_LITERAL', 'BLOCK_FOLDED'),
    defaultKeyType: fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE'),
    indent: fc.constantFrom(1, 2, 4),
    indentSeq: fc.boolean(),
    flowCollectionPadding: fc.boolean(),
  })

  test('as it was', () => {
    fc.assert(
      fc.property(value, style, fc.boolean(), (value, style, hasReturns) => {
        const written = stringify({ a: value }, { ...style, version: '1.2', aliasDuplicateObjects: false } as const)
        const lines = hasReturns ? written.replaceAll('\n', '\r\n') : written
        // Keys that the package cannot write in one line become `? ` keys; some spaces it writes, it cannot read.
        fc.pre(!/^[ -]*\? /m.test(written) && !/[{,[]\s*\? /.test(written))
        const back = parseDocument(lines)
        fc.pre(back.errors.length === 0 && JSON.stringify(back.toJS()) === JSON.stringify({ a: value }))
        expect(readAll(lines, 'yaml')).toEqual([JSON.parse(JSON.stringify({ a: value }))])
      }),
      { numRuns: 1_500 },
    )
  })

  test('JSON, by both readers', () => {
    fc.assert(
      fc.property(value, fc.constantFrom(0, 1, 2, '\t'), (value, space) => {
        const written = JSON.stringify({ a: value }, null, space)
        fc.pre(!/\\u00[01]|\\ud/.test(written))
        expect(readAll(written, 'json')).toEqual([JSON.parse(written)])
        expect(readAll(written, 'yaml')).toEqual([JSON.parse(written)])
      }),
      { numRuns: 1_000 },
    )
  })
})
