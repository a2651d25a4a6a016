/** The contract of JobArchive over S3. */
import { S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll } from 'vitest'
import { startEmbeddedS3 } from '../../local/aws/s3/s3-server.ts'
import type { EmbeddedS3 } from '../../local/aws/s3/s3-server.ts'
import { TEST_KEYS, TEST_REGION } from '../support/embedded-table.ts'
import { jobArchiveContract } from './job-archive.contract.ts'
import { archiveSideOf } from './s3-sides.ts'

const BUCKET = 'archive'
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

jobArchiveContract('on the embedded S3', async () =>
  archiveSideOf(client, BUCKET, {
    endpoint: server.url,
    region: async () => TEST_REGION,
    credentials: async () => TEST_KEYS,
    random: { next: () => 0 },
    retryDelayMilliseconds: 1,
  }),
)
