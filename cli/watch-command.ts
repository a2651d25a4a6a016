/** `sparkgate watch`: a table that stays up to date on a terminal; elsewhere a line for each change. Ends when the named jobs are over. */
import { setTimeout as wait } from 'node:timers/promises'
import { JOB_ID_PATTERN } from '../shared/domain/job-identity.ts'
import type { JobAnswer, JobsAnswer } from './api-answers.ts'
import { connect, UnreachableError } from './api-client.ts'
import type { ApiClient } from './api-client.ts'
import { CommandFailure, EXIT, textOption, UsageError } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { exitCodeOf } from './follow-job.ts'
import { fetchJobs, filterQuery } from './job-query.ts'
import { jobTable } from './list-command.ts'
import { parseDuration } from './relative-time.ts'
import { stagesInTurn } from './read-stage.ts'
import { progressText } from './show-job.ts'
import { cutToColumns, jsonLine, showText } from './terminal-text.ts'

/** Each look asks for each named job; more are better filtered. */
const MAX_NAMED = 20
/** Rows of the newest jobs, where the terminal does not say how many fit. */
const DEFAULT_ROWS = 20
const LOOK_MILLISECONDS = 2_000
/** A gateway that is away for longer ends the watch; one that was never there does at once. */
const MAX_AWAY_MILLISECONDS = 10 * 60_000

/** Looks until the named jobs are over (the exit code tells of the first that did not succeed), until `--for` is over, or Ctrl-C. */
export async function watch(given: Arguments): Promise<number> {
  const { positionals, options } = given
  const lasts = durationOption(options)
  if (positionals.length > MAX_NAMED) throw new UsageError(`watch takes at most ${MAX_NAMED} jobs; filters choose more`)
  const strange = positionals.find(id => !JOB_ID_PATTERN.test(id))
  if (strange !== undefined) throw new UsageError(`${strange} is no id of a job; \`sparkgate list\` shows them`)
  const query = filterQuery(options, Date.now())
  if (positionals.length > 0 && query.size > 0) throw new UsageError('watch takes jobs or filters, not both')
  const api = await connect(options)
  const show = process.stdout.isTTY && options['output'] !== 'json' ? liveTable(api) : changeLines(options['output'])
  const end = Date.now() + lasts
  let seenAt: number | undefined
  for (;;) {
    const jobs = await look(api, positionals, query).catch((error: unknown) => {
      const isPassing = error instanceof UnreachableError && Date.now() - (seenAt ?? 0) < MAX_AWAY_MILLISECONDS
      if (!isPassing) throw error
    })
    if (jobs !== undefined) {
      seenAt = Date.now()
      await show(jobs)
      const codes = jobs.map(exitCodeOf)
      if (positionals.length > 0 && codes.every(code => code !== undefined))
        return codes.find(code => code !== EXIT.ok) ?? EXIT.ok
    }
    if (Date.now() + LOOK_MILLISECONDS > end) return EXIT.ok
    await wait(LOOK_MILLISECONDS)
  }
}

function durationOption(options: Arguments['options']): number {
  const text = textOption(options, 'for')
  if (text === undefined) return Number.POSITIVE_INFINITY
  const duration = parseDuration(text)
  if (duration === undefined) throw new UsageError(`--for is a duration like 90s, 10m or 2h, not ${text}`)
  return duration
}

async function look(api: ApiClient, ids: readonly string[], query: URLSearchParams): Promise<readonly JobAnswer[]> {
  if (ids.length === 0) return (await fetchJobs(api, query, rowsThatFit())).jobs
  const { body } = await api.send({ method: 'GET', path: `/v1/jobs?ids=${ids.join(',')}`, offer: '`watch JOB`' })
  const { jobs, missing } = body as JobsAnswer & { readonly missing: readonly string[] }
  if (missing.length > 0) throw new CommandFailure(`There is no such job: ${missing.join(', ')}`, EXIT.notFound)
  return jobs
}

/** The table's head, a line below it and the cursor's line need room too. */
const rowsThatFit = (): number => (process.stdout.isTTY ? Math.max(1, process.stdout.rows - 3) : DEFAULT_ROWS)

type Show = (jobs: readonly JobAnswer[]) => Promise<void> | void

/** Rewrites the lines that it wrote before. Stages are shown here only: on a log's lines each task would be a change. */
function liveTable(api: ApiClient): Show {
  let height = 0
  const readStages = stagesInTurn(api)
  return async jobs => {
    const stages = await readStages(jobs)
    const columns = process.stdout.columns
    const time = new Date().toISOString().slice(11, 19)
    const foot = cutToColumns(
      `${jobs.length} job${jobs.length === 1 ? '' : 's'} at ${time} UTC; Ctrl-C ends the watch, not the jobs`,
      columns,
    )
    const progressOf = (job: JobAnswer) => progressText(job, stages.get(job.id))
    const lines = [...jobTable(jobs, Date.now(), columns, progressOf), foot]
    process.stdout.write(`${height === 0 ? '' : `\u001b[${height}A`}\r\u001b[J${lines.join('\n')}\n`)
    height = lines.length
  }
}

/** One line for each job that changed since the last look; with JSON the whole job. */
function changeLines(output: Arguments['options'][string]): Show {
  const told = new Map<string, string>()
  return jobs => {
    for (const job of jobs.toReversed()) {
      const progress = progressText(job)
      const now = [job.state, job.reason, job.attempt, progress].join(' ')
      if (told.get(job.id) === now) continue
      told.set(job.id, now)
      const words = [
        job.updatedAt,
        job.id,
        job.name,
        job.state.padEnd(10),
        `attempt ${job.attempt}`,
        progress,
        job.message,
      ]
      console.log(output === 'json' ? jsonLine(job) : showText(words.filter(Boolean).join('  ')))
    }
  }
}
