/** The proof that an attempt is over (rule 6), and whose an object is. */
import { allHeardFrom, changeAttempt } from '../job.ts'
import type { Attempt, Job } from '../job.ts'
import { isLivePod } from '../observed.ts'
import type { ApplicationView } from '../observed.ts'
import { decideUnreachable } from './decide-unreachable.ts'
import { record } from './step.ts'
import type { DecisionInput, NextStep } from './step.ts'

/**
 * Rule 6: the object is deleted by uid and answers 404, none of its pods lives, and no create of it can still be on its
 * way. Then, and only then, `then` says what the job becomes.
 */
export function proveGone(input: DecisionInput, attempt: Attempt, then: (job: Job) => Job): NextStep {
  const { job, observed, now, settings } = input
  if (observed.kind === 'nothing')
    throw new Error(`job ${job.jobId}: attempt ${attempt.number} has no proof and nobody looked`)
  if (observed.kind === 'unavailable') return decideUnreachable(input, attempt, observed)
  const { application, pods } = observed
  const ours = application !== undefined && (application.uid === attempt.uid || isOf(application, job, attempt))
  if (ours) return { step: 'delete', objectName: attempt.objectName, uid: application.uid }
  const { settledAt = now } = attempt
  const cleaning = {
    ...changeAttempt(allHeardFrom(job), attempt, { settledAt }),
    reason: job.state === 'CANCELLING' ? ('STOPPING' as const) : ('CLEANING_UP' as const),
    observedAt: now,
  }
  if (pods.some(isLivePod)) return { step: 'wait', until: now + settings.removalLookSeconds * 1000, job: cleaning }
  const noCreateAfter = settledAt + createWindow(input)
  if (now < noCreateAfter) return { step: 'wait', until: noCreateAfter, job: cleaning }
  return record(then(changeAttempt(job, attempt, { goneAt: now })), { observedAt: now }, now)
}

/** Whether an object of the attempt's name is that attempt's: by identity, when its uid was never learned. */
export const isOf = (application: ApplicationView, job: Job, attempt: Attempt): boolean =>
  application.jobId === job.jobId &&
  application.team === job.team &&
  application.attempt === attempt.number &&
  application.specHash === job.specHash

export const createWindow = (input: DecisionInput): number => input.settings.createWindowSeconds * 1000
