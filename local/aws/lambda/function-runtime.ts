/**
 * Runs one handler the way the Lambda Node runtime does: a JSON copy in, a real context, a time limit, a JSON copy out,
 * and errors in the shape that Lambda answers with. Difference from AWS: a handler that runs into its time limit cannot
 * be killed in this process. Its promise is abandoned: it may go on working, and its result is dropped.
 */
import type { Context } from 'aws-lambda'

/** What `register` takes. `event: never` lets handlers of any event type be registered without a cast. */
export interface FunctionDefinition {
  readonly name: string
  readonly handler: (event: never, context: Context) => unknown
  /** Lambda's own limit is 900. Fractions are accepted for tests. */
  readonly timeoutSeconds: number
  /** Invocations at the same time; one more is throttled. 0 stops the function, as in Lambda. */
  readonly reservedConcurrency?: number
  /** Shown in the context only. */
  readonly memoryMiB?: number
  /** Retries after a failed asynchronous invocation: 0, 1 or 2 (Lambda's default). */
  readonly maximumRetryAttempts?: number
  /** Where an asynchronous event goes when its retries are used up. */
  readonly onFailureQueueUrl?: string
}

/** The payload with which Lambda answers when a function failed. */
export interface FunctionErrorPayload {
  readonly errorType: string
  readonly errorMessage: string
  readonly stackTrace?: readonly string[]
}

/** Every way in which an invocation can end. */
export type InvocationOutcome =
  | { readonly kind: 'succeeded'; readonly value: unknown }
  | { readonly kind: 'failed' | 'timed-out' | 'throttled'; readonly error: FunctionErrorPayload }

/** The account and region that appear in ARNs. */
export interface AwsPlace {
  readonly region: string
  readonly accountId: string
}

/** Lambda's limit for a synchronous request or response: 6 MB. */
const maximumPayloadBytes = 6 * 1024 * 1024
const defaultMemoryMiB = 256

/** Runs the handler once. Never rejects: every end is an outcome. */
export async function runFunction(
  definition: FunctionDefinition,
  event: unknown,
  requestId: string,
  place: AwsPlace,
): Promise<InvocationOutcome> {
  const deadline = Date.now() + definition.timeoutSeconds * 1000
  const timer = Promise.withResolvers<InvocationOutcome>()
  const timeout = setTimeout(
    () => timer.resolve({ kind: 'timed-out', error: renderTimeout(requestId, definition.timeoutSeconds) }),
    definition.timeoutSeconds * 1000,
  )
  try {
    const context = makeContext(definition, requestId, place, deadline)
    return await Promise.race([runHandler(definition, event, context), timer.promise])
  } finally {
    clearTimeout(timeout)
  }
}

/** The ARN of a function, unqualified, as `invokedFunctionArn` shows it. */
export function functionArn(name: string, place: AwsPlace): string {
  return `arn:aws:lambda:${place.region}:${place.accountId}:function:${name}`
}

async function runHandler(
  definition: FunctionDefinition,
  event: unknown,
  context: Context,
): Promise<InvocationOutcome> {
  try {
    const handler = definition.handler as (event: unknown, context: Context) => unknown
    return renderResult(await handler(event, context))
  } catch (error) {
    return { kind: 'failed', error: renderError(error) }
  }
}

function renderResult(value: unknown): InvocationOutcome {
  let text: string
  try {
    text = JSON.stringify(value) ?? 'null'
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return {
      kind: 'failed',
      error: { errorType: 'Runtime.MarshalError', errorMessage: `Unable to stringify: ${reason}` },
    }
  }
  const bytes = Buffer.byteLength(text)
  if (bytes > maximumPayloadBytes) {
    const errorMessage = `Response payload size (${bytes} bytes) exceeded maximum allowed payload size (${maximumPayloadBytes} bytes).`
    return { kind: 'failed', error: { errorType: 'Function.ResponseSizeTooLarge', errorMessage } }
  }
  return { kind: 'succeeded', value: JSON.parse(text) }
}

function renderError(error: unknown): FunctionErrorPayload {
  if (error instanceof Error) {
    return { errorType: error.name, errorMessage: error.message, stackTrace: (error.stack ?? '').split('\n') }
  }
  return {
    errorType: typeof error,
    errorMessage: typeof error === 'string' ? error : (JSON.stringify(error) ?? 'null'),
  }
}

function renderTimeout(requestId: string, timeoutSeconds: number): FunctionErrorPayload {
  return {
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`,
  }
}

function makeContext(definition: FunctionDefinition, requestId: string, place: AwsPlace, deadline: number): Context {
  const refuse = (): never => {
    throw new Error('Node 24 functions have no callbacks: return a value or throw.')
  }
  return {
    functionName: definition.name,
    functionVersion: '$LATEST',
    invokedFunctionArn: functionArn(definition.name, place),
    memoryLimitInMB: String(definition.memoryMiB ?? defaultMemoryMiB),
    awsRequestId: requestId,
    logGroupName: `/aws/lambda/${definition.name}`,
    logStreamName: 'local/[$LATEST]embedded',
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: refuse,
    fail: refuse,
    succeed: refuse,
  }
}
