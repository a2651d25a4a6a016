/**
 * submitScheduledJob: a schedule fired. The event names a schedule and a time and nothing else counts: spec and team come
 * from the platform file; (schedule, scheduled time) is the identity, so a repeated event is the same job.
 */
import { scheduleKey } from '../domain/job-identity.ts'
import { submitJob } from './submit-job.ts'
import type { SubmitDeps, Submitted } from './submit-job.ts'

export interface Firing {
  readonly schedule: string
  /** ISO 8601, as the event says. */
  readonly scheduledTime: string
}

export type Fired = Submitted | { readonly outcome: 'ignored'; readonly why: string }

export async function submitScheduledJob(deps: SubmitDeps, firing: Firing): Promise<Fired> {
  const { schedules } = deps.platform
  const schedule = Object.hasOwn(schedules, firing.schedule) ? schedules[firing.schedule] : undefined
  if (schedule === undefined) return { outcome: 'ignored', why: `there is no schedule ${firing.schedule} (any more)` }
  const at = new Date(firing.scheduledTime)
  if (Number.isNaN(at.getTime()))
    return {
      outcome: 'ignored',
      why: `the scheduled time ${JSON.stringify(firing.scheduledTime.slice(0, 40))} is not a time`,
    }
  // One spelling of the time: with and without milliseconds it is the same firing.
  const scheduledTime = at.toISOString()
  return submitJob(deps, {
    team: schedule.team,
    trigger: { kind: 'schedule', schedule: firing.schedule, scheduledTime },
    idempotencyKey: scheduleKey(firing.schedule, scheduledTime),
    content: { kind: 'text', bytes: new TextEncoder().encode(schedule.spec) },
  })
}
