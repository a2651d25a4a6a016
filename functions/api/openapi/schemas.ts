/**
 * What bodies look like, in and out: the source of the OpenAPI document, and what the tests hold every answer against. Not
 * part of the function, which checks requests by hand: a schema library would be a tenth of its bundle.
 */
import * as z from 'zod/mini'
import { PRIORITIES } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { JOB_STATES } from '../../../shared/domain/job-state.ts'
import type { JobState } from '../../../shared/domain/job-state.ts'
import { PROBLEM_TYPE_PREFIX, PROBLEMS } from '../../../shared/runtime/http.ts'
import { TRIGGERS } from '../query.ts'
import { SPEC_FORMS } from '../routes/judge-specs.ts'
import { DRY_RUNS } from '../routes/submit-jobs.ts'
import { count, text, time, told } from './schema-words.ts'

export const jobId = told(z.string().check(z.regex(/^j[a-z2-7]{24}$/)), 'The id of a job.')
const state = z.enum(Object.keys(JOB_STATES) as [JobState, ...JobState[]])

export const finding = told(
  z.strictObject({
    severity: z.enum(['error', 'warning', 'rewritten']),
    rule: told(text, 'A stable id, such as unknown-field.'),
    path: told(text, 'Where in the document, such as spec.driver.memory; $ is the document.'),
    document: z.optional(told(z.int(), 'Which of several documents, from 1.')),
    line: z.optional(z.int()),
    column: z.optional(z.int()),
    message: text,
    allowed: z.optional(told(text, 'What would be accepted here.')),
    suggestion: z.optional(told(text, 'What was probably meant, ready to paste.')),
  }),
  'What a check says about one place of a spec.',
)

const problemTypes = Object.keys(PROBLEMS).map(kind => `${PROBLEM_TYPE_PREFIX}${kind}`) as [string, ...string[]]

export const problem = told(
  z.strictObject({
    type: z.enum(problemTypes),
    title: text,
    status: z.int(),
    detail: told(text, 'For a person: what is wrong, and what is allowed.'),
    requestId: text,
    errors: z.optional(z.array(finding)),
  }),
  'Problem details of RFC 9457.',
)

const remedy = z.strictObject({
  role: z.enum(['driver', 'executor']),
  factor: z.number(),
  beforeMiB: z.number(),
  afterMiB: z.number(),
})

const executors = told(
  z.record(z.string(), z.int()),
  'Executor pods by the operator’s word for their state, as last seen; while the attempt runs.',
)

export const attempt = told(
  z.strictObject({
    number: z.int(),
    objectName: told(text, 'Name of its SparkApplication.'),
    submittingAt: z.optional(time),
    createdAt: z.optional(time),
    runningAt: z.optional(time),
    endedAt: z.optional(time),
    goneAt: z.optional(told(time, 'When it was proved that nothing of it is left.')),
    uid: z.optional(text),
    sparkApplicationId: z.optional(text),
    outcome: z.optional(z.enum(['SUCCEEDED', 'FAILED', 'STOPPED'])),
    reason: z.optional(text),
    message: z.optional(text),
    run: z.optional(told(z.enum(['real', 'simulated']), 'On the embedded cluster only.')),
    cluster: z.optional(text),
    executors: z.optional(executors),
    remedies: z.array(remedy),
  }),
  'One submission of a job.',
)

const money = (description: string) => told(z.strictObject({ currency: text, amount: z.number() }), description)

const trigger = z.union([
  z.strictObject({ kind: z.literal('api'), caller: text }),
  z.strictObject({
    kind: z.literal('s3'),
    bucket: text,
    key: text,
    version: text,
    document: z.optional(z.int()),
  }),
  z.strictObject({ kind: z.literal('schedule'), schedule: text, scheduledTime: text }),
])

const jobFields = {
  id: jobId,
  name: text,
  team: text,
  state,
  reason: told(text, 'A stable code; docs/failures.md lists those of failures.'),
  message: told(text, 'For a person.'),
  remedy: z.optional(told(text, 'What the author can do about a failure.')),
  attempt: told(z.int(), 'The attempt that is being made or waited for, from 1.'),
  cluster: text,
  namespace: text,
  placement: z.optional(told(text, 'Why it was admitted to its cluster.')),
  priority: z.optional(z.enum(PRIORITIES)),
  dependsOn: z.optional(z.strictObject({ jobs: z.array(jobId), when: z.enum(['all-succeeded', 'all-ended']) })),
  costCentre: z.optional(text),
  labels: z.optional(z.record(z.string(), text)),
  retry: z.strictObject({
    maxAttempts: z.int(),
    authorRetries: z.int(),
    firstDelaySeconds: z.number(),
    maxDelaySeconds: z.number(),
  }),
  deadlines: z.strictObject({
    queuedSeconds: z.number(),
    pendingSeconds: z.number(),
    runningSeconds: z.optional(z.number()),
    totalSeconds: z.optional(z.number()),
  }),
  trigger,
  specHash: text,
  createdAt: time,
  updatedAt: time,
  stateSince: time,
  observedAt: z.optional(
    told(time, 'When it was last seen on its cluster, or the watch last told that nothing changed.'),
  ),
  source: z.optional(
    told(z.enum(['look', 'watch']), 'Who says so: a look at its object, or the watch of its cluster.'),
  ),
  stale: z.optional(told(z.boolean(), 'Not seen for ten minutes; absent while nothing of it is on a cluster.')),
  stop: z.optional(
    z.strictObject({ outcome: z.enum(['CANCELLED', 'TIMED_OUT']), requestedAt: time, requestedBy: text }),
  ),
  progress: z.optional(
    told(
      z.strictObject({
        executorsRunning: count,
        executorsMost: z.optional(told(count, 'The most that it can have.')),
        runningSeconds: told(count, 'Since its driver runs.'),
        deadlineAt: z.optional(told(time, 'When the gateway ends it.')),
      }),
      'While it runs: what its SparkApplication tells. Stages are the driver’s own knowledge: links.sparkUi.',
    ),
  ),
  executors: z.optional(executors),
  used: z.optional(
    told(
      z.strictObject({
        driverHours: z.number(),
        executorHours: z.number(),
        coreHours: z.number(),
        memoryGiBHours: z.number(),
        cost: z.optional(money('Where the platform file has prices of its clusters.')),
      }),
      'What its attempts used of what their pods ask for, until now or their ends; executors as looks saw them.',
    ),
  ),
  attempts: z.array(attempt),
}

const links = z.strictObject({
  self: text,
  attempts: text,
  events: text,
  spec: text,
  logs: text,
  sparkUi: z.optional(told(text, 'While the driver runs.')),
  historyServer: z.optional(text),
  console: z.optional(text),
})

export const jobRow = told(z.strictObject(jobFields), 'A job in a list: without its findings.')
export const job = told(
  z.strictObject({
    ...jobFields,
    findings: z.array(finding),
    position: z.optional(told(z.int(), 'Place in the queue of its team, from 1.')),
    orMore: z.optional(told(z.boolean(), 'There are more than position says.')),
    waitingFor: z.optional(told(text, 'What a job in the queue waits for.')),
    links: told(links, 'Parts of the job in this API, as paths; and web addresses, where the platform file has them.'),
  }),
  'A job.',
)
export const submittedJobs = told(
  z.union([job, z.strictObject({ jobs: z.array(job) })]),
  'The job; of several documents their jobs, in order.',
)
export const jobList = z.strictObject({
  jobs: z.array(jobRow),
  nextToken: z.optional(told(text, 'For the next page, with the same filters.')),
  missing: z.optional(told(z.array(jobId), 'Of a batch: ids that are no jobs of the team.')),
})
export const attempts = z.strictObject({ attempts: z.array(attempt) })
export const events = z.strictObject({
  events: told(
    z.array(
      z.strictObject({
        at: time,
        event: told(text, 'submitted, submitting, created, running, ended, gone, stop-requested, succeeded …'),
        attempt: z.optional(z.int()),
        reason: z.optional(text),
        message: z.optional(text),
      }),
    ),
    'Oldest first.',
  ),
})
export const log = z.strictObject({
  attempt: z.int(),
  role: text,
  source: told(z.enum(['pod', 'archive']), 'archive: what was kept of a pod that is gone.'),
  pod: z.optional(text),
  lines: z.array(z.strictObject({ at: text, text })),
  next: z.optional(told(text, 'Give it as since to go on behind these lines.')),
  more: told(z.boolean(), 'The page was full: ask again at once.'),
  ended: told(z.boolean(), 'Nothing will be added.'),
  waitingFor: z.optional(told(text, 'Why there is nothing yet.')),
})

/** Parameters as text, the way they stand in a query. */
export const parameterSchemas = {
  state,
  trigger: z.enum(TRIGGERS),
  dryRun: z.enum(DRY_RUNS),
  to: z.enum(SPEC_FORMS),
  jobId,
} as const
