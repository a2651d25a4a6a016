/** What the table of routes does not say of each operation: words for people, schemas, and what may go wrong. */
import type { z } from 'zod/mini'
import type { ProblemKind } from '../../../shared/runtime/http.ts'
import * as platformSchemas from './platform-schemas.ts'
import * as schemas from './schemas.ts'
import * as specSchemas from './spec-schemas.ts'

export interface Operation {
  readonly tag: 'Jobs' | 'Specs' | 'Platform' | 'About'
  readonly summary: string
  readonly description?: string
  readonly body?: 'spec' | 'reason'
  /** Whether `Idempotency-Key` is read. */
  readonly takesKey?: true
  readonly answers: Readonly<Record<number, { readonly description: string; readonly schema?: z.core.$ZodType }>>
  /** Besides those that every operation has. */
  readonly problems?: readonly ProblemKind[]
}

/** What any request may be answered. */
export const COMMON_PROBLEMS: readonly ProblemKind[] = [
  'bad-request',
  'not-an-access-token',
  'not-acceptable',
  'too-many-requests',
  'internal',
  'not-available',
]

const SPEC_PROBLEMS: readonly ProblemKind[] = ['too-large', 'unsupported-media-type']

/** By the id of the route. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  submitJob: {
    tag: 'Jobs',
    summary: 'Submit a job',
    description:
      'A SparkApplication or ScheduledSparkApplication (YAML or JSON, one or many documents), the short form, or a spark-submit line. The same key with the same body answers the same job, flagged by the header Idempotent-Replayed; with another body it is a conflict. With dryRun nothing is recorded: render answers what would be created, where and why; server also asks the cluster.',
    body: 'spec',
    takesKey: true,
    answers: {
      200: { description: 'With dryRun: what it would become.', schema: specSchemas.plan },
      202: { description: 'Recorded.', schema: schemas.submittedJobs },
    },
    problems: [...SPEC_PROBLEMS, 'key-conflict', 'spec-refused'],
  },
  listJobs: {
    tag: 'Jobs',
    summary: "List the team's jobs, newest first",
    description:
      'With ids a batch: up to 100 ids with commas between them and no other parameter. Filters look at what was read, so a page may be short, or empty, and still have a nextToken. May miss the last second’s changes.',
    answers: { 200: { description: 'A page, or the batch.', schema: schemas.jobList } },
  },
  getJob: {
    tag: 'Jobs',
    summary: 'Get a job',
    description:
      'With wait the answer comes when the job changes its state, or after so many seconds. With If-None-Match as well, when its record is no longer the one of that ETag: no change is missed between two calls.',
    answers: {
      200: { description: 'The job.', schema: schemas.job },
      304: { description: 'Its record is still the one of If-None-Match.' },
    },
    problems: ['not-found'],
  },
  deleteJob: {
    tag: 'Jobs',
    summary: 'Cancel a job (as POST …/cancel does)',
    answers: { 202: { description: 'It will be CANCELLED when nothing of it runs.', schema: schemas.job } },
    problems: ['not-found', 'state-conflict'],
  },
  cancelJob: {
    tag: 'Jobs',
    summary: 'Cancel a job',
    description: 'May be repeated. CANCELLED means that nothing of the job runs, ever after.',
    answers: { 202: { description: 'It will be CANCELLED when nothing of it runs.', schema: schemas.job } },
    problems: ['not-found', 'state-conflict'],
  },
  retryJob: {
    tag: 'Jobs',
    summary: 'Ask for one more attempt of a job that is over',
    answers: { 202: { description: 'It stands in the queue again.', schema: schemas.job } },
    problems: ['not-found', 'state-conflict'],
  },
  listAttempts: {
    tag: 'Jobs',
    summary: 'List the attempts of a job',
    answers: { 200: { description: 'Oldest first.', schema: schemas.attempts } },
    problems: ['not-found'],
  },
  listEvents: {
    tag: 'Jobs',
    summary: 'The timeline of a job',
    description: 'Made from the record of the job: one entry for each step of each attempt.',
    answers: { 200: { description: 'Oldest first.', schema: schemas.events } },
    problems: ['not-found'],
  },
  getSpec: {
    tag: 'Jobs',
    summary: 'The spec of a job',
    description:
      'The text as it was given, the canonical spec, and the object of an attempt (default: the present one).',
    answers: { 200: { description: 'Given, canonical and rendered.', schema: specSchemas.spec } },
    problems: ['not-found'],
  },
  getLogs: {
    tag: 'Jobs',
    summary: 'Read the log of the driver or of an executor',
    description:
      'Live from the pod, afterwards from what is kept: the end of a driver’s log, and all logs of a cluster that ships them. About 1 MiB an answer at most. Follow a log by giving next of each answer as since of the next request, until ended.',
    answers: { 200: { description: 'Lines, oldest first.', schema: schemas.log } },
    problems: ['not-found', 'log-not-there', 'too-large'],
  },
  validateSpec: {
    tag: 'Specs',
    summary: 'Check a spec',
    description: 'Every finding of every document, under the policy and defaults of the team. Nothing is recorded.',
    body: 'spec',
    answers: { 200: { description: 'The verdicts, good or bad.', schema: specSchemas.validation } },
    problems: SPEC_PROBLEMS,
  },
  convertSpec: {
    tag: 'Specs',
    summary: 'Convert a spec',
    description: 'Into a SparkApplication (native) or the short form, without what the gateway adds.',
    body: 'spec',
    answers: { 200: { description: 'The documents.', schema: specSchemas.conversion } },
    problems: SPEC_PROBLEMS,
  },
  listClusters: {
    tag: 'Platform',
    summary: 'How the clusters stand',
    description: "The team's clusters; all of them for admins, with what is in use.",
    answers: { 200: { description: 'The clusters.', schema: platformSchemas.clusters } },
  },
  drainCluster: {
    tag: 'Platform',
    summary: 'Stop new attempts on a cluster',
    description: 'For admins. What runs goes on.',
    body: 'reason',
    answers: { 200: { description: 'The cluster.', schema: platformSchemas.cluster } },
    problems: ['not-found', 'too-large', 'unsupported-media-type'],
  },
  resumeCluster: {
    tag: 'Platform',
    summary: 'Let a cluster take attempts again',
    description: 'For admins.',
    answers: { 200: { description: 'The cluster.', schema: platformSchemas.cluster } },
    problems: ['not-found'],
  },
  getUsage: {
    tag: 'Platform',
    summary: 'What a team uses of its limits',
    description: "The caller's own team; any team for admins.",
    answers: { 200: { description: 'The team.', schema: platformSchemas.team } },
    problems: ['not-found'],
  },
  pauseTeam: {
    tag: 'Platform',
    summary: 'Stop new attempts of a team',
    description: 'For admins. What runs goes on; submissions are recorded and wait.',
    body: 'reason',
    answers: { 200: { description: 'The team.', schema: platformSchemas.team } },
    problems: ['not-found', 'too-large', 'unsupported-media-type'],
  },
  resumeTeam: {
    tag: 'Platform',
    summary: 'Let a team have new attempts again',
    description: 'For admins.',
    answers: { 200: { description: 'The team.', schema: platformSchemas.team } },
    problems: ['not-found'],
  },
  whoAmI: {
    tag: 'About',
    summary: 'Who I am here',
    description: 'Also for identities without a team: the name is what the platform team needs to add it.',
    answers: { 200: { description: 'The identity.', schema: platformSchemas.whoAmI } },
  },
  getHealth: {
    tag: 'About',
    summary: 'Whether the API answers',
    answers: { 200: { description: 'It does.', schema: platformSchemas.health } },
  },
  getOpenApi: {
    tag: 'About',
    summary: 'This document',
    answers: { 200: { description: 'OpenAPI 3.1.', schema: platformSchemas.anything } },
  },
}
