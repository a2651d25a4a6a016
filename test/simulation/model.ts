/**
 * A small model around the real decision function: one job of two attempts, two workers that may die at any point, a cancel, one
 * create whose answer is lost and which may land late. Everything that happens is one atomic transition, so that an
 * explorer can take them in every order. Time moves in ticks of ten seconds.
 */
import { DEFAULT_ENGINE_SETTINGS } from '../../shared/domain/engine-settings.ts'
import { withAttempt } from '../../shared/domain/job.ts'
import type { Attempt, Job } from '../../shared/domain/job.ts'
import { canMove, isTerminal } from '../../shared/domain/job-state.ts'
import { fence } from '../../shared/domain/next-step/ends.ts'
import { attemptToLookAt, decideNextStep } from '../../shared/domain/next-step/next-step.ts'
import type { NextStep } from '../../shared/domain/next-step/step.ts'
import type { ApplicationView, Observed } from '../../shared/domain/observed.ts'
import { clusterTransitions, podViewOf, viewOf, wrong } from './model-cluster.ts'

export const TICK = 10_000
/** A create lands at most two ticks after it left (25 s in the engine's own account). */
const LATEST_LANDING_TICKS = 2

export interface ModelObject {
  readonly attempt: number
  readonly uid: string
  readonly state: '' | 'RUNNING' | 'COMPLETED' | 'FAILED'
}

export interface ModelPod {
  readonly attempt: number
  readonly uid: string
  readonly phase: 'Running' | 'Succeeded' | 'Failed'
}

export type ModelWorker =
  | { readonly at: 'idle' }
  | { readonly at: 'read'; readonly job: Job; readonly readAt: number; readonly turn?: number }
  /** Has the answer of GET, not yet that of the list of pods. */
  | {
      readonly at: 'got'
      readonly job: Job
      readonly readAt: number
      readonly seen: ApplicationView | undefined
      /** What is seen is as old as this, however long the list takes. */
      readonly lookedAt: number
    }
  | { readonly at: 'does'; readonly job: Job; readonly readAt: number; readonly step: NextStep }

export interface ModelState {
  readonly now: number
  readonly job: Job
  readonly objects: readonly ModelObject[]
  readonly pods: readonly ModelPod[]
  readonly workers: readonly ModelWorker[]
  /** Creates whose client has given up. */
  readonly wire: readonly { readonly attempt: number; readonly sentAt: number }[]
  readonly mayLose: boolean
  readonly mayCancel: boolean
  readonly uids: number
  /** What went wrong on the way here. */
  readonly violation?: string
}

export interface Transition {
  readonly name: string
  readonly to: ModelState
}

/** Everything that may happen next. */
export function transitionsOf(state: ModelState): Transition[] {
  if (state.violation !== undefined) return []
  return [
    ...state.workers.flatMap((worker, index) => workerTransitions(state, worker, index)),
    ...wireTransitions(state),
    ...clusterTransitions(state),
    ...(state.mayCancel && !isTerminal(state.job.state) && state.job.state !== 'CANCELLING' ? [cancel(state)] : []),
    ...tick(state),
  ]
}

function workerTransitions(state: ModelState, worker: ModelWorker, index: number): Transition[] {
  const become = (name: string, next: ModelWorker, change: Partial<ModelState> = {}): Transition => ({
    name: `worker ${index} ${name}`,
    to: { ...state, ...change, workers: state.workers.with(index, next) },
  })
  const idle = { at: 'idle' } as const
  const dies = become('dies', idle)
  switch (worker.at) {
    case 'idle':
      return isTerminal(state.job.state) ? [] : [become('reads', { at: 'read', job: state.job, readAt: state.now })]
    case 'read': {
      const attempt = attemptToLookAt(worker.job)
      if (attempt === undefined) return [dies, become('decides', decide(state, worker, { kind: 'nothing' }))]
      return [dies, become('gets', { ...worker, at: 'got', seen: viewOf(state, attempt), lookedAt: state.now })]
    }
    case 'got': {
      const attempt = attemptToLookAt(worker.job)
      const pods = state.pods.filter(pod => pod.attempt === attempt?.number).map(podViewOf)
      return [dies, become('lists pods', decide(state, worker, { kind: 'seen', application: worker.seen, pods }))]
    }
    case 'does':
      return [dies, ...doStep(state, worker, become)]
  }
}

function decide(
  state: ModelState,
  worker: Exclude<ModelWorker, { at: 'idle' | 'does' }>,
  observed: Observed,
): ModelWorker {
  const { job, readAt } = worker
  const turn = worker.at === 'read' ? worker.turn : undefined
  const step = decideNextStep({
    job: turn === undefined ? job : { ...job, submitAt: turn },
    observed,
    now: worker.at === 'got' ? worker.lookedAt : state.now,
    settings: DEFAULT_ENGINE_SETTINGS,
    jitter: 0.5,
  })
  if (step.step === 'reserve-turn') return { at: 'read', job, readAt, turn: state.now }
  // There is always room.
  if (step.step === 'ask-for-admission')
    return { at: 'does', job, readAt, step: { step: 'record', job: admitted(job) } }
  // Of a wait only the time from which the create window counts matters.
  if (step.step === 'wait' && settledAtOf(step.job) !== settledAtOf(job))
    return { at: 'does', job, readAt, step: { step: 'record', job: step.job } }
  if (step.step === 'nothing' || step.step === 'wait') return { at: 'idle' }
  return { at: 'does', job, readAt, step }
}

const settledAtOf = ({ attempts }: Job): string => attempts.map(({ settledAt }) => settledAt).join()

function admitted(job: Job): Job {
  const { readyAt: _left, ...rest } = job
  return { ...rest, claim: { cluster: job.cluster, cores: 1, memoryMiB: 1, attempt: job.attempt } }
}

type Become = (name: string, next: ModelWorker, change?: Partial<ModelState>) => Transition

function doStep(state: ModelState, worker: Extract<ModelWorker, { at: 'does' }>, become: Become): Transition[] {
  const { job, step, readAt } = worker
  const write = (name: string, after: Job): Transition => {
    const saved = save(state, job, after)
    return saved === undefined
      ? become(`${name}: conflict`, { at: 'idle' })
      : become(name, { at: 'read', job: saved.job, readAt: state.now }, saved)
  }
  switch (step.step) {
    case 'record':
      return [write(`writes ${step.job.state}`, step.job)]
    case 'begin-attempt': {
      const attempt: Attempt = { ...NEW_ATTEMPT, number: job.attempt, submittingAt: state.now }
      return [write('begins', { ...job, state: 'SUBMITTING', attempts: [...job.attempts, attempt] })]
    }
    case 'delete': {
      const objects = state.objects.filter(({ uid }) => uid !== step.uid)
      return [become('deletes', { at: 'read', job, readAt }, { objects })]
    }
    case 'create': {
      if (state.now - readAt > DEFAULT_ENGINE_SETTINGS.maxReadAgeSeconds * 1000)
        return [become('is late', { at: 'idle' })]
      const landed = land(state, job.attempt)
      const uid = landed.objects.find(({ attempt }) => attempt === job.attempt)?.uid ?? ''
      const created = { ...withAttempt(job, { uid, createdAt: state.now }), state: 'PENDING' as const }
      const answered = become('creates', { at: 'does', job, readAt, step: { step: 'record', job: created } }, landed)
      if (!state.mayLose) return [answered]
      const tries = withAttempt(job, { createTries: 1, createRetryAt: state.now + TICK / 2 })
      const gaveUp: ModelWorker = { at: 'does', job, readAt, step: { step: 'record', job: tries } }
      const wire = [...state.wire, { attempt: job.attempt, sentAt: state.now }]
      return [answered, become('creates, and gets no answer', gaveUp, { wire, mayLose: false })]
    }
    case 'wait':
    case 'nothing':
    case 'reserve-turn':
    case 'ask-for-admission':
    case 'look-at-dependencies':
      return []
  }
}

/** The conditional write; undefined when it is refused. */
function save(state: ModelState, before: Job, after: Job): (Partial<ModelState> & { job: Job }) | undefined {
  if (before.version !== state.job.version || !canMove(before, after)) return undefined
  const { claim, ...over } = after
  const job = { ...over, ...(claim && !isTerminal(after.state) && { claim }), version: before.version + 1 }
  return { job, ...wrong(endProblem(state, job)) }
}

function endProblem(state: ModelState, job: Job): string | undefined {
  const lives = state.pods.some(({ phase }) => phase === 'Running')
  if (job.state === 'CANCELLED' && (lives || state.objects.length > 0)) return 'I9: CANCELLED while something is there'
  if ((job.state === 'SUCCEEDED' || job.state === 'FAILED') && lives) return `I15: ${job.state} while a driver lives`
  return undefined
}

/** The create of an attempt takes effect, unless its name is taken. */
function land(state: ModelState, attempt: number): Pick<ModelState, 'objects' | 'uids'> & { violation?: string } {
  if (state.objects.some(object => object.attempt === attempt)) return state
  const uids = state.uids + 1
  const objects = [...state.objects, { attempt, uid: `u${uids}`, state: '' as const }]
  const before = state.objects.length > 0 || state.pods.some(pod => pod.attempt < attempt && pod.phase === 'Running')
  const problem = isTerminal(state.job.state)
    ? `I9: created after ${state.job.state}`
    : before
      ? `I8: attempt ${attempt} is created while ${attempt - 1} is there`
      : undefined
  return { objects, uids, ...wrong(problem) }
}

/** A create that nobody waits for lands, or never does. */
const wireTransitions = (state: ModelState): Transition[] =>
  state.wire.flatMap((request, index) => {
    const wire = state.wire.toSpliced(index, 1)
    return [
      { name: `create of ${request.attempt} lands late`, to: { ...state, ...land(state, request.attempt), wire } },
      { name: `create of ${request.attempt} is lost`, to: { ...state, wire } },
    ]
  })

function cancel(state: ModelState): Transition {
  const stop = { requestedAt: state.now, requestedBy: 'ada', message: '', reason: 'CANCELLED_ON_REQUEST' } as const
  const saved = save(state, state.job, { ...state.job, ...fence({ outcome: 'CANCELLED', ...stop }) })
  return { name: 'cancel', to: { ...state, ...saved, mayCancel: false } }
}

/**
 * Time goes on, unless something must happen before: what is on the wire for too long lands or never will, and what a worker
 * decided to write is written or refused within the tick (writes that take longer: the fault `held` of the simulation).
 */
function tick(state: ModelState): Transition[] {
  if (isTerminal(state.job.state) && state.wire.length === 0) return []
  const limit = state.now - LATEST_LANDING_TICKS * TICK
  const mustLand = state.wire.some(({ sentAt }) => sentAt <= limit)
  const mustWrite = state.workers.some(worker => worker.at === 'does' && worker.step.step === 'record')
  return mustLand || mustWrite ? [] : [{ name: 'tick', to: { ...state, now: state.now + TICK } }]
}

const NEW_ATTEMPT = { objectName: 'etl', createTries: 0, remedies: [] } as const
