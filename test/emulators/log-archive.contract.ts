/** What each archive of drivers' logs must do: the contract of the port LogArchive. */
import { describe, expect, it } from 'vitest'
import type { LogArchive, LogName } from '../../shared/operations/ports.ts'

/** `open` answers an archive, and one whose bucket is not there. */
export function logArchiveContract(
  implementation: string,
  open: () => Promise<{ readonly archive: LogArchive; readonly broken: LogArchive }>,
): void {
  const log = (): LogName => ({ team: 'payments', jobId: `j${crypto.randomUUID()}`, attempt: 1 })
  const LINE = '2026-11-21T12:00:00.000000001Z façade ✓'

  describe(`LogArchive: ${implementation}`, () => {
    it('reads what was kept, byte for byte', async () => {
      const { archive } = await open()
      const name = log()
      const text = `${LINE}\n${LINE}\n`
      await archive.keep(name, text)
      expect(await archive.read(name)).toBe(text)
    })
    it('keeps an empty log, which is not the same as none', async () => {
      const { archive } = await open()
      const name = log()
      await archive.keep(name, '')
      expect(await archive.read(name)).toBe('')
    })
    it('keeps a mebibyte', async () => {
      const { archive } = await open()
      const name = log()
      const text = 'x'.repeat(1024 * 1024)
      await archive.keep(name, text)
      expect(await archive.read(name)).toBe(text)
    })
    it('puts a later text in the place of the one before', async () => {
      const { archive } = await open()
      const name = log()
      await archive.keep(name, 'first')
      await archive.keep(name, 'second')
      expect(await archive.read(name)).toBe('second')
    })
    it('has nothing of another attempt, job or team', async () => {
      const { archive } = await open()
      const name = log()
      await archive.keep(name, LINE)
      for (const other of [{ attempt: 2 }, { jobId: 'jother' }, { team: 'risk' }])
        expect(await archive.read({ ...name, ...other })).toBeUndefined()
    })
    it('throws where it could not keep', async () => {
      const { broken } = await open()
      await expect(broken.keep(log(), LINE)).rejects.toThrow(/NoSuchBucket/)
    })
  })
}
