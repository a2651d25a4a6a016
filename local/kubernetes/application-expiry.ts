/**
 * `timeToLiveSeconds`: the operator deletes ended applications so long after their terminationTime.
 */
import type { ClusterClock } from './cluster-clock.ts'
import type { SparkApplication } from './kubernetes-object.ts'
import type { ObjectStore } from './object-store.ts'

export class ApplicationExpiry {
  readonly #store: ObjectStore
  readonly #clock: ClusterClock
  /** uid → how to call it off. */
  readonly #planned = new Map<string, () => void>()

  constructor(store: ObjectStore, clock: ClusterClock) {
    this.#store = store
    this.#clock = clock
  }

  /** Plans the deletion of an ended application; nothing happens where it has no time to live. */
  plan(app: SparkApplication): void {
    const { uid } = app.metadata
    const { timeToLiveSeconds } = app.spec
    const endedMs = Date.parse(app.status?.terminationTime ?? '')
    if (timeToLiveSeconds === undefined || Number.isNaN(endedMs) || this.#planned.has(uid)) return
    // terminationTime is in whole seconds, which are long at high speed: the rest of that second counts as not passed.
    const passedMs = Math.max(0, this.#clock.now().getTime() - endedMs - 999)
    const waitMs = Math.max(0, this.#clock.realMilliseconds(timeToLiveSeconds) - passedMs)
    const cancel = this.#clock.afterReal(waitMs, () => {
      this.#planned.delete(uid)
      this.#expire(app, waitMs)
    })
    this.#planned.set(uid, cancel)
  }

  /** Forgets all plans, as a process does that ends. */
  clear(): void {
    for (const cancel of this.#planned.values()) cancel()
    this.#planned.clear()
  }

  #expire(app: SparkApplication, waitedMs: number): void {
    const { uid, namespace, name } = app.metadata
    const there = this.#store.get('sparkapplications', namespace, name)
    if (there?.metadata.uid !== uid) return
    // A timer cannot wait longer than 2^31-1 ms: then this was not the end of the wait.
    if (waitedMs > 2 ** 31 - 1) this.plan(there)
    else this.#store.remove('sparkapplications', namespace, name)
  }
}
