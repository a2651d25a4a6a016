/**
 * The API's one table: API Gateway's route keys, who may take each, which query it knows, what runs. Infra makes its routes from
 * the keys, scripts/generate-openapi.ts the document from all of it.
 */
import { JOB_ID_PATTERN } from '../../shared/domain/job-identity.ts'
import type { JobRef } from '../../shared/domain/job.ts'
import { CATCH_ALL } from './fallback.ts'
import { LIST_PARAMETERS, LOG_PARAMETERS } from './query.ts'
import { teamOfMember } from './route.ts'
import type { ApiRequest, JobHandler, Route } from './route.ts'
import { getHealth, getOpenApi, whoAmI } from './routes/about.ts'
import { cancel, retry } from './routes/change-job.ts'
import { drainCluster, listClusters, resumeCluster } from './routes/clusters.ts'
import { getLogs } from './routes/job-logs.ts'
import { convertSpec, validateSpec } from './routes/judge-specs.ts'
import { listJobs } from './routes/list-jobs.ts'
import { getJob, listAttempts, listEvents } from './routes/read-job.ts'
import { getSpec } from './routes/read-spec.ts'
import { submitJobs } from './routes/submit-jobs.ts'
import { getUsage, pauseTeam, resumeTeam } from './routes/teams.ts'
import { notFound } from './routes/views.ts'

export const ROUTES: Readonly<Record<string, Route>> = {
  'POST /v1/jobs': decision('submitJob', 'submitter', submitJobs, ['dryRun']),
  'GET /v1/jobs': look('listJobs', 'viewer', listJobs, LIST_PARAMETERS),
  'GET /v1/jobs/{id}': look('getJob', 'viewer', ofJob(getJob), ['wait']),
  'DELETE /v1/jobs/{id}': decision('deleteJob', 'operator', ofJob(cancel)),
  'POST /v1/jobs/{id}/cancel': decision('cancelJob', 'operator', ofJob(cancel)),
  'POST /v1/jobs/{id}/retry': decision('retryJob', 'operator', ofJob(retry)),
  'GET /v1/jobs/{id}/attempts': look('listAttempts', 'viewer', ofJob(listAttempts)),
  'GET /v1/jobs/{id}/events': look('listEvents', 'viewer', ofJob(listEvents)),
  'GET /v1/jobs/{id}/spec': look('getSpec', 'viewer', ofJob(getSpec), ['attempt']),
  'GET /v1/jobs/{id}/logs': look('getLogs', 'viewer', ofJob(getLogs), LOG_PARAMETERS),
  'POST /v1/validate': look('validateSpec', 'viewer', validateSpec),
  'POST /v1/convert': look('convertSpec', 'viewer', convertSpec, ['to']),
  'GET /v1/clusters': look('listClusters', 'identity', listClusters),
  'POST /v1/clusters/{name}/drain': decision('drainCluster', 'admin', drainCluster),
  'POST /v1/clusters/{name}/resume': decision('resumeCluster', 'admin', resumeCluster),
  'GET /v1/teams/{team}/usage': look('getUsage', 'identity', getUsage),
  'POST /v1/teams/{team}/pause': decision('pauseTeam', 'admin', pauseTeam),
  'POST /v1/teams/{team}/resume': decision('resumeTeam', 'admin', resumeTeam),
  'GET /v1/whoami': look('whoAmI', 'identity', whoAmI),
  'GET /v1/healthz': look('getHealth', 'identity', getHealth),
  'GET /v1/openapi.json': look('getOpenApi', 'identity', getOpenApi),
  [CATCH_ALL]: look('none', 'identity', () => Promise.reject(notFound())),
}

function look(id: string, needs: Route['needs'], run: Route['run'], query: readonly string[] = []): Route {
  return { id, needs, query, isDecision: false, run }
}

function decision(id: string, needs: Route['needs'], run: Route['run'], query: readonly string[] = []): Route {
  return { id, needs, query, isDecision: true, run }
}

function ofJob(handler: JobHandler): Route['run'] {
  return async request => handler(request, refOf(request))
}

/** The caller's team is part of the key: another team's id names nothing, and answers as one that never was. */
function refOf(request: ApiRequest): JobRef {
  const caller = { team: teamOfMember(request) }
  const jobId = request.path['id'] ?? ''
  if (!JOB_ID_PATTERN.test(jobId)) throw notFound()
  return { team: caller.team, jobId }
}
