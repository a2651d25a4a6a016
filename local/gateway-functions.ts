/** What the table of functions says, told to a Lambda runner: every function with its limits, every source with its batches. */
import { CHANGE_STREAM, FUNCTION_NAMES, FUNCTIONS, QUEUE_NAMES, QUEUES } from '../shared/runtime/function-table.ts'
import type { FunctionName, FunctionRow } from '../shared/runtime/function-table.ts'
import type { FunctionDefinition } from './aws/lambda/function-runtime.ts'
import type { LambdaRunner } from './aws/lambda/lambda-runner.ts'
import type { Endpoints } from './emulators.ts'

/** One handler for each function: out of the sources, or of what is deployed. */
export type FunctionHandlers = Readonly<Record<FunctionName, FunctionDefinition['handler']>>

/** Registers all functions. To be called once for a runner, before its sources. */
export function registerFunctions(lambda: LambdaRunner, handlers: FunctionHandlers, endpoints: Endpoints): void {
  for (const name of FUNCTION_NAMES) {
    const row: FunctionRow = FUNCTIONS[name]
    const { timeoutSeconds, memoryMiB, reservedConcurrency, asynchronousRetries, isCalledAsynchronously } = row
    lambda.register({
      name,
      timeoutSeconds,
      memoryMiB,
      handler: handlers[name],
      ...(reservedConcurrency !== undefined && { reservedConcurrency }),
      ...(asynchronousRetries !== undefined && { maximumRetryAttempts: asynchronousRetries }),
      ...(isCalledAsynchronously === true && { onFailureQueueUrl: endpoints.queues['events-dead'] }),
    })
  }
}

/** Queues and the table's stream begin to call their functions; `checkpointFile` keeps the place in the stream over restarts. */
export function addSources(lambda: LambdaRunner, endpoints: Endpoints, checkpointFile?: string): void {
  for (const name of QUEUE_NAMES) {
    const { feeds, batchSize, maximumConcurrency } = QUEUES[name]
    lambda.addSqsSource({
      functionName: feeds,
      queueUrl: endpoints.queues[name],
      batchSize,
      maximumConcurrency,
      reportBatchItemFailures: true,
      retryVisibilitySeconds: 1,
    })
  }
  lambda.addStreamSource({
    functionName: 'notify',
    endpoint: endpoints.dynamodbUrl,
    tableName: endpoints.tableName,
    batchSize: CHANGE_STREAM.batchSize,
    reportBatchItemFailures: true,
    maximumRetryAttempts: CHANGE_STREAM.retryAttempts,
    onFailureQueueUrl: endpoints.queues['events-dead'],
    ...(checkpointFile !== undefined && { checkpointFile }),
  })
}
