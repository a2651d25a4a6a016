/** `sparkgate get | cancel | retry`: one call each about one job; `--wait` follows it to its end. */
import { connect } from './api-client.ts'
import type { JobAnswer } from './api-answers.ts'
import { EXIT, oneOperand } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { exitCodeOf, followJob } from './follow-job.ts'
import { readStage } from './read-stage.ts'
import { jobLines } from './show-job.ts'
import type { StageProgress } from './spark-stage.ts'
import { writeAnswer } from './write-answer.ts'

/** Shows a job; for people with the stage that it is at. */
export async function get(given: Arguments): Promise<number> {
  const api = await connect(given.options)
  const { body } = await api.send({ method: 'GET', path: jobPath(given) })
  const job = body as JobAnswer
  const { output } = given.options
  const stage = output === undefined || output === 'text' ? await readStage(api, job) : undefined
  return showJob(job, given, stage)
}

/** Cancels. A job that somebody cancelled is what was asked for: exit code 0. */
export async function cancel(given: Arguments): Promise<number> {
  const api = await connect(given.options)
  const { body } = await api.send({ method: 'POST', path: `${jobPath(given)}/cancel` })
  if (given.options['wait'] !== true) return showJob(body as JobAnswer, given)
  const ended = await followJob(api, body as JobAnswer)
  await showJob(ended, given)
  const code = exitCodeOf(ended) ?? EXIT.toolFailed
  return code === EXIT.cancelled ? EXIT.ok : code
}

/** Asks for one more attempt of a job that is over. */
export async function retry(given: Arguments): Promise<number> {
  const api = await connect(given.options)
  // A second request after a lost answer could be a second attempt, when the first was quick.
  const { body } = await api.send({ method: 'POST', path: `${jobPath(given)}/retry`, repeat: 'never' })
  if (given.options['wait'] !== true) return showJob(body as JobAnswer, given)
  const ended = await followJob(api, body as JobAnswer)
  await showJob(ended, given)
  return exitCodeOf(ended) ?? EXIT.toolFailed
}

function jobPath(given: Arguments): string {
  return `/v1/jobs/${encodeURIComponent(oneOperand(given, 'this takes one JOB: an id from `sparkgate list`'))}`
}

async function showJob(job: JobAnswer, given: Arguments, stage?: StageProgress): Promise<number> {
  await writeAnswer(given, { whole: job, names: [job.id], text: () => jobLines(job, Date.now(), stage) })
  return EXIT.ok
}
