/**
 * Places of a document as data: `spec.{driver,executor}.env[].name`, `spec.*.labels.*`. `[]` is every item of a list,
 * `*` every field, `{a,b}` one of several fields.
 */
import type { SourceMap, SourceNode } from './source-node.ts'

type Step = { readonly fields: readonly string[] } | 'every-field' | 'every-item'

const compiled = new Map<string, readonly Step[]>()

/** The nodes at the places that a pattern names, in the order of the text. */
export function selectNodes(root: SourceNode, pattern: string): readonly SourceNode[] {
  let nodes: readonly SourceNode[] = [root]
  for (const step of compiledFrom(pattern)) {
    const found: SourceNode[] = []
    for (const node of nodes) addBelow(node, step, found)
    // Most patterns find nothing in most documents.
    if (found.length === 0) return found
    nodes = found
  }
  return nodes
}

function addBelow(node: SourceNode, step: Step, found: SourceNode[]): void {
  if (node.kind === 'list') {
    if (step === 'every-item') for (const item of node.items) found.push(item)
  } else if (node.kind === 'map' && step !== 'every-item') {
    if (step === 'every-field') for (const child of node.fields.values()) found.push(child)
    else addFields(node, step.fields, found)
  }
}

function addFields(map: SourceMap, names: readonly string[], found: SourceNode[]): void {
  for (const name of names) {
    const child = map.fields.get(name)
    if (child !== undefined) found.push(child)
  }
}

function compiledFrom(pattern: string): readonly Step[] {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  const steps = compile(pattern)
  compiled.set(pattern, steps)
  return steps
}

function compile(pattern: string): readonly Step[] {
  return pattern
    .replaceAll('[]', '.[]')
    .split('.')
    .map(step => {
      if (step === '[]') return 'every-item'
      if (step === '*') return 'every-field'
      return { fields: step.replace(/^\{|\}$/g, '').split(',') }
    })
}
