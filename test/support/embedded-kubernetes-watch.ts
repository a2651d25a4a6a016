/**
 * Watches through the front door, collecting what comes.
 */
import { request } from 'node:https'
import type { ClientRequest } from 'node:http'
import { signEksToken } from './embedded-kubernetes-tokens.ts'
import type { EmbeddedKubernetes } from '../../local/kubernetes/embedded-kubernetes.ts'
import type { Principal } from '../../local/kubernetes/authentication.ts'
import type { TestObject } from './embedded-kubernetes-client.ts'

export interface WatchLine {
  readonly type: string
  readonly object: TestObject
}

export interface CollectedWatch {
  /** HTTP status. */
  readonly code: number
  /** What has come so far; grows. */
  readonly lines: readonly WatchLine[]
  /** When the server has ended the watch. */
  readonly ended: Promise<void>
  stop(): void
}

/** Resolves when the server has sent its headers. `path` has `watch=1`. */
export async function collectWatch(
  cluster: EmbeddedKubernetes,
  principal: Principal,
  path: string,
): Promise<CollectedWatch> {
  const token = await signEksToken(principal, { clusterName: cluster.clusterName })
  const lines: WatchLine[] = []
  let sent: ClientRequest
  return new Promise((resolve, reject) => {
    sent = request(
      `${cluster.url}${path}`,
      {
        agent: false,
        ca: Buffer.from(cluster.certificateAuthorityData, 'base64'),
        headers: { Accept: 'application/json', Authorization: `Bearer ${token}` },
      },
      response => {
        let rest = ''
        const ended = new Promise<void>(done => {
          response.on('close', done)
        })
        response.setEncoding('utf8')
        response.on('error', () => undefined)
        response.on('data', (chunk: string) => {
          const parts = (rest + chunk).split('\n')
          rest = parts.pop() ?? ''
          for (const line of parts) lines.push(JSON.parse(line) as WatchLine)
        })
        resolve({ code: response.statusCode ?? 0, lines, ended, stop: () => void sent.destroy() })
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}
