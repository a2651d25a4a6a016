/** The inbox's requests in trouble: what is tried again, what ends it, and what its errors say. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { parseS3Refusal } from '../../shared/adapters/s3-error.ts'
import { errorDocument, inboxAt, startS3Stub } from '../contract/spec-inbox-stub.ts'
import { bytesOf } from '../support/make-spec.ts'

const AT = { bucket: 'inbox', key: 'payments/a b.yaml', version: 'v1' }
const MAX_BYTES = 100
const GOOD = { status: 200, body: 'spec' }
/** So that a time-out cannot be what ended a connection. */
const NEVER_IN_TIME = { timeoutMilliseconds: 600_000 }
const READ = { outcome: 'read', bytes: bytesOf('spec') }

describe('a request', () => {
  it('is tried again after an answer that may pass', async () => {
    const passing = [
      { status: 500, body: errorDocument('InternalError', 'x') },
      { status: 502 },
      { status: 503, body: errorDocument('SlowDown', 'x') },
      { status: 504 },
      { status: 429 },
      { status: 400, body: errorDocument('RequestTimeout', 'x') },
    ]
    for (const answer of passing) {
      await using stub = await startS3Stub(count => (count < 3 ? answer : GOOD))
      expect(await stub.inbox.read(AT, MAX_BYTES)).toEqual(READ)
      expect(stub.seen).toHaveLength(3)
    }
  })
  it('is not tried again after one that will not', async () => {
    for (const answer of [{ status: 400 }, { status: 403 }, { status: 404 }, { status: 501 }, { status: 301 }]) {
      await using stub = await startS3Stub(() => answer)
      await stub.inbox.read(AT, MAX_BYTES).catch(() => undefined)
      expect(stub.seen).toHaveLength(1)
    }
  })
  it('gives up after three tries', async () => {
    await using stub = await startS3Stub(() => ({ status: 503, body: errorDocument('SlowDown', 'Reduce your rate') }))
    await expect(stub.inbox.read(AT, MAX_BYTES)).rejects.toThrow(
      'GET s3://inbox/payments/a b.yaml: SlowDown: Reduce your rate (request REQ1)',
    )
    expect(stub.seen).toHaveLength(3)
  })
  it('waits longer each time, and longest for a bucket that asks to slow down', async () => {
    const slowDown = { status: 503, body: errorDocument('SlowDown', 'x') }
    await using stub = await startS3Stub(count => (count < 3 ? slowDown : GOOD), { retryDelayMilliseconds: 20 })
    const begun = performance.now()
    await stub.inbox.read(AT, MAX_BYTES)
    // 5 × 20 and 5 × 40; a timer may be a millisecond early.
    expect(performance.now() - begun).toBeGreaterThanOrEqual(298)
  })
  it('is tried again over a connection that was lost before the answer', async () => {
    await using stub = await startS3Stub((count, response) => {
      if (count > 1) return GOOD
      response.destroy()
      return undefined
    })
    expect(await stub.inbox.read(AT, MAX_BYTES)).toEqual(READ)
    expect(stub.seen).toHaveLength(2)
  })
  it('is tried again over a connection that S3 closed while it was idle', async () => {
    await using stub = await startS3Stub((_, response) => {
      // Closed right behind the answer, without a word of it in the headers.
      response.on('finish', () => response.socket?.destroySoon())
      return GOOD
    })
    for (let times = 0; times < 10; times++) expect(await stub.inbox.read(AT, MAX_BYTES)).toEqual(READ)
  })
  it('is tried again after a body that was cut', async () => {
    await using stub = await startS3Stub((count, response) => {
      if (count > 1) return GOOD
      response.writeHead(200, { 'content-length': '10' })
      response.write('spe', () => response.destroy())
      return undefined
    })
    expect(await stub.inbox.read(AT, MAX_BYTES)).toEqual(READ)
    expect(stub.seen).toHaveLength(2)
  })
  it('that nobody answers ends in time, and says how often it was tried', async () => {
    await using stub = await startS3Stub(() => undefined, { timeoutMilliseconds: 300 })
    await expect(stub.inbox.read(AT, MAX_BYTES)).rejects.toMatchObject({
      name: 'S3Error',
      code: 'NoAnswer',
      message: expect.stringMatching(/^GET s3:\/\/inbox\/payments\/a b\.yaml: NoAnswer: .* \(3 tries\)$/),
    })
    expect(stub.seen).toHaveLength(3)
  })
  it('whose body never ends ends in time', async () => {
    const settings = { timeoutMilliseconds: 20 }
    await using stub = await startS3Stub((_, response) => {
      response.writeHead(200).write('sp')
      return undefined
    }, settings)
    await expect(stub.inbox.read(AT, MAX_BYTES)).rejects.toMatchObject({ code: 'NoAnswer' })
  })
  it('to a port where nobody listens says so', async () => {
    const stub = await startS3Stub(() => GOOD)
    await stub[Symbol.asyncDispose]()
    await expect(inboxAt(stub.url).read(AT, MAX_BYTES)).rejects.toThrow(/NoAnswer: connect ECONNREFUSED/)
  })
  it('without credentials is not sent', async () => {
    const credentials = async () => {
      throw new Error('no credentials here')
    }
    await using stub = await startS3Stub(() => GOOD, { credentials })
    await expect(stub.inbox.read(AT, MAX_BYTES)).rejects.toThrow('no credentials here')
    expect(stub.seen).toEqual([])
  })
  it('is signed with the credentials of the moment, their session token included', async () => {
    let turn = 0
    const credentials = async () => ({ accessKeyId: `AKID${++turn}`, secretAccessKey: 's', sessionToken: `T${turn}` })
    await using stub = await startS3Stub(() => GOOD, { credentials })
    await stub.inbox.read(AT, MAX_BYTES)
    await stub.inbox.read(AT, MAX_BYTES)
    expect(stub.seen.map(({ headers }) => headers['x-amz-security-token'])).toEqual(['T1', 'T2'])
    expect(stub.seen[1]?.headers.authorization).toMatch(/Credential=AKID2\/\d{8}\/eu-central-1\/s3\/aws4_request/)
    expect(stub.seen[1]?.headers.authorization).toMatch(/SignedHeaders=[^,]*x-amz-security-token/)
  })
})

describe('a report', () => {
  it('is sent with its type, its length in bytes and its hash, all signed', async () => {
    await using stub = await startS3Stub(() => ({ status: 200 }))
    await stub.inbox.writeReport({ bucket: 'inbox', key: 'k.json' }, { state: 'größer 🚀' })
    const [put] = stub.seen
    expect(put).toMatchObject({ method: 'PUT', url: '/inbox/k.json' })
    expect(JSON.parse(put?.body ?? '')).toEqual({ state: 'größer 🚀' })
    expect(put?.headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(put?.body ?? '')),
      'x-amz-content-sha256': createHash('sha256')
        .update(put?.body ?? '')
        .digest('hex'),
    })
    expect(put?.headers.authorization).toContain(
      'SignedHeaders=content-length;content-type;host;x-amz-content-sha256;x-amz-date,',
    )
  })
  it('is written again where the answer was lost', async () => {
    await using stub = await startS3Stub((count, response) => {
      if (count > 1) return { status: 200 }
      response.destroy()
      return undefined
    })
    await stub.inbox.writeReport(AT, { a: 1 })
    expect(new Set(stub.seen.map(({ body }) => body)).size).toBe(1)
    expect(stub.seen).toHaveLength(2)
  })
})

describe('an object', () => {
  it('without a length is read up to the limit and no further', async () => {
    await using stub = await startS3Stub((count, response) => {
      response.write('x'.repeat(MAX_BYTES))
      if (count === 1) response.end()
      else response.write('y')
      return undefined
    })
    expect(await stub.inbox.read(AT, MAX_BYTES)).toMatchObject({ outcome: 'read' })
    expect(await stub.inbox.read(AT, MAX_BYTES)).toEqual({ outcome: 'too-large', size: MAX_BYTES + 1 })
  })
  it('that is too large is hung up on', async () => {
    const hungUp: Promise<unknown>[] = []
    await using stub = await startS3Stub((_, response) => {
      hungUp.push(once(response, 'close'))
      response.writeHead(200, { 'content-length': '1000000' }).write('x')
      return undefined
    }, NEVER_IN_TIME)
    expect(await stub.inbox.read(AT, MAX_BYTES)).toEqual({ outcome: 'too-large', size: 1_000_000 })
    await Promise.all(hungUp)
    expect(hungUp).toHaveLength(1)
  })
})

describe('a refusal', () => {
  it('says where the bucket is when it is elsewhere', async () => {
    const region = '<Region>us-west-2</Region>'
    const malformed = errorDocument('AuthorizationHeaderMalformed', 'the region is wrong', region)
    const redirect = { status: 301, headers: { 'x-amz-bucket-region': 'us-west-2' } }
    for (const answer of [{ status: 400, body: malformed }, redirect]) {
      await using stub = await startS3Stub(() => answer)
      await expect(stub.inbox.read(AT, MAX_BYTES)).rejects.toThrow('(the bucket is in us-west-2)')
    }
  })
  it('never tells what was sent to sign the request', async () => {
    const credentials = async () => ({ accessKeyId: 'AKIDTEST', secretAccessKey: 'hush', sessionToken: 'TOKEN' })
    const echo = '<StringToSign>AKIDTEST TOKEN</StringToSign>'
    const body = errorDocument('SignatureDoesNotMatch', 'no', echo)
    for (const answer of [{ status: 403, body }, undefined]) {
      await using stub = await startS3Stub(() => answer, { credentials, timeoutMilliseconds: 20 })
      const error = await stub.inbox.read(AT, MAX_BYTES).catch((caught: unknown) => caught as Error)
      const { message, cause, ...rest } = error as Error
      const told = `${message} ${JSON.stringify(rest)} ${String(cause)} ${JSON.stringify(cause)}`
      expect(told).not.toMatch(/hush|TOKEN|AKIDTEST|authorization/i)
    }
  })
  it('is read from a document with escapes, and from none', () => {
    expect(parseS3Refusal(400, {}, errorDocument('A', 'x &lt;y&gt; &amp;amp; &quot;z&quot;'))).toEqual({
      status: 400,
      code: 'A',
      message: 'x <y> &amp; "z"',
      requestId: 'REQ1',
    })
    expect(parseS3Refusal(502, { 'x-amz-request-id': 'R' }, '<html>bad gateway</html>')).toEqual({
      status: 502,
      code: 'HTTP 502',
      message: 'no message',
      requestId: 'R',
    })
  })
})
