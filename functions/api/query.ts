/** Query parameters, strictly: an unknown or repeated one, or a bad value, is a 400 that says what is allowed. */
import { JOB_ID_PATTERN } from '../../shared/domain/job-identity.ts'
import { JOB_STATES } from '../../shared/domain/job-state.ts'
import type { JobState } from '../../shared/domain/job-state.ts'
import type { JobQuery } from '../../shared/operations/ports.ts'
import type { LogCursor, LogRequest } from '../../shared/operations/job-log.ts'
import { HttpProblem } from '../../shared/runtime/http.ts'

/** Longest text of a request that an error repeats. */
const MAX_SHOWN = 50
/** Longer than any request line that API Gateway lets through. */
const MAX_QUERY_LENGTH = 10_240

/** The parameters of a query string, if all are known and none is repeated. */
export function readQuery(rawQueryString: string | undefined, known: readonly string[]): URLSearchParams {
  const text = rawQueryString ?? ''
  if (text.length > MAX_QUERY_LENGTH) throw bad('The query is too long.')
  const query = new URLSearchParams(text)
  for (const name of query.keys()) {
    if (!known.includes(name)) {
      const allowed = known.length === 0 ? 'this takes none' : `allowed are ${known.join(', ')}`
      throw bad(`There is no parameter ${JSON.stringify(name.slice(0, MAX_SHOWN))}; ${allowed}.`)
    }
    if (query.getAll(name).length > 1) throw bad(`The parameter ${name} is given more than once.`)
  }
  return query
}

const bad = (detail: string): HttpProblem => new HttpProblem('bad-request', detail)

/** What a text must look like; `says` completes "NAME must be …". The document has the same patterns. */
interface TextRule {
  readonly pattern: RegExp
  readonly says: string
}

function textOf(query: URLSearchParams, name: string, { pattern, says }: TextRule): string | undefined {
  const value = query.get(name)
  if (value === null) return undefined
  if (!pattern.test(value)) throw bad(`${name} must be ${says}.`)
  return value
}

function numberOf(query: URLSearchParams, name: string, least: number, most: number): number | undefined {
  const value = query.get(name)
  if (value === null) return undefined
  const number = /^\d{1,9}$/.test(value) ? Number(value) : NaN
  if (!(number >= least && number <= most)) throw bad(`${name} must be a whole number from ${least} to ${most}.`)
  return number
}

/** One of a few words. */
export function wordOf<Word extends string>(
  query: URLSearchParams,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const value = query.get(name)
  if (value === null) return undefined
  const word = words.find(each => each === value)
  if (word === undefined) throw bad(`${name} must be one of ${words.join(', ')}.`)
  return word
}

/** Date and time with a zone; JavaScript alone would also take `1`, `May` and local times. */
export const TIME: TextRule = {
  pattern: /^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$/,
  says: 'a time such as 2026-11-21T03:00:00Z',
}

function timeOf(query: URLSearchParams, name: string): number | undefined {
  const text = textOf(query, name, TIME)
  if (text === undefined) return undefined
  const at = Date.parse(text)
  if (Number.isNaN(at) || !isDayOfCalendar(text.slice(0, 'YYYY-MM-DD'.length)) || !(at >= FIRST && at <= LAST))
    throw bad(`${name} must be ${TIME.says}.`)
  return at
}

/** What an offset may move out of the years of four digits, in which keys are ordered. */
const FIRST = Date.parse('0000-01-01T00:00:00Z')
const LAST = Date.parse('9999-12-31T23:59:59.999Z')

/** JavaScript takes 30 February for 2 March. */
function isDayOfCalendar(day: string): boolean {
  const midnight = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day)
}

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
export const JOB_NAME: TextRule = { pattern: DNS_LABEL, says: 'the whole name of a job: a-z, 0-9 and -' }
export const CLUSTER_NAME: TextRule = { pattern: DNS_LABEL, says: 'the name of a cluster: a-z, 0-9 and -' }
/** As Kubernetes has labels. */
export const LABEL: TextRule = {
  pattern:
    /^([a-z0-9.-]{1,253}[/])?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?=([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/,
  says: 'NAME=VALUE, one label of the job',
}
export const TRIGGERS = ['api', 's3', 'schedule'] as const

export const LIST_PARAMETERS = [
  'state',
  'name',
  'label',
  'cluster',
  'trigger',
  'since',
  'until',
  'limit',
  'nextToken',
  'ids',
]
const DEFAULT_LIMIT = 50
export const MAX_LIMIT = 100

/** Filters of a list and its size; the page token is read apart. */
export function readListQuery(query: URLSearchParams): Omit<JobQuery, 'team' | 'next'> {
  const state = wordOf(query, 'state', Object.keys(JOB_STATES) as JobState[])
  const name = textOf(query, 'name', JOB_NAME)
  const label = textOf(query, 'label', LABEL)
  const cluster = textOf(query, 'cluster', CLUSTER_NAME)
  const trigger = wordOf(query, 'trigger', TRIGGERS)
  const since = timeOf(query, 'since')
  const until = timeOf(query, 'until')
  if (since !== undefined && until !== undefined && since >= until) throw bad('since must be before until.')
  const at = label?.indexOf('=') ?? 0
  return {
    limit: numberOf(query, 'limit', 1, MAX_LIMIT) ?? DEFAULT_LIMIT,
    ...(state !== undefined && { state }),
    ...(name !== undefined && { name }),
    ...(label !== undefined && { label: { name: label.slice(0, at), value: label.slice(at + 1) } }),
    ...(cluster !== undefined && { cluster }),
    ...(trigger !== undefined && { trigger }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  }
}

/** Ids of a batch, each once; undefined where the query asks for a list. */
export function readIds(query: URLSearchParams): readonly string[] | undefined {
  const given = query.get('ids')
  if (given === null) return undefined
  if (query.size > 1) throw bad('ids goes with no other parameter.')
  const ids = [...new Set(given.split(','))]
  if (ids.length > MAX_LIMIT || ids.some(id => !JOB_ID_PATTERN.test(id)))
    throw bad(`ids must be 1 to ${MAX_LIMIT} ids of jobs, with commas between them.`)
  return ids
}

/** A long poll may take this long: API Gateway and the function end at 29 seconds and a bit. */
export const MAX_WAIT_SECONDS = 25

export const readWaitSeconds = (query: URLSearchParams): number => numberOf(query, 'wait', 0, MAX_WAIT_SECONDS) ?? 0

export const LOG_PARAMETERS = ['role', 'attempt', 'tail', 'since']
export const MAX_TAIL_LINES = 10_000
export const MAX_ATTEMPT = 9_999
export const LOG_ROLE: TextRule = { pattern: /^(driver|executor-[1-9][0-9]{0,5})$/, says: 'driver or executor-N' }
/** A time, or the `next` of the answer before: a time, `~`, and how many lines of that time were seen. */
export const LOG_SINCE: TextRule = {
  pattern: /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?Z(~[0-9]{1,9})?$/,
  says: 'the next of an answer before, or a time such as 2026-11-21T03:00:00Z',
}

export function readLogQuery(query: URLSearchParams): LogRequest {
  const role = textOf(query, 'role', LOG_ROLE) ?? 'driver'
  const attempt = numberOf(query, 'attempt', 1, MAX_ATTEMPT)
  const tail = numberOf(query, 'tail', 0, MAX_TAIL_LINES)
  const since = textOf(query, 'since', LOG_SINCE)
  if (since !== undefined && tail !== undefined) throw bad('tail and since exclude each other.')
  return {
    role: role === 'driver' ? role : Number(role.slice('executor-'.length)),
    ...(attempt !== undefined && { attempt }),
    ...(tail !== undefined && { tail }),
    ...(since !== undefined && { since: cursorOf(since) }),
  }
}

function cursorOf(text: string): LogCursor {
  const [time = '', seen = '0'] = text.split('~')
  if (Number.isNaN(Date.parse(time)) || !isDayOfCalendar(time.slice(0, 'YYYY-MM-DD'.length)))
    throw bad(`since must be ${LOG_SINCE.says}.`)
  return { time, seen: Number(seen) }
}

export const cursorText = ({ time, seen }: LogCursor): string => `${time}~${seen}`

export const readAttempt = (query: URLSearchParams): number | undefined => numberOf(query, 'attempt', 1, MAX_ATTEMPT)
