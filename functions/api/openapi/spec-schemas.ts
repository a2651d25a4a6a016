/** What bodies about specs look like: a plan, a verdict, a conversion, the spec of a job. */
import * as z from 'zod/mini'
import { SPEC_FORMS } from '../routes/judge-specs.ts'
import { DRY_RUNS } from '../routes/submit-jobs.ts'
import { usage } from './platform-schemas.ts'
import { finding, jobId } from './schemas.ts'
import { object, text, told } from './schema-words.ts'

const size = z.strictObject({ cores: z.number(), memoryMiB: z.number() })

const cost = z.union([
  z.strictObject({
    cluster: text,
    currency: text,
    perHour: told(z.number(), 'With as many executors as it can ever have.'),
    atDeadline: z.optional(
      told(z.strictObject({ hours: z.number(), amount: z.number() }), 'Of one attempt that runs until its deadline.'),
    ),
    lines: z.array(
      z.strictObject({
        role: z.enum(['driver', 'executor']),
        pods: z.int(),
        cores: told(z.number(), 'Of one pod, as its memory.'),
        memoryMiB: z.number(),
        spot: z.boolean(),
        perHour: told(z.number(), 'Of all pods of the role.'),
      }),
    ),
  }),
  z.strictObject({ cluster: z.optional(text), unknown: told(text, 'Why there is no estimate.') }),
])

export const plan = z.strictObject({
  dryRun: z.enum(DRY_RUNS),
  jobs: z.array(
    z.strictObject({
      name: text,
      specHash: text,
      spec: object,
      object: told(z.record(z.string(), z.unknown()), 'The SparkApplication that would be created.'),
      size: told(size, 'The most that the job can use.'),
      placement: z.union([z.strictObject({ cluster: text, why: text }), z.strictObject({ waitingFor: text })]),
      cost: told(cost, 'By the prices of the platform file for the cluster that it would go to.'),
      left: told(z.partial(usage), 'What the limits of the team leave after this job; below zero: it would wait.'),
      findings: z.array(finding),
      server: z.optional(
        told(
          z.strictObject({
            outcome: z.enum(['accepted', 'refused', 'unknown']),
            cluster: text,
            message: z.optional(text),
          }),
          'What the cluster itself says, webhooks and quotas included.',
        ),
      ),
    }),
  ),
})
export const validation = z.strictObject({
  accepted: told(z.boolean(), 'Whether all documents are.'),
  documents: z.array(
    z.strictObject({
      verdict: z.enum(['accepted', 'refused']),
      name: z.optional(text),
      specHash: z.optional(text),
      findings: z.array(finding),
    }),
  ),
})
export const conversion = z.strictObject({
  to: z.enum(SPEC_FORMS),
  documents: z.array(
    z.strictObject({
      format: z.optional(z.enum(['SparkApplication', 'ScheduledSparkApplication', 'ShortForm', 'SparkSubmit'])),
      document: z.optional(told(z.record(z.string(), z.unknown()), 'Absent where it is refused.')),
      lost: told(z.array(text), 'Paths of what the form cannot say.'),
      findings: z.array(finding),
    }),
  ),
})

export const spec = z.strictObject({
  specHash: text,
  documentHash: told(text, 'SHA-256 of what was submitted.'),
  given: z.optional(
    told(
      z.strictObject({
        text,
        contentType: z.optional(z.enum(['application/json', 'application/yaml'])),
        with: z.optional(told(jobId, 'Of several documents, the job of the first, which has the text.')),
      }),
      'The text as it was submitted. Absent: a job of an earlier release, or a text too large to be kept beside its canonical form.',
    ),
  ),
  canonical: object,
  rendered: z.strictObject({
    attempt: z.int(),
    object: told(z.record(z.string(), z.unknown()), 'The SparkApplication.'),
  }),
})
