/** What every PageTokenKeys keeps to: one key for all, made by whoever comes first. */
import { describe, expect, it } from 'vitest'
import type { PageTokenKeys } from '../../shared/operations/api-ports.ts'

/** Runs the suite; `open` gives a place that has no key, of which each call makes one more process. */
export function pageTokenKeysContract(implementation: string, open: () => Promise<() => PageTokenKeys>): void {
  describe(`PageTokenKeys: ${implementation}`, () => {
    it('gives twenty processes that need it first at the same time the same 32 bytes', async () => {
      const process = await open()
      const keys = await Promise.all(Array.from({ length: 20 }, () => process().get()))
      expect(new Set(keys.map(key => Buffer.from(key).toString('hex'))).size).toBe(1)
      expect(keys[0]).toHaveLength(32)
    })
    it('gives a later process what an earlier one made', async () => {
      const process = await open()
      const first = await process().get()
      expect(Buffer.from(await process().get())).toEqual(Buffer.from(first))
    })
    it('makes another key in another place', async () => {
      const [here, there] = [await open(), await open()]
      expect(Buffer.from(await here().get())).not.toEqual(Buffer.from(await there().get()))
    })
  })
}
