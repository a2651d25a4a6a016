/** The logs of a job, page by page: each answer says where the next goes on, so that pages and following are the same. */
import type { ApiClient } from './api-client.ts'
import type { TextStream } from './colour.ts'
import { CommandFailure, EXIT } from './arguments.ts'
import { exitCodeOf } from './follow-job.ts'
import type { AtEachLook } from './follow-job.ts'
import { foldStages, newestStage, NO_STAGES } from './spark-stage.ts'
import { showText } from './terminal-text.ts'

/** Which log, from where: a time, or the `next` of an answer. */
export type LogQuery = Readonly<Partial<Record<'role' | 'attempt' | 'tail' | 'since', string>>>

export interface LogLine {
  /** RFC 3339, as the cluster wrote it. */
  readonly at: string
  readonly text: string
}

interface LogPage {
  readonly lines: readonly LogLine[]
  /** The next page's `since`. */
  readonly next?: string
  /** The page was full. */
  readonly more: boolean
  /** Why there is nothing yet. */
  readonly waitingFor?: string
}

/** A page has up to 1 MiB: a log that is longer than this is fetched in pieces by `--since`. */
const MAX_PAGES = 1_000

/**
 * Everything up to the present end, page by page. Answers the query that goes on there. Throws CommandFailure `notFound` where
 * there is no log, or none any more.
 */
export async function writeLogs(
  api: ApiClient,
  id: string,
  query: LogQuery,
  write: (line: LogLine) => void = writeLine,
): Promise<{ readonly next: LogQuery; readonly waitingFor?: string }> {
  let next = query
  for (let page = 0; page < MAX_PAGES; page++) {
    const asked = new URLSearchParams(Object.entries(next))
    const path = `/v1/jobs/${encodeURIComponent(id)}/logs${asked.size === 0 ? '' : `?${asked.toString()}`}`
    const answer = (await api.send({ method: 'GET', path, offer: '`logs`' })).body as LogPage
    for (const line of answer.lines) write(line)
    // `tail` was about the first page.
    const { tail: _tail, ...rest } = next
    next = answer.next === undefined ? next : { ...rest, since: answer.next }
    if (!answer.more) return { next, ...(answer.waitingFor !== undefined && { waitingFor: answer.waitingFor }) }
  }
  return { next }
}

/** A log that somebody follows is late by no more. */
const WAIT_SECONDS = 5

/**
 * For `followJob`: at each look what was said since the last one, of whichever attempt runs unless the query names one. What a
 * driver says tells the stage too.
 */
export function tailLogs(
  api: ApiClient,
  id: string,
  query: LogQuery = {},
  stream: TextStream = process.stdout,
): AtEachLook {
  let attempt = 0
  let next: LogQuery = query
  let stages = NO_STAGES
  const run: AtEachLook['run'] = async (job, progress) => {
    const last = job.attempts.at(-1)
    if (last === undefined || (last.runningAt === undefined && exitCodeOf(job) === undefined)) return undefined
    if (query.attempt === undefined && last.number !== attempt) {
      if (attempt !== 0) progress.note(`— attempt ${last.number} —`)
      attempt = last.number
      next = { ...query, attempt: String(attempt) }
      stages = NO_STAGES
    }
    try {
      const show = (line: LogLine) => {
        stages = foldStages(stages, [line.text])
        progress.around(() => writeLine(line, stream))
      }
      next = (await writeLogs(api, id, next, show)).next
    } catch (error) {
      // No log yet, none any more, or a cluster that does not answer just now: what becomes of the job is told anyway.
      if (!(error instanceof CommandFailure) || error.exitCode === EXIT.noPermission) throw error
      if (exitCodeOf(job) !== undefined) progress.note(`The end of the log is not to be had: ${error.message}`)
    }
    return progress.isTerminal ? newestStage(stages) : undefined
  }
  return { waitSeconds: WAIT_SECONDS, run }
}

/** A line of a stranger's program: it may not move the cursor. */
function writeLine({ text }: LogLine, stream: TextStream = process.stdout): void {
  stream.write(`${showText(text)}\n`)
}
