/** `sparkgate logs`: what a job's driver or executor said; `-f` goes on until the job is over. */
import type { JobAnswer } from './api-answers.ts'
import { connect } from './api-client.ts'
import { EXIT, oneOperand, textOption, UsageError } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { exitCodeOf, followJob } from './follow-job.ts'
import { readLimit } from './job-query.ts'
import { parseMoment } from './relative-time.ts'
import { tailLogs, writeLogs } from './tail-logs.ts'
import type { LogLine, LogQuery } from './tail-logs.ts'
import { jsonLine, showText } from './terminal-text.ts'

/** With `-f` the exit code tells how the job ended, as with `submit --wait`. */
export async function logs(given: Arguments): Promise<number> {
  const { options } = given
  const id = oneOperand(given, 'logs takes one JOB: an id from `sparkgate list`')
  const query = readQuery(options)
  const api = await connect(options)
  if (options['follow'] === true) {
    if (options['output'] === 'json') throw new UsageError('logs -f writes text: leave out --output json')
    const { body } = await api.send({ method: 'GET', path: `/v1/jobs/${encodeURIComponent(id)}` })
    const job = await followJob(api, body as JobAnswer, tailLogs(api, id, query))
    console.error(`${job.id} ${job.state} (${job.reason})`)
    return exitCodeOf(job) ?? EXIT.toolFailed
  }
  // JSON is an object a line: a log may be longer than the memory.
  const write = options['output'] === 'json' ? [(line: LogLine) => console.log(jsonLine(line))] : []
  const { waitingFor } = await writeLogs(api, id, query, ...write)
  if (waitingFor !== undefined) console.error(`There is no log yet: ${showText(waitingFor)}`)
  return EXIT.ok
}

function readQuery(options: Arguments['options']): LogQuery {
  const role = textOption(options, 'role')
  if (role !== undefined && !/^(?:driver|executor-\d{1,6})$/.test(role))
    throw new UsageError(`--role is driver, executor-1, executor-2 …, not ${role}`)
  const [attempt, tail] = [readLimit(options, 'attempt'), readLimit(options, 'tail')]
  const since = textOption(options, 'since')
  if (since !== undefined && tail !== undefined) throw new UsageError('--tail and --since exclude each other')
  return {
    ...(role !== undefined && { role }),
    ...(attempt !== undefined && { attempt: String(attempt) }),
    ...(tail !== undefined && { tail: String(tail) }),
    ...(since !== undefined && { since: parseMoment('--since', since, Date.now()) }),
  }
}
