/** The contract of SpecInbox over the fake and over S3. */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEmbeddedS3 } from '../../local/aws/s3/s3-server.ts'
import type { EmbeddedS3 } from '../../local/aws/s3/s3-server.ts'
import { S3SpecInbox } from '../../shared/adapters/s3-spec-inbox.ts'
import { TEST_KEYS, TEST_REGION } from '../support/embedded-table.ts'
import { FakeInbox } from '../support/fake-queues.ts'
import { specInboxContract } from './spec-inbox.contract.ts'
import type { InboxBucket } from './spec-inbox.contract.ts'

const BUCKET = 'contract'
let server: EmbeddedS3
let client: S3Client
beforeAll(async () => {
  server = await startEmbeddedS3({ region: TEST_REGION, buckets: [BUCKET], credentials: TEST_KEYS })
  client = new S3Client({ endpoint: server.url, region: TEST_REGION, credentials: TEST_KEYS, forcePathStyle: true })
})
afterAll(async () => {
  client.destroy()
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
specInboxContract('on the embedded S3', async () => ({
  inbox: new S3SpecInbox(client),
  bucket: BUCKET,
  async put(key, bytes) {
    const { VersionId = '' } = await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: bytes }))
    return VersionId
  },
  async remove(key) {
    return (await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: key }))).VersionId ?? ''
  },
  async removeVersion(key, version) {
    await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: key, VersionId: version }))
  },
  async readJson(key) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }))
    return JSON.parse((await Body?.transformToString()) ?? '') as unknown
  },
}))

describe('SpecInbox on S3', () => {
  const answering = (error: Error) => {
    const refusing = {
      async send() {
        throw error
      },
    }
    return new S3SpecInbox(refusing as unknown as S3Client)
  }
  const refusal = (name: string) => new S3ServiceException({ name, message: 'no', $fault: 'client', $metadata: {} })
  const at = { bucket: BUCKET, key: 'k', version: '' }

  it.each(['AccessDenied', 'InvalidObjectState'])('says unreadable for %s', async name => {
    expect(await answering(refusal(name)).read(at, 10)).toEqual({ outcome: 'unreadable', message: `${name}: no` })
  })
  it.each(['SlowDown', 'InternalError', 'NoSuchBucket'])(
    'throws for %s: another try may go better, or a person must act',
    async name => {
      await expect(answering(refusal(name)).read(at, 10)).rejects.toThrow('no')
    },
  )
  it('throws where a report could not be written', async () => {
    await expect(answering(refusal('AccessDenied')).writeReport(at, {})).rejects.toThrow('no')
  })
  it('reads no version that never was: one of another form is not an error of ours', async () => {
    expect(await new S3SpecInbox(client).read({ ...at, version: 'this-version-was-deleted' }, 10)).toEqual({
      outcome: 'missing',
    })
  })
})
