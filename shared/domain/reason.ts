/**
 * Why a job is where it is: stable codes for machines, one sentence and a remedy for people. Live codes explain a wait;
 * failure codes end an attempt and decide, by this table, whether the gateway tries again.
 */

export type LiveReason =
  | 'WAITING_FOR_TURN'
  | 'WAITING_FOR_ROOM'
  | 'WAITING_FOR_DEPENDENCY'
  | 'BACKING_OFF'
  | 'CLEANING_UP'
  | 'SUBMITTING'
  | 'CLUSTER_UNREACHABLE'
  | 'CLUSTER_ACCESS_DENIED'
  | 'OPERATOR_SUBMITTING'
  | 'DRIVER_STARTING'
  | 'IMAGE_PULL_WAITING'
  | 'UNSCHEDULABLE_WAITING'
  | 'CONTAINER_CONFIG_WAITING'
  | 'SUSPENDED'
  | 'RUNNING'
  | 'STOPPING'

export type FailureReason =
  | 'USER_CODE_FAILED'
  | 'MAIN_CLASS_NOT_FOUND'
  | 'MAIN_FILE_NOT_FOUND'
  | 'DRIVER_OUT_OF_MEMORY'
  | 'EXECUTOR_OUT_OF_MEMORY'
  | 'IMAGE_PULL_FAILED'
  | 'UNSCHEDULABLE'
  | 'CONTAINER_CONFIG_ERROR'
  | 'QUOTA_EXCEEDED'
  | 'SUBMISSION_FAILED'
  | 'SUBMISSION_REFUSED'
  | 'DRIVER_LOST'
  | 'PLATFORM_FAILED'
  | 'VANISHED'
  | 'NAME_CONFLICT'
  | 'QUEUED_TOO_LONG'
  | 'PENDING_TOO_LONG'
  | 'RUNNING_TOO_LONG'
  | 'TOTAL_TOO_LONG'
  | 'CLUSTER_LOST'
  | 'DEPENDENCY_FAILED'

export type Reason = LiveReason | FailureReason | 'COMPLETED' | 'CANCELLED_ON_REQUEST' | 'SPEC_REFUSED'

export interface FailureRow {
  /**
   * `platform`: not the program's fault, repeated up to the policy's `maxAttempts`. `author`: repeated only as often as
   * the author asked. `never`: a repeat would end the same way.
   */
  readonly retry: 'platform' | 'author' | 'never'
  /** Which memory is raised for the next attempt. */
  readonly moreMemoryFor?: 'driver' | 'executor'
  /** Multiplies the back-off: a quota frees up slower than a node. */
  readonly delayFactor: number
  /** What the author can do. */
  readonly remedy: string
}

/** Causes as recorded from the real operator (test/traces); the choice of retries is ours. */
export const FAILURES: Readonly<Record<FailureReason, FailureRow>> = {
  USER_CODE_FAILED: row('author', 'Read the driver log; the program ended by itself.'),
  MAIN_CLASS_NOT_FOUND: row('never', 'Check mainClass against the jar.'),
  MAIN_FILE_NOT_FOUND: row('never', 'Check mainApplicationFile: the file is not in the image or the bucket.'),
  DRIVER_OUT_OF_MEMORY: {
    ...row(
      'platform',
      'The next attempt gets 1.5 times the driver memory. Set driver.memory or driver.memoryOverhead higher to save the first try.',
    ),
    moreMemoryFor: 'driver',
  },
  EXECUTOR_OUT_OF_MEMORY: {
    ...row(
      'platform',
      'The next attempt gets 1.5 times the executor memory. PySpark needs memoryOverhead of 20 to 30 % of memory.',
    ),
    moreMemoryFor: 'executor',
  },
  IMAGE_PULL_FAILED: row(
    'never',
    'Check the image name, its tag and the right to pull it; the kubelet kept trying until the deadline.',
  ),
  UNSCHEDULABLE: row(
    'never',
    'No node could take the driver until the deadline: ask for less, or check selectors and tolerations.',
  ),
  CONTAINER_CONFIG_ERROR: row('never', 'A secret or configMap that the spec names does not exist in the namespace.'),
  QUOTA_EXCEEDED: {
    ...row('platform', "The namespace's quota is used up; the gateway tries again later."),
    delayFactor: 4,
  },
  SUBMISSION_FAILED: row('platform', 'spark-submit failed in the operator; the message has its cause.'),
  SUBMISSION_REFUSED: row('never', 'The cluster refuses this object; the message says which rule.'),
  DRIVER_LOST: row('platform', 'The driver pod was removed (node drained, lost, preempted); the job runs again.'),
  PLATFORM_FAILED: row('platform', 'The operator or its webhook failed, not the job; the job runs again.'),
  VANISHED: row(
    'never',
    'Somebody or something deleted the SparkApplication. It is not run again by itself: what it did is unknown.',
  ),
  NAME_CONFLICT: row('never', "An object that is not this job's holds its name."),
  QUEUED_TOO_LONG: row('never', 'The queue did not move within the deadline; submit again or raise the deadline.'),
  PENDING_TOO_LONG: row('never', 'The driver did not start within the deadline.'),
  TOTAL_TOO_LONG: row(
    'never',
    'All attempts together took longer than the deadline; raise it or make the job smaller.',
  ),
  CLUSTER_LOST: row(
    'platform',
    "The cluster did not answer for long, and the team's policy lets the job move although its driver may still run there.",
  ),
  DEPENDENCY_FAILED: row('never', 'A job that this one depends on did not end as it must; submit both again.'),
  RUNNING_TOO_LONG: row('never', 'The program did not end within the deadline; raise it or make the job smaller.'),
}

function row(retry: FailureRow['retry'], remedy: string): FailureRow {
  return { retry, remedy, delayFactor: 1 }
}
