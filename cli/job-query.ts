/** The filters of `list` and `watch`, and the pages of the answer. */
import { JOB_STATES } from '../shared/domain/job-state.ts'
import type { JobAnswer, JobsAnswer } from './api-answers.ts'
import type { ApiClient } from './api-client.ts'
import { textOption, UsageError } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import type { OptionRow } from './parse-command-line.ts'
import { parseMoment } from './relative-time.ts'

/** The options that choose jobs. */
export const FILTER_OPTIONS = {
  state: { type: 'string', values: Object.keys(JOB_STATES), help: 'Only jobs in this state.' },
  name: { type: 'string', placeholder: 'NAME', help: 'Only jobs of this name.' },
  label: { type: 'string', placeholder: 'KEY=VALUE', help: 'Only jobs with this label.' },
  cluster: { type: 'string', placeholder: 'CLUSTER', help: 'Only jobs of this cluster.' },
  trigger: { type: 'string', values: ['api', 's3', 'schedule'], help: 'Only jobs that were submitted this way.' },
  since: { type: 'string', placeholder: 'TIME', help: 'Submitted at or after: 2h, 7d, 2026-11-01.' },
  until: { type: 'string', placeholder: 'TIME', help: 'Submitted before: as --since.' },
} satisfies Readonly<Record<string, OptionRow>>

/** What the gateway gives at a time. */
const MAX_PAGE = 100
/** A list of more jobs than this is a report; take it from the archive. */
const MAX_PAGES = 1_000

/** The query of the options; times become ISO 8601. Throws UsageError for times and numbers that are none. */
export function filterQuery(options: Arguments['options'], now: number): URLSearchParams {
  const query = new URLSearchParams()
  for (const name of Object.keys(FILTER_OPTIONS)) {
    const value = textOption(options, name)
    if (value === undefined) continue
    query.set(name, name === 'since' || name === 'until' ? parseMoment(`--${name}`, value, now) : value)
  }
  return query
}

/** How many jobs `--limit` asks for; undefined where it does not. */
export function readLimit(options: Arguments['options'], option = 'limit'): number | undefined {
  const text = textOption(options, option)
  if (text === undefined) return undefined
  const limit = Number(text)
  if (!/^\d{1,6}$/.test(text) || limit < 1) throw new UsageError(`--${option} is a number from 1, not ${text}`)
  return limit
}

/** Up to `limit` jobs, page by page; `nextToken` where there are more. */
export async function fetchJobs(api: ApiClient, query: URLSearchParams, limit: number): Promise<JobsAnswer> {
  const jobs: JobAnswer[] = []
  let nextToken: string | undefined
  for (let page = 0; page < MAX_PAGES && jobs.length < limit; page++) {
    const asked = new URLSearchParams(query)
    asked.set('limit', String(Math.min(MAX_PAGE, limit - jobs.length)))
    if (nextToken !== undefined) asked.set('nextToken', nextToken)
    const { body } = await api.send({ method: 'GET', path: `/v1/jobs?${asked.toString()}` })
    const answer = body as JobsAnswer
    jobs.push(...answer.jobs)
    nextToken = answer.nextToken
    if (nextToken === undefined) break
  }
  return { jobs, ...(nextToken !== undefined && { nextToken }) }
}

/** One page as large as the gateway allows, times the most pages. */
export const MAX_JOBS = MAX_PAGE * MAX_PAGES
