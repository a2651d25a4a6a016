/**
 * The Spark operator of one cluster, its kubelets and its garbage collector, with the manners of the real ones (recorded
 * traces, 2.5.2): status only after spark-submit has returned, status late, a second submission after its own crash that ends
 * as FAILED by `driver pod already exist` while the driver lives, pods that outlive their object.
 */
import { asObject } from '../../shared/domain/job-spec/checks/spark-memory.ts'
import type { Scheduler } from './scheduler.ts'
import { wholeSeconds } from './simulated-cluster.ts'
import type { ClusterActors, SimulatedApplication, SimulatedCluster, SimulatedPod } from './simulated-cluster.ts'

/** How the driver of an attempt fares. */
export type DriverPlan =
  | 'succeeds'
  | 'out-of-memory'
  | 'fails'
  | 'node-lost'
  | 'image-missing'
  | 'unschedulable'
  | 'webhook-down'
  | 'quota'
  | 'hangs'

/** Milliseconds; the random mode stretches them. */
export interface Pace {
  /** From the create to the operator's picking it up; an hour after a burst. */
  readonly pickUp: () => number
  readonly submit: () => number
  /** From a pod's change to the operator's status. */
  readonly status: () => number
  readonly podStart: () => number
  readonly run: () => number
  /** From the object's deletion until its driver is told to end, and from there until it has ended. */
  readonly collect: () => number
  readonly terminate: () => number
}

export const STEADY_PACE: Pace = {
  pickUp: () => 50,
  submit: () => 2_500,
  status: () => 30,
  podStart: () => 2_000,
  run: () => 20_000,
  collect: () => 50,
  terminate: () => 1_300,
}

/** The leader lease is not given up: the next operator begins 17 to 21 s later. */
const RESTART_MILLISECONDS = 19_000
/** Between the driver pod's creation and the status that says so. */
const STATUS_AFTER_POD = 500

export class SimulatedOperator implements ClusterActors {
  private readonly cluster: SimulatedCluster
  private readonly scheduler: Scheduler
  private readonly pace: Pace
  private readonly planOf: (application: SimulatedApplication) => DriverPlan
  private readonly onEnded: (pod: SimulatedPod) => void
  /** Rises with each crash: what an earlier one had begun and not written is lost. */
  private incarnation = 0
  private upAgainAt = 0
  private reruns = 0

  constructor(settings: {
    readonly cluster: SimulatedCluster
    readonly scheduler: Scheduler
    readonly pace: Pace
    readonly planOf: (application: SimulatedApplication) => DriverPlan
    /** A driver ended by itself or was ended. */
    readonly onEnded: (pod: SimulatedPod) => void
  }) {
    this.cluster = settings.cluster
    this.scheduler = settings.scheduler
    this.pace = settings.pace
    this.planOf = settings.planOf
    this.onEnded = settings.onEnded
    this.cluster.actors = this
  }

  onCreated(application: SimulatedApplication): void {
    this.later(this.pace.pickUp(), () => this.submit(application))
  }

  /** No finalizer: the object is gone at once, the garbage collector ends its pods. */
  onDeleted(application: SimulatedApplication): void {
    this.scheduler.after(this.pace.collect(), () => {
      for (const pod of this.podsOf(application)) this.terminate(pod)
    })
  }

  /** Everything it had begun and not written is lost; after the lease it begins anew with what it finds. */
  crash(): void {
    this.incarnation++
    this.upAgainAt = this.scheduler.now + RESTART_MILLISECONDS
    this.later(RESTART_MILLISECONDS, () => {
      for (const application of this.cluster.applications.values()) {
        if (application.state === '') this.submit(application)
        else this.look(application)
      }
    })
  }

  /** A node takes its drivers with it. */
  loseNode(): void {
    for (const pods of this.cluster.pods.values()) for (const pod of pods) if (isLive(pod)) this.end(pod, 143, 'Error')
  }

  /** Runs unless the operator crashed meanwhile. */
  private later(delay: number, run: () => void): void {
    const { incarnation } = this
    const wait = Math.max(delay, this.upAgainAt - this.scheduler.now)
    this.scheduler.after(wait, () => {
      if (incarnation === this.incarnation) run()
    })
  }

  private submit(application: SimulatedApplication): void {
    if (application.deleted) return
    application.submittedAt = wholeSeconds(this.scheduler.now)
    const submit = this.pace.submit()
    // spark-submit is a process of its own: it goes on when the operator dies.
    this.scheduler.after(submit, () => this.makeDriver(application))
    this.later(submit + STATUS_AFTER_POD, () => this.writeSubmitted(application))
  }

  private readonly refusals = new Map<string, string>()

  private makeDriver(application: SimulatedApplication): void {
    // The webhook finds no SparkApplication of this pod.
    if (application.deleted) return
    const refusal = this.refusalOf(application)
    if (refusal !== undefined) {
      this.refusals.set(application.uid, refusal)
      return
    }
    const pod = this.cluster.addPod(application)
    const plan = this.planOf(application)
    if (plan === 'image-missing') pod.waitingReason = 'ImagePullBackOff'
    else if (plan === 'unschedulable') pod.unschedulable = true
    else this.scheduler.after(this.pace.podStart(), () => this.start(pod, plan))
  }

  private refusalOf(application: SimulatedApplication): string | undefined {
    // By name: a pod of an earlier object of the name counts, too.
    if (this.cluster.podsOf(application.namespace, application.name).length > 0)
      return 'failed to submit spark application: failed to run spark-submit: driver pod already exist'
    return SUBMISSION_REFUSALS[this.planOf(application)]
  }

  private writeSubmitted(application: SimulatedApplication): void {
    if (application.deleted || application.state !== '') return
    const refusal = this.refusals.get(application.uid)
    if (refusal === undefined) {
      this.cluster.setState(application, 'SUBMITTED')
      this.look(application)
      return
    }
    this.cluster.setState(application, 'SUBMISSION_FAILED', refusal)
    this.later(this.pace.status(), () => this.cluster.setState(application, 'FAILED', refusal))
  }

  private start(pod: SimulatedPod, plan: DriverPlan): void {
    if (pod.gone || pod.deleting || pod.phase !== 'Pending') return
    pod.phase = 'Running'
    this.phaseChanged(pod)
    if (plan === 'hangs') return
    const [exitCode, reason] = ENDS[plan] ?? [0, 'Completed']
    this.scheduler.after(this.pace.run(), () => {
      if (!pod.gone && !pod.deleting) this.end(pod, exitCode, reason)
    })
  }

  private end(pod: SimulatedPod, exitCode: number, reason: string): void {
    if (!isLive(pod)) return
    pod.phase = exitCode === 0 ? 'Succeeded' : 'Failed'
    pod.exitCode = exitCode
    pod.terminatedReason = reason
    pod.finishedAt = wholeSeconds(this.scheduler.now)
    this.onEnded(pod)
    this.phaseChanged(pod)
  }

  /** SIGTERM, and after the grace it is gone; until then it runs. */
  private terminate(pod: SimulatedPod): void {
    if (pod.gone || pod.deleting) return
    pod.deleting = true
    this.scheduler.after(isLive(pod) ? this.pace.terminate() : 0, () => {
      const lived = isLive(pod)
      this.cluster.removePod(pod)
      if (lived) this.onEnded(pod)
    })
  }

  private phaseChanged(pod: SimulatedPod): void {
    this.later(this.pace.status(), () => this.look(pod.application))
  }

  /** The operator's reconcile of an object that it had submitted: its state follows the driver pod's phase. */
  private look(application: SimulatedApplication): void {
    if (application.deleted || FINAL.has(application.state) || application.state === '') return
    const pod = this.podsOf(application).at(-1)
    const says = (state: string, message?: string): void => {
      if (application.state !== state) this.cluster.setState(application, state, message)
    }
    if (pod === undefined) says('FAILED', 'driver pod not found')
    else if (pod.phase === 'Running') says('RUNNING')
    else if (pod.phase === 'Succeeded') says('COMPLETED')
    else if (pod.phase === 'Failed') this.failed(application, pod)
  }

  private failed(application: SimulatedApplication, pod: SimulatedPod): void {
    const policy = asObject(asObject(application.object['spec'])['restartPolicy'])
    if (policy['type'] !== 'Never' && this.reruns < Number(policy['onFailureRetries'] ?? 0)) {
      this.reruns++
      this.cluster.removePod(pod)
      this.cluster.setState(application, 'PENDING_RERUN')
      this.later(this.pace.submit(), () => this.makeDriver(application))
      return
    }
    const message = `driver container failed with ExitCode: ${pod.exitCode}, Reason: ${pod.terminatedReason}`
    this.cluster.setState(application, 'FAILED', message)
  }

  private podsOf(application: SimulatedApplication): readonly SimulatedPod[] {
    return (this.cluster.pods.get(`${application.namespace}/${application.name}`) ?? []).filter(
      pod => pod.application === application,
    )
  }
}

/** A pod that may still do something. */
export const isLive = (pod: SimulatedPod): boolean => !pod.gone && (pod.phase === 'Pending' || pod.phase === 'Running')

const FINAL = new Set(['COMPLETED', 'FAILED'])

/** Exit code and reason of drivers that do not end well. */
const ENDS: Partial<Record<DriverPlan, readonly [number, string]>> = {
  'out-of-memory': [137, 'OOMKilled'],
  fails: [1, 'Error'],
  'node-lost': [143, 'Error'],
}

const SUBMISSION_REFUSALS: Partial<Record<DriverPlan, string>> = {
  'webhook-down':
    'failed to submit spark application: failed to run spark-submit: Internal error occurred: failed calling webhook "mutate--v1-pod.sparkoperator.k8s.io"',
  quota: 'failed to submit spark application: failed to run spark-submit: pods "x-driver" is forbidden: exceeded quota',
}
