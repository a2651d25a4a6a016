/**
 * What operations need from the world. Each method's comment is its contract; one contract suite runs over every
 * implementation. Expected outcomes are values; an exception from a port is a failure nobody expected here, which reaches
 * the queue's retry and, if it stays, the dead-letter queue.
 */
import type { TroubleSpacing } from '../domain/admission/cluster-health.ts'
import type { Limits, Usage, UsageCounter } from '../domain/admission/claim.ts'
import type { SpentByMonth } from '../domain/admission/spending.ts'
import type { Lane } from '../domain/admission/decide-admissions.ts'
import type { CanonicalSpec, JsonObject, SpecVerdict } from '../domain/job-spec/canonical-spec.ts'
import type { JobSpecInput } from '../domain/job-spec/parse-job-spec.ts'
import type { Job, JobRef, Trigger } from '../domain/job.ts'
import type { JobState } from '../domain/job-state.ts'
import type { Platform } from '../domain/platform/platform.ts'
import type { ApplicationView, PodView } from '../domain/observed.ts'

export interface Clock {
  /** Epoch milliseconds. */
  now(): number
}

export interface Random {
  /** 0 ≤ x < 1. */
  next(): number
}

export interface JobStore {
  /**
   * Records a job and its spec, both or neither; `exists` (with the stored job) when the id is taken. `given` is kept with the
   * spec for people who ask; a text that is too large for that may be left out.
   */
  create(
    job: Job,
    spec: CanonicalSpec | undefined,
    given?: GivenSpec,
  ): Promise<{ outcome: 'created' } | { outcome: 'exists'; job: Job }>
  /** Consistent read. */
  get(ref: JobRef): Promise<Job | undefined>
  getSpec(ref: JobRef): Promise<CanonicalSpec | undefined>
  /**
   * Writes `after` where `before` still stands (version), unless that is terminal or (attempt, rank) would fall. The stored version
   * is `before.version + 1`. `conflict` is no error: read again. A repeat of our own write whose answer was lost is `saved`. Where the
   * claim changes, what is in use changes in the same write, and what was newly spent is added to the team's month.
   */
  save(before: Job, after: Job): Promise<{ outcome: 'saved'; job: Job } | { outcome: 'conflict' }>
  /** Newest first; at most `limit` (≤ 100) jobs and the place to go on from. May miss the last second's writes. */
  list(query: JobQuery): Promise<{ jobs: readonly Job[]; next?: string }>
  /** References of jobs whose dueAt is before `before`, oldest first, at most `limit`. May miss the last second's writes. */
  listDue(before: number, limit: number): Promise<readonly DueJob[]>
  /** Moves dueAt of a job that was just sent again, and counts it; `conflict` when the job has moved meanwhile. */
  postpone(due: DueJob, dueAt: number): Promise<'saved' | 'conflict'>
  /** Whether any job has an attempt on this cluster. May miss the last second's writes. */
  hasActiveJobs(cluster: string): Promise<boolean>
  /** A page of the jobs that have an attempt on this cluster, in any order, at most `limit`. May miss the last second's writes. */
  listActive(cluster: string, limit: number, next?: string): Promise<{ refs: readonly JobRef[]; next?: string }>
  /** Jobs whose `dependsOn` names this one, at most `limit`. */
  listDependents(ref: JobRef, limit: number): Promise<readonly JobRef[]>
  /**
   * Writes `after`, which is not over, where the ended `before` still stands: a person asked for a further attempt. Outcomes as of
   * `save`.
   */
  reopen(before: Job, after: Job): Promise<{ outcome: 'saved'; job: Job } | { outcome: 'conflict' }>
  /** The next free turn of a cluster's operator: `now` or later, each turn given once, `interval` milliseconds apart. */
  reserveTurn(cluster: string, now: number, interval: number): Promise<number>
}

/** The text as it was submitted, or the job of the same text (of several documents, the first) that has it. */
export type GivenSpec =
  { readonly bytes: Uint8Array; readonly contentType?: 'json' | 'yaml' } | { readonly with: string }

export interface JobQuery {
  readonly team: string
  readonly state?: JobState
  readonly name?: string
  /** Where it runs, or is meant to. */
  readonly cluster?: string
  readonly trigger?: Trigger['kind']
  readonly label?: { readonly name: string; readonly value: string }
  /** Created at or after this time, and before that one. */
  readonly since?: number
  readonly until?: number
  readonly limit: number
  /** From the answer before; anything else throws `BadPageTokenError`. */
  readonly next?: string
}

/** The caller should answer: this token is not one of ours, or not for this list. */
export class BadPageTokenError extends Error {
  override readonly name = 'BadPageTokenError'
}

export interface DueJob extends JobRef {
  readonly version: number
  readonly dueAt: number
  /** How often it was sent again without any progress. */
  readonly sweeps: number
}

/** Where the observation of a cluster stands; `sequence` guards that there is one chain (rule: duplicates die). */
export interface ObserverState {
  readonly cluster: string
  readonly sequence: number
  readonly active: boolean
  /** The watch goes on from here; absent: list first. */
  readonly resourceVersion?: string
  /** When all objects were last listed. */
  readonly listedAt?: number
  /** When, for want of a watch, a look at every active job was last asked for. */
  readonly polledAt?: number
  /** When the chain last gave a sign of life. */
  readonly tickedAt: number
  /** New with each write: two workers that write the same at the same millisecond are not one that repeats itself. */
  readonly writer?: number
  /** When the API server last answered. */
  readonly reachableAt?: number
  /** How long its operator takes from the create to the submission, smoothed. */
  readonly lagMilliseconds?: number
}

/** An object with our label whose job nobody knows. */
export interface Orphan {
  readonly cluster: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

export interface ObserverStore {
  /** When this orphan was first seen: now, unless it was seen before (within the last month). */
  noteOrphan(orphan: Orphan, now: number): Promise<number>
  get(cluster: string): Promise<ObserverState | undefined>
  /** Writes `next` where the stored sequence is still `from` (0: nothing stored). */
  advance(from: number, next: ObserverState): Promise<'saved' | 'conflict'>
}

/** What admission reads and writes: the queue's heads, what is in use, who is stopped, how clusters do. */
export interface AdmissionStore {
  /**
   * The heads of the queue: each lane (team, clusters, priority) that has jobs, with its oldest, at most `perLane`. The cost grows with
   * the lanes, not with the jobs. May miss the last second's writes.
   */
  listLanes(perLane: number): Promise<readonly Lane[]>
  /** Jobs of the same team, clusters and at least this priority that joined the queue before; counting ends at `most`. */
  countAhead(job: Job, most: number): Promise<number>
  /** What is in use, by owner; consistent. Owners without a record use nothing. */
  readUsage(owners: readonly UsageOwner[]): Promise<readonly UsageCounter[]>
  /** Everything that one pass has to know of these teams and clusters, consistent, in one question. */
  readRooms(teams: readonly string[], clusters: readonly string[]): Promise<RoomRecords>
  /**
   * `JobStore.save` for a job that takes its room: `after` has the claim. Team and cluster count it in the same write, unless that
   * would break a limit: `full`.
   */
  admit(
    before: Job,
    after: Job,
    limits: { readonly team: Limits; readonly cluster: Limits },
  ): Promise<{ outcome: 'saved'; job: Job } | { outcome: 'conflict' } | { outcome: 'full' }>
  /** Sets what is in use to what was counted, if nobody has changed it since `seen`. */
  repairUsage(owner: UsageOwner, seen: UsageCounter, counted: Usage): Promise<'saved' | 'conflict'>
  getPlan(): Promise<AdmissionPlan>
  /** Writes where the stored plan is still `from` (version); the version rises by one. */
  savePlan(from: AdmissionPlan, next: AdmissionPlan): Promise<'saved' | 'conflict'>
  /** All pauses and drains. */
  listPauses(): Promise<readonly Pause[]>
  /** Puts a pause in the place of any of the same scope. */
  putPause(pause: Pause): Promise<void>
  deletePause(scope: PauseScope): Promise<void>
  /** Counts a question that the cluster did not answer, unless one was counted just now; long after the one before it begins anew. */
  noteTrouble(cluster: string, now: number, spacing: TroubleSpacing): Promise<void>
}

/** As stored; teams and clusters without records are absent. */
export interface RoomRecords {
  readonly teams: ReadonlyMap<string, TeamRecords>
  readonly clusters: ReadonlyMap<string, ClusterRecords>
  readonly pauses: readonly Pause[]
}

export interface TeamRecords {
  readonly usage: Usage
  /** What the writes of its jobs added. */
  readonly spent: SpentByMonth
}

export interface ClusterRecords {
  readonly usage: Usage
  readonly health: ClusterHealth
  /** The next free turn of its operator, in the past when none was given for long. */
  readonly nextTurn: number
  readonly observer?: ObserverState
}

/** Whose usage is counted. */
export interface UsageOwner {
  readonly kind: 'team' | 'cluster'
  readonly name: string
}

/** A counter, and what was counted. */
export interface UsageDifference {
  readonly owner: UsageOwner
  readonly stored: UsageCounter
  readonly counted: Usage
}

/** When somebody looks at the queue again, and what the last look found. */
export interface AdmissionPlan {
  readonly version: number
  /** A message for a pass at this time is on its way. */
  readonly plannedAt?: number
  /** When what is in use was last recounted. */
  readonly recountedAt?: number
  /** What the last recount found different; the next sweep looks whether it still is. */
  readonly suspects?: readonly UsageDifference[]
  /** Whether jobs waited after the last pass, and for what; lanes by their key. */
  readonly waiting: Readonly<Record<string, { readonly kind: string; readonly why: string }>>
}

export type PauseScope =
  | { readonly kind: 'everything' }
  | { readonly kind: 'team'; readonly name: string }
  | { readonly kind: 'cluster'; readonly name: string }

/** Somebody stopped the admission of new attempts; what runs goes on. */
export interface Pause {
  readonly scope: PauseScope
  readonly by: string
  readonly at: number
  readonly reason: string
}

/** Questions in a row that a cluster did not answer; none: zero. */
export interface ClusterHealth {
  readonly failures: number
  readonly failedAt?: number
}

/** The `task` of a message that names no job: a pass over the queue for admission. */
export const ADMIT_TASK = 'admit'
/** The `task` of a message that names an object: its removal. */
export const REMOVE_TASK = 'remove'

export interface ReconcileQueue {
  /** Asks for a look at each job after `delaySeconds` (0 … 900). Throws if any could not be sent. */
  send(refs: readonly JobRef[], delaySeconds: number): Promise<void>
  /** Asks for the removal of an object that no job needs. */
  askForRemoval(orphan: Orphan): Promise<void>
  /** Asks for a pass over the queue for admission after `delaySeconds` (0 … 900). */
  askForPass(delaySeconds: number): Promise<void>
}

export interface ObserveQueue {
  /** Starts or goes on with the chain of a cluster. */
  send(tick: { readonly cluster: string; readonly sequence: number }, delaySeconds: number): Promise<void>
}

/** What every question to a cluster may answer besides its own outcomes. */
export type ClusterTrouble =
  /** 401 after a fresh token, 403 by RBAC, 404 of the namespace: an operator of the platform must act; never a job's failure. */
  | { readonly outcome: 'denied'; readonly message: string }
  /** Time-out, cut connection, 429, 5xx: unknown (rule 4). */
  | { readonly outcome: 'unavailable'; readonly message: string; readonly retryAfterSeconds?: number }

export type CreateOutcome =
  | { readonly outcome: 'created'; readonly uid: string }
  /** 409: look whose it is. */
  | { readonly outcome: 'exists' }
  /** 400, 403 by a webhook, 422: this object will never be accepted. */
  | { readonly outcome: 'refused'; readonly message: string }
  | ClusterTrouble

export interface SparkCluster {
  create(namespace: string, object: JsonObject): Promise<CreateOutcome>
  get(
    namespace: string,
    name: string,
  ): Promise<{ outcome: 'found'; application: ApplicationView } | { outcome: 'absent' } | ClusterTrouble>
  /** Pods of a SparkApplication, by the operator's app-name label. */
  listPods(namespace: string, name: string): Promise<{ outcome: 'listed'; pods: readonly PodView[] } | ClusterTrouble>
  /** Messages of the operator's events about executors of a SparkApplication that failed. */
  listExecutorFailures(
    namespace: string,
    name: string,
  ): Promise<{ outcome: 'listed'; messages: readonly string[] } | ClusterTrouble>
  /** Deletes by uid: another object of the name stays. Absent counts as deleted. */
  delete(
    namespace: string,
    name: string,
    uid: string,
  ): Promise<{ outcome: 'deleted' } | { outcome: 'other-uid' } | ClusterTrouble>
  /** One page of all the gateway's SparkApplications on the cluster, each as `get` shows it. */
  list(page: {
    readonly limit: number
    readonly continueFrom?: string
  }): Promise<
    | { outcome: 'listed'; applications: readonly ApplicationView[]; resourceVersion: string; continueFrom?: string }
    | { outcome: 'expired' }
    | ClusterTrouble
  >
  /**
   * Calls `onChange` for each change after `resourceVersion` until `seconds` have passed. `expired`: the server forgot
   * that version, list again. The answer's `resourceVersion` is where the next watch goes on.
   */
  watch(
    from: string,
    seconds: number,
    onChange: (application: ApplicationView) => void,
  ): Promise<
    | { outcome: 'ended'; resourceVersion: string }
    | { outcome: 'expired' }
    | (ClusterTrouble & { resourceVersion: string })
  >
}

export interface SparkClusters {
  /** The client of a cluster of the platform file; throws for an unknown name. */
  of(cluster: string): SparkCluster
}

export type InboxObject =
  | { readonly outcome: 'read'; readonly bytes: Uint8Array }
  /** No such key or version, or a delete marker. */
  | { readonly outcome: 'missing' }
  | { readonly outcome: 'too-large'; readonly size: number }
  /** We are not allowed to read it, or it lies in an archive class. */
  | { readonly outcome: 'unreadable'; readonly message: string }

export interface SpecInbox {
  /** Reads exactly this version (empty: the newest), at most `maxBytes`. */
  read(
    at: { readonly bucket: string; readonly key: string; readonly version: string },
    maxBytes: number,
  ): Promise<InboxObject>
  /** Puts a report beside the spec; the same report twice is the same object. */
  writeReport(at: { readonly bucket: string; readonly key: string }, report: JsonObject): Promise<void>
}

export interface JobArchive {
  /** Writes records of ended jobs, one line of JSON each; the same name twice is the same object. */
  write(name: string, lines: readonly JsonObject[]): Promise<void>
}

/** Names the log of an attempt's driver. */
export interface LogName extends JobRef {
  readonly attempt: number
}

export interface LogArchive {
  /** Keeps a text whose lines begin with their time (RFC 3339) and a blank; a later text of the name takes its place. */
  keep(log: LogName, text: string): Promise<void>
  /** undefined: none was kept, or not any more. */
  read(log: LogName): Promise<string | undefined>
}

export interface JobEvent {
  readonly detailType: string
  readonly time: number
  readonly detail: JsonObject
}

export interface SpecReader {
  /**
   * The verdict of each document of a text under the policy and defaults of a team; never empty. Loaded when it is first
   * needed: it is half of what the functions that take specs consist of.
   */
  read(platform: Platform, team: string, input: JobSpecInput): Promise<readonly SpecVerdict[]>
}

export interface EventBus {
  /** Publishes all; throws if any was not taken. */
  publish(events: readonly JobEvent[]): Promise<void>
}
