/** Where a path of a problem (`teams.etl.clusters.0`) stands in a YAML or JSON text: platform files are data to the schema, text to their authors. */
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Node, Pair } from 'yaml'

export interface TextPlace {
  /** 1-based. */
  readonly line: number
  readonly column: number
}

/** The place of the longest part of the path that the text has; the document's first line for none. */
export type Locate = (path: string) => TextPlace

/** Reads the text once. Syntax errors are the reader's own business: what could be read is located. */
export function locator(text: string): Locate {
  const lines = new LineCounter()
  const { contents } = parseDocument(text, { lineCounter: lines })
  return path => {
    const { line, col } = lines.linePos(offsetOf(contents, path) ?? 0)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
}

/** Names may contain dots (`spark.executor.cores`), so the longest name that fits is taken. */
function offsetOf(root: Node | null, path: string): number | undefined {
  let node: unknown = root
  let offset: number | undefined
  let rest = path
  // Each turn takes at least one segment from the path.
  while (rest !== '') {
    const step = isMap(node) ? mapStep(node.items, rest) : isSeq(node) ? listStep(node.items, rest) : undefined
    if (step === undefined) break
    offset = step.offset ?? offset
    node = step.node
    rest = step.rest
  }
  return offset
}

interface Step {
  readonly node: unknown
  readonly offset: number | undefined
  readonly rest: string
}

function mapStep(items: readonly Pair[], path: string): Step | undefined {
  const fitting = items
    .map(({ key, value }) => ({ name: isScalar(key) ? String(key.value) : '', key, value }))
    .filter(({ name }) => name !== '' && (path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`)))
    .toSorted((left, right) => right.name.length - left.name.length)
  const [best] = fitting
  if (best === undefined) return undefined
  const offset = isScalar(best.key) ? best.key.range?.[0] : undefined
  return { node: best.value, offset, rest: path.slice(best.name.length).replace(/^\./, '') }
}

function listStep(items: readonly unknown[], path: string): Step | undefined {
  const [matched, plain, bracketed] = /^(?:(\d+)|\[(\d+)\])\.?/.exec(path) ?? []
  if (matched === undefined) return undefined
  const node = items[Number(plain ?? bracketed)]
  if (node === undefined) return undefined
  const { range } = node as { range?: readonly number[] }
  return { node, offset: range?.[0], rest: path.slice(matched.length) }
}
