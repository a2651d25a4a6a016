/** Short scenarios about room, places and people's second thoughts; with those of scenarios.ts they are one list. */
import type { Job } from '../../shared/domain/job.ts'
import { jobIdOf } from './people.ts'
import type { Scenario } from './run.ts'
import { oneCluster, twoClusters } from './simulated-platform.ts'

const isIn = (name: string, state: string) => (job: Job) => job.name === name && job.state === state
const first = { name: 'first' }
const EVERYTHING = { kind: 'everything' } as const

/** A job that ended otherwise than hoped, and is asked for again by hand. */
const retryAfter = (state: string, driver: Scenario['driver']): Scenario => ({
  name: `retry-${state.toLowerCase()}`,
  what: `A job ends as ${state}; somebody asks for a further attempt, which succeeds.`,
  ends: { etl: 'SUCCEEDED' },
  ...(driver && { driver }),
  platform: { deadlines: { queuedSeconds: 3_600, pendingSeconds: 600, runningSeconds: 60, totalSeconds: 1_800 } },
  notifies: true,
  play: people => {
    people.submit({ name: 'etl' })
    people.when(isIn('etl', state), job => people.after(1, () => people.retry(job)))
  },
})

/** The second job depends on the first. */
const dependsOn = (name: string, what: string, when: string, driver: 'succeeds' | 'fails', ends: string): Scenario => ({
  name,
  what,
  ends: { first: driver === 'fails' ? 'FAILED' : 'SUCCEEDED', second: ends },
  driver: job => (job === 'first' ? driver : 'succeeds'),
  play: people => {
    people.submit(first)
    const options = { 'depends-on': jobIdOf(first), 'depends-on-when': when }
    people.when(isIn('first', 'QUEUED'), () => people.submit({ name: 'second', options }))
  },
})

/** A cluster is lost sooner than elsewhere, and a job may not be pending for long: the runs are shorter. */
const SOON_LOST = {
  clusterLostSeconds: 60,
  deadlines: { queuedSeconds: 3_600, pendingSeconds: 150, runningSeconds: 1_800 },
}

/** The cluster of a job in this state is gone for so long, and comes back. */
const lost = (policy: 'wait' | 'move', state: 'SUBMITTING' | 'RUNNING', seconds: number, what: string): Scenario => ({
  name: `lost-${policy}-${state.toLowerCase()}`,
  what,
  ends: { etl: 'SUCCEEDED' },
  platform: { ...twoClusters(policy), ...SOON_LOST },
  play: people => {
    people.submit({ name: 'etl' })
    people.when(isIn('etl', state), job => people.cutCluster(job.cluster, seconds))
  },
})

export const MORE_SCENARIOS: readonly Scenario[] = [
  {
    name: 'limit',
    what: 'A team may run one job at a time, and asks for two of different priority.',
    ends: { low: 'SUCCEEDED', usual: 'SUCCEEDED' },
    platform: oneCluster({ jobs: 1 }),
    play: people => {
      people.submit({ name: 'low', options: { priority: 'low' } })
      people.submit({ name: 'usual' })
    },
  },
  {
    name: 'two-places',
    what: 'Two clusters have room for one job each; two jobs come.',
    ends: { a: 'SUCCEEDED', b: 'SUCCEEDED' },
    platform: twoClusters('wait', { main: { limits: { jobs: 1 } }, second: { limits: { cores: 2 } } }),
    play: people => {
      for (const name of ['a', 'b']) people.submit({ name })
    },
  },
  {
    name: 'draining',
    what: 'A cluster drains; the job goes to the other.',
    ends: { etl: 'SUCCEEDED' },
    platform: twoClusters('wait', { main: { state: 'draining' }, second: {} }),
    play: people => people.submit({ name: 'etl' }),
  },
  lost('wait', 'RUNNING', 120, 'The cluster of a running job is gone for minutes; its team waits for it.'),
  lost('move', 'RUNNING', 120, 'The cluster of a running job is gone for minutes; its team lets it run elsewhere.'),
  // For longer than the job may be pending: only a move saves it.
  lost('move', 'SUBMITTING', 240, 'A cluster is gone before it answers the create; the job goes to another.'),
  dependsOn('depends', 'A job waits for another, which succeeds.', 'all-succeeded', 'succeeds', 'SUCCEEDED'),
  dependsOn('depends-failed', 'A job waits for another, which fails.', 'all-succeeded', 'fails', 'FAILED'),
  dependsOn('depends-ended', 'A job waits for the end of another, which fails.', 'all-ended', 'fails', 'SUCCEEDED'),
  retryAfter('FAILED', (_, attempt) => (attempt === 1 ? 'fails' : 'succeeds')),
  retryAfter('SUCCEEDED', undefined),
  retryAfter('TIMED_OUT', (_, attempt) => (attempt === 1 ? 'hangs' : 'succeeds')),
  {
    name: 'total-deadline',
    what: 'All attempts together take longer than a job may.',
    ends: { etl: 'TIMED_OUT' },
    driver: () => 'out-of-memory',
    platform: { deadlines: { queuedSeconds: 3_600, pendingSeconds: 600, runningSeconds: 600, totalSeconds: 60 } },
    play: people => people.submit({ name: 'etl' }),
  },
  {
    name: 'retry-unbegun',
    what: 'A job ends before its second attempt begins; somebody asks for a further one, which succeeds.',
    ends: { etl: 'SUCCEEDED' },
    driver: (_, attempt) => (attempt === 1 ? 'out-of-memory' : 'succeeds'),
    platform: { deadlines: { queuedSeconds: 3_600, pendingSeconds: 600, runningSeconds: 600, totalSeconds: 55 } },
    play: people => {
      people.submit({ name: 'etl' })
      people.when(isIn('etl', 'TIMED_OUT'), job => people.retry(job))
    },
  },
  {
    name: 'pause',
    what: 'Everything is stopped; a job waits until it is allowed again.',
    ends: { etl: 'SUCCEEDED' },
    play: people => {
      people.pause(EVERYTHING)
      people.after(1, () => people.submit({ name: 'etl' }))
      people.after(45, () => people.resume(EVERYTHING))
    },
  },
  {
    name: 'recount',
    what: 'What is in use is counted anew while one job runs and another is being submitted.',
    ends: { etl: 'SUCCEEDED', new: 'SUCCEEDED' },
    recountedSecondsAgo: 6 * 3_600,
    play: people => {
      people.after(45, () => people.submit({ name: 'etl' }))
      people.after(59.97, () => people.submit({ name: 'new' }))
    },
  },
  {
    name: 'drift',
    what: 'A counter says that the only place of a team is taken; a recount finds that it is not.',
    ends: { etl: 'SUCCEEDED' },
    platform: oneCluster({ jobs: 1 }),
    recountedSecondsAgo: 6 * 3_600,
    play: people => {
      people.spoilUsage('payments')
      people.after(130, () => people.submit({ name: 'etl' }))
    },
  },
  {
    name: 'cancel-late',
    what: 'A deadline has stopped a job, and while it is removed somebody cancels it.',
    ends: { etl: 'CANCELLED' },
    driver: () => 'hangs',
    platform: { deadlines: { queuedSeconds: 3_600, pendingSeconds: 600, runningSeconds: 60 } },
    play: people => {
      people.submit({ name: 'etl' })
      people.when(isIn('etl', 'CANCELLING'), job => people.cancel(job))
      people.when(isIn('etl', 'TIMED_OUT'), job => people.retry(job))
    },
  },
  {
    name: 'second-look',
    what: 'A job that is cancelled at once is looked at again eight seconds after its create.',
    ends: { etl: 'CANCELLED' },
    play: people => {
      people.submit({ name: 'etl' })
      // As long as a write may be held: who looks then may still see SUBMITTING, and create once more.
      people.when(isIn('etl', 'SUBMITTING'), job => people.after(7.998, () => people.askAgain(job)))
      people.when(isIn('etl', 'PENDING'), job => people.cancel(job))
    },
  },
  {
    name: 'unknown',
    what: 'An object with the label of the gateway is there whose job nobody knows; it goes after a day.',
    ends: { etl: 'SUCCEEDED' },
    afterHours: 40,
    play: people => {
      people.applyUnknown('main')
      people.submit({ name: 'etl' })
    },
  },
]
