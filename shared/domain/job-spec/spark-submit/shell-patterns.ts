/**
 * Words that a shell would turn into other words: patterns of file names, braces; and quotation marks that are none.
 */
import type { ShellProblem } from './shell-problem.ts'

/** The problems of a word, from the parts of it that stand without quotes, and from the whole. */
export function problemsOfBareText(bare: string, word: string): readonly ShellProblem[] {
  const problems: ShellProblem[] = []
  if (/[*?[]/.test(bare) && !noPattern.test(word)) problems.push('glob')
  if (hasBraces(bare)) problems.push('braces')
  if (/[\u2018\u2019\u201a-\u201f\u00ab\u00bb]/.test(bare)) problems.push('typographic-quote')
  return problems
}

/** `local[*]` means no files, and neither do addresses and settings: shells leave them as they are. */
const noPattern = /^local\[|:\/\/|=/

/** `{a,b}` and `{1..3}`, found without backtracking. */
function hasBraces(bare: string): boolean {
  const open = bare.indexOf('{')
  const close = bare.lastIndexOf('}')
  return open !== -1 && close > open && /,|\.\./.test(bare.slice(open, close))
}
