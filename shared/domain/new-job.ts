/** The first record of a job: what was asked, within what the platform allows. Pure. */
import { sizeOf } from './admission/claim.ts'
import { podsOf } from './job-pods.ts'
import type { CanonicalSpec, SpecVerdict } from './job-spec/canonical-spec.ts'
import type { Deadlines, Job, JobRef, RetryPolicy, Trigger } from './job.ts'
import type { Platform, Team } from './platform/platform.ts'

export interface NewJob extends JobRef {
  readonly trigger: Trigger
  readonly platform: Platform
  readonly team: string
  readonly owner: Team
  readonly verdict: SpecVerdict
  /** "The same body": of all documents that were submitted together. */
  readonly documentHash: string
  readonly now: number
}

/** QUEUED for an accepted spec, REJECTED for a refused one. */
export function newJob({ jobId, team, trigger, platform, owner, verdict, documentHash, now }: NewJob): Job {
  const spec = verdict.verdict === 'accepted' ? verdict.spec : undefined
  return {
    schemaVersion: 1,
    version: 1,
    jobId,
    team,
    name: spec?.name ?? ('name' in verdict ? verdict.name : undefined) ?? 'unnamed',
    trigger,
    documentHash,
    specHash: verdict.verdict === 'accepted' ? verdict.specHash : '',
    cluster: spec?.options?.cluster ?? owner.clusters[0] ?? '',
    namespace: owner.namespace,
    serviceAccount: owner.serviceAccount,
    ...(spec !== undefined
      ? {
          state: 'QUEUED',
          ...(spec.options?.dependsOn === undefined
            ? { readyAt: now, reason: 'WAITING_FOR_ROOM', message: 'Recorded; waits for room within the limits.' }
            : { reason: 'WAITING_FOR_DEPENDENCY', message: 'Recorded; waits for the jobs that it depends on.' }),
          dueAt: now,
          ...askedFor(spec, platform, owner),
        }
      : { state: 'REJECTED', reason: 'SPEC_REFUSED', message: refusalMessage(verdict.findings) }),
    attempt: 1,
    attempts: [],
    retry: retryPolicy(platform, spec),
    deadlines: deadlinesOf(platform, spec),
    createdAt: now,
    updatedAt: now,
    stateSince: now,
    findings: verdict.findings,
  }
}

/** What the engine has to know of the spec without reading it again. */
function askedFor(spec: CanonicalSpec, platform: Platform, owner: Team): Partial<Job> {
  const { priority, cluster, dependsOn, dependsOnWhen, notify, costCentre } = spec.options ?? {}
  return {
    clusters: cluster === undefined ? clustersFor(spec, platform, owner) : [cluster],
    size: sizeOf(spec),
    pods: podsOf(spec),
    ...(priority !== undefined && { priority }),
    ...(dependsOn !== undefined && { dependsOn: { jobs: dependsOn, when: dependsOnWhen ?? 'all-succeeded' } }),
    ...(notify !== undefined && { notify }),
    ...(costCentre !== undefined && { costCentre }),
    ...(Object.keys(spec.labels).length > 0 && { labels: spec.labels }),
    ...(owner.onClusterLost === 'move' && { moveAfterSeconds: platform.clusterLostSeconds }),
  }
}

/** The team's clusters that have the spec's version of Spark; all of them where none has, so that the wait says why. */
export function clustersFor(spec: CanonicalSpec, platform: Platform, owner: Team): readonly string[] {
  const { sparkVersion } = spec.application
  const version = typeof sparkVersion === 'string' ? sparkVersion : ''
  const fitting = owner.clusters.filter(name => {
    const versions = platform.clusters[name]?.sparkVersions ?? []
    return versions.length === 0 || versions.some(each => version === each || version.startsWith(`${each}.`))
  })
  return fitting.length > 0 ? fitting : owner.clusters
}

function refusalMessage(findings: SpecVerdict['findings']): string {
  const errors = findings.filter(finding => finding.severity === 'error')
  const first = errors[0]
  const text = `The spec has ${errors.length} error(s). First: ${first === undefined ? '' : `${first.path}: ${first.message}`}`
  return text.slice(0, MAX_MESSAGE_LENGTH)
}
const MAX_MESSAGE_LENGTH = 2_000

/** More repeats than this are a loop, not a retry; attempts are kept in one record. */
const MAX_AUTHOR_RETRIES = 10

function retryPolicy(platform: Platform, spec: CanonicalSpec | undefined): RetryPolicy {
  const { maxAttempts, firstDelaySeconds, maxDelaySeconds } = platform.retry
  const asked = spec?.retry
  const most = spec?.options?.maxAttempts
  const authorRetries = Math.min(asked?.onFailure ?? 0, MAX_AUTHOR_RETRIES)
  const submissionRetries = Math.min(asked?.onSubmissionFailure ?? 0, MAX_AUTHOR_RETRIES)
  const first = asked?.onFailureIntervalSeconds ?? asked?.onSubmissionFailureIntervalSeconds ?? firstDelaySeconds
  return {
    maxAttempts: most ?? Math.max(maxAttempts, submissionRetries + 1),
    authorRetries: most === undefined ? authorRetries : Math.min(authorRetries, most - 1),
    firstDelaySeconds: Math.min(first, maxDelaySeconds),
    maxDelaySeconds,
  }
}

/** A spec may shorten the platform's deadlines; only a stream has none for running. */
export function deadlinesOf(platform: Platform, spec: CanonicalSpec | undefined): Deadlines {
  const asked = spec?.options?.deadlines ?? {}
  const { queuedSeconds, pendingSeconds, runningSeconds, totalSeconds } = platform.deadlines
  const streaming = spec?.options?.streaming === true
  const running = streaming ? undefined : shorter(runningSeconds, asked.runningSeconds)
  const total = streaming ? undefined : shorter(totalSeconds, asked.totalSeconds)
  return {
    queuedSeconds: shorter(queuedSeconds, asked.queuedSeconds) ?? queuedSeconds,
    pendingSeconds: shorter(pendingSeconds, asked.pendingSeconds) ?? pendingSeconds,
    ...(running !== undefined && { runningSeconds: running }),
    ...(total !== undefined && { totalSeconds: total }),
  }
}

function shorter(left: number | undefined, right: number | undefined): number | undefined {
  if (left === undefined || right === undefined) return left ?? right
  return Math.min(left, right)
}
