/**
 * The disk memory of asynchronous invocations: an append-only file of JSON lines, so that an event that was accepted is
 * delivered even after `kill -9`. A line is on disk (fdatasync) before `append` resolves; lines that arrive while a sync
 * is running share the next one. A torn last line, the mark of a crash in mid-write, was never acknowledged and is dropped.
 */
import {
  closeSync,
  existsSync,
  fdatasync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  write,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** One asynchronous invocation that has not come to its end. Times are milliseconds since 1970. */
export interface PendingInvocation {
  readonly requestId: string
  readonly functionName: string
  readonly event: unknown
  readonly acceptedAt: number
  /** Invocations that ended in an error so far; throttles do not count. */
  readonly failedAttempts: number
}

/** `save` records the newest state of an invocation, `settle` that it needs nothing any more. */
export interface InvocationJournal {
  readonly pending: readonly PendingInvocation[]
  save(invocation: PendingInvocation): Promise<void>
  settle(requestId: string): Promise<void>
  /** Resolves when everything is on disk and the file is closed. */
  close(): Promise<void>
}

type JournalLine = { readonly save: PendingInvocation } | { readonly settle: string }

const fileName = 'async-invocations.jsonl'
const writeAsync = promisify(write)
const fdatasyncAsync = promisify(fdatasync)

/** Opens (and compacts) the journal in `dataDir`; without one, nothing outlives the process. */
export function openInvocationJournal(dataDir: string | undefined): InvocationJournal {
  if (dataDir === undefined) {
    const nothing = async (): Promise<void> => {}
    return { pending: [], save: nothing, settle: nothing, close: nothing }
  }
  mkdirSync(dataDir, { recursive: true })
  const file = join(dataDir, fileName)
  const pending = existsSync(file) ? replay(readFileSync(file, 'utf8')) : []
  const append = makeAppender(compact(file, pending))
  return {
    pending,
    save: invocation => append.line({ save: invocation }),
    settle: requestId => append.line({ settle: requestId }),
    close: () => append.close(),
  }
}

function replay(text: string): PendingInvocation[] {
  const pending = new Map<string, PendingInvocation>()
  const completeLines = text.split('\n').slice(0, -1)
  for (const [index, text] of completeLines.entries()) {
    const line = parseLine(text, index + 1)
    if ('save' in line) pending.set(line.save.requestId, line.save)
    else pending.delete(line.settle)
  }
  return [...pending.values()]
}

function parseLine(text: string, lineNumber: number): JournalLine {
  try {
    return JSON.parse(text) as JournalLine
  } catch (cause) {
    throw new Error(`Line ${lineNumber} of ${fileName} is not JSON; the file was changed by something else.`, { cause })
  }
}

/** Rewrites the file with what is still pending, atomically, and returns a descriptor for appending. */
function compact(file: string, pending: readonly PendingInvocation[]): number {
  const temporary = `${file}.new`
  const descriptor = openSync(temporary, 'w', 0o600)
  writeSync(descriptor, pending.map(save => `${JSON.stringify({ save })}\n`).join(''))
  fsyncSync(descriptor)
  closeSync(descriptor)
  renameSync(temporary, file)
  return openSync(file, 'a', 0o600)
}

function makeAppender(descriptor: number): { line(line: JournalLine): Promise<void>; close(): Promise<void> } {
  let waiting: string[] = []
  let nextFlush: Promise<void> | undefined
  let lastFlush: Promise<void> = Promise.resolve()
  let isClosed = false

  const flush = async (previous: Promise<void>): Promise<void> => {
    await previous.catch(() => {}) // its own callers were told; these lines deserve their own try
    const text = waiting.join('')
    waiting = []
    nextFlush = undefined
    await writeAsync(descriptor, text)
    await fdatasyncAsync(descriptor)
  }
  return {
    line(line) {
      if (isClosed) return Promise.reject(new Error('The runner was stopped; nothing is accepted any more.'))
      waiting.push(`${JSON.stringify(line)}\n`)
      if (nextFlush === undefined) {
        nextFlush = flush(lastFlush)
        lastFlush = nextFlush
      }
      return nextFlush
    },
    async close() {
      await lastFlush.catch(() => {})
      if (!isClosed) closeSync(descriptor)
      isClosed = true
    },
  }
}
