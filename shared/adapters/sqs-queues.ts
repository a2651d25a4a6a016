/** ReconcileQueue and ObserveQueue on SQS: ids only, never a decision. Messages carry a version; readers return unknown ones to the queue. */
import { SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import type { SQSClient } from '@aws-sdk/client-sqs'
import type { JobRef } from '../domain/job.ts'
import { ADMIT_TASK, REMOVE_TASK } from '../operations/ports.ts'
import type { ObserveQueue, Orphan, ReconcileQueue } from '../operations/ports.ts'

/** SQS takes ten messages in one request. */
const BATCH = 10

export class SqsReconcileQueue implements ReconcileQueue {
  private readonly client: SQSClient
  private readonly queueUrl: string

  constructor(client: SQSClient, queueUrl: string) {
    this.client = client
    this.queueUrl = queueUrl
  }

  async send(refs: readonly JobRef[], delaySeconds: number): Promise<void> {
    for (let start = 0; start < refs.length; start += BATCH) {
      const entries = refs.slice(start, start + BATCH).map(({ team, jobId }, index) => ({
        Id: String(index),
        MessageBody: JSON.stringify({ version: 1, team, jobId }),
        DelaySeconds: delaySeconds,
      }))
      const [only] = entries
      if (entries.length === 1 && only !== undefined) {
        const { Id: _id, ...message } = only
        await this.client.send(new SendMessageCommand({ QueueUrl: this.queueUrl, ...message }))
        continue
      }
      const { Failed = [] } = await this.client.send(
        new SendMessageBatchCommand({ QueueUrl: this.queueUrl, Entries: entries }),
      )
      const [failed] = Failed
      if (failed !== undefined)
        throw new Error(
          `${Failed.length} of ${entries.length} messages were not sent; first: ${failed.Code} ${failed.Message ?? ''}`,
        )
    }
  }

  async askForRemoval(orphan: Orphan): Promise<void> {
    const MessageBody = JSON.stringify({ version: 1, task: REMOVE_TASK, ...orphan })
    await this.client.send(new SendMessageCommand({ QueueUrl: this.queueUrl, MessageBody }))
  }

  async askForPass(delaySeconds: number): Promise<void> {
    const MessageBody = JSON.stringify({ version: 1, task: ADMIT_TASK })
    const message = { QueueUrl: this.queueUrl, MessageBody, DelaySeconds: delaySeconds }
    await this.client.send(new SendMessageCommand(message))
  }
}

export class SqsObserveQueue implements ObserveQueue {
  private readonly client: SQSClient
  private readonly queueUrl: string

  constructor(client: SQSClient, queueUrl: string) {
    this.client = client
    this.queueUrl = queueUrl
  }

  async send(tick: { readonly cluster: string; readonly sequence: number }, delaySeconds: number): Promise<void> {
    const { cluster, sequence } = tick
    await this.client.send(
      new SendMessageCommand({
        QueueUrl: this.queueUrl,
        MessageBody: JSON.stringify({ version: 1, cluster, sequence }),
        DelaySeconds: delaySeconds,
      }),
    )
  }
}
