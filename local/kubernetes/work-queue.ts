/**
 * A controller's work queue: each key at most once in it and at most once in work; a key that is added while it is in
 * work comes back afterwards.
 */
export class WorkQueue {
  readonly #workers: number
  readonly #work: (key: string) => void
  readonly #waiting = new Set<string>()
  readonly #busy = new Set<string>()
  readonly #again = new Set<string>()
  #draining = false

  /** `work` begins with a key; it is in work until `done(key)`. */
  constructor(workers: number, work: (key: string) => void) {
    this.#workers = workers
    this.#work = work
  }

  add(key: string): void {
    if (this.#busy.has(key)) this.#again.add(key)
    else this.#waiting.add(key)
    this.#drain()
  }

  /** The worker is free again. True: the key was added meanwhile and should be looked at again. */
  done(key: string): boolean {
    this.#busy.delete(key)
    this.#drain()
    return this.#again.delete(key)
  }

  /** Forgets everything, as a process does that ends. */
  clear(): void {
    this.#waiting.clear()
    this.#busy.clear()
    this.#again.clear()
  }

  /** A loop and not a recursion: thousands of keys may be done at once. */
  #drain(): void {
    if (this.#draining) return
    this.#draining = true
    try {
      for (const key of this.#waiting) {
        if (this.#busy.size >= this.#workers) break
        this.#waiting.delete(key)
        this.#busy.add(key)
        this.#work(key)
      }
    } finally {
      this.#draining = false
    }
  }
}
