/** The decision about the jobs that a job depends on: go on, wait, or give up. Pure. */
import type { Job } from '../job.ts'
import { isTerminal } from '../job-state.ts'
import { joinQueue } from './next-step.ts'
import { record, waitUntil } from './step.ts'
import type { NextStep } from './step.ts'

/** Ends are told by messages; this look finds those whose message was lost. */
const LOOK_SECONDS = 300

/** `found` are the jobs of `dependsOn`, in its order; undefined for one that is not there (any more). */
export function decideDependencies(job: Job, found: readonly (Job | undefined)[], now: number): NextStep {
  const { jobs = [], when = 'all-succeeded' } = job.dependsOn ?? {}
  for (const [index, jobId] of jobs.entries()) {
    const dependency = found[index]
    if (dependency === undefined) return giveUp(job, `Job ${jobId}, which it depends on, is not there any more.`, now)
    const failed = isTerminal(dependency.state) && dependency.state !== 'SUCCEEDED'
    if (failed && when === 'all-succeeded')
      return giveUp(job, `Job ${jobId} (${dependency.name}), which it depends on, ended as ${dependency.state}.`, now)
  }
  const waits = found.filter(dependency => dependency !== undefined && !isTerminal(dependency.state))
  const [first, ...more] = waits
  if (first === undefined) return joinQueue(job, now)
  const others = more.length === 0 ? '' : ` and ${more.length} more`
  const message = `Waits for job ${first.jobId} (${first.name}, ${first.state})${others}.`
  const waiting = { ...job, message }
  return waitUntil(waiting, Math.min(now + LOOK_SECONDS * 1000, deadlineOf(job)), 'WAITING_FOR_DEPENDENCY', message)
}

/** A millisecond after: at the deadline itself it has not passed. */
const deadlineOf = (job: Job): number => job.stateSince + job.deadlines.queuedSeconds * 1000 + 1

const giveUp = (job: Job, message: string, now: number): NextStep =>
  record(job, { state: 'FAILED', stateSince: now, reason: 'DEPENDENCY_FAILED', message }, now)
