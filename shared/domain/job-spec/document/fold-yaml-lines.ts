/**
 * Lines of plain and quoted text become one: a line end is a space, each further one a line end (YAML 1.2, chapter 6.5).
 */
import { LINE_FEED, RETURN, SPACE, TAB } from './yaml-reader.ts'

/** `[from, to)` of the text, folded; blanks around line ends go. */
export function foldLines(text: string, from: number, to: number): string {
  let result = ''
  let at = from
  for (;;) {
    const lineEnd = text.indexOf('\n', at)
    if (lineEnd === -1 || lineEnd >= to) return result + text.slice(at, to)
    const { folded, next } = foldLineEnd(text, at, lineEnd, to)
    result += folded
    at = next
  }
}

/** `[from, lineEnd)` without its last blanks and what its line ends become; `next` is where the text goes on. */
export function foldLineEnd(
  text: string,
  from: number,
  lineEnd: number,
  to: number,
): { readonly folded: string; readonly next: number } {
  let stop = lineEnd
  while (stop > from && isBlank(text.charCodeAt(stop - 1))) stop -= 1
  let next = lineEnd + 1
  let lineEnds = 0
  for (; next < to; next++) {
    const code = text.charCodeAt(next)
    if (code === LINE_FEED) lineEnds += 1
    else if (!isBlank(code)) break
  }
  return { folded: text.slice(from, stop) + (lineEnds === 0 ? ' ' : '\n'.repeat(lineEnds)), next }
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB || code === RETURN
}
