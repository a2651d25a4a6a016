/** Walks every state that the model can reach, in every order of its transitions, and says what is wrong on the way. */
import type { Attempt, Job } from '../../shared/domain/job.ts'
import { isTerminal } from '../../shared/domain/job-state.ts'
import { makeJob, NOW } from '../support/make-job.ts'
import { TICK, transitionsOf } from './model.ts'
import type { ModelState, ModelWorker } from './model.ts'

export interface Explored {
  readonly states: number
  readonly transitions: number
  /** Each with the shortest way there. */
  readonly violations: readonly string[]
}

/** More than the model has; beyond it something does not repeat that should. */
const MAX_STATES = 4_000_000
/** Ages beyond these make no difference to any decision in the model: the create window is less than four ticks, the grace six. */
const OLDEST_TICKS = 4
const OLDEST_ABSENCE_TICKS = 7
const MAX_VIOLATIONS = 5

interface Node {
  readonly state: ModelState
  readonly from: Node | undefined
  readonly by: string
}

/** Breadth first, so that the way to a violation is a shortest one. */
export function exploreModel(): Explored {
  const seen = new Set<string>([keyOf(INITIAL)])
  let transitions = 0
  const violations: string[] = []
  let frontier: Node[] = [{ state: INITIAL, from: undefined, by: 'start' }]
  while (frontier.length > 0 && violations.length < MAX_VIOLATIONS) {
    const next: Node[] = []
    for (const node of frontier) {
      const ways = transitionsOf(node.state)
      transitions += ways.length
      if (ways.length === 0 && !isEnd(node.state)) violations.push(`L1: nothing can happen any more\n${wayTo(node)}`)
      for (const { name, to } of ways) {
        const key = keyOf(to)
        if (seen.has(key)) continue
        if (seen.size >= MAX_STATES) throw new Error(`the model has more than ${MAX_STATES} states`)
        seen.add(key)
        const reached = { state: to, from: node, by: name }
        if (to.violation === undefined) next.push(reached)
        else if (violations.length < MAX_VIOLATIONS) violations.push(`${to.violation}\n${wayTo(reached)}`)
      }
    }
    frontier = next
  }
  return { states: seen.size, transitions, violations }
}

const INITIAL: ModelState = {
  now: NOW,
  job: makeJob('QUEUED', {
    stateSince: NOW,
    retry: { maxAttempts: 2, authorRetries: 0, firstDelaySeconds: 10, maxDelaySeconds: 10 },
    deadlines: { queuedSeconds: 1e9, pendingSeconds: 1e9 },
  }),
  objects: [],
  pods: [],
  workers: [{ at: 'idle' }, { at: 'idle' }],
  wire: [],
  mayLose: true,
  mayCancel: true,
  uids: 0,
}

const isEnd = (state: ModelState): boolean => isTerminal(state.job.state)

function wayTo(node: Node): string {
  const names: string[] = []
  for (let at: Node | undefined = node; at !== undefined; at = at.from) names.unshift(at.by)
  return names.map(name => `  ${name}`).join('\n')
}

/** Two states are one when nothing that comes after can differ: times count by their age, versions by being the stored one. */
function keyOf({ now, job, objects, pods, workers, wire, mayLose, mayCancel, violation }: ModelState): string {
  const age = (time: number | undefined, oldest = OLDEST_TICKS): number | undefined =>
    time === undefined ? undefined : Math.max(Math.round((time - now) / TICK), -oldest)
  const names = new Map<string, number>()
  const short = (uid: string | undefined): number | undefined => {
    if (uid === undefined) return undefined
    if (!names.has(uid)) names.set(uid, names.size)
    return names.get(uid)
  }
  const attemptKey = (each: Job, attempt: Attempt): unknown => {
    // Of an attempt that is proved gone no decision reads any more.
    if (attempt.goneAt !== undefined) return 0
    const retryAt = each.state === 'SUBMITTING' ? age(attempt.createRetryAt) : undefined
    return [short(attempt.uid), age(attempt.settledAt), retryAt, age(attempt.absentSince, OLDEST_ABSENCE_TICKS)]
  }
  const jobKey = (each: Job): unknown => [
    each.state,
    each.attempt,
    each.submitAt !== undefined,
    each.readyAt !== undefined,
    each.claim?.attempt,
    each.state === 'QUEUED' && age(each.notBefore, 0),
    each.attempts.map(attempt => attemptKey(each, attempt)),
  ]
  const workerKey = (worker: ModelWorker): unknown => {
    if (worker.at === 'idle') return 0
    const isStored = worker.job.version === job.version
    // A write that must fail does nothing but end the worker's turn.
    if (!isStored && worker.at === 'does' && (worker.step.step === 'record' || worker.step.step === 'begin-attempt'))
      return 0
    const own = [worker.at, isStored || jobKey(worker.job), age(worker.readAt, 1)]
    if (worker.at === 'read') return [...own, worker.turn !== undefined]
    if (worker.at === 'got') return [...own, short(worker.seen?.uid), worker.seen?.operatorState, age(worker.lookedAt)]
    const { step } = worker
    return [...own, step.step, step.step === 'record' ? jobKey(step.job) : step.step === 'delete' ? short(step.uid) : 0]
  }
  const stored = jobKey(job)
  const things = [
    objects.map(each => [each.attempt, short(each.uid), each.state]),
    pods.map(each => [each.attempt, short(each.uid), each.phase]),
    wire.map(each => [each.attempt, age(each.sentAt)]),
  ]
  // The two workers are alike.
  const both = workers.map(worker => JSON.stringify(workerKey(worker))).toSorted()
  return JSON.stringify([stored, things, both, mayLose, mayCancel, violation])
}
