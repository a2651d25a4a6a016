/** What every SpecInbox keeps to: it reads one version and nothing else, bounded, and writes reports. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { SpecInbox } from '../../shared/operations/ports.ts'
import { bytesOf } from '../support/make-spec.ts'

/** A bucket with versions, and the other side of it. */
export interface InboxBucket {
  readonly inbox: SpecInbox
  readonly bucket: string
  /** Answers the new version. */
  put(key: string, bytes: Uint8Array): Promise<string>
  /** Puts a delete marker; answers its version. */
  remove(key: string): Promise<string>
  removeVersion(key: string, version: string): Promise<void>
  /** The newest object as JSON. */
  readJson(key: string): Promise<unknown>
}

const MAX_BYTES = 1_000
/** Keys of the kinds that encodings get wrong. */
export const ODD_KEYS = [
  'payments/a b.yaml',
  'payments/a+b.yaml',
  'payments/100%.yaml',
  'payments/a%2Fb%20c.yaml',
  'payments/größe-日本語-🚀.yaml',
  'payments/q?a=b&c=d#e\'f"(g)*!.yaml',
  'payments//double//slash.yaml',
  'payments/../up.yaml',
]

/** Runs the suite; `open` gives a bucket that may be shared with other tests of the suite: keys are new in each. */
export function specInboxContract(implementation: string, open: () => Promise<InboxBucket>): void {
  describe(`SpecInbox: ${implementation}`, () => {
    let side: InboxBucket
    beforeEach(async () => {
      side = await open()
    })
    const read = (key: string, version = '', maxBytes = MAX_BYTES) =>
      side.inbox.read({ bucket: side.bucket, key, version }, maxBytes)

    it('reads exactly the version asked for, also after a newer one has come', async () => {
      const [first, second] = [await side.put('v/a', bytesOf('one')), await side.put('v/a', bytesOf('two'))]
      expect(await read('v/a', first)).toEqual({ outcome: 'read', bytes: bytesOf('one') })
      expect(await read('v/a', second)).toEqual({ outcome: 'read', bytes: bytesOf('two') })
    })
    it('reads the newest where no version is named', async () => {
      await side.put('v/newest', bytesOf('one'))
      await side.put('v/newest', bytesOf('two'))
      expect(await read('v/newest')).toEqual({ outcome: 'read', bytes: bytesOf('two') })
    })
    it('reads bytes as they are, none included', async () => {
      const binary = Uint8Array.from({ length: 256 }, (_, index) => index)
      expect(await read('v/binary', await side.put('v/binary', binary))).toEqual({ outcome: 'read', bytes: binary })
      expect(await read('v/empty', await side.put('v/empty', new Uint8Array()))).toEqual({
        outcome: 'read',
        bytes: new Uint8Array(),
      })
    })
    it('finds no key that was never written', async () => {
      expect(await read('v/never')).toEqual({ outcome: 'missing' })
    })
    it('finds no version that was deleted', async () => {
      const version = await side.put('v/deleted', bytesOf('one'))
      await side.removeVersion('v/deleted', version)
      expect(await read('v/deleted', version)).toEqual({ outcome: 'missing' })
    })
    it('finds nothing at a delete marker, and still the version under it', async () => {
      const version = await side.put('v/marked', bytesOf('one'))
      const marker = await side.remove('v/marked')
      expect(await read('v/marked')).toEqual({ outcome: 'missing' })
      expect(await read('v/marked', marker)).toEqual({ outcome: 'missing' })
      expect(await read('v/marked', version)).toEqual({ outcome: 'read', bytes: bytesOf('one') })
    })
    it('reads up to the limit and says how large what is larger is', async () => {
      expect(await read('v/limit', await side.put('v/limit', new Uint8Array(MAX_BYTES)))).toMatchObject({
        outcome: 'read',
      })
      const large = await side.put('v/large', new Uint8Array(MAX_BYTES + 1))
      expect(await read('v/large', large)).toEqual({ outcome: 'too-large', size: MAX_BYTES + 1 })
    })
    it('does not read ten megabytes, and goes on working after several of them', async () => {
      const size = 10 * 1024 * 1024
      const version = await side.put('v/huge', new Uint8Array(size))
      for (let times = 0; times < 5; times++)
        expect(await read('v/huge', version)).toEqual({ outcome: 'too-large', size })
      expect(await read('v/small', await side.put('v/small', bytesOf('x')))).toMatchObject({ outcome: 'read' })
    })
    it.each(ODD_KEYS)('reads and reports at the key %j', async key => {
      const version = await side.put(key, bytesOf(key))
      expect(await read(key, version)).toEqual({ outcome: 'read', bytes: bytesOf(key) })
      await side.inbox.writeReport({ bucket: side.bucket, key: `${key}.accepted.json` }, { key })
      expect(await side.readJson(`${key}.accepted.json`)).toEqual({ key })
    })
    it('writes a report over the one before', async () => {
      const at = { bucket: side.bucket, key: 'v/a.yaml.result.json' }
      await side.inbox.writeReport(at, { report: 'result', state: 'FAILED' })
      await side.inbox.writeReport(at, { report: 'result', state: 'größer', list: [1, null] })
      expect(await side.readJson(at.key)).toEqual({ report: 'result', state: 'größer', list: [1, null] })
    })
  })
}
