/** Lambda in virtual time: invocations, what they took, and their end at the function's time limit. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { FUNCTIONS } from '../shared/runtime/function-table.ts'
import type { FunctionName } from '../shared/runtime/function-table.ts'
import type { VirtualTime } from './virtual-time.ts'

const REAL_LIMIT_MILLISECONDS = 86_400_000

/** What one function did. */
export interface Invocations {
  count: number
  milliseconds: number
  /** Killed at the function's time limit. */
  timeouts: number
}

export type Handler = (event: never, context: never) => unknown

interface Worker {
  readonly name: FunctionName
  /** Its time is over: what it still asks for is never answered. */
  dead: boolean
}

/** Whose invocation it is. */
const running = new AsyncLocalStorage<Worker>()

/** Waits for as long as a request takes; for ever, if whoever asks is dead by then. */
export async function travel(time: VirtualTime, milliseconds: number): Promise<void> {
  await time.sleep(milliseconds)
  if (running.getStore()?.dead === true) await new Promise(() => {})
}

/** The function that runs at this point of the code; undefined outside of all. */
export const runningFunction = (): FunctionName | undefined => running.getStore()?.name

/** The handler's answer; undefined when its time limit came first. */
export async function invokeIn(
  time: VirtualTime,
  functions: Map<FunctionName, Invocations>,
  { name, handler }: { readonly name: FunctionName; readonly handler: Handler },
  event: unknown,
): Promise<unknown> {
  const known = functions.get(name) ?? { count: 0, milliseconds: 0, timeouts: 0 }
  functions.set(name, known)
  const started = time.now()
  const worker: Worker = { name, dead: false }
  // The edge sets a timer of the real clock by this; the limit that counts is the virtual one.
  const context = { awsRequestId: name, getRemainingTimeInMillis: () => REAL_LIMIT_MILLISECONDS }
  const work = running.run(worker, async () => handler(event as never, context as never))
  const limit = new Promise<void>(resolve => {
    time.after(FUNCTIONS[name].timeoutSeconds * 1000, () => {
      worker.dead = true
      resolve()
    })
  })
  const answer = await Promise.race([work, limit])
  known.count++
  known.milliseconds += time.now() - started
  if (worker.dead) known.timeouts++
  return answer
}
