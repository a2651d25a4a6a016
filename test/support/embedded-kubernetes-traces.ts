/**
 * Recorded traces of a real cluster (test/traces: trimmed) and of the embedded one, brought into one form in which they
 * can be compared: what changes from run to run (ids, times, addresses) is replaced.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { WatchLine } from './embedded-kubernetes-watch.ts'

export interface TraceLine extends WatchLine {
  readonly source: 'sparkapplication' | 'pod' | 'event' | 'action'
}

/** What one run looked like, source by source (watches are separate connections: their order is not compared). */
export interface Story {
  /** Every different status, in order; last of all `DELETED` and the status that it carried. */
  readonly application: readonly unknown[]
  /** Per pod (named by role) its labels, owners, resources, and its different states in order. */
  readonly pods: Readonly<Record<string, readonly unknown[]>>
  /** Per object its events: reason, type, message. */
  readonly events: Readonly<Record<string, readonly string[]>>
}

export function readTrace(name: string): readonly TraceLine[] {
  const text = readFileSync(join(import.meta.dirname, '..', 'traces', `${name}.jsonl`), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as TraceLine)
}

/** Brings the lines of one application and its pods into a story. */
export function tellStory(lines: readonly TraceLine[]): Story {
  const application: unknown[] = []
  const pods: Record<string, unknown[]> = {}
  const events: Record<string, string[]> = {}
  for (const { source, type, object } of lines) {
    if (source === 'sparkapplication' && (object.status !== undefined || type === 'DELETED')) {
      pushNew(application, { ...(type === 'DELETED' ? { type } : {}), status: stable(object.status ?? null) })
    }
    if (source === 'pod') {
      const role = roleOf(object.metadata?.name ?? '')
      const states = (pods[role] ??= [])
      if (type === 'ADDED') states.push(stable({ made: podMade(object as unknown as RawPod) }))
      pushNew(
        states,
        stable({ ...(type === 'DELETED' ? { type } : {}), ...(podState(object as unknown as RawPod) as object) }),
      )
    }
    if (source === 'event' && type === 'ADDED') recordEvent(events, object as unknown as RawEvent)
  }
  return { application, pods, events }
}

interface RawPod {
  readonly metadata: {
    readonly name: string
    readonly deletionGracePeriodSeconds?: number
    readonly labels: Readonly<Record<string, string>>
    readonly ownerReferences: readonly unknown[]
  }
  readonly spec: {
    readonly serviceAccountName: string
    readonly containers: readonly { readonly name: string; readonly args: unknown; readonly resources: unknown }[]
  }
  readonly status: {
    readonly phase: string
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly reason?: string
      readonly message?: string
    }[]
    readonly containerStatuses?: readonly {
      readonly state: Readonly<Record<string, Readonly<Record<string, unknown>>>>
    }[]
  }
}

interface RawEvent {
  readonly involvedObject: { readonly kind: string; readonly name: string }
  readonly reason: string
  readonly type: string
  readonly message: string
}

function podMade(pod: RawPod): unknown {
  const [container] = pod.spec.containers
  const { labels, ownerReferences } = pod.metadata
  return {
    labels,
    ownerReferences,
    account: pod.spec.serviceAccountName,
    name: container?.name,
    args: container?.args,
    resources: container?.resources,
  }
}

function podState(pod: RawPod): unknown {
  const conditions = (pod.status.conditions ?? [])
    .filter(({ type }) => type === 'PodScheduled')
    .map(({ type, status, reason, message }) => ({ type, status, reason, message }))
  const [state] = Object.entries(pod.status.containerStatuses?.[0]?.state ?? {})
  const [kind, about] = state ?? []
  const container =
    kind === undefined ? {} : { kind, reason: about?.reason, exitCode: about?.exitCode, message: about?.message }
  return { phase: pod.status.phase, grace: pod.metadata.deletionGracePeriodSeconds, conditions, container }
}

/** FailedMount comes by chance of timing (facts-confirmed); counts of repeated events do, too. */
function recordEvent(events: Record<string, string[]>, event: RawEvent): void {
  if (event.reason === 'FailedMount') return
  const about = event.involvedObject.kind === 'Pod' ? roleOf(event.involvedObject.name) : event.involvedObject.kind
  const text = `${event.type} ${event.reason}: ${stable(event.message) as string}`
  const list = (events[about] ??= [])
  if (!list.includes(text)) list.push(text)
}

function roleOf(podName: string): string {
  return /-exec-\d+$/.exec(podName)?.[0].slice(1) ?? 'driver'
}

function pushNew(list: unknown[], item: unknown): void {
  if (JSON.stringify(list.at(-1)) !== JSON.stringify(item)) list.push(item)
}

/** Replaces what differs from run to run, sorts keys, and leaves undefined out. */
export function stable(value: unknown): unknown {
  if (typeof value === 'string') return stableText(value)
  if (Array.isArray(value)) return value.map(stable)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(
    entries.map(([key, item]) => [stableText(key), stable(item)] as const).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
}

function stableText(text: string): string {
  const cause = /^([\s\S]*?failed to run spark-submit: )WARNING[\s\S]*? Message: ([\s\S]*?)\. Received status/.exec(
    text,
  )
  if (cause !== null) return stableText(`${cause[1]}… ${cause[2]}`)
  return text
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
    .replace(/spark-[0-9a-f]{32}/g, 'spark-ID')
    .replace(/-[0-9a-f]{16}(?=-exec-)/g, '-HASH')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME')
    .replace(/\d+\.\d+\.\d+\.\d+:\d+/g, 'ADDRESS')
    .replace(/\.svc:\d+\//g, '.svc:PORT/')
    .replaceAll('spark-node', 'NODE')
    .replaceAll('embedded-node', 'NODE')
}
