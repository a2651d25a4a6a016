/**
 * Lambda's queue of asynchronous invocations. An accepted event is tried, and after an error tried again (twice by
 * default, after one and two minutes); a throttled one waits longer each time, for up to six hours. Then it goes to the
 * function's on-failure queue, or is dropped, as in AWS. Delivery is at least once: a crash between the end of a handler
 * and the journal's note of it runs the event again.
 */
import { randomUUID } from 'node:crypto'
import type { FunctionDefinition, FunctionErrorPayload, InvocationOutcome } from './function-runtime.ts'
import type { FailureCondition } from './failure-destination.ts'
import type { InvocationJournal, PendingInvocation } from './invocation-journal.ts'

/** What the queue needs from the runner. */
export interface AsyncInvocationDependencies {
  readonly journal: InvocationJournal
  readonly findFunction: (name: string) => FunctionDefinition | undefined
  readonly invoke: (functionName: string, event: unknown, requestId: string) => Promise<InvocationOutcome>
  readonly sendToDestination: (
    invocation: PendingInvocation,
    queueUrl: string,
    condition: FailureCondition,
    error: FunctionErrorPayload,
  ) => Promise<void>
  /** 1 is AWS' own pace; tests and demos use less. */
  readonly retryDelayScale: number
  readonly onProblem: (message: string, error: unknown) => void
}

/** The queue. `accept` resolves when the event is journalled; `resume` starts what an earlier process left behind. */
export interface AsyncInvocations {
  accept(functionName: string, event: unknown): Promise<string>
  resume(functionName: string): void
  pendingCount(): number
  /** Starts nothing new; resolves when the running attempts are done. */
  stop(): Promise<void>
}

type Verdict =
  | { readonly kind: 'settled' }
  | { readonly kind: 'try-again'; readonly delayMilliseconds: number; readonly failedAttempts: number }
  | { readonly kind: 'give-up'; readonly condition: FailureCondition; readonly error: FunctionErrorPayload }

/** AWS: one minute before the second attempt, two before the third. */
const retryDelaysMilliseconds = [60_000, 120_000]
/** AWS: throttled events wait 1 s, doubling up to 5 minutes, for at most six hours. */
const firstThrottleDelayMilliseconds = 1000
const maximumThrottleDelayMilliseconds = 300_000
const maximumEventAgeMilliseconds = 6 * 3_600_000
/** AWS: 1 MB for an asynchronous event. */
const maximumEventBytes = 1024 * 1024
/** More would be a runaway loop, not a local stack. */
const maximumPending = 100_000

interface QueueState extends AsyncInvocationDependencies {
  readonly pending: Map<string, PendingInvocation>
  readonly timers: Map<string, NodeJS.Timeout>
  readonly running: Set<Promise<void>>
  isStopped: boolean
}

/** Starts with what the journal still holds; those wait until `resume` is called for their function. */
export function createAsyncInvocations(dependencies: AsyncInvocationDependencies): AsyncInvocations {
  const { journal } = dependencies
  const pending = new Map(journal.pending.map(invocation => [invocation.requestId, invocation]))
  const state: QueueState = { ...dependencies, pending, timers: new Map(), running: new Set(), isStopped: false }
  return {
    async accept(functionName, event) {
      const invocation = makeInvocation(functionName, event, pending.size)
      pending.set(invocation.requestId, invocation)
      try {
        await journal.save(invocation)
      } catch (error) {
        pending.delete(invocation.requestId)
        throw error
      }
      schedule(state, invocation, 0, 0)
      return invocation.requestId
    },
    resume(functionName) {
      const left = journal.pending.filter(invocation => invocation.functionName === functionName)
      for (const invocation of left) if (pending.has(invocation.requestId)) schedule(state, invocation, 0, 0)
    },
    pendingCount: () => pending.size,
    async stop() {
      state.isStopped = true
      for (const timer of state.timers.values()) clearTimeout(timer)
      await Promise.all(state.running)
    },
  }
}

/** `throttles` counts the throttled attempts in a row; they make the next delay longer. */
function schedule(
  state: QueueState,
  invocation: PendingInvocation,
  delayMilliseconds: number,
  throttles: number,
): void {
  if (state.isStopped) return
  const start = (): void => {
    state.timers.delete(invocation.requestId)
    const work = attempt(state, invocation, throttles).finally(() => state.running.delete(work))
    state.running.add(work)
  }
  state.timers.set(invocation.requestId, setTimeout(start, delayMilliseconds * state.retryDelayScale))
}

async function attempt(state: QueueState, invocation: PendingInvocation, throttles: number): Promise<void> {
  const outcome = await state.invoke(invocation.functionName, invocation.event, invocation.requestId)
  const definition = state.findFunction(invocation.functionName)
  const verdict = decideVerdict(invocation, outcome, throttles, definition?.maximumRetryAttempts ?? 2)
  try {
    if (verdict.kind === 'try-again') await tryAgain(state, invocation, verdict, throttles)
    else await settle(state, invocation, verdict, definition?.onFailureQueueUrl)
  } catch (error) {
    state.onProblem(`the end of invocation ${invocation.requestId} was not recorded; it runs again`, error)
    schedule(state, invocation, maximumThrottleDelayMilliseconds, throttles)
  }
}

async function tryAgain(
  state: QueueState,
  invocation: PendingInvocation,
  { failedAttempts, delayMilliseconds }: Extract<Verdict, { kind: 'try-again' }>,
  throttles: number,
): Promise<void> {
  const next = { ...invocation, failedAttempts }
  const wasThrottled = failedAttempts === invocation.failedAttempts
  if (!wasThrottled) await state.journal.save(next)
  state.pending.set(next.requestId, next)
  schedule(state, next, delayMilliseconds, wasThrottled ? throttles + 1 : 0)
}

async function settle(
  state: QueueState,
  invocation: PendingInvocation,
  verdict: Exclude<Verdict, { kind: 'try-again' }>,
  onFailureQueueUrl: string | undefined,
): Promise<void> {
  if (verdict.kind === 'give-up') {
    if (onFailureQueueUrl)
      await state.sendToDestination(invocation, onFailureQueueUrl, verdict.condition, verdict.error)
    else state.onProblem(`${invocation.functionName} dropped event ${invocation.requestId}`, verdict.error)
  }
  await state.journal.settle(invocation.requestId)
  state.pending.delete(invocation.requestId)
}

function makeInvocation(functionName: string, event: unknown, pendingCount: number): PendingInvocation {
  const text = JSON.stringify(event) ?? 'null'
  const bytes = Buffer.byteLength(text)
  if (bytes > maximumEventBytes) throw new RangeError(`The event has ${bytes} bytes; ${maximumEventBytes} are allowed.`)
  if (pendingCount >= maximumPending) throw new RangeError(`${maximumPending} events are pending; this is a loop.`)
  return { requestId: randomUUID(), functionName, event: JSON.parse(text), acceptedAt: Date.now(), failedAttempts: 0 }
}

function decideVerdict(
  invocation: PendingInvocation,
  outcome: InvocationOutcome,
  throttles: number,
  maximumRetryAttempts: number,
): Verdict {
  if (outcome.kind === 'succeeded') return { kind: 'settled' }
  if (Date.now() - invocation.acceptedAt > maximumEventAgeMilliseconds) {
    return { kind: 'give-up', condition: 'EventAgeExceeded', error: outcome.error }
  }
  if (outcome.kind === 'throttled') {
    const delayMilliseconds = Math.min(
      firstThrottleDelayMilliseconds * 2 ** throttles,
      maximumThrottleDelayMilliseconds,
    )
    return { kind: 'try-again', delayMilliseconds, failedAttempts: invocation.failedAttempts }
  }
  const failedAttempts = invocation.failedAttempts + 1
  const delayMilliseconds = retryDelaysMilliseconds[invocation.failedAttempts]
  if (delayMilliseconds === undefined || failedAttempts > maximumRetryAttempts) {
    return { kind: 'give-up', condition: 'RetriesExhausted', error: outcome.error }
  }
  return { kind: 'try-again', delayMilliseconds, failedAttempts }
}
