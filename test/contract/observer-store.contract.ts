/** What every ObserverStore keeps to: one chain a cluster, guarded by its sequence. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { ObserverState, ObserverStore } from '../../shared/operations/ports.ts'
import { NOW } from '../support/make-job.ts'

const state = (sequence: number, change: Partial<ObserverState> = {}): ObserverState => ({
  cluster: 'main',
  sequence,
  active: true,
  tickedAt: NOW,
  ...change,
})

/** Runs the suite; `open` gives a store in which nothing is stored. */
export function observerStoreContract(implementation: string, open: () => Promise<ObserverStore>): void {
  describe(`ObserverStore: ${implementation}`, () => {
    let store: ObserverStore
    beforeEach(async () => {
      store = await open()
    })

    it('knows nothing of a cluster that was never observed', async () => {
      expect(await store.get('main')).toBeUndefined()
    })
    it('begins at 0 and keeps every field', async () => {
      const first = state(1, { resourceVersion: '12345678901234567890', listedAt: NOW - 5 })
      expect(await store.advance(0, first)).toBe('saved')
      expect(await store.get('main')).toEqual(first)
    })
    it('remembers when an orphan was first seen, each by itself', async () => {
      const orphan = { cluster: 'main', namespace: 'team-a', name: 'x', uid: 'uid-1' }
      expect(await store.noteOrphan(orphan, NOW)).toBe(NOW)
      expect(await store.noteOrphan(orphan, NOW + 5_000)).toBe(NOW)
      expect(await store.noteOrphan({ ...orphan, uid: 'uid-2' }, NOW + 6_000)).toBe(NOW + 6_000)
      expect(await store.noteOrphan({ ...orphan, cluster: 'spare' }, NOW + 7_000)).toBe(NOW + 7_000)
    })
    it('goes on from where the chain stands, and forgets what the next state leaves out', async () => {
      await store.advance(0, state(1, { resourceVersion: '7', listedAt: NOW }))
      expect(await store.advance(1, state(2, { active: false }))).toBe('saved')
      expect(await store.get('main')).toEqual(state(2, { active: false }))
    })
    it('is a conflict from anywhere else, and changes nothing', async () => {
      expect(await store.advance(1, state(2))).toBe('conflict')
      expect(await store.get('main')).toBeUndefined()
      await store.advance(0, state(5))
      for (const from of [0, 4, 6]) expect(await store.advance(from, state(9, { tickedAt: NOW + 1 }))).toBe('conflict')
      expect(await store.get('main')).toEqual(state(5))
    })
    it.each([0, 3])('lets one of twenty claimants at the same time go on from %i', async from => {
      if (from > 0) await store.advance(0, state(from))
      const claims = Array.from({ length: 20 }, (_, index) =>
        store.advance(from, state(from + 1, { tickedAt: NOW + index })),
      )
      expect((await Promise.all(claims)).filter(outcome => outcome === 'saved')).toHaveLength(1)
    })
    it('keeps clusters apart', async () => {
      await store.advance(0, state(1))
      expect(await store.advance(0, state(1, { cluster: 'other' }))).toBe('saved')
      await store.advance(1, state(2))
      expect((await store.get('other'))?.sequence).toBe(1)
    })
  })
}
