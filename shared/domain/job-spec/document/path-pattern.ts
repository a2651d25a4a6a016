/**
 * Places of a document as data: `spec.{driver,executor}.env[].name`, `spec.*.labels.*`. `[]` is every item of a list,
 * `*` every field, `{a,b}` one of several fields.
 */
import type { SourceNode } from './source-node.ts'

type Step = { readonly fields: readonly string[] } | 'every-field' | 'every-item'

const compiled = new Map<string, readonly Step[]>()

/** The nodes at the places that a pattern names, in the order of the text. */
export function selectNodes(root: SourceNode, pattern: string): readonly SourceNode[] {
  const steps = compiled.get(pattern) ?? compile(pattern)
  compiled.set(pattern, steps)
  return steps.reduce<readonly SourceNode[]>((nodes, step) => nodes.flatMap(node => below(node, step)), [root])
}

function below(node: SourceNode, step: Step): readonly SourceNode[] {
  if (step === 'every-item') return node.kind === 'list' ? node.items : []
  if (node.kind !== 'map') return []
  if (step === 'every-field') return [...node.fields.values()]
  return step.fields.map(name => node.fields.get(name)).filter(child => child !== undefined)
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
