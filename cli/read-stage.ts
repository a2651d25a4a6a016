/**
 * The stage of a running job, from the end of its driver's log. It costs the gateway one request and the job's cluster two (its
 * pods, 200 lines), so it is asked seldom: every 5 s while a person looks at one job. Whatever is in the way, no pod, no right,
 * a gateway without logs, a program that logs warnings only, is no reason to say anything: the line is as it was without.
 */
import type { JobAnswer } from './api-answers.ts'
import type { ApiClient } from './api-client.ts'
import { CommandFailure, EXIT } from './arguments.ts'
import { foldStages, newestStage, NO_STAGES } from './spark-stage.ts'
import type { StageProgress } from './spark-stage.ts'

/** A task that ends says two or three lines; 30 KB. */
const TAIL_LINES = 200
/** Where a log told nothing it is asked this much more seldom. */
const SELDOM = 10

/** undefined: not known. */
export async function readStage(api: ApiClient, job: JobAnswer): Promise<StageProgress | undefined> {
  return (await ask(api, job)).stage
}

interface Told {
  readonly stage?: StageProgress | undefined
  /** Asking again would be answered the same. */
  readonly isFinal?: boolean
}

async function ask(api: ApiClient, job: JobAnswer): Promise<Told> {
  if (job.state !== 'RUNNING') return {}
  const path = `/v1/jobs/${encodeURIComponent(job.id)}/logs?role=driver&attempt=${job.attempt}&tail=${TAIL_LINES}`
  try {
    const { body } = await api.send({ method: 'GET', path, repeat: 'unwanted' })
    const { lines } = body as { readonly lines: readonly { readonly text: string }[] }
    return {
      stage: newestStage(
        foldStages(
          NO_STAGES,
          lines.map(({ text }) => text),
        ),
      ),
    }
  } catch (error) {
    return { isFinal: error instanceof CommandFailure && error.exitCode === EXIT.noPermission }
  }
}

/** Asks at most every so many milliseconds, and answers in between what it heard last. */
export function stageOfOne(
  api: ApiClient,
  everyMilliseconds: number,
  now: () => number = Date.now,
): (job: JobAnswer) => Promise<StageProgress | undefined> {
  let attempt = -1
  let askAt = 0
  let known: StageProgress | undefined
  return async job => {
    if (job.attempt !== attempt || job.state !== 'RUNNING') {
      ;[attempt, askAt, known] = [job.attempt, 0, undefined]
    }
    if (job.state !== 'RUNNING' || now() < askAt) return known
    const told = await ask(api, job)
    known = told.stage
    askAt = told.isFinal === true ? Infinity : now() + everyMilliseconds * (known === undefined ? SELDOM : 1)
    return known
  }
}

/** For a table of jobs: each call asks about one of those that run, in turn, and answers what is known of all. */
export function stagesInTurn(
  api: ApiClient,
): (jobs: readonly JobAnswer[]) => Promise<ReadonlyMap<string, StageProgress | undefined>> {
  // In the order in which they were asked about: the first is next.
  let known = new Map<string, StageProgress | undefined>()
  return async jobs => {
    const running = new Map(jobs.filter(({ state }) => state === 'RUNNING').map(job => [job.id, job]))
    const next = [...running.values()].find(({ id }) => !known.has(id)) ?? running.get(firstOf(known, running) ?? '')
    known = new Map([...known].filter(([id]) => running.has(id) && id !== next?.id))
    if (next !== undefined) known.set(next.id, await readStage(api, next))
    return known
  }
}

const firstOf = (known: ReadonlyMap<string, unknown>, running: ReadonlyMap<string, unknown>): string | undefined =>
  [...known.keys()].find(id => running.has(id))
