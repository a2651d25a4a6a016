/** What every RateLimits keeps to, whoever gives the requests out. What it costs is tested in test/integration/api-stores.test.ts. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { RateLimits } from '../../shared/operations/api-ports.ts'
import { NOW } from '../support/make-job.ts'

/** Requests that a process may let through for nothing: a tenth of the limit, at most this. */
const MAX_FREE = 10
const MINUTE = 60_000
const BEGIN = NOW - (NOW % MINUTE)

/** Runs the suite; `open` gives a place where nothing was counted, of which each call makes one more process. */
export function rateLimitsContract(implementation: string, open: () => Promise<() => RateLimits>): void {
  describe(`RateLimits: ${implementation}`, () => {
    let process: () => RateLimits
    beforeEach(async () => {
      process = await open()
    })
    const take = async (limits: RateLimits, times: number, perMinute: number, now = BEGIN, team = 'payments') => {
      const verdicts = []
      for (let count = 0; count < times; count++) verdicts.push(await limits.take(team, perMinute, now))
      return verdicts
    }
    const allowed = (verdicts: readonly { readonly allowed: boolean }[]): number =>
      verdicts.filter(verdict => verdict.allowed).length

    it('lets as many through as the limit says, and says what is left', async () => {
      const verdicts = await take(process(), 7, 5)
      expect(verdicts.map(verdict => verdict.remaining)).toEqual([4, 3, 2, 1, 0, 0, 0])
      expect(allowed(verdicts)).toBe(5)
    })
    it('says when the next minute begins', async () => {
      for (const [second, left] of [
        [0, 60],
        [10, 50],
        [59, 1],
      ] as const)
        expect((await process().take('payments', 5, BEGIN + second * 1_000)).resetSeconds).toBe(left)
    })
    it('begins anew with each minute and counts each team by itself', async () => {
      const one = process()
      await take(one, 4, 3)
      expect(allowed(await take(one, 1, 3, BEGIN + 59_999))).toBe(0)
      expect(allowed(await take(one, 1, 3, BEGIN, 'risk'))).toBe(1)
      expect(allowed(await take(one, 4, 3, BEGIN + MINUTE))).toBe(3)
    })
    it('is shared by all processes, but for a few free requests of each', async () => {
      const processes = Array.from({ length: 5 }, () => process())
      const all = (await Promise.all(processes.map(each => take(each, 40, 100)))).flat()
      expect(allowed(all)).toBeGreaterThanOrEqual(100)
      expect(allowed(all)).toBeLessThanOrEqual(100 + 5 * MAX_FREE)
    })
  })
}
