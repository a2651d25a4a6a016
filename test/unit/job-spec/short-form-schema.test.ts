import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { shortFormFields } from '../../../shared/domain/job-spec/short-form/fields.ts'
import { shortFormSamples } from './short-form-documents.ts'

const text = readFileSync('docs/schemas/job.schema.json', 'utf8')
// The converter has no `required` without a type; what it says is compared below.
const { anyOf, ...convertible } = JSON.parse(text) as { anyOf: unknown } & Record<string, unknown>
const schema = z.fromJSONSchema(convertible)

/** The schema of a field, through the objects of the schema. */
function schemaAt(path: string): Record<string, unknown> {
  const root = JSON.parse(text) as { $defs: Record<string, Record<string, unknown>> } & Record<string, unknown>
  let at: Record<string, unknown> = root
  for (const name of path.split('.')) {
    const target = at['$ref'] === '#/$defs/executors' ? root.$defs['executors']! : at
    const variants = [target, ...((target['anyOf'] as Record<string, unknown>[] | undefined) ?? [])]
    const properties = variants.map(variant => variant['properties'] as Record<string, unknown> | undefined)
    at = properties.find(fields => fields?.[name] !== undefined)?.[name] as Record<string, unknown>
  }
  return at
}

describe('the JSON Schema of the short form', () => {
  test.each(shortFormFields.map(({ path, summary }) => [path, summary] as const))('describes %s', (path, summary) => {
    expect(schemaAt(path)['description']).toBe(summary.replaceAll('`', ''))
    expect(schemaAt(path)['examples']).toHaveLength(1)
  })

  test.each(shortFormSamples())('accepts the sample %s', (_, sample) => {
    expect(schema.safeParse(parse(sample)).error?.issues ?? []).toEqual([])
  })

  test('wants a program or SQL', () => {
    expect(anyOf).toEqual([{ required: ['main'] }, { required: ['sql'] }])
  })

  test.each([
    ['an unknown field', { main: 'a', mian: 'b' }],
    ['a size that is none', { main: 'a', memory: '4Gi' }],
    ['a wrong type', { main: 'a', executors: { count: '5' } }],
    ['an unknown field inside', { main: 'a', executors: { instances: 5 } }],
    ['another word', { main: 'a', priority: 'urgent' }],
    ['a schedule without times', { main: 'a', schedule: { timezone: 'UTC' } }],
  ])('refuses %s', (_, document) => {
    expect(schema.safeParse(document).success).toBe(false)
  })
})
