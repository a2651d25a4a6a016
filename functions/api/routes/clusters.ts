/** How clusters stand, and stopping them. What all teams together use is for admins: it would tell one team about others. */
import type { JsonObject } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { describeClusters } from '../../../shared/operations/describe-platform.ts'
import type { ClusterState } from '../../../shared/operations/describe-platform.ts'
import type { Pause, PauseScope } from '../../../shared/operations/ports.ts'
import { resumeAdmission, stopAdmission } from '../../../shared/operations/stop-admission.ts'
import { HttpProblem, json } from '../../../shared/runtime/http.ts'
import { readReason } from '../bodies.ts'
import type { Answer, ApiRequest } from '../route.ts'
import { iso } from './views.ts'

/** All for admins, the team's own for its members. */
export async function listClusters({ deps, caller }: ApiRequest): Promise<Answer> {
  const { platform } = deps
  const own = caller.team === undefined ? [] : (platform.teams[caller.team]?.clusters ?? [])
  const names = caller.isAdmin ? Object.keys(platform.clusters) : own
  const clusters = names.length === 0 ? [] : await describeClusters(deps, names)
  return json(200, { clusters: clusters.map(cluster => clusterView(cluster, caller.isAdmin)) })
}

export async function drainCluster(request: ApiRequest): Promise<Answer> {
  const { deps, caller, event } = request
  const scope = scopeOf(request)
  await stopAdmission(deps, scope, caller.name, readReason(event))
  return describe(request)
}

export async function resumeCluster(request: ApiRequest): Promise<Answer> {
  await resumeAdmission(request.deps, scopeOf(request))
  return describe(request)
}

function scopeOf({ deps, path }: ApiRequest): PauseScope {
  const name = path['name'] ?? ''
  if (!Object.hasOwn(deps.platform.clusters, name))
    throw new HttpProblem('not-found', 'There is no such cluster in the platform file.')
  return { kind: 'cluster', name }
}

async function describe({ deps, path }: ApiRequest): Promise<Answer> {
  const [cluster] = await describeClusters(deps, [path['name'] ?? ''])
  if (cluster === undefined) throw new HttpProblem('not-found', 'There is no such cluster in the platform file.')
  return json(200, clusterView(cluster, true))
}

/** For admins with what all teams use together. */
function clusterView(cluster: ClusterState, forAdmin: boolean): JsonObject {
  const { reachableAt, drain, usage, limits, why, sparkVersions, ...rest } = cluster
  return {
    ...rest,
    sparkVersions: [...sparkVersions],
    ...(why !== undefined && { why }),
    ...(reachableAt !== undefined && { reachableAt: iso(reachableAt) }),
    ...(drain !== undefined && { drain: pauseView(drain) }),
    ...(forAdmin && { usage: { ...usage }, limits: { ...limits } }),
  }
}

export const pauseView = ({ by, at, reason }: Pause): JsonObject => ({ at: iso(at), reason, by })
