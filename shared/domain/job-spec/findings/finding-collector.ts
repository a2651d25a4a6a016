/**
 * Gathers what the checks say, gives it lines and columns, keeps it short and free of credentials and control
 * characters, and stops at a hundred: a document with 20,000 mistakes costs little more than one with 100.
 */
import { makeFinding } from './make-finding.ts'
import { MAX_FINDINGS, type Finding } from './finding.ts'
import { pathOf, type SourceNode } from '../document/source-node.ts'

/** The optional parts of a finding. */
export interface FindingHints {
  readonly allowed?: string | undefined
  readonly suggestion?: string | undefined
  /** Where the node itself is not what is meant: a missing field's path. */
  readonly path?: string | undefined
  /** Where line and column point: the field's name (unless said otherwise) or its value. */
  readonly at?: 'key' | 'value'
}

type Report = (node: SourceNode, rule: string, message: string, hints?: FindingHints | (() => FindingHints)) => void

/** Hints may be a function: it runs only while there is room for the finding. */
export interface FindingCollector {
  readonly error: Report
  readonly warning: Report
  readonly rewritten: Report
  hasErrors(): boolean
  /** Errors first, then rewrites, then warnings, each in the order of the text; at most `MAX_FINDINGS` and one count. */
  findings(): readonly Finding[]
}

const severityOrder = { error: 0, rewritten: 1, warning: 2 } as const

/**
 * A collector for one document; `text` is what the offsets of its nodes count in. `wordFor` turns the path of a field that
 * is not there into the words of the author's format; undefined keeps the path.
 */
export function makeFindingCollector(
  text: string,
  wordFor?: (path: string) => string | undefined,
  linesOfText: () => readonly number[] = memoizedLines(text),
): FindingCollector {
  const kept: { readonly finding: Finding; readonly offset: number }[] = []
  const count = { error: 0, rewritten: 0, warning: 0 }
  const said = new Set<string>()
  /** False for what was said of this place already: one mistake can show in both pods. */
  const isNews = (finding: Finding): boolean => {
    const key = JSON.stringify([finding.rule, finding.path, finding.line, finding.column, finding.message])
    if (said.has(key)) return false
    said.add(key)
    return true
  }
  const keep = (finding: Finding, offset: number): void => {
    if (!isNews(finding)) return
    count[finding.severity] += 1
    kept.push({ finding, offset })
  }

  const reportAs =
    (severity: Finding['severity']): Report =>
    (node, rule, message, hints) => {
      // One more than is shown is kept out, but counted.
      if (count[severity] >= MAX_FINDINGS) return void (count[severity] += 1)
      const { at, path, ...rest } = (typeof hints === 'function' ? hints() : hints) ?? {}
      const layer = layerOf(node)
      // The author did not write what a layer gives, and knows its place in his own words only.
      const spoken = path ?? (layer === undefined ? undefined : pathOf(node))
      const shownPath = spoken === undefined ? pathOf(node) : (wordFor?.(spoken) ?? spoken)
      if (layer !== undefined) {
        // What becomes of a platform's own default is nothing that the author could change.
        if (severity === 'rewritten') return
        // Another text gave the value: no line of this one is its place.
        const finding = makeFinding({ severity, rule, message: `${message} (from ${layer})`, path: shownPath, ...rest })
        return keep(finding, text.length)
      }
      const offset = at === 'value' ? node.offset : node.keyOffset
      const place = locate(linesOfText(), offset)
      keep(makeFinding({ severity, rule, message, path: shownPath, ...rest, ...place }), offset)
    }

  return {
    error: reportAs('error'),
    warning: reportAs('warning'),
    rewritten: reportAs('rewritten'),
    hasErrors: () => count.error > 0,
    findings: () => {
      const sorted = kept.toSorted(
        (left, right) =>
          severityOrder[left.finding.severity] - severityOrder[right.finding.severity] || left.offset - right.offset,
      )
      const all = count.error + count.rewritten + count.warning
      return withCount(
        sorted.map(entry => entry.finding),
        all,
      )
    },
  }
}

/** The layer that gave a value, or gave the object or list that holds it; undefined for the request's own. */
function layerOf(node: SourceNode): string | undefined {
  let at: SourceNode | undefined = node
  while (at !== undefined && at.layer === undefined) at = at.parent
  return at?.layer
}

/** The first `MAX_FINDINGS`, and one that says how many there are in all. */
function withCount(findings: readonly Finding[], all: number): readonly Finding[] {
  if (all <= MAX_FINDINGS) return findings
  const shown = findings.slice(0, MAX_FINDINGS)
  const severity = shown.at(-1)?.severity ?? 'error'
  const message = `There are ${all} findings; the first ${MAX_FINDINGS} are shown. Correct these and check again.`
  return [...shown, { severity, rule: 'more-findings', path: '$', message }]
}

/** The lines of a text, found when they are first asked for; one for all documents of the text. */
export function memoizedLines(text: string): () => readonly number[] {
  let lines: readonly number[] | undefined
  return () => (lines ??= lineStarts(text))
}

/** Offsets at which lines begin. */
export function lineStarts(text: string): readonly number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** 1-based line and column (in UTF-16 units) of an offset. */
export function locate(starts: readonly number[], offset: number): { readonly line: number; readonly column: number } {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
}
