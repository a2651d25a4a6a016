/** Sends what could not be processed to an on-failure destination (an SQS queue), in the shape of Lambda's records. */
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { functionArn, type AwsPlace, type FunctionErrorPayload } from './function-runtime.ts'

/** Why Lambda gave up. */
export type FailureCondition = 'RetriesExhausted' | 'EventAgeExceeded' | 'RetryAttemptsExhausted'

/** What both kinds of failure record say. */
export interface FailureFacts {
  readonly requestId: string
  readonly functionName: string
  readonly condition: FailureCondition
  readonly invokeCount: number
}

/** The record of an asynchronous event that Lambda gave up; it holds the event itself. */
export function renderAsyncFailure(
  facts: FailureFacts,
  place: AwsPlace,
  event: unknown,
  error: FunctionErrorPayload,
): Record<string, unknown> {
  return { ...renderEnvelope(facts, place), requestPayload: event, responsePayload: error }
}

/** The record of a stream batch that Lambda skipped; it says where the records are, and does not hold them. */
export function renderStreamFailure(
  facts: FailureFacts,
  place: AwsPlace,
  batch: Record<string, unknown>,
): Record<string, unknown> {
  return { ...renderEnvelope(facts, place), DDBStreamBatchInfo: batch }
}

/** Sends one record. Rejects when the queue cannot be reached after the SDK's own retries. */
export async function sendFailure(sqs: SQSClient, queueUrl: string, record: Record<string, unknown>): Promise<void> {
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(record) }))
}

function renderEnvelope(facts: FailureFacts, place: AwsPlace): Record<string, unknown> {
  return {
    version: '1.0',
    timestamp: new Date().toISOString(),
    requestContext: {
      requestId: facts.requestId,
      functionArn: `${functionArn(facts.functionName, place)}:$LATEST`,
      condition: facts.condition,
      approximateInvokeCount: facts.invokeCount,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
  }
}
