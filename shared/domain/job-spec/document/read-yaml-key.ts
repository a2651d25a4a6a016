/**
 * Field names of YAML: text, and nothing else. Numbers, lists and `true` may be names in YAML, but not in a spec.
 */
import { MalformedDocument, type Slot } from './document-builder.ts'
import { yamlCoreValue } from './read-yaml-plain.ts'
import type { QuotedText } from './read-yaml-quoted.ts'
import type { SourceMap, SourceNode } from './source-node.ts'
import { OPEN_MAP, SPACE, yamlSyntaxError, type YamlReader } from './yaml-reader.ts'

/** Characters from the start of a name to its colon (YAML 1.2, 7.4.2). */
const MAX_IMPLICIT_KEY_LENGTH = 1024

/** A field name that was read, with where it began. */
export interface YamlKey {
  readonly text: string
  readonly offset: number
  readonly quoted?: QuotedText
}

/** The slot of the value that this name is for; `isText` is false for a name that was reported and is not used. */
export function slotOfKey(
  reader: YamlReader,
  map: SourceMap,
  { text, offset, quoted }: YamlKey,
): { readonly slot: Slot; readonly isText: boolean } {
  if (reader.at - offset > MAX_IMPLICIT_KEY_LENGTH) throw yamlSyntaxError('a field name is too long', offset)
  if (quoted === undefined && typeof yamlCoreValue(text) !== 'string') {
    const slot = { parent: map, key: text, keyOffset: offset }
    const message = 'A field name is not text; put quotes around it.'
    reader.builder.report({ rule: 'key-not-text', message, offset, slot, allowed: JSON.stringify(text) })
    return { slot, isText: false }
  }
  const slot = reader.builder.keySlot(map, text, offset)
  if (quoted?.hasEscapes === true) reader.builder.checkEscaped(text, slot, offset)
  return { slot, isText: true }
}

/** Puts a value into its map if its name can be used. */
export function attachField(reader: YamlReader, map: SourceMap, value: SourceNode, isText: boolean): void {
  if (isText) reader.builder.attach(map, value)
}

/** A list or map as a field name: mostly a placeholder of a template that nobody filled in. */
export function keyIsCollection(offset: number): MalformedDocument {
  const message = 'A list or map cannot be a field name.'
  return new MalformedDocument('key-not-text', message, offset, 'A name as text')
}

/** Refuses `{{ name }}`: it is written for Helm or Jinja, which did not run. */
export function refuseTemplate({ text, at }: YamlReader): void {
  if (text.charCodeAt(at) !== OPEN_MAP) return
  let next = at + 1
  while (text.charCodeAt(next) === SPACE) next += 1
  if (text.charCodeAt(next) !== OPEN_MAP && text.charAt(next) !== '%') return
  const message = 'A placeholder of a template ({{ … }}) is not filled in.'
  throw new MalformedDocument(
    'unfilled-template',
    message,
    at,
    'The value itself, or quotes around it if text is meant',
  )
}
