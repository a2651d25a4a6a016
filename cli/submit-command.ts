/** `sparkgate submit`: a spec becomes a job; or, with `--dry-run`, what it would become. */
import { randomUUID } from 'node:crypto'
import type { Finding } from '../shared/domain/job-spec/findings/finding.ts'
import { connect, UnreachableError } from './api-client.ts'
import type { ApiClient } from './api-client.ts'
import type { JobAnswer } from './api-answers.ts'
import { CommandFailure, EXIT, textOption, UsageError } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { exitCodeOf, followJob } from './follow-job.ts'
import { linesOf, renderFindings } from './render-findings.ts'
import { jobLines } from './show-job.ts'
import { readSubmission } from './submission.ts'
import type { Submission } from './submission.ts'
import { writeAnswer } from './write-answer.ts'

/** Submits; with `--wait` or `--follow` the exit code tells how the job ended (of several, the first that did not succeed). */
export async function submit(given: Arguments): Promise<number> {
  const { options } = given
  const follows = options['follow'] === true
  if (options['dry-run'] !== undefined && (follows || options['wait'] === true))
    throw new UsageError('a dry run makes no job to wait for: leave out --wait and --follow')
  const submission = await readSubmission(given)
  const api = await connect(options)
  if (options['dry-run'] !== undefined) {
    const { dryRun } = await import('./dry-run.ts')
    return dryRun(api, submission, options['dry-run'] === 'server' ? 'server' : 'render', given)
  }
  const body = await post(api, submission, textOption(options, 'idempotency-key') ?? randomUUID())
  const jobs = jobsOf(body)
  tellFindings(
    jobs.flatMap(({ findings }) => findings ?? []),
    submission,
    given,
  )
  if (!follows && options['wait'] !== true) {
    await show(jobs, body, given)
    return EXIT.ok
  }
  const ended = follows ? await followWithLogs(api, jobs, given) : await followAll(api, jobs)
  await show(ended, Array.isArray((body as { jobs?: unknown }).jobs) ? { jobs: ended } : ended[0], given)
  return ended.map(job => exitCodeOf(job) ?? EXIT.toolFailed).find(code => code !== EXIT.ok) ?? EXIT.ok
}

async function post(api: ApiClient, submission: Submission, key: string): Promise<unknown> {
  try {
    const { body, headers } = await api.send({
      method: 'POST',
      path: '/v1/jobs',
      body: submission,
      headers: { 'idempotency-key': key },
      lines: linesOf(submission.text),
    })
    if (headers.get('idempotent-replayed') === 'true')
      console.error('This key was used before with the same spec: here is the job that it started then.')
    return body
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error
    const hint = `It may have been accepted. To ask again without a second job, add --idempotency-key ${key}`
    throw new CommandFailure(`${error.message}\n${hint}`, error.exitCode)
  }
}

/** A text with several documents makes several jobs. */
function jobsOf(body: unknown): readonly JobAnswer[] {
  const { jobs } = body as { jobs?: readonly JobAnswer[] }
  return jobs ?? [body as JobAnswer]
}

function tellFindings(findings: readonly Finding[], { text }: Submission, { options }: Arguments): void {
  if (isForPeople(options) && findings.length > 0)
    console.error(renderFindings(findings, linesOf(text), process.stderr))
}

const isForPeople = ({ output }: Arguments['options']): boolean => output === undefined || output === 'text'

async function followAll(api: ApiClient, jobs: readonly JobAnswer[]): Promise<readonly JobAnswer[]> {
  const ended: JobAnswer[] = []
  for (const job of jobs) ended.push(await followJob(api, job))
  return ended
}

async function followWithLogs(
  api: ApiClient,
  jobs: readonly JobAnswer[],
  { options }: Arguments,
): Promise<readonly JobAnswer[]> {
  // Beside JSON the log is for people.
  const stream = isForPeople(options) ? process.stdout : process.stderr
  const { tailLogs } = await import('./tail-logs.ts')
  const ended: JobAnswer[] = []
  for (const job of jobs) ended.push(await followJob(api, job, tailLogs(api, job.id, {}, stream)))
  return ended
}

async function show(jobs: readonly JobAnswer[], whole: unknown, given: Arguments): Promise<void> {
  const now = Date.now()
  await writeAnswer(given, {
    whole,
    names: jobs.map(({ id }) => id),
    text: () => jobs.flatMap(job => jobLines(job, now)),
  })
}
