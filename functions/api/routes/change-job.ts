/** Cancel (also as DELETE) and retry. */
import { cancelJob } from '../../../shared/operations/cancel-job.ts'
import { retryJob } from '../../../shared/operations/retry-job.ts'
import { HttpProblem, json } from '../../../shared/runtime/http.ts'
import type { JobHandler } from '../route.ts'
import { jobAnswer, notFound } from './views.ts'

export const cancel: JobHandler = async (request, ref) => {
  const { deps, caller } = request
  const result = await cancelJob(deps, ref, caller.name)
  switch (result.outcome) {
    case 'cancelling':
      return json(202, jobAnswer(request, result.job))
    case 'already-over':
      throw new HttpProblem('state-conflict', `The job is over (${result.job.state}); there is nothing to cancel.`)
    case 'not-found':
      throw notFound()
  }
}

export const retry: JobHandler = async (request, ref) => {
  const { deps, caller } = request
  const result = await retryJob(deps, ref, caller.name)
  switch (result.outcome) {
    case 'queued':
      return json(202, jobAnswer(request, result.job))
    case 'conflict':
      throw new HttpProblem('state-conflict', result.why)
    case 'not-found':
      throw notFound()
  }
}
