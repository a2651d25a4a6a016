/**
 * A thread with its own event loop that watches the cluster beside the gateway and posts `{name, state, at}` for each
 * change of a SparkApplication's state: `at` is then not later because the gateway's loop is busy.
 */
import { parentPort, workerData } from 'node:worker_threads'
import type { Endpoints } from '../local/emulators.ts'
import type { Platform } from '../shared/domain/platform/platform.ts'
import { benchAdapters } from './bench-adapters.ts'

export interface Sighting {
  readonly name: string
  readonly state: string
  /** Epoch milliseconds. */
  readonly at: number
}

/** Longer than a bench; the bench ends the thread. */
const WATCH_SECONDS = 3_600

const { endpoints, platform } = workerData as { readonly endpoints: Endpoints; readonly platform: Platform }
const { clusters } = benchAdapters(endpoints, platform, 'observe')
const [name = ''] = Object.keys(platform.clusters)
const cluster = clusters.of(name)
const listed = await cluster.list({ limit: 1 })
if (listed.outcome !== 'listed') throw new Error(`the cluster could not be listed: ${listed.outcome}`)
const tell = (message: Sighting | 'ready'): void => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window's.
  parentPort?.postMessage(message)
}
tell('ready')
await cluster.watch(listed.resourceVersion, WATCH_SECONDS, ({ name, operatorState: state }) =>
  tell({ name, state, at: performance.timeOrigin + performance.now() }),
)
