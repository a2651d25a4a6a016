/**
 * What a long wait shows on standard error: one line that is rewritten on a terminal, and elsewhere a line for each change, and
 * one now and then, so that a log shows that somebody still waits.
 */
import { durationText } from './relative-time.ts'
import { cutToColumns, showText } from './terminal-text.ts'
import type { TextStream } from './colour.ts'

export interface ProgressLine {
  /** Whether somebody may be looking: else every change stays as a line. */
  readonly isTerminal: boolean
  /** The present state; the time since `fact` (else the text) was first told is added. */
  update(text: string, fact?: string): void
  /** A line that stays. */
  note(line: string): void
  /** Lets somebody else write whole lines, on the same terminal perhaps. */
  around(write: () => void): void
  /** Takes the rewritten line away. */
  done(): void
}

const TICK_MILLISECONDS = 1_000
/** Build systems kill what says nothing for ten minutes. */
const SILENCE_MILLISECONDS = 5 * 60_000
const CLEAR_LINE = '\r\u001b[2K'

/** Starts with nothing shown. `done` must be called, or the timer keeps ticking (it does not keep the process alive). */
export function startProgress(
  stream: Pick<TextStream, 'isTTY' | 'columns' | 'write'> = process.stderr,
  now: () => number = Date.now,
): ProgressLine {
  const isTerminal = stream.isTTY
  let text = ''
  let told = ''
  let since = now()
  let written = since
  const draw = () => {
    const time = `  ${durationText(now() - since)}`
    // The time that passes is what changes: the text gives way.
    if (isTerminal)
      stream.write(CLEAR_LINE + cutToColumns(showText(text), Math.max(20, stream.columns - 1 - time.length)) + time)
    else stream.write(`${showText(text)}${time}\n`)
    written = now()
  }
  const tick = () => {
    if (text !== '' && (isTerminal || now() - written >= SILENCE_MILLISECONDS)) draw()
  }
  const timer = setInterval(tick, TICK_MILLISECONDS).unref()
  return {
    isTerminal,
    update(next, fact = next) {
      if (next === text) return
      text = next
      if (fact !== told) since = now()
      told = fact
      if (isTerminal) draw()
      else {
        written = now()
        stream.write(`${new Date(written).toISOString()}  ${showText(next)}\n`)
      }
    },
    note(line) {
      stream.write(`${isTerminal ? CLEAR_LINE : ''}${line}\n`)
      if (isTerminal && text !== '') draw()
    },
    around(write) {
      if (isTerminal && text !== '') stream.write(CLEAR_LINE)
      write()
    },
    done() {
      clearInterval(timer)
      if (isTerminal && text !== '') stream.write(CLEAR_LINE)
      text = ''
    },
  }
}
