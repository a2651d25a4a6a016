/** The demo's picture: one line a happening, coloured on a terminal, plain elsewhere; then a table. */
import { styleText } from 'node:util'

type Colour = 'green' | 'red' | 'yellow' | 'cyan' | 'blue' | 'gray'

const COLOURS: Readonly<Record<string, Colour>> = {
  QUEUED: 'yellow',
  SUBMITTING: 'blue',
  PENDING: 'blue',
  RUNNING: 'cyan',
  SUCCEEDED: 'green',
  FAILED: 'red',
  REJECTED: 'red',
  TIMED_OUT: 'red',
  CANCELLING: 'gray',
  CANCELLED: 'gray',
}

export class Timeline {
  private readonly startedAt = performance.now()

  /** What the demo does. */
  say(text: string): void {
    this.line(text)
  }

  /** A state change as the event bus tells it. */
  change(detail: Readonly<Record<string, unknown>>): void {
    const state = String(detail['state'])
    const name = String(detail['name']).padEnd(14)
    const shown = styleText(COLOURS[state] ?? 'gray', state.padEnd(10), { stream: process.stdout })
    this.line(`    ${name} ${shown} attempt ${String(detail['attempt'])}  ${String(detail['message']).slice(0, 100)}`)
  }

  table(head: readonly string[], rows: readonly (readonly string[])[]): void {
    // eslint-disable-next-line no-control-regex
    const width = (text: string): number => text.replaceAll(/\u001B\[\d+m/g, '').length
    const all = [head, ...rows]
    const widths = head.map((_, column) => Math.max(...all.map(row => width(row[column] ?? ''))))
    console.log()
    for (const row of all)
      console.log(
        row
          .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)))
          .join('  ')
          .trimEnd(),
      )
    console.log()
  }

  private line(text: string): void {
    const seconds = ((performance.now() - this.startedAt) / 1000).toFixed(1).padStart(5)
    console.log(`${seconds}s  ${text}`)
  }
}
