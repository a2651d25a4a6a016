/**
 * The layout of the one table, shared by the stores and by infra: keys, indexes and the named conditions. Ids are checked
 * before they get here (DNS labels, base32), so no part can hold a `#`.
 *
 * | item | pk | sk |
 * | --- | --- | --- |
 * | job | `JOB#team#jobId` | `JOB` |
 * | canonical spec | `JOB#team#jobId` | `SPEC` |
 * | a cluster's turns | `CLUSTER#name` | `TURNS` |
 * | a cluster's observer | `CLUSTER#name` | `OBSERVER` |
 *
 * | index | keys | holds |
 * | --- | --- | --- |
 * | due | `dueShard`, `dueAt` | jobs that are not over |
 * | team | `teamKey`, `createdKey` | all jobs of a team, newest last |
 * | active | `activeCluster`, `pk` | jobs with an attempt on a cluster |
 */
import type { JobRef } from '../domain/job.ts'

export const DUE_INDEX = 'due'
export const TEAM_INDEX = 'team'
export const ACTIVE_INDEX = 'active'

/** One hot index key would limit all teams together to 1,000 writes a second; the sweep reads each shard. */
export const DUE_SHARDS = 4

export const jobKey = ({ team, jobId }: JobRef) => ({ pk: { S: `JOB#${team}#${jobId}` }, sk: { S: 'JOB' } })
/** The job that a partition key names: no part holds a `#`. */
export function refOfJobKey(pk: string): JobRef {
  const [, team = '', jobId = ''] = pk.split('#')
  return { team, jobId }
}
export const specKey = ({ team, jobId }: JobRef) => ({ pk: { S: `JOB#${team}#${jobId}` }, sk: { S: 'SPEC' } })
export const turnsKey = (cluster: string) => ({ pk: { S: `CLUSTER#${cluster}` }, sk: { S: 'TURNS' } })
export const observerKey = (cluster: string) => ({ pk: { S: `CLUSTER#${cluster}` }, sk: { S: 'OBSERVER' } })

/** The id's last character spreads evenly: base32 of a hash. */
export const dueShardOf = (jobId: string): string => `DUE#${(jobId.codePointAt(jobId.length - 1) ?? 0) % DUE_SHARDS}`

/** Named conditions: what must hold for a write. */
export const CONDITIONS = {
  /** No such item yet. */
  isNew: 'attribute_not_exists(pk)',
  /** Rule 5: the read still stands, the job is not over, (attempt, rank) does not fall. */
  stillStands: '#version = :seen AND #terminal = :no AND #progress <= :progress',
  /** The job that the index showed is the one in the table. */
  sameLook: '#version = :seen AND #dueAt = :dueAt',
  /** Turns lie ahead: take the next. */
  turnsAhead: '#nextTurn >= :now',
  /** No turn lies ahead: begin anew from now. */
  noTurnsAhead: 'attribute_not_exists(#nextTurn) OR #nextTurn < :now',
  /** The chain is where this writer saw it. */
  sameSequence: '#sequence = :from',
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
  ],
  BillingMode: 'PAY_PER_REQUEST',
  StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
} as const

/** The attribute by which finished items leave the table, epoch seconds. */
export const TTL_ATTRIBUTE = 'expiresAt'
