/** Both ends of the gateway's queues on any SQS: sent by the adapters, received and read as the functions read them. */
import { CreateQueueCommand, DeleteMessageBatchCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import type { SQSClient } from '@aws-sdk/client-sqs'
import { SqsObserveQueue, SqsReconcileQueue } from '../../shared/adapters/sqs-queues.ts'
import type { ObserveQueue } from '../../shared/operations/ports.ts'
import { readMessage } from '../../shared/runtime/batch.ts'
import type { QueueEnds, ReconcileEnds } from './queues.contract.ts'

/** Opens a new queue with each call. */
export async function reconcileQueueOn(client: SQSClient): Promise<ReconcileEnds> {
  const url = await createQueue(client)
  return {
    queue: new SqsReconcileQueue(client, url),
    broken: new SqsReconcileQueue(client, missingQueue(url)),
    receive: async () =>
      (await takeBodies(client, url)).map(body => {
        const { raw: _raw, ...ref } = readMessage(body, ['team', 'jobId'])
        return ref
      }),
    receiveTasks: async () =>
      (await takeBodies(client, url)).map(body => {
        const { version: _version, ...task } = JSON.parse(body) as Record<string, unknown>
        return task
      }),
  }
}

export async function observeQueueOn(
  client: SQSClient,
): Promise<QueueEnds<ObserveQueue, { readonly cluster: string; readonly sequence: number }>> {
  const url = await createQueue(client)
  return {
    queue: new SqsObserveQueue(client, url),
    broken: new SqsObserveQueue(client, missingQueue(url)),
    receive: async () =>
      (await takeBodies(client, url)).map(body => {
        const { cluster, raw } = readMessage(body, ['cluster'])
        return { cluster, sequence: raw['sequence'] as number }
      }),
  }
}

export async function createQueue(client: SQSClient): Promise<string> {
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: `contract-${crypto.randomUUID()}` }))
  return QueueUrl ?? ''
}

/** Takes out what can be received now. */
export async function takeBodies(client: SQSClient, queueUrl: string): Promise<string[]> {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
  )
  const Entries = Messages.map((message, index) => ({ Id: String(index), ReceiptHandle: message.ReceiptHandle ?? '' }))
  if (Entries.length > 0) await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }))
  return Messages.map(message => message.Body ?? '')
}

const missingQueue = (url: string): string => `${url}-that-does-not-exist`
