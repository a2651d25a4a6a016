/** The contract of SpecInbox over the fake and over S3. */
import { S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEmbeddedS3 } from '../../local/aws/s3/s3-server.ts'
import type { EmbeddedS3 } from '../../local/aws/s3/s3-server.ts'
import type { S3Inbox } from '../../shared/adapters/s3-inbox.ts'
import { TEST_KEYS, TEST_REGION } from '../support/embedded-table.ts'
import { FakeInbox } from '../support/fake-queues.ts'
import { inboxBucketOf } from './s3-sides.ts'
import { specInboxContract } from './spec-inbox.contract.ts'
import type { InboxBucket } from './spec-inbox.contract.ts'
import { errorDocument, inboxAt, startS3Stub } from './spec-inbox-stub.ts'

const BUCKET = 'contract'
let server: EmbeddedS3
let client: S3Client
let inbox: S3Inbox
beforeAll(async () => {
  server = await startEmbeddedS3({ region: TEST_REGION, buckets: [BUCKET], credentials: TEST_KEYS })
  client = new S3Client({ endpoint: server.url, region: TEST_REGION, credentials: TEST_KEYS, forcePathStyle: true })
  inbox = inboxAt(server.url, { region: async () => TEST_REGION, credentials: async () => TEST_KEYS })
})
afterAll(async () => {
  client.destroy()
  inbox.close()
  await server.close()
})

specInboxContract('in memory', async (): Promise<InboxBucket> => {
  const inbox = new FakeInbox()
  let written = 0
  return {
    inbox,
    bucket: BUCKET,
    async put(key, bytes) {
      const version = `v${++written}`
      for (const at of [version, '']) inbox.objects.set(`${BUCKET}/${key}@${at}`, { outcome: 'read', bytes })
      return version
    },
    async remove(key) {
      inbox.objects.delete(`${BUCKET}/${key}@`)
      return 'marker'
    },
    async removeVersion(key, version) {
      inbox.objects.delete(`${BUCKET}/${key}@${version}`)
    },
    readJson: async key => inbox.reports.get(`${BUCKET}/${key}`),
  }
})
specInboxContract('on the embedded S3', async () => inboxBucketOf(client, BUCKET, inbox))

describe('SpecInbox on S3', () => {
  const at = { bucket: BUCKET, key: 'k', version: '' }
  /** What `act` does where S3 answers every request with this refusal. */
  const refused = async <T>(status: number, code: string, act: (inbox: S3Inbox) => Promise<T>): Promise<T> => {
    await using stub = await startS3Stub(() => ({ status, body: code === '' ? '' : errorDocument(code, 'no') }))
    return await act(stub.inbox)
  }

  it.each([
    [403, 'AccessDenied'],
    [403, 'InvalidObjectState'],
  ])('says unreadable for %i %s', async (status, code) => {
    expect(await refused(status, code, inbox => inbox.read(at, 10))).toEqual({
      outcome: 'unreadable',
      message: `${code}: no`,
    })
  })
  it('says unreadable for a 403 that says nothing more', async () => {
    expect(await refused(403, '', inbox => inbox.read(at, 10))).toEqual({
      outcome: 'unreadable',
      message: 'Forbidden: no message',
    })
  })
  it.each([
    [404, 'NoSuchKey'],
    [404, 'NoSuchVersion'],
    [405, 'MethodNotAllowed'],
    [404, ''],
    [405, ''],
  ])('says missing for %i %s', async (status, code) => {
    expect(await refused(status, code, inbox => inbox.read(at, 10))).toEqual({ outcome: 'missing' })
  })
  it.each([
    [503, 'SlowDown'],
    [500, 'InternalError'],
    [404, 'NoSuchBucket'],
    [403, 'SignatureDoesNotMatch'],
    [403, 'InvalidAccessKeyId'],
    [400, 'ExpiredToken'],
  ])('throws for %i %s: another try may go better, or a person must act', async (status, code) => {
    const read = refused(status, code, inbox => inbox.read(at, 10))
    await expect(read).rejects.toMatchObject({ name: 'S3Error', status, code, message: expect.stringContaining('no') })
  })
  it('throws where a report could not be written', async () => {
    const write = refused(403, 'AccessDenied', inbox => inbox.writeReport(at, {}))
    await expect(write).rejects.toMatchObject({ name: 'S3Error', code: 'AccessDenied' })
  })
  it('throws where the bucket for a report is not there', async () => {
    await expect(inbox.writeReport({ bucket: 'no-such-bucket', key: 'k' }, {})).rejects.toMatchObject({
      code: 'NoSuchBucket',
    })
  })
  it('throws where S3 does not take the signature', async () => {
    const forged = { ...TEST_KEYS, secretAccessKey: 'another' }
    const forger = inboxAt(server.url, { region: async () => TEST_REGION, credentials: async () => forged })
    await expect(forger.read(at, 10)).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' })
    forger.close()
  })
  it('reads no version that never was: one of another form is not an error of ours', async () => {
    expect(await inbox.read({ ...at, version: 'this-version-was-deleted' }, 10)).toEqual({ outcome: 'missing' })
  })
})
