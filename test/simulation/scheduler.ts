/**
 * Virtual time: events in order of time, one after the other, no real timer. Between two events every promise that can
 * move has moved: the next event is taken from a tick behind all microtasks, so that a run is the same every time and
 * needs no turn of the real event loop.
 */

interface Entry {
  readonly time: number
  readonly order: number
  readonly run: () => void
}

export interface Limits {
  /** Virtual epoch milliseconds at which the run stops. */
  readonly until: number
  readonly maxSteps: number
  /** Asked before each event. */
  readonly isOver: () => boolean
}

export class Scheduler {
  now: number
  /** Events so far. */
  steps = 0
  private order = 0
  private disturbed = false
  private readonly heap: Entry[] = []

  constructor(start: number) {
    this.now = start
  }

  /** Runs `run` after `delay` milliseconds; events of one time keep their order. */
  after(delay: number, run: () => void): void {
    this.push({ time: this.now + Math.max(0, delay), order: this.order++, run })
  }

  /** Says that a promise was settled: others run before the next event. */
  disturb(): void {
    this.disturbed = true
  }

  /** Takes events until one of the limits is reached or none is left. */
  async run(limits: Limits): Promise<'over' | 'out-of-time' | 'out-of-steps' | 'idle'> {
    return new Promise((resolve, reject) => {
      const afterMicrotasks = (): void => queueMicrotask(() => process.nextTick(go))
      const go = (): void => {
        try {
          const end = this.takeUntilDisturbed(limits)
          if (end === undefined) afterMicrotasks()
          else resolve(end)
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      }
      afterMicrotasks()
    })
  }

  private takeUntilDisturbed({ until, maxSteps, isOver }: Limits) {
    this.disturbed = false
    while (!this.disturbed) {
      if (isOver()) return 'over'
      const next = this.heap[0]
      if (next === undefined) return 'idle'
      if (next.time > until) return 'out-of-time'
      if (this.steps >= maxSteps) return 'out-of-steps'
      this.pop()
      this.now = next.time
      this.steps++
      next.run()
    }
    return undefined
  }

  private push(entry: Entry): void {
    const { heap } = this
    let at = heap.push(entry) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent] as Entry
      if (!isBefore(entry, above)) break
      heap[at] = above
      at = parent
    }
    heap[at] = entry
  }

  private pop(): void {
    const { heap } = this
    const last = heap.pop() as Entry
    if (heap.length === 0) return
    let at = 0
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      const right = child + 1
      if (right < heap.length && isBefore(heap[right] as Entry, heap[child] as Entry)) child = right
      const below = heap[child] as Entry
      if (!isBefore(below, last)) break
      heap[at] = below
      at = child
    }
    heap[at] = last
  }
}

const isBefore = (a: Entry, b: Entry): boolean => a.time < b.time || (a.time === b.time && a.order < b.order)
