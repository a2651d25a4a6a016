/**
 * The job: our record of one request to run Spark. Plain data; all times are epoch milliseconds. Everything a step needs
 * to know about a job is here, so that any process can take the next step after any crash.
 */
import type { Claim, JobSize } from './admission/claim.ts'
import type { ExecutorUse } from './executor-use.ts'
import type { JobPods } from './job-pods.ts'
import type { Priority } from './job-spec/canonical-spec.ts'
import type { Finding } from './job-spec/findings/finding.ts'
import type { JobState } from './job-state.ts'
import type { Reason } from './reason.ts'

/** Names one job: the pair is the key, so another team's id names nothing. */
export interface JobRef {
  readonly team: string
  readonly jobId: string
}

export interface Job extends JobRef {
  /** Version of this record's form. */
  readonly schemaVersion: 1
  /** Rises by one with every write; the condition of the next. */
  readonly version: number
  /** The author's name for the job. */
  readonly name: string
  readonly trigger: Trigger
  /** Identity of what was asked (idempotency) and of what runs. */
  readonly documentHash: string
  readonly specHash: string
  readonly cluster: string
  readonly namespace: string
  readonly serviceAccount: string

  readonly state: JobState
  readonly reason: Reason
  /** One or two sentences for a person; at most 2 kB. */
  readonly message: string
  /** Number of the attempt that is being made or waited for, from 1. */
  readonly attempt: number
  /** One entry for each attempt that reached SUBMITTING, in order. */
  readonly attempts: readonly Attempt[]
  readonly retry: RetryPolicy
  readonly deadlines: Deadlines
  /** Default `normal`. */
  readonly priority?: Priority
  /** The clusters that it may run on; absent: only `cluster`. */
  readonly clusters?: readonly string[]
  /** The most that it can use; absent on records of release 0.1. */
  readonly size?: JobSize
  /** The pods that it asks for; absent on records of release 0.1. */
  readonly pods?: JobPods
  /** Since when it stands in the queue for admission; absent while it is not ready, and after it was admitted. */
  readonly readyAt?: number
  /** What it holds of the limits of its team and cluster, from admission until nothing of it runs. */
  readonly claim?: Claim
  /** What its attempts have cost, as far as it is counted in its team's month: whenever it gives its room back. */
  readonly spent?: number
  /** Why it was admitted to its cluster. */
  readonly placement?: string
  /** Jobs of the team that must end before the first attempt. */
  readonly dependsOn?: Dependencies
  readonly notify?: readonly string[]
  readonly costCentre?: string
  /** The author's own, for lists; absent where there are none. */
  readonly labels?: Readonly<Record<string, string>>
  /** After this long without an answer of the cluster, the job moves, although the lost driver may still run; absent: it waits. */
  readonly moveAfterSeconds?: number
  /** Somebody asked for a further attempt after the end: the total deadline counts from here. */
  readonly reopenedAt?: number

  readonly createdAt: number
  readonly updatedAt: number
  /** When the present state began. */
  readonly stateSince: number
  /** When the cluster was last seen; absent before the first look. */
  readonly observedAt?: number
  /** Not submitted before this time: a retry's back-off. */
  readonly notBefore?: number
  /** The reserved turn at the cluster's operator (rule 11). */
  readonly submitAt?: number
  /** The fence (rule 8): set together with CANCELLING, says how that ends. */
  readonly stop?: Stop
  /** When somebody must look again; absent when terminal. */
  readonly dueAt?: number
  /** Advice and rewrites of an accepted spec; the errors of a refused one. */
  readonly findings: readonly Finding[]
}

export interface Dependencies {
  readonly jobs: readonly string[]
  readonly when: 'all-succeeded' | 'all-ended'
}

export type Trigger =
  | { readonly kind: 'api'; readonly caller: string }
  | {
      readonly kind: 's3'
      readonly bucket: string
      readonly key: string
      readonly version: string
      /** Of several documents in one object, which; absent for the first. */ readonly document?: number
    }
  | { readonly kind: 'schedule'; readonly schedule: string; readonly scheduledTime: string }

export interface Attempt {
  readonly number: number
  /** Name of its SparkApplication. */
  readonly objectName: string
  readonly submittingAt: number
  /** Creates sent without a clear answer so far, and when the next may go. */
  readonly createTries: number
  readonly createRetryAt?: number
  /** The cluster refused it: no create follows; failed when none can be on the wire any more. */
  readonly refused?: { readonly at: number; readonly message: string }
  /** Known once the API server has answered. */
  readonly uid?: string
  readonly createdAt?: number
  /**
   * When somebody had read back that no create of it follows (it was answered, refused or given up): the time in the record is
   * older than the record, by as long as its write took. Absent on records of earlier releases.
   */
  readonly settledAt?: number
  readonly sparkApplicationId?: string
  readonly runningAt?: number
  readonly endedAt?: number
  /** Proof that object and pods are gone (rule 6). */
  readonly goneAt?: number
  /** Where its object is; absent on records of release 0.1: the job's cluster. */
  readonly cluster?: string
  /** Since when its cluster has not answered. */
  readonly unreachableSince?: number
  /** Given up without proof, because the team's policy accepts a double run (`onClusterLost: move`). */
  readonly abandonedAt?: number
  readonly outcome?: 'SUCCEEDED' | 'FAILED' | 'STOPPED'
  readonly reason?: Reason
  readonly message?: string
  /** First of the consecutive looks that found no object (rule 9). */
  readonly absentSince?: number
  /** Its executors as last seen; absent before the first one. */
  readonly executors?: ExecutorUse
  /** What was changed for this attempt because of the one before. */
  readonly remedies: readonly Remedy[]
  /** Whether Spark really ran; absent on real clusters, where it always does. */
  readonly run?: 'real' | 'simulated'
}

export interface Remedy {
  readonly role: 'driver' | 'executor'
  readonly factor: number
  /** Whole memory of one pod of the role, MiB. */
  readonly beforeMiB: number
  readonly afterMiB: number
}

export interface RetryPolicy {
  /** Attempts in all, whatever the causes. */
  readonly maxAttempts: number
  /** Repeats after the program itself failed; the author's `onFailureRetries`. */
  readonly authorRetries: number
  /** Back-off: first delay, doubled each time, at most `maxDelaySeconds`, with jitter of ± 20 %. */
  readonly firstDelaySeconds: number
  readonly maxDelaySeconds: number
}

/** Seconds in each state before the gateway ends the job; absent means none. */
export interface Deadlines {
  readonly queuedSeconds: number
  readonly pendingSeconds: number
  readonly runningSeconds?: number
  /** From submission to end, all attempts. */
  readonly totalSeconds?: number
}

export interface Stop {
  readonly outcome: 'CANCELLED' | 'TIMED_OUT'
  readonly requestedAt: number
  /** Who asked: a caller, or `deadline`. */
  readonly requestedBy: string
  readonly reason: Reason
  readonly message: string
}

/** The attempt being made; absent while it is still QUEUED. By number: one that was given up before it began leaves a gap. */
export const currentAttempt = (job: Job): Attempt | undefined =>
  job.attempts.findLast(attempt => attempt.number === job.attempt)

/** The newest attempt whose end is not yet proved, if any; an abandoned one needs no proof. */
export const unprovedAttempt = (job: Job): Attempt | undefined =>
  job.attempts.findLast(attempt => attempt.goneAt === undefined && attempt.abandonedAt === undefined)

/** Where the object of this attempt is: what is asked or deleted for it goes there, wherever the job goes next. */
export const clusterOfAttempt = (job: Job, attempt: Attempt): string => attempt.cluster ?? job.cluster

/** Its cluster has answered: a silence that comes later begins anew. */
export const heardFrom = ({ unreachableSince: _silence, ...attempt }: Attempt): Attempt => attempt

/** The same of all attempts of a job. */
export const allHeardFrom = (job: Job): Job =>
  job.attempts.every(attempt => attempt.unreachableSince === undefined)
    ? job
    : { ...job, attempts: job.attempts.map(heardFrom) }

/** The attempt may run again, and its silence of before the proof says nothing about now. */
export const withoutProof = ({ goneAt: _proof, unreachableSince: _silence, ...attempt }: Attempt): Attempt => attempt

/** The job with its newest attempt changed. */
export function withAttempt(job: Job, change: Partial<Attempt>): Job {
  const last = job.attempts.at(-1)
  if (last === undefined) throw new Error(`job ${job.jobId} has no attempt to change`)
  return { ...job, attempts: [...job.attempts.slice(0, -1), { ...last, ...change }] }
}

/** The job with this one of its attempts changed. */
export function changeAttempt(job: Job, { number }: Attempt, change: Partial<Attempt>): Job {
  return { ...job, attempts: job.attempts.map(each => (each.number === number ? { ...each, ...change } : each)) }
}
