/**
 * A clock that jumps from event to event: hours of a gateway in seconds of this process. Whoever waits, waits for an event here;
 * between two times everything that can run without waiting has run.
 */
import type { Clock } from '../shared/operations/ports.ts'

interface Planned {
  readonly time: number
  /** Events of the same time happen in the order in which they were planned. */
  readonly order: number
  readonly action: () => void
}

export class VirtualTime implements Clock {
  private time: number
  private planned = 0
  /** A binary heap, the next event first. */
  private readonly heap: Planned[] = []

  constructor(start = Date.parse('2026-11-21T12:00:00Z')) {
    this.time = start
  }

  now(): number {
    return this.time
  }

  after(milliseconds: number, action: () => void): void {
    const event = { time: this.time + Math.round(milliseconds), order: this.planned++, action }
    this.heap.push(event)
    let at = this.heap.length - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.isBefore(at, parent)) break
      this.swap(at, parent)
      at = parent
    }
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise(resolve => this.after(milliseconds, resolve))
  }

  /** Goes on until `isDone`; throws when nothing is left to happen, or when it takes longer than `limitMilliseconds` of virtual time. */
  async runUntil(isDone: () => boolean, limitMilliseconds: number): Promise<void> {
    const limit = this.time + limitMilliseconds
    await settle()
    while (!isDone()) {
      const next = this.heap[0]
      if (next === undefined) throw new Error('nothing will ever happen again')
      if (next.time > limit) throw new Error(`not done after ${limitMilliseconds} ms of virtual time`)
      this.time = next.time
      while (this.heap[0]?.time === this.time) this.take()?.action()
      await settle()
    }
  }

  async runFor(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds
    let isOver = false
    this.after(milliseconds, () => (isOver = true))
    await this.runUntil(() => isOver && this.time >= end, milliseconds)
  }

  private take(): Planned | undefined {
    const [first] = this.heap
    const last = this.heap.pop()
    if (last !== undefined && last !== first) {
      this.heap[0] = last
      this.sink()
    }
    return first
  }

  private sink(): void {
    for (let at = 0; ;) {
      let least = at
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < this.heap.length && this.isBefore(child, least)) least = child
      if (least === at) return
      this.swap(at, least)
      at = least
    }
  }

  private isBefore(a: number, b: number): boolean {
    const [left, right] = [this.heap[a], this.heap[b]]
    if (left === undefined || right === undefined) return false
    return left.time < right.time || (left.time === right.time && left.order < right.order)
  }

  private swap(a: number, b: number): void {
    const [left, right] = [this.heap[a], this.heap[b]]
    if (left === undefined || right === undefined) return
    this.heap[a] = right
    this.heap[b] = left
  }
}

/** Promises that are ready have all run before an immediate does. */
const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
