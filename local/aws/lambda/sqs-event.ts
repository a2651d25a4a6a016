/** Renders received SQS messages as the event that Lambda hands to a function. */
import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs'
import type { SQSEvent, SQSMessageAttributes, SQSRecord } from 'aws-lambda'

/** The event for one batch. `messages` come from ReceiveMessage with all attributes asked for. */
export function renderSqsEvent(messages: readonly Message[], queueArn: string): SQSEvent {
  return { Records: messages.map(message => renderSqsRecord(message, queueArn)) }
}

/** The ARN of a queue from its URL (`…/<account>/<name>`). Throws when the URL has another form. */
export function queueArnFromUrl(queueUrl: string, region: string): string {
  const [name, accountId] = new URL(queueUrl).pathname.split('/').toReversed()
  if (!name || !accountId) throw new Error(`The queue URL ${queueUrl} has no account and name at its end.`)
  return `arn:aws:sqs:${region}:${accountId}:${name}`
}

function renderSqsRecord(message: Message, queueArn: string): SQSRecord {
  return {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    attributes: (message.Attributes ?? {}) as unknown as SQSRecord['attributes'],
    messageAttributes: renderAttributes(message.MessageAttributes ?? {}),
    md5OfBody: message.MD5OfBody ?? '',
    ...(message.MD5OfMessageAttributes === undefined ? {} : { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(':')[3] ?? '',
  }
}

function renderAttributes(attributes: Record<string, MessageAttributeValue>): SQSMessageAttributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      {
        ...(value.StringValue === undefined ? {} : { stringValue: value.StringValue }),
        ...(value.BinaryValue === undefined ? {} : { binaryValue: Buffer.from(value.BinaryValue).toString('base64') }),
        stringListValues: [],
        binaryListValues: [],
        dataType: value.DataType ?? 'String',
      },
    ]),
  )
}
