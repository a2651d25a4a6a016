/**
 * Table actions: dynalite's, plus the stream that a table may have. A table answers as usable as soon as CreateTable has
 * answered (the answer itself says CREATING, as in AWS).
 */
import { tableStorageKey, type DynaliteEngine, type Json, type Table } from './dynalite-engine.ts'
import { DynamoError, refuse } from './dynamo-error.ts'
import type { WriteContext } from './item-writer.ts'
import type { ChangeStream } from './stream-log.ts'
import { forgetTimeToLive } from './time-to-live.ts'

/** dynalite turns a table ACTIVE in a timer of 0 ms and a write; this many turns of the event loop are plenty. */
const MAX_STATUS_LOOKS = 2_000
const MAX_TABLES = 1_000
const VIEW_TYPES = ['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES']

/** CreateTable. */
export async function createTable({ engine, streams }: WriteContext, body: Json): Promise<Json> {
  const viewType = parseViewType(body['StreamSpecification'])
  const created = structuredClone(await engine.run('createTable', engine.parse('createTable', body)))
  const table = await waitUntilActive(engine, String(body['TableName']))
  const stream = viewType === undefined ? undefined : await streams.enable(table, viewType)
  return { TableDescription: decorate(created['TableDescription'] as Json, stream) }
}

/** DescribeTable. */
export async function describeTable({ engine, streams }: WriteContext, body: Json): Promise<Json> {
  const answer = await engine.run('describeTable', engine.parse('describeTable', body))
  return { Table: decorate(answer['Table'] as Json, streams.find(String(body['TableName']))) }
}

/** UpdateTable; a StreamSpecification alone is ours, the rest is dynalite's. */
export async function updateTable(context: WriteContext, body: Json): Promise<Json> {
  const { engine, streams } = context
  const { StreamSpecification: specification, ...rest } = body
  if (specification === undefined) return engine.run('updateTable', engine.parse('updateTable', body))
  if (Object.keys(rest).length > 1) throw refuse('Change the stream in an UpdateTable of its own')
  const table = await engine.getTable(String(body['TableName']))
  const viewType = parseViewType(specification)
  return context.lock(async () => {
    if (viewType !== undefined && streams.find(table.TableName) !== undefined) {
      throw new DynamoError('ResourceInUseException', 'Table already has an enabled stream')
    }
    if (viewType === undefined) await streams.disable(table.TableName)
    else await streams.enable(table, viewType)
    return { TableDescription: decorate({ ...table }, streams.find(table.TableName)) }
  })
}

/** DeleteTable: the stream and the time-to-live setting go along. */
export async function deleteTable({ engine, streams, lock }: WriteContext, body: Json): Promise<Json> {
  return lock(async () => {
    const answer = await engine.run('deleteTable', engine.parse('deleteTable', body))
    const name = String(body['TableName'])
    await streams.disable(name)
    await forgetTimeToLive(engine, name)
    await waitUntilGone(engine, name)
    return answer
  })
}

/** Finishes what a killed process had begun: a table in CREATING becomes ACTIVE, one in DELETING goes. */
export async function repairTables(engine: DynaliteEngine): Promise<void> {
  for (const value of await engine.listValues(tableStorageKey(''), { limit: MAX_TABLES })) {
    const table = value as Table
    const key = tableStorageKey(table.TableName)
    if (table.TableStatus === 'DELETING') {
      await engine.batch([{ type: 'del', key }])
    } else if (table.TableStatus !== 'ACTIVE') {
      for (const index of table.GlobalSecondaryIndexes ?? []) index.IndexStatus = 'ACTIVE'
      await engine.batch([{ type: 'put', key, value: { ...table, TableStatus: 'ACTIVE' } }])
    }
  }
}

function parseViewType(specification: unknown): string | undefined {
  const { StreamEnabled, StreamViewType } = (specification ?? {}) as {
    StreamEnabled?: boolean
    StreamViewType?: string
  }
  if (!StreamEnabled) return undefined
  if (StreamViewType === undefined || !VIEW_TYPES.includes(StreamViewType)) {
    throw refuse(`StreamViewType must be one of ${VIEW_TYPES.join(', ')}`)
  }
  return StreamViewType
}

function decorate(table: Json, stream: ChangeStream | undefined): Json {
  if (stream === undefined) return table
  return {
    ...table,
    LatestStreamArn: stream.streamArn,
    LatestStreamLabel: stream.label,
    StreamSpecification: { StreamEnabled: true, StreamViewType: stream.viewType },
  }
}

async function waitUntilActive(engine: DynaliteEngine, tableName: string): Promise<Table> {
  for (let look = 0; look < MAX_STATUS_LOOKS; look += 1) {
    const table = await engine.getTable(tableName)
    if (table.TableStatus === 'ACTIVE') return table
    await nextTurn()
  }
  throw new Error(`Table ${tableName} did not become ACTIVE after ${MAX_STATUS_LOOKS} looks`)
}

async function waitUntilGone(engine: DynaliteEngine, tableName: string): Promise<void> {
  for (let look = 0; look < MAX_STATUS_LOOKS; look += 1) {
    if ((await engine.get(tableStorageKey(tableName))) === undefined) return
    await nextTurn()
  }
  throw new Error(`Table ${tableName} was not deleted after ${MAX_STATUS_LOOKS} looks`)
}

function nextTurn(): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, 1)
  })
}
