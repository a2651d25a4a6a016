/**
 * Who goes next, and where. Pure: from the heads of the queue, the usage of teams and clusters, and the clusters' health,
 * a list of admissions and, for what stays, why it stays.
 *
 * Order: effective priority (a waiting job rises one class every `RAISE_AFTER_SECONDS`, so nobody starves), then the
 * team with the smallest share of its limits, then age. A job that has waited long for room on a full cluster closes it for
 * jobs that come after it, so that small ones do not keep a large one out for ever.
 */
import { PRIORITIES } from '../job-spec/canonical-spec.ts'
import type { Priority } from '../job-spec/canonical-spec.ts'
import type { JobRef } from '../job.ts'
import { addJob, brokenLimit, shareOf } from './claim.ts'
import type { JobSize, Limits, Usage } from './claim.ts'

/** Waiting this long raises a job by one priority. */
const RAISE_AFTER_SECONDS = 600
/** After this long the first in line keeps a full cluster free of those behind it. */
const RESERVE_AFTER_SECONDS = 300

export interface QueuedJob extends JobRef {
  readonly priority: Priority
  /** When it joined the queue, epoch milliseconds. */
  readonly readyAt: number
  readonly size: JobSize
}

/** Jobs that only differ in age: same team, clusters and priority, oldest first; perhaps only the first few. */
export interface Lane {
  readonly team: string
  /** Names of the clusters that its jobs may run on. */
  readonly clusters: readonly string[]
  readonly jobs: readonly QueuedJob[]
}

export interface TeamRoom {
  readonly usage: Usage
  readonly limits: Limits
  /** Somebody stopped the admission of this team, and why. */
  readonly paused?: string
}

export interface ClusterRoom {
  readonly usage: Usage
  readonly limits: Limits
  /** Submissions that its operator can be offered in this pass. */
  readonly turns: number
  /** It did not answer of late; one may try, if no other cluster will do. */
  readonly doubtful?: true
  /** Why it takes no new attempts: draining, off, or not healthy. */
  readonly closed?: string
}

export interface Admission {
  readonly job: QueuedJob
  readonly cluster: string
  /** One sentence for the job's record. */
  readonly why: string
}

/** Why the first job of a lane stays. */
export interface Blocked {
  readonly lane: Lane
  readonly kind: 'team-limit' | 'team-paused' | 'cluster-limit' | 'cluster-closed' | 'rate'
  readonly why: string
}

export interface AdmissionInput {
  readonly now: number
  readonly lanes: readonly Lane[]
  readonly teams: ReadonlyMap<string, TeamRoom>
  readonly clusters: ReadonlyMap<string, ClusterRoom>
  /** At most so many admissions in one pass. */
  readonly most: number
}

export interface Admissions {
  readonly admitted: readonly Admission[]
  readonly blocked: readonly Blocked[]
}

export function decideAdmissions(input: AdmissionInput): Admissions {
  const admitted: Admission[] = []
  const blocked: Blocked[] = []
  const state = { ...input, teams: new Map(input.teams), clusters: new Map(input.clusters) }
  const heads = new Map(input.lanes.map(lane => [lane, 0]))
  while (admitted.length < input.most) {
    const lane = firstLane(state, heads)
    if (lane === undefined) break
    const position = heads.get(lane) ?? 0
    const job = lane.jobs[position]
    if (job === undefined) break
    const placed = place(state, lane, job)
    if ('kind' in placed) {
      blocked.push(placed)
      heads.delete(lane)
      continue
    }
    admitted.push(placed)
    if (position + 1 < lane.jobs.length) heads.set(lane, position + 1)
    else heads.delete(lane)
  }
  return { admitted, blocked }
}

interface Rooms {
  readonly now: number
  readonly teams: Map<string, TeamRoom>
  readonly clusters: Map<string, ClusterRoom>
}

/** The lane whose head goes first. A linear look: lanes are few, jobs are many. */
function firstLane(rooms: Rooms, heads: ReadonlyMap<Lane, number>): Lane | undefined {
  let best: { readonly lane: Lane; readonly rank: readonly number[] } | undefined
  for (const [lane, position] of heads) {
    const job = lane.jobs[position]
    if (job === undefined) continue
    const team = rooms.teams.get(lane.team)
    const share = team === undefined ? 0 : shareOf(team.usage, team.limits)
    const rank = [-effectivePriority(job, rooms.now), share, team?.usage.jobs ?? 0, job.readyAt]
    if (best === undefined || isBefore(rank, best.rank)) best = { lane, rank }
  }
  return best?.lane
}

function isBefore(left: readonly number[], right: readonly number[]): boolean {
  const at = left.findIndex((value, index) => value !== right[index])
  return at !== -1 && (left[at] ?? 0) < (right[at] ?? 0)
}

/** 0 (low) … 2 (high); the wait counts. */
export function effectivePriority(job: Pick<QueuedJob, 'priority' | 'readyAt'>, now: number): number {
  const raised = Math.floor(Math.max(0, now - job.readyAt) / (RAISE_AFTER_SECONDS * 1000))
  return Math.min(PRIORITIES.indexOf(job.priority) + raised, PRIORITIES.length - 1)
}

/** Takes the room for one job, or says why there is none. */
function place(rooms: Rooms, lane: Lane, job: QueuedJob): Admission | Blocked {
  const team = rooms.teams.get(lane.team)
  if (team?.paused !== undefined) return { lane, kind: 'team-paused', why: team.paused }
  const over = team && brokenLimit(team.usage, team.limits, job.size)
  if (over !== undefined) return { lane, kind: 'team-limit', why: `Team ${lane.team}: ${over}.` }
  const trouble: Omit<Blocked, 'lane'>[] = []
  const fitting: { readonly name: string; readonly room: ClusterRoom }[] = []
  for (const name of lane.clusters) {
    const room = rooms.clusters.get(name)
    const why = room === undefined ? unknownCluster(name) : troubleOf(name, room, job)
    if (why === undefined && room !== undefined) fitting.push({ name, room })
    else if (why !== undefined) trouble.push(why)
  }
  const chosen = fitting.toSorted(
    (a, b) =>
      Number(a.room.doubtful ?? false) - Number(b.room.doubtful ?? false) ||
      freeShare(b.room) - freeShare(a.room) ||
      spread(job, a.name) - spread(job, b.name),
  )[0]
  if (chosen === undefined) {
    reserve(rooms, lane, job)
    const worst = trouble.find(({ kind }) => kind === 'rate') ?? trouble.find(({ kind }) => kind === 'cluster-limit')
    return { lane, ...(worst ?? trouble[0] ?? unknownCluster('none')) }
  }
  if (team !== undefined) rooms.teams.set(lane.team, { ...team, usage: addJob(team.usage, job.size) })
  const { name, room } = chosen
  rooms.clusters.set(name, { ...room, usage: addJob(room.usage, job.size), turns: room.turns - 1 })
  return { job, cluster: name, why: whyChosen(lane, name, room, trouble) }
}

const unknownCluster = (name: string): Omit<Blocked, 'lane'> => ({
  kind: 'cluster-closed',
  why: `Cluster ${name} is not in the platform file.`,
})

function troubleOf(name: string, room: ClusterRoom, job: QueuedJob): Omit<Blocked, 'lane'> | undefined {
  if (room.closed !== undefined) return { kind: 'cluster-closed', why: `Cluster ${name}: ${room.closed}.` }
  const over = brokenLimit(room.usage, room.limits, job.size)
  if (over !== undefined) return { kind: 'cluster-limit', why: `Cluster ${name}: ${over}.` }
  if (room.turns < 1) return { kind: 'rate', why: `Cluster ${name}: its operator takes no more submissions just now.` }
  return undefined
}

/** Free part of the limits, 0 … 1; turns break the tie of clusters without limits. */
const freeShare = (room: ClusterRoom): number => 1 - shareOf(room.usage, room.limits) + Math.min(room.turns, 1e6) / 1e9

/**
 * Between equals each job has an order of its own: passes that run at once and see the same do not all choose the same cluster.
 * FNV-1a, 32 bits.
 */
function spread({ jobId }: QueuedJob, cluster: string): number {
  let hash = 0x811c9dc5
  for (const letter of `${jobId} ${cluster}`) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0
  return hash
}

/** The first in line has waited long: nobody behind it takes the room that it waits for. */
function reserve(rooms: Rooms, lane: Lane, job: QueuedJob): void {
  if (rooms.now - job.readyAt < RESERVE_AFTER_SECONDS * 1000) return
  for (const name of lane.clusters) {
    const room = rooms.clusters.get(name)
    if (room === undefined || room.closed !== undefined || brokenLimit(room.usage, room.limits, job.size) === undefined)
      continue
    rooms.clusters.set(name, { ...room, closed: 'room is kept for a job that has waited longer' })
  }
}

function whyChosen(lane: Lane, name: string, room: ClusterRoom, trouble: readonly Omit<Blocked, 'lane'>[]): string {
  if (lane.clusters.length === 1) return `Cluster ${name} is the only one that the job may run on.`
  const free = Math.round((1 - shareOf(room.usage, room.limits)) * 100)
  const others = trouble.map(({ why }) => why).join(' ')
  return `Cluster ${name} had the most room (${free} % free). ${others}`.trim()
}
