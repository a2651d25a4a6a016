/**
 * The structural schema of the SparkApplication CRD, applied as the API server does it: unknown fields are found (for
 * strict decoding) or pruned, and values are checked (422 with a cause a field).
 */
import {
  SPARK_APPLICATION_NODES,
  SPARK_APPLICATION_SPEC,
} from '../../shared/domain/job-spec/checks/spark-application-schema.generated.ts'
import type { SchemaNode } from '../../shared/domain/job-spec/checks/schema-node.ts'
import type { StatusCause } from './status-answer.ts'

export type JsonMap = Readonly<Record<string, unknown>>

/** Deeper documents than this are not what anybody writes; the real server's limit is 10,000. */
const MAX_DEPTH = 100

export const SPEC_NODE = nodeAt(SPARK_APPLICATION_SPEC)

/** `value` without unknown fields, and the paths of these, as strict decoding names them. */
export function pruneUnknownFields(value: unknown): { readonly value: unknown; readonly unknown: readonly string[] } {
  const unknown: string[] = []
  return { value: prune(value, SPEC_NODE, 'spec', unknown, 0), unknown }
}

/** Causes of a 422 for a spec; empty if it is valid. */
export function checkSpec(spec: unknown): readonly StatusCause[] {
  const causes: StatusCause[] = []
  check(spec, SPEC_NODE, 'spec', causes, 0)
  return causes
}

export function nodeAt(index: number): SchemaNode {
  return SPARK_APPLICATION_NODES[index] ?? {}
}

export function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function prune(value: unknown, node: SchemaNode, path: string, unknown: string[], depth: number): unknown {
  if (node.preserveUnknown === true || depth > MAX_DEPTH) return value
  if (Array.isArray(value) && node.items !== undefined) {
    const items = nodeAt(node.items)
    return value.map((item, index) => prune(item, items, `${path}[${index}]`, unknown, depth + 1))
  }
  if (!isMap(value) || node.type !== 'object') return value
  if (node.values !== undefined) {
    const values = nodeAt(node.values)
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, prune(item, values, `${path}.${key}`, unknown, depth + 1)]),
    )
  }
  const kept: [string, unknown][] = []
  for (const [key, item] of Object.entries(value)) {
    const child = Object.hasOwn(node.properties ?? {}, key) ? node.properties?.[key] : undefined
    if (child === undefined) unknown.push(`${path}.${key}`)
    else kept.push([key, prune(item, nodeAt(child), `${path}.${key}`, unknown, depth + 1)])
  }
  return Object.fromEntries(kept)
}

function check(value: unknown, node: SchemaNode, path: string, causes: StatusCause[], depth: number): void {
  if (node.preserveUnknown === true || depth > MAX_DEPTH) return
  if (node.type !== undefined && !hasType(value, node.type)) {
    const shown = JSON.stringify(value === null ? 'null' : goTypeName(value))
    const message = `Invalid value: ${shown}: ${path} in body must be of type ${node.type}: ${shown}`
    causes.push({ reason: 'FieldValueTypeInvalid', message, field: path })
    return
  }
  checkValue(value, node, path, causes)
  if (Array.isArray(value) && node.items !== undefined) {
    const items = nodeAt(node.items)
    for (const [index, item] of value.entries()) check(item, items, `${path}[${index}]`, causes, depth + 1)
  }
  if (isMap(value)) checkFields(value, node, path, causes, depth)
}

function checkFields(value: JsonMap, node: SchemaNode, path: string, causes: StatusCause[], depth: number): void {
  for (const name of node.required ?? []) {
    if (!Object.hasOwn(value, name)) {
      causes.push({ reason: 'FieldValueRequired', message: 'Required value', field: `${path}.${name}` })
    }
  }
  for (const [key, item] of Object.entries(value)) {
    const child = node.values ?? (Object.hasOwn(node.properties ?? {}, key) ? node.properties?.[key] : undefined)
    if (child !== undefined) check(item, nodeAt(child), `${path}.${key}`, causes, depth + 1)
  }
}

function checkValue(value: unknown, node: SchemaNode, path: string, causes: StatusCause[]): void {
  if (node.enum !== undefined && !node.enum.includes(value as string)) {
    const allowed = node.enum.map(one => JSON.stringify(one)).join(', ')
    const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${allowed}`
    causes.push({ reason: 'FieldValueNotSupported', message, field: path })
  }
  const say = (rule: string): void => {
    const message = `Invalid value: ${JSON.stringify(value)}: ${path} in body should ${rule}`
    causes.push({ reason: 'FieldValueInvalid', message, field: path })
  }
  if (typeof value === 'number') {
    if (node.minimum !== undefined && value < node.minimum) say(`be greater than or equal to ${node.minimum}`)
    if (node.maximum !== undefined && value > node.maximum) say(`be less than or equal to ${node.maximum}`)
  }
  if (typeof value === 'string' && node.pattern !== undefined && !new RegExp(node.pattern).test(value)) {
    say(`match '${node.pattern}'`)
  }
}

/** Whether a JSON value has a schema's type. */
export function hasType(value: unknown, type: NonNullable<SchemaNode['type']>): boolean {
  switch (type) {
    case 'object':
      return isMap(value)
    case 'array':
      return Array.isArray(value)
    case 'integer':
      return Number.isInteger(value)
    case 'int-or-string':
      return Number.isInteger(value) || typeof value === 'string'
    default:
      return typeof value === type
  }
}

function goTypeName(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'number' && Number.isInteger(value) ? 'integer' : typeof value
}
