/** describeClusters and describeTeam: how clusters and teams stand now, from the records that admission decides by. */
import { circuitOf } from '../domain/admission/cluster-health.ts'
import type { JobSize, Limits, Usage } from '../domain/admission/claim.ts'
import { spendingOf } from '../domain/admission/spending.ts'
import type { Spending } from '../domain/admission/spending.ts'
import type { Cluster, Platform } from '../domain/platform/platform.ts'
import { clusterRoom, teamRoom } from './admit-jobs.ts'
import type { AdmissionStore, Clock, Pause } from './ports.ts'

export interface DescribeDeps {
  readonly platform: Platform
  readonly admission: AdmissionStore
  readonly clock: Clock
}

export interface ClusterState {
  readonly name: string
  readonly region: string
  /** As the platform file says. */
  readonly state: Cluster['state']
  /** Whether it takes new attempts now; `why` not. */
  readonly admits: boolean
  readonly why?: string
  readonly api: 'answering' | 'trying' | 'not-answering'
  readonly reachableAt?: number
  /** From a create to its submission by the operator, smoothed. */
  readonly lagMilliseconds?: number
  readonly sparkVersions: readonly string[]
  readonly drain?: Pause
  /** What all teams together use. */
  readonly usage: Usage
  readonly limits: Limits
}

/** Clusters of the platform file, in the order asked for. */
export async function describeClusters(deps: DescribeDeps, names: readonly string[]): Promise<readonly ClusterState[]> {
  const now = deps.clock.now()
  const rooms = await deps.admission.readRooms([], names)
  return names.flatMap(name => {
    const cluster = Object.hasOwn(deps.platform.clusters, name) ? deps.platform.clusters[name] : undefined
    const [, room] = clusterRoom(deps, rooms, name, now)[0] ?? []
    if (cluster === undefined || room === undefined) return []
    const { health, observer } = rooms.clusters.get(name) ?? { health: { failures: 0 } }
    const { reachableAt, lagMilliseconds } = observer ?? {}
    const circuit = circuitOf({ now, ...health, reachableAt })
    const drain = rooms.pauses.find(({ scope }) => scope.kind === 'cluster' && scope.name === name)
    return [
      {
        name,
        region: cluster.region,
        state: cluster.state,
        admits: room.closed === undefined,
        ...(room.closed !== undefined && { why: room.closed }),
        api: API_WORDS[circuit.state],
        ...(reachableAt !== undefined && { reachableAt }),
        ...(lagMilliseconds !== undefined && { lagMilliseconds }),
        sparkVersions: cluster.sparkVersions,
        ...(drain !== undefined && { drain }),
        usage: room.usage,
        limits: room.limits,
      },
    ]
  })
}

const API_WORDS = { closed: 'answering', 'half-open': 'trying', open: 'not-answering' } as const

export interface TeamState {
  readonly team: string
  readonly usage: Usage
  readonly limits: Limits
  readonly left: Limits
  /** Where the platform file has prices for it. */
  readonly spending?: Spending
  readonly paused?: Pause
}

export async function describeTeam(deps: DescribeDeps, team: string): Promise<TeamState> {
  const rooms = await deps.admission.readRooms([team], [])
  const now = deps.clock.now()
  const { limits, usage } = teamRoom(deps, rooms, team, now)
  const spending = spendingOf(deps.platform, team, rooms.teams.get(team)?.spent ?? {}, now)
  const paused = rooms.pauses.find(
    ({ scope }) => scope.kind === 'everything' || (scope.kind === 'team' && scope.name === team),
  )
  const left = leftOf(limits, usage)
  return { team, usage, limits, left, ...(spending && { spending }), ...(paused !== undefined && { paused }) }
}

const DIMENSIONS = ['jobs', 'cores', 'memoryMiB'] as const

/** What limits leave after one more job of this size (none: what they leave now); below zero where it does not fit. */
export function leftOf(limits: Limits, usage: Usage, size?: JobSize): Limits {
  const more = size === undefined ? { jobs: 0, cores: 0, memoryMiB: 0 } : { jobs: 1, ...size }
  return Object.fromEntries(
    DIMENSIONS.flatMap(dimension => {
      const limit = limits[dimension]
      return limit === undefined ? [] : [[dimension, limit - usage[dimension] - more[dimension]]]
    }),
  )
}
