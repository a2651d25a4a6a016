/**
 * The embedded Spark Operator: a work queue over SparkApplications with a few workers. A worker that submits is busy
 * for seconds (spark-submit is a JVM), which is why a real operator is slow under load; the status is written only
 * after spark-submit has returned. When it is stopped or killed, jobs go on without it.
 */
import { randomUUID } from 'node:crypto'
import { ApplicationExpiry } from './application-expiry.ts'
import { decideStatus, isExecutorOf, isTerminal } from './application-status.ts'
import type { ClusterClock } from './cluster-clock.ts'
import { kubernetesTime } from './kubernetes-object.ts'
import type { Pod, SparkApplication, SparkApplicationStatus } from './kubernetes-object.ts'
import type { StoreChange } from './object-store.ts'
import { driverPodName, RUN_ANNOTATION } from './pod-objects.ts'
import { createDriverPod } from './submission.ts'
import type { SubmissionRules } from './submission.ts'
import { WorkQueue } from './work-queue.ts'

/** Seconds of cluster time, from the traces (quiet machine). */
const SUBMIT_SECONDS = 2.7
const RETURN_SECONDS = 0.25
const FAILED_RETURN_SECONDS = 0.4
const REACTION_SECONDS = 0.012
const NEXT_STEP_SECONDS = 0.02
/** Back at work this long after a start: the lease of the one before is not given up (17 to 21 s recorded). */
const LEASE_SECONDS = 19
/** A missing driver pod is believed after this long (`driver-pod-creation-grace-period`). */
const GRACE_SECONDS = 10
/** Reactions to one change of one application end here; each is one status write. */
const MAX_FOLLOW_UPS = 10

/** Where `killAt` strikes the next submission. */
export type KillMoment = 'before-driver-pod' | 'after-driver-pod' | 'before-status'

export class EmbeddedOperator {
  readonly #rules: SubmissionRules
  readonly #clock: ClusterClock
  readonly #queue: WorkQueue
  readonly #expiry: ApplicationExpiry
  readonly #unsubscribe: (() => void)[]
  #running = false
  /** Rises with each stop: what an earlier life had planned does not happen. */
  #life = 0
  #statusDelaySeconds = 0
  #killMoment: KillMoment | undefined

  constructor(rules: SubmissionRules, workers: number) {
    this.#rules = rules
    this.#clock = rules.node.parts.clock
    this.#queue = new WorkQueue(workers, key => this.#reconcile(key))
    const { store } = rules.node.parts
    this.#expiry = new ApplicationExpiry(store, this.#clock)
    this.#unsubscribe = [
      store.subscribe('sparkapplications', change => {
        if (change.type === 'ADDED') this.#enqueueLater(keyOf(change.object), REACTION_SECONDS)
      }),
      store.subscribe('pods', change => this.#onPod(change)),
    ]
  }

  /** `at-once` for the first start of a cluster; otherwise the old lease is waited for. */
  start(when: 'at-once' | 'after-lease'): void {
    if (this.#running) return
    const life = this.#life
    const begin = (): void => {
      if (this.#life !== life) return
      this.#running = true
      for (const app of this.#store.list('sparkapplications')) this.#enqueue(keyOf(app))
    }
    if (when === 'at-once') begin()
    else this.#clock.after(LEASE_SECONDS, begin)
  }

  /** Stops at once, by whatever signal: spark-submits under way die with it, the lease stays. */
  stop(): void {
    this.#life += 1
    this.#running = false
    this.#queue.clear()
    this.#expiry.clear()
  }

  /** The next submission is struck by kill -9 at this moment; the operator is started again by its Deployment. */
  killAt(moment: KillMoment): void {
    this.#killMoment = moment
  }

  /** Status writes come this much later (seconds of cluster time) until set to 0. */
  delayStatus(seconds: number): void {
    this.#statusDelaySeconds = seconds
  }

  close(): void {
    this.stop()
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
  }

  get #store() {
    return this.#rules.node.parts.store
  }

  /** Pods wake the operator when they come, change their phase, or go. */
  #onPod(change: StoreChange<Pod>): void {
    const moved = change.type !== 'MODIFIED' || change.previous?.status.phase !== change.object.status.phase
    const app = change.object.metadata.labels?.['sparkoperator.k8s.io/app-name']
    const gone = change.type === 'DELETED' && change.object.metadata.labels?.['spark-role'] === 'executor'
    if (!moved || gone || app === undefined) return
    this.#enqueueLater(`${change.object.metadata.namespace}/${app}`, REACTION_SECONDS + this.#statusDelaySeconds)
  }

  #enqueueLater(key: string, seconds: number): void {
    const life = this.#life
    this.#clock.after(seconds, () => {
      if (this.#life === life) this.#enqueue(key)
    })
  }

  #enqueue(key: string): void {
    if (this.#running) this.#queue.add(key)
  }

  #done(key: string): void {
    if (this.#queue.done(key)) this.#enqueueLater(key, REACTION_SECONDS)
  }

  #reconcile(key: string): void {
    const app = this.#application(key)
    if (app === undefined || app.metadata.deletionTimestamp !== undefined) return this.#done(key)
    if (app.status !== undefined) return this.#follow(key, app, MAX_FOLLOW_UPS)
    if (app.spec.suspend === true) {
      const applicationState = { state: 'SUSPENDING' }
      this.#writeStatus(app, {
        applicationState,
        driverInfo: {},
        lastSubmissionAttemptTime: null,
        terminationTime: null,
      })
      return this.#next(key, MAX_FOLLOW_UPS)
    }
    this.#submit(key, app)
  }

  #submit(key: string, app: SparkApplication): void {
    const submissionID = randomUUID()
    const attemptedAt = kubernetesTime(this.#clock.now())
    const real = this.#rules.node.parts.real?.canRun(app) === true
    this.#annotate(app, real ? 'real' : 'simulated')
    if (this.#strikes('before-driver-pod')) return
    this.#later(SUBMIT_SECONDS, () => {
      const created = createDriverPod(this.#rules, app, submissionID, this.#clock.now())
      if ('pod' in created && this.#strikes('after-driver-pod')) return
      this.#later('pod' in created ? RETURN_SECONDS : FAILED_RETURN_SECONDS, () => {
        if ('pod' in created) this.#rules.node.confirmConfigMaps(created.pod.metadata.uid)
        if (this.#strikes('before-status')) return
        this.#later(this.#statusDelaySeconds, () =>
          this.#writeOutcome(key, app, created, { attemptedAt, submissionID }),
        )
      })
    })
  }

  /** spark-submit has returned: only now the application gets its first status. */
  #writeOutcome(
    key: string,
    app: SparkApplication,
    created: ReturnType<typeof createDriverPod>,
    attempt: { readonly attemptedAt: string; readonly submissionID: string },
  ): void {
    const status: SparkApplicationStatus = {
      applicationState: { state: 'SUBMITTED' },
      driverInfo: { podName: driverPodName(app) },
      lastSubmissionAttemptTime: attempt.attemptedAt,
      submissionAttempts: 1,
      submissionID: attempt.submissionID,
      terminationTime: null,
    }
    if ('pod' in created) this.#submitted(app, status)
    else this.#submissionFailed(app, status, created.errorMessage)
    this.#next(key, MAX_FOLLOW_UPS)
  }

  #submitted(app: SparkApplication, status: SparkApplicationStatus): void {
    const { name } = app.metadata
    this.#rules.node.parts.events.operator(
      app,
      'Normal',
      'SparkApplicationSubmitted',
      `SparkApplication ${name} was submitted successfully`,
    )
    this.#writeStatus(app, { ...status, executionAttempts: 1 })
  }

  #submissionFailed(app: SparkApplication, status: SparkApplicationStatus, errorMessage: string): void {
    const { events } = this.#rules.node.parts
    const { name } = app.metadata
    events.operator(
      app,
      'Normal',
      'SparkApplicationAdded',
      `SparkApplication ${name} was added, enqueuing it for submission`,
    )
    this.#writeStatus(app, { ...status, applicationState: { errorMessage, state: 'SUBMISSION_FAILED' } })
    events.operator(
      app,
      'Warning',
      'SparkApplicationSubmissionFailed',
      `failed to submit SparkApplication ${name}: ${errorMessage}`,
    )
  }

  #follow(key: string, app: SparkApplication, left: number): void {
    const { node } = this.#rules
    const { namespace } = app.metadata
    const driver = this.#store.get('pods', namespace, app.status?.driverInfo.podName ?? driverPodName(app))
    const owned = driver?.metadata.ownerReferences?.some(owner => owner.uid === app.metadata.uid) === true
    const executors = this.#store.find('pods', namespace, pod => isExecutorOf(pod, app))
    const now = this.#clock.now()
    const submittedMs = Date.parse(app.status?.lastSubmissionAttemptTime ?? '') || 0
    const graceIsOver = now.getTime() - submittedMs > this.#clock.realMilliseconds(GRACE_SECONDS)
    const step = decideStatus({ app, driver: owned ? driver : undefined, executors, now, graceIsOver })
    if (step === undefined || left === 0) {
      if (!graceIsOver && driver === undefined && !isTerminal(app.status)) this.#enqueueLater(key, GRACE_SECONDS)
      if (isTerminal(app.status)) this.#expiry.plan(app)
      return this.#done(key)
    }
    for (const event of step.events) node.parts.events.operator(app, event.type, event.reason, event.message)
    this.#writeStatus(app, step.status)
    this.#next(key, left - 1)
  }

  /** Looks again a little later, still busy with this application. */
  #next(key: string, left: number): void {
    this.#later(NEXT_STEP_SECONDS, () => {
      const app = this.#application(key)
      if (app?.status === undefined) this.#done(key)
      else this.#follow(key, app, left)
    })
  }

  #later(seconds: number, action: () => void): void {
    const life = this.#life
    this.#clock.after(seconds, () => {
      if (this.#life === life) action()
    })
  }

  #strikes(moment: KillMoment): boolean {
    if (this.#killMoment !== moment) return false
    this.#killMoment = undefined
    this.stop()
    this.start('after-lease')
    return true
  }

  #application(key: string): SparkApplication | undefined {
    const [namespace = '', name = ''] = key.split('/')
    return this.#store.get('sparkapplications', namespace, name)
  }

  #annotate(app: SparkApplication, run: string): void {
    this.#change(app, old => {
      const annotations = { ...old.metadata.annotations, [RUN_ANNOTATION]: run }
      return { ...old, metadata: { ...old.metadata, annotations } }
    })
  }

  #writeStatus(app: SparkApplication, status: SparkApplicationStatus): void {
    this.#change(app, old => ({ ...old, status }))
  }

  /** Only the object that was looked at: one of the same name that came later is another. */
  #change(app: SparkApplication, change: (old: SparkApplication) => SparkApplication): void {
    const { namespace, name, uid } = app.metadata
    if (this.#store.get('sparkapplications', namespace, name)?.metadata.uid !== uid) return
    this.#store.update('sparkapplications', namespace, name, change)
  }
}

function keyOf(app: SparkApplication): string {
  return `${app.metadata.namespace}/${app.metadata.name}`
}
