/** Where requests to S3 go: held against what the SDK's own client sends for the same objects. */
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { s3Address } from '../../shared/adapters/s3-address.ts'
import type { S3Object } from '../../shared/adapters/s3-address.ts'
import { ODD_KEYS } from '../contract/spec-inbox.contract.ts'
import { startS3Stub } from '../contract/spec-inbox-stub.ts'

const CREDENTIALS = { accessKeyId: 'AKIDTEST', secretAccessKey: 'hush-hush' }
const KEYS = [
  ...ODD_KEYS,
  '/leading',
  './here',
  'a/./b/../../c',
  '..',
  '///',
  '-._~!*\'()&$@=;:+ ,?\\{}^%`[]"<>#|',
  'tab\tnewline\nnull\u0000delete\u007f',
  'é and e\u0301',
  'x'.repeat(1_024),
]

/** Host and path of the SDK's request, which is not sent. */
async function sentBySdk(object: S3Object, region: string): Promise<{ hostname: string; path: string }> {
  let sent: { hostname: string; path: string } | undefined
  const client = new S3Client({
    region,
    credentials: CREDENTIALS,
    maxAttempts: 1,
    requestHandler: {
      async handle({ hostname, path }: { hostname: string; path: string }) {
        sent = { hostname, path }
        throw new Error('not sent')
      },
    },
  })
  const get = client.send(new GetObjectCommand({ Bucket: object.bucket, Key: object.key }))
  await expect(get).rejects.toThrow('not sent')
  return sent!
}

describe('the address of an object in AWS', () => {
  it.each(KEYS)("has the SDK's path for the key %j", async key => {
    const { hostname, path } = s3Address({ bucket: 'inbox', key }, 'eu-central-1')
    expect({ hostname, path }).toEqual(await sentBySdk({ bucket: 'inbox', key }, 'eu-central-1'))
  })
  it.each([
    ['inbox', 'eu-central-1'],
    ['inbox', 'us-east-1'],
    ['inbox', 'us-gov-west-1'],
    ['inbox', 'cn-north-1'],
    ['inbox', 'eusc-de-east-1'],
    ['in.box', 'eu-central-1'],
    ['in.box', 'cn-north-1'],
    ['a--b-3', 'eu-central-1'],
    ['a'.repeat(63), 'eu-central-1'],
  ])("has the SDK's host for the bucket %s in %s", async (bucket, region) => {
    const { hostname, path, protocol } = s3Address({ bucket, key: 'a/b' }, region)
    expect({ hostname, path }).toEqual(await sentBySdk({ bucket, key: 'a/b' }, region))
    expect(protocol).toBe('https:')
  })
})

describe('the address of an object at an endpoint', () => {
  it('is below the path of the endpoint, with its port in the Host header', () => {
    expect(s3Address({ bucket: 'inbox', key: 'a b' }, 'eu-central-1', 'http://localhost:9000/s3/')).toEqual({
      protocol: 'http:',
      hostname: 'localhost',
      port: 9000,
      host: 'localhost:9000',
      path: '/s3/inbox/a%20b',
    })
  })
  it('may be an IPv6 one', () => {
    expect(s3Address({ bucket: 'b', key: 'k' }, 'eu-central-1', 'http://[::1]:9000')).toMatchObject({
      hostname: '::1',
      host: '[::1]:9000',
    })
  })
  it('is http or https', () => {
    expect(() => s3Address({ bucket: 'b', key: 'k' }, 'eu-central-1', 'ftp://localhost')).toThrow('http or https')
  })
})

describe('the request line', () => {
  it.each(KEYS)("is the SDK's for the key %j, read and written", async key => {
    await using stub = await startS3Stub(() => ({ status: 200, body: 'x' }))
    const sdk = { endpoint: stub.url, region: 'eu-central-1', credentials: CREDENTIALS, forcePathStyle: true }
    const client = new S3Client(sdk)
    const VersionId = 'a+b/c=d é'
    await client.send(new GetObjectCommand({ Bucket: 'inbox', Key: key, VersionId }))
    await client.send(new PutObjectCommand({ Bucket: 'inbox', Key: key, Body: '{}' }))
    await stub.inbox.read({ bucket: 'inbox', key, version: VersionId }, 10)
    await stub.inbox.writeReport({ bucket: 'inbox', key }, {})
    client.destroy()
    const [get, put, ownGet, ownPut] = stub.seen.map(({ url }) => url)
    expect(ownGet).toBe(get?.replace('&x-id=GetObject', ''))
    expect(ownPut).toBe(put?.replace('?x-id=PutObject', ''))
  })
})
