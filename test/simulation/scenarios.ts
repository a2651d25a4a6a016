/** The short scenarios: each is run once without faults, then with every single fault at every effect, then with every pair. */
import type { Job } from '../../shared/domain/job.ts'
import { MORE_SCENARIOS } from './more-scenarios.ts'
import type { People } from './people.ts'
import type { Scenario } from './run.ts'

const isIn = (state: string) => (job: Job) => job.state === state

/** A cancel at the first job that reaches the state. */
const cancelWhile = (state: string, driver: Scenario['driver'] = () => 'succeeds'): Scenario => ({
  name: `cancel-${state.toLowerCase()}`,
  what: `A job is cancelled while it is ${state}.`,
  driver,
  ends: { etl: 'CANCELLED' },
  play: people => {
    people.submit({ name: 'etl' })
    people.when(isIn(state), job => people.cancel(job))
  },
})

/** Twice it failed, and both attempts are proved gone: somebody applies the first one's object again. */
const oldManifest = (
  name: string,
  ends: string,
  what: string,
  then: (people: People) => void = () => {},
): Scenario => ({
  name,
  what: `Somebody applies the object of a job’s first attempt again while it waits for its third; ${what}.`,
  driver: (_, attempt) => (attempt < 3 ? 'out-of-memory' : 'succeeds'),
  ends: { etl: ends },
  play: people => {
    people.submit({ name: 'etl' })
    people.when(isProved(2), job => {
      people.reapply(job, 1)
      then(people)
    })
  },
})

/** So many attempts are proved gone, and the next is a while away: nobody can see what is applied at the moment of its create. */
const isProved = (attempts: number) => (job: Job) =>
  job.state === 'QUEUED' &&
  job.attempts.length === attempts &&
  job.attempts.every(({ goneAt }) => goneAt !== undefined) &&
  (job.notBefore ?? 0) > job.updatedAt + BEFORE_CREATE_MILLISECONDS

const BEFORE_CREATE_MILLISECONDS = 30_000

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'submit',
    what: 'A job is submitted and succeeds.',
    ends: { etl: 'SUCCEEDED' },
    worldFaults: ['cancel', 'second-worker', 'operator-crash', 'outage', 'forget-history'],
    play: people => people.submit({ name: 'etl' }),
  },
  {
    name: 'retry',
    what: 'The driver runs out of memory; the second attempt succeeds.',
    driver: (_, attempt) => (attempt === 1 ? 'out-of-memory' : 'succeeds'),
    ends: { etl: 'SUCCEEDED' },
    worldFaults: ['cancel', 'second-worker', 'operator-crash'],
    play: people => people.submit({ name: 'etl' }),
  },
  cancelWhile('QUEUED'),
  cancelWhile('SUBMITTING'),
  cancelWhile('PENDING'),
  cancelWhile('RUNNING', () => 'hangs'),
  {
    name: 'pending-deadline',
    what: 'The image cannot be pulled; the deadline for pending ends the job.',
    driver: () => 'image-missing',
    ends: { etl: 'TIMED_OUT' },
    platform: { deadlines: { queuedSeconds: 3_600, pendingSeconds: 60, runningSeconds: 1_800 } },
    play: people => people.submit({ name: 'etl' }),
  },
  {
    name: 'running-deadline',
    what: 'The driver never ends; the deadline for running ends the job.',
    driver: () => 'hangs',
    ends: { etl: 'TIMED_OUT' },
    platform: { deadlines: { queuedSeconds: 3_600, pendingSeconds: 600, runningSeconds: 60 } },
    play: people => people.submit({ name: 'etl' }),
  },
  {
    name: 'vanished',
    what: 'Somebody deletes the SparkApplication while its driver runs.',
    ends: { etl: 'FAILED' },
    play: people => {
      people.submit({ name: 'etl' })
      people.when(isIn('RUNNING'), () => people.deleteObjects())
    },
  },
  {
    name: 'name-conflict',
    what: "Somebody else's object holds the name of the attempt.",
    ends: { etl: 'FAILED' },
    play: people => {
      people.submit({ name: 'etl' })
      people.when(isIn('SUBMITTING'), job => people.occupy(job, job.attempts.at(-1)?.objectName ?? ''))
    },
  },
  {
    name: 'dropped-twice',
    what: 'S3 tells of one dropped spec twice.',
    ends: { etl: 'SUCCEEDED' },
    notifies: true,
    play: people => people.drop({ name: 'etl' }, 2),
  },
  {
    name: 'other-body',
    what: 'One key comes with two bodies; the second creates nothing.',
    ends: { etl: 'SUCCEEDED' },
    play: people => {
      people.submit({ name: 'etl', key: 'one' })
      people.after(1, () => people.submit({ name: 'etl', key: 'one', more: { mainClass: 'org.example.Other' } }))
    },
  },
  {
    name: 'operator-crash',
    what: 'The operator crashes between the driver pod and its status, and submits again.',
    ends: { etl: 'SUCCEEDED' },
    play: people => {
      people.submit({ name: 'etl' })
      people.when(isIn('PENDING'), () => people.after(2.7, () => people.crashOperators()))
    },
  },
  {
    name: 'outage',
    what: 'The cluster answers nobody while the job is submitted.',
    ends: { etl: 'SUCCEEDED' },
    play: people => {
      people.submit({ name: 'etl' })
      people.when(isIn('SUBMITTING'), () => people.cutClusters())
    },
  },
  {
    name: 'lost-chain',
    what: 'The watch history is forgotten and the cluster is away while the job runs.',
    ends: { etl: 'SUCCEEDED' },
    play: people => {
      people.submit({ name: 'etl' })
      people.when(isIn('RUNNING'), () => {
        people.forgetHistory()
        people.cutClusters()
      })
    },
  },
  {
    name: 'fired-twice',
    what: 'A schedule fires once and is told twice, with two spellings of its time.',
    ends: { nightly: 'SUCCEEDED' },
    play: people => {
      people.fire('nightly', '2026-11-21T12:00:00Z')
      people.after(2, () => people.fire('nightly', '2026-11-21T12:00:00.000Z'))
    },
  },
  {
    name: 'burst',
    what: 'Four jobs at once: one submission a turn.',
    ends: { a: 'SUCCEEDED', b: 'SUCCEEDED', c: 'SUCCEEDED', d: 'SUCCEEDED' },
    play: people => {
      for (const name of ['a', 'b', 'c', 'd']) people.submit({ name })
    },
  },
  {
    name: 'orphan',
    what: 'Somebody applies the object of a cancelled job again while another job runs.',
    driver: name => (name === 'etl' ? 'hangs' : 'succeeds'),
    ends: { etl: 'CANCELLED', other: 'SUCCEEDED' },
    play: people => {
      people.submit({ name: 'etl' })
      people.when(isIn('RUNNING'), job => people.cancel(job))
      people.when(isIn('CANCELLED'), () => people.submit({ name: 'other' }))
      people.when(
        job => job.name === 'other' && job.state === 'RUNNING',
        job => people.reapplyStopped(job),
      )
    },
  },
  oldManifest('old-manifest', 'SUCCEEDED', 'the third attempt waits for that one’s end'),
  oldManifest('old-manifest-cancelled', 'CANCELLED', 'it is cancelled: nothing runs when it says so', people =>
    people.when(isIn('QUEUED'), job => people.cancel(job)),
  ),
  ...MORE_SCENARIOS,
]
