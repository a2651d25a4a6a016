/**
 * Lambda on one process: functions by name, synchronous and asynchronous invocations, and the two event sources that
 * Sparkgate uses. It stands in for AWS in `npm run local`, the demo and tests; the handlers are the ones that run in AWS.
 */
import { randomUUID } from 'node:crypto'
import { SQSClient } from '@aws-sdk/client-sqs'
import { waitUnlessAborted } from './abortable-wait.ts'
import { createAsyncInvocations } from './async-invocations.ts'
import { renderAsyncFailure, renderStreamFailure, sendFailure } from './failure-destination.ts'
import { runFunction, type AwsPlace, type FunctionDefinition } from './function-runtime.ts'
import type { FunctionErrorPayload, InvocationOutcome } from './function-runtime.ts'
import { openInvocationJournal } from './invocation-journal.ts'
import { startSqsSource, type SqsSourceOptions } from './sqs-source.ts'
import { startStreamSource } from './stream-source.ts'
import type { StreamSourceDependencies, StreamSourceOptions } from './stream-source.ts'

/** One finished invocation, for logs and tests. */
export interface InvocationRecord {
  readonly functionName: string
  readonly requestId: string
  readonly milliseconds: number
  readonly outcome: InvocationOutcome['kind']
  readonly error?: FunctionErrorPayload
}

/** Everything is optional but `sqs`, which the SQS source and on-failure queues need. */
export interface LambdaRunnerOptions {
  /** Default us-east-1. */
  readonly region?: string
  /** Twelve digits; default 000000000000. */
  readonly accountId?: string
  readonly sqs?: { readonly endpoint: string; readonly credentials: { accessKeyId: string; secretAccessKey: string } }
  /** Asynchronous events are journalled here and outlive `kill -9`; without it they end with the process. */
  readonly dataDir?: string
  /** Multiplies the delays of asynchronous retries (60 s and 120 s in AWS). Default 1. */
  readonly retryDelayScale?: number
  readonly onInvocation?: (record: InvocationRecord) => void
  /** Told about what goes wrong outside of functions (a queue that is away, a dropped event). Default: console.error. */
  readonly onProblem?: (message: string, error: unknown) => void
}

/** The runner. Invoking an unknown function rejects with a FunctionError of type ResourceNotFoundException. */
export interface LambdaRunner {
  /** Also starts the events that an earlier process left in the journal for this function. */
  register(definition: FunctionDefinition): void
  /** RequestResponse: the handler's answer after a trip through JSON. Rejects with a FunctionError. */
  invoke(functionName: string, event: unknown): Promise<unknown>
  /** Event: resolves with the request id as soon as the event is recorded. */
  invokeAsync(functionName: string, event: unknown): Promise<string>
  addSqsSource(options: SqsSourceOptions): void
  addStreamSource(options: StreamSourceOptions): void
  /** Asynchronous events that are not at their end. */
  pendingInvocations(): number
  /** Stops polling, waits at most `waitMilliseconds` (default 10 s) for running handlers; 'abandoned' when some still run. */
  stop(waitMilliseconds?: number): Promise<'stopped' | 'abandoned'>
}

/** A function's failure as Lambda reports it: `errorType` and `errorMessage` of the payload, `kind` says how it ended. */
export class FunctionError extends Error {
  readonly errorType: string
  readonly kind: InvocationOutcome['kind'] | 'not-found'
  readonly payload: FunctionErrorPayload
  constructor(kind: InvocationOutcome['kind'] | 'not-found', payload: FunctionErrorPayload) {
    super(payload.errorMessage)
    this.name = 'FunctionError'
    this.errorType = payload.errorType
    this.kind = kind
    this.payload = payload
  }
}

/** For functions without reserved concurrency, what an account of AWS has: long polls of hundreds are no reason to refuse. */
const defaultConcurrency = 1_000
const defaultStopWaitMilliseconds = 10_000

/** Creates a runner. Reads the journal in `dataDir`, if any; starts nothing until functions are registered. */
export function createLambdaRunner(options: LambdaRunnerOptions = {}): LambdaRunner {
  const place: AwsPlace = { region: options.region ?? 'us-east-1', accountId: options.accountId ?? '000000000000' }
  const onProblem = options.onProblem ?? ((message, error) => console.error(`lambda: ${message}:`, error))
  const functions = new Map<string, FunctionDefinition>()
  const invoke = makeExecutor(functions, place, options.onInvocation ?? (() => {}))
  const sqs = options.sqs && new SQSClient({ ...options.sqs, region: place.region })
  const journal = openInvocationJournal(options.dataDir)
  const asynchronous = createAsyncInvocations({
    journal,
    invoke,
    findFunction: name => functions.get(name),
    retryDelayScale: options.retryDelayScale ?? 1,
    onProblem,
    sendToDestination: ({ requestId, functionName, event, failedAttempts }, queueUrl, condition, error) => {
      const facts = { requestId, functionName, condition, invokeCount: failedAttempts + 1 }
      return sendFailure(requireSqs(sqs), queueUrl, renderAsyncFailure(facts, place, event, error))
    },
  })
  const sources = makeSources({ functions, invoke, place, sqs, onProblem })

  return {
    register(definition) {
      if (functions.has(definition.name)) throw new Error(`The function ${definition.name} is registered already.`)
      functions.set(definition.name, definition)
      asynchronous.resume(definition.name)
    },
    async invoke(name, event) {
      const outcome = await invoke(name, event)
      if (outcome.kind !== 'succeeded') throw new FunctionError(outcome.kind, outcome.error)
      return outcome.value
    },
    async invokeAsync(name, event) {
      requireFunction(functions, name)
      return asynchronous.accept(name, event)
    },
    addSqsSource: source => sources.addSqsSource(source),
    addStreamSource: source => sources.addStreamSource(source),
    pendingInvocations: () => asynchronous.pendingCount(),
    async stop(waitMilliseconds = defaultStopWaitMilliseconds) {
      const result = await waitAtMost(Promise.all([sources.stop(), asynchronous.stop()]), waitMilliseconds)
      if (result === 'stopped') await journal.close()
      sqs?.destroy()
      return result
    },
  }
}

interface SourceDependencies {
  readonly functions: ReadonlyMap<string, FunctionDefinition>
  readonly invoke: Executor
  readonly place: AwsPlace
  readonly sqs: SQSClient | undefined
  readonly onProblem: (message: string, error: unknown) => void
}

/** The event sources of one runner; they end together. */
function makeSources({ functions, invoke, place, sqs, onProblem }: SourceDependencies): {
  addSqsSource(options: SqsSourceOptions): void
  addStreamSource(options: StreamSourceOptions): void
  stop(): Promise<void>
} {
  const stopping = new AbortController()
  const { signal } = stopping
  const running: Promise<void>[] = []
  return {
    addSqsSource(source) {
      requireFunction(functions, source.functionName)
      running.push(startSqsSource({ sqs: requireSqs(sqs), region: place.region, invoke, signal, onProblem }, source))
    },
    addStreamSource(source) {
      requireFunction(functions, source.functionName)
      const sendToDestination: StreamSourceDependencies['sendToDestination'] = (facts, queueUrl, batch) =>
        sendFailure(requireSqs(sqs), queueUrl, renderStreamFailure(facts, place, batch))
      running.push(startStreamSource({ place, invoke, sendToDestination, signal, onProblem }, source))
    },
    async stop() {
      stopping.abort()
      await Promise.all(running)
    },
  }
}

async function waitAtMost(work: Promise<unknown>, milliseconds: number): Promise<'stopped' | 'abandoned'> {
  const waitOver = new AbortController()
  const expired = waitUnlessAborted(milliseconds, waitOver.signal).then(() => 'abandoned' as const)
  const result = await Promise.race([work.then(() => 'stopped' as const), expired])
  waitOver.abort()
  return result
}

type Executor = (name: string, event: unknown, requestId?: string) => Promise<InvocationOutcome>

/** Runs by name, within the function's concurrency, and reports each end. */
function makeExecutor(
  functions: ReadonlyMap<string, FunctionDefinition>,
  place: AwsPlace,
  onInvocation: (record: InvocationRecord) => void,
): Executor {
  const running = new Map<string, number>()
  return async (name, event, requestId = randomUUID()) => {
    const definition = requireFunction(functions, name)
    const inUse = running.get(name) ?? 0
    const startedAt = performance.now()
    let outcome: InvocationOutcome
    if (inUse >= (definition.reservedConcurrency ?? defaultConcurrency)) {
      outcome = { kind: 'throttled', error: { errorType: 'TooManyRequestsException', errorMessage: 'Rate Exceeded.' } }
    } else {
      running.set(name, inUse + 1)
      // A time-out frees the slot although the abandoned handler may still run: AWS would have killed it.
      outcome = await runFunction(definition, copyEvent(event), requestId, place)
      running.set(name, (running.get(name) ?? 1) - 1)
    }
    const milliseconds = performance.now() - startedAt
    const error = outcome.kind === 'succeeded' ? {} : { error: outcome.error }
    onInvocation({ functionName: name, requestId, milliseconds, outcome: outcome.kind, ...error })
    return outcome
  }
}

/** Lambda hands over JSON: what is not JSON disappears here too, and no two handlers share an object. */
function copyEvent(event: unknown): unknown {
  return JSON.parse(JSON.stringify(event) ?? 'null')
}

function requireFunction(functions: ReadonlyMap<string, FunctionDefinition>, name: string): FunctionDefinition {
  const definition = functions.get(name)
  if (definition) return definition
  const known = [...functions.keys()].join(', ') || 'none'
  const errorMessage = `Function not found: ${name}. Registered: ${known}.`
  throw new FunctionError('not-found', { errorType: 'ResourceNotFoundException', errorMessage })
}

function requireSqs(sqs: SQSClient | undefined): SQSClient {
  if (sqs) return sqs
  throw new Error('The runner was created without the option `sqs`; SQS sources and on-failure queues need it.')
}
