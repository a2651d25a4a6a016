/**
 * Where each value of a merged spec came from, for `sparkgate explain`.
 */
import type { JsonValue } from '../canonical-spec.ts'
import { pathOf, toJson } from '../document/source-node.ts'
import type { SourceMap, SourceNode } from '../document/source-node.ts'
import { lineStarts, locate } from '../findings/finding-collector.ts'

/** One value of a merged spec. */
export interface ExplainedValue {
  /** Place in the SparkApplication: `spec.executor.memory`. */
  readonly path: string
  readonly value: JsonValue
  /** `request`, or the name of a layer: `profile small`, `team payments`, `cluster main`, `gateway`, `enforced`. */
  readonly from: string
  /** The request's own words for the place, where they are others (short form, spark-submit). */
  readonly writtenAs?: string
  /** 1-based line of the request's text; only for values of the request. */
  readonly line?: number
}

/**
 * Every value of a merged `spec` that holds no others, in the order of the tree; empty maps and lists are values. `text` is
 * the request's, for lines. A null of the request stays: it says which default was kept away.
 */
export function explainLayers(merged: SourceMap, text?: string): readonly ExplainedValue[] {
  const starts = text === undefined ? undefined : lineStarts(text)
  const values: ExplainedValue[] = []
  visit(merged, 'spec')
  return values

  function visit(node: SourceNode, path: string): void {
    const below = childrenOf(node)
    if (below.length === 0) values.push(explain(node, path, starts))
    for (const [step, child] of below) visit(child, path + step)
  }
}

function childrenOf(node: SourceNode): readonly (readonly [step: string, child: SourceNode])[] {
  if (node.kind === 'list') return node.items.map((item, index) => [`[${index}]`, item])
  if (node.kind === 'scalar') return []
  return [...node.fields].map(([key, child]) => [stepOf(key), child])
}

function stepOf(key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}

function explain(node: SourceNode, path: string, starts: readonly number[] | undefined): ExplainedValue {
  const value = toJson(node)
  if (node.layer !== undefined) return { path, value, from: node.layer }
  const written = pathOf(node)
  return {
    path,
    value,
    from: 'request',
    ...(written !== path && { writtenAs: written }),
    ...(starts !== undefined && { line: locate(starts, node.keyOffset).line }),
  }
}
