/**
 * The operator's decision, pure: given an application's status and its pods, the one next status. The states and
 * texts are those of Spark Operator 2.5.2 with restartPolicy Never:
 *
 * (none) → SUBMITTED → RUNNING → SUCCEEDING → COMPLETED
 *                             ↘ FAILING → FAILED
 * (none) → SUBMISSION_FAILED → FAILED, and (none) → SUSPENDING → SUSPENDED
 *
 * Left out: reruns (restartPolicy other than Never), resuming, INVALIDATING after a change of spec.
 */
import { createHash } from 'node:crypto'
import { kubernetesTime } from './kubernetes-object.ts'
import type { ExecutorState, Pod, SparkApplication, SparkApplicationStatus } from './kubernetes-object.ts'

export interface OperatorEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

export interface StatusStep {
  readonly status: SparkApplicationStatus
  readonly events: readonly OperatorEvent[]
}

export interface Observed {
  readonly app: SparkApplication
  readonly driver: Pod | undefined
  readonly executors: readonly Pod[]
  readonly now: Date
  /** Has it been long enough since the submission to believe that a missing driver is gone? */
  readonly graceIsOver: boolean
}

/** The next status, or undefined where nothing changes. Called again until it is undefined. */
export function decideStatus(observed: Observed): StatusStep | undefined {
  const { status } = observed.app
  switch (status?.applicationState.state) {
    case 'SUBMITTED':
    case 'RUNNING':
      return followDriver(observed, status)
    case 'SUCCEEDING':
      return { status: withState(status, 'COMPLETED'), events: [] }
    case 'FAILING':
      return { status: withState(status, 'FAILED', status.applicationState.errorMessage), events: [] }
    case 'SUBMISSION_FAILED':
      return giveUpSubmission(observed, status)
    case 'SUSPENDING':
      return { status: withState(status, 'SUSPENDED'), events: [] }
    case 'COMPLETED':
    case 'FAILED':
      return status.executionAttempts === undefined ? undefined : followExecutors(observed, status)
    default:
      return undefined
  }
}

/** Is this the end of the story, as far as this operator tells it? */
export function isTerminal(status: SparkApplicationStatus | undefined): boolean {
  return ['COMPLETED', 'FAILED'].includes(status?.applicationState.state ?? '')
}

/** Is the pod an executor of this submission? An earlier application of the same name had another one. */
export function isExecutorOf(pod: Pod, app: SparkApplication): boolean {
  const { labels = {} } = pod.metadata
  if (labels['spark-role'] !== 'executor') return false
  if (labels['sparkoperator.k8s.io/app-name'] !== app.metadata.name) return false
  return labels['sparkoperator.k8s.io/submission-id'] === app.status?.submissionID
}

function followDriver(observed: Observed, old: SparkApplicationStatus): StatusStep | undefined {
  const { app, driver, now } = observed
  if (driver === undefined) {
    if (old.applicationState.state === 'SUBMITTED' && !observed.graceIsOver) return undefined
    const status = withState({ ...old, terminationTime: kubernetesTime(now) }, 'FAILING', 'driver pod not found')
    return { status, events: [] }
  }
  const base = withDriverInfo(app, driver, old)
  const { name } = driver.metadata
  if (driver.status.phase === 'Pending') return base === old ? undefined : { status: base, events: [] }
  const executors = nextExecutors(observed, base)
  const current = executors.status
  if (driver.status.phase === 'Succeeded') {
    const status = withState({ ...current, terminationTime: kubernetesTime(now) }, 'SUCCEEDING')
    return step(status, executors.events, 'Normal', 'SparkDriverCompleted', `Driver ${name} completed`)
  }
  if (driver.status.phase === 'Failed') {
    const status = withState({ ...current, terminationTime: kubernetesTime(now) }, 'FAILING', exitText(driver))
    return step(status, executors.events, 'Warning', 'SparkDriverFailed', `Driver ${name} failed`)
  }
  if (old.applicationState.state !== 'RUNNING') {
    return step(
      withState(current, 'RUNNING'),
      executors.events,
      'Normal',
      'SparkDriverRunning',
      `Driver ${name} is running`,
    )
  }
  return current === old ? undefined : { status: current, events: executors.events }
}

function step(
  status: SparkApplicationStatus,
  before: readonly OperatorEvent[],
  type: OperatorEvent['type'],
  reason: string,
  message: string,
): StatusStep {
  return { status, events: [...before, { type, reason, message }] }
}

function followExecutors(observed: Observed, old: SparkApplicationStatus): StatusStep | undefined {
  const { status, events } = nextExecutors(observed, old)
  return status === old ? undefined : { status, events }
}

function giveUpSubmission(observed: Observed, old: SparkApplicationStatus): StatusStep {
  const { errorMessage = '' } = old.applicationState
  const status = withState({ ...old, terminationTime: kubernetesTime(observed.now) }, 'FAILED', errorMessage)
  const message = `SparkApplication ${observed.app.metadata.name} failed: ${errorMessage}`
  return { status, events: [{ type: 'Warning', reason: 'SparkApplicationFailed', message }] }
}

function exitText(driver: Pod): string {
  const exit = driver.status.containerStatuses?.[0].state.terminated
  if (exit === undefined) return 'driver container status missing'
  return `driver container failed with ExitCode: ${exit.exitCode}, Reason: ${exit.reason}`
}

function withState(status: SparkApplicationStatus, state: string, errorMessage?: string): SparkApplicationStatus {
  return { ...status, applicationState: errorMessage === undefined ? { state } : { errorMessage, state } }
}

/** The second SUBMITTED write: application id and UI service. The address is made of the uid, so that it stays. */
function withDriverInfo(app: SparkApplication, driver: Pod, status: SparkApplicationStatus): SparkApplicationStatus {
  const sparkApplicationId = driver.metadata.labels?.['spark-app-selector']
  if (status.sparkApplicationId !== undefined || sparkApplicationId === undefined) return status
  const [a = 0, b = 0] = createHash('sha256').update(app.metadata.uid).digest()
  return {
    ...status,
    driverInfo: {
      ...status.driverInfo,
      webUIAddress: `10.213.${128 + (a % 16)}.${1 + (b % 254)}:4040`,
      webUIPort: 4040,
      webUIServiceName: `${app.metadata.name}-ui-svc`,
    },
    sparkApplicationId,
  }
}

function nextExecutors(
  observed: Observed,
  status: SparkApplicationStatus,
): { status: SparkApplicationStatus; events: OperatorEvent[] } {
  const old = status.executorState ?? {}
  const next: Record<string, ExecutorState> = { ...old }
  const events: OperatorEvent[] = []
  for (const pod of observed.executors) {
    const { name } = pod.metadata
    const state = STATE_OF_PHASE[pod.status.phase]
    if (old[name] === state) continue
    next[name] = state
    events.push(executorEvent(pod, state))
  }
  const present = new Set(observed.executors.map(pod => pod.metadata.name))
  const driverLives = observed.driver !== undefined && !['Succeeded', 'Failed'].includes(observed.driver.status.phase)
  for (const [name, state] of Object.entries(old)) {
    // An executor that vanished unseen: UNKNOWN while the driver runs, FAILED afterwards even if it did well (recorded).
    if (present.has(name) || state === 'COMPLETED' || state === 'FAILED') continue
    next[name] = driverLives ? 'UNKNOWN' : 'FAILED'
  }
  const same =
    Object.keys(next).length === Object.keys(old).length &&
    Object.entries(next).every(([name, state]) => old[name] === state)
  return same ? { status, events } : { status: { ...status, executorState: sorted(next) }, events }
}

const STATE_OF_PHASE = { Pending: 'PENDING', Running: 'RUNNING', Succeeded: 'COMPLETED', Failed: 'FAILED' } as const

function executorEvent(pod: Pod, state: ExecutorState): OperatorEvent {
  const { name } = pod.metadata
  switch (state) {
    case 'PENDING':
      return { type: 'Normal', reason: 'SparkExecutorPending', message: `Executor ${name} is pending` }
    case 'RUNNING':
      return { type: 'Normal', reason: 'SparkExecutorRunning', message: `Executor ${name} is running` }
    case 'COMPLETED':
      return { type: 'Normal', reason: 'SparkExecutorCompleted', message: `Executor ${name} completed` }
    case 'FAILED':
      return { type: 'Warning', reason: 'SparkExecutorFailed', message: executorFailure(pod) }
    default:
      return { type: 'Warning', reason: 'SparkExecutorUnknown', message: `Executor ${name} in unknown state` }
  }
}

function sorted(map: Record<string, ExecutorState>): Record<string, ExecutorState> {
  return Object.fromEntries(Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** The empty pod message at its end is as recorded. */
function executorFailure(pod: Pod): string {
  const exit = pod.status.containerStatuses?.[0].state.terminated
  return `Executor ${pod.metadata.name} failed with ExitCode: ${exit?.exitCode ?? 0}, Reason: ${exit?.reason ?? ''}, Pod Message: `
}
