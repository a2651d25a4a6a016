/**
 * The options of the operator's documents: annotations `sparkgate.dev/…` become the nodes that the short form has as
 * fields, so that one reader judges both. Their texts keep the place of the annotation.
 */
import { closestWord } from '../checks/closest-word.ts'
import type { SourceList, SourceMap, SourceNode, SourceScalar } from '../document/source-node.ts'
import { fieldAt, isNull, pathOf, textOf } from '../document/source-node.ts'
import type { FindingCollector } from '../findings/finding-collector.ts'
import { OPTION_PREFIX, optionTable } from './gateway-options.ts'
import type { OptionRow } from './gateway-options.ts'

/** Takes the options out of `metadata.annotations`; an unknown `sparkgate.dev/…` is an error. */
export function optionsOfAnnotations(root: SourceMap, findings: FindingCollector): SourceMap {
  const options = emptyMap(root, undefined)
  const annotations = fieldAt(root, 'metadata', 'annotations')
  if (annotations?.kind !== 'map') return options
  for (const [key, node] of annotations.fields) {
    if (!key.startsWith(OPTION_PREFIX) || isNull(node)) continue
    annotations.fields.delete(key)
    const known = optionTable.find(({ annotation }) => annotation === key)
    if (known === undefined) refuseUnknown(node, key, findings)
    else place(options, known, node)
  }
  return options
}

function refuseUnknown(node: SourceNode, key: string, findings: FindingCollector): void {
  const names = optionTable.map(({ annotation }) => annotation)
  const suggestion = closestWord(key, names)
  const message = `The gateway has no option of this name; annotations with ${OPTION_PREFIX} are its own.`
  findings.error(node, 'unknown-option', message, { allowed: names.join(', '), suggestion })
}

function place(options: SourceMap, { field, type }: OptionRow, node: SourceNode): void {
  const [name = '', part] = field.split('.')
  if (part === undefined) {
    options.fields.set(name, valueOf(type, options, name, node))
    return
  }
  const known = options.fields.get(name)
  const inner = known?.kind === 'map' ? known : emptyMap(node, name)
  options.fields.set(name, inner)
  inner.fields.set(part, valueOf(type, inner, part, node))
}

/** The value that the text of an annotation means; texts that mean none are passed on, for the reader to refuse. */
function valueOf(type: OptionRow['type'], parent: SourceMap, key: string, node: SourceNode): SourceNode {
  const text = textOf(node)
  const at = { parent, key, keyOffset: node.keyOffset, offset: node.offset, origin: pathOf(node) }
  if (text === undefined) return { ...node, ...at }
  const scalar = (value: SourceScalar['scalar']): SourceScalar => ({ kind: 'scalar', ...at, scalar: value })
  switch (type) {
    case 'count':
      return scalar(/^[0-9]{1,9}$/.test(text) ? Number(text) : text)
    case 'flag':
      return scalar(text === 'true' || text === 'false' ? text === 'true' : text)
    case 'list':
      return listOf(text, { ...at, kind: 'list', items: [] })
    case 'text':
    case 'word':
    case 'duration':
      return scalar(text)
  }
}

/** More words than any option takes are cut: the reader refuses the list for its length. */
const MAX_WORDS = 200

function listOf(text: string, list: SourceList): SourceList {
  const words = text.split(',', MAX_WORDS).map(word => word.trim())
  for (const [key, word] of words.entries()) {
    if (word === '' && words.length === 1) continue
    const { keyOffset, offset, origin } = list
    list.items.push({
      kind: 'scalar',
      parent: list,
      key,
      keyOffset,
      offset,
      ...(origin !== undefined && { origin }),
      scalar: word,
    })
  }
  return list
}

const emptyMap = (at: SourceNode, key: string | undefined): SourceMap => ({
  kind: 'map',
  parent: undefined,
  key,
  keyOffset: at.keyOffset,
  offset: at.offset,
  fields: new Map(),
})
