/**
 * The part of the judge that is about room and places: limits and their counters, stops, lost clusters, dependencies. It keeps
 * its own sums of what the table's versions say, and the times at which clusters really answered.
 */
import type { Limits, Usage } from '../../shared/domain/admission/claim.ts'
import { addJob, brokenLimit, NO_USAGE } from '../../shared/domain/admission/claim.ts'
import type { Attempt, Job } from '../../shared/domain/job.ts'
import { isTerminal } from '../../shared/domain/job-state.ts'
import type { JobState } from '../../shared/domain/job-state.ts'
import type { Platform } from '../../shared/domain/platform/platform.ts'
import type { PauseScope, UsageOwner } from '../../shared/operations/ports.ts'
import type { SimulatedApplication } from './simulated-cluster.ts'

export interface RoomSettings {
  readonly platform: Platform
  readonly now: () => number
  readonly violate: (invariant: 'I18' | 'I19' | 'I20' | 'I21' | 'I22' | 'I23', message: string) => void
}

/** Messages for one job within a window of milliseconds: more is a loop that feeds itself. */
const MAX_ASKS = 60
const ASK_WINDOW = 10_000
/** Milliseconds: what a worker knows is at most as old as its time limit, and its clock half a second off. */
const WORKER_AGE = 35_000
/** Milliseconds: what a cluster answers was true this long ago at most (the client's time-out). */
const ANSWER_AGE = 10_000

export interface ClusterAnswer {
  readonly cluster: string
  /** Of the object. */
  readonly name: string
  readonly at: number
}

export class RoomJudge {
  private readonly settings: RoomSettings
  private readonly holders = new Map<string, Job>()
  private readonly stops = new Map<string, number>()
  private readonly ends = new Map<string, Set<JobState>>()
  /** Times of answers about an object, newest last; those that no question can turn on any more are dropped. */
  private readonly answers = new Map<string, number[]>()
  private readonly asks = new Map<string, { since: number; count: number }>()
  private readonly givenUp = new Set<string>()
  private readonly unseen = new Set<string>()

  constructor(settings: RoomSettings) {
    this.settings = settings
  }

  jobWritten(before: Job | undefined, after: Job): void {
    const { violate } = this.settings
    if (after.claim !== undefined) this.holders.set(after.jobId, after)
    else this.holders.delete(after.jobId)
    const what = `${after.jobId} ${after.state}/${after.attempt}`
    if (isTerminal(after.state)) {
      this.ends.set(after.jobId, (this.ends.get(after.jobId) ?? new Set()).add(after.state))
      if (after.claim !== undefined) violate('I22', `${what} is over and holds room`)
      if (after.reason === 'DEPENDENCY_FAILED' && !this.hasFailedDependency(after))
        violate('I20', `${what} was given up, and what it depends on had not failed`)
    }
    const isNew = after.claim !== undefined && JSON.stringify(before?.claim) !== JSON.stringify(after.claim)
    if (isNew) this.judgeClaim(after, after.claim.cluster, what)
    for (const attempt of after.attempts) {
      const known = before?.attempts.find(({ number }) => number === attempt.number)
      if (attempt.abandonedAt !== undefined && known?.abandonedAt === undefined) this.judgeGivingUp(after, attempt)
    }
  }

  private judgeClaim(job: Job, cluster: string, what: string): void {
    const { platform, violate } = this.settings
    const owners: readonly [UsageOwner, Limits][] = [
      [{ kind: 'team', name: job.team }, limitsOf(platform.teams[job.team]?.limits)],
      [{ kind: 'cluster', name: cluster }, limitsOf(platform.clusters[cluster]?.limits)],
    ]
    for (const [owner, limits] of owners) {
      // One more of no size: breaks what is already over the limit.
      const { jobs, ...size } = this.claimed(owner)
      const broken = brokenLimit({ ...size, jobs: jobs - 1 }, limits, { cores: 0, memoryMiB: 0 })
      if (broken !== undefined) violate('I18', `${what}: ${owner.kind} ${owner.name}: ${broken} before this one`)
      const since = this.stops.get(`${owner.kind}#${owner.name}`) ?? this.stops.get('everything')
      if (since !== undefined && this.settings.now() - since > WORKER_AGE)
        violate('I21', `${what} was admitted although ${owner.kind} ${owner.name} is stopped`)
    }
    if (platform.clusters[cluster]?.state !== 'active') violate('I21', `${what} was admitted to ${cluster}`)
  }

  /** The sum of what is claimed of this owner. */
  claimed({ kind, name }: UsageOwner): Usage {
    let usage = NO_USAGE
    for (const { team, claim } of this.holders.values())
      if (claim !== undefined && name === (kind === 'team' ? team : claim.cluster)) usage = addJob(usage, claim)
    return usage
  }

  /** What the counter of an owner says. */
  counted(owner: UsageOwner, usage: Usage): void {
    const claimed = this.claimed(owner)
    const off = (['jobs', 'cores', 'memoryMiB'] as const).some(each => Math.abs(claimed[each] - usage[each]) > 1e-6)
    if (off)
      this.settings.violate(
        'I22',
        `${owner.kind} ${owner.name} counts ${usage.jobs} jobs, and ${claimed.jobs} hold room`,
      )
  }

  private hasFailedDependency({ dependsOn }: Job): boolean {
    return (dependsOn?.jobs ?? []).some(id => [...(this.ends.get(id) ?? [])].some(state => state !== 'SUCCEEDED'))
  }

  paused(scope: PauseScope, since: number | undefined): void {
    const key = scope.kind === 'everything' ? scope.kind : `${scope.kind}#${scope.name}`
    if (since === undefined) this.stops.delete(key)
    else this.stops.set(key, since)
  }

  /** A message for this job was sent. */
  asked(jobId: string): void {
    const now = this.settings.now()
    const ask = this.asks.get(jobId)
    if (ask === undefined || now - ask.since > ASK_WINDOW) this.asks.set(jobId, { since: now, count: 1 })
    else if (++ask.count > MAX_ASKS) this.settings.violate('I23', `${jobId}: ${ask.count} messages`)
  }

  /** A worker got an answer about an object, and lived to write a job after it: what nobody wrote nobody knows. */
  answered({ cluster, name, at }: ClusterAnswer): void {
    const key = `${cluster}/${name}`
    const times = this.answers.get(key) ?? []
    this.answers.set(key, times)
    const newest = times.at(-1)
    // One a second is enough to know when it answered.
    if (newest === undefined || at - newest > 1_000) times.push(at)
  }

  /** A worker asked about an object in vain. */
  unanswered(cluster: string, name: string): void {
    this.unseen.add(`${cluster}/${name}`)
  }

  /** An outsider applied it, and the cluster failed a question about it: the gateway may learn of it too late. */
  isUnseen({ cluster, name, createdBy }: SimulatedApplication): boolean {
    return createdBy === 'outsider' && this.unseen.has(`${cluster}/${name}`)
  }

  private judgeGivingUp(job: Job, attempt: Attempt): void {
    const { platform, now, violate } = this.settings
    const cluster = attempt.cluster ?? job.cluster
    const key = `${cluster}/${attempt.objectName}`
    this.givenUp.add(key)
    const what = `attempt ${attempt.number} of ${job.jobId} on ${cluster} was given up`
    if (platform.teams[job.team]?.onClusterLost !== 'move') violate('I19', `${what}, and its team waits`)
    const from = now() - platform.clusterLostSeconds * 1000 + ANSWER_AGE
    const answer = (this.answers.get(key) ?? []).findLast(at => at < now() - WORKER_AGE)
    if (answer !== undefined && answer > from)
      violate('I19', `${what}, and its cluster answered ${Math.round((now() - answer) / 1000)} s ago`)
  }

  /** Whether the record gave this object up (as it may, or it was told as a violation). */
  isGivenUp({ cluster, name }: SimulatedApplication): boolean {
    return this.givenUp.has(`${cluster}/${name}`)
  }

  /** The gateway created an object of this job, which stands so in the table. */
  created({ cluster, name, identity }: SimulatedApplication, job: Job): void {
    const { violate } = this.settings
    const hasRoom = job.claim?.cluster === cluster && job.claim.attempt === identity.attempt
    if (!hasRoom && !isTerminal(job.state)) violate('I18', `${name} was created on ${cluster} without room there`)
    const { jobs = [], when = 'all-succeeded' } = job.dependsOn ?? {}
    for (const id of jobs) {
      const ends = this.ends.get(id)
      if (ends === undefined || (when === 'all-succeeded' && !ends.has('SUCCEEDED')))
        violate('I20', `${name} was created, and ${id} had not ended as it must (${[...(ends ?? [])].join()})`)
    }
  }
}

/** Without the keys that are undefined. */
const limitsOf = (limits: Platform['teams'][string]['limits'] = {}): Limits =>
  Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined))
