/**
 * The short form as one table: every field, what it may hold, and which field of a SparkApplication, option or part of a
 * schedule it becomes. Translation, errors, conversion, the JSON Schema for editors and the docs all follow it.
 */
import { gatewayFields } from './gateway-fields.ts'
import { optionFields } from './option-fields.ts'
import { podFields } from './pod-fields.ts'
import { programFields } from './program-fields.ts'
import type { ShortFormField } from './short-form-field.ts'

/** Every field, in the order of the docs. Of two with the same place, the later holds: it is the more specific one. */
export const shortFormFields: readonly ShortFormField[] = [
  ...programFields,
  ...podFields,
  ...gatewayFields,
  ...optionFields(),
]

/** Other words for an object with fields: `executor: {memory: 4g}` is read as `executors`. */
export const objectAliases: ReadonlyMap<string, string> = new Map([['executor', 'executors']])

const byPath = new Map(shortFormFields.map(field => [field.path, field]))

/** The field of this name in the object at `parent` (`` for the document). */
export function shortFormFieldAt(parent: string, name: string): ShortFormField | undefined {
  const path = parent === '' ? (objectAliases.get(name) ?? name) : `${parent}.${name}`
  return byPath.get(path)
}

/** The fields of the object at `parent`, by their names in it. */
export function fieldsBelow(parent: string): readonly string[] {
  const prefix = parent === '' ? '' : `${parent}.`
  const names = shortFormFields
    .filter(({ path }) => path.startsWith(prefix))
    .map(({ path }) => path.slice(prefix.length))
  return names.filter(name => !name.includes('.'))
}
