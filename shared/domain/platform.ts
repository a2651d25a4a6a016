/**
 * The platform file: clusters, teams, identities, schedules and defaults, one reviewed document. This schema is its one
 * source; the same file feeds functions, local runs and tests. No secret belongs in it.
 */
import * as z from 'zod/mini'

const name = z
  .string()
  .check(
    z.regex(
      /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/,
      'must be a DNS label: a-z, 0-9 and -, starting with a letter, at most 63',
    ),
  )
const seconds = z.int().check(z.minimum(1), z.maximum(30 * 86_400))

const cluster = z.strictObject({
  /** The EKS cluster's name: signed into every token. */
  eksName: z.string().check(z.minLength(1), z.maxLength(100)),
  region: z.string().check(z.regex(/^[a-z]{2}(-[a-z]+)+-\d$/)),
  /** Submissions a second that its operator is offered; a real one takes about 2 (rule 11). */
  submitsPerSecond: z._default(z.number().check(z.minimum(0.01), z.maximum(100)), 2),
})

const team = z.strictObject({
  cluster: name,
  namespace: name,
  serviceAccount: z._default(name, 'spark'),
  policy: z._default(z.enum(['strict', 'open']), 'strict'),
  /** Exact values of the JWT team claim that mean this team. */
  claims: z._default(z.array(z.string().check(z.minLength(1))), []),
  /** Exact IAM principal ARNs: a user, or a role (any session of it). */
  principals: z._default(z.array(z.string().check(z.startsWith('arn:'))), []),
  /** Key prefixes of the inbox that belong to the team; each ends with `/`. */
  inboxPrefixes: z._default(z.array(z.string().check(z.endsWith('/'))), []),
})

const schedule = z.strictObject({
  team: name,
  /** EventBridge Scheduler's: `cron(0 3 * * ? *)`, `rate(5 minutes)`, `at(2026-12-01T03:00:00)`. */
  expression: z.string().check(z.minLength(1), z.maxLength(256)),
  timezone: z._default(z.string(), 'UTC'),
  /** The SparkApplication, as text of YAML or JSON. */
  spec: z.string().check(z.minLength(1)),
})

const platformSchema = z.strictObject({
  clusters: z.record(name, cluster),
  teams: z.record(name, team),
  inboxBuckets: z._default(z.array(z.string()), []),
  schedules: z._default(z.record(name, schedule), {}),
  jwt: z.optional(
    z.strictObject({
      /** The claim whose value names the team. */
      teamClaim: z._default(z.string(), 'sparkgate:team'),
    }),
  ),
  retry: z._default(
    z.strictObject({
      maxAttempts: z._default(z.int().check(z.minimum(1), z.maximum(10)), 3),
      firstDelaySeconds: z._default(seconds, 30),
      maxDelaySeconds: z._default(seconds, 900),
    }),
    { maxAttempts: 3, firstDelaySeconds: 30, maxDelaySeconds: 900 },
  ),
  deadlines: z._default(
    z.strictObject({
      queuedSeconds: z._default(seconds, 86_400),
      pendingSeconds: z._default(seconds, 3_600),
      runningSeconds: z.optional(seconds),
    }),
    { queuedSeconds: 86_400, pendingSeconds: 3_600 },
  ),
  /** Finished jobs leave the table after this many days; idempotency keys live as long (rule 2: at least 15). */
  retentionDays: z._default(z.int().check(z.minimum(15), z.maximum(3_650)), 90),
  /** Finished objects stay on the cluster for this long, for logs and kubectl. */
  objectTimeToLiveSeconds: z._default(z.int().check(z.minimum(3_600), z.maximum(30 * 86_400)), 3 * 86_400),
})

export type Platform = z.output<typeof platformSchema>
export type Team = Platform['teams'][string]

/** The checked platform file. Throws `PlatformFileError` that lists every problem with its path. */
export function parsePlatform(document: unknown): Platform {
  const result = platformSchema.safeParse(document)
  const problems = result.success
    ? referenceProblems(result.data)
    : result.error.issues.map(issue => `${issue.path.join('.') || '$'}: ${issue.message}`)
  if (!result.success || problems.length > 0) throw new PlatformFileError(problems)
  return result.data
}

export class PlatformFileError extends Error {
  override readonly name = 'PlatformFileError'
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`The platform file has ${problems.length} problem(s):\n${problems.map(each => `  ${each}`).join('\n')}`)
    this.problems = problems
  }
}

/** Names that point nowhere, and identities that two teams claim. */
function referenceProblems(platform: Platform): string[] {
  const problems: string[] = []
  const owners = new Map<string, string>()
  const claim = (kind: string, value: string, team: string) => {
    const key = `${kind} ${value}`
    const owner = owners.get(key)
    if (owner !== undefined) problems.push(`teams.${team}: the ${kind} ${value} already belongs to team ${owner}`)
    owners.set(key, team)
  }
  for (const [teamName, team] of Object.entries(platform.teams)) {
    if (!Object.hasOwn(platform.clusters, team.cluster))
      problems.push(`teams.${teamName}.cluster: there is no cluster ${team.cluster}`)
    claim('namespace', `${team.cluster}/${team.namespace}`, teamName)
    for (const value of team.claims) claim('claim', value, teamName)
    for (const value of team.principals) claim('principal', value, teamName)
    for (const value of team.inboxPrefixes) claim('inbox prefix', value, teamName)
  }
  for (const [scheduleName, schedule] of Object.entries(platform.schedules)) {
    if (!Object.hasOwn(platform.teams, schedule.team))
      problems.push(`schedules.${scheduleName}.team: there is no team ${schedule.team}`)
  }
  return problems
}
