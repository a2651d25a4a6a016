/**
 * Writing a job with everything that must change with it: what is in use of limits, and how long its spec is kept. One item
 * is a plain put; several are one transaction, so that counters are right after any crash.
 */
import {
  ConditionalCheckFailedException,
  PutItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb'
import type { Claim, Limits, Usage } from '../domain/admission/claim.ts'
import { monthOf, newlySpent } from '../domain/admission/spending.ts'
import { canonicalJson } from '../domain/job-spec/canonical-json.ts'
import type { Job } from '../domain/job.ts'
import { isTerminal, progressOf } from '../domain/job-state.ts'
import type { UsageOwner } from '../operations/ports.ts'
import { despiteConflicts } from './dynamodb-conflicts.ts'
import { jobItem, jobOfItem } from './dynamodb-job-item.ts'
import type { Item } from './dynamodb-job-item.ts'
import { specKey, spentAttribute, TTL_ATTRIBUTE, usageKey } from './dynamodb-table.ts'

export interface Table {
  readonly client: DynamoDBClient
  readonly tableName: string
  readonly retentionDays: number
}

/** `failed` is the first write whose condition did not hold: 0 is the job's; `stored` is what stands in its place. */
export type Written =
  | { readonly outcome: 'written' }
  | { readonly outcome: 'failed'; readonly at: number; readonly stored?: Item | undefined }

interface JobWrite {
  readonly before: Job
  readonly after: Job
  /** The condition of the job's own write. */
  readonly condition: string
  /** Checked for what `after` newly claims. */
  readonly limits?: { readonly team: Limits; readonly cluster: Limits }
}

/** `JobStore.save`: a repeat of our own write whose answer was lost is `saved`. */
export async function saveJob(table: Table, write: JobWrite) {
  const job: Job = { ...write.after, version: write.before.version + 1 }
  const written = await writeJob(table, { ...write, after: job })
  if (written.outcome === 'written') return { outcome: 'saved' as const, job }
  const stored = jobOfItem(written.stored)
  if (stored !== undefined && sameRecord(stored, job)) return { outcome: 'saved' as const, job }
  return { outcome: 'conflict' as const, at: written.at }
}

const sameRecord = (a: Job, b: Job): boolean =>
  canonicalJson(JSON.parse(JSON.stringify(a))) === canonicalJson(JSON.parse(JSON.stringify(b)))

async function writeJob(table: Table, write: JobWrite): Promise<Written> {
  const { before, after } = write
  const put = jobPut(table, write)
  const more = [...usageWrites(table, write), ...specWrites(table, before, after)]
  return more.length > 0 ? transact(table.client, [{ Put: put }, ...more]) : putItem(table.client, put)
}

export async function putItem(
  client: DynamoDBClient,
  put: ConstructorParameters<typeof PutItemCommand>[0],
): Promise<Written> {
  try {
    await despiteConflicts(() => client.send(new PutItemCommand(put)))
    return { outcome: 'written' }
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
    return { outcome: 'failed', at: 0, stored: error.Item }
  }
}

/** All or nothing; answers which condition failed. */
export async function transact(client: DynamoDBClient, items: TransactWriteItem[]): Promise<Written> {
  try {
    await despiteConflicts(() => client.send(new TransactWriteItemsCommand({ TransactItems: items })))
    return { outcome: 'written' }
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error
    const reasons = error.CancellationReasons ?? []
    const at = reasons.findIndex(reason => reason.Code === 'ConditionalCheckFailed')
    if (at === -1) throw error
    return { outcome: 'failed', at, stored: reasons[at]?.Item }
  }
}

function jobPut({ tableName, retentionDays }: Table, { before, after, condition }: JobWrite) {
  const terminal = isTerminal(before.state)
  return {
    TableName: tableName,
    Item: jobItem(after, retentionDays),
    ConditionExpression: condition,
    ExpressionAttributeNames: { '#version': 'version', '#terminal': 'terminal', '#progress': 'progress' },
    ExpressionAttributeValues: {
      ':seen': { N: String(before.version) },
      ':over': { BOOL: terminal },
      ':progress': { N: String(progressOf(after)) },
    },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  }
}

/** What `before` held is given back, what `after` holds is taken; nothing where both hold the same. */
function usageWrites(table: Table, { before, after, limits }: JobWrite): TransactWriteItem[] {
  if (JSON.stringify(before.claim) === JSON.stringify(after.claim)) return []
  const changes = new Map<string, UsageChange>()
  const count = (owner: UsageOwner, claim: Claim, sign: 1 | -1, allowed: Limits): void => {
    const key = `${owner.kind}#${owner.name}`
    const known = changes.get(key) ?? { owner, jobs: 0, cores: 0, memoryMiB: 0, limits: allowed }
    changes.set(key, {
      owner,
      jobs: known.jobs + sign,
      cores: known.cores + sign * claim.cores,
      memoryMiB: known.memoryMiB + sign * claim.memoryMiB,
      limits: sign === 1 ? allowed : known.limits,
    })
  }
  for (const [claim, sign, allowed] of [
    [before.claim, -1, undefined],
    [after.claim, 1, limits],
  ] as const) {
    if (claim === undefined) continue
    count({ kind: 'team', name: after.team }, claim, sign, allowed?.team ?? {})
    count({ kind: 'cluster', name: claim.cluster }, claim, sign, allowed?.cluster ?? {})
  }
  const amount = newlySpent(before, after)
  const spent = amount > 0 ? { attribute: spentAttribute(monthOf(after.updatedAt)), amount } : undefined
  return [...changes.values()].map(change => ({
    Update: usageUpdate(table.tableName, change, change.owner.kind === 'team' ? spent : undefined),
  }))
}

interface UsageChange extends Usage {
  readonly owner: UsageOwner
  readonly limits: Limits
}

const DIMENSIONS = ['jobs', 'cores', 'memoryMiB'] as const

function usageUpdate(
  tableName: string,
  { owner, limits, ...change }: UsageChange,
  spent: { readonly attribute: string; readonly amount: number } | undefined,
) {
  const limited = DIMENSIONS.filter(dimension => limits[dimension] !== undefined && change[dimension] > 0)
  const most = (dimension: (typeof DIMENSIONS)[number]) => (limits[dimension] ?? 0) - change[dimension]
  // A limit that one job alone would break: no stored value is small enough.
  const conditions = limited.map(dimension =>
    most(dimension) < 0
      ? 'attribute_exists(#never)'
      : `(attribute_not_exists(#${dimension}) OR #${dimension} <= :most_${dimension})`,
  )
  const never = limited.some(dimension => most(dimension) < 0)
  const compared = limited.filter(dimension => most(dimension) >= 0)
  return {
    TableName: tableName,
    Key: usageKey(owner),
    UpdateExpression: `ADD #jobs :jobs, #cores :cores, #memoryMiB :memoryMiB, #changes :once${spent === undefined ? '' : ', #spent :spent'}`,
    ExpressionAttributeNames: {
      ...(spent !== undefined && { '#spent': spent.attribute }),
      '#changes': 'changes',
      ...Object.fromEntries(DIMENSIONS.map(dimension => [`#${dimension}`, dimension])),
      ...(never && { '#never': 'never' }),
    },
    ExpressionAttributeValues: {
      ':once': { N: '1' },
      ...(spent !== undefined && { ':spent': { N: String(spent.amount) } }),
      ...Object.fromEntries(DIMENSIONS.map(dimension => [`:${dimension}`, { N: String(change[dimension]) }])),
      ...Object.fromEntries(compared.map(dimension => [`:most_${dimension}`, { N: String(most(dimension)) }])),
    },
    ...(conditions.length > 0 && { ConditionExpression: conditions.join(' AND ') }),
  }
}

/** A spec is kept as long as its job. */
function specWrites({ tableName, retentionDays }: Table, before: Job, after: Job): TransactWriteItem[] {
  if (isTerminal(before.state) === isTerminal(after.state)) return []
  const update = { TableName: tableName, Key: specKey(after), ExpressionAttributeNames: { '#expires': TTL_ATTRIBUTE } }
  if (!isTerminal(after.state)) return [{ Update: { ...update, UpdateExpression: 'REMOVE #expires' } }]
  const expires = Math.floor(after.updatedAt / 1000) + retentionDays * 86_400
  return [
    {
      Update: {
        ...update,
        UpdateExpression: 'SET #expires = :expires',
        ExpressionAttributeValues: { ':expires': { N: String(expires) } },
      },
    },
  ]
}
