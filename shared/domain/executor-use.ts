/**
 * The executors of an attempt, as far as looks at its SparkApplication told: how many there are, and how long they have run
 * together. Only a change of how many run is worth a write; what came between two looks is not known.
 */

export interface ExecutorUse {
  /** Pods by the operator's word for their state (PENDING, RUNNING, COMPLETED, FAILED, UNKNOWN), as last seen. */
  readonly counts: Readonly<Record<string, number>>
  /** Since when so many run, epoch milliseconds. */
  readonly since: number
  /** How long executors had run until then, all together. */
  readonly seconds: number
}

/** The record after one more look; the one before, the very same, where as many run as then. */
export function seeExecutors(
  before: ExecutorUse | undefined,
  counts: Readonly<Record<string, number>>,
  now: number,
): ExecutorUse | undefined {
  const running = counts['RUNNING'] ?? 0
  if (before === undefined ? Object.keys(counts).length === 0 : runningIn(before) === running) return before
  // One order of names: records are compared as text.
  const sorted = Object.fromEntries(Object.entries(counts).toSorted(([left], [right]) => (left < right ? -1 : 1)))
  return { counts: sorted, since: now, seconds: executorSeconds(before, now) }
}

const runningIn = ({ counts }: ExecutorUse): number => counts['RUNNING'] ?? 0

/** How long executors have run until `until`, all together, in seconds (to the millisecond); a time before the last look adds nothing. */
export function executorSeconds(use: ExecutorUse | undefined, until: number): number {
  if (use === undefined) return 0
  return Math.round(use.seconds * 1000 + runningIn(use) * Math.max(0, until - use.since)) / 1000
}
