/**
 * submitJob: a request becomes a recorded job, once; a request with several documents becomes several, all or none. The
 * record is committed before anything is answered (rule 1); the same key gives the same job, the same key with another
 * body is a conflict and creates nothing (rule 2).
 */
import { sha256Hex } from '../domain/job-spec/canonical-json.ts'
import type { SpecVerdict } from '../domain/job-spec/canonical-spec.ts'
import type { Finding } from '../domain/job-spec/findings/finding.ts'
import { MAX_FINDINGS } from '../domain/job-spec/findings/finding.ts'
import type { Job, Trigger } from '../domain/job.ts'
import { jobIdFor } from '../domain/job-identity.ts'
import { newJob } from '../domain/new-job.ts'
import type { Platform } from '../domain/platform/platform.ts'
import { teamOf } from '../domain/platform/team-of.ts'
import type { Clock, GivenSpec, JobStore, ReconcileQueue, SpecReader } from './ports.ts'

export interface SubmitDeps {
  readonly platform: Platform
  readonly store: JobStore
  readonly reconcileQueue: ReconcileQueue
  readonly specs: SpecReader
  readonly clock: Clock
}

export interface SubmitRequest {
  readonly team: string
  readonly trigger: Trigger
  /** Absent: the spec must hold one. A key in the spec goes before the trigger's own, but for schedules. */
  readonly idempotencyKey?: string
  readonly content: SpecContent
}

export type SpecContent =
  | { readonly kind: 'text'; readonly bytes: Uint8Array; readonly contentType?: 'json' | 'yaml' }
  /** There is something, and it cannot even be read: refused for these reasons. */
  | { readonly kind: 'unreadable'; readonly identity: string; readonly findings: readonly Finding[] }

export type Submitted =
  /** `more`: the jobs of further documents; `repeated` when the first was there already. */
  | { readonly outcome: 'accepted'; readonly job: Job; readonly more: readonly Job[]; readonly repeated: boolean }
  /** Some document has errors; where nobody waits for the answer the refusal is on record as a REJECTED job. */
  | { readonly outcome: 'refused'; readonly findings: readonly Finding[]; readonly job?: Job }
  /** The key belongs to another request. */
  | { readonly outcome: 'conflict'; readonly job: Job }
  /** Neither the request nor the spec has an idempotency key. */
  | { readonly outcome: 'no-key' }

export async function submitJob(deps: SubmitDeps, request: SubmitRequest): Promise<Submitted> {
  const verdicts = await judgeSubmission(deps, request)
  const documentHash = hashOfAll(verdicts)
  const refused = verdicts.some(({ verdict }) => verdict === 'refused')
  if (refused) return refuse(deps, request, { documentHash, findings: findingsOfAll(verdicts), verdicts })

  const jobs: Job[] = []
  let repeated = false
  for (const [index, verdict] of verdicts.entries()) {
    const key = keyOf(request, verdict, index)
    if (key === undefined) return { outcome: 'no-key' }
    const job = makeJob(deps, request, verdict, key, index, documentHash)
    const spec = verdict.verdict === 'accepted' ? verdict.spec : undefined
    const created = await deps.store.create(job, spec, givenOf(request.content, jobs[0]))
    const stored = created.outcome === 'created' ? job : created.job
    if (!isSameBody(stored, documentHash)) return { outcome: 'conflict', job: stored }
    if (stored.state === 'REJECTED') return { outcome: 'refused', findings: stored.findings, job: stored }
    // A repeat sends again: the first one may have died before its message.
    if (created.outcome === 'created' || stored.state === 'QUEUED') await deps.reconcileQueue.send([stored], 0)
    if (index === 0) repeated = created.outcome === 'exists'
    jobs.push(stored)
  }
  const [job, ...more] = jobs
  if (job === undefined) throw new Error('a text has at least one verdict')
  return { outcome: 'accepted', job, more, repeated }
}

/** A text of several documents is kept once, with the first of them. */
function givenOf(content: SpecContent, first: Job | undefined): GivenSpec | undefined {
  if (content.kind !== 'text') return undefined
  if (first !== undefined) return { with: first.jobId }
  const { bytes, contentType } = content
  return { bytes, ...(contentType !== undefined && { contentType }) }
}

/** The verdicts on which a submission is decided; nothing is written. */
export const judgeSubmission = async (
  deps: Pick<SubmitDeps, 'platform' | 'specs' | 'store'>,
  request: SubmitRequest,
): Promise<readonly SpecVerdict[]> => checkDependencies(deps, request, await judge(deps, request))

async function judge(
  { platform, specs }: Pick<SubmitDeps, 'platform' | 'specs'>,
  { team, trigger, content }: SubmitRequest,
): Promise<readonly SpecVerdict[]> {
  if (content.kind !== 'text')
    return [{ verdict: 'refused', documentHash: content.identity, findings: content.findings }]
  const verdicts = await specs.read(platform, team, content)
  if (trigger.kind === 'api' && verdicts.length > MAX_JOBS_OF_A_CALL) return [tooManyForACall(verdicts)]
  return trigger.kind === 'schedule' ? verdicts : verdicts.map(refuseSchedule)
}

/** Each is written, or asked a cluster about, while the caller waits: 29 seconds at most (API Gateway). */
const MAX_JOBS_OF_A_CALL = 200

const tooManyForACall = (verdicts: readonly SpecVerdict[]): SpecVerdict => ({
  verdict: 'refused',
  documentHash: hashOfAll(verdicts),
  findings: [
    {
      severity: 'error',
      rule: 'too-many-documents',
      path: '$',
      message: `The text has ${verdicts.length} documents; one call submits at most ${MAX_JOBS_OF_A_CALL}.`,
      allowed: 'Several calls, each with a key of its own',
    },
  ],
})

/** A job waits only for jobs of its team that exist: a wait for a mistyped id would end at the deadline, a day later. */
function checkDependencies(
  deps: Pick<SubmitDeps, 'store'>,
  request: SubmitRequest,
  verdicts: readonly SpecVerdict[],
): Promise<readonly SpecVerdict[]> {
  return Promise.all(
    verdicts.map(async (verdict, index) => {
      const jobs = verdict.verdict === 'accepted' ? (verdict.spec.options?.dependsOn ?? []) : []
      if (verdict.verdict === 'refused' || jobs.length === 0) return verdict
      const key = keyOf(request, verdict, index)
      const own = key === undefined ? undefined : jobIdFor(request.team, request.trigger.kind, key)
      const errors = (
        await Promise.all(jobs.map(jobId => dependencyError(deps.store, request.team, jobId, own)))
      ).flat()
      return errors.length === 0 ? verdict : refusedWith(verdict, errors)
    }),
  )
}

/** Only what exists can be named, and what exists names what existed before it: longer circles than this one cannot be. */
async function dependencyError(
  store: JobStore,
  team: string,
  jobId: string,
  own: string | undefined,
): Promise<readonly Finding[]> {
  const error = { severity: 'error', path: 'dependsOn' } as const
  if (jobId === own)
    return [{ ...error, rule: 'depends-on-itself', message: `The job would wait for itself (${jobId}).` }]
  if ((await store.get({ team, jobId })) !== undefined) return []
  const message = `The team has no job ${jobId}, so nothing would ever end that this job waits for.`
  return [{ ...error, rule: 'job-not-found', message, allowed: 'The id of a job that was submitted before' }]
}

const refusedWith = (
  verdict: Extract<SpecVerdict, { verdict: 'accepted' }>,
  errors: readonly Finding[],
): SpecVerdict => ({
  verdict: 'refused',
  documentHash: verdict.documentHash,
  name: verdict.spec.name,
  findings: [...errors, ...verdict.findings],
})

/** A schedule is not a job: running it once, now, is not what its author asked for. */
function refuseSchedule(verdict: SpecVerdict): SpecVerdict {
  if (verdict.verdict === 'refused' || verdict.spec.schedule === undefined) return verdict
  const finding: Finding = {
    severity: 'error',
    rule: 'schedule-not-a-job',
    path: 'spec.schedule',
    message: 'This document is a schedule. Schedules stand in the platform file, where they are reviewed and deployed.',
    allowed:
      'An entry under schedules of the platform file with this text as its spec; or what stands under template, to run it once',
  }
  return refusedWith(verdict, [finding])
}

/** Rule 2: the same key with another body is a conflict. */
const isSameBody = (job: Job, documentHash: string): boolean => job.documentHash === documentHash

/** One document keeps its own hash. */
function hashOfAll(verdicts: readonly SpecVerdict[]): string {
  const [first, ...more] = verdicts
  if (first === undefined) throw new Error('a text has at least one verdict')
  return more.length === 0 ? first.documentHash : sha256Hex(verdicts.map(each => each.documentHash).join())
}

/** Of several documents each finding says which one it is about; errors come first. */
export function findingsOfAll(verdicts: readonly SpecVerdict[]): readonly Finding[] {
  if (verdicts.length === 1) return verdicts[0]?.findings ?? []
  const all = verdicts.flatMap(({ findings }, index) => findings.map(finding => ({ ...finding, document: index + 1 })))
  const errorsFirst = all.toSorted((a, b) => Number(a.severity !== 'error') - Number(b.severity !== 'error'))
  return errorsFirst.slice(0, MAX_FINDINGS)
}

async function refuse(
  deps: SubmitDeps,
  request: SubmitRequest,
  refused: { documentHash: string; findings: readonly Finding[]; verdicts: readonly SpecVerdict[] },
): Promise<Submitted> {
  const { documentHash, findings, verdicts } = refused
  if (request.trigger.kind === 'api')
    return (await acceptedBefore(deps, request, documentHash)) ?? { outcome: 'refused', findings }
  const named = verdicts.map(verdict => (verdict.verdict === 'accepted' ? verdict.spec.name : verdict.name))
  const name = named.find(each => each !== undefined)
  const verdict: SpecVerdict = { verdict: 'refused', documentHash, ...(name !== undefined && { name }), findings }
  const job = makeJob(deps, request, verdict, request.idempotencyKey ?? documentHash, 0, documentHash)
  const created = await deps.store.create(job, undefined)
  const stored = created.outcome === 'created' ? job : created.job
  if (!isSameBody(stored, documentHash)) return { outcome: 'conflict', job: stored }
  if (stored.state !== 'REJECTED') return { outcome: 'accepted', job: stored, more: [], repeated: true }
  return { outcome: 'refused', findings: stored.findings, job: stored }
}

/** A repeat of a request that was accepted before the policy became stricter is the same job all the same (rule 2). */
async function acceptedBefore(
  deps: SubmitDeps,
  { team, trigger, idempotencyKey }: SubmitRequest,
  documentHash: string,
): Promise<Submitted | undefined> {
  if (idempotencyKey === undefined) return undefined
  const job = await deps.store.get({ team, jobId: jobIdFor(team, trigger.kind, idempotencyKey) })
  return job !== undefined && isSameBody(job, documentHash)
    ? { outcome: 'accepted', job, more: [], repeated: true }
    : undefined
}

/** The key of one document: the first has the request's own, so that one document alone is the same request. */
function keyOf({ trigger, idempotencyKey }: SubmitRequest, verdict: SpecVerdict, index: number): string | undefined {
  const own = verdict.verdict === 'accepted' ? verdict.spec.options?.idempotencyKey : undefined
  // The same spec is fired again and again: its own key would make all firings one job.
  if (own !== undefined && trigger.kind !== 'schedule') return own
  if (idempotencyKey === undefined) return undefined
  return index === 0 ? idempotencyKey : `${idempotencyKey}#${index + 1}`
}

function makeJob(
  { platform, clock }: SubmitDeps,
  { team, trigger }: SubmitRequest,
  verdict: SpecVerdict,
  key: string,
  index: number,
  documentHash: string,
): Job {
  const jobId = jobIdFor(team, trigger.kind, key)
  const told = trigger.kind === 's3' && index > 0 ? { ...trigger, document: index + 1 } : trigger
  const owner = teamOf(platform, team)
  return newJob({ jobId, team, trigger: told, platform, owner, verdict, documentHash, now: clock.now() })
}
