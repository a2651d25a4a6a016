/** Kubernetes JSON → our views, tolerant of anything: an object of another shape gives a view with less in it, not an error. */
import { gatewayLabels, SPEC_HASH_ANNOTATION } from '../domain/job-spec/rendering/render-spark-application.ts'
import type { ApplicationView, ContainerView, PodView } from '../domain/observed.ts'

/** A failed submission's message has 12 kB, the cause within the first 2,000 characters (recorded traces). */
const ERROR_TEXT_LIMIT = 4_000

/** Written by the embedded operator only. */
const RUN = 'sparkgate.dev/run'

type Json = Readonly<Record<string, unknown>>

export function applicationView(object: unknown): ApplicationView {
  const metadata = at(object, 'metadata')
  const labels = at(metadata, 'labels')
  const annotations = at(metadata, 'annotations')
  const status = at(object, 'status')
  const state = at(status, 'applicationState')
  const run = annotations[RUN]
  return {
    name: text(metadata['name']) ?? '',
    ...present('namespace', text(metadata['namespace'])),
    uid: text(metadata['uid']) ?? '',
    resourceVersion: text(metadata['resourceVersion']) ?? '',
    ...present('jobId', text(labels[gatewayLabels.jobId])),
    ...present('team', text(labels[gatewayLabels.team])),
    ...present('attempt', number(labels[gatewayLabels.attempt])),
    ...present('specHash', text(annotations[SPEC_HASH_ANNOTATION])),
    ...(run === 'real' || run === 'simulated' ? { run } : {}),
    operatorState: text(state['state']) ?? '',
    ...present('errorMessage', text(state['errorMessage'])?.slice(0, ERROR_TEXT_LIMIT)),
    ...present('sparkApplicationId', text(status['sparkApplicationId'])),
    ...present('createdAt', time(metadata['creationTimestamp'])),
    ...present('submittedAt', time(status['lastSubmissionAttemptTime'])),
    executors: countStates(at(status, 'executorState')),
  }
}

export function podView(object: unknown): PodView {
  const metadata = at(object, 'metadata')
  const status = at(object, 'status')
  const role = at(metadata, 'labels')['spark-role']
  const owner = list(metadata['ownerReferences']).find(each => each['kind'] === 'SparkApplication')
  return {
    name: text(metadata['name']) ?? '',
    role: role === 'driver' || role === 'executor' ? role : 'other',
    phase: text(status['phase']) ?? 'Pending',
    ...present('ownerUid', text(owner?.['uid'])),
    deleting: metadata['deletionTimestamp'] !== undefined,
    ...present('reason', text(status['reason'])),
    ...present('message', text(status['message'])),
    conditions: list(status['conditions']).map(each => ({
      type: text(each['type']) ?? '',
      status: text(each['status']) ?? '',
      ...present('reason', text(each['reason'])),
      ...present('message', text(each['message'])),
    })),
    containers: list(status['containerStatuses']).map(containerView),
  }
}

function containerView(status: Json): ContainerView {
  const waiting = at(at(status, 'state'), 'waiting')
  const terminated = at(at(status, 'state'), 'terminated')
  return {
    name: text(status['name']) ?? '',
    ...present('waitingReason', text(waiting['reason'])),
    ...present('waitingMessage', text(waiting['message'])),
    ...present('exitCode', number(terminated['exitCode'])),
    ...present('terminatedReason', text(terminated['reason'])),
    ...present('finishedAt', time(terminated['finishedAt'])),
  }
}

/** The `message` of a Status, else what there is. */
export const statusMessage = (body: unknown, status: number): string =>
  (text(at({ body }, 'body')['message']) ?? `HTTP ${status}`).slice(0, ERROR_TEXT_LIMIT)

function time(value: unknown): number | undefined {
  const parsed = Date.parse(text(value) ?? '')
  return Number.isNaN(parsed) ? undefined : parsed
}

function countStates(states: Json): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const state of Object.values(states)) {
    const name = text(state) ?? 'UNKNOWN'
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

export function at(value: unknown, key: string): Json {
  const inner = typeof value === 'object' && value !== null ? (value as Json)[key] : undefined
  return typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? (inner as Json) : {}
}

export const list = (value: unknown): Json[] =>
  Array.isArray(value) ? value.filter(each => typeof each === 'object' && each !== null) : []

export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

function number(value: unknown): number | undefined {
  const parsed = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
  return typeof parsed === 'number' && Number.isFinite(parsed) ? parsed : undefined
}

const present = <K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]: V })
