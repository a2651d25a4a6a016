/** Tables as wide as the terminal: columns align, the last words are cut before the first, colours do not count as columns. */
import { paint } from './colour.ts'
import type { Colour } from './colour.ts'
import { columnsOf, cutToColumns, showText } from './terminal-text.ts'

/** A cell: text of strangers is made safe; a colour is put around it where the output shows colours. */
export type Cell = string | { readonly text: string; readonly colour: Colour | undefined }

/** Columns where nobody says how wide the paper is (a pipe, a file): nothing is cut there. */
export const UNBOUND_COLUMNS = 100_000
const GAP = '  '
/** A column is not cut further than this: less tells nothing. */
const MIN_COLUMNS = 8

/** Lines of a table with its head; `columns` is the width that it may have. The widest columns give way first. */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  columns: number = process.stdout.columns ?? UNBOUND_COLUMNS,
): readonly string[] {
  const shown = [head, ...rows].map(row => head.map((_, column) => shownCell(row[column] ?? '')))
  const natural = head.map((_, column) => Math.max(...shown.map(row => columnsOf(row[column]?.text ?? ''))))
  const widths = fitWidths(natural, columns - GAP.length * (head.length - 1))
  return shown.map((row, index) => {
    const cells = row.map(({ text, colour }, column) => {
      const cut = cutToColumns(text, widths[column] ?? 0)
      const pad = ' '.repeat(Math.max(0, (widths[column] ?? 0) - columnsOf(cut)))
      const wanted = index === 0 ? 'bold' : colour
      return (wanted === undefined || cut === '' ? cut : paint(wanted, cut)) + (column === head.length - 1 ? '' : pad)
    })
    return cells.join(GAP).trimEnd()
  })
}

function shownCell(cell: Cell): { text: string; colour: Colour | undefined } {
  const { text, colour } = typeof cell === 'string' ? { text: cell, colour: undefined } : cell
  return { text: showText(text.replaceAll('\t', ' ')), colour }
}

/** Takes columns from the widest until all fit, or none may give any more. The first names the row: it gives way last. */
function fitWidths(natural: readonly number[], columns: number): readonly number[] {
  const [first = 0, ...others] = natural
  const fitted = narrow(others, columns - first)
  const left = columns - fitted.reduce((sum, width) => sum + width, 0)
  return [...narrow([first], left), ...fitted]
}

function narrow(natural: readonly number[], columns: number): readonly number[] {
  const widths = [...natural]
  let over = widths.reduce((sum, width) => sum + width, 0) - columns
  // Each turn narrows one column by at least one.
  while (over > 0) {
    const widest = Math.max(...widths)
    if (widest <= MIN_COLUMNS) break
    const second = Math.max(MIN_COLUMNS, ...widths.filter(width => width < widest))
    const index = widths.lastIndexOf(widest)
    const less = Math.min(over, Math.max(1, widest - second))
    widths[index] = widest - less
    over -= less
  }
  return widths
}
