/** Each route: read the request, call one operation, answer. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { JOB_ID_PATTERN } from '../../shared/domain/job-identity.ts'
import type { Job } from '../../shared/domain/job.ts'
import { attemptView, jobRow, jobView } from '../../shared/domain/report.ts'
import { cancelJob } from '../../shared/operations/cancel-job.ts'
import { describeWaiting } from '../../shared/operations/describe-waiting.ts'
import { BadPageTokenError } from '../../shared/operations/ports.ts'
import { retryJob } from '../../shared/operations/retry-job.ts'
import { submitJob } from '../../shared/operations/submit-job.ts'
import { HttpProblem, json } from '../../shared/runtime/http.ts'
import type { Caller } from './caller.ts'
import type { ApiDeps } from './deps.ts'
import { KEY_REQUIRED, readListQuery, readSubmission } from './requests.ts'

type Route = (
  deps: ApiDeps,
  caller: Caller,
  event: APIGatewayProxyEventV2,
) => Promise<APIGatewayProxyStructuredResultV2>

/** API Gateway's route keys. */
export const ROUTES: Readonly<Record<string, Route>> = {
  'POST /v1/jobs': submit,
  'GET /v1/jobs': list,
  'GET /v1/jobs/{id}': async (deps, caller, event) => {
    const job = await found(deps, caller, event)
    return json(200, { ...jobView(job, deps.clock.now()), ...(await describeWaiting(deps.admission, job)) })
  },
  'GET /v1/jobs/{id}/attempts': async (deps, caller, event) =>
    json(200, { attempts: (await found(deps, caller, event)).attempts.map(attemptView) }),
  'POST /v1/jobs/{id}/cancel': cancel,
  'DELETE /v1/jobs/{id}': cancel,
  'POST /v1/jobs/{id}/retry': retry,
}

async function submit(
  deps: ApiDeps,
  caller: Caller,
  event: APIGatewayProxyEventV2,
): Promise<APIGatewayProxyStructuredResultV2> {
  const { idempotencyKey, content } = readSubmission(event)
  const result = await submitJob(deps, {
    team: caller.team,
    trigger: { kind: 'api', caller: caller.name },
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    content,
  })
  switch (result.outcome) {
    case 'accepted': {
      const { job, more } = result
      const replayed = { ...(result.repeated && { 'idempotent-replayed': 'true' }) }
      const now = deps.clock.now()
      if (more.length > 0) return json(202, { jobs: [job, ...more].map(each => jobView(each, now)) }, replayed)
      return json(202, jobView(job, now), { location: `/v1/jobs/${job.jobId}`, ...replayed })
    }
    case 'no-key':
      throw new HttpProblem(400, KEY_REQUIRED)
    case 'refused': {
      const errors = result.findings.filter(finding => finding.severity === 'error').length
      throw new HttpProblem(422, `The spec has ${errors} error(s); nothing was created.`, result.findings)
    }
    case 'conflict':
      throw new HttpProblem(
        409,
        `This Idempotency-Key belongs to job ${result.job.jobId}, which was submitted with another body. Use a new key for a new job.`,
      )
  }
}

async function list(
  deps: ApiDeps,
  caller: Caller,
  event: APIGatewayProxyEventV2,
): Promise<APIGatewayProxyStructuredResultV2> {
  try {
    const { jobs, next } = await deps.store.list({ ...readListQuery(event), team: caller.team })
    const now = deps.clock.now()
    return json(200, { jobs: jobs.map(job => jobRow(job, now)), ...(next !== undefined && { nextToken: next }) })
  } catch (error) {
    if (error instanceof BadPageTokenError)
      throw new HttpProblem(
        400,
        'nextToken: this is not a page token of this list. Take it from the answer before, or leave it out.',
      )
    throw error
  }
}

async function cancel(
  deps: ApiDeps,
  caller: Caller,
  event: APIGatewayProxyEventV2,
): Promise<APIGatewayProxyStructuredResultV2> {
  const result = await cancelJob(deps, refOf(caller, event), caller.name)
  switch (result.outcome) {
    case 'cancelling':
      return json(202, jobView(result.job, deps.clock.now()))
    case 'already-over':
      throw new HttpProblem(409, `The job is over (${result.job.state}); there is nothing to cancel.`)
    case 'not-found':
      throw notFound()
  }
}

async function retry(
  deps: ApiDeps,
  caller: Caller,
  event: APIGatewayProxyEventV2,
): Promise<APIGatewayProxyStructuredResultV2> {
  const result = await retryJob(deps, refOf(caller, event), caller.name)
  switch (result.outcome) {
    case 'queued':
      return json(202, jobView(result.job, deps.clock.now()))
    case 'conflict':
      throw new HttpProblem(409, result.why)
    case 'not-found':
      throw notFound()
  }
}

async function found(deps: ApiDeps, caller: Caller, event: APIGatewayProxyEventV2): Promise<Job> {
  const job = await deps.store.get(refOf(caller, event))
  if (job === undefined) throw notFound()
  return job
}

/** The caller's team is part of the key: another team's id names nothing, and answers as one that never was. */
function refOf(caller: Caller, event: APIGatewayProxyEventV2) {
  const jobId = event.pathParameters?.['id'] ?? ''
  if (!JOB_ID_PATTERN.test(jobId)) throw notFound()
  return { team: caller.team, jobId }
}

const notFound = () => new HttpProblem(404, 'There is no such job.')
