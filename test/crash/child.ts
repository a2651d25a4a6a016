/** A child process that prints lines of JSON: how the crash test holds emulators and gateways. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface Child {
  /** Resolves with the next line that it prints; rejects if it ends before. */
  nextLine(): Promise<string>
  /** One line to its standard input. */
  tell(line: string): void
  /** The signal that ended it, once it has ended. */
  readonly ended: { readonly signal: string | null; readonly code: number | null } | undefined
  /** Resolves when it has ended; rejects after MAX_END_MILLISECONDS. */
  end(): Promise<void>
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
}

/** More than any child here needs to start or to end on a busy machine. */
const MAX_END_MILLISECONDS = 30_000
/** The last words on standard error that an error message repeats. */
const MAX_LAST_WORDS = 2_000

/** Starts `local/<script>` with this Node. Its standard input is a pipe, so that it ends with us whatever happens. */
export function startChild(script: string, args: readonly string[]): Child {
  const path = new URL(`../../local/${script}`, import.meta.url).pathname
  const child = spawn(process.execPath, [path, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let lastWords = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-MAX_LAST_WORDS)
  })
  // A write to a child that has just been killed is no error of ours.
  child.stdin.on('error', () => undefined)
  let ended: Child['ended']
  const exited = new Promise<void>(resolve => {
    child.once('exit', (code, signal) => {
      ended = { code, signal }
      resolve()
    })
  })
  return {
    async nextLine() {
      const line = await lines.next()
      if (line.done) throw new Error(`${script} ended and said: ${lastWords}`)
      return line.value
    },
    tell: line => void child.stdin.write(`${line}\n`),
    get ended() {
      return ended
    },
    end: () => endsInTime(exited, script, child),
    async kill(signal) {
      child.kill(signal)
      await endsInTime(exited, script, child)
    },
  }
}

async function endsInTime(exited: Promise<void>, script: string, child: ChildProcess): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${script} (${child.pid}) did not end`)), MAX_END_MILLISECONDS)
  })
  try {
    await Promise.race([exited, late])
  } finally {
    clearTimeout(timer)
  }
}
