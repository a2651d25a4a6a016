/**
 * Everybody outside: clients who repeat what got no answer, people who cancel, systems that drop specs, the scheduler, and
 * outsiders with kubectl. What they were promised is told to the judge.
 */
import type { Job, JobRef } from '../../shared/domain/job.ts'
import { isTerminal } from '../../shared/domain/job-state.ts'
import { jobIdFor } from '../../shared/domain/job-identity.ts'
import { gatewayLabels } from '../../shared/domain/job-spec/rendering/render-spark-application.ts'
import { OPTION_PREFIX } from '../../shared/domain/job-spec/options/gateway-options.ts'
import type { PauseScope } from '../../shared/operations/ports.ts'
import { cancelJob } from '../../shared/operations/cancel-job.ts'
import type { DroppedObject, Dropped } from '../../shared/operations/submit-dropped-spec.ts'
import { retryJob } from '../../shared/operations/retry-job.ts'
import { submitJob } from '../../shared/operations/submit-job.ts'
import type { SubmitRequest } from '../../shared/operations/submit-job.ts'
import { bytesOf } from '../support/make-spec.ts'
import type { Deps } from './functions.ts'
import type { World } from './world.ts'

export interface Ask {
  readonly name: string
  readonly team?: string
  readonly key?: string
  /** What it asks of the gateway, without the prefix: `priority`, `depends-on` … */
  readonly options?: Readonly<Record<string, string>>
  /** Fields of the SparkApplication's spec over the usual ones. */
  readonly more?: Readonly<Record<string, unknown>>
}

/** A client gives up after so many answers that did not come, some seconds apart. */
const MAX_TRIES = 6
const TRY_AGAIN_MILLISECONDS = 7_000
const BUCKET = 'inbox'

export class People {
  /** Actions that are planned or wait for an answer. */
  busy = 0
  /** Jobs whose cancel was answered. */
  readonly cancelled = new Set<string>()
  /** What must have a job in the end: dropped versions and firings, with the job once it is known. */
  readonly expected = new Map<string, string | undefined>()
  private readonly world: World

  constructor(world: World) {
    this.world = world
  }

  /** Does it after so many seconds. */
  after(seconds: number, act: () => void): void {
    this.busy++
    this.world.scheduler.after(seconds * 1000, () => {
      this.busy--
      act()
    })
  }

  /** Does it once, a moment after the first job that is like this was written. */
  when(isIt: (job: Job) => boolean, act: (job: Job) => void): void {
    let done = false
    this.world.onWrite(job => {
      if (done || !isIt(job)) return
      done = true
      this.after(0.001, () => act(job))
    })
  }

  submit(ask: Ask): void {
    const { name, team = 'payments', key = `key-${name}` } = ask
    const body = specText(ask)
    const request: SubmitRequest = {
      team,
      trigger: { kind: 'api', caller: 'ada' },
      idempotencyKey: key,
      content: { kind: 'text', bytes: bytesOf(body), contentType: 'json' },
    }
    this.call(
      deps => submitJob(deps, request),
      answer => {
        const stored = answer.outcome === 'accepted' ? this.world.table.get(answer.job) : undefined
        this.world.judge.answered('api', key, body, answer, stored)
      },
    )
  }

  cancel(ref: JobRef): void {
    const state = this.world.table.get(ref)?.state
    if (state === undefined || isTerminal(state)) return
    this.call(
      deps => cancelJob(deps, ref, 'ada'),
      answer => {
        if (answer.outcome === 'cancelling') this.cancelled.add(ref.jobId)
      },
    )
  }

  /** Asks for a further attempt of a job, over or not. */
  retry(ref: JobRef): void {
    this.call(deps => retryJob(deps, ref, 'ada'))
  }

  pause(scope: PauseScope): void {
    const pause = { scope, by: 'ada', at: this.world.scheduler.now, reason: 'maintenance' }
    this.call(deps => deps.admission.putPause(pause))
  }

  resume(scope: PauseScope): void {
    this.call(deps => deps.admission.deletePause(scope))
  }

  /** A call of the API, repeated while no answer comes. */
  private call<T>(run: (deps: Deps) => Promise<T>, onAnswer: (answer: T) => void = () => undefined, tries = 1): void {
    this.busy++
    this.world.functions.invoke('api', run, outcome => {
      this.busy--
      if (outcome !== 'killed' && 'answer' in outcome) onAnswer(outcome.answer)
      else if (tries < MAX_TRIES) this.after(TRY_AGAIN_MILLISECONDS / 1000, () => this.call(run, onAnswer, tries + 1))
    })
  }

  /** Puts a spec in the inbox; S3 tells of it, perhaps twice. */
  drop(ask: Ask, events = 1): void {
    const key = `${ask.team ?? 'payments'}/${ask.name}.json`
    const version = this.world.inbox.put(key, bytesOf(specText(ask)))
    this.expected.set(`${key}@${version}`, undefined)
    const object = { key: encodeURIComponent(key), versionId: version, sequencer: '0061', size: 500 }
    const record = { eventName: 'ObjectCreated:Put', s3: { bucket: { name: BUCKET }, object } }
    for (let event = 0; event < events; event++) this.world.intake.send(JSON.stringify({ Records: [record] }), event)
  }

  dropAnswered({ key, version }: DroppedObject, result: Dropped): void {
    const id = `${key}@${version}`
    // What it depends on was not there: on record as REJECTED.
    if (result.outcome === 'refused' && result.job !== undefined) this.expected.set(id, result.job.jobId)
    if (result.outcome !== 'accepted') return
    this.world.judge.answered('s3', id, id, result, this.world.table.get(result.job))
    this.expected.set(id, result.job.jobId)
  }

  /** The scheduler fires; `time` is spelled as it likes. */
  fire(schedule: string, time: string): void {
    const id = `${schedule}@${new Date(time).toISOString()}`
    if (!this.expected.has(id)) this.expected.set(id, undefined)
    this.busy++
    this.world.functions.fire({ schedule, scheduledTime: time }, fired => {
      this.busy--
      if (fired.outcome !== 'accepted') return
      this.world.judge.answered('schedule', id, id, fired, this.world.table.get(fired.job))
      this.expected.set(id, fired.job.jobId)
    })
  }

  /** Somebody deletes every SparkApplication that there is, or those of the jobs of a name. */
  deleteObjects(ofName = ''): void {
    for (const cluster of this.world.clusters.values()) {
      for (const { namespace, name } of cluster.applications.values())
        if (name.startsWith(ofName)) cluster.delete(namespace, name, undefined, 'outsider')
    }
  }

  loseNode(): void {
    for (const operator of this.world.operators) operator.loseNode()
  }

  /** Somebody applies the object of one of its attempts again, as it was. */
  reapply(job: Job, attempt: number): void {
    for (const { cluster, namespace, object, identity } of this.world.judge.seenOf(job).objects)
      if (identity.attempt === attempt)
        this.world.clusterOf(cluster).create(namespace, object, this.world.scheduler.now, 'outsider')
  }

  /** Somebody applies the objects of stopped jobs again, as they were, on the cluster where this job runs. */
  reapplyStopped(beside: Job): void {
    for (const job of this.world.table.jobs().filter(({ stop, state }) => stop !== undefined && isTerminal(state))) {
      for (const { cluster, namespace, object } of this.world.judge.seenOf(job).objects)
        if (cluster === beside.cluster)
          this.world.clusterOf(cluster).create(namespace, object, this.world.scheduler.now, 'outsider')
    }
  }

  crashOperators(): void {
    this.world.worldFault('operator-crash')
  }

  cutClusters(): void {
    this.world.worldFault('outage')
  }

  /** Somebody writes a wrong counter. */
  spoilUsage(team: string): void {
    this.world.table.admission.spoil({ kind: 'team', name: team }, { jobs: 1, cores: 2, memoryMiB: 5_000 })
  }

  /** Somebody's message for a job that has one already. */
  askAgain({ team, jobId }: JobRef): void {
    this.world.services.reconcile.send(JSON.stringify({ version: 1, team, jobId }), 0)
  }

  /** One cluster answers nobody for so long. */
  cutCluster(name: string, seconds: number): void {
    this.world.clusterOf(name).awayUntil = this.world.scheduler.now + seconds * 1000
  }

  /** An object with the gateway's label whose job is in no table: somebody restored an old one. */
  applyUnknown(cluster: string): void {
    const labels = {
      [gatewayLabels.managed]: 'true',
      [gatewayLabels.jobId]: 'jobofnobody',
      [gatewayLabels.team]: 'payments',
    }
    const metadata = { name: 'unknown', labels }
    this.world.clusterOf(cluster).create('team-a', { metadata }, this.world.scheduler.now, 'outsider')
  }

  forgetHistory(): void {
    this.world.worldFault('forget-history')
  }

  /** Somebody's own object takes a name. */
  occupy(job: Job, objectName: string): void {
    const metadata = { name: objectName, labels: { 'example.com/owner': 'somebody' } }
    this.world.clusterOf(job.cluster).create(job.namespace, { metadata }, this.world.scheduler.now, 'outsider')
  }
}

/** The id of the job that an ask becomes. */
export const jobIdOf = ({ name, team = 'payments', key = `key-${name}` }: Ask): string => jobIdFor(team, 'api', key)

/** The document of an ask: JSON, because it is read a hundred thousand times. */
export function specText({ name, options = {}, more = {} }: Ask): string {
  const pod = { cores: 1, memory: '2g' }
  const annotations = Object.fromEntries(
    Object.entries(options).map(([option, value]) => [`${OPTION_PREFIX}${option}`, value]),
  )
  return JSON.stringify({
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    kind: 'SparkApplication',
    metadata: { name, annotations },
    spec: {
      type: 'Scala',
      mode: 'cluster',
      image: 'registry.example.com/spark:4.0.4',
      mainClass: 'org.example.Etl',
      mainApplicationFile: 'local:///opt/etl.jar',
      sparkVersion: '4.0.4',
      driver: pod,
      executor: { instances: 1, ...pod },
      ...more,
    },
  })
}
