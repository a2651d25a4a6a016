/**
 * Time to live: which attribute of which table holds the second an item expires, and the deletion of what has expired.
 * As in AWS an expired item stays visible until the sweep takes it (there: within days; here: at the next interval), and
 * the stream records the deletion as DynamoDB's own.
 */
import type { DynaliteEngine, Item, Json } from './dynalite-engine.ts'
import { DynamoError, refuse } from './dynamo-error.ts'
import { writeItem, type WriteContext } from './item-writer.ts'

const SETTING_PREFIX = 'sparkgate-ttl~'
const MAX_TABLES = 1_000
/** One sweep deletes at most this many items of a table; the rest waits for the next. */
const MAX_DELETES_PER_TABLE = 10_000
/** AWS leaves items alone that claim to have expired more than five years ago: such numbers are mistakes. */
const OLDEST_EXPIRY_SECONDS = 5 * 365 * 24 * 3600

interface Setting {
  readonly tableName: string
  readonly attributeName: string
}

/** UpdateTimeToLive. */
export async function updateTimeToLive({ engine }: WriteContext, body: Json): Promise<Json> {
  const table = await engine.getTable(String(body['TableName']))
  const specification = body['TimeToLiveSpecification'] as { AttributeName?: string; Enabled?: boolean } | undefined
  if (!specification?.AttributeName) throw refuse('TimeToLiveSpecification needs AttributeName and Enabled')
  const key = SETTING_PREFIX + table.TableName
  const isEnabled = (await engine.get(key)) !== undefined
  if (isEnabled === Boolean(specification.Enabled)) {
    throw refuse(`TimeToLive is already ${isEnabled ? 'enabled' : 'disabled'}`)
  }
  const setting: Setting = { tableName: table.TableName, attributeName: specification.AttributeName }
  await engine.batch([specification.Enabled ? { type: 'put', key, value: setting } : { type: 'del', key }])
  return { TimeToLiveSpecification: specification }
}

/** DescribeTimeToLive. */
export async function describeTimeToLive({ engine }: WriteContext, body: Json): Promise<Json> {
  const table = await engine.getTable(String(body['TableName']))
  const setting = (await engine.get(SETTING_PREFIX + table.TableName)) as Setting | undefined
  const description =
    setting === undefined
      ? { TimeToLiveStatus: 'DISABLED' }
      : { TimeToLiveStatus: 'ENABLED', AttributeName: setting.attributeName }
  return { TimeToLiveDescription: description }
}

/** Forgets a table's setting; for DeleteTable. */
export async function forgetTimeToLive(engine: DynaliteEngine, tableName: string): Promise<void> {
  await engine.batch([{ type: 'del', key: SETTING_PREFIX + tableName }])
}

/** Deletes what has expired; answers how many items. */
export async function sweepExpiredItems(context: WriteContext): Promise<number> {
  const settings = (await context.engine.listValues(SETTING_PREFIX, { limit: MAX_TABLES })) as Setting[]
  let deleted = 0
  for (const setting of settings) deleted += await sweepTable(context, setting)
  return deleted
}

async function sweepTable(context: WriteContext, setting: Setting): Promise<number> {
  const { engine } = context
  const table = await engine.getTable(setting.tableName)
  const names = table.KeySchema.map(({ AttributeName }) => AttributeName)
  const condition = expiredCondition(setting.attributeName, Math.floor(context.now() / 1000))
  let deleted = 0
  let startKey: unknown
  do {
    const { expression, ...values } = condition
    const page = await engine.run(
      'scan',
      engine.parse('scan', {
        TableName: table.TableName,
        FilterExpression: expression,
        ...values,
        ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
      }),
    )
    for (const item of page['Items'] as Item[]) {
      const key = Object.fromEntries(names.map(name => [name, item[name]]))
      if (await deleteExpired(context, table.TableName, key, condition)) deleted += 1
    }
    startKey = page['LastEvaluatedKey']
  } while (startKey !== undefined && deleted < MAX_DELETES_PER_TABLE)
  return deleted
}

/** Deletes one item unless it was renewed since the scan saw it. */
async function deleteExpired(
  context: WriteContext,
  tableName: string,
  key: Json,
  { expression, ...values }: { expression: string } & Json,
): Promise<boolean> {
  const body = { TableName: tableName, Key: key, ConditionExpression: expression, ...values }
  try {
    await writeItem(context, 'deleteItem', body, 'time-to-live')
    return true
  } catch (error) {
    if (error instanceof DynamoError && error.type === 'ConditionalCheckFailedException') return false
    throw error
  }
}

function expiredCondition(attributeName: string, nowSeconds: number): { expression: string } & Json {
  return {
    expression: '#ttl BETWEEN :oldest AND :now',
    ExpressionAttributeNames: { '#ttl': attributeName },
    ExpressionAttributeValues: {
      ':oldest': { N: String(nowSeconds - OLDEST_EXPIRY_SECONDS) },
      ':now': { N: String(nowSeconds) },
    },
  }
}
