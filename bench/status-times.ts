/** The two ends of status lag: when the operator's status could be seen, and when our record was committed. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Endpoints } from '../local/emulators.ts'
import type { JobState } from '../shared/domain/job-state.ts'
import type { Platform } from '../shared/domain/platform/platform.ts'
import type { JobStore } from '../shared/operations/ports.ts'
import type { Sighting } from './status-watcher.ts'

/** `wrap` is for `startGateway`: it notes when each state of each job was first saved, epoch milliseconds. */
export function recordSaves() {
  const times = new Map<string, number>()
  const counts = new Map<JobState, number>()
  const note = (jobId: string, state: JobState): void => {
    const key = `${jobId} ${state}`
    if (times.has(key)) return
    times.set(key, performance.timeOrigin + performance.now())
    counts.set(state, (counts.get(state) ?? 0) + 1)
  }
  return {
    at: (jobId: string, state: JobState) => times.get(`${jobId} ${state}`),
    count: (state: JobState) => counts.get(state) ?? 0,
    wrap<Deps extends object>(deps: Deps): Deps {
      const { store } = deps as { readonly store?: JobStore }
      if (store === undefined) return deps
      const noting = new Proxy(store, {
        get(target, name: keyof JobStore) {
          if (name !== 'save') return target[name].bind(target)
          return async (...[before, after]: Parameters<JobStore['save']>) => {
            const saved = await target.save(before, after)
            if (saved.outcome === 'saved') note(saved.job.jobId, saved.job.state)
            return saved
          }
        },
      })
      return { ...deps, store: noting }
    },
  }
}

/** Watches from now on, in a thread of its own. */
export async function watchStatuses(endpoints: Endpoints, platform: Platform) {
  const worker = new Worker(new URL('status-watcher.ts', import.meta.url), { workerData: { endpoints, platform } })
  await once(worker, 'message')
  const sightings: Sighting[] = []
  worker.on('message', (sighting: Sighting) => sightings.push(sighting))
  return {
    sightings: sightings as readonly Sighting[],
    async stop(): Promise<void> {
      await worker.terminate()
    },
  }
}
