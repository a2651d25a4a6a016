/** What bodies about the platform look like: clusters, teams, the caller, the API itself. */
import * as z from 'zod/mini'
import { ROLES } from '../../../shared/domain/identity.ts'
import { count, text, time, told } from './schema-words.ts'

export const usage = z.strictObject({ jobs: count, cores: z.number(), memoryMiB: z.number() })
const limits = told(
  z.strictObject({ jobs: z.optional(z.number()), cores: z.optional(z.number()), memoryMiB: z.optional(z.number()) }),
  'A limit that is not set is absent.',
)

const pause = z.strictObject({ at: time, reason: text, by: told(text, 'Whom to ask.') })

export const cluster = z.strictObject({
  name: text,
  region: text,
  state: told(z.enum(['active', 'draining', 'off']), 'As the platform file says.'),
  admits: told(z.boolean(), 'Whether it takes new attempts now.'),
  why: z.optional(told(text, 'Why it does not.')),
  api: told(z.enum(['answering', 'trying', 'not-answering']), 'Its API server, as seen by the gateway.'),
  reachableAt: z.optional(time),
  lagMilliseconds: z.optional(told(z.number(), 'From a create to its submission by the operator, smoothed.')),
  sparkVersions: told(z.array(text), 'Empty: any.'),
  drain: z.optional(pause),
  usage: z.optional(told(usage, 'Of all teams together; for admins.')),
  limits: z.optional(limits),
})
export const clusters = z.strictObject({ clusters: z.array(cluster) })
export const team = z.strictObject({
  team: text,
  usage,
  limits,
  left: z.partial(usage),
  requestsPerMinute: z.int(),
  spending: z.optional(
    told(
      z.strictObject({
        month: told(text, 'In UTC: `2026-11`.'),
        currency: told(text, 'ISO 4217, of the prices of its clusters.'),
        spent: told(
          z.number(),
          'What attempts cost that ended in this month, or gave their room back; what runs is not in it yet.',
        ),
        budget: z.optional(told(z.number(), 'When it is used up no new attempt begins until the next month.')),
      }),
      'Where the platform file has prices for each of its clusters, in one currency.',
    ),
  ),
  paused: z.optional(pause),
})
export const whoAmI = z.strictObject({
  name: text,
  by: z.enum(['jwt', 'iam']),
  team: z.nullable(text),
  roles: z.array(z.enum(ROLES)),
  admin: z.boolean(),
})
export const health = z.strictObject({ status: z.literal('ok') })
export const anything = told(z.record(z.string(), z.unknown()), 'An OpenAPI 3.1 document.')

/** The body of a drain or pause. */
export const stopReason = z.strictObject({
  reason: z.optional(
    told(z.string().check(z.minLength(1), z.maxLength(500)), 'One line for those who find it stopped.'),
  ),
})
