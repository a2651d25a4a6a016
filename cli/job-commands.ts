/** `sparkgate submit | get | list | cancel`: one call to the API each, and following a job to its end. */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { connect } from './api-client.ts'
import type { ApiClient, JobAnswer } from './api-client.ts'
import { linesOf, renderFindings } from './render-findings.ts'
import { EXIT, UsageError } from './arguments.ts'
import type { Arguments } from './arguments.ts'

export async function submit({ positionals, options }: Arguments): Promise<number> {
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0) throw new UsageError('submit takes one FILE, or - for standard input')
  const text = readFileSync(file === '-' ? 0 : file, 'utf8')
  const contentType = text.trimStart().startsWith('{') ? 'application/json' : 'application/yaml'
  const api = connect(options)
  const key = String(options['idempotency-key'] ?? randomUUID())
  const job = (await api.request('POST', '/v1/jobs', { text, contentType }, { 'idempotency-key': key })) as JobAnswer
  if (options['output'] !== 'json' && job.findings.length > 0)
    console.error(renderFindings(job.findings, linesOf(text), process.stderr))
  return options['wait'] === true ? follow(api, job, options) : show(job, options)
}

export async function get({ positionals, options }: Arguments): Promise<number> {
  return show((await connect(options).request('GET', jobPath(positionals))) as JobAnswer, options)
}

export async function list({ options }: Arguments): Promise<number> {
  const query = new URLSearchParams()
  for (const name of ['state', 'name', 'limit']) {
    const value = options[name]
    if (typeof value === 'string') query.set(name, value)
  }
  const answer = (await connect(options).request('GET', `/v1/jobs?${query.toString()}`)) as {
    jobs: JobAnswer[]
    nextToken?: string
  }
  if (options['output'] === 'json') console.log(JSON.stringify(answer))
  else {
    printTable([
      ['JOB', 'NAME', 'STATE', 'REASON', 'ATTEMPT', 'CREATED'],
      ...answer.jobs.map(job => [job.id, job.name, job.state, job.reason, String(job.attempt), job.createdAt]),
    ])
    if (answer.nextToken !== undefined) console.log('(there are more: raise --limit)')
  }
  return EXIT.ok
}

export async function cancel({ positionals, options }: Arguments): Promise<number> {
  const api = connect(options)
  const job = (await api.request('POST', `${jobPath(positionals)}/cancel`)) as JobAnswer
  if (options['wait'] !== true) return show(job, options)
  const code = await follow(api, job, options)
  // To cancel was what was asked for.
  return code === EXIT.cancelled ? EXIT.ok : code
}

const EXIT_OF_STATE: Readonly<Record<string, number>> = {
  SUCCEEDED: 0,
  FAILED: 3,
  CANCELLED: 4,
  TIMED_OUT: 5,
  REJECTED: 2,
}
const POLL_MILLISECONDS = 1_000

/** Until the job is over; each change of state or reason is a line on standard error. Jobs may take days: no limit but Ctrl-C. */
async function follow(api: ApiClient, first: JobAnswer, options: Arguments['options']): Promise<number> {
  let job = first
  let said = ''
  for (;;) {
    const now = `${job.state} ${job.reason} ${job.attempt}`
    if (now !== said) console.error(`${job.updatedAt}  ${job.state.padEnd(10)} attempt ${job.attempt}  ${job.message}`)
    said = now
    const code = EXIT_OF_STATE[job.state]
    if (code !== undefined) {
      show(job, options)
      return code
    }
    await wait(POLL_MILLISECONDS)
    job = (await api.request('GET', `/v1/jobs/${job.id}`)) as JobAnswer
  }
}

function show(job: JobAnswer, options: Arguments['options']): number {
  if (options['output'] === 'json') {
    console.log(JSON.stringify(job))
    return EXIT.ok
  }
  console.log(`${job.id}  ${job.name}  ${job.state} (${job.reason})\n  ${job.message}`)
  for (const attempt of job.attempts) {
    const remedies = attempt.remedies
      .map(each => `, ${each.role} memory ${each.beforeMiB} → ${each.afterMiB} MiB`)
      .join('')
    const run = attempt.run === undefined ? '' : `, ${attempt.run} run`
    console.log(
      `  attempt ${attempt.number}: ${attempt.objectName} ${attempt.outcome ?? ''} ${attempt.reason ?? ''}${remedies}${run}`,
    )
  }
  return EXIT.ok
}

function jobPath(positionals: readonly string[]): string {
  const [id, ...more] = positionals
  if (id === undefined || more.length > 0) throw new UsageError('this takes one JOB id')
  return `/v1/jobs/${encodeURIComponent(id)}`
}

function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => (row[column] ?? '').length)))
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
}
