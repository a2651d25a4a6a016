/** The other side of the inbox and of the archive on any S3: what people put there, and what they find. */
import { DeleteObjectCommand, GetObjectCommand, NoSuchKey, PutObjectCommand } from '@aws-sdk/client-s3'
import type { S3Client } from '@aws-sdk/client-s3'
import { S3Archive } from '../../shared/adapters/s3-archive.ts'
import type { S3Settings } from '../../shared/adapters/s3-http.ts'
import type { S3Inbox } from '../../shared/adapters/s3-inbox.ts'
import type { ArchiveSide } from './job-archive.contract.ts'
import type { InboxBucket } from './spec-inbox.contract.ts'

/** `bucket` keeps versions. */
export const inboxBucketOf = (client: S3Client, bucket: string, inbox: S3Inbox): InboxBucket => ({
  inbox,
  bucket,
  async put(key, bytes) {
    const { VersionId = '' } = await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes }))
    return VersionId
  },
  async remove(key) {
    return (await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))).VersionId ?? ''
  },
  async removeVersion(key, version) {
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: version }))
  },
  readJson: async key => JSON.parse((await textOf(client, bucket, key)) ?? '') as unknown,
})

export const archiveSideOf = (client: S3Client, bucket: string, settings: S3Settings): ArchiveSide => ({
  archive: new S3Archive(settings, bucket),
  read: name => textOf(client, bucket, name),
  broken: new S3Archive(settings, 'no-such-bucket-of-ours'),
})

async function textOf(client: S3Client, bucket: string, key: string): Promise<string | undefined> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
    return await Body?.transformToString()
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined
    throw error
  }
}
