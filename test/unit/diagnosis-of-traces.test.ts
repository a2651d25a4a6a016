/** What the gateway says about each recorded run of the real operator (test/traces), from what it would have seen at the time. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { applicationView, podView } from '../../shared/adapters/kubernetes-views.ts'
import { diagnoseFailure, diagnoseWaiting } from '../../shared/domain/diagnosis.ts'
import type { ApplicationView, PodView } from '../../shared/domain/observed.ts'
import { readTrace } from '../support/embedded-kubernetes-traces.ts'
import type { TraceLine } from '../support/embedded-kubernetes-traces.ts'

interface Sight {
  readonly application: ApplicationView
  readonly pods: readonly PodView[]
  readonly executorFailures: readonly string[]
}

/** What FAILED means, with the pods that are there at that moment. */
const failures = {
  'driver-oom-killed': 'DRIVER_OUT_OF_MEMORY',
  'driver-pod-deleted': 'DRIVER_LOST',
  'driver-pod-evicted': 'DRIVER_LOST',
  // The executor that was OOMKilled is gone a second before the driver fails: only the operator's event tells of it.
  'executor-oom-job-fails': 'EXECUTOR_OUT_OF_MEMORY',
  'exit-1-early': 'USER_CODE_FAILED',
  'exit-1-late': 'USER_CODE_FAILED',
  'main-class-not-found': 'MAIN_CLASS_NOT_FOUND',
  // A stack trace and exit code 1: nothing tells it from the program's own failure.
  'missing-main-file-jar': 'USER_CODE_FAILED',
  'missing-main-file-python': 'MAIN_FILE_NOT_FOUND',
  'missing-service-account': 'SUBMISSION_REFUSED',
  'name-taken': 'PLATFORM_FAILED',
  'quota-driver': 'QUOTA_EXCEEDED',
  'webhook-away': 'PLATFORM_FAILED',
} as const

/** FAILED in the operator's words, and not true: its driver lives, or will never start. */
const lostTrack = {
  'operator-killed-after-driver-pod': 'still-pending',
  'operator-killed-submit-lives': 'still-running',
} as const

/** The last thing that a driver waited for before it was deleted. */
const waits = {
  'deleted-while-pending': ['UNSCHEDULABLE_WAITING', 'UNSCHEDULABLE'],
  'image-cannot-be-pulled': ['IMAGE_PULL_WAITING', 'IMAGE_PULL_FAILED'],
  'image-never-pulled': ['IMAGE_PULL_WAITING', 'IMAGE_PULL_FAILED'],
  'unschedulable-driver': ['UNSCHEDULABLE_WAITING', 'UNSCHEDULABLE'],
} as const

/** Those end well, whatever happens to them, or are deleted while all is well. */
const noDiagnosis = [
  'api-server-restarted',
  'deleted-while-new',
  'deleted-while-running',
  'executor-oom-job-survives',
  'executor-pod-deleted',
  'operator-away-at-end',
  'operator-killed-before-driver-pod',
  'quota-executors',
  'success',
  'time-to-live-20',
  'unschedulable-executors',
]

describe('a recorded run of the real operator', () => {
  it.each(Object.entries(failures))('%s failed: %s', (name, reason) => {
    const { application, pods, executorFailures } = sightAt(name, view => view.operatorState === 'FAILED')
    expect(diagnoseFailure(application, pods, executorFailures)).toMatchObject({ meaning: 'failed', reason })
  })
  it.each(Object.entries(lostTrack))('%s is called FAILED, and is %s', (name, meaning) => {
    const { application, pods } = sightAt(name, view => view.operatorState === 'FAILED')
    expect(diagnoseFailure(application, pods)).toEqual({ meaning })
  })
  it.each(Object.entries(waits))('%s waits: %j', (name, [reason, atDeadline]) => {
    expect(diagnoseWaiting(sightBeforeDelete(name).pods)).toMatchObject({ reason, atDeadline })
  })
  it.each(noDiagnosis)('%s is no failure', name => {
    const states = sightsOf(name).map(({ application }) => application.operatorState)
    expect(states).not.toContain('FAILED')
  })
  it('is diagnosed here, each of them', () => {
    const recorded = readdirSync(join(import.meta.dirname, '..', 'traces')).filter(name => name.endsWith('.jsonl'))
    const told = [...Object.keys({ ...failures, ...lostTrack, ...waits }), ...noDiagnosis]
    expect(told.map(name => `${name}.jsonl`).toSorted()).toEqual(recorded.toSorted())
  })
  it('of an executor without memory shows its pod while it lasts, and says so only then', () => {
    const isKilled = ({ pods }: Sight): boolean => pods.some(pod => pod.containers[0]?.terminatedReason === 'OOMKilled')
    const [sight] = sightsOf('executor-oom-job-fails').filter(isKilled)
    if (sight === undefined) throw new Error('no executor was killed')
    expect(diagnoseFailure(sight.application, sight.pods)).toMatchObject({ reason: 'EXECUTOR_OUT_OF_MEMORY' })
  })
  it('names the executor’s quota nowhere but in the driver’s log: it just runs without executors', () => {
    const sights = sightsOf('quota-executors').filter(({ application }) => application.operatorState === 'RUNNING')
    expect(sights[0]).toMatchObject({ application: { executors: {} } })
  })
})

function sightAt(name: string, isIt: (view: ApplicationView) => boolean): Sight {
  const found = sightsOf(name).find(({ application }) => isIt(application))
  if (found === undefined) throw new Error(`${name} never came so far`)
  return found
}

function sightBeforeDelete(name: string): Sight {
  const found = sightsOf(name, line => line.source === 'action' && line.type === 'DELETE').at(-1)
  if (found === undefined) throw new Error(`nothing was seen of ${name}`)
  return found
}

/** The application and its pods after each line of the trace, up to the line that `ends` it. */
function sightsOf(name: string, ends: (line: TraceLine) => boolean = () => false): readonly Sight[] {
  const lines = readTrace(name)
  const end = lines.findIndex(ends)
  const pods = new Map<string, Readonly<Record<string, unknown>>>()
  let application: unknown = {}
  let executorFailures: readonly string[] = []
  return lines.slice(0, end === -1 ? lines.length : end).map(({ source, type, object }) => {
    // The trace says labels and owners once; ours is the uid that the pods name.
    if (source === 'sparkapplication') application = object
    if (source === 'event' && object['reason'] === 'SparkExecutorFailed')
      executorFailures = [...executorFailures, String(object['message'])]
    if (source === 'pod') {
      const podName = object.metadata?.name ?? ''
      const { metadata: before } = (pods.get(podName) ?? {}) as { metadata?: object }
      if (type === 'DELETED') pods.delete(podName)
      else pods.set(podName, { ...object, metadata: { ...before, ...object.metadata } })
    }
    const views = [...pods.values()].map(podView)
    const uid = views.find(pod => pod.role === 'driver')?.ownerUid ?? ''
    return { application: { ...applicationView(application), uid }, pods: views, executorFailures }
  })
}
