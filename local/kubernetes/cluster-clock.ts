/**
 * Time inside the embedded cluster. Waits are given in recorded seconds and are divided by `speed`; the times written
 * into objects are the real ones. Every pending wait is known, so that closing leaves none behind.
 */
export class ClusterClock {
  readonly #pending = new Set<NodeJS.Timeout>()
  readonly #speed: number
  #closed = false

  /** `speed` 1 is the recorded cadence, 20 is twenty times faster. */
  constructor(speed: number) {
    if (!Number.isFinite(speed) || speed <= 0) throw new Error(`speed must be a positive number, not ${speed}`)
    this.#speed = speed
  }

  now(): Date {
    return new Date()
  }

  /** Milliseconds of real time that `seconds` of cluster time take. */
  realMilliseconds(seconds: number): number {
    return (seconds * 1000) / this.#speed
  }

  /** Runs `action` after `seconds` of cluster time. The answer cancels it. Nothing runs after `close`. */
  after(seconds: number, action: () => void): () => void {
    return this.afterReal(this.realMilliseconds(seconds), action)
  }

  /** Runs `action` after `milliseconds` of real time: for times that were planned before a restart. */
  afterReal(milliseconds: number, action: () => void): () => void {
    if (this.#closed) return () => undefined
    // Node cannot wait longer than 2^31-1 ms in one go; such a wait ends early and its owner looks again.
    const delay = Math.min(Math.max(0, milliseconds), 2 ** 31 - 1)
    const timer = setTimeout(() => {
      this.#pending.delete(timer)
      action()
    }, delay)
    this.#pending.add(timer)
    return () => {
      clearTimeout(timer)
      this.#pending.delete(timer)
    }
  }

  close(): void {
    this.#closed = true
    for (const timer of this.#pending) clearTimeout(timer)
    this.#pending.clear()
  }
}
