/** When each SparkApplication of a namespace was first seen, and in which state it was first seen when: an administrator's watch. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Admin, KubernetesObject } from '../test/cluster/support/real-cluster.ts'
import { applicationsPath } from '../test/cluster/support/real-cluster.ts'

/** `performance.now()` of the first event in each state; `created` is the first event at all. */
export type Times = ReadonlyMap<string, number>

export interface ApplicationTimes {
  /** By object name. */
  readonly seen: ReadonlyMap<string, Times>
  close(): Promise<void>
}

const WATCH_SECONDS = 60
/** An hour. */
const MAX_WATCHES = 60
const RETRY_MILLISECONDS = 200

export function watchApplications(admin: Admin, namespace: string): ApplicationTimes {
  const seen = new Map<string, Map<string, number>>()
  const stop = new AbortController()
  const see = ({ metadata, status }: KubernetesObject): void => {
    const times = seen.get(metadata.name) ?? new Map<string, number>()
    seen.set(metadata.name, times)
    const state = (status?.['applicationState'] as { readonly state?: string } | undefined)?.state ?? ''
    for (const each of ['created', ...(state === '' ? [] : [state])])
      if (!times.has(each)) times.set(each, performance.now())
  }
  const running = (async () => {
    for (let watch = 0; watch < MAX_WATCHES && !stop.signal.aborted; watch++) {
      const path = `${applicationsPath(namespace)}?watch=1&timeoutSeconds=${WATCH_SECONDS}`
      await admin.http
        .stream(path, WATCH_SECONDS, line => {
          const { type, object } = line as { readonly type: string; readonly object: KubernetesObject }
          if (type === 'ADDED' || type === 'MODIFIED') see(object)
          return stop.signal.aborted ? 'stop' : 'go-on'
        })
        .catch(() => pause(RETRY_MILLISECONDS))
    }
  })()
  return {
    seen,
    async close() {
      stop.abort()
      admin.close()
      await running
    },
  }
}
