/** What every EventBus keeps to: all events are taken, in order, or it throws. */
import { describe, expect, it } from 'vitest'
import type { EventBus, JobEvent } from '../../shared/operations/ports.ts'
import { NOW } from '../support/make-job.ts'

/** A bus, and what it took. */
export interface BusSide {
  readonly bus: EventBus
  taken(): readonly JobEvent[]
}

const events = (count: number): JobEvent[] =>
  Array.from({ length: count }, (_, index) => ({
    detailType: 'Spark Job State Change',
    time: NOW + index * 1000,
    detail: { index, message: 'größe "ü"\n', nested: { list: [1, null, true] } },
  }))

/** Runs the suite; `open` gives a bus that has taken nothing. */
export function eventBusContract(implementation: string, open: () => Promise<BusSide>): void {
  describe(`EventBus: ${implementation}`, () => {
    it.each([1, 10, 11, 25])('takes %i events, in order, as they are', async count => {
      const { bus, taken } = await open()
      await bus.publish(events(count))
      expect(taken()).toEqual(events(count))
    })
    it('takes no events without a word', async () => {
      const { bus, taken } = await open()
      await bus.publish([])
      expect(taken()).toEqual([])
    })
    it('throws where one of several was not taken', async () => {
      const { bus } = await open()
      const [good, bad] = [events(1), { detailType: '', time: NOW, detail: {} }]
      await expect(bus.publish([...good, bad, ...good])).rejects.toThrow(/1 of 3/)
    })
  })
}
