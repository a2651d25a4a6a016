/** What a step is, what a decision is made from, and the plain steps: wait, look again, record. */
import type { EngineSettings } from '../engine-settings.ts'
import type { Job } from '../job.ts'
import type { Observed } from '../observed.ts'
import type { Reason } from '../reason.ts'

export type NextStep =
  /** The job is over. */
  | { readonly step: 'nothing' }
  /** Look again at `until`; `job` carries what was learned meanwhile. */
  | { readonly step: 'wait'; readonly until: number; readonly job: Job }
  /** Look at the jobs that this one depends on. */
  | { readonly step: 'look-at-dependencies' }
  /** Ask for room; if there is none, wait as `job` says: whoever gives room sends for it, and at `until` it is too late. */
  | { readonly step: 'ask-for-admission'; readonly until: number; readonly job: Job }
  /** Take a turn at the cluster's operator. */
  | { readonly step: 'reserve-turn' }
  /** Write the job as given, then decide again. */
  | { readonly step: 'record'; readonly job: Job }
  /** Begin a new attempt: write SUBMITTING (the operation fills in name and remedies). */
  | { readonly step: 'begin-attempt' }
  /** POST the SparkApplication of the current attempt. */
  | { readonly step: 'create' }
  /** DELETE this object, by uid. */
  | { readonly step: 'delete'; readonly objectName: string; readonly uid: string }

export interface DecisionInput {
  readonly job: Job
  readonly observed: Observed
  readonly now: number
  readonly settings: EngineSettings
  /** 0 … 1, for back-off. */
  readonly jitter: number
}

export const record = (job: Job, change: Partial<Job>, now: number): NextStep => ({
  step: 'record',
  job: { ...job, ...change, updatedAt: now },
})

export const waitUntil = (job: Job, until: number, reason: Reason, message: string): NextStep => ({
  step: 'wait',
  until,
  job: job.reason === reason ? job : { ...job, reason, message },
})

/** The next planned look; never later than `deadline`. */
export function lookAgain(input: DecisionInput, reason: Reason, message: string, deadline = Infinity): NextStep {
  const { job, now, settings } = input
  const waited = (now - job.stateSince) / 1000
  const seconds =
    job.state === 'RUNNING'
      ? settings.runningLookSeconds
      : clamp(waited / 2, settings.pendingLookSeconds, settings.pendingLookMaxSeconds)
  // A millisecond after the deadline: at the deadline itself it has not passed.
  const until = Math.min(now + seconds * 1000, deadline + 1)
  return { step: 'wait', until, job: { ...job, reason, message } }
}

export const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high)
