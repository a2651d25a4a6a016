/** What must be true when the faults are over and everything had its time. */
import { costOf, pricesOf } from '../../shared/domain/cost.ts'
import type { Job } from '../../shared/domain/job.ts'
import { isTerminal } from '../../shared/domain/job-state.ts'
import { isLive } from './simulated-operator.ts'
import type { World } from './world.ts'

/** Tells the judge of every promise that was not kept in the end. */
export function judgeEnd(world: World): void {
  const jobs = world.table.jobs()
  const byId = new Map(jobs.map(job => [job.jobId, job]))
  for (const jobId of world.judge.accepted())
    if (!byId.has(jobId)) world.judge.violate('I3', `${jobId} was accepted and is gone`)
  for (const job of jobs) judgeJob(world, job)
  judgeSpending(world, jobs)
  judgeMessages(world)
  // What lies in a dead-letter queue waits for a person.
  if (world.deadLetters() > 0) return
  for (const [what, jobId] of world.people.expected)
    if (jobId === undefined) world.judge.violate('L5', `${what} has no job`)
}

/** A team's month is the sum of its jobs, and a job that is over has told what its attempts cost. */
function judgeSpending({ judge, settings: { platform }, table }: World, jobs: readonly Job[]): void {
  for (const name of Object.keys(platform.teams)) {
    const own = jobs.filter(({ team }) => team === name)
    const told = own.reduce((sum, { spent = 0 }) => sum + spent, 0)
    const counted = Object.values(table.admission.spentOf(name)).reduce((sum, amount) => sum + amount, 0)
    if (Math.abs(told - counted) > LEAST_AMOUNT)
      judge.violate('I22', `team ${name} has spent ${counted}, and its jobs ${told}`)
  }
  for (const job of jobs.filter(({ state }) => isTerminal(state))) {
    const cost = costOf(job, job.updatedAt, pricesOf(platform))?.amount ?? 0
    if (Math.abs(cost - (job.spent ?? 0)) > LEAST_AMOUNT)
      judge.violate('I22', `${job.jobId} cost ${cost}, and ${job.spent ?? 0} is counted`)
  }
}

const LEAST_AMOUNT = 1e-5

function judgeJob(world: World, job: Job): void {
  const { judge } = world
  if (!isTerminal(job.state)) {
    judge.violate('L1', `${job.jobId} is ${job.state} (${job.reason}) in the end`)
    return
  }
  if (world.people.cancelled.has(job.jobId) && job.state !== 'CANCELLED')
    judge.violate('L2', `the cancel of ${job.jobId} was taken, and it became ${job.state}`)
  if (world.settings.notifies && !world.inbox.told.has(JSON.stringify(`${job.jobId}#${job.attempt}#${job.state}`)))
    judge.violate('L5', `nobody was told that ${job.jobId} became ${job.state}`)
  if (world.settings.notifies && !world.inbox.kept.has(JSON.stringify([job.jobId, job.attempt])))
    judge.violate('L5', `the end of ${job.jobId} as ${job.state} is not in the archive`)
  judgeLeftovers(world, job)
}

function judgeLeftovers(world: World, job: Job): void {
  const { drivers, objects } = world.judge.seenOf(job)
  const mayStay = job.state === 'SUCCEEDED' || job.state === 'FAILED'
  for (const object of objects) {
    const isLast = object.identity.attempt === job.attempt
    // Of one that was given up the next list tells, which may be a day away.
    if (world.judge.rooms.isGivenUp(object)) continue
    if (!object.deleted && !(mayStay && isLast))
      world.judge.violate('L4', `${object.name} is left of ${job.jobId} (${job.state}/${job.attempt})`)
  }
  // Of an outsider's object only the watch tells, once, and only while a job is active: when the observer dies, or loses its
  // message or its place in the chain, the object stays until the next activity, which a short scenario does not have.
  // So it does when its message failed too often, because the cluster was away for a quarter of an hour.
  const { injected, effects } = world.plan
  const isLost =
    world.deadLetters() > 0 ||
    injected.some(
      ({ at, kind }) => kind === 'drop' || kind === 'kill' || (kind === 'lost' && effects[at] === 'observers.advance'),
    )
  for (const pod of drivers.filter(isLive)) {
    if ((pod.application.createdBy === 'outsider' && isLost) || world.judge.rooms.isGivenUp(pod.application)) continue
    world.judge.violate('L4', `${pod.name} lives on after ${job.state}`)
  }
}

/** An object of ours whose job nobody knows goes when a day has passed. */
export function judgeUnknown(world: World): void {
  const { injected, effects } = world.plan
  // Then the next list asks again, a day later.
  if (injected.some(({ at, kind }) => kind === 'drop' && effects[at] === 'reconcileQueue.askForRemoval')) return
  for (const cluster of world.clusters.values())
    for (const { name, identity } of cluster.applications.values())
      if (identity.jobId !== undefined && !world.judge.knows(identity.jobId))
        world.judge.violate('L4', `${name} is left on ${cluster.name}, and nobody knows its job`)
}

function judgeMessages(world: World): void {
  const { reconcile, observe } = world.services
  for (const [name, queue] of Object.entries({ reconcile, observe, intake: world.intake })) {
    if (queue.messages.size > 0) world.judge.violate('L3', `${queue.messages.size} messages are left in ${name}`)
  }
  if (world.deadLetters() > 0 && !world.settings.mayDie)
    world.judge.violate('L3', `${world.deadLetters()} dead letters`)
  if (!world.functions.isToldOut) world.judge.violate('L3', 'changes are not told')
}
