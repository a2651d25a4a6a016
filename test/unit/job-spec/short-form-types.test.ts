import { describe, expect, test } from 'vitest'
import type { JsonValue } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { shortFormFields } from '../../../shared/domain/job-spec/short-form/fields.ts'
import type { ShortFormField, ValueType } from '../../../shared/domain/job-spec/short-form/short-form-field.ts'
import { translate } from './short-form-documents.ts'
import { withValue } from './spec-documents.ts'

/** Values by the kind of JSON they are. */
const values: Readonly<Record<string, JsonValue>> = {
  text: 'text',
  number: 3,
  fraction: 1.5,
  boolean: true,
  list: ['text'],
  object: { key: 'text' },
}

/** The kinds that a field takes. */
const kindsOf: Readonly<Record<ValueType, readonly string[]>> = {
  text: ['text'],
  memory: ['text'],
  duration: ['text', 'number'],
  integer: ['number'],
  boolean: ['boolean'],
  texts: ['list'],
  arguments: ['list'],
  variables: ['object'],
  settings: ['object'],
  object: ['object'],
}

const stepsOf = ({ path }: ShortFormField): readonly string[] => path.split('.')

/** A document that is right but for one value. */
function documentWith(field: ShortFormField, value: unknown, below: readonly (string | number)[] = []): unknown {
  const base = {
    name: 'x',
    main: 's3a://bucket/a.py',
    ...(field.path.startsWith('schedule.') && { schedule: { cron: '@daily' } }),
  }
  return withValue(base, [...stepsOf(field), ...below], value)
}

const wrongValues = shortFormFields.flatMap(field => {
  const kinds = field.holds.flatMap(type => kindsOf[type])
  return Object.entries(values).flatMap(([kind, value]) =>
    kinds.includes(kind) ? [] : [[field.path, kind, field, value] as const],
  )
})

describe('every field of the short form', () => {
  test('has its own row: there are as many paths as rows, and more than 50 wrong values to try', () => {
    expect(new Set(shortFormFields.map(({ path }) => path)).size).toBe(shortFormFields.length)
    expect(wrongValues.length).toBeGreaterThan(200)
  })

  test.each(wrongValues)('%s with a %s is one error at this path', (path, _, field, value) => {
    const { findings } = translate(documentWith(field, value))
    expect(findings.map(finding => [finding.severity, finding.rule, finding.path])).toEqual([
      ['error', 'wrong-type', path],
    ])
    expect(findings[0]).toMatchObject({ line: 1, allowed: expect.any(String) as unknown })
  })

  test.each(shortFormFields.map(field => [field.path, field] as const))('%s takes its example', (_, field) => {
    const rules = translate(documentWith(field, field.example), {
      profiles: { sql: { summary: '', spec: {} } },
    }).findings
    expect(
      rules.map(({ rule }) => rule).filter(rule => rule !== 'sql-in-two-places' && rule !== 'sql-in-other-language'),
    ).toEqual([])
  })

  test.each(shortFormFields.filter(({ choices }) => choices !== undefined).map(field => [field.path, field] as const))(
    '%s refuses other words than its own, and does not mind case',
    (path, field) => {
      const [error] = translate(documentWith(field, 'something-else')).findings
      expect(error).toMatchObject({ rule: 'not-one-of', path })
      const [word = ''] = Object.keys(field.choices ?? {})
      expect(translate(documentWith(field, word.toUpperCase())).findings.map(({ rule }) => rule)).not.toContain(
        'not-one-of',
      )
    },
  )

  test.each(shortFormFields.filter(({ holds }) => holds.includes('object')).map(field => [field.path, field] as const))(
    '%s refuses fields that it does not have',
    (path, field) => {
      const { findings } = translate(documentWith(field, 1, ['nosuch']))
      expect(findings.map(finding => [finding.rule, finding.path])).toContainEqual(['unknown-field', `${path}.nosuch`])
    },
  )
})

describe('what stands in lists and free objects', () => {
  const lists = shortFormFields.filter(({ holds }) => holds.some(type => type === 'texts' || type === 'arguments'))
  const maps = shortFormFields.filter(({ holds }) => holds.some(type => type === 'variables' || type === 'settings'))

  test.each(lists.map(field => [field.path, field] as const))('%s refuses an object among its items', (path, field) => {
    const errors = translate(documentWith(field, ['a', { b: 1 }, ['c'], null])).findings
    expect(errors.map(error => error.path)).toEqual([`${path}[1]`, `${path}[2]`, `${path}[3]`])
  })

  test.each(maps.map(field => [field.path, field] as const))('%s refuses a list among its values', (path, field) => {
    const errors = translate(documentWith(field, { a: 'x', b: ['y'], 'c.d': null })).findings
    expect(errors.map(error => error.path)).toEqual([`${path}.b`, `${path}["c.d"]`])
  })

  test.each(['args', 'env', 'labels'])('%s refuses a number that would lose its form as text', name => {
    const value = name === 'args' ? [1.1] : { VERSION: 1.1 }
    const [error] = translate({ main: 's3a://bucket/a.py', [name]: value }).findings
    expect(error).toMatchObject({ rule: 'wrong-type', path: name === 'args' ? 'args[0]' : `${name}.VERSION` })
    expect(
      translate({ main: 's3a://bucket/a.py', [name]: name === 'args' ? [7, true] : { A: 7, B: true } }).findings,
    ).toEqual([])
  })
})
