/**
 * createApplication: POSTs the SparkApplication of the current attempt and says what the job becomes. POST only (rule 3);
 * an unknown outcome keeps the name (rule 4); 409 is judged by identity.
 */
import type { EngineSettings } from '../domain/engine-settings.ts'
import { renderSparkApplication } from '../domain/job-spec/rendering/render-spark-application.ts'
import { allHeardFrom, currentAttempt, heardFrom, withAttempt } from '../domain/job.ts'
import type { Attempt, Job } from '../domain/job.ts'
import { endAttempt } from '../domain/next-step/ends.ts'
import { isOf } from '../domain/next-step/proof.ts'
import { specOf } from './begin-attempt.ts'
import type { Clock, ClusterTrouble, JobStore, Random, SparkCluster, SparkClusters } from './ports.ts'

export interface CreateDeps {
  readonly store: JobStore
  readonly clusters: SparkClusters
  readonly clock: Clock
  readonly random: Random
  readonly settings: EngineSettings
  readonly objectTimeToLiveSeconds: number
}

/** What the job becomes; `stale` when the read of the job grew too old to act upon before the create could leave (rule 8). */
export async function createApplication(deps: CreateDeps, job: Job, readAt: number): Promise<Job | 'stale'> {
  const attempt = currentAttempt(job)
  if (attempt === undefined) throw new Error(`job ${job.jobId} has no attempt to create`)
  const object = renderSparkApplication({
    spec: await specOf(deps.store, job),
    specHash: job.specHash,
    jobId: job.jobId,
    team: job.team,
    attempt: attempt.number,
    objectName: attempt.objectName,
    namespace: job.namespace,
    serviceAccount: job.serviceAccount,
    timeToLiveSeconds: deps.objectTimeToLiveSeconds,
    remedies: attempt.remedies,
  })
  const cluster = deps.clusters.of(job.cluster)
  if (attempt.refused !== undefined) {
    const { message } = attempt.refused
    return adopt(deps, cluster, job, attempt, () => failed(deps, job, 'SUBMISSION_REFUSED', message))
  }
  const age = deps.clock.now() - readAt
  // Below zero: the clock was set back meanwhile (runtime/corrected-clock.ts), and nobody knows how old the read is.
  if (age < 0 || age > deps.settings.maxReadAgeSeconds * 1000) return 'stale'
  const answer = await cluster.create(job.namespace, object)
  switch (answer.outcome) {
    case 'created':
      return exists(deps, job, answer.uid)
    case 'exists':
      return adopt(deps, cluster, job, attempt, () =>
        unclear(deps, job, heardFrom(attempt), {
          outcome: 'unavailable',
          message: 'The object was there and is gone again.',
        }),
      )
    case 'refused':
      // It may exist although this answer refuses it: of a try whose worker died before it could say that it tried.
      return adopt(deps, cluster, job, attempt, () => refused(deps, job, answer.message))
    case 'denied':
    case 'unavailable':
      return unclear(deps, job, attempt, answer)
  }
}

/** Whose object holds our name: ours means that the create had succeeded. */
async function adopt(
  deps: CreateDeps,
  cluster: SparkCluster,
  job: Job,
  attempt: Attempt,
  ifAbsent: () => Job,
): Promise<Job> {
  const found = await cluster.get(job.namespace, attempt.objectName)
  switch (found.outcome) {
    case 'found':
      if (isOf(found.application, job, attempt)) return exists(deps, job, found.application.uid)
      return failed(
        deps,
        job,
        'NAME_CONFLICT',
        `${attempt.objectName} exists on the cluster and is not attempt ${attempt.number} of this job.`,
      )
    case 'absent':
      return ifAbsent()
    case 'denied':
    case 'unavailable':
      return unclear(deps, job, heardFrom(attempt), found)
  }
}

function exists(deps: CreateDeps, job: Job, uid: string): Job {
  const now = deps.clock.now()
  return {
    ...withAttempt(allHeardFrom(job), { uid, createdAt: now }),
    state: 'PENDING',
    stateSince: now,
    observedAt: now,
    reason: 'OPERATOR_SUBMITTING',
    message: 'The SparkApplication is created.',
    updatedAt: now,
  }
}

/** Rule 4: the outcome is unknown; the same name again later, never a new attempt. */
function unclear(deps: CreateDeps, job: Job, attempt: Attempt, trouble: ClusterTrouble): Job {
  const now = deps.clock.now()
  const { unreachableSeconds, unreachableMaxSeconds } = deps.settings
  const backOff = Math.min(unreachableSeconds * 2 ** Math.min(attempt.createTries, 20), unreachableMaxSeconds)
  const asked = trouble.outcome === 'unavailable' ? (trouble.retryAfterSeconds ?? 0) : unreachableMaxSeconds
  const tried = withAttempt(job, {
    createTries: attempt.createTries + 1,
    unreachableSince: attempt.unreachableSince ?? now,
    createRetryAt: now + Math.max(backOff, asked) * 1000,
  })
  return {
    ...tried,
    reason: trouble.outcome === 'denied' ? 'CLUSTER_ACCESS_DENIED' : 'CLUSTER_UNREACHABLE',
    message: trouble.message,
    updatedAt: now,
  }
}

function refused(deps: CreateDeps, job: Job, message: string): Job {
  const now = deps.clock.now()
  return {
    ...withAttempt(allHeardFrom(job), { refused: { at: now, message } }),
    message,
    updatedAt: now,
  }
}

function failed(deps: CreateDeps, job: Job, reason: 'SUBMISSION_REFUSED' | 'NAME_CONFLICT', message: string): Job {
  const now = deps.clock.now()
  const step = endAttempt({ job: withAttempt(job, { goneAt: now }), now, jitter: deps.random.next() }, reason, message)
  if (step.step !== 'record') throw new Error(`the end of an attempt is recorded, not ${step.step}`)
  return step.job
}
