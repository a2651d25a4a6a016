/** EventBus on EventBridge. */
import { PutEventsCommand } from '@aws-sdk/client-eventbridge'
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import type { EventBus, JobEvent } from '../operations/ports.ts'

/** PutEvents takes ten entries. */
const BATCH = 10

export class EventBridgeBus implements EventBus {
  private readonly client: EventBridgeClient
  private readonly busName: string

  constructor(client: EventBridgeClient, busName: string) {
    this.client = client
    this.busName = busName
  }

  async publish(events: readonly JobEvent[]): Promise<void> {
    for (let start = 0; start < events.length; start += BATCH) {
      const entries = events.slice(start, start + BATCH).map(event => ({
        EventBusName: this.busName,
        Source: 'sparkgate',
        DetailType: event.detailType,
        Time: new Date(event.time),
        Detail: JSON.stringify(event.detail),
      }))
      const { FailedEntryCount = 0, Entries = [] } = await this.client.send(new PutEventsCommand({ Entries: entries }))
      if (FailedEntryCount > 0) {
        const failed = Entries.find(entry => entry.ErrorCode !== undefined)
        throw new Error(
          `${FailedEntryCount} of ${entries.length} events were not taken; first: ${failed?.ErrorCode} ${failed?.ErrorMessage ?? ''}`,
        )
      }
    }
  }
}
