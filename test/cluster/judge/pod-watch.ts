/**
 * An administrator's watch over drivers and SparkApplications of one namespace while everything around is killed: which drivers
 * lived at the same time, which objects there ever were. Goes on after a broken watch with a new list.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { applicationsPath, podsPath } from '../support/real-cluster.ts'
import type { Admin, KubernetesObject } from '../support/real-cluster.ts'

export interface PodWatch {
  /** Two live drivers of one job, one sentence each time that it was seen. */
  readonly doubles: readonly string[]
  /** Every uid that an object's name ever had; only the gateway's objects. */
  readonly uids: ReadonlyMap<string, ReadonlySet<string>>
  /** Drivers that were seen at all. */
  readonly drivers: number
  close(): Promise<void>
}

const WATCH_SECONDS = 60
const RETRY_MILLISECONDS = 500
/** A run of some minutes has some thousand; more is a bug of the watch. */
const MAX_ROUNDS = 10_000

const JOB = 'sparkgate.dev/job-id'

/** What is there already is no part of the run. */
export async function watchNamespace(admin: Admin, namespace: string): Promise<PodWatch> {
  const before = new Set((await admin.list(applicationsPath(namespace))).map(({ metadata }) => metadata.uid))
  const live = new Map<string, Map<string, string>>()
  const doubles: string[] = []
  const uids = new Map<string, Set<string>>()
  const drivers = new Set<string>()
  const seePod = (pod: KubernetesObject, deleted: boolean): void => {
    const { name, uid, labels } = pod.metadata
    const job = labels?.[JOB]
    if (job === undefined) return
    drivers.add(uid)
    const mine = live.get(job) ?? new Map<string, string>()
    live.set(job, mine)
    const phase = String(pod.status?.['phase'])
    if (deleted || phase === 'Succeeded' || phase === 'Failed') mine.delete(uid)
    else mine.set(uid, `${name} (${phase})`)
    if (mine.size > 1) doubles.push(`job ${job} has the live drivers ${[...mine.values()].join(' and ')}`)
  }
  const forgetAllBut = (pods: readonly KubernetesObject[]): void => {
    const there = new Set(pods.map(pod => pod.metadata.uid))
    for (const mine of live.values()) for (const uid of mine.keys()) if (!there.has(uid)) mine.delete(uid)
  }
  const seeApplication = ({ metadata }: KubernetesObject): void => {
    if (metadata.labels?.[JOB] === undefined || before.has(metadata.uid)) return
    uids.set(metadata.name, (uids.get(metadata.name) ?? new Set()).add(metadata.uid))
  }
  const stop = new AbortController()
  const running = Promise.all([
    follow(admin, `${podsPath(namespace)}?labelSelector=spark-role%3Ddriver`, stop.signal, seePod, forgetAllBut),
    follow(
      admin,
      `${applicationsPath(namespace)}?labelSelector=sparkgate.dev%2Fmanaged%3Dtrue`,
      stop.signal,
      seeApplication,
    ),
  ])
  return {
    doubles,
    uids,
    get drivers() {
      return drivers.size
    },
    async close() {
      stop.abort()
      await running
    },
  }
}

/** List, then watch, until stopped; whatever fails is tried again. */
async function follow(
  admin: Admin,
  path: string,
  signal: AbortSignal,
  see: (object: KubernetesObject, deleted: boolean) => void,
  listed: (objects: readonly KubernetesObject[]) => void = () => {},
): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS && !signal.aborted; round++) {
    try {
      const { status, body } = await admin.http.call({ method: 'GET', path })
      if (status !== 200) throw new Error(`HTTP ${status}`)
      const list = body as { items: KubernetesObject[]; metadata: { resourceVersion: string } }
      listed(list.items)
      for (const item of list.items) see(item, false)
      const watch = `${path}&watch=1&resourceVersion=${list.metadata.resourceVersion}&timeoutSeconds=${WATCH_SECONDS}`
      await admin.http.stream(watch, WATCH_SECONDS, line => {
        const { type, object } = line as { readonly type: string; readonly object: KubernetesObject }
        if (type !== 'ERROR') see(object, type === 'DELETED')
        return signal.aborted || type === 'ERROR' ? 'stop' : 'go-on'
      })
    } catch {
      // The API server is away: that is what this run is about.
      await pause(RETRY_MILLISECONDS)
    }
  }
}
