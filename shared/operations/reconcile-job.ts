/**
 * reconcileJob: looks at a job and at its SparkApplication and takes the next steps, one at a time, until it has to wait.
 * Submitting, following, cancelling, timing out, retrying and recovering after a crash are this one path (the decision is
 * `decideNextStep`). Safe to run any number of times, at any time, by any number of workers.
 */
import type { EngineSettings } from '../domain/engine-settings.ts'
import type { Job, JobRef } from '../domain/job.ts'
import { attemptToLookAt, decideNextStep } from '../domain/next-step/next-step.ts'
import type { NextStep } from '../domain/next-step/step.ts'
import type { Observed } from '../domain/observed.ts'
import { isTerminal } from '../domain/job-state.ts'
import { beginAttempt } from './begin-attempt.ts'
import { createApplication } from './create-application.ts'
import { lookAtAttempt } from './look-at-attempt.ts'
import { ensureObserved } from './observe-cluster.ts'
import { removeLeftovers } from './remove-leftovers.ts'
import type { Clock, JobStore, ObserveQueue, ObserverStore, Random, ReconcileQueue, SparkClusters } from './ports.ts'

export interface ReconcileDeps {
  readonly store: JobStore
  readonly observers: ObserverStore
  readonly clusters: SparkClusters
  readonly reconcileQueue: ReconcileQueue
  readonly observeQueue: ObserveQueue
  readonly clock: Clock
  readonly random: Random
  readonly settings: EngineSettings
  readonly objectTimeToLiveSeconds: number
  /** Milliseconds between two turns at a cluster's operator. */
  readonly turnInterval: (cluster: string) => number
  readonly watchSeconds: number
}

/** QUEUED to PENDING takes four steps; more than this in one run is a loop, and the next message goes on. */
const MAX_STEPS = 16
/** SQS delays a message by at most this; longer waits are found by the sweep. */
const MAX_DELAY_SECONDS = 900

/** Why it stopped: the job is over or unknown, or somebody will look again. */
export type Reconciled = { readonly outcome: 'over' | 'waiting' | 'unknown-job'; readonly job?: Job }

export async function reconcileJob(deps: ReconcileDeps, ref: JobRef): Promise<Reconciled> {
  let stored: Job | undefined
  let turn: number | undefined
  let readAt = 0
  for (let taken = 0; taken < MAX_STEPS; taken++) {
    if (stored === undefined) {
      readAt = deps.clock.now()
      stored = await deps.store.get(ref)
      if (stored === undefined) return { outcome: 'unknown-job' }
      if (taken === 0) await removeLeftovers(deps.clusters.of(stored.cluster), stored)
    }
    if (isTerminal(stored.state)) return { outcome: 'over', job: stored }
    const job: Job = turn === undefined ? stored : { ...stored, submitAt: turn }
    const step = decideNextStep({
      job,
      observed: await observe(deps, job),
      now: deps.clock.now(),
      settings: deps.settings,
      jitter: deps.random.next(),
    })
    switch (step.step) {
      case 'nothing':
        return { outcome: 'over', job: stored }
      case 'wait':
        if ((await planLook(deps, stored, step)) === 'planned') return { outcome: 'waiting', job: stored }
        stored = undefined
        break
      case 'reserve-turn':
        turn = await deps.store.reserveTurn(job.cluster, deps.clock.now(), deps.turnInterval(job.cluster))
        break
      case 'record':
        stored = await save(deps, stored, step.job)
        break
      case 'begin-attempt':
        stored = await save(deps, stored, await beginAttempt(deps, job))
        readAt = deps.clock.now()
        turn = undefined
        break
      case 'create':
        stored = await create(deps, stored, readAt)
        // Its look is planned: going on would look at what the operator cannot have seen yet.
        if (stored?.state === 'PENDING') return { outcome: 'waiting', job: stored }
        break
      case 'delete':
        await remove(deps, job, step)
        break
    }
  }
  await deps.reconcileQueue.send([ref], 1)
  return { outcome: 'waiting' }
}

async function observe(deps: ReconcileDeps, job: Job): Promise<Observed> {
  const attempt = attemptToLookAt(job)
  return attempt === undefined ? { kind: 'nothing' } : lookAtAttempt(deps.clusters.of(job.cluster), job, attempt)
}

/** The stored job, or undefined when somebody else was first: read again. */
async function save(deps: ReconcileDeps, before: Job, after: Job): Promise<Job | undefined> {
  const { dueAt: _plan, ...over } = after
  const saved = await deps.store.save(before, isTerminal(after.state) ? over : { ...after, dueAt: deps.clock.now() })
  return saved.outcome === 'saved' ? saved.job : undefined
}

async function create(deps: ReconcileDeps, stored: Job, readAt: number): Promise<Job | undefined> {
  const after = await createApplication(deps, stored, readAt)
  if (after === 'stale') return undefined
  const saved = await save(deps, stored, after)
  if (saved === undefined || saved.state !== 'PENDING') return saved
  await ensureObserved(deps, saved.cluster)
  // The operator needs seconds: looking at once would see nothing.
  const until = deps.clock.now() + deps.settings.pendingLookSeconds * 1000
  return (await planLook(deps, saved, { step: 'wait', until, job: saved })) === 'planned' ? saved : undefined
}

async function remove(deps: ReconcileDeps, job: Job, step: Extract<NextStep, { step: 'delete' }>): Promise<void> {
  // The outcome is judged by the next look: 404 and no pods are the proof, not this answer.
  await deps.clusters.of(job.cluster).delete(job.namespace, step.objectName, step.uid)
}

/**
 * Records when the next look is due, and sends a delayed message for it. If a look is planned already and comes in time,
 * nothing is sent: the messages of one job do not multiply.
 */
async function planLook(
  deps: ReconcileDeps,
  stored: Job,
  step: Extract<NextStep, { step: 'wait' }>,
): Promise<'planned' | 'conflict'> {
  const now = deps.clock.now()
  const planned = stored.dueAt !== undefined && stored.dueAt > now && stored.dueAt <= step.until
  if (planned && !learnedSomething(stored, step.job)) return 'planned'
  const dueAt = planned ? stored.dueAt : step.until
  const saved = await deps.store.save(stored, { ...step.job, dueAt, updatedAt: now })
  if (saved.outcome === 'conflict') return 'conflict'
  const delaySeconds = Math.ceil((step.until - now) / 1000)
  if (!planned && delaySeconds <= MAX_DELAY_SECONDS) await deps.reconcileQueue.send([stored], Math.max(delaySeconds, 0))
  return 'planned'
}

/** Whether a person would want to know what `after` says and `before` does not; the time of the look alone is not worth a write. */
const learnedSomething = (before: Job, after: Job): boolean =>
  before.reason !== after.reason ||
  before.message !== after.message ||
  before.submitAt !== after.submitAt ||
  JSON.stringify(before.attempts) !== JSON.stringify(after.attempts)
