/**
 * The Lambda functions and what invokes them: each invocation is a worker with a clock and a time limit of its own. Batches go
 * through the edge functions of the real handlers; only middy stays out, because it sets real timers.
 */
import { readDrops } from '../../functions/object-created/read-drops.ts'
import { readFiring } from '../../functions/schedule-fired/read-firing.ts'
import { DEFAULT_ENGINE_SETTINGS } from '../../shared/domain/engine-settings.ts'
import type { Job } from '../../shared/domain/job.ts'
import { admitJobs } from '../../shared/operations/admit-jobs.ts'
import { archiveEnded } from '../../shared/operations/archive-jobs.ts'
import type { Change } from '../../shared/operations/archive-jobs.ts'
import { notifyChange } from '../../shared/operations/notify-change.ts'
import { observeCluster } from '../../shared/operations/observe-cluster.ts'
import { ADMIT_TASK, REMOVE_TASK } from '../../shared/operations/ports.ts'
import { reconcileJob } from '../../shared/operations/reconcile-job.ts'
import { removeOrphan } from '../../shared/operations/remove-orphan.ts'
import { submitDroppedSpec } from '../../shared/operations/submit-dropped-spec.ts'
import { submitScheduledJob } from '../../shared/operations/submit-scheduled-job.ts'
import type { Fired } from '../../shared/operations/submit-scheduled-job.ts'
import { sweepJobs } from '../../shared/operations/sweep-jobs.ts'
import { handleBatch, readMessage, readTask } from '../../shared/runtime/batch.ts'

import { silentLog } from '../support/silent-log.ts'
import { WorkerAdmissionStore } from './admission-of-worker.ts'
import { WorkerCluster } from './cluster-of-worker.ts'
import { archiveOf, busOf, inboxOf, keepLogOf, WorkerJobStore, WorkerObserverStore } from './ports-of-worker.ts'
import type { ClusterAnswer } from './judge-rooms.ts'
import { observeQueueOf, reconcileQueueOf } from './queues-of-worker.ts'
import { rememberedSpecs } from './remembered-specs.ts'
import type { BatchOutcome } from './simulated-queue.ts'
import { Worker } from './worker.ts'
import type { World } from './world.ts'

type Messages = readonly { readonly messageId: string; readonly body: string }[]
/** What became of an invocation; a worker that was killed or ran out of time gives no answer. */
export type Outcome<T> = { readonly answer: T } | { readonly error: unknown } | 'killed'

/** Time limits, seconds (as deployed). */
const LIMITS = {
  api: 29,
  'object-created': 30,
  'schedule-fired': 30,
  reconcile: 30,
  observe: 60,
  sweep: 60,
  notify: 30,
}
export type FunctionName = keyof typeof LIMITS

/** Settings of the functions (config.ts). */
const WATCH_SECONDS = 50
const SWEEP_GRACE_SECONDS = 60
const OBJECT_TIME_TO_LIVE_SECONDS = 3 * 86_400
/** An asynchronous invocation is tried three times, a minute and two minutes apart. */
const ASYNC_TRIES = 3
/** The stream repeats a failed batch; records of one shard in order. */
const STREAM_RETRY_MILLISECONDS = 1_000
const STREAM_BATCH = 10

export class Functions {
  /** Asynchronous events that failed too often, for a person. */
  readonly dead: string[] = []
  private readonly world: World
  private readonly stream: Change[] = []
  private told = 0
  private telling = false
  private invocations = 0

  constructor(world: World) {
    this.world = world
  }

  /** Starts a worker; `done` is called once. */
  invoke<T>(name: FunctionName, run: (deps: Deps) => Promise<T>, done: (outcome: Outcome<T>) => void): void {
    const { world } = this
    const { maxSkew } = world.settings
    const skew = maxSkew === 0 ? 0 : world.prng.between(-maxSkew, maxSkew)
    const worker = new Worker(world, `${name}-${++this.invocations}`, LIMITS[name], skew)
    let ended = false
    const end = (outcome: Outcome<T>): void => {
      if (ended) return
      ended = true
      worker.dead = true
      done(outcome)
    }
    worker.onDeath = () => end('killed')
    world.scheduler.after(worker.limitSeconds * 1000, () => {
      if (!ended) worker.die('out of time')
    })
    world.scheduler.disturb()
    run(depsOf(world, worker)).then(
      answer => end({ answer }),
      error => {
        world.judge.failed(name, error)
        end({ error })
      },
    )
  }

  private batch(
    name: FunctionName,
    messages: Messages,
    done: (outcome: BatchOutcome) => void,
    handle: (deps: Deps, body: string) => Promise<unknown>,
  ): void {
    this.invoke(
      name,
      async deps => {
        const { worker } = deps
        const left = (): number => worker.limitSeconds * 1000 - (this.world.scheduler.now - worker.startedAt)
        const event = { Records: messages } as unknown as Parameters<typeof handleBatch>[0]
        const context = { getRemainingTimeInMillis: left }
        return handleBatch(event, context, silentLog, async record => {
          try {
            // Each message with answers of its own: what another one of the same job heard, its write does not know.
            await handle(depsOf(this.world, worker), record.body)
          } catch (error) {
            this.world.judge.failed(name, error)
            throw error
          }
        })
      },
      outcome =>
        done(
          outcome !== 'killed' && 'answer' in outcome
            ? { failed: outcome.answer.batchItemFailures.map(each => each.itemIdentifier) }
            : 'all-failed',
        ),
    )
  }

  reconcile(messages: Messages, done: (outcome: BatchOutcome) => void): void {
    this.batch('reconcile', messages, done, async (deps, body) => {
      const task = readTask(body)
      if (task === ADMIT_TASK) return admitJobs(deps)
      if (task === REMOVE_TASK) return removeOrphan(deps, readMessage(body, ['cluster', 'namespace', 'name', 'uid']))
      const { team, jobId } = readMessage(body, ['team', 'jobId'])
      await reconcileJob(deps, { team, jobId })
    })
  }

  observe(messages: Messages, done: (outcome: BatchOutcome) => void): void {
    this.batch('observe', messages, done, (deps, body) => {
      const { cluster, raw } = readMessage(body, ['cluster'])
      return observeCluster(deps, { cluster, sequence: Number(raw['sequence']) })
    })
  }

  objectCreated(messages: Messages, done: (outcome: BatchOutcome) => void): void {
    this.batch('object-created', messages, done, async (deps, body) => {
      for (const dropped of readDrops(body)) {
        const result = await submitDroppedSpec(deps, dropped)
        this.world.people.dropAnswered(dropped, result)
      }
    })
  }

  sweep(): void {
    const clusters = [...this.world.clusters.keys()]
    this.invoke(
      'sweep',
      deps => sweepJobs({ ...deps, clusters, graceSeconds: SWEEP_GRACE_SECONDS }),
      () => undefined,
    )
  }

  /** As EventBridge Scheduler invokes: asynchronously, again after a failure. */
  fire(payload: unknown, onAnswer: (fired: Fired) => void, tries = 1): void {
    this.invoke(
      'schedule-fired',
      deps => submitScheduledJob(deps, readFiring(payload)),
      outcome => {
        if (outcome !== 'killed' && 'answer' in outcome) return onAnswer(outcome.answer)
        if (tries >= ASYNC_TRIES) return void this.dead.push(JSON.stringify(payload))
        this.world.scheduler.after(tries * 60_000, () => this.fire(payload, onAnswer, tries + 1))
      },
    )
  }

  /** A record of the table's change stream. */
  changed(before: Job | undefined, after: Job): void {
    this.stream.push({ before, after })
    if (!this.telling) this.tell(0)
  }

  /** As the handler: changes in order; after a failure the stream comes again from the one that failed. */
  private tell(delay: number): void {
    this.telling = true
    this.world.scheduler.after(delay, () => {
      const batch = this.stream.slice(0, STREAM_BATCH)
      this.invoke(
        'notify',
        deps => tellBatch(deps, batch, `sequence-${this.told}`),
        outcome => {
          const told = outcome !== 'killed' && 'answer' in outcome ? outcome.answer : 0
          this.stream.splice(0, told)
          this.told += told
          this.telling = this.stream.length > 0
          if (this.telling) this.tell(told === batch.length ? 0 : STREAM_RETRY_MILLISECONDS)
        },
      )
    })
  }

  /** Whether every change was told. */
  get isToldOut(): boolean {
    return this.stream.length === 0
  }
}

/** How many changes, from the first, the stream may forget: what was told before a failure is archived all the same. */
async function tellBatch(deps: Deps, batch: readonly Change[], sequence: string): Promise<number> {
  let told = 0
  try {
    for (const { before, after } of batch) {
      await notifyChange(deps, before, after)
      told++
    }
  } catch {
    // The stream comes again from here.
  }
  try {
    await archiveEnded(deps.archive, batch.slice(0, told), sequence)
    return told
  } catch {
    return 0
  }
}

export type Deps = ReturnType<typeof depsOf>

function depsOf(world: World, worker: Worker) {
  const { platform } = world.settings
  let answers: ClusterAnswer[] = []
  const onAnswer = (cluster: string, name: string, saysSomething: boolean): void => {
    if (saysSomething) answers.push({ cluster, name, at: world.scheduler.now })
    else world.judge.rooms.unanswered(cluster, name)
  }
  // Of one job: a batch is about several.
  const onSaved = ({ attempts }: Job): void => {
    const isKnown = ({ name }: ClusterAnswer): boolean => attempts.some(({ objectName }) => objectName === name)
    for (const answer of answers.filter(isKnown)) world.judge.rooms.answered(answer)
    answers = answers.filter(answer => !isKnown(answer))
  }
  return {
    worker,
    platform,
    specs: rememberedSpecs,
    store: new WorkerJobStore(worker, world.services, onSaved),
    observers: new WorkerObserverStore(worker, world.services),
    admission: new WorkerAdmissionStore(worker, world.services),
    reconcileQueue: reconcileQueueOf(worker, world.services, jobId => world.judge.rooms.asked(jobId)),
    observeQueue: observeQueueOf(worker, world.services),
    inbox: inboxOf(worker, world.services),
    bus: busOf(worker, world.services),
    archive: archiveOf(worker, world.services),
    clusters: { of: (name: string) => new WorkerCluster(worker, world.clusterOf(name), onAnswer) },
    clock: { now: () => worker.now() },
    random: { next: () => world.prng.next() },
    settings: DEFAULT_ENGINE_SETTINGS,
    objectTimeToLiveSeconds: OBJECT_TIME_TO_LIVE_SECONDS,
    watchSeconds: WATCH_SECONDS,
    keepLog: keepLogOf(worker),
  }
}
