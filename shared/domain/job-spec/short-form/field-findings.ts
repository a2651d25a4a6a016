/** What the short form says about a field that is not known, or holds what it cannot. */
import { closestWord } from '../checks/closest-word.ts'
import type { SourceNode } from '../document/source-node.ts'
import type { FindingCollector } from '../findings/finding-collector.ts'
import { fieldsBelow, shortFormFields } from './fields.ts'
import type { ShortFormField, ValueType } from './short-form-field.ts'

/** The name is no field of the object at `parent` (`` for the document). */
export function reportUnknownField(node: SourceNode, name: string, parent: string, findings: FindingCollector): void {
  const inside = parent === '' ? 'in the short form' : `in "${parent}"`
  findings.error(node, 'unknown-field', `There is no field of this name ${inside}.`, () => {
    const known = fieldsBelow(parent)
    return { suggestion: suggestField(name, parent) ?? closestWord(name, known), allowed: known.join(', ') }
  })
}

/** The field that people mean by this name: in the same object if there is one, else anywhere. */
function suggestField(name: string, parent: string): string | undefined {
  const wanted = plain(name)
  const prefix = parent === '' ? '' : `${parent}.`
  const candidates = shortFormFields.filter(field => namesOf(field).some(other => plain(other) === wanted))
  const near = candidates.find(({ path }) => path.startsWith(prefix) && !path.slice(prefix.length).includes('.'))
  return near?.path.slice(prefix.length) ?? candidates[0]?.path
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_]/g, '')

const namesOf = ({ path, otherNames = [] }: ShortFormField): readonly string[] => [
  path.slice(path.lastIndexOf('.') + 1),
  ...otherNames,
]

/** An object stands in the document under both of its words. */
export function reportTwoWords(
  node: SourceNode,
  { path }: ShortFormField,
  aliases: ReadonlyMap<string, string>,
  findings: FindingCollector,
): void {
  const other = [...aliases].find(([, word]) => word === path)?.[0] ?? path
  const message = `"${other}" and "${path}" are two words for the same fields; only one can be meant.`
  findings.error(node, 'field-in-two-places', message, { allowed: `Only ${path}` })
}

/** A field without a value where that has no meaning. */
export function reportNull(node: SourceNode, findings: FindingCollector): void {
  findings.warning(node, 'empty-field', 'This field has no value; it is read as absent.')
}

/** A word beside those that the field takes. */
export function reportNotOneOf(
  node: SourceNode,
  choices: Readonly<Record<string, string>>,
  findings: FindingCollector,
): void {
  const words = Object.keys(choices)
  const written = node.kind === 'scalar' ? String(node.scalar) : ''
  const suggestion = closestWord(written, words)
  const hints = { allowed: words.join(', '), suggestion, at: 'value' } as const
  findings.error(node, 'not-one-of', 'This is not one of the accepted words.', hints)
}

const typeNames: Readonly<Record<ValueType, string>> = {
  text: 'text',
  memory: 'a size as text',
  duration: 'a time as text or in seconds',
  integer: 'a whole number',
  boolean: 'true or false',
  texts: 'a list of texts',
  arguments: 'a list of texts and whole numbers',
  variables: 'an object of texts and whole numbers',
  settings: 'an object of texts and numbers',
  object: 'an object',
}

/** What a field holds, in words. */
function nameOfTypes(holds: readonly ValueType[]): string {
  return holds.map(type => typeNames[type]).join(', or ')
}

/** A value of a type that the field does not take. */
export function reportWrongType(
  node: SourceNode,
  { holds, example }: Pick<ShortFormField, 'holds' | 'example'>,
  findings: FindingCollector,
): void {
  const wanted = nameOfTypes(holds)
  const message = `This must be ${wanted}, and is ${kindOf(node)}.`
  findings.error(node, 'wrong-type', message, () => {
    return { allowed: wanted, suggestion: converted(node, holds) ?? JSON.stringify(example), at: 'value' }
  })
}

/** A fraction that would lose its form on the way to text: 1.10 is 1.1 as a number. */
export function reportFraction(node: SourceNode, findings: FindingCollector): void {
  const message = 'This is taken as text, and a number with a point loses its form (1.10 is 1.1). Put quotes around it.'
  findings.error(node, 'wrong-type', message, { allowed: 'text, whole numbers, true and false', at: 'value' })
}

/** The same value in the type that the field takes, where it is plain what was meant. */
function converted(node: SourceNode, holds: readonly ValueType[]): string | undefined {
  if (node.kind !== 'scalar' || node.scalar === null) return undefined
  const { scalar } = node
  if (typeof scalar === 'string') {
    if (holds.includes('integer') && /^[0-9]{1,9}$/.test(scalar)) return String(Number(scalar))
    if (holds.includes('boolean') && /^(true|yes|on)$/i.test(scalar)) return 'true'
    return holds.includes('boolean') && /^(false|no|off)$/i.test(scalar) ? 'false' : undefined
  }
  return holds.includes('text') ? `"${scalar}"` : undefined
}

function kindOf(node: SourceNode): string {
  if (node.kind === 'map') return 'an object'
  if (node.kind === 'list') return 'a list'
  if (node.scalar === null) return 'empty'
  return typeof node.scalar === 'string' ? 'text' : `the ${typeof node.scalar} ${node.scalar}`
}
