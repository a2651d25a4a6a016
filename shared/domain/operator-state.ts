/**
 * The explicit, exhaustive map of the Spark Operator's 14 states (v1beta2, v2.5.2: `api/v1beta2`, `.status.applicationState.state`)
 * to what they mean for a job. COMPLETED and FAILED are the only ends; SUCCEEDING, FAILING and SUBMISSION_FAILED last
 * 10 to 30 ms and are not (recorded traces).
 */

/** What the operator's state says about an attempt. */
export type OperatorMeaning = 'pending' | 'running' | 'succeeded' | 'failed' | 'suspended'

export const OPERATOR_STATES = {
  /** Not picked up, or spark-submit is at work; under load for an hour. Never a failure (rule 11). */
  '': 'pending',
  SUBMITTED: 'pending',
  RUNNING: 'running',
  SUCCEEDING: 'running',
  COMPLETED: 'succeeded',
  FAILING: 'running',
  FAILED: 'failed',
  /** Becomes FAILED at the next look of the operator, because we forbid its retries. */
  SUBMISSION_FAILED: 'pending',
  /** Only if somebody edits our object: the operator runs it again. */
  PENDING_RERUN: 'pending',
  INVALIDATING: 'pending',
  SUSPENDING: 'suspended',
  SUSPENDED: 'suspended',
  RESUMING: 'pending',
  /** The driver's node does not answer; the operator finds out later. */
  UNKNOWN: 'running',
} as const satisfies Record<string, OperatorMeaning>

export type OperatorState = keyof typeof OPERATOR_STATES

/** A state that we do not know (a newer operator) is a wait, not an end. */
export const meaningOf = (operatorState: string): OperatorMeaning =>
  Object.hasOwn(OPERATOR_STATES, operatorState) ? OPERATOR_STATES[operatorState as OperatorState] : 'pending'
