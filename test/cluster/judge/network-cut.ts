/**
 * A way to the API server that can be cut: a port of ours that passes bytes on, and a rule of nftables that drops every packet
 * to and from it, so that the gateway meets silence (time-outs, retransmissions) and not a closed connection. Needs root.
 */
import { execFileSync } from 'node:child_process'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

export interface CuttableWay {
  /** `https://127.0.0.1:PORT`: bytes pass as they are, so that the server's certificate must name 127.0.0.1. */
  readonly server: string
  cut(): void
  mend(): void
  close(): Promise<void>
}

const TABLE = 'sparkgate_test_cut'

/** `to`: `https://HOST:PORT`. */
export async function openWay(to: string): Promise<CuttableWay> {
  const { hostname, port } = new URL(to)
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  }
  const server = createServer(incoming => {
    const outgoing = connect(Number(port), hostname)
    keep(incoming)
    keep(outgoing)
    // Either side may be killed at any time.
    incoming.on('error', () => outgoing.destroy()).once('close', () => outgoing.destroy())
    outgoing.on('error', () => incoming.destroy()).once('close', () => incoming.destroy())
    incoming.pipe(outgoing)
    outgoing.pipe(incoming)
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const own = (server.address() as AddressInfo).port
  return {
    server: `https://127.0.0.1:${own}`,
    cut() {
      const rules = `tcp dport ${own} drop; tcp sport ${own} drop;`
      const chain = `chain cut { type filter hook output priority 0; ${rules} }`
      execFileSync('nft', ['-f', '-'], { input: `table inet ${TABLE} {\n${chain}\n}\n` })
    },
    mend: mendCut,
    async close() {
      mendCut()
      for (const socket of sockets) socket.destroy()
      await new Promise(done => server.close(done))
    },
  }
}

/** Takes the rule away, also one of a run that was killed. */
export function mendCut(): void {
  // Added first: a table that is not there cannot be deleted.
  execFileSync('nft', ['-f', '-'], { input: `add table inet ${TABLE}\ndelete table inet ${TABLE}\n` })
}
