/** Findings for people: place, rule, what is wrong, what is allowed, what was probably meant; with the line and a caret where the text is at hand. */
import { styleText } from 'node:util'
import type { Finding } from '../shared/domain/job-spec/findings/finding.ts'

const COLOURS = { error: 'red', warning: 'yellow', rewritten: 'cyan' } as const

export function renderFindings(findings: readonly Finding[], text?: string): string {
  const lines = text?.split(/\r?\n/)
  return findings.map(finding => renderFinding(finding, lines)).join('\n')
}

function renderFinding(finding: Finding, lines: readonly string[] | undefined): string {
  const { severity, rule, path, line, column, message, allowed, suggestion } = finding
  const place = line === undefined ? '' : ` (line ${line}${column === undefined ? '' : `:${column}`})`
  const shown = [`${paint(severity, severity)} ${path}${place} [${rule}]`, `    ${message}`]
  const source = line === undefined ? undefined : lines?.[line - 1]
  if (source !== undefined)
    shown.push(
      `    ${String(line).padStart(4)} | ${source.slice(0, 160)}`,
      `         | ${' '.repeat(Math.min((column ?? 1) - 1, 160))}^`,
    )
  if (allowed !== undefined) shown.push(`    allowed: ${allowed}`)
  if (suggestion !== undefined) shown.push(`    did you mean: ${suggestion}`)
  return shown.join('\n')
}

/** Colours on a terminal only; NO_COLOR is honoured by styleText. */
const paint = (severity: Finding['severity'], text: string): string =>
  styleText(COLOURS[severity], text, { stream: process.stdout })
