/** The push: the forwarder as a process, between the embedded Kubernetes and the embedded SQS; and its loop with fakes. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { forwardChanges } from '../../../infra/cluster/forwarder/forward-changes.ts'
import type { ForwardDeps } from '../../../infra/cluster/forwarder/forward-changes.ts'
import { startEmbeddedSqs } from '../../../local/aws/sqs/sqs-server.ts'
import type { EmbeddedSqs } from '../../../local/aws/sqs/sqs-server.ts'
import type { EmbeddedKubernetes } from '../../../local/kubernetes/embedded-kubernetes.ts'
import type { ApplicationView } from '../../../shared/domain/observed.ts'
import { rendered as renderedApplication } from '../../contract/spark-cluster.contract.ts'
import { clientOf } from '../../support/embedded-cluster-client.ts'
import { CLUSTER_NAME, observe, reconcile, startTestCluster } from '../../support/embedded-kubernetes-client.ts'
import { signEksToken } from '../../support/embedded-kubernetes-tokens.ts'

const AWS = { region: 'eu-central-1', credentials: { accessKeyId: 'LOCAL', secretAccessKey: 'local' } }
const PLACE = { namespace: 'team-a', serviceAccount: 'spark', image: 'localhost/spark:4.0' }
const ROOT = new URL('../../../', import.meta.url).pathname
const FORWARDER = new URL('../../../infra/cluster/forwarder/main.ts', import.meta.url).pathname
const WAIT = { timeout: 20_000, interval: 50 }

let kubernetes: EmbeddedKubernetes
let sqs: EmbeddedSqs
const folder = mkdtempSync(join(tmpdir(), 'sparkgate-forwarder-'))
beforeAll(async () => {
  kubernetes = await startTestCluster()
  sqs = await startEmbeddedSqs({ region: AWS.region, queues: [{ name: 'reconcile' }] })
  writeFileSync(join(folder, 'ca.crt'), Buffer.from(kubernetes.certificateAuthorityData, 'base64'))
  writeFileSync(join(folder, 'token'), `${await signEksToken(observe, { clusterName: CLUSTER_NAME })}\n`)
})
afterAll(async () => {
  await kubernetes.close()
  await sqs.close()
  rmSync(folder, { recursive: true })
})

function startForwarder(environment: Readonly<Record<string, string>> = {}, program = FORWARDER) {
  const { hostname, port } = new URL(kubernetes.url)
  return spawn(process.execPath, [program], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      SERVICE_ACCOUNT_FOLDER: folder,
      RECONCILE_QUEUE_URL: sqs.queueUrl('reconcile'),
      AWS_ENDPOINT_URL_SQS: sqs.url,
      AWS_REGION: AWS.region,
      AWS_ACCESS_KEY_ID: 'LOCAL',
      AWS_SECRET_ACCESS_KEY: 'local',
      ...environment,
    },
  })
}

describe('the forwarder as a process', () => {
  it('posts the id of a job that changes, in the form of the gateway, with the rights of observing alone', async () => {
    const forwarder = startForwarder()
    const client = clientOf(kubernetes, reconcile)
    const queue = new SQSClient({ ...AWS, endpoint: sqs.url })
    await vi.waitFor(() => expect(kubernetes.auditLog.some(({ verb }) => verb === 'watch')).toBe(true), WAIT)
    await client.cluster.create(PLACE.namespace, renderedApplication(PLACE, 'pushed-1-a1'))
    const bodies: string[] = []
    await vi.waitFor(async () => {
      const { Messages = [] } = await queue.send(new ReceiveMessageCommand({ QueueUrl: sqs.queueUrl('reconcile') }))
      bodies.push(...Messages.map(message => message.Body ?? ''))
      expect(bodies).not.toEqual([])
    }, WAIT)
    expect(JSON.parse(bodies[0] ?? '')).toEqual({ version: 1, team: 'payments', jobId: 'j-pushed-1-a1' })
    const asked = kubernetes.auditLog.filter(({ user }) => user.groups?.includes('sparkgate:observe'))
    expect([...new Set(asked.map(({ verb, objectRef }) => `${verb} ${objectRef?.resource}`))].toSorted()).toEqual([
      'list sparkapplications',
      'watch sparkapplications',
    ])
    forwarder.kill('SIGTERM')
    expect(await once(forwarder, 'exit')).toEqual([0, null])
    client.close()
    queue.destroy()
  })
  it('ends with 1 and says why, where a part of its environment is missing', async () => {
    const forwarder = startForwarder({ RECONCILE_QUEUE_URL: '' })
    const said: string[] = []
    forwarder.stderr.on('data', chunk => said.push(String(chunk)))
    expect(await once(forwarder, 'close')).toEqual([1, null])
    expect(said.join('')).toContain('RECONCILE_QUEUE_URL is missing')
  })
})

describe('the image recipe', () => {
  it('makes one file that starts without the rest of the tree', async () => {
    const recipe = readFileSync(join(ROOT, 'infra/cluster/forwarder/Dockerfile'), 'utf8')
    const [, words = ''] = /^RUN npx esbuild (.*)$/m.exec(recipe) ?? []
    const file = join(folder, 'forwarder.cjs')
    const args = words.split(' ').map(word => (word.startsWith('--outfile=') ? `--outfile=${file}` : word))
    execFileSync(join(ROOT, 'node_modules/.bin/esbuild'), args, { cwd: ROOT, stdio: 'pipe' })
    const forwarder = startForwarder({}, file)
    const said: string[] = []
    forwarder.stdout.on('data', chunk => said.push(String(chunk)))
    await vi.waitFor(() => expect(said.join('')).toContain('forwarding changes'), WAIT)
    forwarder.kill('SIGTERM')
    expect(await once(forwarder, 'exit')).toEqual([0, null])
  })
})

const changed = (jobId: string): ApplicationView => ({
  name: jobId,
  uid: jobId,
  resourceVersion: '1',
  team: 'payments',
  jobId,
  operatorState: 'RUNNING',
  executors: {},
})

type Watch = ForwardDeps['cluster']['watch']

/** A cluster that answers the watches of the list one after the other, then has the loop stop. */
function script(watches: readonly Watch[], send: ForwardDeps['queue']['send'] = async () => {}) {
  const stop = new AbortController()
  const from: string[] = []
  const waited: number[] = []
  const said: string[] = []
  let lists = 0
  const deps: ForwardDeps = {
    cluster: {
      list: async () => ({ outcome: 'listed', applications: [], resourceVersion: `list-${++lists}` }),
      watch: async (version, seconds, onChange) => {
        const next = watches[from.length]
        from.push(version)
        if (next === undefined) stop.abort()
        return next === undefined ? { outcome: 'ended', resourceVersion: version } : next(version, seconds, onChange)
      },
    },
    queue: { send },
    watchSeconds: 1,
    wait: async seconds => void waited.push(seconds),
    say: line => void said.push(line),
  }
  return { from, waited, said, run: () => forwardChanges(deps, stop.signal) }
}

describe('the loop of the forwarder', () => {
  it('goes on where the last watch ended, and lists anew only after the server forgot', async () => {
    const loop = script([
      async () => ({ outcome: 'ended', resourceVersion: '7' }),
      async () => ({ outcome: 'expired' }),
      async () => ({ outcome: 'unavailable', message: 'HTTP 429', resourceVersion: '9', retryAfterSeconds: 600 }),
    ])
    await loop.run()
    expect(loop.from).toEqual(['list-1', '7', 'list-2', '9'])
    expect(loop.waited).toEqual([60])
    expect(loop.said).toEqual(['HTTP 429'])
  })
  it('sends jobs that change during a send together, and each once', async () => {
    const sent: string[][] = []
    const loop = script(
      [
        async (_from, _seconds, onChange) => {
          for (const id of ['j-1', 'j-2', 'j-3', 'j-2']) onChange(changed(id))
          onChange({ ...changed('foreign'), team: undefined } as unknown as ApplicationView)
          return { outcome: 'ended', resourceVersion: '2' }
        },
      ],
      async refs => void sent.push(refs.map(({ jobId }) => jobId)),
    )
    await loop.run()
    expect(sent).toEqual([['j-1'], ['j-2', 'j-3']])
  })
  it('ends with the error of the queue', async () => {
    const loop = script(
      [
        async (_from, _seconds, onChange) => {
          onChange(changed('j-1'))
          return { outcome: 'ended', resourceVersion: '2' }
        },
      ],
      async () => {
        throw new Error('the queue is gone')
      },
    )
    await expect(loop.run()).rejects.toThrow('the queue is gone')
  })
})
