/**
 * DynamoDB Local keeps tables by access key; in AWS they belong to the account. The gateway's functions and the reader of the
 * change stream sign with different keys, so this stands between and gives all requests one key. Nobody checks signatures there.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface OneAccount {
  readonly url: string
  close(): Promise<void>
}

/** Serves `endpoint` on a free port of the loopback. */
export async function startOneAccount(endpoint: string, accessKeyId: string): Promise<OneAccount> {
  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy())
  })
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers
    const authorization = headers.authorization?.replace(/Credential=[^/]+/, `Credential=${accessKeyId}`) ?? ''
    const answer = await fetch(endpoint, {
      method: request.method ?? 'POST',
      headers: { ...(headers as Record<string, string>), authorization },
      body: Buffer.concat(chunks),
    })
    const type = answer.headers.get('content-type') ?? 'application/x-amz-json-1.0'
    response.writeHead(answer.status, { 'content-type': type }).end(Buffer.from(await answer.arrayBuffer()))
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
