/** What several routes answer. */
import { pricesOf } from '../../../shared/domain/cost.ts'
import { linksOf } from '../../../shared/domain/job-links.ts'
import type { JsonObject } from '../../../shared/domain/job-spec/canonical-spec.ts'
import type { Job } from '../../../shared/domain/job.ts'
import { isTerminal } from '../../../shared/domain/job-state.ts'
import { jobView } from '../../../shared/domain/report.ts'
import type { KnownAround } from '../../../shared/domain/report.ts'
import { HttpProblem } from '../../../shared/runtime/http.ts'
import type { ApiRequest } from '../route.ts'

/** The job as the API answers it: with what it cost, and with links under the door that the caller came through. */
export function jobAnswer(
  { deps, event }: Pick<ApiRequest, 'deps' | 'event'>,
  job: Job,
  known: Pick<KnownAround, 'watchedAt'> = {},
): JsonObject {
  const { platform, clock } = deps
  const self = `${doorOf(event)}/v1/jobs/${job.jobId}`
  const parts = Object.fromEntries(JOB_PARTS.map(part => [part, `${self}/${part}`]))
  return {
    ...jobView(job, clock.now(), { ...known, pricesOf: pricesOf(platform) }),
    links: { self, ...parts, ...linksOf(job, platform.links) },
  }
}

const JOB_PARTS = ['attempts', 'events', 'spec', 'logs']

/** A custom domain puts a prefix before /v1. */
export function doorOf({ rawPath }: Pick<ApiRequest['event'], 'rawPath'>): string {
  const at = (rawPath ?? '').indexOf('/v1/jobs')
  return at === -1 ? '' : rawPath.slice(0, at)
}

export const notFound = (): HttpProblem => new HttpProblem('not-found', 'There is no such job.')

export const iso = (at: number): string => new Date(at).toISOString()

/** Weak: what the record's version does not know (its age, the place in the queue) changes by itself. */
export const etagOf = (job: Job): string => `W/"${job.version}${isTerminal(job.state) ? '' : '-live'}"`
