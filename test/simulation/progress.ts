/** Which run a thread is at, in memory that the main thread sees even when the thread never gives up its turn. */
import type { FaultKind, PlannedFault, WorldFault } from './faults.ts'
import type { OnRun } from './tasks.ts'

/** Cells: count of runs, seed, then place and kind of at most two faults. */
const CELLS = 6
const NONE = -1

const KINDS: readonly (FaultKind | WorldFault)[] = [
  'fail',
  'lost',
  'late',
  'slow',
  'held',
  'repeat',
  'drop',
  'kill',
  'stale',
  'expired',
  'denied',
  'refused',
  'cut',
  'deaf',
  'cancel',
  'second-worker',
  'sweep',
  'operator-crash',
  'outage',
  'forget-history',
  'delete-object',
]

export const newProgress = (): SharedArrayBuffer => new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT)

/** Writes each run that begins. */
export function writeProgress(memory: SharedArrayBuffer): OnRun {
  const cells = new Int32Array(memory)
  return (_scenario, seed, faults) => {
    cells[1] = seed
    for (const index of [0, 1]) {
      const fault = faults[index]
      cells[2 + 2 * index] = fault?.at ?? NONE
      cells[3 + 2 * index] = fault === undefined ? NONE : KINDS.indexOf(fault.kind)
    }
    Atomics.add(cells, 0, 1)
  }
}

/** The run that a thread is at, and how many it has begun. */
export function readProgress(memory: SharedArrayBuffer): {
  readonly count: number
  readonly seed: number
  readonly faults: readonly PlannedFault[]
} {
  const cells = new Int32Array(memory)
  const faults = [0, 1].flatMap(index => {
    const [at = NONE, kind = NONE] = [cells[2 + 2 * index], cells[3 + 2 * index]]
    const name = KINDS[kind]
    return at === NONE || name === undefined ? [] : [{ at, kind: name }]
  })
  return { count: Atomics.load(cells, 0), seed: cells[1] ?? 0, faults }
}
