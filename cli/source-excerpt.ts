/** The line of a document that a finding is about, with a caret: cut, safe to show, and without the values of credentials. */
import { looksLikeCredential } from '../shared/domain/job-spec/findings/make-finding.ts'
import { columnsOf, showText } from './terminal-text.ts'

/** Longest part of a line that is shown, in characters. */
const MAX_SHOWN = 120
/** How much of a long line is shown before the place that is meant. */
const LEAD = 40

/** Two lines: the source, and a caret below column `column` (1-based, UTF-16). `hide` leaves out the value that stands there. */
export function sourceExcerpt(source: string, line: number, column: number, hide: 'value' | 'nothing'): string[] {
  const at = Math.min(column - 1, source.length)
  const end = secretStart(source, at, hide)
  const safe = end === undefined ? source : `${source.slice(0, end).padEnd(at)}[hidden]`
  const start = safe.length <= MAX_SHOWN ? 0 : Math.max(0, Math.min(at - LEAD, safe.length - MAX_SHOWN))
  const before = showText(safe.slice(start, at).toWellFormed())
  const after = showText(safe.slice(at, start + MAX_SHOWN).toWellFormed())
  const [left, right] = [start > 0 ? '…' : '', start + MAX_SHOWN < safe.length ? '…' : '']
  // Tabs stay tabs below the line, or the caret would stand elsewhere.
  const pad = before
    .split('\t')
    .map(part => ' '.repeat(columnsOf(part)))
    .join('\t')
  return [`${String(line).padStart(4)} | ${left}${before}${after}${right}`, `     | ${' '.repeat(left.length)}${pad}^`]
}

/** Fields, settings and variables whose values are secrets by their names. Bounded: a line may have 256 KiB of `token`. */
const secretName =
  /(?:secret(?!s|Name|KeyRef|Ref)|passw|token|credential|private.?key|access.?key|api.?key)[\w.-]{0,80}["']?\s{0,20}[:=]\s{0,20}\S/i

/** Where a secret begins, as early as any sign of one; undefined where there is none. */
function secretStart(source: string, at: number, hide: 'value' | 'nothing'): number | undefined {
  const named = secretName.exec(source)
  const starts = [
    ...(hide === 'value' ? [valueStart(source, at)] : []),
    ...(named === null ? [] : [named.index + named[0].length - 1]),
  ]
  const first = starts.length === 0 ? undefined : Math.min(...starts)
  if (!looksLikeCredential(source.slice(0, first))) return first
  return /^\s*(?:- )?["']?[\w./-]+["']?\s*[:=]\s*|^\s*/.exec(source)?.[0].length
}

/** Where the value of the field at `at` begins: behind its name, or there, if `at` is in a value already. */
function valueStart(source: string, at: number): number {
  if (/[-:=]\s*["']?$/.test(source.slice(0, at))) return at
  const name = /["']?[\w./-]+["']?\s*[:=]\s*/y
  name.lastIndex = at
  return name.test(source) ? name.lastIndex : at
}
