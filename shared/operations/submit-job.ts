/**
 * submitJob: a request becomes a recorded job, once. The record is committed before anything is answered (rule 1); the
 * same key gives the same job, the same key with another body is a conflict and creates nothing (rule 2).
 */
import type { CanonicalSpec, SpecContext, SpecVerdict } from '../domain/job-spec/canonical-spec.ts'
import type { Finding } from '../domain/job-spec/findings/finding.ts'
import { parseJobSpec } from '../domain/job-spec/parse-job-spec.ts'
import type { Job, RetryPolicy, Trigger } from '../domain/job.ts'
import { jobIdFor } from '../domain/job-identity.ts'
import type { Platform, Team } from '../domain/platform.ts'
import type { Clock, JobStore, ReconcileQueue } from './ports.ts'

export interface SubmitDeps {
  readonly platform: Platform
  readonly store: JobStore
  readonly reconcileQueue: ReconcileQueue
  readonly clock: Clock
}

export interface SubmitRequest {
  readonly team: string
  readonly trigger: Trigger
  readonly idempotencyKey: string
  readonly content: SpecContent
}

export type SpecContent =
  | { readonly kind: 'text'; readonly bytes: Uint8Array; readonly contentType?: 'json' | 'yaml' }
  /** There is something, and it cannot even be read: refused for these reasons. */
  | { readonly kind: 'unreadable'; readonly identity: string; readonly findings: readonly Finding[] }

export type Submitted =
  | { readonly outcome: 'accepted'; readonly job: Job; readonly repeated: boolean }
  /** The spec has errors; where nobody waits for the answer the refusal is on record as a REJECTED job. */
  | { readonly outcome: 'refused'; readonly findings: SpecVerdict['findings']; readonly job?: Job }
  /** The key belongs to another request. */
  | { readonly outcome: 'conflict'; readonly job: Job }

export async function submitJob(deps: SubmitDeps, request: SubmitRequest): Promise<Submitted> {
  const team = teamOf(deps.platform, request.team)
  const verdict = judge(request.content, specContext(request.team, team))
  if (verdict.verdict === 'refused' && request.trigger.kind === 'api')
    return { outcome: 'refused', findings: verdict.findings }

  const job = newJob(deps, request, team, verdict)
  const created = await deps.store.create(job, verdict.verdict === 'accepted' ? verdict.spec : undefined)
  const stored = created.outcome === 'created' ? job : created.job
  if (stored.documentHash !== job.documentHash) return { outcome: 'conflict', job: stored }
  if (stored.state === 'REJECTED') return { outcome: 'refused', findings: stored.findings, job: stored }

  // A repeat sends again: the first one may have died before its message.
  if (created.outcome === 'created' || stored.state === 'QUEUED') await deps.reconcileQueue.send([stored], 0)
  return { outcome: 'accepted', job: stored, repeated: created.outcome === 'exists' }
}

function judge(content: SpecContent, context: SpecContext): SpecVerdict {
  if (content.kind === 'text') return parseJobSpec(content, context)
  return { verdict: 'refused', documentHash: content.identity, findings: content.findings }
}

/** What a spec of this team is checked against. */
export const specContext = (name: string, team: Team): SpecContext => ({
  team: name,
  policy: team.policy,
  namespace: team.namespace,
  serviceAccount: team.serviceAccount,
})

/** The team of a verified identity; throws for a name that the platform file does not have. */
export function teamOf(platform: Platform, name: string): Team {
  const team = Object.hasOwn(platform.teams, name) ? platform.teams[name] : undefined
  if (team === undefined) throw new Error(`the platform file has no team ${JSON.stringify(name)}`)
  return team
}

function newJob(deps: SubmitDeps, request: SubmitRequest, team: Team, verdict: SpecVerdict): Job {
  const now = deps.clock.now()
  const accepted = verdict.verdict === 'accepted'
  return {
    schemaVersion: 1,
    version: 1,
    jobId: jobIdFor(request.team, request.trigger.kind, request.idempotencyKey),
    team: request.team,
    name: accepted ? verdict.spec.name : (verdict.name ?? 'unnamed'),
    trigger: request.trigger,
    documentHash: verdict.documentHash,
    specHash: accepted ? verdict.specHash : '',
    cluster: team.cluster,
    namespace: team.namespace,
    serviceAccount: team.serviceAccount,
    ...(accepted
      ? {
          state: 'QUEUED',
          reason: 'WAITING_FOR_TURN',
          message: 'Recorded; waits for its turn at the cluster.',
          dueAt: now,
        }
      : { state: 'REJECTED', reason: 'SPEC_REFUSED', message: refusalMessage(verdict.findings) }),
    attempt: 1,
    attempts: [],
    retry: retryPolicy(deps.platform, accepted ? verdict.spec : undefined),
    deadlines: deadlinesOf(deps.platform),
    createdAt: now,
    updatedAt: now,
    stateSince: now,
    findings: verdict.findings,
  }
}

function refusalMessage(findings: SpecVerdict['findings']): string {
  const errors = findings.filter(finding => finding.severity === 'error')
  const first = errors[0]
  return `The spec has ${errors.length} error(s). First: ${first === undefined ? '' : `${first.path}: ${first.message}`}`.slice(
    0,
    2_000,
  )
}

function retryPolicy(platform: Platform, spec: CanonicalSpec | undefined): RetryPolicy {
  const { maxAttempts, firstDelaySeconds, maxDelaySeconds } = platform.retry
  const asked = spec?.retry
  const authorRetries = Math.min(asked?.onFailure ?? 0, MAX_AUTHOR_RETRIES)
  const submissionRetries = Math.min(asked?.onSubmissionFailure ?? 0, MAX_AUTHOR_RETRIES)
  const first = asked?.onFailureIntervalSeconds ?? asked?.onSubmissionFailureIntervalSeconds ?? firstDelaySeconds
  return {
    maxAttempts: Math.max(maxAttempts, submissionRetries + 1),
    authorRetries,
    firstDelaySeconds: Math.min(first, maxDelaySeconds),
    maxDelaySeconds,
  }
}

/** More repeats than this are a loop, not a retry; attempts are kept in one record. */
const MAX_AUTHOR_RETRIES = 10

const deadlinesOf = (platform: Platform): Job['deadlines'] => ({
  queuedSeconds: platform.deadlines.queuedSeconds,
  pendingSeconds: platform.deadlines.pendingSeconds,
  ...(platform.deadlines.runningSeconds !== undefined && { runningSeconds: platform.deadlines.runningSeconds }),
})
