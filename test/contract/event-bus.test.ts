/** The contract of EventBus over the fake and over EventBridge. */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { afterEach, describe, expect, it } from 'vitest'
import { startEmbeddedEventBridge } from '../../local/aws/eventbridge/eventbridge-server.ts'
import { EventBridgeBus } from '../../shared/adapters/eventbridge-bus.ts'
import { TEST_KEYS, TEST_REGION } from '../support/embedded-table.ts'
import { FakeBus } from '../support/fake-queues.ts'
import { NOW } from '../support/make-job.ts'
import { eventBusContract, eventRefusalContract } from './event-bus.contract.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function openBus() {
  const server = await startEmbeddedEventBridge({ region: TEST_REGION })
  const client = new EventBridgeClient({ endpoint: server.url, region: TEST_REGION, credentials: TEST_KEYS })
  closing.push(async () => {
    client.destroy()
    await server.close()
  })
  return { server, bus: new EventBridgeBus(client, 'sparkgate') }
}

for (const contract of [eventBusContract, eventRefusalContract]) {
  contract('in memory', async () => {
    const bus = new FakeBus()
    return { bus, taken: async () => bus.events }
  })
  contract('on the embedded EventBridge', async () => {
    const { server, bus } = await openBus()
    return {
      bus,
      taken: async () =>
        server.events.map(({ event }) => ({
          detailType: event['detail-type'],
          time: Date.parse(event.time),
          detail: event.detail as never,
        })),
    }
  })
}

describe('EventBus on EventBridge', () => {
  it('names the bus and the source', async () => {
    const { server, bus } = await openBus()
    await bus.publish([{ detailType: 'X', time: NOW, detail: {} }])
    expect(server.events).toMatchObject([{ eventBusName: 'sparkgate', event: { source: 'sparkgate' } }])
  })
  it('outlasts a throttled call', async () => {
    const { server, bus } = await openBus()
    server.throttleNext(1)
    await bus.publish([{ detailType: 'X', time: NOW, detail: {} }])
    expect(server.events).toHaveLength(1)
  })
})
