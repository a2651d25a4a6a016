/**
 * admitJobs: one pass over the queue. Reads the heads of its lanes and what room there is, decides (decideAdmissions), and
 * gives each admitted job its room in one write with its claim. Safe to run at any time, by any number of workers: the
 * conditions of the writes keep every limit. The cost of a pass grows with the lanes, not with the jobs.
 */
import { circuitOf, turnInterval } from '../domain/admission/cluster-health.ts'
import { decideAdmissions } from '../domain/admission/decide-admissions.ts'
import type { Admission, Blocked, ClusterRoom, Lane, TeamRoom } from '../domain/admission/decide-admissions.ts'
import { laneKey } from '../domain/admission/lane-key.ts'
import { NO_USAGE } from '../domain/admission/claim.ts'
import { overspent, spendingOf } from '../domain/admission/spending.ts'
import type { Job } from '../domain/job.ts'
import type { Platform } from '../domain/platform/platform.ts'
import type {
  AdmissionPlan,
  AdmissionStore,
  Clock,
  ClusterRecords,
  JobStore,
  Pause,
  ReconcileQueue,
  RoomRecords,
} from './ports.ts'

export interface AdmitDeps {
  readonly platform: Pick<Platform, 'clusters' | 'teams'>
  readonly store: JobStore
  readonly admission: AdmissionStore
  readonly reconcileQueue: ReconcileQueue
  readonly clock: Clock
}

/** Jobs of one lane that one pass looks at: with a few teams enough to fill the horizon of every operator. */
const PER_LANE = 50
/** Admissions of one pass: each is three requests, and a pass shares its function with other messages. */
const MAX_PER_PASS = 100
/** A pass gives out the operators' turns of this time; short, so that a job of high priority soon has its turn. */
const HORIZON_SECONDS = 20
/** Another pass after: turns come back by themselves, room by an end (which asks for a pass), a closed cluster perhaps. */
const NEXT_PASS_SECONDS = { rate: 10, 'cluster-closed': 30, 'team-limit': 60, 'cluster-limit': 60, 'team-paused': 60 }
/** A planned pass that has not run this long after its time was lost. */
const PLAN_GRACE_SECONDS = 15

/** Asks for the admission of a job that has become ready: by a pass at once, unless it is known to wait for the planned one. */
export async function askForAdmission(deps: AdmitDeps, job: Job): Promise<void> {
  const plan = await deps.admission.getPlan()
  const lane: Lane = laneOnlyOf(job)
  const waiting = Object.entries(plan.waiting)
  const comes = plan.plannedAt !== undefined && plan.plannedAt + PLAN_GRACE_SECONDS * 1000 > deps.clock.now()
  if (comes && (plan.waiting[keyOf(lane)] !== undefined || waiting.some(([, { kind }]) => kind === 'rate'))) return
  // Nobody waits: the job is the whole queue, and the index need not be read (nor waited for: it may not show the job yet).
  await pass(deps, { ...(waiting.length === 0 && { lanes: [lane] }), asking: job.jobId })
}

/** Some room is free again: a pass, if anybody waits for room. */
export async function admitAfterRelease(deps: AdmitDeps): Promise<void> {
  const plan = await deps.admission.getPlan()
  // Turns come back by themselves: who waits for them is in the next pass anyway.
  if (Object.values(plan.waiting).some(({ kind }) => kind !== 'rate')) await pass(deps)
}

/** The sweep's look: a pass if one is overdue, or if jobs wait and none is planned. */
export async function ensureAdmission(deps: AdmitDeps, plan: AdmissionPlan): Promise<void> {
  const overdue = (plan.plannedAt ?? 0) + PLAN_GRACE_SECONDS * 1000 < deps.clock.now()
  if (overdue) await pass(deps)
}

/** One pass; `lanes` if they are known. */
export const admitJobs = (deps: AdmitDeps): Promise<void> => pass(deps)

interface Pass {
  /** If they are known. */
  readonly lanes?: readonly Lane[]
  /** The job whose own look this is: it goes on by itself, and a message would only bring a second worker. */
  readonly asking?: string
}

async function pass(deps: AdmitDeps, { lanes: known, asking }: Pass = {}): Promise<void> {
  const plan = await deps.admission.getPlan()
  const lanes = known ?? (await deps.admission.listLanes(PER_LANE))
  const now = deps.clock.now()
  if (lanes.length === 0) return planNext(deps, plan, [], now)
  const teams = [...new Set(lanes.map(({ team }) => team))]
  const clusters = [...new Set(lanes.flatMap(lane => lane.clusters))]
  const rooms = await deps.admission.readRooms(teams, clusters)
  const { admitted, blocked } = decideAdmissions({
    now,
    lanes,
    teams: new Map(teams.map(name => [name, teamRoom(deps, rooms, name, now)])),
    clusters: new Map(clusters.flatMap(name => clusterRoom(deps, rooms, name, now))),
    most: MAX_PER_PASS,
  })
  const taken: string[] = []
  // One after the other: they write the same counters, and transactions that meet there fail.
  for (const each of admitted) taken.push(await admitOne(deps, each, asking))
  const left = [...blocked, ...unfinished(lanes, admitted, blocked, taken)]
  await planNext(deps, plan, left, now)
}

/** Lanes with jobs beyond what this pass looked at or could write: the next pass goes on with them. */
function unfinished(
  lanes: readonly Lane[],
  admitted: readonly Admission[],
  blocked: readonly Blocked[],
  taken: readonly string[],
): Blocked[] {
  const failed = new Set(admitted.filter((_, index) => taken[index] === 'full').map(({ job }) => job))
  return lanes
    .filter(lane => !blocked.some(each => each.lane === lane))
    .filter(lane => lane.jobs.length >= PER_LANE || lane.jobs.some(job => failed.has(job)))
    .map(lane => ({ lane, kind: 'rate', why: 'More jobs wait than one look admits.' }))
}

/** A team's room as admission sees it. */
export function teamRoom(
  { platform }: Pick<AdmitDeps, 'platform'>,
  rooms: RoomRecords,
  name: string,
  now: number,
): TeamRoom {
  const team = Object.hasOwn(platform.teams, name) ? platform.teams[name] : undefined
  const { usage, spent } = rooms.teams.get(name) ?? { usage: NO_USAGE, spent: {} }
  const stopped =
    team === undefined
      ? `Team ${name} is not in the platform file any more.`
      : (pauseOf(rooms.pauses, 'team', name) ?? overspent(spendingOf(platform, name, spent, now), now))
  return {
    usage,
    limits: limitsOf(team?.limits),
    ...(stopped !== undefined && { paused: stopped }),
  }
}

/** A cluster's room as admission sees it; empty for one that is not in the platform file. */
export function clusterRoom(
  { platform }: Pick<AdmitDeps, 'platform'>,
  rooms: RoomRecords,
  name: string,
  now: number,
): readonly (readonly [string, ClusterRoom])[] {
  const cluster = Object.hasOwn(platform.clusters, name) ? platform.clusters[name] : undefined
  const records = rooms.clusters.get(name)
  if (cluster === undefined || records === undefined) return []
  const { usage, health, observer } = records
  const circuit = circuitOf({ now, ...health, reachableAt: observer?.reachableAt })
  const turns = freeTurns(records, turnInterval(cluster.submitsPerSecond, observer?.lagMilliseconds), now)
  const closed =
    pauseOf(rooms.pauses, 'cluster', name) ??
    (cluster.state === 'active' ? undefined : `is ${cluster.state}`) ??
    (circuit.state === 'open' ? notAnswering(circuit.since, circuit.until, now) : undefined)
  const room = {
    usage,
    limits: limitsOf(cluster.limits),
    turns: circuit.state === 'half-open' ? Math.min(turns, 1) : turns,
    ...(circuit.state === 'half-open' && { doubtful: true as const }),
  }
  return [[name, { ...room, ...(closed !== undefined && { closed }) }]]
}

const notAnswering = (since: number, until: number, now: number): string =>
  `its API server has not answered since ${new Date(since).toISOString()}; it is tried again in ${Math.ceil((until - now) / 1000)} s`

function freeTurns({ nextTurn }: ClusterRecords, interval: number, now: number): number {
  const from = Math.max(nextTurn, now)
  return Math.max(0, Math.floor((now + HORIZON_SECONDS * 1000 - from) / interval) + 1)
}

function pauseOf(pauses: readonly Pause[], kind: 'team' | 'cluster', name: string): string | undefined {
  const pause = pauses.find(({ scope }) => scope.kind === 'everything' || (scope.kind === kind && scope.name === name))
  return pause && `stopped by ${pause.by}: ${pause.reason}`
}

/** Without the keys that are undefined. */
const limitsOf = (limits: Platform['teams'][string]['limits'] = {}) =>
  Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined))

async function admitOne(
  deps: AdmitDeps,
  { job: queued, cluster, why }: Admission,
  asking: string | undefined,
): Promise<'saved' | 'conflict' | 'full'> {
  const job = await deps.store.get(queued)
  if (job?.state !== 'QUEUED' || job.readyAt === undefined || job.claim !== undefined) return 'conflict'
  const now = deps.clock.now()
  const { readyAt: _left, ...rest } = job
  const after: Job = {
    ...rest,
    cluster,
    claim: { cluster, ...queued.size, attempt: job.attempt },
    placement: why,
    message: `Admitted to cluster ${cluster}; waits for its turn at the operator.`,
    reason: 'WAITING_FOR_TURN',
    dueAt: now,
    updatedAt: now,
  }
  const limits = {
    team: limitsOf(deps.platform.teams[job.team]?.limits),
    cluster: limitsOf(deps.platform.clusters[cluster]?.limits),
  }
  const saved = await deps.admission.admit(job, after, limits)
  if (saved.outcome === 'saved' && job.jobId !== asking) await deps.reconcileQueue.send([job], 0)
  return saved.outcome
}

/** Records who waits for what, and sees to the next pass if somebody does. */
async function planNext(deps: AdmitDeps, plan: AdmissionPlan, left: readonly Blocked[], now: number): Promise<void> {
  const waiting = Object.fromEntries(left.map(({ lane, kind, why }) => [keyOf(lane), { kind, why }]))
  const soonest = Math.min(...left.map(({ kind }) => NEXT_PASS_SECONDS[kind]))
  const next = left.length === 0 ? undefined : now + soonest * 1000
  const planned = plan.plannedAt !== undefined && plan.plannedAt > now && plan.plannedAt <= (next ?? 0)
  const same = JSON.stringify(plan.waiting) === JSON.stringify(waiting)
  if (same && (planned || next === undefined)) return
  const plannedAt = planned ? plan.plannedAt : next
  const saved = await deps.admission.savePlan(plan, {
    version: plan.version,
    waiting,
    ...(plannedAt !== undefined && { plannedAt }),
    ...(plan.recountedAt !== undefined && { recountedAt: plan.recountedAt }),
    ...(plan.suspects !== undefined && { suspects: plan.suspects }),
  })
  // Who was first has planned.
  if (saved === 'saved' && !planned && next !== undefined) await deps.reconcileQueue.askForPass(soonest)
}

const keyOf = ({ team, clusters, jobs }: Lane): string =>
  laneKey({ team, clusters, priority: jobs[0]?.priority ?? 'normal' })

function laneOnlyOf(job: Job): Lane {
  const { team, jobId, cluster, clusters = [cluster], priority = 'normal', readyAt = 0 } = job
  const size = job.size ?? { cores: 0, memoryMiB: 0 }
  return { team, clusters: clusters.toSorted(), jobs: [{ team, jobId, priority, readyAt, size }] }
}
