/** Findings for people: place, rule, what is wrong, what is allowed, what was probably meant; with the line and a caret where the text is at hand. */
import { paint } from './colour.ts'
import type { TextStream } from './colour.ts'
import type { Finding } from '../shared/domain/job-spec/findings/finding.ts'
import { sourceExcerpt } from './source-excerpt.ts'
import { showText } from './terminal-text.ts'

const COLOURS = { error: 'red', warning: 'yellow', rewritten: 'cyan' } as const

/** Errors in full, with the line and a caret; warnings and rewrites on one line each. */
export function renderFindings(
  findings: readonly Finding[],
  lines: readonly string[] = [],
  stream: TextStream = process.stdout,
): string {
  return findings
    .flatMap(finding =>
      finding.severity === 'error' ? errorLines(finding, lines, stream) : [adviceLine(finding, stream)],
    )
    .join('\n')
}

/** The lines that findings count in: of the whole text, whichever of its documents they are about. */
export function linesOf(text: string): readonly string[] {
  return text.split(/\r?\n/)
}

function errorLines(finding: Finding, lines: readonly string[], stream: TextStream): readonly string[] {
  const { line, column, message, allowed, suggestion, rule } = finding
  const source = line === undefined ? undefined : lines[line - 1]
  const hide = rule.includes('credential') ? 'value' : 'nothing'
  const excerpt = source === undefined || line === undefined ? [] : sourceExcerpt(source, line, column ?? 1, hide)
  return [
    headOf(finding, stream),
    `    ${showText(message)}`,
    ...excerpt.map(shown => `    ${shown}`),
    ...(allowed === undefined ? [] : [`    allowed: ${showText(allowed)}`]),
    ...(suggestion === undefined ? [] : [`    did you mean: ${showText(suggestion)}`]),
  ]
}

function adviceLine(finding: Finding, stream: TextStream): string {
  const suggestion = finding.suggestion === undefined ? '' : ` → ${finding.suggestion}`
  return `${headOf(finding, stream)} ${showText(finding.message + suggestion)}`
}

function headOf({ severity, path, line, column, rule }: Finding, stream: TextStream): string {
  const place = line === undefined ? '' : ` (line ${line}${column === undefined ? '' : `:${column}`})`
  return `${paint(COLOURS[severity], severity, stream)} ${showText(path)}${place} [${rule}]`
}
