/**
 * One HTTP server on the loopback interface: how every embedded AWS service here listens, reads a body and stops.
 * It exists so that no emulator is ever reachable from another machine and none leaves a socket behind.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A body over the limit is read to its end, so that the client hears the answer, but never past this many times the limit. */
const MAX_DRAIN_FACTOR = 4

export interface LoopbackServer {
  readonly port: number
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string
  /** Stops listening and cuts every open connection; a second call does nothing. */
  close(): Promise<void>
}

/** Listens on 127.0.0.1; port 0 takes a free one. A rejected `handle` is answered with 500 and the error's message. */
export async function startLoopbackServer(
  port: number,
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<LoopbackServer> {
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => answerBug(response, error))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address() as AddressInfo
  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Reads the whole body; undefined when it is longer than `maxBytes`. Rejects when the client goes away. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxBytes * MAX_DRAIN_FACTOR) return undefined
    if (length <= maxBytes) chunks.push(chunk)
  }
  return length > maxBytes ? undefined : Buffer.concat(chunks, length)
}

function answerBug(response: ServerResponse, error: unknown): void {
  if (response.destroyed) return
  if (response.headersSent) {
    response.destroy()
    return
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  response.writeHead(500, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ __type: 'InternalServerError', message }))
}
