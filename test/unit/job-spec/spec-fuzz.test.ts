import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson, sha256Hex } from '../../../shared/domain/job-spec/canonical-json.ts'
import type { JsonValue, SpecVerdict } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { parseJobSpec, parseJobSpecs } from '../../../shared/domain/job-spec/parse-job-spec.ts'
import { makeContext, makeDocument, parseText, parseValue, withValue } from './spec-documents.ts'

const RUNS = 300

function expectSound(verdict: SpecVerdict): void {
  expect(verdict.documentHash).toMatch(/^[0-9a-f]{64}$/)
  const errors = verdict.findings.filter(finding => finding.severity === 'error')
  expect(errors.length > 0).toBe(verdict.verdict === 'refused')
  for (const { rule, path, message } of verdict.findings) {
    expect(rule).toMatch(/^[a-z][a-z0-9-]+$/)
    expect(path).not.toBe('')
    expect(`${path}${message}`).not.toMatch(/\p{Cc}/u)
  }
  const accepted = verdict.verdict === 'accepted' ? verdict : undefined
  const hash = accepted && sha256Hex(canonicalJson(accepted.spec as unknown as JsonValue))
  expect(accepted?.specHash).toBe(hash)
}

/** A text with some characters at a place replaced. */
function edited(text: string, [place, length, inserted]: readonly [number, number, string]): string {
  const from = place % (text.length + 1)
  return text.slice(0, from) + inserted + text.slice(from + length)
}

const document = makeDocument()
const documentText = JSON.stringify(document, null, 1)
const word = fc.constantFrom(
  'spec',
  'driver',
  'executor',
  'metadata',
  'name',
  'labels',
  'env',
  'sparkConf',
  'spark.master',
  'template',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '<<',
  '',
  '0',
  'volumes',
  'restartPolicy',
  'type',
)
const value = fc.letrec(tie => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, 0, -1, 1.5, 1e300, '', '-', '1g', 'client', 'a=b', '\u0000', '\ud800', 'local:///a.py'),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(word, fc.string({ maxLength: 8 })), tie('any'), { maxKeys: 5 }),
  ),
})).any

describe('whatever comes, there is a verdict', () => {
  test('for bytes', () => {
    expect(() =>
      fc.assert(
        fc.property(
          fc.uint8Array({ maxLength: 400 }),
          fc.constantFrom('json', 'yaml', undefined),
          (bytes, contentType) => {
            expectSound(parseJobSpec({ bytes, ...(contentType && { contentType }) }, makeContext()))
          },
        ),
        { numRuns: RUNS },
      ),
    ).not.toThrow()
  })

  test('for text of the marks of YAML', () => {
    const marks = fc.constantFrom(
      ...'[]{}:,-?#&*!|>%@`"\'\n \t~'.split(''),
      '\n  ',
      ': ',
      '- ',
      '---\n',
      '...\n',
      'a',
      '1',
      '<<',
      '\\',
      '\r',
    )
    expect(() =>
      fc.assert(
        fc.property(fc.array(marks, { maxLength: 120 }), parts => expectSound(parseText(parts.join('')))),
        { numRuns: RUNS * 5 },
      ),
    ).not.toThrow()
  })

  test('for a spec with cuts and insertions', () => {
    const place = fc.nat(documentText.length)
    expect(() =>
      fc.assert(
        fc.property(place, place, fc.string({ maxLength: 5 }), (from, to, inserted) => {
          expectSound(parseText(documentText.slice(0, from) + inserted + documentText.slice(to)))
        }),
        { numRuns: RUNS },
      ),
    ).not.toThrow()
  })

  test('for real documents with cuts and insertions', () => {
    const folder = new URL('../../../events/specs/', import.meta.url)
    const texts = readdirSync(folder).map(name => readFileSync(new URL(name, folder), 'utf8'))
    const marks = [
      '\n---\n',
      '\n...\n',
      '\t',
      '\r',
      '\r\n',
      ': ',
      ' #',
      '- ',
      '? ',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '|',
      '>-\n',
    ]
    const words = [
      '&a ',
      '*a',
      '<<: ',
      '!!str ',
      '%YAML 1.1\n',
      '{{ x }}',
      '__proto__: 1\n',
      '1e400',
      '010',
      'yes',
      '.nan',
    ]
    const pieces = fc.constantFrom(...marks, ...words, '\u202e', '\u0085', '😀')
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(12), fc.oneof(pieces, fc.string({ maxLength: 4 }))), {
      maxLength: 6,
    })
    expect(() =>
      fc.assert(
        fc.property(
          fc.constantFrom(...texts),
          edits,
          fc.constantFrom('json', 'yaml', undefined),
          (text, edits, type) => {
            const bytes = new TextEncoder().encode(edits.reduce(edited, text))
            const verdicts = parseJobSpecs({ bytes, ...(type && { contentType: type }) }, makeContext('strict'))
            expect(verdicts.length).toBeGreaterThan(0)
            for (const verdict of verdicts) expectSound(verdict)
          },
        ),
        { numRuns: RUNS * 3 },
      ),
    ).not.toThrow()
  })

  test('for values at any place', () => {
    const steps = fc.constantFrom(
      [],
      ['spec'],
      ['metadata'],
      ['metadata', 'labels'],
      ['spec', 'driver'],
      ['spec', 'executor'],
      ['spec', 'sparkConf'],
      ['spec', 'volumes'],
      ['spec', 'driver', 'env'],
      ['spec', 'driver', 'template'],
      ['spec', 'restartPolicy'],
      ['kind'],
      ['spec', 'deps'],
      ['spec', 'dynamicAllocation'],
      ['spec', 'arguments'],
      ['status'],
      ['spec', 'hadoopConf'],
    )
    expect(() =>
      fc.assert(
        fc.property(steps, value, fc.constantFrom('open', 'strict'), (steps, value, policy) => {
          expectSound(parseValue(steps.length === 0 ? value : withValue(document, steps, value), policy))
        }),
        { numRuns: RUNS * 3 },
      ),
    ).not.toThrow()
  })

  test('JSON and the same as YAML give the same', () => {
    expect(() =>
      fc.assert(
        fc.property(value, value => {
          const bytes = new TextEncoder().encode(
            JSON.stringify(withValue(document, ['spec', 'driver', 'template'], { x: value }), null, 1),
          )
          const [json, yaml] = (['json', 'yaml'] as const).map(contentType =>
            parseJobSpec({ bytes, contentType }, makeContext()),
          )
          expect(yaml?.verdict).toBe(json?.verdict)
          const hashes =
            json?.verdict === 'accepted' ? { specHash: json.specHash, documentHash: json.documentHash } : {}
          expect(yaml).toMatchObject(hashes)
        }),
        { numRuns: RUNS },
      ),
    ).not.toThrow()
  })

  test('no document changes the prototype of all objects', () => {
    parseText('{"spec": {"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}}')
    expect({}).not.toHaveProperty('polluted')
  })
})
