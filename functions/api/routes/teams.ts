/** What a team uses, and stopping a team. A team that is not the caller's own is not there, unless an admin asks. */
import type { JsonObject } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { describeTeam } from '../../../shared/operations/describe-platform.ts'
import type { PauseScope } from '../../../shared/operations/ports.ts'
import { resumeAdmission, stopAdmission } from '../../../shared/operations/stop-admission.ts'
import { HttpProblem, json } from '../../../shared/runtime/http.ts'
import { readReason } from '../bodies.ts'
import type { Answer, ApiRequest } from '../route.ts'
import { pauseView } from './clusters.ts'

export async function getUsage(request: ApiRequest): Promise<Answer> {
  const { caller, path } = request
  if (path['team'] !== caller.team && !caller.isAdmin) throw noSuchTeam()
  return json(200, await teamView(request))
}

export async function pauseTeam(request: ApiRequest): Promise<Answer> {
  const { deps, caller, event } = request
  await stopAdmission(deps, scopeOf(request), caller.name, readReason(event))
  return json(200, await teamView(request))
}

export async function resumeTeam(request: ApiRequest): Promise<Answer> {
  await resumeAdmission(request.deps, scopeOf(request))
  return json(200, await teamView(request))
}

const noSuchTeam = (): HttpProblem => new HttpProblem('not-found', 'There is no such team.')

function scopeOf({ deps, path }: ApiRequest): PauseScope & { readonly name: string } {
  const name = path['team'] ?? ''
  if (!Object.hasOwn(deps.platform.teams, name)) throw noSuchTeam()
  return { kind: 'team', name }
}

async function teamView(request: ApiRequest): Promise<JsonObject> {
  const { deps } = request
  const { name } = scopeOf(request)
  const { team, usage, limits, left, spending, paused } = await describeTeam(deps, name)
  const { api, teams } = deps.platform
  return {
    team,
    usage: { ...usage },
    limits: { ...limits },
    left: { ...left },
    requestsPerMinute: teams[name]?.requestsPerMinute ?? api.requestsPerMinute,
    ...(spending !== undefined && { spending: { ...spending } }),
    ...(paused !== undefined && { paused: pauseView(paused) }),
  }
}
