/** Fields of the short form for the gateway itself: schedule, retries, deadlines. */
import type { ShortFormField } from './short-form-field.ts'

/** In the order of the docs. */
export const gatewayFields: readonly ShortFormField[] = [
  {
    path: 'schedule',
    holds: ['text', 'object'],
    to: ['schedule.schedule'],
    summary: 'When to run, again and again: cron, or an object with these fields.',
    example: '0 6 * * *',
    otherNames: ['cron', 'cronExpression'],
  },
  {
    path: 'schedule.cron',
    holds: ['text'],
    to: ['schedule.schedule'],
    summary: 'Five fields of cron, `@hourly`, or `@every 30m`.',
    example: '0 6 * * *',
    otherNames: ['schedule', 'expression', 'quartzCronExpression'],
  },
  {
    path: 'schedule.timezone',
    holds: ['text'],
    to: ['schedule.timeZone'],
    summary: 'Time zone by its IANA name; without it, UTC.',
    example: 'Europe/Berlin',
    otherNames: ['timeZone', 'timezoneId', 'tz'],
  },
  {
    path: 'schedule.concurrency',
    holds: ['text'],
    to: ['schedule.concurrencyPolicy'],
    summary: 'What to do while the run before goes on: `allow`, `forbid` (skip) or `replace`.',
    example: 'forbid',
    choices: { allow: 'Allow', forbid: 'Forbid', replace: 'Replace' },
    otherNames: ['concurrencyPolicy'],
  },
  {
    path: 'schedule.paused',
    holds: ['boolean'],
    to: ['schedule.suspend'],
    summary: 'Keeps the schedule without running it.',
    example: true,
    otherNames: ['suspend', 'suspended', 'pauseStatus'],
  },
  {
    path: 'retry',
    holds: ['object'],
    summary: 'What to do when a run fails.',
    example: { onFailure: 2 },
    otherNames: ['retries'],
  },
  {
    path: 'retry.onFailure',
    holds: ['integer'],
    to: ['spec.restartPolicy.onFailureRetries'],
    summary: 'How often to repeat after the program itself failed.',
    example: 2,
    otherNames: ['retries', 'count', 'maxRetries'],
  },
  {
    path: 'retry.delaySeconds',
    holds: ['integer'],
    to: ['spec.restartPolicy.onFailureRetryInterval'],
    summary: 'Seconds before the first repeat.',
    example: 60,
    otherNames: ['delay', 'interval'],
  },
  {
    path: 'deadlines',
    holds: ['object'],
    summary: 'How long each part may take: `30m`, `2h`, or seconds.',
    example: { running: '2h' },
    otherNames: ['timeout', 'timeouts', 'timeoutSeconds', 'deadline'],
  },
]
