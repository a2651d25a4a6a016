/** The contracts of the queues over the fakes and over SQS: real messages, received and read as the functions read them. */
import { SQSClient } from '@aws-sdk/client-sqs'
import type { SendMessageBatchCommand } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEmbeddedSqs } from '../../local/aws/sqs/sqs-server.ts'
import type { EmbeddedSqs } from '../../local/aws/sqs/sqs-server.ts'
import { SqsReconcileQueue } from '../../shared/adapters/sqs-queues.ts'
import { ADMIT_TASK, REMOVE_TASK } from '../../shared/operations/ports.ts'
import { TEST_KEYS, TEST_REGION } from '../support/embedded-table.ts'
import { FakeObserveQueue, FakeReconcileQueue } from '../support/fake-queues.ts'
import { observeQueueContract, reconcileQueueContract } from './queues.contract.ts'
import { observeQueueOn, reconcileQueueOn } from './sqs-sides.ts'

let server: EmbeddedSqs
let client: SQSClient
beforeAll(async () => {
  server = await startEmbeddedSqs({ region: TEST_REGION, queues: [] })
  client = new SQSClient({ endpoint: server.url, region: TEST_REGION, credentials: TEST_KEYS })
})
afterAll(async () => {
  client.destroy()
  await server.close()
})

/** The fakes keep what was sent; a test's clock stands at the moment after it was, and moves by a second a look. */
function takeSent<Sent extends { readonly delaySeconds: number }>(sent: Sent[]): Sent[] {
  const due = sent.filter(message => message.delaySeconds <= 0)
  const later = sent.filter(message => message.delaySeconds > 0)
  sent.splice(0, sent.length, ...later.map(message => ({ ...message, delaySeconds: message.delaySeconds - 1 })))
  return due
}

reconcileQueueContract('in memory', async () => {
  const [queue, broken] = [new FakeReconcileQueue(), new FakeReconcileQueue()]
  broken.failNext = 1
  return {
    queue,
    broken,
    receive: async () => takeSent(queue.sent).map(({ ref }) => ref),
    receiveTasks: async () => [
      ...queue.removals.splice(0).map(orphan => ({ task: REMOVE_TASK, ...orphan })),
      ...queue.passes.splice(0).flatMap(delay => (delay === 0 ? [{ task: ADMIT_TASK }] : [])),
    ],
  }
})
reconcileQueueContract('on the embedded SQS', () => reconcileQueueOn(client))
observeQueueContract('in memory', async () => {
  const [queue, broken] = [new FakeObserveQueue(), new FakeObserveQueue()]
  broken.failNext = 1
  return {
    queue,
    broken,
    receive: async () => takeSent(queue.sent).map(({ cluster, sequence }) => ({ cluster, sequence })),
  }
})
observeQueueContract('on the embedded SQS', () => observeQueueOn(client))

describe('ReconcileQueue on SQS', () => {
  it('throws when a single message of a batch was not taken', async () => {
    const Failed = [{ Id: '3', SenderFault: false, Code: 'InternalError', Message: 'try again' }]
    const halfBroken = { send: async () => ({ Successful: [], Failed }) } as unknown as SQSClient
    const refs = Array.from({ length: 10 }, (_, index) => ({ team: 'payments', jobId: `j${index}` }))
    await expect(new SqsReconcileQueue(halfBroken, 'queue').send(refs, 0)).rejects.toThrow(/1 of 10.*InternalError/)
  })
  it('sends 25 jobs in three requests', async () => {
    const sizes: number[] = []
    const counting = {
      send: async (command: SendMessageBatchCommand) => {
        sizes.push(command.input.Entries?.length ?? 0)
        return {}
      },
    } as unknown as SQSClient
    const refs = Array.from({ length: 25 }, (_, index) => ({ team: 'payments', jobId: `j${index}` }))
    await new SqsReconcileQueue(counting, 'queue').send(refs, 0)
    expect(sizes).toEqual([10, 10, 5])
  })
})
