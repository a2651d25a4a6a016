/** The contracts of the inbox and of the archive on an S3 of somebody else. */
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll } from 'vitest'
import { S3Inbox } from '../../shared/adapters/s3-inbox.ts'
import { jobArchiveContract } from '../contract/job-archive.contract.ts'
import { archiveSideOf, inboxBucketOf } from '../contract/s3-sides.ts'
import { specInboxContract } from '../contract/spec-inbox.contract.ts'
import { EMULATOR, urlOf } from './endpoints.ts'

const BUCKET = `contract-${crypto.randomUUID()}`
const endpoint = urlOf('ministack')
const client = new S3Client({ ...EMULATOR, endpoint, forcePathStyle: true })
const settings = {
  endpoint,
  region: async () => EMULATOR.region,
  credentials: async () => EMULATOR.credentials,
  random: { next: () => 0 },
  retryDelayMilliseconds: 1,
}
const inbox = new S3Inbox(settings)
beforeAll(async () => {
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }))
  const VersioningConfiguration = { Status: 'Enabled' } as const
  await client.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration }))
})
afterAll(() => {
  inbox.close()
  client.destroy()
})

specInboxContract('on ministack', async () => inboxBucketOf(client, BUCKET, inbox))
jobArchiveContract('on ministack', async () => archiveSideOf(client, BUCKET, settings))
