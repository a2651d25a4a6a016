/** POST /v1/jobs: one spec or several become jobs, or with `dryRun` what they would become. */
import type { Job } from '../../../shared/domain/job.ts'
import type { Finding } from '../../../shared/domain/job-spec/findings/finding.ts'
import { findingView } from '../../../shared/domain/report.ts'
import type { PlannedCost } from '../../../shared/domain/planned-cost.ts'
import type { PlannedJob } from '../../../shared/operations/plan-job.ts'
import { submitJob } from '../../../shared/operations/submit-job.ts'
import type { SubmitRequest } from '../../../shared/operations/submit-job.ts'
import { HttpProblem, json } from '../../../shared/runtime/http.ts'
import { KEY_REQUIRED, readIdempotencyKey, readSpecBody } from '../bodies.ts'
import { wordOf } from '../query.ts'
import { teamOfMember } from '../route.ts'
import type { Answer, ApiRequest } from '../route.ts'
import { doorOf, jobAnswer } from './views.ts'
import type { JsonObject } from '../../../shared/domain/job-spec/canonical-spec.ts'

export const DRY_RUNS = ['render', 'server'] as const

export async function submitJobs(request: ApiRequest): Promise<Answer> {
  const { deps, caller, event, query } = request
  const dryRun = wordOf(query, 'dryRun', DRY_RUNS)
  const idempotencyKey = readIdempotencyKey(event)
  const submission: SubmitRequest = {
    team: teamOfMember(request),
    trigger: { kind: 'api', caller: caller.name },
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    content: readSpecBody(event, deps.platform.maxSpecBytes),
  }
  if (dryRun !== undefined) return plan(request, submission, dryRun)
  const result = await submitJob(deps, submission)
  switch (result.outcome) {
    case 'accepted': {
      const { job, more } = result
      const replayed = { ...(result.repeated && { 'idempotent-replayed': 'true' }) }
      if (more.length > 0) return json(202, { jobs: severalJobs(request, [job, ...more]) }, replayed)
      const location = `${doorOf(event)}/v1/jobs/${job.jobId}`
      return json(202, jobAnswer(request, job), { location, ...replayed })
    }
    case 'no-key':
      throw new HttpProblem('bad-request', KEY_REQUIRED)
    case 'refused':
      throw specRefused(result.findings)
    case 'conflict':
      throw new HttpProblem(
        'key-conflict',
        `This Idempotency-Key belongs to job ${result.job.jobId}, which was submitted with another body. Use a new key for a new job.`,
      )
  }
}

/** Findings in one answer of several jobs; those of further jobs are told by GET, lest the answer be too large for Lambda. */
const MAX_ANSWERED_FINDINGS = 5_000

function severalJobs(request: ApiRequest, jobs: readonly Job[]): JsonObject[] {
  let told = 0
  return jobs.map(job => {
    told += job.findings.length
    return jobAnswer(request, told > MAX_ANSWERED_FINDINGS ? { ...job, findings: [] } : job)
  })
}

function specRefused(findings: readonly Finding[]): HttpProblem {
  const errors = findings.filter(finding => finding.severity === 'error').length
  return new HttpProblem('spec-refused', `The spec has ${errors} error(s); nothing was created.`, { findings })
}

async function plan(
  { deps }: ApiRequest,
  submission: SubmitRequest,
  dryRun: (typeof DRY_RUNS)[number],
): Promise<Answer> {
  // Loaded when it is first needed, as the reader of specs is: half of what it consists of is that.
  const { planJob } = await import('../../../shared/operations/plan-job.ts')
  const { platform, store, specs, clock, admission, windows } = deps
  const from = { platform, store, specs, clock, admission, ...(windows !== undefined && { clusters: windows }) }
  const result = await planJob(from, submission, {
    objectTimeToLiveSeconds: platform.objectTimeToLiveSeconds,
    ask: dryRun === 'server' ? 'gateway-and-cluster' : 'gateway',
  })
  if (result.outcome === 'refused') throw specRefused(result.findings)
  return json(200, { dryRun, jobs: result.jobs.map(plannedView) })
}

function plannedView({ spec, findings, server, size, left, placement, cost, ...job }: PlannedJob): JsonObject {
  return {
    ...job,
    spec: spec as unknown as JsonObject,
    size: { ...size },
    placement: { ...placement },
    cost: costView(cost),
    left: { ...left },
    findings: findings.map(findingView),
    ...(server !== undefined && { server: { ...server } }),
  }
}

function costView(cost: PlannedCost): JsonObject {
  if ('unknown' in cost) return { ...cost }
  const { atDeadline, lines, ...rest } = cost
  return { ...rest, ...(atDeadline !== undefined && { atDeadline }), lines: lines.map(line => ({ ...line })) }
}
