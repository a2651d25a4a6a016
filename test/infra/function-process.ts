/** One bundle in a fresh process with nothing but its environment variables: the nearest to Lambda on one machine. */
import { fork } from 'node:child_process'
import { join } from 'node:path'

export interface FunctionProcess {
  /** Time of the import: what a cold start adds to Node's own start. */
  readonly readyMilliseconds: number
  /** Time of the first call: connections, tokens and whatever is loaded late. Undefined before it. */
  firstInvocationMilliseconds(): number | undefined
  /** The handler's answer; rejects with the handler's error. */
  invoke(event: unknown, context: { awsRequestId: string; getRemainingTimeInMillis(): number }): Promise<unknown>
  /** All that it wrote, log lines above all. */
  readonly output: readonly string[]
  stop(): Promise<void>
}

interface Answer {
  readonly id?: number
  readonly value?: unknown
  readonly error?: { readonly name: string; readonly message: string; readonly stack: string }
  readonly readyMilliseconds?: number
}

/** Rejects when the bundle cannot be imported with this environment. */
export async function startFunctionProcess(
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<FunctionProcess> {
  const child = fork(join(import.meta.dirname, 'bootstrap.mjs'), [], {
    env: { ...environment, BUNDLE_FILE: join(folder, 'index.mjs') },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', text => output.push(text))
  const waiting = new Map<number, (answer: Answer) => void>()
  const ready = Promise.withResolvers<number>()
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  child.once('exit', () => {
    ready.reject(new Error(`the function ended: ${output.join('')}`))
    const error = { name: 'Error', message: `the function ended: ${output.join('')}`, stack: '' }
    for (const answer of waiting.values()) answer({ error })
  })
  child.on('message', (answer: Answer) => {
    if (answer.readyMilliseconds !== undefined) return ready.resolve(answer.readyMilliseconds)
    waiting.get(answer.id ?? 0)?.(answer)
    return undefined
  })
  let lastId = 0
  let firstTook: number | undefined
  return {
    readyMilliseconds: await ready.promise,
    firstInvocationMilliseconds: () => firstTook,
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
