/** What every EventBus keeps to: all events are taken, or it throws. */
import { describe, expect, it, vi } from 'vitest'
import type { EventBus, JobEvent } from '../../shared/operations/ports.ts'
import { NOW } from '../support/make-job.ts'

/** A bus, and what it took. */
export interface BusSide {
  readonly bus: EventBus
  /** What has arrived by now, the oldest event first: a bus keeps no order, and no one of ours relies on any. */
  taken(): Promise<readonly JobEvent[]>
}

/** Deliveries are polled for. */
const SOON = { timeout: 10_000, interval: 20 }

const events = (count: number): JobEvent[] =>
  Array.from({ length: count }, (_, index) => ({
    detailType: 'Spark Job State Change',
    time: NOW + index * 1000,
    detail: { index, message: 'größe "ü"\n', nested: { list: [1, null, true] } },
  }))

/** Runs the suite; `open` gives a bus that has taken nothing. */
export function eventBusContract(implementation: string, open: () => Promise<BusSide>): void {
  describe(`EventBus: ${implementation}`, () => {
    it.each([1, 10, 11, 25])('takes %i events, as they are', async count => {
      const { bus, taken } = await open()
      await bus.publish(events(count))
      await vi.waitFor(async () => expect(await taken()).toEqual(events(count)), SOON)
    })
    it('takes no events without a word', async () => {
      const { bus, taken } = await open()
      await bus.publish([])
      expect(await taken()).toEqual([])
    })
  })
}

/** A bus that refuses single events; one emulator does not (docs/known-differences.md). */
export function eventRefusalContract(implementation: string, open: () => Promise<BusSide>): void {
  describe(`EventBus: ${implementation}, of several events`, () => {
    it('throws where one of several was not taken', async () => {
      const { bus } = await open()
      const [good, bad] = [events(1), { detailType: '', time: NOW, detail: {} }]
      await expect(bus.publish([...good, bad, ...good])).rejects.toThrow(/1 of 3/)
    })
  })
}
