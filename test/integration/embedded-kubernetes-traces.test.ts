/**
 * The embedded operator against recorded traces of the real one: the same sequence of states, messages and fields, of the
 * application, its pods and its events.
 */
import { afterEach, describe, expect, it } from 'vitest'
import type { EmbeddedKubernetes } from '../../local/kubernetes/embedded-kubernetes.ts'
import { admin, APPS, eventually, startTestCluster, TestClient } from '../support/embedded-kubernetes-client.ts'
import type { TestObject } from '../support/embedded-kubernetes-client.ts'
import { readTrace, tellStory } from '../support/embedded-kubernetes-traces.ts'
import type { Story, TraceLine } from '../support/embedded-kubernetes-traces.ts'
import { collectWatch } from '../support/embedded-kubernetes-watch.ts'

let cluster: EmbeddedKubernetes | undefined

afterEach(async () => {
  await cluster?.close()
  cluster = undefined
})

interface Replay {
  /** Acts when this is true of the application; then waits for `then`. */
  readonly until: (seen: Seen) => boolean
  /** Deletes the driver pod at that moment and goes on until this is true. */
  readonly deleteDriverUntil?: (seen: Seen) => boolean
  /** Waits for this, too, after the clean-up. */
  readonly finallyUntil?: (seen: Seen) => boolean
  readonly prepare?: (cluster: EmbeddedKubernetes) => void
  /** The application goes by itself. */
  readonly expires?: true
}

interface Seen {
  readonly state: string | undefined
  readonly executors: readonly string[]
  readonly lines: readonly TraceLine[]
}

const ended = (seen: Seen): boolean => seen.state === 'COMPLETED' || seen.state === 'FAILED'
const executorRuns = (seen: Seen): boolean => seen.executors.includes('RUNNING')

describe('the embedded operator does what the real one did', () => {
  it.each<[string, Replay]>([
    ['success', { until: ended }],
    ['exit-1-early', { until: ended }],
    ['exit-1-late', { until: ended }],
    ['driver-oom-killed', { until: ended }],
    ['missing-main-file-python', { until: ended }],
    ['missing-main-file-jar', { until: ended }],
    ['main-class-not-found', { until: ended }],
    ['executor-oom-job-fails', { until: ended }],
    ['executor-oom-job-survives', { until: ended }],
    ['quota-driver', { until: ended }],
    ['missing-service-account', { until: ended }],
    ['unschedulable-driver', { until: seen => seen.state === 'SUBMITTED' && hasApplicationId(seen) }],
    ['unschedulable-executors', { until: seen => seen.executors.includes('PENDING') && hasUnschedulable(seen) }],
    ['image-cannot-be-pulled', { until: seen => pulls(seen) === 3 }],
    ['deleted-while-running', { until: executorRuns }],
    ['deleted-while-new', { until: () => true, finallyUntil: submissionFailed }],
    ['driver-pod-deleted', { until: executorRuns, deleteDriverUntil: seen => ended(seen) && podsGone(seen) }],
    [
      'operator-killed-submit-lives',
      { until: driverEnded, prepare: one => one.control.killOperatorAt('before-status') },
    ],
    ['time-to-live-20', { until: ended, expires: true }],
  ])('%s', async (name, replay) => {
    const trace = readTrace(name)
    const recorded = tellStory(trace)
    const embedded = tellStory(await run(trace, replay))
    expect(embedded.application).toEqual(recorded.application)
    expect(embedded.pods).toEqual(recorded.pods)
    expect(sortedEvents(embedded)).toEqual(sortedEvents(recorded))
  })

  it('tells a failed submission with its cause near the front of 11 to 13 kB', async () => {
    const lines = await run(readTrace('quota-driver'), { until: ended })
    const { status } = lines.findLast(line => line.source === 'sparkapplication')?.object ?? {}
    const { errorMessage } = Object(status?.applicationState) as { errorMessage: string }
    expect(errorMessage.length).toBeGreaterThan(11_000)
    expect(errorMessage.length).toBeLessThan(13_000)
    expect(errorMessage.indexOf('exceeded quota')).toBeLessThan(2000)
    expect(errorMessage.slice(-1000)).not.toContain('quota')
  })
})

/** Creates what the trace created, watches like the recorder did, and cleans up when `replay` says. */
async function run(trace: readonly TraceLine[], replay: Replay): Promise<TraceLine[]> {
  const { metadata, spec } = trace.find(line => line.source === 'sparkapplication')?.object ?? {}
  const namespace = String(metadata?.namespace)
  const one = await startTestCluster()
  cluster = one
  const lines = await watchAll(one)
  const client = new TestClient(one, admin)
  replay.prepare?.(one)
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
  if (replay.deleteDriverUntil !== undefined) {
    const { deleteDriverUntil } = replay
    await client.delete(`/api/v1/namespaces/${namespace}/pods/${metadata?.name}-driver`)
    await eventually(() => deleteDriverUntil(look(lines)) || undefined)
  }
  if (replay.expires === undefined) await client.delete(`${path}/${metadata?.name}`)
  await eventually(
    () => (isGone(lines) && podsGone(look(lines)) && replay.finallyUntil?.(look(lines)) !== false) || undefined,
  )
  return lines
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

function submissionFailed({ lines }: Seen): boolean {
  return lines.some(line => line.object.reason === 'SparkApplicationSubmissionFailed')
}

function isGone(lines: readonly TraceLine[]): boolean {
  return lines.some(line => line.source === 'sparkapplication' && line.type === 'DELETED')
}

function podsGone({ lines }: Seen): boolean {
  const pods = lines.filter(line => line.source === 'pod')
  const names = new Set(pods.map(line => line.object.metadata?.name))
  return pods.filter(line => line.type === 'DELETED').length === names.size
}

function hasApplicationId({ lines }: Seen): boolean {
  return lines.some(line => line.object.status?.sparkApplicationId !== undefined)
}

function hasUnschedulable({ lines }: Seen): boolean {
  return lines.some(line => JSON.stringify(line.object).includes('"Unschedulable"'))
}

function pulls({ lines }: Seen): number {
  return lines.filter(
    line => line.source === 'pod' && /ErrImagePull"|ImagePullBackOff"/.test(JSON.stringify(waitingOf(line.object))),
  ).length
}

function waitingOf(pod: TestObject): unknown {
  return (pod.status?.containerStatuses as { state: { waiting?: unknown } }[] | undefined)?.[0]?.state.waiting ?? null
}

function driverEnded({ lines, state }: Seen): boolean {
  return (
    state === 'FAILED' &&
    lines.some(
      line =>
        line.source === 'pod' &&
        line.object.metadata?.name?.endsWith('-driver') === true &&
        line.object.status?.phase === 'Succeeded',
    )
  )
}

/** Events of one object come in order; those of a pod and of the application are separate writers. */
function sortedEvents(story: Story): Record<string, string[]> {
  return Object.fromEntries(Object.entries(story.events).map(([about, list]) => [about, list.toSorted()]))
}
