/**
 * Whether a cluster takes new attempts, and how fast: a circuit breaker over its API server, and a rate that follows its
 * operator's lag.
 */

/** So many failures in a row open the circuit. */
const TRIP_AFTER_FAILURES = 3
/** First wait before one attempt may try again; doubles with each further failure. */
const FIRST_BREAK_SECONDS = 30
const MAX_BREAK_SECONDS = 600
/**
 * Questions without an answer that are closer together than `least` are one failure: a cut of a second meets every request under
 * way. Those further apart than `most` are not in a row.
 */
export interface TroubleSpacing {
  readonly leastMilliseconds: number
  readonly mostMilliseconds: number
}
export const TROUBLE_SPACING: TroubleSpacing = { leastMilliseconds: 5_000, mostMilliseconds: 600_000 }
/** An operator at work needs 3 to 5 s for a submission (facts of the operator; ../shared/traces burst-*). */
const NORMAL_LAG_MILLISECONDS = 5_000
/** Offered at least a sixteenth of its rate, however slow: without submissions nobody sees it recover. */
const MAX_SLOW_DOWN = 16

export interface HealthInput {
  readonly now: number
  readonly failures: number
  readonly failedAt?: number
  /** When somebody last had an answer. */
  readonly reachableAt?: number | undefined
}

/** `closed`: takes attempts. `half-open`: one may try. `open`: none until `until`. */
export type Circuit =
  | { readonly state: 'closed' | 'half-open' }
  | { readonly state: 'open'; readonly until: number; readonly since: number }

export function circuitOf({ now, failures, failedAt, reachableAt = 0 }: HealthInput): Circuit {
  if (failedAt === undefined || failures < TRIP_AFTER_FAILURES || reachableAt > failedAt) return { state: 'closed' }
  if (now - failedAt > TROUBLE_SPACING.mostMilliseconds + MAX_BREAK_SECONDS * 1000) return { state: 'closed' }
  const doublings = Math.min(failures - TRIP_AFTER_FAILURES, 20)
  const until = failedAt + Math.min(FIRST_BREAK_SECONDS * 2 ** doublings, MAX_BREAK_SECONDS) * 1000
  return now < until ? { state: 'open', until, since: failedAt } : { state: 'half-open' }
}

/** Milliseconds between two submissions: the platform's rate, slowed down as the operator falls behind. */
export function turnInterval(submitsPerSecond: number, lagMilliseconds = 0): number {
  const slowDown = Math.min(Math.max(lagMilliseconds / NORMAL_LAG_MILLISECONDS, 1), MAX_SLOW_DOWN)
  return Math.ceil((1000 / submitsPerSecond) * slowDown)
}

/** The lag after one more measurement: the newest counts a quarter. */
export const smoothLag = (before: number | undefined, measured: number): number =>
  Math.round(before === undefined ? measured : before * 0.75 + measured * 0.25)
