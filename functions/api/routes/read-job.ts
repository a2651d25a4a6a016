/** GET /v1/jobs/{id}, its attempts and its timeline. */
import { setTimeout as pause } from 'node:timers/promises'
import type { JsonObject } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { isTerminal } from '../../../shared/domain/job-state.ts'
import type { Job, JobRef } from '../../../shared/domain/job.ts'
import { attemptView } from '../../../shared/domain/report.ts'
import { timelineOf } from '../../../shared/domain/timeline.ts'
import { describeWaiting } from '../../../shared/operations/describe-waiting.ts'
import { readWatches } from '../../../shared/operations/read-watches.ts'
import type { JobStore } from '../../../shared/operations/ports.ts'
import { empty, json } from '../../../shared/runtime/http.ts'
import { readWaitSeconds } from '../query.ts'
import type { ApiRequest, JobHandler } from '../route.ts'
import { etagOf, jobAnswer, notFound } from './views.ts'

/**
 * With `If-None-Match` 304 while the record is the same. With `wait` the answer comes when the record differs from that one
 * (without the header: when the job changes its state), when the job is over, or after so many seconds.
 */
export const getJob: JobHandler = async (request, ref) => {
  const { deps, event, query } = request
  const seconds = readWaitSeconds(query)
  const known = event.headers['if-none-match']
  const first = await find(deps.store, ref)
  const job = seconds === 0 ? first : await waitForChange(request, ref, first, seconds)
  const headers = { etag: etagOf(job) }
  if (known !== undefined && isKnown(known, job)) return empty(304, headers)
  const [waiting, watches] = await Promise.all([
    describeWaiting(deps.admission, job),
    readWatches(deps.admission, [job]),
  ])
  const told = waiting && { ...waiting, waitingFor: withoutIds(waiting.waitingFor) }
  return json(200, { ...jobAnswer(request, job, watches), ...(told as JsonObject | undefined) }, headers)
}

export const listAttempts: JobHandler = async ({ deps }, ref) =>
  json(200, { attempts: (await find(deps.store, ref)).attempts.map(attemptView) })

export const listEvents: JobHandler = async ({ deps }, ref) =>
  json(200, { events: [...timelineOf(await find(deps.store, ref))] })

export async function find(store: JobStore, ref: JobRef): Promise<Job> {
  const job = await store.get(ref)
  if (job === undefined) throw notFound()
  return job
}

/** First look after this, then each time half as long again: a state that changes soon is told soon, a wait of 25 s is 17 reads. */
const FIRST_LOOK_MILLISECONDS = 250
const LAST_LOOK_MILLISECONDS = 2_000
const LONGER = 1.5

async function waitForChange({ deps, event }: ApiRequest, ref: JobRef, first: Job, seconds: number): Promise<Job> {
  const known = event.headers['if-none-match']
  const isNews = (job: Job): boolean =>
    isTerminal(job.state) ||
    (known === undefined ? job.state !== first.state || job.attempt !== first.attempt : !isKnown(known, job))
  const until = performance.now() + seconds * 1000
  let job = first
  let delay = FIRST_LOOK_MILLISECONDS
  while (!isNews(job)) {
    const left = until - performance.now()
    if (left <= 0) break
    await pause(Math.min(delay, left))
    delay = Math.min(delay * LONGER, LAST_LOOK_MILLISECONDS)
    job = await find(deps.store, ref)
  }
  return job
}

/** Weak comparison (RFC 9110, 13.1.2); a list of tags is split at its commas, ours have none. */
const isKnown = (ifNoneMatch: string, job: Job): boolean =>
  ifNoneMatch.split(',').some(tag => {
    const given = tag.trim()
    return given === '*' || given.replace(/^W\//, '') === etagOf(job).replace(/^W\//, '')
  })

/** Why a job waits may name the job that it waits behind, which may be another team's. */
const withoutIds = (text: string): string => text.replace(/job j[a-z2-7]{24}/g, 'a job')
