/** What every JobArchive keeps to: a batch is one object of one line a record, and the same batch again is the same object. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { JobArchive } from '../../shared/operations/ports.ts'

/** An archive, and the other side of it. */
export interface ArchiveSide {
  readonly archive: JobArchive
  /** The object as text; undefined where there is none. */
  read(name: string): Promise<string | undefined>
  /** An archive of the same kind that takes nothing. */
  readonly broken: JobArchive
}

/** Runs the suite; `open` gives an archive that may be shared with other tests of the suite: names are new in each. */
export function jobArchiveContract(implementation: string, open: () => Promise<ArchiveSide>): void {
  describe(`JobArchive: ${implementation}`, () => {
    let side: ArchiveSide
    beforeEach(async () => {
      side = await open()
    })
    const records = async (name: string): Promise<unknown> =>
      (await side.read(name))
        ?.trimEnd()
        .split('\n')
        .map(line => JSON.parse(line) as unknown)

    it('writes one line a record, in order, as it is', async () => {
      const lines = [{ jobId: 'ja', message: 'größe "ü"\n2' }, { jobId: 'jb', list: [1, null, true] }, {}]
      await side.archive.write('jobs/date=2026-11-21/a.jsonl', lines)
      expect(await records('jobs/date=2026-11-21/a.jsonl')).toEqual(lines)
    })
    it('ends the last line, too', async () => {
      await side.archive.write('jobs/end.jsonl', [{ jobId: 'ja' }])
      expect(await side.read('jobs/end.jsonl')).toBe('{"jobId":"ja"}\n')
    })
    it('writes the same batch again over itself', async () => {
      for (const jobId of ['ja', 'jb', 'jb']) await side.archive.write('jobs/again.jsonl', [{ jobId }])
      expect(await records('jobs/again.jsonl')).toEqual([{ jobId: 'jb' }])
    })
    it('takes a thousand records at once', async () => {
      const lines = Array.from({ length: 1_000 }, (_, index) => ({ jobId: `j${index}`, message: 'x'.repeat(1_000) }))
      await side.archive.write('jobs/thousand.jsonl', lines)
      expect(await records('jobs/thousand.jsonl')).toEqual(lines)
    })
    it.each(['jobs/a b+c.jsonl', 'jobs/größe=日本.jsonl', 'jobs/100%.jsonl'])('writes at the name %j', async name => {
      await side.archive.write(name, [{ name }])
      expect(await records(name)).toEqual([{ name }])
    })
    it('throws where it could not write', async () => {
      await expect(side.broken.write('jobs/lost.jsonl', [{}])).rejects.toBeInstanceOf(Error)
    })
  })
}
