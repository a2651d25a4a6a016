/** The inbox over TLS, as in AWS: the certificate is checked, and one connection serves request after request. */
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadOrMakeCertificate } from '../../local/kubernetes/certificate.ts'
import type { Certificate } from '../../local/kubernetes/certificate.ts'
import { inboxAt } from '../contract/spec-inbox-stub.ts'

const AT = { bucket: 'inbox', key: 'k', version: '' }
const trusted = getCACertificates('default')
let pair: Certificate
beforeAll(async () => {
  pair = await loadOrMakeCertificate()
})
afterAll(() => setDefaultCACertificates(trusted))

/** A TLS server that answers every request, and how many connections it has seen. */
async function startTlsStub() {
  let connections = 0
  const server = createServer(pair, (request, response) => {
    request.resume()
    response.end('spec')
  })
  server.on('secureConnection', () => connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

describe('over TLS', () => {
  it('a server with a certificate of nobody we trust is told nothing', async () => {
    await using stub = await startTlsStub()
    const inbox = inboxAt(stub.url)
    await expect(inbox.read(AT, 10)).rejects.toThrow(/NoAnswer: .*certificate/)
    inbox.close()
  })
  it('one connection serves reads and reports', async () => {
    setDefaultCACertificates([pair.cert])
    await using stub = await startTlsStub()
    const inbox = inboxAt(stub.url)
    for (let times = 0; times < 3; times++) {
      expect(await inbox.read(AT, 10)).toMatchObject({ outcome: 'read' })
      await inbox.writeReport(AT, { times })
    }
    inbox.close()
    expect(stub.connections()).toBe(1)
  })
})
