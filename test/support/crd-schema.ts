/**
 * Holds an object against the operator's own CRD, as strictly as an API server with `fieldValidation=Strict`: a second opinion
 * beside the gateway's table, from the file that the table was made from.
 */
import { parse } from 'yaml'

interface Schema {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema
  readonly items?: Schema
  readonly required?: readonly string[]
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
  readonly 'x-kubernetes-int-or-string'?: boolean
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
}

/** The schema of the one version of a CRD's text. */
export function readCrdSchema(text: string): Schema {
  const crd = parse(text) as { spec: { versions: readonly { schema: { openAPIV3Schema: Schema } }[] } }
  const [version] = crd.spec.versions
  if (version === undefined) throw new Error('the CRD has no version')
  return version.schema.openAPIV3Schema
}

/** What the schema refuses about a value, one line each; empty where it passes. */
export function crdProblems(value: unknown, schema: Schema, path = '$'): readonly string[] {
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return []
  if (!hasType(value, schema)) return [`${path}: not ${schema.type ?? 'a number or text'}`]
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => crdProblems(item, schema.items ?? {}, `${path}[${index}]`))
  }
  if (typeof value === 'object' && value !== null) return fieldProblems(Object.entries(value), schema, path)
  const isListed = schema.enum === undefined || schema.enum.includes(value)
  const isWithin =
    typeof value !== 'number' || (value >= (schema.minimum ?? value) && value <= (schema.maximum ?? value))
  const isFormed = typeof value !== 'string' || schema.pattern === undefined || new RegExp(schema.pattern).test(value)
  return isListed && isWithin && isFormed ? [] : [`${path}: ${JSON.stringify(value)}`]
}

function fieldProblems(
  fields: readonly (readonly [string, unknown])[],
  schema: Schema,
  path: string,
): readonly string[] {
  const names = new Set(fields.map(([name]) => name))
  const missing = (schema.required ?? []).filter(name => !names.has(name)).map(name => `${path}.${name}: missing`)
  // Metadata is the API server's own: the CRD says no more than that it is an object.
  const isOpen = schema.properties === undefined && schema.additionalProperties === undefined && path === '$.metadata'
  const wrong = fields.flatMap(([name, field]) => {
    const below = schema.properties?.[name] ?? schema.additionalProperties
    if (below !== undefined) return crdProblems(field, below, `${path}.${name}`)
    return isOpen ? [] : [`${path}.${name}: unknown`]
  })
  return [...missing, ...wrong]
}

function hasType(value: unknown, schema: Schema): boolean {
  if (schema['x-kubernetes-int-or-string'] === true) return typeof value === 'string' || Number.isInteger(value)
  switch (schema.type) {
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    case 'array':
      return Array.isArray(value)
    case 'integer':
      return Number.isInteger(value)
    case undefined:
      return true
    default:
      return typeof value === schema.type
  }
}
