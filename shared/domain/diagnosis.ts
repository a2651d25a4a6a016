/**
 * What was seen → why. Evidence in the order of its worth: the operator's own failures first, then reasons, then exit
 * codes (a Python worker killed for memory has exit code 0 or 143, but the reason OOMKilled); every text is matched on the
 * front of the message, where the cause of a failed submission stands (recorded traces).
 */
import { driverContainer, driverPod, isLivePod } from './observed.ts'
import type { ApplicationView, PodView } from './observed.ts'
import type { FailureReason, LiveReason } from './reason.ts'

export type FailedMeaning =
  /** The operator lost track of a driver that is alive. */
  | { readonly meaning: 'still-running' | 'still-pending' }
  /** The operator lost track of a driver that ended well. */
  | { readonly meaning: 'succeeded' }
  | { readonly meaning: 'failed'; readonly reason: FailureReason; readonly message: string }

/**
 * What an object in the operator's FAILED really means. `executorFailures`: messages of the operator's events; a killed executor's
 * pod is gone a second after its end, before its driver fails (trace executor-oom-job-fails).
 */
export function diagnoseFailure(
  application: ApplicationView,
  pods: readonly PodView[],
  executorFailures: readonly string[] = [],
): FailedMeaning {
  const text = application.errorMessage ?? ''
  const driver = driverPod(pods)
  if (text.includes('driver pod already exist') && driver?.ownerUid === application.uid) {
    if (driver.phase === 'Running') return { meaning: 'still-running' }
    if (driver.phase === 'Succeeded') return { meaning: 'succeeded' }
    if (isLivePod(driver)) return { meaning: 'still-pending' }
  }
  const reason = failureReason(text, pods, executorFailures)
  return { meaning: 'failed', reason, message: failureMessage(text, pods) }
}

/** Text in the operator's message → reason; the first that matches wins. */
const SUBMISSION_CAUSES: readonly (readonly [RegExp, FailureReason])[] = [
  [/driver pod already exist|failed calling webhook|signal: killed/, 'PLATFORM_FAILED'],
  [/exceeded quota/, 'QUOTA_EXCEEDED'],
  [/etcdserver|connection refused|SocketTimeoutException|Too Many Requests|TLS handshake timeout/, 'PLATFORM_FAILED'],
  [
    /error looking up service account|failed quota|violates PodSecurity|denied the request|is invalid: |file\.upload\.path/,
    'SUBMISSION_REFUSED',
  ],
  [
    /failed to submit spark application|failed to run spark-submit|failed to configure|failed to process batch scheduler/,
    'SUBMISSION_FAILED',
  ],
]

function failureReason(text: string, pods: readonly PodView[], executorFailures: readonly string[]): FailureReason {
  const submission = SUBMISSION_CAUSES.find(([pattern]) => pattern.test(text))
  if (submission) return submission[1]
  if (/OOMKilled/.test(text) || driverContainer(pods)?.terminatedReason === 'OOMKilled') return 'DRIVER_OUT_OF_MEMORY'
  if (/driver pod not found|driver container status missing/.test(text)) return 'DRIVER_LOST'
  const driver = driverPod(pods)
  if (driver?.reason === 'Evicted' || driver?.deleting || driver?.conditions.some(isDisruption)) return 'DRIVER_LOST'
  const exitCode = exitCodeOf(text, pods)
  // SIGTERM or SIGKILL without OOMKilled: a drain, a preemption, a node's end (trace driver-pod-deleted).
  if (exitCode === 143 || exitCode === 137) return 'DRIVER_LOST'
  const toldByEvent = executorFailures.some(message => /Reason: OOMKilled/.test(message))
  if (toldByEvent || pods.some(isKilledExecutor)) return 'EXECUTOR_OUT_OF_MEMORY'
  // 52 is Spark's own exit code for OutOfMemoryError; 101: class not found; 2: python cannot open the file.
  if (exitCode === 52) return 'DRIVER_OUT_OF_MEMORY'
  if (exitCode === 101) return 'MAIN_CLASS_NOT_FOUND'
  if (exitCode === 2) return 'MAIN_FILE_NOT_FOUND'
  return 'USER_CODE_FAILED'
}

const isKilledExecutor = ({ role, containers }: PodView): boolean =>
  role === 'executor' && containers.some(({ terminatedReason }) => terminatedReason === 'OOMKilled')

const isDisruption = (condition: { readonly type: string; readonly status: string }): boolean =>
  condition.type === 'DisruptionTarget' && condition.status === 'True'

function exitCodeOf(text: string, pods: readonly PodView[]): number | undefined {
  const inText = /ExitCode: (\d{1,3})\b/.exec(text)?.[1]
  return inText === undefined ? driverContainer(pods)?.exitCode : Number(inText)
}

/** Longest message that we keep of a failure. */
const MESSAGE_LIMIT = 1_000

function failureMessage(text: string, pods: readonly PodView[]): string {
  const cause = /Exception in thread "main" [^\n]*?(?:Message: )([^\n]+)/.exec(text)?.[1]
  const pod = driverPod(pods)
  const message = cause ?? (text.split('\n').slice(0, 6).join(' ') || pod?.message || 'the operator gave no message')
  return message.length > MESSAGE_LIMIT ? `${message.slice(0, MESSAGE_LIMIT)}…` : message
}

export interface Waiting {
  readonly reason: LiveReason
  readonly message: string
  /** The reason of the end, if it still waits for this when the deadline passes. */
  readonly atDeadline: FailureReason
}

const IMAGE_REASONS = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
])
const CONFIG_REASONS = new Set(['CreateContainerConfigError', 'CreateContainerError'])

/** Why a driver does not run yet, while that lasts. */
export function diagnoseWaiting(pods: readonly PodView[]): Waiting {
  const driver = driverPod(pods)
  if (driver === undefined || !isLivePod(driver)) {
    const message = 'The operator has the object; spark-submit has not made the driver pod yet.'
    return { reason: 'OPERATOR_SUBMITTING', message, atDeadline: 'PENDING_TOO_LONG' }
  }
  const waiting = driver.containers.find(container => container.waitingReason !== undefined)
  const waitingReason = waiting?.waitingReason ?? ''
  const detail = (waiting?.waitingMessage ?? '').slice(0, MESSAGE_LIMIT)
  if (IMAGE_REASONS.has(waitingReason)) {
    return { reason: 'IMAGE_PULL_WAITING', message: `${waitingReason}: ${detail}`, atDeadline: 'IMAGE_PULL_FAILED' }
  }
  if (CONFIG_REASONS.has(waitingReason)) {
    return {
      reason: 'CONTAINER_CONFIG_WAITING',
      message: `${waitingReason}: ${detail}`,
      atDeadline: 'CONTAINER_CONFIG_ERROR',
    }
  }
  const unscheduled = driver.conditions.find(each => each.type === 'PodScheduled' && each.status === 'False')
  if (unscheduled !== undefined) {
    const message = (unscheduled.message ?? 'no node fits the driver').slice(0, MESSAGE_LIMIT)
    return { reason: 'UNSCHEDULABLE_WAITING', message, atDeadline: 'UNSCHEDULABLE' }
  }
  const message = `The driver pod is starting (${waitingReason || driver.phase}).`
  return { reason: 'DRIVER_STARTING', message, atDeadline: 'PENDING_TOO_LONG' }
}
