/**
 * Faults on request, for tests of crash points: the next calls of an action are refused, lost before they did anything,
 * or lost after they did it. The third is the one that finds bugs: the write happened and nobody was told.
 */

/** `throttle`: refused, nothing done. `drop`: connection cut, nothing done. `commit-then-drop`: done, then cut. */
export type FaultKind = 'throttle' | 'drop' | 'commit-then-drop'

export interface FaultRequest {
  /** The action's bare name, e.g. `PutItem`. */
  readonly target: string
  readonly kind: FaultKind
  /** How many calls are affected; 1 unless told. */
  readonly count?: number
}

export interface FaultControl {
  /** Faults of one target are used in the order they were asked for. */
  failNext(fault: FaultRequest): void
  /** Forgets every fault not used yet. */
  clear(): void
}

/** The control for tests, and `take`, which the server asks at each call. */
export function createFaults(): { control: FaultControl; take: (target: string) => FaultKind | undefined } {
  const pending: Array<{ target: string; kind: FaultKind; left: number }> = []
  return {
    control: {
      failNext: ({ target, kind, count = 1 }) => {
        if (count > 0) pending.push({ target, kind, left: count })
      },
      clear: () => {
        pending.length = 0
      },
    },
    take: target => {
      const index = pending.findIndex(fault => fault.target === target)
      const fault = pending[index]
      if (fault === undefined) return undefined
      fault.left -= 1
      if (fault.left === 0) pending.splice(index, 1)
      return fault.kind
    },
  }
}
