/** The query and path parameters by name; a route names those that it knows. */
import * as z from 'zod/mini'
import {
  CLUSTER_NAME,
  JOB_NAME,
  LABEL,
  LOG_ROLE,
  LOG_SINCE,
  MAX_ATTEMPT,
  MAX_LIMIT,
  MAX_TAIL_LINES,
  MAX_WAIT_SECONDS,
  TIME,
} from '../query.ts'
import { parameterSchemas } from './schemas.ts'

export interface Parameter {
  readonly description: string
  readonly schema: z.core.$ZodType
  readonly example?: string | number
}

const text = ({ pattern }: { readonly pattern: RegExp }) => z.string().check(z.regex(pattern))
const attempt = z.int().check(z.minimum(1), z.maximum(MAX_ATTEMPT))

export const QUERY_PARAMETERS: Readonly<Record<string, Parameter>> = {
  dryRun: { description: 'Only say what would be.', schema: parameterSchemas.dryRun },
  state: { description: 'Jobs in this state.', schema: parameterSchemas.state },
  name: { description: 'Jobs of this name, exactly.', schema: text(JOB_NAME) },
  label: {
    description: 'Jobs with this label: NAME=VALUE.',
    schema: text(LABEL),
    example: 'pipeline=sales',
  },
  cluster: { description: 'Jobs that run on this cluster or are meant to.', schema: text(CLUSTER_NAME) },
  trigger: { description: 'Jobs that came this way.', schema: parameterSchemas.trigger },
  limit: { description: 'Jobs of one page.', schema: z.int().check(z.minimum(1), z.maximum(MAX_LIMIT)) },
  nextToken: {
    description: 'From the page before. Good for the same team and filters only.',
    schema: z.string().check(z.maxLength(2_048)),
  },
  ids: {
    description: `Up to ${MAX_LIMIT} ids with commas between them; goes with no other parameter.`,
    schema: z.string().check(z.regex(/^j[a-z2-7]{24}(,j[a-z2-7]{24}){0,99}$/)),
  },
  wait: {
    description: 'Seconds to wait for a change.',
    schema: z.int().check(z.minimum(0), z.maximum(MAX_WAIT_SECONDS)),
  },
  attempt: { description: 'Number of the attempt; default the newest.', schema: attempt },
  role: {
    description: 'Whose log.',
    schema: text(LOG_ROLE),
    example: 'driver',
  },
  tail: { description: 'The newest lines only.', schema: z.int().check(z.minimum(0), z.maximum(MAX_TAIL_LINES)) },
  to: { description: 'The form of the answer; default native.', schema: parameterSchemas.to },
}

const time = text(TIME)

/** `since` and `until` of a list; of a log `since` is a cursor. */
export const LIST_TIMES: Readonly<Record<string, Parameter>> = {
  since: { description: 'Created at this time or later.', schema: time, example: '2026-11-21T03:00:00Z' },
  until: { description: 'Created before this time.', schema: time, example: '2026-11-22T03:00:00Z' },
}
export const LOG_SINCE_PARAMETER: Parameter = {
  description: 'next of an answer before, or a time; goes with no tail.',
  schema: text(LOG_SINCE),
}

export const PATH_PARAMETERS: Readonly<Record<string, Parameter>> = {
  id: { description: 'The id of a job.', schema: parameterSchemas.jobId },
  name: { description: 'A cluster of the platform file.', schema: text(CLUSTER_NAME) },
  team: { description: 'A team of the platform file.', schema: text(CLUSTER_NAME) },
}
