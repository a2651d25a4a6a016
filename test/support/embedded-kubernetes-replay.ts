/**
 * Does to the embedded cluster what was done to the real one when a trace was recorded, and writes down what its watches say.
 */
import { expect } from 'vitest'
import type { EmbeddedKubernetes } from '../../local/kubernetes/embedded-kubernetes.ts'
import { admin, application, APPS, eventually, startTestCluster, TestClient } from './embedded-kubernetes-client.ts'
import type { TraceLine } from './embedded-kubernetes-traces.ts'
import { collectWatch } from './embedded-kubernetes-watch.ts'

/** How a trace is replayed: what is done when. */
export interface Replay {
  /** Acts when this is true of the application; then the `moves`. */
  readonly until: (seen: Seen) => boolean
  /** Then does each of these, and goes on until what belongs to it is true. */
  readonly moves?: readonly Move[]
  /** Waits for this, too, after the clean-up. */
  readonly finallyUntil?: (seen: Seen) => boolean
  readonly prepare?: (cluster: EmbeddedKubernetes) => void
  /** Of the namespace; none if absent. */
  readonly quota?: { readonly cpu: number }
  /** Which number the executor has depends on when the quota came. */
  readonly anyExecutor?: true
  /** Another application's driver has the name already. */
  readonly takeDriverName?: true
  /** The application goes by itself. */
  readonly expires?: true
}

/** One more thing that is done. */
export interface Move {
  act(cluster: EmbeddedKubernetes, at: Place, seen: Seen): unknown
  readonly until: (seen: Seen) => boolean
}

/** Where the application is, and an administrator. */
export interface Place {
  readonly namespace: string
  readonly name: string
  readonly client: TestClient
}

/** What the watches have said so far. */
export interface Seen {
  readonly state: string | undefined
  readonly executors: readonly string[]
  readonly lines: readonly TraceLine[]
}

/** Creates what the trace created, watches like the recorder did, and cleans up when `replay` says. */
export async function replayTrace(trace: readonly TraceLine[], replay: Replay): Promise<TraceLine[]> {
  const one = await startTestCluster()
  try {
    return await replayOn(one, trace, replay)
  } finally {
    await one.close()
  }
}

async function replayOn(one: EmbeddedKubernetes, trace: readonly TraceLine[], replay: Replay): Promise<TraceLine[]> {
  const { metadata, spec } = trace.find(line => line.source === 'sparkapplication')?.object ?? {}
  const namespace = String(metadata?.namespace)
  const lines = await watchAll(one)
  const client = new TestClient(one, admin)
  one.control.setQuota(namespace, replay.quota ?? {})
  replay.prepare?.(one)
  if (replay.takeDriverName === true) await takeName(client, namespace, `${metadata?.name}-driver`)
  const path = `${APPS}/namespaces/${namespace}/sparkapplications`
  const labels = { 'example.org/job': 'j1' }
  const created = await client.create(
    {
      apiVersion: 'sparkoperator.k8s.io/v1beta2',
      kind: 'SparkApplication',
      metadata: { name: metadata?.name, labels },
      spec,
    },
    path,
  )
  expect(created.code).toBe(201)
  await eventually(() => replay.until(look(lines)) || undefined)
  const place = { namespace, name: String(metadata?.name), client }
  for (const { act, until } of replay.moves ?? []) {
    await act(one, place, look(lines))
    await eventually(() => until(look(lines)) || undefined)
  }
  if (replay.expires === undefined) await client.delete(`${path}/${metadata?.name}`)
  if (replay.takeDriverName === true) await client.delete(`${path}/${OTHER_OWNER}`)
  await eventually(
    () => (isGone(lines) && podsGone(look(lines)) && replay.finallyUntil?.(look(lines)) !== false) || undefined,
  )
  return lines
}

export const podsPath = (namespace: string): string => `/api/v1/namespaces/${namespace}/pods`

const OTHER_OWNER = 'other-owner'

async function takeName(client: TestClient, namespace: string, podName: string): Promise<void> {
  const driver = { podName, cores: 1, memory: '512m', nodeSelector: { 'example.org/no-such': 'node' } }
  const path = `${APPS}/namespaces/${namespace}/sparkapplications`
  expect((await client.create(application(OTHER_OWNER, { driver }), path)).code).toBe(201)
  await eventually(async () =>
    (await client.get(`${podsPath(namespace)}/${podName}`)).code === 200 ? true : undefined,
  )
}

async function watchAll(one: EmbeddedKubernetes): Promise<TraceLine[]> {
  const lines: TraceLine[] = []
  const sources = [
    ['sparkapplication', `${APPS}/sparkapplications`],
    ['pod', '/api/v1/pods'],
    ['event', '/api/v1/events'],
  ] as const
  for (const [source, path] of sources) {
    const watch = await collectWatch(one, admin, `${path}?watch=1`)
    const push = (watch.lines as TraceLine[]).push.bind(watch.lines)
    // One list in order of arrival, as the recorder wrote it.
    Object.assign(watch.lines, {
      push: (...added: TraceLine[]) => {
        lines.push(...added.map(line => ({ ...line, source })))
        return push(...added)
      },
    })
  }
  return lines
}

function look(lines: readonly TraceLine[]): Seen {
  const last = lines.findLast(line => line.source === 'sparkapplication')?.object.status
  const { applicationState, executorState } = (last ?? {}) as {
    applicationState?: { state: string }
    executorState?: Record<string, string>
  }
  return { state: applicationState?.state, executors: Object.values(executorState ?? {}), lines }
}

function isGone(lines: readonly TraceLine[]): boolean {
  return lines.some(line => line.source === 'sparkapplication' && line.type === 'DELETED')
}

export function podsGone({ lines }: Seen): boolean {
  const pods = lines.filter(line => line.source === 'pod')
  const names = new Set(pods.map(line => line.object.metadata?.name))
  return pods.filter(line => line.type === 'DELETED').length === names.size
}
