/** The contracts of the inbox and of the archives on an S3 of somebody else, and of the logs' archive also on the embedded one. */
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll } from 'vitest'
import { startEmbeddedS3 } from '../../local/aws/s3/s3-server.ts'
import type { EmbeddedS3 } from '../../local/aws/s3/s3-server.ts'
import { S3Archive } from '../../shared/adapters/s3-archive.ts'
import type { S3Settings } from '../../shared/adapters/s3-http.ts'
import { S3Inbox } from '../../shared/adapters/s3-inbox.ts'
import { jobArchiveContract } from '../contract/job-archive.contract.ts'
import { archiveSideOf, inboxBucketOf } from '../contract/s3-sides.ts'
import { specInboxContract } from '../contract/spec-inbox.contract.ts'
import { EMULATOR, urlOf } from './endpoints.ts'
import { logArchiveContract } from './log-archive.contract.ts'

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
let embedded: EmbeddedS3
beforeAll(async () => {
  embedded = await startEmbeddedS3({ ...EMULATOR, buckets: [BUCKET] })
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }))
  const VersioningConfiguration = { Status: 'Enabled' } as const
  await client.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration }))
})
afterAll(async () => {
  inbox.close()
  client.destroy()
  await embedded.close()
})

specInboxContract('on ministack', async () => inboxBucketOf(client, BUCKET, inbox))
jobArchiveContract('on ministack', async () => archiveSideOf(client, BUCKET, settings))
const archivesOn = (where: S3Settings) => ({
  archive: new S3Archive(where, BUCKET),
  broken: new S3Archive(where, 'no-such-bucket-of-ours'),
})
logArchiveContract('on ministack', async () => archivesOn(settings))
logArchiveContract('on the embedded S3', async () => archivesOn({ ...settings, endpoint: embedded.url }))
