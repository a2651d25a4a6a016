/**
 * EventBridge Scheduler and classic EventBridge schedule rules on one process. A due run is recorded before it is
 * delivered and forgotten after, so a crash repeats a run rather than losing it; target and payload carry the scheduled
 * time, which stays the same. A restart fires each schedule at most once for everything that it missed, plus the runs
 * whose delivery was still being retried.
 */
import { randomUUID } from 'node:crypto'
import { startScheduleApi } from './schedule-api.ts'
import { nextFireTime } from './schedule-expression.ts'
import { renderScheduledEvent, renderScheduleInput } from './schedule-payload.ts'
import { openScheduleStore, scheduleKey, type ScheduleStore } from './schedule-store.ts'
import { findDueRun, findNextRun } from './schedule.ts'
import type { PendingRun, ScheduleDefinition, ScheduleRecord } from './schedule.ts'

/** `invoke` delivers one payload; when it rejects, the run is retried with growing delays. */
export interface EmbeddedSchedulerOptions {
  readonly invoke: (target: string, payload: unknown) => Promise<void>
  readonly now?: () => Date
  readonly dataDir?: string
  /** Serves the REST API on 127.0.0.1; 0 takes a free port. Without it there is no server. */
  readonly port?: number
  /** How often to look for due runs; default 1000. 0: only when `tick` is called. */
  readonly tickMilliseconds?: number
  readonly region?: string
  readonly accountId?: string
  readonly onProblem?: (message: string, error: unknown) => void
}

/** A classic rule: its expression (cron or rate) is read in UTC. */
export interface ScheduleRule {
  readonly name: string
  readonly scheduleExpression: string
  readonly target: string
  readonly state?: 'ENABLED' | 'DISABLED'
}

/** The running scheduler. `put` and `putRule` throw a ScheduleExpressionError for what AWS refuses. */
export interface EmbeddedScheduler {
  /** The REST API's base URL; undefined without a port. */
  readonly url: string | undefined
  /** Creates or replaces; answers the ARN. */
  put(definition: ScheduleDefinition): string
  putRule(rule: ScheduleRule): string
  /** Answers whether there was one. */
  delete(name: string, groupName?: string): boolean
  deleteRule(name: string): boolean
  list(groupName?: string): readonly ScheduleDefinition[]
  /** The next time at which the schedule fires; undefined when it is unknown, disabled or over. */
  nextRun(name: string, groupName?: string): Date | undefined
  /** Delivers everything that is due now; resolves when each delivery has ended. Rejects only if it cannot save. */
  tick(): Promise<void>
  close(): Promise<void>
}

/** Starts the scheduler: loads `dataDir`, serves the API, begins to tick. */
export async function startEmbeddedScheduler(options: EmbeddedSchedulerOptions): Promise<EmbeddedScheduler> {
  const now = (): number => (options.now?.() ?? new Date()).getTime()
  const onProblem = options.onProblem ?? ((message, error) => console.error(`scheduler: ${message}:`, error))
  const store = openScheduleStore(options.dataDir)
  const arnOf = makeArnRenderer(options.region ?? 'us-east-1', options.accountId ?? '000000000000')
  const put = (kind: ScheduleRecord['kind'], definition: ScheduleDefinition): string => {
    const record = mergeRecord(
      store.get(scheduleKey(kind, definition.name, definition.groupName)),
      kind,
      definition,
      now(),
    )
    store.save(record)
    return arnOf(record)
  }
  const deliver = makeDelivery({ store, invoke: options.invoke, now, arnOf, onProblem })
  const api = options.port === undefined ? undefined : await startScheduleApi({ port: options.port, store, put, arnOf })
  const ticker = startTicker(deliver, options.tickMilliseconds ?? 1000, onProblem)

  return {
    url: api?.url,
    put: definition => put('schedule', definition),
    putRule: ({ name, scheduleExpression, target, state = 'ENABLED' }) =>
      put('rule', { name, expression: scheduleExpression, target, state }),
    delete: (name, groupName) => store.delete(scheduleKey('schedule', name, groupName)),
    deleteRule: name => store.delete(scheduleKey('rule', name)),
    list: groupName =>
      store
        .list()
        .filter(record => record.kind === 'schedule')
        .map(record => record.definition)
        .filter(definition => groupName === undefined || (definition.groupName ?? 'default') === groupName),
    nextRun(name, groupName) {
      const record = store.get(scheduleKey('schedule', name, groupName))
      if (record === undefined || record.definition.state === 'DISABLED') return undefined
      const next = findNextRun(record, Math.max(record.firedThrough, now()))
      return next === undefined ? undefined : new Date(next)
    },
    tick: deliver,
    async close() {
      ticker.stop()
      await api?.close()
      await deliver.settled()
    },
  }
}

interface DeliveryDependencies {
  readonly store: ScheduleStore
  readonly invoke: (target: string, payload: unknown) => Promise<void>
  readonly now: () => number
  readonly arnOf: (record: ScheduleRecord) => string
  readonly onProblem: (message: string, error: unknown) => void
}

/** AWS retries with growing delays and says no more; these keep a local stack lively. */
const firstRetryDelayMilliseconds = 1000
const maximumRetryDelayMilliseconds = 300_000
const defaultRetryAttempts = 185
const defaultEventAgeSeconds = 86_400
/** Runs of one schedule that wait for a target which is away; older ones are dropped, and said so. */
const maximumPendingRuns = 100

/** One delivery at a time for each run, however often `tick` is called. */
function makeDelivery(dependencies: DeliveryDependencies): (() => Promise<void>) & { settled(): Promise<void> } {
  const { store, now } = dependencies
  const inFlight = new Map<string, Promise<void>>()
  const tick = async (): Promise<void> => {
    const time = now()
    for (const listed of store.list()) {
      const record = recordDueRun(dependencies, listed, time)
      for (const run of record.pending) {
        const key = `${dependencies.arnOf(record)} ${record.createdAt} ${run.scheduledAt}`
        if (run.nextAttemptAt > time || inFlight.has(key)) continue
        inFlight.set(
          key,
          attemptRun(dependencies, record, run).finally(() => inFlight.delete(key)),
        )
      }
    }
    await Promise.all(inFlight.values())
  }
  const settled = async (): Promise<void> => {
    await Promise.all(inFlight.values())
  }
  return Object.assign(tick, { settled })
}

/** Writes the due run down before anything is delivered. */
function recordDueRun({ store, onProblem }: DeliveryDependencies, record: ScheduleRecord, now: number): ScheduleRecord {
  const due = findDueRun(record, now)
  if (due === undefined) return record
  const pending = [...record.pending, { scheduledAt: due, attempts: 0, nextAttemptAt: due }]
  for (const dropped of pending.slice(0, -maximumPendingRuns)) {
    onProblem(
      `${record.definition.name} dropped its run of ${new Date(dropped.scheduledAt).toISOString()}`,
      'too many wait',
    )
  }
  const next = { ...record, firedThrough: due, pending: pending.slice(-maximumPendingRuns) }
  store.save(next)
  return next
}

async function attemptRun(dependencies: DeliveryDependencies, record: ScheduleRecord, run: PendingRun): Promise<void> {
  const { definition, kind } = record
  const attempt = {
    scheduledAt: new Date(run.scheduledAt),
    scheduleArn: dependencies.arnOf(record),
    executionId: randomUUID(),
    attemptNumber: run.attempts + 1,
  }
  const payload =
    definition.input === undefined
      ? renderScheduledEvent(kind === 'rule' ? 'aws.events' : 'aws.scheduler', attempt)
      : renderScheduleInput(definition.input, attempt)
  try {
    await dependencies.invoke(definition.target, payload)
    finishRun(dependencies, record, run, undefined)
  } catch (error) {
    finishRun(dependencies, record, run, decideRetry(record.definition, run, dependencies.now()))
    dependencies.onProblem(`delivering ${definition.name} to ${definition.target} failed (${run.attempts + 1})`, error)
  }
}

function decideRetry(definition: ScheduleDefinition, run: PendingRun, now: number): PendingRun | undefined {
  const attempts = run.attempts + 1
  const ageSeconds = (now - run.scheduledAt) / 1000
  if (attempts > (definition.maximumRetryAttempts ?? defaultRetryAttempts)) return undefined
  if (ageSeconds > (definition.maximumEventAgeSeconds ?? defaultEventAgeSeconds)) return undefined
  const delay = Math.min(firstRetryDelayMilliseconds * 2 ** run.attempts, maximumRetryDelayMilliseconds)
  return { scheduledAt: run.scheduledAt, attempts, nextAttemptAt: now + delay }
}

/** Replaces the run by its retry, or removes it. The record is read again: it may have changed or gone meanwhile. */
function finishRun(
  { store }: DeliveryDependencies,
  { kind, definition, createdAt }: ScheduleRecord,
  run: PendingRun,
  retry: PendingRun | undefined,
): void {
  const key = scheduleKey(kind, definition.name, definition.groupName)
  const current = store.get(key)
  if (current === undefined || current.createdAt !== createdAt) return
  const pending = current.pending.flatMap(other => (other.scheduledAt === run.scheduledAt ? (retry ?? []) : other))
  const isOver = pending.length === 0 && findNextRun(current, current.firedThrough) === undefined
  if (isOver && current.definition.actionAfterCompletion === 'DELETE') store.delete(key)
  else store.save({ ...current, pending })
}

/** An update keeps the progress of what it does not change; a new time or a new start forgets the past. */
function mergeRecord(
  current: ScheduleRecord | undefined,
  kind: ScheduleRecord['kind'],
  definition: ScheduleDefinition,
  now: number,
): ScheduleRecord {
  nextFireTime(definition.expression, definition.timezone ?? 'UTC', new Date(now)) // refuses a bad expression or zone
  if (current === undefined) {
    // One millisecond back: a run that is due at this very moment still counts.
    return { definition, kind, createdAt: now, modifiedAt: now, firedThrough: now - 1, pending: [] }
  }
  const isSameTiming = timingOf(current.definition) === timingOf(definition)
  return {
    ...current,
    definition,
    modifiedAt: now,
    firedThrough: isSameTiming ? current.firedThrough : Math.max(current.firedThrough, now - 1),
  }
}

function timingOf({ expression, timezone = 'UTC', state, startDate, endDate }: ScheduleDefinition): string {
  return JSON.stringify([expression, timezone, state, startDate, endDate])
}

function makeArnRenderer(region: string, accountId: string): (record: ScheduleRecord) => string {
  return ({ kind, definition: { name, groupName = 'default' } }) =>
    kind === 'rule'
      ? `arn:aws:events:${region}:${accountId}:rule/${name}`
      : `arn:aws:scheduler:${region}:${accountId}:schedule/${groupName}/${name}`
}

function startTicker(
  tick: () => Promise<void>,
  tickMilliseconds: number,
  onProblem: DeliveryDependencies['onProblem'],
): { stop(): void } {
  if (tickMilliseconds === 0) return { stop: () => {} }
  const timer = setInterval(() => void tick().catch(error => onProblem('a tick failed', error)), tickMilliseconds)
  return { stop: () => clearInterval(timer) }
}
