/** The contracts of the queues on two SQS of other people. */
import { SQSClient } from '@aws-sdk/client-sqs'
import { afterAll } from 'vitest'
import { observeQueueContract, reconcileQueueContract } from '../contract/queues.contract.ts'
import { observeQueueOn, reconcileQueueOn } from '../contract/sqs-sides.ts'
import { EMULATOR, urlOf } from './endpoints.ts'

for (const emulator of ['ElasticMQ', 'ministack'] as const) {
  const client = new SQSClient({ ...EMULATOR, endpoint: urlOf(emulator) })
  afterAll(() => client.destroy())

  reconcileQueueContract(`on ${emulator}`, () => reconcileQueueOn(client))
  observeQueueContract(`on ${emulator}`, () => observeQueueOn(client))
}
