/**
 * The platform file: clusters, teams, policies, profiles, identities, schedules and defaults, one reviewed document. This
 * schema is its one source; the same file feeds functions, infra, local runs and tests. No secret belongs in it.
 */
import * as z from 'zod/mini'
import { ROLES } from '../identity.ts'
import { linkTemplateProblem } from '../job-links.ts'
import { policyDocumentSchema } from '../job-spec/policy/policy-schema.ts'
import { platformProblems } from './platform-problems.ts'

const name = z
  .string()
  .check(
    z.regex(
      /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/,
      'must be a DNS label: a-z, 0-9 and -, starting with a letter, at most 63',
    ),
  )
const seconds = z.int().check(z.minimum(1), z.maximum(30 * 86_400))
const amount = z.number().check(z.minimum(0))

/** A part of the `spec` of a SparkApplication; checked against the operator's schema (platform-problems.ts). */
const partialSpec = z.record(z.string(), z.json())

/** What may be in use at a time; absent: no limit. */
const limits = z._default(
  z.strictObject({
    jobs: z.optional(z.int().check(z.minimum(0))),
    cores: z.optional(amount),
    memoryMiB: z.optional(amount),
  }),
  {},
)

const node = z.strictObject({
  name,
  /** Allocatable to pods, not the instance type's nominal size. */
  cores: amount,
  memoryMiB: amount,
  gpus: z._default(z.int().check(z.minimum(0)), 0),
})

/** A role of the account that owns a cluster. */
const clusterRole = z
  .string()
  .check(z.regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/, 'must be the ARN of a role'))

/** For clusters of other accounts: the roles there that the gateway's functions assume, one for each of its identities. */
const assume = z.strictObject({
  reconcile: clusterRole,
  observe: clusterRole,
  api: clusterRole,
  /** What the roles' trust asks for; no secret, but it keeps others from borrowing the gateway for these roles. */
  externalId: z.optional(
    z.string().check(z.regex(/^[\w+=,.@:/-]{2,1224}$/, 'must be 2 to 1,224 of A-Z a-z 0-9 _+=,.@:/-')),
  ),
})

/** Where the Kubernetes API is, for gateways that cannot or need not ask EKS (DescribeCluster). */
const endpoint = z.strictObject({
  server: z.string().check(z.regex(/^https:\/\/[^/?#@\s]+$/, 'must be https://HOST without a path')),
  /** Base64 of PEM, as EKS gives it. */
  certificateAuthorityData: z.string().check(z.regex(/^[A-Za-z0-9+/]{40,}={0,2}$/, 'must be base64')),
})

/** The platform's own figures, for estimates and for what jobs used. */
const prices = z.strictObject({
  /** ISO 4217. */
  currency: z.string().check(z.regex(/^[A-Z]{3}$/, 'must be a currency such as USD')),
  /** For an hour of one core, and of one GiB of memory, as pods ask for them. */
  cpuHour: amount,
  gibHour: amount,
  /** What a pod on a spot node costs of that. */
  spotFactor: z.optional(z.number().check(z.minimum(0), z.maximum(1))),
})

const cluster = z.strictObject({
  /** The EKS cluster's name: signed into every token. */
  eksName: z.string().check(z.minLength(1), z.maxLength(100)),
  region: z.string().check(z.regex(/^[a-z]{2}(-[a-z]+)+-\d$/)),
  /** Absent: the cluster is in the gateway's own account. */
  assume: z.optional(assume),
  /** Absent: EKS is asked, once a process. */
  endpoint: z.optional(endpoint),
  /** `draining` takes no new attempts, `off` neither and is not observed. */
  state: z._default(z.enum(['active', 'draining', 'off']), 'active'),
  /** Submissions a second that its operator is offered; a real one takes about 2 (rule 11). */
  submitsPerSecond: z._default(z.number().check(z.minimum(0.01), z.maximum(100)), 2),
  limits,
  /** Major and minor versions of Spark that may run here (`4.0`); empty: any. */
  sparkVersions: z._default(z.array(z.string().check(z.regex(/^\d+\.\d+$/))), []),
  /** The kinds of nodes it has or can start; empty: unknown, and nothing is refused for its size. */
  nodes: z._default(z.array(node), []),
  /** Without prices nothing is estimated. */
  prices: z.optional(prices),
  /**
   * The CloudWatch log group that its Fluent Bit writes all pods' logs to (our add-on: `/sparkgate/<eksName>/pods`), in its region
   * and account. Absent: the logs of executors end with their pods.
   */
  podLogGroup: z.optional(z.string().check(z.regex(/^[\w./#-]{1,512}$/, 'must be the name of a CloudWatch log group'))),
  defaults: z._default(partialSpec, {}),
})

/** Templates of links to what shows more of a job; the names in braces are filled in. */
const link = z.optional(
  z.string().check(
    z.maxLength(1_000),
    z.superRefine((template, context) => {
      const message = linkTemplateProblem(template)
      if (message !== undefined) context.addIssue({ code: 'custom', message })
    }),
  ),
)

/** An exact value of the JWT team claim. */
const claim = z.string().check(z.minLength(1), z.maxLength(256))
const arn = z.string().check(z.startsWith('arn:'), z.maxLength(300))
const exactArn = arn.check(z.refine(text => !text.includes('*'), 'must be one exact ARN, without *'))
/** A role pattern has one star, at its end, behind at least one character of the name. */
const ROLE_PATTERN = /^[^*]+$|^arn:[a-z-]+:iam::\d{12}:role\/[\w+=,.@-]+\*$/
const principal = arn.check(
  z.regex(ROLE_PATTERN, 'must be an exact ARN, or a role pattern such as arn:aws:iam::111122223333:role/etl-*'),
)

/** Somebody who may do less, or is one of many: all may look, `submitter` submits, `operator` cancels and retries. */
const roles = z.array(z.enum(ROLES)).check(z.minLength(1))
const member = z.union([z.strictObject({ claim, roles }), z.strictObject({ principal, roles })])

/** Who may stop and resume clusters and teams. */
const admin = z.union([z.strictObject({ claim }), z.strictObject({ principal: exactArn })])

/** Requests of one team to the API in one minute, all its members together; 500 a second are a loop, not work. */
const DEFAULT_REQUESTS_PER_MINUTE = 30_000
const requestsPerMinute = z.int().check(z.minimum(1), z.maximum(1_000_000))

const team = z.strictObject({
  /** Where its jobs may run; the gateway chooses among them. */
  clusters: z.array(name).check(z.minLength(1)),
  /** The team's namespace on each of its clusters. */
  namespace: name,
  serviceAccount: z._default(name, 'spark'),
  /** `strict`, `open` or a name of `policies`. */
  policy: z._default(name, 'strict'),
  limits,
  /**
   * What its attempts may cost in a calendar month (UTC), in the currency of its clusters' prices. When it is used up no new attempt
   * begins until the next month; what runs goes on.
   */
  budgetPerMonth: z.optional(amount),
  defaults: z._default(partialSpec, {}),
  /**
   * What becomes of an attempt whose cluster is lost: `wait` until it answers, or `move` the job to another cluster after
   * `clusterLostSeconds` although the lost driver may still run.
   */
  onClusterLost: z._default(z.enum(['wait', 'move']), 'wait'),
  /** Exact values of the JWT team claim that mean this team. */
  claims: z._default(z.array(z.string().check(z.minLength(1))), []),
  /** Exact IAM principal ARNs: a user, or a role (any session of it). */
  principals: z._default(z.array(z.string().check(z.startsWith('arn:'))), []),
  /** Further identities, each with what it may do; those above are submitters and operators. */
  members: z._default(z.array(member), []),
  /** Instead of `api.requestsPerMinute`. */
  requestsPerMinute: z.optional(requestsPerMinute),
  /** Key prefixes of the inbox that belong to the team; each ends with `/`. */
  inboxPrefixes: z._default(z.array(z.string().check(z.endsWith('/'))), []),
  /** Names that its specs may notify. */
  notificationTargets: z._default(z.array(name), []),
})

const schedule = z.strictObject({
  team: name,
  /** EventBridge Scheduler's: `cron(0 3 * * ? *)`, `rate(5 minutes)`, `at(2026-12-01T03:00:00)`. */
  expression: z.string().check(z.minLength(1), z.maxLength(256)),
  timezone: z._default(z.string(), 'UTC'),
  /** The job, as text in any format that the gateway reads. */
  spec: z.string().check(z.minLength(1)),
})

const profile = z.strictObject({
  /** One sentence for people who choose. */
  summary: z.string().check(z.minLength(1), z.maxLength(200)),
  spec: partialSpec,
})

export const platformSchema = z.strictObject({
  clusters: z.record(name, cluster),
  teams: z.record(name, team),
  /** Beside `strict` and `open`; each extends one and replaces parts of it. */
  policies: z._default(z.record(name, policyDocumentSchema), {}),
  /** Beside those that ship; a profile of the same name replaces the shipped one. */
  profiles: z._default(z.record(name, profile), {}),
  /** What some shipped profiles need to know; without it those are not offered. */
  profileSettings: z._default(
    z.strictObject({
      /** Where event logs go: `s3a://BUCKET/PREFIX`. */
      eventLogDir: z.optional(z.string().check(z.startsWith('s3a://'))),
      /** Where streams keep their checkpoints. */
      checkpointDir: z.optional(z.string().check(z.startsWith('s3a://'))),
      /** StorageClass of per-executor volumes. */
      storageClass: z.optional(name),
    }),
    {},
  ),
  /** The lowest layer of all specs, over the gateway's own. */
  defaults: z._default(partialSpec, {}),
  inboxBuckets: z._default(z.array(z.string()), []),
  /**
   * Records of ended jobs are written here as JSON lines (`jobs/dt=…`), before they leave the table, and the end of each driver's
   * log (`logs/TEAM/JOB/`), before its pod goes.
   */
  archiveBucket: z.optional(z.string().check(z.minLength(3))),
  schedules: z._default(z.record(name, schedule), {}),
  jwt: z.optional(
    z.strictObject({
      /** The claim whose value names the team. */
      teamClaim: z._default(z.string(), 'sparkgate:team'),
      /** An ID token says who somebody is, to the application that he signed in to; it is no key to an API. */
      idTokens: z._default(z.enum(['refuse', 'accept']), 'refuse'),
    }),
  ),
  /** Who may stop and resume clusters and teams; needs no team. */
  admins: z._default(z.array(admin), []),
  api: z._default(z.strictObject({ requestsPerMinute: z._default(requestsPerMinute, DEFAULT_REQUESTS_PER_MINUTE) }), {
    requestsPerMinute: DEFAULT_REQUESTS_PER_MINUTE,
  }),
  /** Shown with a job: its Spark UI while it runs, the history server, a console. */
  links: z.optional(z.strictObject({ sparkUi: link, historyServer: link, console: link })),
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
      /** From submission to end, all attempts. */
      totalSeconds: z.optional(seconds),
    }),
    { queuedSeconds: 86_400, pendingSeconds: 3_600 },
  ),
  /** A cluster that has not answered for this long is lost, for teams that let their jobs move. */
  clusterLostSeconds: z._default(seconds, 1_800),
  /** Largest spec; a record of the table holds 400 KB, and the canonical form is somewhat longer than the text. */
  maxSpecBytes: z._default(z.int().check(z.minimum(1_024), z.maximum(300 * 1_024)), 256 * 1_024),
  /** Finished jobs leave the table after this many days; idempotency keys live as long (rule 2: at least 15). */
  retentionDays: z._default(z.int().check(z.minimum(15), z.maximum(3_650)), 90),
  /** Finished objects stay on the cluster for this long, for logs and kubectl. */
  objectTimeToLiveSeconds: z._default(z.int().check(z.minimum(3_600), z.maximum(30 * 86_400)), 3 * 86_400),
})

export type Platform = z.output<typeof platformSchema>
export type Team = Platform['teams'][string]
export type Cluster = Platform['clusters'][string]

/** The checked platform file. Throws `PlatformFileError` that lists every problem with its path. */
export function parsePlatform(document: unknown): Platform {
  const result = platformSchema.safeParse(document)
  const problems = result.success
    ? platformProblems(result.data)
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
