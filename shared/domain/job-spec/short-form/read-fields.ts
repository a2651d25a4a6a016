/**
 * Reads a document of the short form by its table: every value that stands in a known field and has a type that the field
 * takes, flat, by the path of the field. All else is an error with the author's path.
 */
import type { SourceMap, SourceNode, SourceScalar } from '../document/source-node.ts'
import { isNull } from '../document/source-node.ts'
import type { FindingCollector } from '../findings/finding-collector.ts'
import {
  reportFraction,
  reportNotOneOf,
  reportNull,
  reportTwoWords,
  reportUnknownField,
  reportWrongType,
} from './field-findings.ts'
import { objectAliases, shortFormFieldAt } from './fields.ts'
import type { ShortFormField, ValueType } from './short-form-field.ts'

/** Path of a field in the table → the author's node. Objects with fields of their own are here too. */
export type GivenFields = ReadonlyMap<string, SourceNode>

/** The accepted values of a document. Values with an error are left out; the errors refuse the document. */
export function readFields(root: SourceMap, findings: FindingCollector): GivenFields {
  const given = new Map<string, SourceNode>()
  readObject(root, '', given, findings)
  return given
}

function readObject(map: SourceMap, path: string, given: Map<string, SourceNode>, findings: FindingCollector): void {
  for (const [name, node] of map.fields) {
    const field = shortFormFieldAt(path, name)
    if (field === undefined) reportUnknownField(node, name, path, findings)
    else if (given.has(field.path)) reportTwoWords(node, field, objectAliases, findings)
    else readField(field, node, given, findings)
  }
}

function readField(
  field: ShortFormField,
  node: SourceNode,
  given: Map<string, SourceNode>,
  findings: FindingCollector,
): void {
  // A null keeps a default away; fields that become several values have no place for one.
  if (isNull(node)) {
    if (isPassedThrough(field)) given.set(field.path, node)
    else reportNull(node, findings)
    return
  }
  if (!field.holds.some(type => hasType(node, type))) return reportWrongType(node, field, findings)
  given.set(field.path, node)
  if (field.holds.includes('object') && node.kind === 'map') return readObject(node, field.path, given, findings)
  if (field.choices !== undefined && choiceOf(field, node) === undefined) {
    given.delete(field.path)
    return reportNotOneOf(node, field.choices, findings)
  }
  if (!checkItems(node, field, findings)) given.delete(field.path)
}

/** What a word of a field with choices becomes; the words are free in case. Undefined if it is none of them. */
export function choiceOf(field: ShortFormField, node: SourceNode): string | undefined {
  const word = node.kind === 'scalar' ? String(node.scalar).toLowerCase() : ''
  return Object.entries(field.choices ?? {}).find(([choice]) => choice === word)?.[1]
}

const isPassedThrough = (field: ShortFormField): boolean =>
  field.to?.some(place => place.startsWith('spec.') || place.startsWith('metadata.')) === true

function hasType(node: SourceNode, type: ValueType): boolean {
  switch (type) {
    case 'text':
    case 'memory':
      return isScalar(node, 'string')
    case 'duration':
      return isScalar(node, 'string') || isInteger(node)
    case 'integer':
      return isInteger(node)
    case 'boolean':
      return isScalar(node, 'boolean')
    case 'texts':
    case 'arguments':
      return node.kind === 'list'
    case 'variables':
    case 'settings':
    case 'object':
      return node.kind === 'map'
  }
}

/** True if the values inside a list or a free map are ones that the field takes; each wrong one is reported at its place. */
function checkItems(node: SourceNode, field: ShortFormField, findings: FindingCollector): boolean {
  const itemTypes = field.holds.map(type => typesOfItems[type]).find(types => types !== undefined)
  if (node.kind === 'scalar' || itemTypes === undefined) return true
  const items = node.kind === 'list' ? node.items : [...node.fields.values()]
  const [wrong, fractions] = [(item: SourceNode) => !itemTypes.some(type => isScalar(item, type)), isFractionOf(field)]
  for (const item of items.filter(wrong)) reportWrongType(item, { holds: ['text'], example: 'text' }, findings)
  for (const item of items.filter(fractions)) reportFraction(item, findings)
  return !items.some(item => wrong(item) || fractions(item))
}

const typesOfItems: Readonly<Partial<Record<ValueType, readonly ScalarType[]>>> = {
  texts: ['string'],
  arguments: ['string', 'number', 'boolean'],
  variables: ['string', 'number', 'boolean'],
  settings: ['string', 'number', 'boolean'],
}

/** A fraction where a text is meant. */
const isFractionOf =
  (field: ShortFormField) =>
  (item: SourceNode): boolean =>
    isScalar(item, 'number') && !isInteger(item) && !field.holds.includes('settings')

type ScalarType = 'string' | 'number' | 'boolean'

function isScalar(node: SourceNode, type: ScalarType): node is SourceScalar {
  return node.kind === 'scalar' && typeof node.scalar === type
}

function isInteger(node: SourceNode): boolean {
  return node.kind === 'scalar' && Number.isSafeInteger(node.scalar)
}
