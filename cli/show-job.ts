/** A job for people: what it is, where it stands, why, and its attempts. */
import type { AttemptAnswer, JobAnswer } from './api-answers.ts'
import { paint } from './colour.ts'
import type { Colour } from './colour.ts'
import { agoText, durationText } from './relative-time.ts'
import { showText } from './terminal-text.ts'
import { renderTable } from './text-table.ts'
import type { Cell } from './text-table.ts'

const STATE_COLOURS: Readonly<Record<string, Colour>> = {
  QUEUED: 'grey',
  SUBMITTING: 'cyan',
  PENDING: 'cyan',
  RUNNING: 'blue',
  SUCCEEDED: 'green',
  FAILED: 'red',
  TIMED_OUT: 'red',
  REJECTED: 'red',
  CANCELLING: 'yellow',
  CANCELLED: 'yellow',
}

/** A state as a cell of a table. */
export const stateCell = (state: string): Cell => ({ text: state, colour: STATE_COLOURS[state] })

/** The lines of a job; `now` in epoch milliseconds. */
export function jobLines(job: JobAnswer, now: number): readonly string[] {
  const state = paint(STATE_COLOURS[job.state] ?? 'bold', showText(job.state))
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['why', job.message],
    ['waiting for', waitingText(job)],
    ['where', whereText(job)],
    ['placed', job.placement],
    ['progress', progressText(job)],
    ['since', sinceText(job, now)],
    ['seen', job.observedAt && `${agoText(job.observedAt, now)}${job.stale === true ? ', which is stale' : ''}`],
    ['stopped by', job.stop?.requestedBy],
  ]
  const shown = facts.filter(([, text]) => text !== undefined && text !== '')
  return [
    `${showText(job.id)}  ${paint('bold', showText(job.name))}  ${state} (${showText(job.reason)})`,
    ...shown.map(([name, text = '']) => `  ${name.padEnd(12)}${showText(text)}`),
    ...attemptLines(job.attempts, now),
  ]
}

/** Executors and stages, as far as the gateway knows them; undefined where it does not. */
export function progressText({ progress, executors }: JobAnswer): string | undefined {
  const { stagesDone, stages, tasksDone, tasks } = progress ?? {}
  const states = Object.entries(executors ?? {})
  const all = states.reduce((sum, [, count]) => sum + count, 0)
  const running = states.find(([state]) => state.toUpperCase() === 'RUNNING')?.[1] ?? 0
  const parts = [
    stages === undefined ? '' : `stage ${stagesDone ?? 0}/${stages}`,
    tasks === undefined ? '' : `tasks ${tasksDone ?? 0}/${tasks}`,
    executors === undefined ? '' : `executors ${running}/${all}`,
  ].filter(part => part !== '')
  return parts.length === 0 ? undefined : parts.join(', ')
}

/** Place in the queue and what is awaited; undefined for a job that does not wait. */
export function waitingText({ position, orMore, waitingFor, message }: JobAnswer): string | undefined {
  const place = position === undefined ? [] : [`place ${position}${orMore === true ? ' or later' : ''} in the queue`]
  const why = waitingFor === undefined || waitingFor === message ? [] : [waitingFor]
  return place.length + why.length === 0 ? undefined : [...place, ...why].join(': ')
}

function whereText({ team, cluster, namespace, priority }: JobAnswer): string | undefined {
  if (cluster === undefined) return undefined
  const place = `${cluster}${namespace === undefined ? '' : `/${namespace}`}`
  const parts = [place, team && `team ${team}`, priority && `priority ${priority}`]
  return parts.filter(part => part !== undefined && part !== '').join(', ')
}

function sinceText({ createdAt, stateSince, state }: JobAnswer, now: number): string {
  const submitted = `submitted ${agoText(createdAt, now)}`
  return stateSince === undefined ? submitted : `${state} ${agoText(stateSince, now)}, ${submitted}`
}

function attemptLines(attempts: readonly AttemptAnswer[], now: number): readonly string[] {
  if (attempts.length === 0) return []
  const rows = attempts.map((attempt): readonly Cell[] => [
    String(attempt.number),
    attempt.objectName,
    tookText(attempt, now),
    stateCell(attempt.outcome ?? ''),
    attempt.reason ?? '',
    [attempt.run === undefined ? '' : `${attempt.run} run`, ...(attempt.remedies ?? []).map(remedyText)]
      .filter(text => text !== '')
      .join(', '),
  ])
  const width = process.stdout.columns === undefined ? undefined : process.stdout.columns - 2
  return renderTable(['ATTEMPT', 'OBJECT', 'RAN', 'OUTCOME', 'REASON', ''], rows, width).map(line => `  ${line}`)
}

const remedyText = ({ role, beforeMiB, afterMiB }: NonNullable<AttemptAnswer['remedies']>[number]): string =>
  `${role} memory ${beforeMiB} → ${afterMiB} MiB`

function tookText({ runningAt, endedAt }: AttemptAnswer, now: number): string {
  if (runningAt === undefined) return ''
  return durationText((endedAt === undefined ? now : Date.parse(endedAt)) - Date.parse(runningAt))
}
