/** A small HTTP server that answers as S3 would in trouble, and an inbox that asks it; for what the embedded S3 never says. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { S3Inbox } from '../../shared/adapters/s3-inbox.ts'
import type { S3Settings } from '../../shared/adapters/s3-http.ts'

export interface StubAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface SeenRequest {
  readonly method: string
  /** Path and query as they came. */
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface S3Stub extends AsyncDisposable {
  readonly url: string
  readonly seen: SeenRequest[]
  readonly inbox: S3Inbox
}

/** Answers a request, or does with its response what it likes (`undefined`). `count` is 1 for the first request. */
export type StubRule = (count: number, response: ServerResponse) => StubAnswer | undefined

/** Settings that wait for nothing: delays of a millisecond, the longest of them. */
export const inboxAt = (endpoint: string, settings: Partial<S3Settings> = {}): S3Inbox =>
  new S3Inbox({
    endpoint,
    region: async () => 'eu-central-1',
    credentials: async () => ({ accessKeyId: 'AKIDTEST', secretAccessKey: 'hush-hush' }),
    random: { next: () => 1 },
    retryDelayMilliseconds: 1,
    ...settings,
  })

export async function startS3Stub(rule: StubRule, settings: Partial<S3Settings> = {}): Promise<S3Stub> {
  const seen: SeenRequest[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString('utf8') })
      const answer = rule(seen.length, response)
      if (answer !== undefined) response.writeHead(answer.status, answer.headers).end(answer.body)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const inbox = inboxAt(url, settings)
  return {
    url,
    seen,
    inbox,
    async [Symbol.asyncDispose]() {
      inbox.close()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** S3's error document. */
export const errorDocument = (code: string, message: string, more = ''): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>${more}` +
  '<RequestId>REQ1</RequestId><HostId>host</HostId></Error>'
