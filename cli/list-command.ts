/** `sparkgate list`: the team's jobs, newest first. */
import type { JobAnswer } from './api-answers.ts'
import { connect } from './api-client.ts'
import { EXIT, UsageError } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { fetchJobs, filterQuery, MAX_JOBS, readLimit } from './job-query.ts'
import { agoText } from './relative-time.ts'
import { stateCell } from './show-job.ts'
import { renderTable } from './text-table.ts'
import { writeAnswer } from './write-answer.ts'

const DEFAULT_LIMIT = 50

/** Writes a table, the whole answer, or the ids alone. */
export async function list(given: Arguments): Promise<number> {
  const { positionals, options } = given
  if (positionals.length > 0) throw new UsageError('list takes no operand; filters are options: --name, --state …')
  const now = Date.now()
  const limit = readLimit(options) ?? (options['all'] === true ? MAX_JOBS : DEFAULT_LIMIT)
  const query = filterQuery(options, now)
  const answer = await fetchJobs(await connect(options), query, limit)
  const { jobs, nextToken } = answer
  await writeAnswer(given, {
    whole: answer,
    names: jobs.map(({ id }) => id),
    text: () => (jobs.length === 0 ? [] : jobTable(jobs, now)),
  })
  if (jobs.length === 0) console.error(query.size === 0 ? 'No jobs yet.' : 'No job fits these filters.')
  if (nextToken !== undefined) console.error(`There are more than ${jobs.length}: --all shows them.`)
  return EXIT.ok
}

/** The lines of a table of jobs; `now` in epoch milliseconds. With `progressOf` there is a column for it. */
export function jobTable(
  jobs: readonly JobAnswer[],
  now: number,
  columns?: number,
  progressOf?: (job: JobAnswer) => string | undefined,
): readonly string[] {
  const rows = jobs.map(job => [
    job.id,
    job.name,
    stateCell(job.state),
    job.reason,
    String(job.attempt),
    job.cluster ?? '',
    agoText(job.createdAt, now),
    agoText(job.stateSince ?? job.updatedAt, now),
    ...(progressOf === undefined ? [] : [progressOf(job) ?? '']),
  ])
  const heads = ['JOB', 'NAME', 'STATE', 'REASON', 'ATTEMPT', 'CLUSTER', 'SUBMITTED', 'SINCE']
  return renderTable([...heads, ...(progressOf === undefined ? [] : ['PROGRESS'])], rows, columns)
}
