/** The contract of EventBus on an EventBridge of somebody else: a rule delivers what the bus took to a queue. */
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge'
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { EventBridgeBus } from '../../shared/adapters/eventbridge-bus.ts'
import type { JobEvent } from '../../shared/operations/ports.ts'
import { eventBusContract } from '../contract/event-bus.contract.ts'
import { createQueue, takeBodies } from '../contract/sqs-sides.ts'
import { NOW } from '../support/make-job.ts'
import { EMULATOR, urlOf } from './endpoints.ts'

const endpoint = urlOf('ministack')
const events = new EventBridgeClient({ ...EMULATOR, endpoint })
const sqs = new SQSClient({ ...EMULATOR, endpoint })
afterAll(() => {
  events.destroy()
  sqs.destroy()
})

/** A bus of its own with a rule that sends all of the gateway's events to a queue; `receive` takes out what has come. */
async function openBus() {
  const [Name, queueUrl] = [`bus-${crypto.randomUUID()}`, await createQueue(sqs)]
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['QueueArn'] }),
  )
  await events.send(new CreateEventBusCommand({ Name }))
  const EventPattern = JSON.stringify({ source: ['sparkgate'] })
  await events.send(new PutRuleCommand({ Name: 'all', EventBusName: Name, EventPattern }))
  const Targets = [{ Id: 'queue', Arn: Attributes?.['QueueArn'] ?? '' }]
  await events.send(new PutTargetsCommand({ Rule: 'all', EventBusName: Name, Targets }))
  return {
    bus: new EventBridgeBus(events, Name),
    receive: async () => (await takeBodies(sqs, queueUrl)).map(body => JSON.parse(body) as Delivered),
  }
}

interface Delivered {
  readonly source: string
  readonly 'detail-type': string
  readonly time: string
  readonly detail: { readonly index?: number }
}

eventBusContract('on ministack', async () => {
  const { bus, receive } = await openBus()
  const arrived: JobEvent[] = []
  return {
    bus,
    async taken() {
      // Known difference: the time is the emulator's; which event it is stands in its detail.
      for (const { 'detail-type': detailType, detail } of await receive())
        arrived.push({ detailType, time: NOW + (detail.index ?? 0) * 1_000, detail })
      return arrived.toSorted((a, b) => a.time - b.time)
    },
  }
})

describe('EventBridge of ministack, unlike that of AWS', () => {
  it('stamps events with its own time, and takes one without a type', async () => {
    const { bus, receive } = await openBus()
    await bus.publish([{ detailType: '', time: NOW, detail: {} }])
    await vi.waitFor(async () => {
      const [event] = await receive()
      expect(event).toMatchObject({ source: 'sparkgate', 'detail-type': '' })
      expect(event?.time).not.toBe(new Date(NOW).toISOString())
    }, 10_000)
  })
})
