/** A job for people: what it is, where it stands, why, and its attempts. */
import type { AttemptAnswer, JobAnswer } from './api-answers.ts'
import { paint } from './colour.ts'
import type { Colour } from './colour.ts'
import { stageText } from './spark-stage.ts'
import type { StageProgress } from './spark-stage.ts'
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

/** The lines of a job; `now` in epoch milliseconds, `stage` where it is known. */
export function jobLines(job: JobAnswer, now: number, stage?: StageProgress): readonly string[] {
  const state = paint(STATE_COLOURS[job.state] ?? 'bold', showText(job.state))
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['why', job.message],
    ['waiting for', waitingText(job)],
    ['where', whereText(job)],
    ['placed', job.placement],
    ['progress', progressText(job, stage)],
    ['deadline', deadlineText(job, now)],
    ['used', usedText(job)],
    ['since', sinceText(job, now)],
    ['seen', job.observedAt && `${agoText(job.observedAt, now)}${job.stale === true ? ', which is stale' : ''}`],
    ['stopped by', job.stop?.requestedBy],
    ...webLinks(job),
  ]
  const shown = facts.filter(([, text]) => text !== undefined && text !== '')
  return [
    `${showText(job.id)}  ${paint('bold', showText(job.name))}  ${state} (${showText(job.reason)})`,
    ...shown.map(([name, text = '']) => `  ${showText(name).padEnd(11)} ${showText(text)}`),
    ...attemptLines(job.attempts, now),
  ]
}

/** The stage and executors, as far as they are known; undefined where neither is. */
export function progressText({ progress, executors }: JobAnswer, stage?: StageProgress): string | undefined {
  const parts = [stage === undefined ? '' : stageText(stage), executorsText(progress, executors)]
  const said = parts.filter(part => part !== '')
  return said.length === 0 ? undefined : said.join(', ')
}

/** `executors 3/8 (2 pending)`: those that run of the most that there can be, and those that are elsewhere on their way. */
function executorsText(progress: JobAnswer['progress'], executors: JobAnswer['executors']): string {
  if (progress?.executorsRunning === undefined && executors === undefined) return ''
  const states = Object.entries(executors ?? {}).map(([state, count]) => [state.toLowerCase(), count] as const)
  const running = progress?.executorsRunning ?? states.find(([state]) => state === 'running')?.[1] ?? 0
  const most = progress?.executorsMost ?? states.reduce((sum, [, count]) => sum + count, 0)
  const others = states.filter(([state]) => state !== 'running').map(([state, count]) => `${count} ${state}`)
  return `executors ${running}/${most}${others.length === 0 ? '' : ` (${others.join(', ')})`}`
}

/** What it used so far, and what that cost where the platform has prices. */
function usedText({ used }: JobAnswer): string | undefined {
  if (used?.coreHours === undefined) return undefined
  const { coreHours, memoryGiBHours = 0, cost } = used
  const amounts = `${coreHours} core hours, ${memoryGiBHours} GiB hours of memory`
  return cost?.amount === undefined ? amounts : `${amounts}: ${cost.amount} ${cost.currency ?? ''}`.trimEnd()
}

/** Web addresses only: what is no such is left out, for it could start a program where it is opened. */
export const webLinks = ({ links }: JobAnswer): readonly (readonly [name: string, link: string])[] =>
  Object.entries(links ?? {}).filter(([, link]) => URL.canParse(link) && /^https?:$/.test(new URL(link).protocol))

/** Place in the queue and what is awaited; undefined for a job that does not wait. */
export function waitingText({ position, orMore, waitingFor, message }: JobAnswer): string | undefined {
  const place = position === undefined ? [] : [`place ${position}${orMore === true ? ' or later' : ''} in the queue`]
  const why = waitingFor === undefined || waitingFor === message ? [] : [waitingFor]
  return place.length + why.length === 0 ? undefined : [...place, ...why].join(': ')
}

function deadlineText({ progress }: JobAnswer, now: number): string | undefined {
  if (progress?.deadlineAt === undefined) return undefined
  return `${progress.deadlineAt} (${durationText(Math.max(0, Date.parse(progress.deadlineAt) - now))} left)`
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
