/** The embedded S3 through the real SDK, through presigned URLs, and by hand where no SDK would do such a thing. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { Sha256 } from '@aws-crypto/sha256-js'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  UploadPartCommand,
  type ChecksumAlgorithm,
} from '@aws-sdk/client-s3'
import { SignatureV4 } from '@smithy/signature-v4'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { crc32c, crc64nvme } from '../../local/aws/s3/s3-checksums.ts'
import type { S3Event } from '../../local/aws/s3/s3-notifications.ts'
import { startEmbeddedS3, type EmbeddedS3 } from '../../local/aws/s3/s3-server.ts'

const MODULE_URL = new URL('../../local/aws/s3/s3-server.ts', import.meta.url).href
const CREDENTIALS = { accessKeyId: 'AKIDLOCAL', secretAccessKey: 'local-secret' }
const Bucket = 'sparkgate-inbox'
const MAX_OBJECT_BYTES = 24 * 1024 * 1024

let storage: EmbeddedS3
let client: S3Client

beforeAll(async () => {
  storage = await startEmbeddedS3({
    buckets: [Bucket, 'other-bucket'],
    credentials: CREDENTIALS,
    region: 'eu-central-1',
    maxObjectBytes: MAX_OBJECT_BYTES,
  })
  client = makeClient(storage.url)
})
afterAll(async () => {
  client.destroy()
  await storage.close()
})

describe('an object', () => {
  test('comes back with its bytes, type, metadata and version', async () => {
    const put = await client.send(
      new PutObjectCommand({
        Bucket,
        Key: 'jobs/a.yaml',
        Body: 'kind: SparkApplication\n',
        ContentType: 'application/yaml',
        CacheControl: 'no-store',
        Metadata: { team: 'analytics' },
      }),
    )
    const got = await client.send(new GetObjectCommand({ Bucket, Key: 'jobs/a.yaml' }))
    expect(await got.Body?.transformToString()).toBe('kind: SparkApplication\n')
    expect(got).toMatchObject({
      ContentType: 'application/yaml',
      CacheControl: 'no-store',
      Metadata: { team: 'analytics' },
      VersionId: put.VersionId,
      ETag: `"${createHash('md5').update('kind: SparkApplication\n').digest('hex')}"`,
    })
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'jobs/a.yaml' }))
    expect(head).toMatchObject({ ContentLength: 23, ContentType: 'application/yaml', VersionId: put.VersionId })
  })

  test.each([
    'percent % and %20 and %2F',
    'a+b c/d+e',
    'ünïcode/日本語/🚀.yaml',
    `quotes'"<&>!()*~`,
    'dots/../in/./the/middle',
    'double//slash/',
  ])('may be called %s', async key => {
    await client.send(new PutObjectCommand({ Bucket, Key: key, Body: key }))
    const got = await client.send(new GetObjectCommand({ Bucket, Key: key }))
    expect(await got.Body?.transformToString()).toBe(key)
    const listed = await client.send(new ListObjectsV2Command({ Bucket, Prefix: key }))
    expect(listed.Contents?.map(object => object.Key)).toEqual([key])
    const encoded = await client.send(new ListObjectsV2Command({ Bucket, Prefix: key, EncodingType: 'url' }))
    expect(decodeURIComponent(encoded.Contents?.[0]?.Key ?? '')).toBe(key)
  })

  test('may be empty', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'empty', Body: Buffer.alloc(0), ContentLength: 0 }))
    const got = await client.send(new GetObjectCommand({ Bucket, Key: 'empty' }))
    expect(await got.Body?.transformToByteArray()).toHaveLength(0)
  })

  test('of 10 MB comes back whole and in ranges', async () => {
    const body = randomBytes(10 * 1024 * 1024)
    await client.send(new PutObjectCommand({ Bucket, Key: 'big', Body: body }))
    const whole = await client.send(new GetObjectCommand({ Bucket, Key: 'big' }))
    expect(Buffer.compare(Buffer.from((await whole.Body?.transformToByteArray()) ?? []), body)).toBe(0)
    const range = await client.send(new GetObjectCommand({ Bucket, Key: 'big', Range: 'bytes=1000-1999' }))
    expect(Buffer.from((await range.Body?.transformToByteArray()) ?? [])).toEqual(body.subarray(1000, 2000))
    expect(range.ContentRange).toBe(`bytes 1000-1999/${body.length}`)
    const tail = await client.send(new GetObjectCommand({ Bucket, Key: 'big', Range: 'bytes=-5' }))
    expect(Buffer.from((await tail.Body?.transformToByteArray()) ?? [])).toEqual(body.subarray(-5))
    const beyond = client.send(new GetObjectCommand({ Bucket, Key: 'big', Range: `bytes=${body.length}-` }))
    await expect(beyond).rejects.toMatchObject({ name: 'InvalidRange' })
  })

  test('over the limit is refused with EntityTooLarge', async () => {
    const put = client.send(new PutObjectCommand({ Bucket, Key: 'too-big', Body: Buffer.alloc(MAX_OBJECT_BYTES + 1) }))
    await expect(put).rejects.toMatchObject({ name: 'EntityTooLarge' })
  })

  test('sent as a stream arrives without its chunk framing, its checksum verified', async () => {
    const body = randomBytes(300_000)
    const stream = Readable.from([body.subarray(0, 100_000), body.subarray(100_000)])
    await client.send(new PutObjectCommand({ Bucket, Key: 'streamed', Body: stream, ContentLength: body.length }))
    const got = await client.send(new GetObjectCommand({ Bucket, Key: 'streamed', ChecksumMode: 'ENABLED' }))
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? [])).toEqual(body)
    expect(got.ContentEncoding).toBeUndefined()
    expect(got.ChecksumCRC32).toBeDefined()
  })

  test.each(['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as ChecksumAlgorithm[])('keeps its %s checksum', async algorithm => {
    const key = `checksum-${algorithm}`
    const put = await client.send(
      new PutObjectCommand({ Bucket, Key: key, Body: 'checked', ChecksumAlgorithm: algorithm }),
    )
    const head = await client.send(new GetObjectCommand({ Bucket, Key: key, ChecksumMode: 'ENABLED' }))
    const name = `Checksum${algorithm}` as 'ChecksumCRC32'
    expect(put[name]).toBeDefined()
    expect(head[name]).toBe(put[name])
  })

  test('with a wrong checksum is refused', async () => {
    const put = client.send(new PutObjectCommand({ Bucket, Key: 'wrong', Body: 'x', ChecksumCRC32: 'AAAAAA==' }))
    await expect(put).rejects.toMatchObject({ name: 'BadDigest' })
  })

  test('is copied with its metadata', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'copy me+1', Body: 'copied', Metadata: { a: 'b' } }))
    await client.send(
      new CopyObjectCommand({
        Bucket: 'other-bucket',
        Key: 'copy',
        CopySource: `${Bucket}/${encodeURIComponent('copy me+1')}`,
      }),
    )
    const got = await client.send(new GetObjectCommand({ Bucket: 'other-bucket', Key: 'copy' }))
    expect(await got.Body?.transformToString()).toBe('copied')
    expect(got.Metadata).toEqual({ a: 'b' })
  })
})

test('crc32c and crc64nvme give their published check values', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
  expect(crc64nvme(Buffer.from('123456789')).toString('hex')).toBe('ae8b14860a799888')
})

describe('versions', () => {
  test('are all kept, and a delete hides them behind a marker', async () => {
    const Key = 'versions/one'
    const first = await client.send(new PutObjectCommand({ Bucket, Key, Body: 'first' }))
    const second = await client.send(new PutObjectCommand({ Bucket, Key, Body: 'second' }))
    const marker = await client.send(new DeleteObjectCommand({ Bucket, Key }))
    expect(marker.DeleteMarker).toBe(true)

    await expect(client.send(new GetObjectCommand({ Bucket, Key }))).rejects.toMatchObject({ name: 'NoSuchKey' })
    await expect(client.send(new HeadObjectCommand({ Bucket, Key }))).rejects.toMatchObject({ name: 'NotFound' })
    const old = await client.send(new GetObjectCommand({ Bucket, Key, VersionId: first.VersionId }))
    expect(await old.Body?.transformToString()).toBe('first')
    const listed = await client.send(new ListObjectsV2Command({ Bucket, Prefix: Key }))
    expect(listed.KeyCount).toBe(0)

    const versions = await client.send(new ListObjectVersionsCommand({ Bucket, Prefix: Key }))
    expect(versions.Versions?.map(version => version.VersionId)).toEqual([second.VersionId, first.VersionId])
    expect(versions.DeleteMarkers).toMatchObject([{ Key, VersionId: marker.VersionId, IsLatest: true }])

    await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId: marker.VersionId }))
    const back = await client.send(new GetObjectCommand({ Bucket, Key }))
    expect(await back.Body?.transformToString()).toBe('second')
    const relisted = await client.send(new ListObjectsV2Command({ Bucket, Prefix: Key }))
    expect(relisted.Contents?.map(object => object.Size)).toEqual(['second'.length])
    await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId: second.VersionId }))
    const older = await client.send(new GetObjectCommand({ Bucket, Key }))
    expect(await older.Body?.transformToString()).toBe('first')
  })

  test('say what is wrong with a version id', async () => {
    const Key = 'versions/two'
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))
    const { VersionId } = await client.send(new DeleteObjectCommand({ Bucket, Key }))
    const missing = client.send(new GetObjectCommand({ Bucket, Key, VersionId: 'no-such-version' }))
    await expect(missing).rejects.toMatchObject({ name: 'NoSuchVersion' })
    const marker = client.send(new GetObjectCommand({ Bucket, Key, VersionId }))
    await expect(marker).rejects.toMatchObject({ name: 'MethodNotAllowed', $metadata: { httpStatusCode: 405 } })
  })

  test('are listed page by page without a gap', async () => {
    const expected: string[] = []
    for (const key of ['pages/a', 'pages/b', 'pages/c']) {
      for (let version = 0; version < 3; version += 1) {
        const { VersionId = '' } = await client.send(new PutObjectCommand({ Bucket, Key: key, Body: String(version) }))
        expected.push(`${key}@${VersionId}`)
      }
    }
    const seen: string[] = []
    let KeyMarker: string | undefined
    let VersionIdMarker: string | undefined
    for (let page = 0; page < 5; page += 1) {
      const answer = await client.send(
        new ListObjectVersionsCommand({ Bucket, Prefix: 'pages/', MaxKeys: 2, KeyMarker, VersionIdMarker }),
      )
      seen.push(...(answer.Versions ?? []).map(version => `${version.Key}@${version.VersionId}`))
      KeyMarker = answer.NextKeyMarker
      VersionIdMarker = answer.NextVersionIdMarker
      expect(answer.IsTruncated).toBe(page < 4)
    }
    expect([...seen].sort()).toEqual([...expected].sort())
  })
})

describe('conditions', () => {
  test('If-None-Match: * lets one of 20 racing writers through', async () => {
    const puts = Array.from({ length: 20 }, (_, index) =>
      client.send(new PutObjectCommand({ Bucket, Key: 'once', Body: String(index), IfNoneMatch: '*' })),
    )
    const outcomes = await Promise.allSettled(puts)
    const lost = outcomes.filter(outcome => outcome.status === 'rejected')
    expect(lost).toHaveLength(19)
    for (const { reason } of lost) expect(reason).toMatchObject({ name: 'PreconditionFailed' })
  })

  test('If-None-Match: * holds again after a delete', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'again', Body: '1' }))
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'again' }))
    const put = client.send(new PutObjectCommand({ Bucket, Key: 'again', Body: '2', IfNoneMatch: '*' }))
    await expect(put).resolves.toMatchObject({ VersionId: expect.any(String) })
  })

  test('If-Match guards a write and a read', async () => {
    const Key = 'matched'
    const { ETag } = await client.send(new PutObjectCommand({ Bucket, Key, Body: '1' }))
    await client.send(new PutObjectCommand({ Bucket, Key, Body: '2', IfMatch: ETag }))
    const stale = client.send(new PutObjectCommand({ Bucket, Key, Body: '3', IfMatch: ETag }))
    await expect(stale).rejects.toMatchObject({ name: 'PreconditionFailed' })
    const read = client.send(new GetObjectCommand({ Bucket, Key, IfMatch: ETag }))
    await expect(read).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } })
  })
})

describe('listings', () => {
  test('fold by delimiter and go on page by page', async () => {
    for (const key of ['l/a/1', 'l/a/2', 'l/b', 'l/c/1', 'l/d', 'l/é']) {
      await client.send(new PutObjectCommand({ Bucket, Key: key, Body: key }))
    }
    const entries: string[] = []
    let token: string | undefined
    for (let page = 0; page < 3; page += 1) {
      const answer = await client.send(
        new ListObjectsV2Command({ Bucket, Prefix: 'l/', Delimiter: '/', MaxKeys: 2, ContinuationToken: token }),
      )
      entries.push(...(answer.CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix))
      entries.push(...(answer.Contents ?? []).map(({ Key = '' }) => Key))
      token = answer.NextContinuationToken
      expect(answer.IsTruncated).toBe(page < 2)
    }
    expect(entries).toEqual(['l/a/', 'l/b', 'l/c/', 'l/d', 'l/é'])
  })

  test('start after a key', async () => {
    for (const key of ['s/1', 's/2', 's/3']) await client.send(new PutObjectCommand({ Bucket, Key: key, Body: key }))
    const answer = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 's/', StartAfter: 's/1' }))
    expect(answer.Contents?.map(({ Key }) => Key)).toEqual(['s/2', 's/3'])
  })

  test('know the buckets, where they are, and that they are versioned', async () => {
    const { Buckets } = await client.send(new ListBucketsCommand({}))
    expect(Buckets?.map(({ Name }) => Name)).toEqual([Bucket, 'other-bucket'])
    const location = await client.send(new GetBucketLocationCommand({ Bucket }))
    expect(location.LocationConstraint).toBe('eu-central-1')
    expect((await client.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Enabled')
    await client.send(new HeadBucketCommand({ Bucket }))
    const missing = client.send(new ListObjectsV2Command({ Bucket: 'no-such-bucket' }))
    await expect(missing).rejects.toMatchObject({ name: 'NoSuchBucket' })
  })

  test('many objects are deleted at once, odd names among them', async () => {
    const keys = ['many/1', 'many/<2>&', 'many/三 +']
    for (const key of keys) await client.send(new PutObjectCommand({ Bucket, Key: key, Body: key }))
    const answer = await client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.map(Key => ({ Key })) } }),
    )
    expect(answer.Deleted?.map(({ Key, DeleteMarker }) => [Key, DeleteMarker])).toEqual(keys.map(key => [key, true]))
    expect((await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'many/' }))).KeyCount).toBe(0)
  })
})

describe('a multipart upload', () => {
  test('becomes one object of its parts in order', async () => {
    const Key = 'multipart'
    const bodies = [randomBytes(5 * 1024 * 1024), randomBytes(5 * 1024 * 1024), randomBytes(1000)]
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ContentType: 'text/x' }))
    const parts = await Promise.all(
      bodies.map(async (Body, index) => {
        const PartNumber = index + 1
        const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }))
        return { PartNumber, ETag }
      }),
    )
    const done = await client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts: parts } }),
    )
    expect(done.ETag).toMatch(/^"[0-9a-f]{32}-3"$/)
    const got = await client.send(new GetObjectCommand({ Bucket, Key }))
    expect(Buffer.compare(Buffer.from((await got.Body?.transformToByteArray()) ?? []), Buffer.concat(bodies))).toBe(0)
    expect(got.ContentType).toBe('text/x')
  })

  test('with a wrong part, too small a part or after an abort is refused', async () => {
    const Key = 'multipart-bad'
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }))
    const part = (PartNumber: number): Promise<{ ETag?: string | undefined }> =>
      client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body: `part ${PartNumber}` }))
    const parts = [
      { PartNumber: 1, ETag: (await part(1)).ETag },
      { PartNumber: 2, ETag: (await part(2)).ETag },
    ]
    const complete = (Parts: typeof parts): Promise<unknown> =>
      client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }))
    await expect(complete([{ PartNumber: 3, ETag: '"x"' }])).rejects.toMatchObject({ name: 'InvalidPart' })
    await expect(complete(parts.toReversed())).rejects.toMatchObject({ name: 'InvalidPartOrder' })
    await expect(complete(parts)).rejects.toMatchObject({ name: 'EntityTooSmall' })
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
    await expect(complete(parts)).rejects.toMatchObject({ name: 'NoSuchUpload' })
  })
})

describe('signatures', () => {
  test('with a wrong secret or an unknown key are refused', async () => {
    const wrong = makeClient(storage.url, { ...CREDENTIALS, secretAccessKey: 'guess' })
    await expect(wrong.send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' })
    const unknown = makeClient(storage.url, { ...CREDENTIALS, accessKeyId: 'AKIDOTHER' })
    await expect(unknown.send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: 'InvalidAccessKeyId' })
    expect((await fetch(`${storage.url}/${Bucket}/jobs/a.yaml`)).status).toBe(403)
  })

  test('of another time are refused', async () => {
    const late = new S3Client({ ...clientOptions(storage.url), systemClockOffset: -20 * 60 * 1000, maxAttempts: 1 })
    await expect(late.send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: 'RequestTimeTooSkewed' })
  })

  test('in a presigned URL let a PUT and a GET through, and nothing else', async () => {
    const put = await presign('PUT', '/presigned/a b+c.txt')
    const written = await fetch(put, { method: 'PUT', body: 'by url', headers: { 'content-type': 'text/plain' } })
    expect(written.status).toBe(200)
    const get = await presign('GET', '/presigned/a b+c.txt')
    const read = await fetch(get)
    expect([read.status, await read.text(), read.headers.get('content-type')]).toEqual([200, 'by url', 'text/plain'])
    expect((await fetch(get, { method: 'DELETE' })).status).toBe(403)
    expect((await fetch(get.replace('presigned', 'jobs'))).status).toBe(403)
    const expired = await presign('GET', '/presigned/a b+c.txt', new Date(Date.now() - 120_000))
    expect(await (await fetch(expired)).text()).toContain('Request has expired')
  })
})

test('what is not emulated is refused and not ignored', async () => {
  await client.send(new PutObjectCommand({ Bucket, Key: 'tagged', Body: 'untouched' }))
  const tagging = client.send(
    new PutObjectTaggingCommand({ Bucket, Key: 'tagged', Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } }),
  )
  await expect(tagging).rejects.toMatchObject({ name: 'NotImplemented', $metadata: { httpStatusCode: 501 } })
  const withTags = client.send(new PutObjectCommand({ Bucket, Key: 'tagged', Body: 'x', Tagging: 'a=b' }))
  await expect(withTags).rejects.toMatchObject({ name: 'NotImplemented' })
  const got = await client.send(new GetObjectCommand({ Bucket, Key: 'tagged' }))
  expect(await got.Body?.transformToString()).toBe('untouched')
})

describe('notifications', () => {
  test('have the shape of real ones', async () => {
    const events: S3Event[] = []
    const server = await startEmbeddedS3({
      buckets: [Bucket],
      notify: async event => {
        events.push(event)
      },
    })
    const writer = makeClient(server.url)
    const { VersionId, ETag } = await writer.send(
      new PutObjectCommand({ Bucket, Key: 'in box/a+b=ü.yaml', Body: '12345' }),
    )
    await writer.send(new PutObjectCommand({ Bucket, Key: 'in box/a+b=ü.yaml', Body: '6' }))
    await writer.send(new DeleteObjectCommand({ Bucket, Key: 'in box/a+b=ü.yaml' }))
    await vi.waitFor(() => expect(events).toHaveLength(2))
    const [record, later] = events.flatMap(event => [...event.Records])
    expect(record).toMatchObject({
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      awsRegion: 'us-east-1',
      eventName: 'ObjectCreated:Put',
      eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      userIdentity: { principalId: expect.any(String) },
      s3: {
        bucket: { name: Bucket, arn: `arn:aws:s3:::${Bucket}` },
        object: {
          key: 'in+box/a%2Bb%3D%C3%BC.yaml',
          size: 5,
          eTag: ETag?.replaceAll('"', ''),
          versionId: VersionId,
          sequencer: expect.stringMatching(/^[0-9A-F]+$/),
        },
      },
    })
    expect(later!.s3.object.sequencer > record!.s3.object.sequencer).toBe(true)
    await server.close()
  })

  test('are repeated until they are taken, while others go on', async () => {
    const attempts: string[] = []
    const server = await startEmbeddedS3({
      buckets: [Bucket],
      notify: async ({ Records: [record] }) => {
        const { key } = record.s3.object
        attempts.push(key)
        if (key === 'stubborn' && attempts.filter(attempt => attempt === key).length < 3) throw new Error('not now')
      },
    })
    const writer = makeClient(server.url)
    await writer.send(new PutObjectCommand({ Bucket, Key: 'stubborn', Body: '1' }))
    await writer.send(new PutObjectCommand({ Bucket, Key: 'easy', Body: '2' }))
    await vi.waitFor(() => expect(attempts.filter(key => key === 'stubborn')).toHaveLength(3), { timeout: 5000 })
    expect(attempts.filter(key => key === 'easy')).toHaveLength(1)
    expect(attempts.indexOf('easy')).toBeLessThan(attempts.lastIndexOf('stubborn'))
    await server.close()
  })
})

test('with a data folder, objects and undelivered notifications survive kill -9', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'embedded-s3-'))
  try {
    const { child, url } = await startInChild(dataDir)
    const writer = makeClient(url)
    const first = await writer.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'first' }))
    await writer.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'second' }))
    child.kill('SIGKILL')
    await once(child, 'exit')

    const delivered: string[] = []
    const restarted = await startEmbeddedS3({
      buckets: [Bucket],
      dataDir,
      notify: async ({ Records: [record] }) => {
        delivered.push(record.s3.object.versionId)
      },
    })
    const reader = makeClient(restarted.url)
    const latest = await reader.send(new GetObjectCommand({ Bucket, Key: 'kept' }))
    expect(await latest.Body?.transformToString()).toBe('second')
    const old = await reader.send(new GetObjectCommand({ Bucket, Key: 'kept', VersionId: first.VersionId }))
    expect(await old.Body?.transformToString()).toBe('first')
    await vi.waitFor(() => expect(new Set(delivered)).toEqual(new Set([first.VersionId, latest.VersionId])))
    await restarted.close()
  } finally {
    await rm(dataDir, { recursive: true })
  }
})

function clientOptions(endpoint: string, credentials = CREDENTIALS) {
  return { endpoint, region: 'eu-central-1', credentials, forcePathStyle: true }
}

function makeClient(endpoint: string, credentials = CREDENTIALS): S3Client {
  return new S3Client(clientOptions(endpoint, credentials))
}

/** A presigned URL, made by the SDK's own signer. */
async function presign(method: string, key: string, signingDate = new Date()): Promise<string> {
  const signer = new SignatureV4({
    service: 's3',
    region: 'eu-central-1',
    credentials: CREDENTIALS,
    sha256: Sha256,
    uriEscapePath: false,
  })
  const { hostname, port, host } = new URL(storage.url)
  const path = `/${Bucket}${key.split('/').map(encodeURIComponent).join('/')}`
  const request = { method, protocol: 'http:', hostname, port: Number(port), path, query: {} }
  const signed = await signer.presign(
    { ...request, headers: { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } },
    { expiresIn: 60, signingDate },
  )
  const query = Object.entries(signed.query ?? {}).map(
    ([name, value]) => `${name}=${encodeURIComponent(String(value))}`,
  )
  return `${storage.url}${path}?${query.join('&')}`
}

/** A server in a process of its own whose notifications are never taken. */
async function startInChild(dataDir: string): Promise<{ child: ChildProcess; url: string }> {
  const code = `
    import { startEmbeddedS3 } from ${JSON.stringify(MODULE_URL)}
    const notify = () => new Promise(() => {})
    const { url } = await startEmbeddedS3({ buckets: ['${Bucket}'], dataDir: ${JSON.stringify(dataDir)}, notify })
    console.log(url)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [url] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, url: url.toString().trim() }
}
