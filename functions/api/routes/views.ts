/** What several routes answer. */
import type { Job } from '../../../shared/domain/job.ts'
import { isTerminal } from '../../../shared/domain/job-state.ts'
import { HttpProblem } from '../../../shared/runtime/http.ts'

export const notFound = (): HttpProblem => new HttpProblem('not-found', 'There is no such job.')

export const iso = (at: number): string => new Date(at).toISOString()

/** Weak: what the record's version does not know (its age, the place in the queue) changes by itself. */
export const etagOf = (job: Job): string => `W/"${job.version}${isTerminal(job.state) ? '' : '-live'}"`
