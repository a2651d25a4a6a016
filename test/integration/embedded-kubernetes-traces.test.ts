/**
 * The embedded operator against recorded traces of the real one: the same sequence of states, messages and fields, of the
 * application, its pods and its events.
 */
import { describe, expect, it } from 'vitest'
import type { EmbeddedKubernetes } from '../../local/kubernetes/embedded-kubernetes.ts'
import { eventually } from '../support/embedded-kubernetes-client.ts'
import type { TestObject } from '../support/embedded-kubernetes-client.ts'
import { podsGone, podsPath, replayTrace } from '../support/embedded-kubernetes-replay.ts'
import type { Place, Replay, Seen } from '../support/embedded-kubernetes-replay.ts'
import { readTrace, tellStory } from '../support/embedded-kubernetes-traces.ts'
import type { Story, TraceLine } from '../support/embedded-kubernetes-traces.ts'

const ended = (seen: Seen): boolean => seen.state === 'COMPLETED' || seen.state === 'FAILED'
const executorRuns = (seen: Seen): boolean => seen.executors.includes('RUNNING')

/** At fifty times the pace, a machine that stands still for 10 ms makes one status write of two, as the real operator under load. */
const RETRIES = 2

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
    ['quota-driver', { until: ended, quota: { cpu: 0.05 } }],
    ['missing-service-account', { until: ended }],
    ['unschedulable-driver', { until: seen => seen.state === 'SUBMITTED' && hasApplicationId(seen) }],
    ['unschedulable-executors', { until: seen => seen.executors.includes('PENDING') && hasUnschedulable(seen) }],
    ['image-cannot-be-pulled', { until: seen => pulls(seen) === 3 }],
    ['deleted-while-running', { until: executorRuns }],
    ['deleted-while-new', { until: () => true, finallyUntil: submissionFailed }],
    [
      'driver-pod-deleted',
      { until: executorRuns, moves: [{ act: deleteDriver, until: seen => ended(seen) && podsGone(seen) }] },
    ],
    ['executor-pod-deleted', { until: executorRuns, moves: [{ act: deleteExecutor, until: ended }] }],
    ['deleted-while-pending', { until: seen => seen.state === 'SUBMITTED' && hasApplicationId(seen) }],
    ['image-never-pulled', { until: seen => JSON.stringify(seen.lines).includes('ErrImageNeverPull') }],
    ['name-taken', { until: ended, takeDriverName: true }],
    [
      'quota-executors',
      {
        quota: { cpu: 0.15 },
        anyExecutor: true,
        until: seen => seen.state === 'RUNNING',
        moves: [
          { act: asksForExecutors, until: () => true },
          { act: one => one.control.setQuota('team-b', {}), until: ended },
        ],
      },
    ],
    [
      'operator-killed-before-driver-pod',
      { until: ended, prepare: one => one.control.killOperatorAt('before-driver-pod') },
    ],
    [
      'operator-killed-after-driver-pod',
      { until: ended, prepare: one => one.control.killOperatorAt('after-driver-pod') },
    ],
    [
      'operator-away-at-end',
      {
        until: executorRuns,
        moves: [
          { act: one => one.control.stopOperator(), until: driverSucceeded },
          { act: one => one.control.startOperator(), until: ended },
        ],
      },
    ],
    [
      'api-server-restarted',
      { until: executorRuns, moves: [{ act: one => one.control.expireHistory(), until: ended }] },
    ],
    ['webhook-away', { until: () => true, moves: [{ act: one => one.control.setWebhook('down'), until: ended }] }],
    [
      'operator-killed-submit-lives',
      { until: driverEnded, prepare: one => one.control.killOperatorAt('before-status') },
    ],
    ['time-to-live-20', { until: ended, expires: true }],
  ])('%s', { retry: RETRIES }, async (name, replay) => {
    const trace = readTrace(name)
    const about = replay.takeDriverName === true ? aboutApplication(name) : () => true
    const tell = (lines: readonly TraceLine[]): Story =>
      replay.anyExecutor === true ? withoutNumbers(tellStory(lines)) : tellStory(lines.filter(about))
    const recorded = tell(trace)
    const embedded = tell(await replayTrace(trace, replay))
    expect(embedded.application).toEqual(recorded.application)
    expect(embedded.pods).toEqual(recorded.pods)
    expect(sortedEvents(embedded)).toEqual(sortedEvents(recorded))
  })

  // Whether the driver or its executor ends first is a race there, too: driver-pod-deleted has the other outcome.
  it('driver-pod-evicted: the pod says that it is disrupted, and the application ends in the same words', async () => {
    const trace = readTrace('driver-pod-evicted')
    const lines = await replayTrace(trace, { until: executorRuns, moves: [{ act: drainDriver, until: ended }] })
    expect(disruption(trace)).toMatchObject({ status: 'True', reason: 'EvictionByEvictionAPI' })
    expect(disruption(lines)).toEqual(disruption(trace))
    const lastState = (story: Story): unknown =>
      (story.application.at(-1) as { status: { applicationState: unknown } }).status.applicationState
    expect(lastState(tellStory(lines))).toEqual(lastState(tellStory(trace)))
  })
  it('tells a failed submission with its cause near the front of 11 to 13 kB', async () => {
    const lines = await replayTrace(readTrace('quota-driver'), { until: ended, quota: { cpu: 0.05 } })
    const { status } = lines.findLast(line => line.source === 'sparkapplication')?.object ?? {}
    const { errorMessage } = Object(status?.applicationState) as { errorMessage: string }
    expect(errorMessage.length).toBeGreaterThan(11_000)
    expect(errorMessage.length).toBeLessThan(13_000)
    expect(errorMessage.indexOf('exceeded quota')).toBeLessThan(2000)
    expect(errorMessage.slice(-1000)).not.toContain('quota')
  })
})

function deleteDriver(_one: EmbeddedKubernetes, { namespace, name, client }: Place) {
  return client.delete(`${podsPath(namespace)}/${name}-driver`)
}

function drainDriver(one: EmbeddedKubernetes, { namespace, name }: Place): void {
  one.control.deletePod(namespace, `${name}-driver`)
}

function disruption(lines: readonly TraceLine[]): unknown {
  type Condition = Readonly<Record<string, unknown>>
  const conditions = lines
    .filter(({ source }) => source === 'pod')
    .flatMap(({ object }) => (object.status?.conditions ?? []) as readonly Condition[])
  const { type, status, reason } = conditions.find(each => each['type'] === 'DisruptionTarget') ?? {}
  return { type, status, reason }
}

function deleteExecutor(_one: EmbeddedKubernetes, { namespace, client }: Place, seen: Seen) {
  const pod = seen.lines.find(({ source, object }) => source === 'pod' && object.metadata?.name?.includes('-exec-'))
  return client.delete(`${podsPath(namespace)}/${pod?.object.metadata?.name}`)
}

/** The driver's log tells of the executors that the quota refused: as many as in the recording. */
async function asksForExecutors(_one: EmbeddedKubernetes, { namespace, name, client }: Place) {
  const path = `${podsPath(namespace)}/${name}-driver/log`
  await eventually(async () => ((await client.get(path)).text.split('Failure executing').length > 6 ? true : undefined))
}

function driverSucceeded({ lines }: Seen): boolean {
  return lines.some(
    ({ source, object }) => source === 'pod' && isDriver(object) && object.status?.phase === 'Succeeded',
  )
}

const withoutNumbers = (story: Story): Story =>
  JSON.parse(
    JSON.stringify(story)
      .replace(/\bexec-\d+\b/g, 'exec-N')
      .replace(/("spark-exec-id":)"\d+"/g, '$1"N"'),
  ) as Story

/** Without the pods: the one of the name is another's. */
const aboutApplication =
  (name: string) =>
  ({ source, object }: TraceLine): boolean =>
    (source === 'sparkapplication' && object.metadata?.name === name) ||
    (source === 'event' && (object['involvedObject'] as { name: string }).name === name)

const isDriver = (pod: TestObject): boolean => pod.metadata?.name?.endsWith('-driver') === true

function submissionFailed({ lines }: Seen): boolean {
  return lines.some(line => line.object.reason === 'SparkApplicationSubmissionFailed')
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
