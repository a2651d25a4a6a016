/** Following a job to its end: long polls where the gateway has them, patience with a gateway that is away, and Ctrl-C that leaves the job alone. */
import { setTimeout as wait } from 'node:timers/promises'
import type { ApiClient } from './api-client.ts'
import { UnreachableError } from './api-client.ts'
import type { JobAnswer } from './api-answers.ts'
import { EXIT } from './arguments.ts'
import { startProgress } from './progress-line.ts'
import type { ProgressLine } from './progress-line.ts'
import { stageOfOne } from './read-stage.ts'
import { progressText, waitingText } from './show-job.ts'
import type { StageProgress } from './spark-stage.ts'

/** How a job that is over ends the tool. */
const EXIT_OF_STATE: Readonly<Record<string, number>> = {
  SUCCEEDED: EXIT.ok,
  FAILED: EXIT.jobFailed,
  CANCELLED: EXIT.cancelled,
  TIMED_OUT: EXIT.timedOut,
  REJECTED: EXIT.refused,
}

/** The exit code that an ended job means; undefined while it lives. */
export const exitCodeOf = (job: JobAnswer): number | undefined => EXIT_OF_STATE[job.state]

/** Between two looks, at least: a gateway without long polls answers at once. It grows while nothing changes. */
const MIN_POLL_MILLISECONDS = 1_000
const MAX_POLL_MILLISECONDS = 5_000
const POLL_GROWTH = 1.2
/** Of a long poll; the gateway allows 25. */
const LONG_POLL_SECONDS = 20
/** A gateway that is away for longer ends the wait; the job goes on. */
const MAX_AWAY_MILLISECONDS = 10 * 60_000

/** Where somebody looks at the line; elsewhere each change of it is a line of a build's log. */
const STAGE_MILLISECONDS = 5_000
const STAGE_UNSEEN_MILLISECONDS = 5 * 60_000

/** What else happens at each look. */
export interface AtEachLook {
  /** The longest that a look may wait for the job to change. */
  readonly waitSeconds: number
  /** Answers the stage that the job is at, where it knows. The last call has the ended job. */
  run(job: JobAnswer, progress: ProgressLine): Promise<StageProgress | undefined>
}

/** The ended job. Jobs may take days: no limit but Ctrl-C, and ten minutes without any answer. */
export async function followJob(api: ApiClient, first: JobAnswer, given?: AtEachLook): Promise<JobAnswer> {
  const progress = startProgress()
  const atEachLook = given ?? readStages(api, progress)
  const stopHint = () => {
    progress.done()
    console.error(goesOnText(first.id))
    process.exit(EXIT.interrupted)
  }
  process.on('SIGINT', stopHint)
  try {
    return await lookUntilOver(api, first, progress, atEachLook)
  } finally {
    process.removeListener('SIGINT', stopHint)
    progress.done()
  }
}

function readStages(api: ApiClient, { isTerminal }: ProgressLine): AtEachLook {
  const stageOf = stageOfOne(api, isTerminal ? STAGE_MILLISECONDS : STAGE_UNSEEN_MILLISECONDS)
  return { waitSeconds: isTerminal ? STAGE_MILLISECONDS / 1000 : LONG_POLL_SECONDS, run: job => stageOf(job) }
}

const goesOnText = (id: string): string =>
  `\nThe job goes on. \`sparkgate watch ${id}\` waits again, \`sparkgate cancel ${id}\` ends it.`

async function lookUntilOver(
  api: ApiClient,
  first: JobAnswer,
  progress: ProgressLine,
  atEachLook: AtEachLook,
): Promise<JobAnswer> {
  let job = first
  let etag: string | undefined
  let delay = MIN_POLL_MILLISECONDS
  let stage: StageProgress | undefined
  for (;;) {
    progress.update(progressOf(job, stage), progressOf(job))
    stage = await atEachLook.run(job, progress)
    progress.update(progressOf(job, stage), progressOf(job))
    if (exitCodeOf(job) !== undefined) return job
    const asked = Date.now()
    const seen = await look(api, { id: job.id, etag, waitSeconds: atEachLook.waitSeconds }, progress)
    etag = seen.etag
    const next = seen.job ?? job
    const isNews = next.state !== job.state || next.reason !== job.reason || next.attempt !== job.attempt
    if (isNews) stage = undefined
    delay = isNews ? MIN_POLL_MILLISECONDS : Math.min(MAX_POLL_MILLISECONDS, delay * POLL_GROWTH)
    job = next
    const left = asked + delay - Date.now()
    if (left > 0 && exitCodeOf(job) === undefined) await wait(left)
  }
}

interface Seen {
  /** Absent: as before. */
  readonly job?: JobAnswer
  /** Names this version of the job, where the gateway has long polls. */
  readonly etag: string | undefined
}

/** The job as soon as it is another than the one that `etag` names, or after a while. */
async function look(
  api: ApiClient,
  { id, etag, waitSeconds }: { readonly id: string; readonly etag: string | undefined; readonly waitSeconds: number },
  progress: ProgressLine,
): Promise<Seen> {
  const since = Date.now()
  const path = `/v1/jobs/${encodeURIComponent(id)}${etag === undefined ? '' : `?wait=${waitSeconds}`}`
  for (;;) {
    try {
      const { status, headers, body } = await api.send({
        method: 'GET',
        path,
        ...(etag !== undefined && { headers: { 'if-none-match': etag } }),
      })
      return status === 304 ? { etag } : { job: body as JobAnswer, etag: headers.get('etag') ?? undefined }
    } catch (error) {
      if (!(error instanceof UnreachableError) || Date.now() - since > MAX_AWAY_MILLISECONDS) throw error
      progress.update(`${error.message.replace(/^sparkgate: /, '')}; the job goes on, trying again`)
      await wait(MAX_POLL_MILLISECONDS)
    }
  }
}

function progressOf(job: JobAnswer, stage?: StageProgress): string {
  const of = job.retry?.maxAttempts === undefined ? '' : ` of ${job.retry.maxAttempts}`
  const parts = [
    `${job.state.padEnd(10)} attempt ${job.attempt}${of}`,
    progressText(job, stage) ?? '',
    waitingText(job) ?? '',
    job.message,
  ]
  return parts.filter(part => part !== '').join('  ')
}
