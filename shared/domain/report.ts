/**
 * What the gateway tells of a job: one view for the API, events and report objects. Times as ISO 8601; no secret, token or
 * environment value (the spec itself is never part of it).
 */
import { usedBy } from './cost.ts'
import type { PricesOf } from './cost.ts'
import { jobProgress, liveExecutors } from './job-progress.ts'
import type { Finding } from './job-spec/findings/finding.ts'
import type { JsonObject, JsonValue } from './job-spec/canonical-spec.ts'
import { currentAttempt } from './job.ts'
import type { Attempt, Job } from './job.ts'
import { FAILURES } from './reason.ts'
import type { FailureReason, Reason } from './reason.ts'

/** A job on a cluster that nobody has seen for this long is shown as stale. */
const STALE_AFTER_SECONDS = 600

const noPrices: PricesOf = () => undefined

/** What is known besides the record. */
export interface KnownAround {
  readonly pricesOf?: PricesOf
  /** Up to when the watch of a cluster has told every change, epoch milliseconds; undefined: unknown. */
  readonly watchedAt?: (cluster: string) => number | undefined
}

/** The job as callers see it; what it used has a price where there are prices. */
export function jobView(job: Job, now: number, { pricesOf = noPrices, watchedAt }: KnownAround = {}): JsonObject {
  return {
    id: job.jobId,
    name: job.name,
    team: job.team,
    state: job.state,
    reason: job.reason,
    message: job.message,
    attempt: job.attempt,
    cluster: job.cluster,
    namespace: job.namespace,
    ...plain({
      placement: job.placement,
      priority: job.priority,
      dependsOn: job.dependsOn && { jobs: job.dependsOn.jobs, when: job.dependsOn.when },
      costCentre: job.costCentre,
      labels: job.labels,
      remedy: remedyOf(job.reason),
    }),
    retry: { ...job.retry },
    deadlines: plain({ ...job.deadlines }),
    trigger: { ...job.trigger },
    specHash: job.specHash,
    createdAt: iso(job.createdAt),
    updatedAt: iso(job.updatedAt),
    stateSince: iso(job.stateSince),
    ...sightOf(job, now, watchedAt?.(job.cluster)),
    ...(job.stop && {
      stop: { outcome: job.stop.outcome, requestedAt: iso(job.stop.requestedAt), requestedBy: job.stop.requestedBy },
    }),
    ...progressView(job, now),
    ...plain({ used: usedView(job, now, pricesOf) }),
    attempts: job.attempts.map(attemptView),
    findings: job.findings.map(findingView),
  }
}

/**
 * How fresh it is. Who looked at the object saw it then; a watch that told no change since says that it is still so. What has
 * nothing on a cluster cannot be stale.
 */
function sightOf(job: Job, now: number, watchedAt: number | undefined): JsonObject {
  const { observedAt } = job
  if (!isWatched(job)) return observedAt === undefined ? {} : { observedAt: iso(observedAt), source: 'look' }
  const byWatch = watchedAt !== undefined && watchedAt > (observedAt ?? job.stateSince)
  const seenAt = byWatch ? watchedAt : observedAt
  return {
    ...(seenAt !== undefined && { observedAt: iso(seenAt), source: byWatch ? 'watch' : 'look' }),
    stale: now - (seenAt ?? job.updatedAt) > STALE_AFTER_SECONDS * 1000,
  }
}

/** It has an object on its cluster, whose changes are told. */
export const isWatched = ({ state }: Job): boolean =>
  state === 'PENDING' || state === 'RUNNING' || state === 'CANCELLING'

/** How far it is, and its executors by state, while it runs. */
function progressView(job: Job, now: number): JsonObject {
  const progress = jobProgress(job, now)
  const attempt = currentAttempt(job)
  if (progress === undefined || attempt === undefined) return {}
  const { deadlineAt, ...known } = progress
  const executors = liveExecutors(attempt)
  return {
    progress: { ...known, ...(deadlineAt !== undefined && { deadlineAt: iso(deadlineAt) }) },
    ...(executors !== undefined && { executors: { ...executors } }),
  }
}

function usedView(job: Job, now: number, pricesOf: PricesOf): JsonObject | undefined {
  const used = usedBy(job, now, pricesOf)
  if (used === undefined) return undefined
  const { cost, ...amounts } = used
  return { ...amounts, ...(cost !== undefined && { cost: { ...cost } }) }
}

/** What the author can do; absent for reasons that are no failure. */
const remedyOf = (reason: Reason): string | undefined =>
  Object.hasOwn(FAILURES, reason) ? FAILURES[reason as FailureReason].remedy : undefined

/** The job as a row of a list: without findings, which may be 200 kB a job. */
export function jobRow(job: Job, now: number, known: KnownAround = {}): JsonObject {
  const { findings: _findings, ...row } = jobView(job, now, known)
  return row
}

export function attemptView(attempt: Attempt): JsonObject {
  const { submittingAt, createdAt, runningAt, endedAt, goneAt } = attempt
  const times = { submittingAt, createdAt, runningAt, endedAt, goneAt }
  return {
    number: attempt.number,
    objectName: attempt.objectName,
    ...Object.fromEntries(Object.entries(times).flatMap(([name, at]) => (at === undefined ? [] : [[name, iso(at)]]))),
    ...plain({
      uid: attempt.uid,
      sparkApplicationId: attempt.sparkApplicationId,
      outcome: attempt.outcome,
      reason: attempt.reason,
      message: attempt.message,
      run: attempt.run,
      cluster: attempt.cluster,
      executors: liveExecutors(attempt),
    }),
    remedies: attempt.remedies.map(remedy => ({ ...remedy })),
  }
}

export const findingView = (finding: Finding): JsonObject => plain({ ...finding })

const plain = (fields: Readonly<Record<string, JsonValue | undefined>>): JsonObject =>
  Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))

const iso = (at: number): string => new Date(at).toISOString()

/** The detail-type of state changes on the bus. */
export const CHANGE_DETAIL_TYPE = 'Spark Job State Change'

export function changeEvent(before: Job | undefined, after: Job) {
  return {
    detailType: CHANGE_DETAIL_TYPE,
    time: after.updatedAt,
    detail: {
      eventId: `${after.jobId}#${after.attempt}#${after.state}`,
      version: after.version,
      jobId: after.jobId,
      name: after.name,
      team: after.team,
      state: after.state,
      ...(before !== undefined && { previousState: before.state }),
      reason: after.reason,
      message: after.message,
      attempt: after.attempt,
      cluster: after.cluster,
      ...(after.costCentre !== undefined && { costCentre: after.costCentre }),
      // Rules of the bus match these names to whom the team wants told.
      ...(after.notify !== undefined && { notify: [...after.notify] }),
      at: iso(after.updatedAt),
    },
  }
}

export type ReportKind = 'accepted' | 'rejected' | 'result'
const REPORT_SUFFIXES = ['.accepted.json', '.rejected.json', '.result.json']

/** Keys that the gateway writes itself: a spec of such a name would answer itself for ever. */
export const isReportKey = (key: string): boolean => REPORT_SUFFIXES.some(suffix => key.endsWith(suffix))

export const jobReport = (kind: ReportKind, job: Job): JsonObject => ({
  report: kind,
  job: jobView(job, job.updatedAt),
})

/** The report of a drop that could not even become a job. */
export const refusalReport = (
  at: { bucket: string; key: string; version: string },
  findings: readonly Finding[],
): JsonObject => ({
  report: 'rejected',
  object: { ...at },
  findings: findings.map(findingView),
})
