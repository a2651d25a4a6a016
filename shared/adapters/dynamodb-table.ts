/**
 * The layout of the one table, shared by the stores and by infra: keys, indexes and the named conditions. Ids are checked
 * before they get here (DNS labels, base32), so no part can hold a `#`.
 *
 * | item | pk | sk |
 * | --- | --- | --- |
 * | job | `JOB#team#jobId` | `JOB` |
 * | canonical spec | `JOB#team#jobId` | `SPEC` |
 * | a job that depends on it | `JOB#team#jobId` | `DEPENDENT#jobId` |
 * | a cluster's turns | `CLUSTER#name` | `TURNS` |
 * | a cluster's observer | `CLUSTER#name` | `OBSERVER` |
 * | a cluster's health | `CLUSTER#name` | `HEALTH` |
 * | an orphan | `CLUSTER#name` | `ORPHAN#uid` |
 * | what is in use | `USAGE#team#name`, `USAGE#cluster#name` | `USAGE` |
 * | the plan of admission | `ADMISSION` | `PLAN` |
 * | a pause | `PAUSES` | `everything`, `team#name`, `cluster#name` |
 * | requests of a team in a minute | `RATE#team` | `MINUTE#number` |
 * | the key of page tokens | `SECRETS` | `PAGE_TOKENS` |
 *
 * | index | keys | holds |
 * | --- | --- | --- |
 * | due | `dueShard`, `dueAt` | jobs that are not over |
 * | team | `teamKey`, `createdKey` | all jobs of a team, newest last |
 * | active | `activeCluster`, `pk` | jobs with an attempt on a cluster |
 * | queue | `queueShard`, `queueKey` | jobs that wait for admission, by lane and age |
 */
import type { JobRef } from '../domain/job.ts'
import type { Orphan, PauseScope, UsageOwner } from '../operations/ports.ts'

export const DUE_INDEX = 'due'
export const TEAM_INDEX = 'team'
export const ACTIVE_INDEX = 'active'
export const QUEUE_INDEX = 'queue'

/** One hot index key would limit all teams together to 1,000 writes a second; the sweep reads each shard. */
export const DUE_SHARDS = 4

export const jobKey = ({ team, jobId }: JobRef) => ({ pk: { S: `JOB#${team}#${jobId}` }, sk: { S: 'JOB' } })
/** The job that a partition key names: no part holds a `#`. */
export function refOfJobKey(pk: string): JobRef {
  const [, team = '', jobId = ''] = pk.split('#')
  return { team, jobId }
}
export const specKey = ({ team, jobId }: JobRef) => ({ pk: { S: `JOB#${team}#${jobId}` }, sk: { S: 'SPEC' } })
export const DEPENDENT = 'DEPENDENT#'
export const dependentKey = (on: JobRef, dependent: string) => ({
  ...jobKey(on),
  sk: { S: `${DEPENDENT}${dependent}` },
})
export const turnsKey = (cluster: string) => ({ pk: { S: `CLUSTER#${cluster}` }, sk: { S: 'TURNS' } })
export const observerKey = (cluster: string) => ({ pk: { S: `CLUSTER#${cluster}` }, sk: { S: 'OBSERVER' } })

/** The id's last character spreads evenly: base32 of a hash. */
export const dueShardOf = (jobId: string): string => `DUE#${(jobId.codePointAt(jobId.length - 1) ?? 0) % DUE_SHARDS}`

export const healthKey = (cluster: string) => ({ pk: { S: `CLUSTER#${cluster}` }, sk: { S: 'HEALTH' } })
export const orphanKey = ({ cluster, uid }: Orphan) => ({ pk: { S: `CLUSTER#${cluster}` }, sk: { S: `ORPHAN#${uid}` } })
export const usageKey = ({ kind, name }: UsageOwner) => ({ pk: { S: `USAGE#${kind}#${name}` }, sk: { S: 'USAGE' } })
/** Of a team's usage item: what its attempts cost in a month, `2026-11`. Twelve a year, kept. */
const SPENT = 'spent_'
export const spentAttribute = (month: string): string => `${SPENT}${month}`
/** The month that an attribute of a usage item tells of; undefined for the others. */
export const monthOfAttribute = (name: string): string | undefined =>
  name.startsWith(SPENT) ? name.slice(SPENT.length) : undefined
export const PLAN_KEY = { pk: { S: 'ADMISSION' }, sk: { S: 'PLAN' } } as const
export const PAUSES = 'PAUSES'
export const pauseKey = (scope: PauseScope) => ({
  pk: { S: PAUSES },
  sk: { S: scope.kind === 'everything' ? scope.kind : `${scope.kind}#${scope.name}` },
})

/** `minute`: since 1970. */
export const rateKey = (team: string, minute: number) => ({
  pk: { S: `RATE#${team}` },
  sk: { S: `MINUTE#${minute}` },
})
export const PAGE_TOKEN_KEY = { pk: { S: 'SECRETS' }, sk: { S: 'PAGE_TOKENS' } } as const

/** A team's lanes lie together, the teams apart: a burst of one does not slow the writes of all. */
export const QUEUE_SHARDS = 4
export function queueShardOf(team: string): string {
  let sum = 0
  for (const character of team) sum += character.codePointAt(0) ?? 0
  return `QUEUE#${sum % QUEUE_SHARDS}`
}

/** Named conditions: what must hold for a write. */
export const CONDITIONS = {
  /** No such item yet. */
  isNew: 'attribute_not_exists(pk)',
  /** Rule 5: the read still stands, the job is as over as it was (only `reopen` writes over an end), (attempt, rank) does not fall. */
  stillStands: '#version = :seen AND #terminal = :over AND #progress <= :progress',
  /** The job that the index showed is the one in the table. */
  sameLook: '#version = :seen AND #dueAt = :dueAt',
  /** Turns lie ahead: take the next. */
  turnsAhead: '#nextTurn >= :now',
  /** No turn lies ahead: begin anew from now. */
  noTurnsAhead: 'attribute_not_exists(#nextTurn) OR #nextTurn < :now',
  /** The chain is where this writer saw it. */
  sameSequence: '#sequence = :from',
  /** Nobody has written since this writer read. */
  sameVersion: '#version = :from',
  /** The counter is the one that was seen, and nobody has changed it since. */
  sameUsage: '#jobs = :jobs AND #cores = :cores AND #memoryMiB = :memoryMiB AND #changes = :changes',
  /** The same of one that an earlier release wrote, which did not count changes, or of none. */
  sameUncounted:
    'attribute_not_exists(#changes) AND (attribute_not_exists(#jobs) OR (#jobs = :jobs AND #cores = :cores AND #memoryMiB = :memoryMiB))',
  /** The trouble before is recent, and not the same moment's. */
  recentTrouble: '#failedAt >= :since AND #failedAt <= :before',
  /** The block still fits into the team's minute. */
  roomInMinute: 'attribute_not_exists(#taken) OR #taken <= :most',
  /** There was none, or long ago. */
  noRecentTrouble: 'attribute_not_exists(#failedAt) OR #failedAt < :since',
} as const

/** What CreateTable (locally) and infra (in AWS) must declare. */
export const TABLE_SCHEMA = {
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
    { AttributeName: 'dueShard', AttributeType: 'S' },
    { AttributeName: 'dueAt', AttributeType: 'N' },
    { AttributeName: 'teamKey', AttributeType: 'S' },
    { AttributeName: 'createdKey', AttributeType: 'S' },
    { AttributeName: 'activeCluster', AttributeType: 'S' },
    { AttributeName: 'queueShard', AttributeType: 'S' },
    { AttributeName: 'queueKey', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: DUE_INDEX,
      KeySchema: [
        { AttributeName: 'dueShard', KeyType: 'HASH' },
        { AttributeName: 'dueAt', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['team', 'jobId', 'version', 'sweeps'] },
    },
    {
      IndexName: TEAM_INDEX,
      KeySchema: [
        { AttributeName: 'teamKey', KeyType: 'HASH' },
        { AttributeName: 'createdKey', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
    {
      IndexName: ACTIVE_INDEX,
      KeySchema: [
        { AttributeName: 'activeCluster', KeyType: 'HASH' },
        { AttributeName: 'pk', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
    {
      IndexName: QUEUE_INDEX,
      KeySchema: [
        { AttributeName: 'queueShard', KeyType: 'HASH' },
        { AttributeName: 'queueKey', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['queued'] },
    },
  ],
  BillingMode: 'PAY_PER_REQUEST',
  StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
} as const

/** The attribute by which finished items leave the table, epoch seconds. */
export const TTL_ATTRIBUTE = 'expiresAt'
