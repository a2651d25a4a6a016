/**
 * The timeline of a job: what its record says happened, in order. The record keeps one time for each step of each attempt,
 * so repeated waits within a step are one entry.
 */
import type { JsonObject } from './job-spec/canonical-spec.ts'
import { isTerminal } from './job-state.ts'
import type { Attempt, Job } from './job.ts'

/** One thing that happened; `at` is epoch milliseconds. */
interface TimelineEntry {
  readonly at: number
  readonly event: string
  readonly attempt?: number
  readonly reason?: string
  readonly message?: string
}

/** Oldest first; equal times stay in the order in which the steps follow each other. */
export function timelineOf(job: Job): readonly JsonObject[] {
  const entries = [...beginning(job), ...job.attempts.flatMap(attemptEntries), ...ending(job)]
  return entries
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, ...entry }) => ({ at: new Date(at).toISOString(), ...entry }))
}

function beginning(job: Job): readonly TimelineEntry[] {
  const event = job.state === 'REJECTED' ? 'rejected' : 'submitted'
  return [{ at: job.createdAt, event, message: `By ${job.trigger.kind}.` }]
}

const ATTEMPT_STEPS = [
  ['submittingAt', 'submitting'],
  ['createdAt', 'created'],
  ['runningAt', 'running'],
  ['endedAt', 'ended'],
  ['goneAt', 'gone'],
  ['abandonedAt', 'abandoned'],
] as const satisfies readonly (readonly [keyof Attempt, string])[]

function attemptEntries(attempt: Attempt): readonly TimelineEntry[] {
  return ATTEMPT_STEPS.flatMap(([field, event]) => {
    const at = attempt[field]
    if (at === undefined) return []
    const { number, reason, message } = attempt
    const told = event === 'ended' && { ...(reason && { reason }), ...(message !== undefined && { message }) }
    return [{ at, event, attempt: number, ...told }]
  })
}

function ending(job: Job): readonly TimelineEntry[] {
  const { stop, reopenedAt, state, stateSince, reason, message, attempt } = job
  return [
    ...(stop === undefined
      ? []
      : [{ at: stop.requestedAt, event: 'stop-requested', reason: stop.reason, message: stop.message }]),
    ...(reopenedAt === undefined ? [] : [{ at: reopenedAt, event: 'retry-requested', attempt }]),
    ...(isTerminal(state) && state !== 'REJECTED'
      ? [{ at: stateSince, event: state.toLowerCase().replace('_', '-'), reason, message }]
      : []),
  ]
}
