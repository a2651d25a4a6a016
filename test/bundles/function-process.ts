/** One bundle in a fresh process with nothing but its environment variables: the nearest to Lambda on one machine. */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface FunctionProcess {
  /** Time of the import: what a cold start adds to Node's own start. */
  readonly readyMilliseconds: number
  /** Time of the first call: connections, tokens and whatever is loaded late. Undefined before it. */
  firstInvocationMilliseconds(): number | undefined
  /** How many calls were answered. */
  invocations(): number
  /** URLs of the files that Node loaded for the function until its last answer. */
  loadedFiles(): readonly string[]
  /** The handler's answer; rejects with the handler's error. */
  invoke(event: unknown, context: { awsRequestId: string; getRemainingTimeInMillis(): number }): Promise<unknown>
  /** All lines that it wrote, of its log above all. */
  readonly output: readonly string[]
  stop(): Promise<void>
}

interface Answer {
  readonly id?: number
  readonly value?: unknown
  readonly error?: { readonly name: string; readonly message: string; readonly stack: string }
  readonly readyMilliseconds?: number
  readonly loaded?: readonly string[]
}

const MAX_LINES_TOLD = 20
const MAX_LINE_TOLD = 200

/** Rejects when the bundle cannot be imported with this environment. `onLine` hears each line as it is written. */
export async function startFunctionProcess(
  folder: string,
  environment: Readonly<Record<string, string>>,
  onLine: (line: string) => void = () => {},
): Promise<FunctionProcess> {
  const child = fork(join(import.meta.dirname, 'bootstrap.mjs'), [], {
    env: { ...environment, BUNDLE_FILE: join(folder, 'index.mjs') },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const output = linesOf(child, onLine)
  const waiting = new Map<number, (answer: Answer) => void>()
  const ready = Promise.withResolvers<number>()
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  let loaded: readonly string[] = []
  child.once('close', () => {
    const error = { name: 'Error', message: `the function ended: ${lastOf(output)}`, stack: '' }
    ready.reject(new Error(error.message))
    for (const answer of waiting.values()) answer({ error })
  })
  child.on('message', (answer: Answer) => {
    loaded = answer.loaded ?? loaded
    if (answer.readyMilliseconds !== undefined) return ready.resolve(answer.readyMilliseconds)
    waiting.get(answer.id ?? 0)?.(answer)
    return undefined
  })
  let lastId = 0
  let answeredCount = 0
  let firstTook: number | undefined
  return {
    readyMilliseconds: await ready.promise,
    firstInvocationMilliseconds: () => firstTook,
    invocations: () => answeredCount,
    loadedFiles: () => loaded,
    output,
    async invoke(event, context) {
      lastId += 1
      const id = lastId
      const answered = new Promise<Answer>(resolve => waiting.set(id, resolve))
      const startedAt = performance.now()
      const deadline = Date.now() + context.getRemainingTimeInMillis()
      child.send({ id, event, requestId: context.awsRequestId, deadline })
      const { value, error } = await answered
      waiting.delete(id)
      answeredCount += 1
      if (id === 1) firstTook = performance.now() - startedAt
      if (error !== undefined) throw Object.assign(new Error(error.message), { name: error.name, stack: error.stack })
      return value
    },
    async stop() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

function linesOf(child: ChildProcess, onLine: (line: string) => void): string[] {
  const lines: string[] = []
  for (const input of [child.stdout, child.stderr]) {
    if (input === null) continue
    createInterface({ input }).on('line', line => {
      lines.push(line)
      onLine(line)
    })
  }
  return lines
}

/** Node shows the line that it stumbled over: of a bundle, that is half of it. */
const lastOf = (lines: readonly string[]): string =>
  lines
    .slice(-MAX_LINES_TOLD)
    .map(line => line.slice(0, MAX_LINE_TOLD))
    .join('\n')
