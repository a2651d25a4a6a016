/** The two shapes in which a schedule fires → schedule and scheduled time. */
import type { Firing } from '../../shared/operations/submit-scheduled-job.ts'

/** Thrown for an event of another shape: a wrong target or a forgery, for a person to see. */
export class UnknownFiringError extends Error {
  override readonly name = 'UnknownFiringError'
}

/** The prefix of the names under which schedules of the platform file are deployed. */
export const SCHEDULE_NAME_PREFIX = 'sparkgate-'

export function readFiring(event: unknown): Firing {
  const fields = typeof event === 'object' && event !== null ? (event as Record<string, unknown>) : {}
  // EventBridge Scheduler: the input that infra sets, `{"schedule": NAME, "scheduledTime": "<aws.scheduler.scheduled-time>"}`.
  if (typeof fields['schedule'] === 'string' && typeof fields['scheduledTime'] === 'string') {
    return { schedule: fields['schedule'], scheduledTime: fields['scheduledTime'] }
  }
  if (fields['detail-type'] === 'Scheduled Event' && typeof fields['time'] === 'string') {
    const [arn] = Array.isArray(fields['resources']) ? (fields['resources'] as unknown[]) : []
    const name = typeof arn === 'string' ? /:rule\/(?:[^/]+\/)?([^/]+)$/.exec(arn)?.[1] : undefined
    if (name !== undefined)
      return {
        schedule: name.startsWith(SCHEDULE_NAME_PREFIX) ? name.slice(SCHEDULE_NAME_PREFIX.length) : name,
        scheduledTime: fields['time'],
      }
  }
  throw new UnknownFiringError('this is neither a payload of EventBridge Scheduler nor a "Scheduled Event" of a rule')
}
