import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toJson } from '../../../shared/domain/job-spec/document/source-node.ts'
import { shortFormFields } from '../../../shared/domain/job-spec/short-form/fields.ts'
import { check, translate } from './short-form-documents.ts'

const names = [...new Set(shortFormFields.flatMap(({ path, otherNames = [] }) => [...path.split('.'), ...otherNames]))]
const hostileNames = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '',
  '.',
  'a.b',
  'x'.repeat(200),
]
const key = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...names) }, fc.constantFrom(...hostileNames), fc.string())
const leaf = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom('s3a://bucket/a.py', 's3a://bucket/a.sql', 'sql', 'SQL', '4g', '2h', '__proto__', 'x'.repeat(5_000)),
)
const { value } = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 6 }),
  ),
}))
const document = fc.dictionary(key, value, { maxKeys: 12 })

describe('any object', () => {
  test('is read without an exception, and its findings have short paths and texts', () => {
    fc.assert(
      fc.property(document, object => {
        const { findings } = check(object)
        for (const { path, message } of findings) {
          expect(path.length).toBeLessThanOrEqual(600)
          expect(message.length).toBeGreaterThan(0)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('leaves no trace in prototypes, nor names of theirs in the tree', () => {
    fc.assert(
      fc.property(document, object => {
        const text = JSON.stringify(toJson(translate(object).job.root))
        expect(text).not.toMatch(/"(__proto__|constructor|prototype)":/)
        expect(Object.keys(Object.prototype)).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
  'a profile or size named %s is one that nobody offers',
  name => {
    for (const fields of [{ profiles: [name] }, { profiles: name }, { size: name }]) {
      const { findings } = check({ main: 's3a://bucket/a.py', ...fields })
      expect(findings.map(({ rule }) => rule)).toContain('unknown-profile')
    }
  },
)

describe('a very large document', () => {
  test.each([
    ['arguments', { args: Array.from({ length: 4_500 }, (_, index) => index) }],
    ['wrong arguments', { args: Array.from({ length: 4_500 }, () => null) }],
    ['variables', { env: Object.fromEntries(Array.from({ length: 4_500 }, (_, index) => [`V${index}`, index])) }],
    ['unknown fields', Object.fromEntries(Array.from({ length: 4_500 }, (_, index) => [`executorMemry${index}`, 1]))],
    [
      'settings with long names',
      { conf: Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`spark.${'k'.repeat(490)}${i}`, i])) },
    ],
  ])('of %s takes well under a second', (_, fields) => {
    const started = performance.now()
    const { findings } = translate({ main: 's3a://bucket/a.py', ...fields })
    expect(findings.length).toBeLessThanOrEqual(101)
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})
