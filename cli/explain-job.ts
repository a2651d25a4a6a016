/** `sparkgate explain JOB`: why a job waits or failed, whether the gateway tries again, and what its author can do. */
import { FAILURES } from '../shared/domain/reason.ts'
import type { FailureReason, LiveReason } from '../shared/domain/reason.ts'
import { connect } from './api-client.ts'
import type { JobAnswer } from './api-answers.ts'
import { EXIT } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { paint } from './colour.ts'
import { exitCodeOf } from './follow-job.ts'
import { renderFindings } from './render-findings.ts'
import { jobLines, progressText, waitingText } from './show-job.ts'
import { showText } from './terminal-text.ts'
import { writeAnswer } from './write-answer.ts'

/** What is told, beside the job itself. */
export interface JobExplanation {
  /** Why it is where it is. */
  readonly why: readonly string[]
  /** What will happen without anybody's doing. */
  readonly next: string
  /** What a person can do. */
  readonly todo: readonly string[]
}

/** Asks the gateway for the job and explains it. */
export async function explainJob(id: string, given: Arguments): Promise<number> {
  const { body } = await (
    await connect(given.options)
  ).send({ method: 'GET', path: `/v1/jobs/${encodeURIComponent(id)}` })
  const job = body as JobAnswer
  const explanation = explanationOf(job)
  await writeAnswer(given, {
    whole: { job: job.id, state: job.state, reason: job.reason, ...explanation },
    names: [job.id],
    text: () => [...jobLines(job, Date.now()), ...sections(explanation), ...adviceLines(job)],
  })
  return EXIT.ok
}

/** From the job's state and reason alone; the sentences of failures are those of docs/failures.md. */
export function explanationOf(job: JobAnswer): JobExplanation {
  const live = Object.hasOwn(LIVE, job.reason) ? LIVE[job.reason as LiveReason] : undefined
  if (exitCodeOf(job) === undefined)
    return {
      why: [live?.why ?? job.message, waitingText(job) ?? '', progressText(job) ?? '', lastFailure(job)].filter(isSaid),
      next: live?.next ?? 'The gateway looks at it again by itself.',
      todo: [...(live?.todo ?? []), ...remedyOf(lastReason(job)), `To give it up: sparkgate cancel ${job.id}`],
    }
  return ENDED[job.state]?.(job) ?? { why: [job.message], next: 'Nothing more.', todo: [] }
}

const isSaid = (text: string): boolean => text !== ''

const ENDED: Readonly<Record<string, (job: JobAnswer) => JobExplanation>> = {
  SUCCEEDED: job => ({
    why: ['The driver ended with exit code 0.'],
    next: 'Nothing more: it is over.',
    todo: [`Its output: sparkgate logs ${job.id}`],
  }),
  FAILED: job => ({
    why: [job.message],
    next: `Nothing more: ${triedText(job)}.`,
    todo: [
      ...remedyOf(job.reason),
      ...(job.attempts.length === 0
        ? ['It never ran: submit it again when its cause is gone.']
        : [
            `What the driver said: sparkgate logs ${job.id} --tail 100`,
            `Once more, when it is mended: sparkgate retry ${job.id} --wait`,
          ]),
    ],
  }),
  TIMED_OUT: job => ({
    why: [job.message],
    next: 'Nothing more: a deadline ended it, and nothing of it runs.',
    todo: [...remedyOf(job.reason), `Once more: sparkgate retry ${job.id} --wait`],
  }),
  CANCELLED: job => ({
    why: [`It was cancelled${job.stop?.requestedBy === undefined ? '' : ` by ${job.stop.requestedBy}`}.`],
    next: 'Nothing more: a cancelled job never runs again.',
    todo: ['To run it after all, submit it again; it becomes another job.'],
  }),
  REJECTED: () => ({
    why: ['Its spec was refused; nothing ran. The errors are below.'],
    next: 'Nothing more.',
    todo: ['Mend the spec (`sparkgate validate FILE` shows the same errors) and submit it again.'],
  }),
}

const remedyOf = (reason: string | undefined): readonly string[] =>
  reason !== undefined && Object.hasOwn(FAILURES, reason) ? [FAILURES[reason as FailureReason].remedy] : []

const lastReason = (job: JobAnswer): string | undefined => job.attempts.findLast(each => each.reason)?.reason

function lastFailure(job: JobAnswer): string {
  const last = job.attempts.findLast(each => each.reason)
  return last === undefined ? '' : `Attempt ${last.number} ended with ${last.reason}: ${last.message ?? ''}`
}

function triedText(job: JobAnswer): string {
  const retry = Object.hasOwn(FAILURES, job.reason) ? FAILURES[job.reason as FailureReason].retry : 'never'
  const most = job.retry?.maxAttempts
  if (retry === 'never') return 'a repeat would end the same way, so the gateway makes none'
  const count = `${job.attempts.length} attempt${job.attempts.length === 1 ? '' : 's'}`
  return `the gateway made ${count}${most === undefined ? '' : ` of ${most}`}, and the policy allows no more`
}

interface LiveRow {
  readonly why: string
  readonly next: string
  readonly todo?: readonly string[]
}

/** Reasons of jobs that live: what is awaited, what ends the wait, and what would help. */
const LIVE: Readonly<Record<LiveReason, LiveRow>> = {
  WAITING_FOR_TURN: {
    why: 'It is ready and waits for its turn: the operator takes only a few submissions a second.',
    next: 'It is submitted when those before it are.',
    todo: ['A higher priority in the spec overtakes; clusters with a backlog show in `sparkgate clusters`.'],
  },
  WAITING_FOR_ROOM: {
    why: 'The limits of its team or cluster leave no room for it now.',
    next: 'It starts when enough running jobs have ended.',
    todo: ['`sparkgate usage` shows what is in use; a smaller job (fewer or smaller executors) fits sooner.'],
  },
  WAITING_FOR_DEPENDENCY: {
    why: 'Jobs that it depends on have not ended.',
    next: 'It becomes ready when they end as it asks, and fails when one does not.',
  },
  BACKING_OFF: {
    why: 'Its last attempt failed; the gateway waits before the next.',
    next: 'The next attempt starts by itself.',
  },
  CLEANING_UP: {
    why: 'The next attempt waits for proof that nothing of the last one runs.',
    next: 'It starts when its object and pods are gone.',
    todo: ['A pod that does not go away (a node that is lost) needs the platform team.'],
  },
  SUBMITTING: { why: 'It is being created on its cluster.', next: 'The cluster answers within seconds.' },
  CLUSTER_UNREACHABLE: {
    why: "The cluster's API server does not answer.",
    next: 'The gateway keeps trying; what runs there goes on.',
    todo: ['`sparkgate clusters` shows its health.'],
  },
  CLUSTER_ACCESS_DENIED: {
    why: 'The cluster refuses the gateway.',
    next: 'The gateway keeps trying.',
    todo: ['Tell the platform team: the access entry or the RBAC of the gateway is missing there.'],
  },
  OPERATOR_SUBMITTING: {
    why: 'The Spark Operator has the application and has not started its driver yet.',
    next: 'It runs spark-submit when its queue is that far; after a burst that takes minutes.',
  },
  DRIVER_STARTING: { why: 'The driver pod starts.', next: 'It runs within a minute or two, a new node included.' },
  IMAGE_PULL_WAITING: {
    why: 'The image of the driver cannot be pulled.',
    next: 'The kubelet keeps trying until the deadline for pending jobs.',
    todo: [FAILURES.IMAGE_PULL_FAILED.remedy],
  },
  UNSCHEDULABLE_WAITING: {
    why: 'No node can take the driver now.',
    next: 'A new node may take it; else the deadline for pending jobs ends it.',
    todo: [FAILURES.UNSCHEDULABLE.remedy],
  },
  CONTAINER_CONFIG_WAITING: {
    why: 'The driver waits for a secret or configMap that is not there.',
    next: 'It starts as soon as that exists; else the deadline for pending jobs ends it.',
    todo: [FAILURES.CONTAINER_CONFIG_ERROR.remedy],
  },
  SUSPENDED: {
    why: 'Somebody suspended it on the cluster.',
    next: 'It goes on when that is taken back.',
  },
  RUNNING: { why: 'The driver runs.', next: 'It ends when the program ends, or at its deadline.' },
  STOPPING: { why: 'It is being ended.', next: 'It is over when its object and pods are gone.' },
}

function sections({ why, next, todo }: JobExplanation): readonly string[] {
  const section = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : ['', paint('bold', title), ...lines.map(line => `  ${showText(line)}`)]
  return [...section('Why', why), ...section('What happens next', [next]), ...section('What you can do', todo)]
}

function adviceLines({ findings = [] }: JobAnswer): readonly string[] {
  const told = findings.filter(({ severity }) => severity !== 'rewritten')
  return told.length === 0 ? [] : ['', paint('bold', 'What the checks say of its spec'), renderFindings(told)]
}
