/**
 * Holds a document against the CRD's table: unknown fields, types, enums, ranges and required fields, all at once.
 * The operator's own webhook accepts most of these mistakes and changes the job (facts of v2.5.2, tried on a cluster).
 */
import { closestWord, plainWord } from './closest-word.ts'
import type { FindingCollector, FindingHints } from '../findings/finding-collector.ts'
import { suggestQuantity } from './kubernetes-formats.ts'
import { placeOfMisplaced } from './misplaced-fields.ts'
import type { SchemaNode } from './schema-node.ts'
import { isNull, pathOfMissing } from '../document/source-node.ts'
import type { SourceMap, SourceNode, SourceScalar } from '../document/source-node.ts'
import { SPARK_APPLICATION_NODES, SPARK_APPLICATION_SPEC } from './spark-application-schema.generated.ts'

/** Checks a value against one node of the table; nodes of empty fields are added to `empty`: they are read as absent. */
export function checkSchema(
  value: SourceNode,
  index: number,
  findings: FindingCollector,
  empty: Set<SourceNode>,
): void {
  const schema = SPARK_APPLICATION_NODES[index]
  if (schema === undefined) return
  // Anything may stand in a pod template; it must be an object all the same.
  if (schema.preserveUnknown === true && value.kind === 'map') return
  switch (schema.type) {
    case 'object':
      if (value.kind === 'map') return checkObject(value, schema, findings, empty)
      return wrongType(value, 'an object', findings)
    case 'array':
      if (value.kind !== 'list') return wrongType(value, 'a list', findings)
      for (const item of value.items) checkSchema(item, schema.items ?? -1, findings, empty)
      return
    case 'string':
    case 'integer':
    case 'number':
    case 'boolean':
    case 'int-or-string':
      return checkScalar(value, schema, schema.type, findings)
    case undefined:
      return
  }
}

/** Fields of `spec` that stand on a level where people look for others. */
const specFields = fieldsOf(SPARK_APPLICATION_SPEC)
const elsewhere: readonly (readonly [string, readonly string[]])[] = [
  ['spec', Object.keys(specFields)],
  ...['driver', 'executor', 'dynamicAllocation', 'restartPolicy', 'deps', 'monitoring'].map(
    name => [`spec.${name}`, Object.keys(fieldsOf(specFields[name] ?? -1))] as const,
  ),
]

function fieldsOf(index: number): Readonly<Record<string, number>> {
  return SPARK_APPLICATION_NODES[index]?.properties ?? {}
}

function checkObject(map: SourceMap, schema: SchemaNode, findings: FindingCollector, empty: Set<SourceNode>): void {
  for (const [key, field] of map.fields) {
    if (schema.values !== undefined) {
      checkSchema(field, schema.values, findings, empty)
    } else if (!Object.hasOwn(schema.properties ?? {}, key)) {
      reportUnknownField(field, key, Object.keys(schema.properties ?? {}), findings)
    } else if (isNull(field)) {
      empty.add(field)
      if (schema.required?.includes(key) !== true) {
        findings.warning(field, 'empty-field', 'This field has no value; it is read as absent.')
      }
    } else {
      checkSchema(field, schema.properties?.[key] ?? -1, findings, empty)
    }
  }
  for (const key of schema.required ?? []) {
    const field = map.fields.get(key)
    if (field === undefined || isNull(field)) reportMissing(map, field, key, findings)
  }
}

/** What the operator's webhook would put in silently where a required field is missing. */
const inventedByOperator: Readonly<Record<string, string>> = {
  'spec.type': 'The operator would guess "Scala".',
  'spec.sparkVersion': 'The operator would go on with an empty version.',
  'spec.driver': 'The operator would invent one core and 1g of memory.',
  'spec.executor': 'The operator would invent one executor with one core and 1g of memory.',
}
const exampleValues: Readonly<Record<string, string>> = {
  'spec.type': 'type: Python',
  'spec.sparkVersion': 'sparkVersion: "4.0.1"',
  'spec.mainApplicationFile': 'mainApplicationFile: s3a://BUCKET/PATH/main.py',
  'spec.driver': 'driver: {cores: 1, memory: 2g}',
  'spec.executor': 'executor: {instances: 2, cores: 1, memory: 2g}',
}

function reportMissing(
  parent: SourceMap,
  field: SourceNode | undefined,
  key: string,
  findings: FindingCollector,
): void {
  const path = pathOfMissing(parent, key)
  const invented = inventedByOperator[path] ?? ''
  const hints = { path, suggestion: exampleValues[path] }
  findings.error(field ?? parent, 'required-field', `The field "${key}" is required. ${invented}`.trim(), hints)
}

function reportUnknownField(
  field: SourceNode,
  key: string,
  known: readonly string[],
  findings: FindingCollector,
): void {
  const message = `There is no field of this name in ${field.parent === undefined ? 'the document' : 'this object'}.`
  findings.error(field, 'unknown-field', message, () => {
    const suggestion = sameWord(key, known) ?? placeElsewhere(key) ?? placeOfMisplaced(key) ?? closestWord(key, known)
    return { suggestion, allowed: known.toSorted().join(', ') }
  })
}

/** The known name that is this one in another notation: `memory_overhead`. */
function sameWord(key: string, known: readonly string[]): string | undefined {
  const plain = plainWord(key)
  return known.find(name => plainWord(name) === plain)
}

function placeElsewhere(key: string): string | undefined {
  const place = elsewhere.find(([, names]) => names.includes(key))?.[0]
  return place === undefined ? undefined : `${place}.${key}`
}

const typeNames = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  'int-or-string': 'a number or text',
} as const

function checkScalar(
  value: SourceNode,
  schema: SchemaNode,
  type: keyof typeof typeNames,
  findings: FindingCollector,
): void {
  if (value.kind !== 'scalar' || !hasType(value.scalar, type)) return wrongType(value, typeNames[type], findings)
  const { scalar } = value
  if (schema.enum !== undefined && !schema.enum.includes(scalar as string)) {
    const allowed = schema.enum.join(', ')
    const suggestion = closestWord(String(scalar), schema.enum.map(String))
    return findings.error(value, 'not-one-of', 'This is not one of the accepted values.', {
      allowed,
      suggestion,
      at: 'value',
    })
  }
  if (typeof scalar === 'number') return checkRange(value, scalar, schema, findings)
  if (schema.pattern === undefined || typeof scalar !== 'string') return
  if (scalar.length > MAX_PATTERN_LENGTH || !patternOf(schema.pattern).test(scalar)) {
    findings.error(value, 'wrong-format', 'This does not have the form that Kubernetes wants here.', () => ({
      at: 'value',
      ...(schema.type === 'int-or-string' && { allowed: '10Gi, 500Mi, 500m, 2', suggestion: suggestQuantity(scalar) }),
    }))
  }
}
/** Quantities and names end far below; longer text is never given to a pattern. */
const MAX_PATTERN_LENGTH = 253

const patterns = new Map<string, RegExp>()
function patternOf(source: string): RegExp {
  const pattern = patterns.get(source) ?? new RegExp(source)
  patterns.set(source, pattern)
  return pattern
}

function hasType(scalar: SourceScalar['scalar'], type: keyof typeof typeNames): boolean {
  if (type === 'integer') return typeof scalar === 'number' && Number.isInteger(scalar)
  if (type === 'int-or-string')
    return typeof scalar === 'string' || (typeof scalar === 'number' && Number.isInteger(scalar))
  return typeof scalar === type
}

function checkRange(value: SourceNode, number: number, schema: SchemaNode, findings: FindingCollector): void {
  const limit = schema.format === 'int32' ? 2 ** 31 : 2 ** 53
  const minimum = schema.minimum ?? -limit
  const maximum = schema.maximum ?? limit - 1
  if (number >= minimum && number <= maximum) return
  const allowed = `${minimum} to ${maximum}`
  findings.error(value, 'out-of-range', `The number ${number} is out of range.`, { allowed, at: 'value' })
}

function wrongType(value: SourceNode, wanted: string, findings: FindingCollector): void {
  const quotes = wanted === typeNames.string && value.kind === 'scalar' ? ' Put quotes around it.' : ''
  const message = `This must be ${wanted}, and is ${kindOf(value)}.${quotes}`
  findings.error(value, 'wrong-type', message, () => suggestType(value, wanted))
}

function suggestType(value: SourceNode, wanted: string): FindingHints {
  const hints = { allowed: wanted, at: 'value' } as const
  if (value.kind !== 'scalar') return hints
  const { scalar } = value
  if (value.key === 'cores' && typeof scalar === 'number' && scalar > 0) {
    return {
      ...hints,
      allowed: 'a whole number; a part of a core is asked for by coreRequest: "500m"',
      suggestion: '1',
    }
  }
  if (wanted === typeNames.string && scalar !== null) return { ...hints, suggestion: `"${scalar}"` }
  if (typeof scalar !== 'string') return hints
  if (wanted === typeNames.boolean && /^(true|yes|on)$/i.test(scalar)) return { ...hints, suggestion: 'true' }
  if (wanted === typeNames.boolean && /^(false|no|off)$/i.test(scalar)) return { ...hints, suggestion: 'false' }
  if (/^[0-9]{1,9}$/.test(scalar)) return { ...hints, suggestion: `${Number(scalar)}` }
  return hints
}

function kindOf(value: SourceNode): string {
  if (value.kind === 'map') return 'an object'
  if (value.kind === 'list') return 'a list'
  if (value.scalar === null) return 'empty'
  if (typeof value.scalar === 'string') return 'text'
  return `the ${typeof value.scalar} ${String(value.scalar)}`
}
