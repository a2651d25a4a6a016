/** What a target receives: the schedule's input with its placeholders filled in, or the classic scheduled event. */

/** One attempt to deliver one run. */
export interface RunAttempt {
  readonly scheduledAt: Date
  readonly scheduleArn: string
  /** New for every attempt, as in AWS: never build an idempotency key from it. */
  readonly executionId: string
  /** 1 for the first attempt. */
  readonly attemptNumber: number
}

/**
 * Fills the four context attributes of EventBridge Scheduler in and parses the result: JSON becomes a value, any other
 * text stays text. The time is written to the second, as AWS does (`2027-03-14T07:00:00Z`).
 */
export function renderScheduleInput(input: string, run: RunAttempt): unknown {
  const values = new Map([
    ['scheduled-time', renderTime(run.scheduledAt)],
    ['schedule-arn', run.scheduleArn],
    ['execution-id', run.executionId],
    ['attempt-number', String(run.attemptNumber)],
  ])
  const text = input.replaceAll(/<aws\.scheduler\.([a-z-]+)>/g, (whole, name: string) => values.get(name) ?? whole)
  try {
    return JSON.parse(text)
  } catch {
    return text // an input that is no JSON is delivered as text
  }
}

/** The event of a classic EventBridge rule, and of a schedule without input (its source is then aws.scheduler). */
export function renderScheduledEvent(source: 'aws.events' | 'aws.scheduler', run: RunAttempt): Record<string, unknown> {
  const [, , , region = '', account = ''] = run.scheduleArn.split(':')
  return {
    version: '0',
    id: run.executionId,
    'detail-type': 'Scheduled Event',
    source,
    account,
    time: renderTime(run.scheduledAt),
    region,
    resources: [run.scheduleArn],
    detail: source === 'aws.events' ? {} : '{}',
  }
}

function renderTime(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`
}
