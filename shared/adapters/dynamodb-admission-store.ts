/** AdmissionStore on DynamoDB: lanes by one index, counters and plans as items of their own. */
import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import type { TroubleSpacing } from '../domain/admission/cluster-health.ts'
import { NO_USAGE } from '../domain/admission/claim.ts'
import type { Limits, Usage, UsageCounter } from '../domain/admission/claim.ts'
import type { SpentByMonth } from '../domain/admission/spending.ts'
import type { Lane } from '../domain/admission/decide-admissions.ts'
import { laneKey, laneOf, laneOfKey, poolKey, queueKey } from '../domain/admission/lane-key.ts'
import type { Job } from '../domain/job.ts'
import type {
  AdmissionPlan,
  AdmissionStore,
  ClusterHealth,
  ObserverState,
  Pause,
  PauseScope,
  RoomRecords,
  UsageOwner,
} from '../operations/ports.ts'
import { despiteConflicts } from './dynamodb-conflicts.ts'
import { queuedJobOfItem } from './dynamodb-job-item.ts'
import type { Item } from './dynamodb-job-item.ts'
import { saveJob } from './dynamodb-job-writes.ts'
import type { Table } from './dynamodb-job-writes.ts'
import {
  CONDITIONS,
  healthKey,
  monthOfAttribute,
  observerKey,
  pauseKey,
  PAUSES,
  PLAN_KEY,
  QUEUE_INDEX,
  QUEUE_SHARDS,
  queueShardOf,
  turnsKey,
  usageKey,
} from './dynamodb-table.ts'

/** Teams × pools × priorities that have jobs; more wait for the next pass. */
const MAX_LANES = 1_000
/** Sorts after every character of a lane's key. */
const AFTER_LANE = '\uffff'
/** BatchGetItem takes so many keys, and may leave some for another try. */
const BATCH = 100
const MAX_BATCH_TRIES = 5

export class DynamoDbAdmissionStore implements AdmissionStore {
  private readonly table: Table

  constructor(table: Table) {
    this.table = table
  }

  async listLanes(perLane: number): Promise<readonly Lane[]> {
    const shards = Array.from({ length: QUEUE_SHARDS }, (_, shard) => this.lanesOf(`QUEUE#${shard}`, perLane))
    return (await Promise.all(shards)).flat()
  }

  /** Skips from lane to lane: one query each, however long a lane is. */
  private async lanesOf(shard: string, perLane: number): Promise<readonly Lane[]> {
    const lanes: Lane[] = []
    let after = ' '
    while (lanes.length < MAX_LANES) {
      const { Items = [] } = await this.queryQueue(shard, after, perLane)
      const first = Items[0]?.['queueKey']?.S
      if (first === undefined) break
      const { team, clusters, priority } = laneOfKey(first)
      const prefix = laneKey({ team, clusters, priority })
      const jobs = Items.filter(item => item['queueKey']?.S?.startsWith(`${prefix}#`)).map(queuedJobOfItem)
      lanes.push({ team, clusters, jobs })
      after = `${prefix}#${AFTER_LANE}`
    }
    return lanes
  }

  private queryQueue(shard: string, after: string, limit: number) {
    return this.table.client.send(
      new QueryCommand({
        TableName: this.table.tableName,
        IndexName: QUEUE_INDEX,
        KeyConditionExpression: 'queueShard = :shard AND queueKey > :after',
        ExpressionAttributeValues: { ':shard': { S: shard }, ':after': { S: after } },
        Limit: limit,
      }),
    )
  }

  async countAhead(job: Job, most: number): Promise<number> {
    const lane = laneOf(job)
    const { Count = 0 } = await this.table.client.send(
      new QueryCommand({
        TableName: this.table.tableName,
        IndexName: QUEUE_INDEX,
        KeyConditionExpression: 'queueShard = :shard AND queueKey BETWEEN :first AND :own',
        ExpressionAttributeValues: {
          ':shard': { S: queueShardOf(job.team) },
          ':first': { S: `${poolKey(lane.team, lane.clusters)}#` },
          ':own': { S: queueKey(job) },
        },
        // One more: the job itself may be among them, or not yet.
        Limit: most + 1,
        Select: 'COUNT',
      }),
    )
    return Math.max(0, Count - 1)
  }

  async readUsage(owners: readonly UsageOwner[]): Promise<readonly UsageCounter[]> {
    const items = await this.batchGetAll(owners.map(usageKey))
    const found = new Map(items.map(item => [item['pk']?.S, unmarshall(item)]))
    return owners.map(owner => {
      const fields = found.get(usageKey(owner).pk.S)
      return { ...usageOf(fields), changes: Number(fields?.['changes'] ?? 0) }
    })
  }

  async readRooms(teams: readonly string[], clusters: readonly string[]): Promise<RoomRecords> {
    const keys = [
      ...teams.map(name => usageKey({ kind: 'team', name })),
      ...clusters.flatMap(name => [
        usageKey({ kind: 'cluster', name }),
        healthKey(name),
        turnsKey(name),
        observerKey(name),
      ]),
    ]
    const [items, pauses] = await Promise.all([this.batchGetAll(keys), this.listPauses()])
    const found = new Map(items.map(item => [`${item['pk']?.S} ${item['sk']?.S}`, unmarshall(item)]))
    const record = (key: { pk: { S: string }; sk: { S: string } }) => found.get(`${key.pk.S} ${key.sk.S}`)
    return {
      teams: new Map(
        teams.map(name => {
          const fields = record(usageKey({ kind: 'team', name }))
          return [name, { usage: usageOf(fields), spent: spentOf(fields) }]
        }),
      ),
      clusters: new Map(
        clusters.map(name => [
          name,
          {
            usage: usageOf(record(usageKey({ kind: 'cluster', name }))),
            health: healthOf(record(healthKey(name))),
            nextTurn: Number(record(turnsKey(name))?.['nextTurn'] ?? 0),
            ...observerOf(record(observerKey(name))),
          },
        ]),
      ),
      pauses,
    }
  }

  private async batchGetAll(keys: readonly Item[]): Promise<readonly Item[]> {
    const batches: Promise<readonly Item[]>[] = []
    for (let start = 0; start < keys.length; start += BATCH)
      batches.push(this.batchGet(keys.slice(start, start + BATCH)))
    return (await Promise.all(batches)).flat()
  }

  private async batchGet(keys: readonly Item[]): Promise<readonly Item[]> {
    const items: Item[] = []
    let rest = [...keys]
    for (let tries = 0; rest.length > 0 && tries < MAX_BATCH_TRIES; tries++) {
      const request = { [this.table.tableName]: { Keys: rest, ConsistentRead: true } }
      const { Responses, UnprocessedKeys } = await this.table.client.send(
        new BatchGetItemCommand({ RequestItems: request }),
      )
      items.push(...(Responses?.[this.table.tableName] ?? []))
      rest = UnprocessedKeys?.[this.table.tableName]?.Keys ?? []
    }
    if (rest.length > 0) throw new Error(`${rest.length} items were not read in ${MAX_BATCH_TRIES} tries`)
    return items
  }

  async admit(before: Job, after: Job, limits: { readonly team: Limits; readonly cluster: Limits }) {
    const saved = await saveJob(this.table, { before, after, condition: CONDITIONS.stillStands, limits })
    if (saved.outcome === 'saved') return saved
    return { outcome: saved.at === 0 ? ('conflict' as const) : ('full' as const) }
  }

  async repairUsage(owner: UsageOwner, seen: UsageCounter, counted: Usage): Promise<'saved' | 'conflict'> {
    const { jobs, cores, memoryMiB, changes } = seen
    const isCounted = changes > 0
    return this.guarded(() =>
      this.table.client.send(
        // Not a put: what was spent stays.
        new UpdateItemCommand({
          TableName: this.table.tableName,
          Key: usageKey(owner),
          UpdateExpression: 'SET #jobs = :isJobs, #cores = :isCores, #memoryMiB = :isMemoryMiB, #changes = :next',
          ConditionExpression: isCounted ? CONDITIONS.sameUsage : CONDITIONS.sameUncounted,
          ExpressionAttributeNames: {
            '#jobs': 'jobs',
            '#cores': 'cores',
            '#memoryMiB': 'memoryMiB',
            '#changes': 'changes',
          },
          ExpressionAttributeValues: marshall({
            ':jobs': jobs,
            ':cores': cores,
            ':memoryMiB': memoryMiB,
            ':isJobs': counted.jobs,
            ':isCores': counted.cores,
            ':isMemoryMiB': counted.memoryMiB,
            ':next': changes + 1,
            ...(isCounted && { ':changes': changes }),
          }),
        }),
      ),
    )
  }

  async getPlan(): Promise<AdmissionPlan> {
    const item = await this.getItem(PLAN_KEY)
    if (item === undefined) return { version: 0, waiting: {} }
    const { pk: _pk, sk: _sk, ...plan } = item
    return plan as unknown as AdmissionPlan
  }

  async savePlan(from: AdmissionPlan, next: AdmissionPlan): Promise<'saved' | 'conflict'> {
    const plan = { ...next, version: from.version + 1 }
    return this.guarded(() =>
      this.table.client.send(
        new PutItemCommand({
          TableName: this.table.tableName,
          Item: { ...PLAN_KEY, ...marshall(plan, { removeUndefinedValues: true }) },
          ...(from.version === 0
            ? { ConditionExpression: CONDITIONS.isNew }
            : {
                ConditionExpression: CONDITIONS.sameVersion,
                ExpressionAttributeNames: { '#version': 'version' },
                ExpressionAttributeValues: { ':from': { N: String(from.version) } },
              }),
        }),
      ),
    )
  }

  async listPauses(): Promise<readonly Pause[]> {
    const { Items = [] } = await this.table.client.send(
      new QueryCommand({
        TableName: this.table.tableName,
        KeyConditionExpression: 'pk = :pauses',
        ExpressionAttributeValues: { ':pauses': { S: PAUSES } },
        ConsistentRead: true,
      }),
    )
    return Items.map(item => unmarshall(item)['pause'] as Pause)
  }

  async putPause(pause: Pause): Promise<void> {
    const item = { ...pauseKey(pause.scope), ...marshall({ pause }) }
    await this.table.client.send(new PutItemCommand({ TableName: this.table.tableName, Item: item }))
  }

  async deletePause(scope: PauseScope): Promise<void> {
    await this.table.client.send(new DeleteItemCommand({ TableName: this.table.tableName, Key: pauseKey(scope) }))
  }

  async noteTrouble(cluster: string, now: number, spacing: TroubleSpacing): Promise<void> {
    const [since, before] = [now - spacing.mostMilliseconds, now - spacing.leastMilliseconds]
    const update = (change: string, condition: string, times: object) =>
      this.guarded(() =>
        this.table.client.send(
          new UpdateItemCommand({
            TableName: this.table.tableName,
            Key: healthKey(cluster),
            UpdateExpression: `SET #failures = ${change}, #failedAt = :now`,
            ConditionExpression: condition,
            ExpressionAttributeNames: { '#failures': 'failures', '#failedAt': 'failedAt' },
            ExpressionAttributeValues: marshall({ ':one': 1, ':now': now, ':since': since, ...times }),
          }),
        ),
      )
    if ((await update('#failures + :one', CONDITIONS.recentTrouble, { ':before': before })) === 'saved') return
    // Somebody else may begin anew at the same time: one trouble of many is then not counted.
    await update(':one', CONDITIONS.noRecentTrouble, {})
  }

  private async getItem(key: Item): Promise<Record<string, unknown> | undefined> {
    const { Item } = await this.table.client.send(
      new GetItemCommand({ TableName: this.table.tableName, Key: key, ConsistentRead: true }),
    )
    return Item === undefined ? undefined : unmarshall(Item)
  }

  private async guarded(write: () => Promise<unknown>): Promise<'saved' | 'conflict'> {
    try {
      await despiteConflicts(write)
      return 'saved'
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return 'conflict'
      throw error
    }
  }
}

type Fields = Record<string, unknown> | undefined

function usageOf(fields: Fields): Usage {
  const { jobs, cores, memoryMiB } = { ...NO_USAGE, ...fields }
  return { jobs, cores, memoryMiB }
}

const spentOf = (fields: Fields): SpentByMonth =>
  Object.fromEntries(
    Object.entries(fields ?? {}).flatMap(([name, amount]) => {
      const month = monthOfAttribute(name)
      return month === undefined ? [] : [[month, Number(amount)]]
    }),
  )

function healthOf(fields: Fields): ClusterHealth {
  const failedAt: unknown = fields?.['failedAt']
  return { failures: Number(fields?.['failures'] ?? 0), ...(typeof failedAt === 'number' && { failedAt }) }
}

function observerOf(fields: Fields): { readonly observer?: ObserverState } {
  if (fields === undefined) return {}
  const { pk: _pk, sk: _sk, ...state } = fields
  return { observer: state as unknown as ObserverState }
}
