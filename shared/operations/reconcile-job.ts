/**
 * reconcileJob: looks at a job and at its SparkApplication and takes the next steps, one at a time, until it has to wait.
 * Submitting, following, cancelling, timing out, retrying and recovering after a crash are this one path (the decision is
 * `decideNextStep`). Safe to run any number of times, at any time, by any number of workers.
 */
import type { EngineSettings } from '../domain/engine-settings.ts'
import { allHeardFrom, clusterOfAttempt, unprovedAttempt, withAttempt } from '../domain/job.ts'
import type { Attempt, Job, JobRef } from '../domain/job.ts'
import { turnInterval, TROUBLE_SPACING } from '../domain/admission/cluster-health.ts'
import { withSpent } from '../domain/admission/spending.ts'
import { decideDependencies } from '../domain/next-step/decide-dependencies.ts'
import { attemptToLookAt, decideNextStep, totalDeadline } from '../domain/next-step/next-step.ts'
import type { NextStep } from '../domain/next-step/step.ts'
import type { Observed } from '../domain/observed.ts'
import { isTerminal } from '../domain/job-state.ts'
import { admitAfterRelease, askForAdmission } from './admit-jobs.ts'
import type { AdmitDeps } from './admit-jobs.ts'
import { beginAttempt } from './begin-attempt.ts'
import { clearLeftovers } from './clear-leftovers.ts'
import { createApplication } from './create-application.ts'
import { lookAtAttempt } from './look-at-attempt.ts'
import { ensureObserved } from './observe-cluster.ts'
import type { ObserveQueue, ObserverStore, Random, SparkClusters } from './ports.ts'

export interface ReconcileDeps extends AdmitDeps {
  readonly observers: ObserverStore
  readonly clusters: SparkClusters
  readonly observeQueue: ObserveQueue
  readonly random: Random
  readonly settings: EngineSettings
  readonly objectTimeToLiveSeconds: number
  readonly watchSeconds: number
  /** Keeps the driver's log of an attempt that ends or is about to be removed; never throws. Absent: logs end with their pods. */
  readonly keepLog?: (job: Job, attempt: Attempt) => Promise<void>
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
  let asked = false
  let answered = false
  let readAt = 0
  for (let taken = 0; taken < MAX_STEPS; taken++) {
    if (stored === undefined) {
      readAt = deps.clock.now()
      answered = false
      stored = await deps.store.get(ref)
      if (stored === undefined) return { outcome: 'unknown-job' }
      if (taken === 0) stored = await clear(deps, stored)
      if (stored === undefined) continue
    }
    if (isTerminal(stored.state)) return { outcome: 'over', job: stored }
    const known = answered ? allHeardFrom(stored) : stored
    const job: Job = turn === undefined ? known : { ...known, submitAt: turn }
    // What is seen is as old as the time before the look.
    const now = deps.clock.now()
    const step = decideNextStep({
      job,
      observed: await observe(deps, job),
      now,
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
      case 'look-at-dependencies':
        stored = await follow(
          deps,
          stored,
          decideDependencies(stored, await dependenciesOf(deps, stored), deps.clock.now()),
        )
        if (stored?.dueAt !== undefined && stored.dueAt > deps.clock.now()) return { outcome: 'waiting', job: stored }
        break
      case 'ask-for-admission':
        if (asked) {
          if ((await planLook(deps, stored, { step: 'wait', until: step.until, job: step.job })) === 'planned')
            return { outcome: 'waiting', job: stored }
        } else {
          asked = true
          await askForAdmission(deps, stored)
        }
        stored = undefined
        break
      case 'reserve-turn':
        turn = await takeTurn(deps, job.cluster)
        break
      case 'record':
        await keepLog(deps, stored, step.job)
        stored = await save(deps, stored, step.job)
        break
      case 'begin-attempt':
        // The answer of the write says what stood when it was written, which is as old as the request at most.
        readAt = deps.clock.now()
        stored = await save(deps, stored, await beginAttempt(deps, job))
        turn = undefined
        break
      case 'create':
        stored = await create(deps, stored, readAt)
        // Its look is planned: going on would look at what the operator cannot have seen yet.
        if (stored?.state === 'PENDING') return { outcome: 'waiting', job: stored }
        break
      case 'delete':
        await remove(deps, job, step)
        // What it said before the delete is not recorded yet: a silence that comes now begins now.
        answered = true
        break
    }
  }
  await deps.reconcileQueue.send([ref], 1)
  return { outcome: 'waiting' }
}

/** The next turn at the operator, further from the one before the more the operator is behind. */
async function takeTurn({ platform, store, observers, clock }: ReconcileDeps, cluster: string): Promise<number> {
  const submitsPerSecond = platform.clusters[cluster]?.submitsPerSecond ?? 1
  const lag = (await observers.get(cluster))?.lagMilliseconds
  return store.reserveTurn(cluster, clock.now(), turnInterval(submitsPerSecond, lag))
}

/** Nobody looks again by himself at a job that is over: while a cluster cannot be asked, its message has to come again. */
async function clear(deps: ReconcileDeps, job: Job): Promise<Job | undefined> {
  const { unclear, unproved } = await clearLeftovers(deps.clusters, job)
  if (unproved !== undefined) return save(deps, job, { ...unproved, updatedAt: deps.clock.now() })
  if (unclear && isTerminal(job.state)) throw new Error(`leftovers of job ${job.jobId} could not be looked for`)
  return job
}

async function observe(deps: ReconcileDeps, job: Job): Promise<Observed> {
  const attempt = attemptToLookAt(job)
  if (attempt === undefined) return { kind: 'nothing' }
  const cluster = clusterOfAttempt(job, attempt)
  const seen = await lookAtAttempt(deps.clusters.of(cluster), job, attempt)
  if (seen.kind === 'unavailable' && !seen.denied) await noteTrouble(deps, cluster)
  return seen
}

/** Admission keeps away from a cluster that several questions in a row found silent. */
const noteTrouble = (deps: ReconcileDeps, cluster: string): Promise<void> =>
  deps.admission.noteTrouble(cluster, deps.clock.now(), TROUBLE_SPACING)

/** Once an attempt: when its end is about to be recorded. What dies in between does it again. */
async function keepLog({ keepLog: keep }: ReconcileDeps, before: Job, after: Job): Promise<void> {
  const attempt = unprovedAttempt(before)
  const ended = after.attempts.find(({ number }) => number === attempt?.number)
  // What is proved gone has no pod to read: its log was kept before it was deleted.
  if (ended?.endedAt === undefined || ended.goneAt !== undefined || attempt?.endedAt !== undefined) return
  await keep?.(after, ended)
}

/** The stored job, or undefined when somebody else was first: read again. Whoever waited for this write is told. */
async function save(deps: ReconcileDeps, before: Job, after: Job): Promise<Job | undefined> {
  const now = deps.clock.now()
  const next = isTerminal(after.state) ? over(after) : { ...after, dueAt: now }
  const isReleased = before.claim !== undefined && next.claim === undefined
  const saved = await deps.store.save(before, isReleased ? withSpent(next, deps.platform, now) : next)
  if (saved.outcome === 'conflict') return undefined
  if (isReleased) await admitAfterRelease(deps)
  if (isTerminal(saved.job.state)) await wakeDependents(deps, saved.job)
  return saved.job
}

/** A job that is over holds nothing and waits for nothing. */
function over(job: Job): Job {
  const { dueAt: _plan, claim: _room, readyAt: _place, ...rest } = job
  return rest
}

/** More jobs than this that depend on one are found by their own looks. */
const MAX_DEPENDENTS = 1_000

async function wakeDependents(deps: ReconcileDeps, job: Job): Promise<void> {
  const dependents = await deps.store.listDependents(job, MAX_DEPENDENTS)
  if (dependents.length > 0) await deps.reconcileQueue.send(dependents, 0)
}

const dependenciesOf = (deps: ReconcileDeps, { team, dependsOn }: Job): Promise<readonly (Job | undefined)[]> =>
  Promise.all((dependsOn?.jobs ?? []).map(jobId => deps.store.get({ team, jobId })))

/** Does what was decided without a look at a cluster: a record, or a wait. */
async function follow(deps: ReconcileDeps, stored: Job, step: NextStep): Promise<Job | undefined> {
  if (step.step === 'record') return save(deps, stored, step.job)
  if (step.step !== 'wait') throw new Error(`dependencies lead to a record or a wait, not to ${step.step}`)
  return (await planLook(deps, stored, step)) === 'planned' ? { ...stored, dueAt: step.until } : undefined
}

async function create(deps: ReconcileDeps, stored: Job, readAt: number): Promise<Job | undefined> {
  const after = await createApplication(deps, stored, readAt)
  if (after === 'stale') return undefined
  if (after.reason === 'CLUSTER_UNREACHABLE') await noteTrouble(deps, stored.cluster)
  const saved = await save(deps, stored, after)
  if (saved === undefined || saved.state !== 'PENDING') return saved
  await ensureObserved(deps, saved.cluster)
  // The operator needs seconds: looking at once would see nothing.
  const now = deps.clock.now()
  const until = now + deps.settings.pendingLookSeconds * 1000
  // It is written: from now on nobody reads that it has to be created.
  const settled = withAttempt(saved, { settledAt: now })
  return (await planLook(deps, saved, { step: 'wait', until, job: settled })) === 'planned' ? saved : undefined
}

async function remove(deps: ReconcileDeps, job: Job, step: Extract<NextStep, { step: 'delete' }>): Promise<void> {
  const attempt = unprovedAttempt(job)
  if (attempt === undefined) throw new Error(`job ${job.jobId} has no attempt to delete`)
  // A stopped attempt ends only when it is gone, and its log with it.
  if (attempt.endedAt === undefined) await deps.keepLog?.(job, attempt)
  // The outcome is judged by the next look: 404 and no pods are the proof, not this answer.
  await deps.clusters.of(clusterOfAttempt(job, attempt)).delete(job.namespace, step.objectName, step.uid)
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
  // A fenced job has no deadline to wake for: a look at one in the past would ask for the next at once, over and over.
  const deadline = step.job.state === 'CANCELLING' ? undefined : totalDeadline(step.job)
  const until = Math.min(step.until, (deadline ?? Infinity) + 1)
  const planned = stored.dueAt !== undefined && stored.dueAt > now && stored.dueAt <= until
  if (planned && !learnedSomething(stored, step.job)) return 'planned'
  const dueAt = planned ? stored.dueAt : until
  const saved = await deps.store.save(stored, { ...step.job, dueAt, updatedAt: now })
  if (saved.outcome === 'conflict') return 'conflict'
  const delaySeconds = Math.ceil((until - now) / 1000)
  if (!planned && delaySeconds <= MAX_DELAY_SECONDS) await deps.reconcileQueue.send([stored], Math.max(delaySeconds, 0))
  return 'planned'
}

/** Whether a person would want to know what `after` says and `before` does not; the time of the look alone is not worth a write. */
const learnedSomething = (before: Job, after: Job): boolean =>
  before.reason !== after.reason ||
  before.message !== after.message ||
  before.submitAt !== after.submitAt ||
  JSON.stringify(before.attempts) !== JSON.stringify(after.attempts)
