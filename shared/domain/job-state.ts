/**
 * The one table of job states and transitions. Code asks it (`canMove`), the docs print it (scripts/generate-docs.ts),
 * the tests walk it. A state is where a job rests between two steps of `reconcileJob`; triggers never set one directly
 * except the first.
 */

export type JobState =
  | 'QUEUED'
  | 'SUBMITTING'
  | 'PENDING'
  | 'RUNNING'
  | 'CANCELLING'
  | 'SUCCEEDED'
  | 'FAILED'
  | 'CANCELLED'
  | 'TIMED_OUT'
  | 'REJECTED'

export interface JobStateRow {
  /** Orders the states of one attempt; a write never lowers (attempt, rank). */
  readonly rank: number
  readonly terminal: boolean
  readonly meaning: string
  /** Who moves a job out of this state. */
  readonly leftBy: string
  /** What happens if every process dies while a job is here. */
  readonly ifWeDie: string
  /** States that may follow within the same attempt. */
  readonly next: readonly JobState[]
  /** Whether attempt n here may be followed by QUEUED for attempt n+1. */
  readonly mayRetry: boolean
}

export const JOB_STATES: Readonly<Record<JobState, JobStateRow>> = {
  QUEUED: {
    rank: 10,
    terminal: false,
    meaning:
      'Recorded. Waits for jobs that it depends on, for room within the limits, for its turn at the operator, for a back-off, or for proof that the attempt before it is gone.',
    leftBy: 'reconcileJob, when it was admitted and its turn has come.',
    ifWeDie: 'The sweep sends its id again after dueAt. Nothing has reached a cluster.',
    next: ['SUBMITTING', 'FAILED', 'CANCELLING'],
    mayRetry: false,
  },
  SUBMITTING: {
    rank: 20,
    terminal: false,
    meaning: 'Admitted. The create of this attempt may be in flight, once or more, always under the same name.',
    leftBy:
      'reconcileJob, when the API server has answered: created, already ours, or refused; or when its cluster is lost and its team lets it move.',
    ifWeDie: 'The sweep repeats the create under the same name; 409 and equal identity mean that it had succeeded.',
    next: ['PENDING', 'FAILED', 'CANCELLING'],
    mayRetry: true,
  },
  PENDING: {
    rank: 30,
    terminal: false,
    meaning: 'The SparkApplication exists; its driver does not run yet.',
    leftBy: 'reconcileJob, from what the operator and the driver pod show.',
    ifWeDie: 'The object lives on; the sweep looks again.',
    next: ['RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLING'],
    mayRetry: true,
  },
  RUNNING: {
    rank: 40,
    terminal: false,
    meaning: 'The driver runs.',
    leftBy: 'reconcileJob, when the operator reports the end or a deadline passes.',
    ifWeDie: 'The driver runs on; the sweep looks again.',
    next: ['SUCCEEDED', 'FAILED', 'CANCELLING'],
    mayRetry: true,
  },
  CANCELLING: {
    rank: 50,
    terminal: false,
    meaning:
      'The fence: no create may start any more; what runs is being removed. Ends as the fence says, CANCELLED or TIMED_OUT.',
    leftBy: 'reconcileJob, when object and pods are proved gone and no create can be in flight.',
    ifWeDie: 'The sweep repeats the delete (by uid) and the proof.',
    next: ['CANCELLED', 'TIMED_OUT'],
    mayRetry: false,
  },
  SUCCEEDED: terminal('The driver ended with exit code 0.'),
  FAILED: terminal('It failed and will not be tried again; reason and message say why and what helps.'),
  CANCELLED: terminal('Somebody cancelled it. Nothing runs, ever after.'),
  TIMED_OUT: terminal('A deadline passed. Nothing runs, ever after.'),
  REJECTED: terminal(
    'The spec was refused where nobody waited for the answer (S3, schedules); recorded so that it can be found.',
  ),
}

function terminal(meaning: string): JobStateRow {
  return {
    rank: 90,
    terminal: true,
    meaning,
    leftBy: 'Nobody: it never changes.',
    ifWeDie: 'It is recorded.',
    next: [],
    mayRetry: false,
  }
}

export const isTerminal = (state: JobState): boolean => JOB_STATES[state].terminal

/** Where a job stands, as one rising number: (attempt, rank). */
export const progressOf = (at: { readonly attempt: number; readonly state: JobState }): number =>
  at.attempt * 100 + JOB_STATES[at.state].rank

/** Whether a person may ask for a further attempt of a job that is over. A cancelled one stays so: nothing runs, ever after. */
export const canReopen = (state: JobState): boolean =>
  state === 'SUCCEEDED' || state === 'FAILED' || state === 'TIMED_OUT'

/** Whether a write may follow: the same state with new facts, a listed next state, or a retry. */
export function canMove(
  from: { readonly attempt: number; readonly state: JobState },
  to: { readonly attempt: number; readonly state: JobState },
): boolean {
  const row = JOB_STATES[from.state]
  if (row.terminal) return false
  if (to.attempt === from.attempt) return to.state === from.state || row.next.includes(to.state)
  return row.mayRetry && to.attempt === from.attempt + 1 && to.state === 'QUEUED'
}
