/** JobStore on DynamoDB: one conditional write an operation; the SDK's condition failure is known here and nowhere else. */
import {
  ConditionalCheckFailedException,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { CanonicalSpec, JsonObject } from '../domain/job-spec/canonical-spec.ts'
import { canonicalJson } from '../domain/job-spec/canonical-json.ts'
import type { Job, JobRef } from '../domain/job.ts'
import { canMove, canReopen } from '../domain/job-state.ts'
import type { GivenSpecs } from '../operations/api-ports.ts'
import type { DueJob, GivenSpec, JobQuery, JobStore } from '../operations/ports.ts'
import { despiteConflicts } from './dynamodb-conflicts.ts'
import { givenAttributes, givenOfItem } from './dynamodb-given-spec.ts'
import { jobItem, jobOfItem } from './dynamodb-job-item.ts'
import type { Item } from './dynamodb-job-item.ts'
import { putItem, saveJob, transact } from './dynamodb-job-writes.ts'
import type { Table, Written } from './dynamodb-job-writes.ts'
import { pageToken, readPageToken } from './dynamodb-page-token.ts'
import {
  ACTIVE_INDEX,
  CONDITIONS,
  DEPENDENT,
  dependentKey,
  DUE_INDEX,
  DUE_SHARDS,
  jobKey,
  refOfJobKey,
  specKey,
  TEAM_INDEX,
  TTL_ATTRIBUTE,
  turnsKey,
} from './dynamodb-table.ts'

/** A filtered list reads at most so many pages for one answer. */
const MAX_LIST_PAGES = 20

export class DynamoDbJobStore implements JobStore, GivenSpecs {
  private readonly table: Table

  constructor(client: DynamoDBClient, settings: { readonly tableName: string; readonly retentionDays: number }) {
    this.table = { client, ...settings }
  }

  async create(job: Job, spec: CanonicalSpec | undefined, given?: GivenSpec) {
    const { outcome } = await this.put(job, spec, given)
    if (outcome === 'written') return { outcome: 'created' as const }
    const stored = await this.get(job)
    if (stored === undefined) throw new Error(`job ${job.jobId} was there and is gone again`)
    return { outcome: 'exists' as const, job: stored }
  }

  private async put(job: Job, spec: CanonicalSpec | undefined, given: GivenSpec | undefined): Promise<Written> {
    const { tableName, retentionDays, client } = this.table
    const put = { TableName: tableName, Item: jobItem(job, retentionDays), ConditionExpression: CONDITIONS.isNew }
    if (spec === undefined) return putItem(client, put)
    const canonical = canonicalJson({ ...spec } as unknown as JsonObject)
    const specItem = {
      ...specKey(job),
      type: { S: 'spec' },
      spec: { S: canonical },
      ...givenAttributes(given, canonical),
    }
    const edges = (job.dependsOn?.jobs ?? []).map(on => ({
      Put: { TableName: tableName, Item: dependentItem(job, on, retentionDays) },
    }))
    return transact(client, [{ Put: put }, { Put: { TableName: tableName, Item: specItem } }, ...edges])
  }

  async get(ref: JobRef): Promise<Job | undefined> {
    const { Item } = await this.table.client.send(
      new GetItemCommand({ TableName: this.table.tableName, Key: jobKey(ref), ConsistentRead: true }),
    )
    return jobOfItem(Item)
  }

  async getGiven(ref: JobRef): Promise<GivenSpec | undefined> {
    return givenOfItem(await this.getSpecItem(ref))
  }

  private async getSpecItem(ref: JobRef): Promise<Item | undefined> {
    const { Item } = await this.table.client.send(
      new GetItemCommand({ TableName: this.table.tableName, Key: specKey(ref), ConsistentRead: true }),
    )
    return Item
  }

  async getSpec(ref: JobRef): Promise<CanonicalSpec | undefined> {
    const Item = await this.getSpecItem(ref)
    return Item?.['spec']?.S === undefined ? undefined : (JSON.parse(Item['spec'].S) as CanonicalSpec)
  }

  async save(before: Job, after: Job) {
    if (!canMove(before, after))
      throw new Error(
        `job ${before.jobId}: no step leads from ${before.state} (${before.attempt}) to ${after.state} (${after.attempt})`,
      )
    const saved = await saveJob(this.table, { before, after, condition: CONDITIONS.stillStands })
    return saved.outcome === 'saved' ? saved : { outcome: saved.outcome }
  }

  async reopen(before: Job, after: Job) {
    if (!canReopen(before.state) || after.state !== 'QUEUED' || after.attempt !== before.attempt + 1)
      throw new Error(`job ${before.jobId}: ${before.state} is not followed by attempt ${after.attempt}`)
    const saved = await saveJob(this.table, { before, after, condition: CONDITIONS.stillStands })
    return saved.outcome === 'saved' ? saved : { outcome: saved.outcome }
  }

  async listDependents(ref: JobRef, limit: number): Promise<readonly JobRef[]> {
    const { Items = [] } = await this.table.client.send(
      new QueryCommand({
        TableName: this.table.tableName,
        KeyConditionExpression: 'pk = :job AND begins_with(sk, :dependent)',
        ExpressionAttributeValues: { ':job': jobKey(ref).pk, ':dependent': { S: DEPENDENT } },
        ConsistentRead: true,
        Limit: limit,
      }),
    )
    return Items.map(item => ({ team: ref.team, jobId: item['sk']?.S?.slice(DEPENDENT.length) ?? '' }))
  }

  async list(query: JobQuery) {
    const jobs: Job[] = []
    let start = query.next === undefined ? undefined : readPageToken(query.next, query.team)
    for (let page = 0; page < MAX_LIST_PAGES; page++) {
      const { Items = [], LastEvaluatedKey } = await this.table.client.send(
        new QueryCommand(listPage(this.table.tableName, query, start, query.limit - jobs.length)),
      )
      for (const item of Items) {
        const job = jobOfItem(item)
        if (job !== undefined) jobs.push(job)
      }
      start = LastEvaluatedKey
      if (start === undefined || jobs.length >= query.limit) break
    }
    return { jobs, ...(start && { next: pageToken(start) }) }
  }

  async listDue(before: number, limit: number): Promise<readonly DueJob[]> {
    const shards = await Promise.all(
      Array.from({ length: DUE_SHARDS }, (_, shard) =>
        this.table.client.send(
          new QueryCommand({
            TableName: this.table.tableName,
            IndexName: DUE_INDEX,
            KeyConditionExpression: 'dueShard = :shard AND dueAt < :before',
            ExpressionAttributeValues: { ':shard': { S: `DUE#${shard}` }, ':before': { N: String(before) } },
            Limit: limit,
          }),
        ),
      ),
    )
    return shards
      .flatMap(({ Items = [] }) => Items.map(dueJob))
      .toSorted((a, b) => a.dueAt - b.dueAt)
      .slice(0, limit)
  }

  async postpone(due: DueJob, dueAt: number) {
    return this.guarded({
      Key: jobKey(due),
      UpdateExpression: 'SET #dueAt = :next, #sweeps = :sweeps',
      ConditionExpression: CONDITIONS.sameLook,
      ExpressionAttributeNames: { '#dueAt': 'dueAt', '#sweeps': 'sweeps', '#version': 'version' },
      ExpressionAttributeValues: {
        ':next': { N: String(dueAt) },
        ':sweeps': { N: String(due.sweeps + 1) },
        ':seen': { N: String(due.version) },
        ':dueAt': { N: String(due.dueAt) },
      },
    }).then(result => (result === undefined ? ('conflict' as const) : ('saved' as const)))
  }

  async hasActiveJobs(cluster: string): Promise<boolean> {
    const { Count = 0 } = await this.table.client.send(
      new QueryCommand({
        TableName: this.table.tableName,
        IndexName: ACTIVE_INDEX,
        KeyConditionExpression: 'activeCluster = :cluster',
        ExpressionAttributeValues: { ':cluster': { S: `CLUSTER#${cluster}` } },
        Limit: 1,
      }),
    )
    return Count > 0
  }

  async listActive(cluster: string, limit: number, next?: string) {
    const { Items = [], LastEvaluatedKey } = await this.table.client.send(
      new QueryCommand({
        TableName: this.table.tableName,
        IndexName: ACTIVE_INDEX,
        KeyConditionExpression: 'activeCluster = :cluster AND pk > :after',
        ExpressionAttributeValues: { ':cluster': { S: `CLUSTER#${cluster}` }, ':after': { S: next ?? 'JOB#' } },
        Limit: limit,
      }),
    )
    const last = LastEvaluatedKey?.['pk']?.S
    return { refs: Items.map(item => refOfJobKey(item['pk']?.S ?? '')), ...(last !== undefined && { next: last }) }
  }

  async reserveTurn(cluster: string, now: number, interval: number): Promise<number> {
    // Two writers alternate between the two conditions only if the clock stands still: a few tries are plenty.
    for (let tries = 0; tries < 5; tries++) {
      const ahead = await this.takeTurn(cluster, CONDITIONS.turnsAhead, '#nextTurn + :interval', {
        ':now': now,
        ':interval': interval,
      })
      if (ahead !== undefined) return ahead - interval
      const fresh = await this.takeTurn(cluster, CONDITIONS.noTurnsAhead, ':fresh', {
        ':now': now,
        ':fresh': now + interval,
      })
      if (fresh !== undefined) return now
    }
    throw new Error(`no turn could be reserved at cluster ${cluster}`)
  }

  /** The turn after the one taken; undefined when the condition does not hold. */
  private async takeTurn(
    cluster: string,
    condition: string,
    next: string,
    values: Record<string, number>,
  ): Promise<number | undefined> {
    const result = await this.guarded({
      Key: turnsKey(cluster),
      UpdateExpression: `SET #nextTurn = ${next}`,
      ConditionExpression: condition,
      ExpressionAttributeNames: { '#nextTurn': 'nextTurn' },
      ExpressionAttributeValues: Object.fromEntries(
        Object.entries(values).map(([name, value]) => [name, { N: String(value) }]),
      ),
      ReturnValues: 'UPDATED_NEW',
    })
    return result === undefined ? undefined : Number(result.Attributes?.['nextTurn']?.N)
  }

  private async guarded(input: Omit<ConstructorParameters<typeof UpdateItemCommand>[0], 'TableName'>) {
    try {
      const update = new UpdateItemCommand({ ...input, TableName: this.table.tableName })
      return await despiteConflicts(() => this.table.client.send(update))
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined
      throw error
    }
  }
}

/** It outlives every wait: a dependent that nobody told looks by itself. */
const dependentItem = ({ team, jobId, createdAt }: Job, on: string, retentionDays: number): Item => ({
  ...dependentKey({ team, jobId: on }, jobId),
  type: { S: 'dependent' },
  [TTL_ATTRIBUTE]: { N: String(Math.floor(createdAt / 1000) + 2 * retentionDays * 86_400) },
})

const dueJob = (item: Item): DueJob => ({
  team: item['team']?.S ?? '',
  jobId: item['jobId']?.S ?? '',
  version: Number(item['version']?.N),
  dueAt: Number(item['dueAt']?.N),
  sweeps: Number(item['sweeps']?.N ?? 0),
})

/** What the filters of a list compare; the times are part of the key. */
const LIST_FILTERS = {
  state: { place: '#state', names: { '#state': 'state' } },
  name: { place: '#name', names: { '#name': 'name' } },
  cluster: { place: '#job.#cluster', names: { '#job': 'job', '#cluster': 'cluster' } },
  trigger: { place: '#job.#trigger.#kind', names: { '#job': 'job', '#trigger': 'trigger', '#kind': 'kind' } },
} as const

function listFilter(query: JobQuery) {
  const places: string[] = []
  const names: Record<string, string> = {}
  const values: Item = {}
  for (const [filter, { place, names: needed }] of Object.entries(LIST_FILTERS)) {
    const value = query[filter as keyof typeof LIST_FILTERS]
    if (value === undefined) continue
    places.push(`${place} = :${filter}`)
    Object.assign(names, needed)
    values[`:${filter}`] = { S: value }
  }
  if (query.label !== undefined) {
    places.push('#job.#labels.#label = :label')
    Object.assign(names, { '#job': 'job', '#labels': 'labels', '#label': query.label.name })
    values[':label'] = { S: query.label.value }
  }
  return { places, names, values }
}

/** Sorts after every time that has four digits of a year. */
const END_OF_TIME = '~'
const isoOf = (at: number | undefined): string | undefined =>
  at === undefined ? undefined : new Date(at).toISOString()

/** One page of a team's jobs, newest first; filters are applied after the read, so a page may be short. */
function listPage(tableName: string, query: JobQuery, start: Item | undefined, limit: number) {
  const { places, names, values } = listFilter(query)
  return {
    TableName: tableName,
    IndexName: TEAM_INDEX,
    // A key goes on behind its time, so that a job of exactly `until` sorts after it.
    KeyConditionExpression: 'teamKey = :team AND createdKey BETWEEN :since AND :until',
    ScanIndexForward: false,
    Limit: limit,
    ...(places.length > 0 && { FilterExpression: places.join(' AND '), ExpressionAttributeNames: names }),
    ExpressionAttributeValues: {
      ':team': { S: `TEAM#${query.team}` },
      ':since': { S: isoOf(query.since) ?? '0' },
      ':until': { S: isoOf(query.until) ?? END_OF_TIME },
      ...values,
    },
    ...(start && { ExclusiveStartKey: start }),
  }
}
