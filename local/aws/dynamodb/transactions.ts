/**
 * TransactWriteItems and TransactGetItems, which dynalite lacks.
 *
 * All operations of a transaction run on one write set under the write lock, and one batch stores the lot or nothing.
 * A ClientRequestToken is stored in that batch, so a repeated call changes nothing for 10 minutes, also after a restart.
 * Not emulated: TransactionInProgress and conflicts (there is one writer), capacity figures.
 */
import { createHash } from 'node:crypto'
import type { BatchOperation, Item, Json, ParsedRequest } from './dynalite-engine.ts'
import { DynamoError, refuse } from './dynamo-error.ts'
import { commitWrites, type WriteContext } from './item-writer.ts'
import { openWriteSet, type WriteSet } from './write-set.ts'

/** AWS's limits. */
const MAX_ACTIONS = 100
const MAX_TRANSACTION_BYTES = 4 * 1024 * 1024
const TOKEN_LIFETIME_MS = 10 * 60 * 1000
const TOKEN_PREFIX = 'sparkgate-token~'

interface StoredToken {
  readonly bodyHash: string
  readonly expiresAtMs: number
}

interface Operation {
  readonly kind: keyof typeof ACTION_OF_KIND
  readonly request: ParsedRequest
  readonly body: Json
}

/** A ConditionCheck is checked with DeleteItem's rules: a key and a condition. */
const ACTION_OF_KIND = {
  Put: 'putItem',
  Update: 'updateItem',
  Delete: 'deleteItem',
  ConditionCheck: 'deleteItem',
} as const

/** Rejects with TransactionCanceledException (and CancellationReasons), ValidationException or another DynamoError. */
export async function transactWriteItems(context: WriteContext, body: Json): Promise<Json> {
  const operations = parseOperations(context, body)
  const token = parseToken(body)
  return context.lock(async () => {
    if (token !== undefined && (await isRepeated(context, token))) return {}
    await checkTargets(context, operations)
    const writes = openWriteSet(context.engine)
    const reasons: Json[] = []
    for (const operation of operations) reasons.push(await runOperation(context, writes, operation))
    if (reasons.some(reason => reason['Code'] !== 'None')) throw cancelled(reasons)
    checkSize(context, writes)
    await commitWrites(context, writes, { extra: token === undefined ? [] : [rememberToken(token, context.now())] })
    return {}
  })
}

/** All items as of one moment, in the order asked for. */
export async function transactGetItems(context: WriteContext, body: Json): Promise<Json> {
  const items = parseList(body).map(item => {
    if (item['Get'] === undefined) throw refuse('Each TransactItem must have a Get')
    return context.engine.parse('getItem', item['Get'] as Json)
  })
  return context.lock(async () => {
    const responses: Json[] = []
    for (const request of items) {
      const { Item: item } = await context.engine.run('getItem', request)
      responses.push(item === undefined ? {} : { Item: item })
    }
    return { Responses: responses }
  })
}

/** Forgets tokens whose 10 minutes are over. */
export async function forgetExpiredTokens({ engine, now }: WriteContext): Promise<void> {
  const expired: BatchOperation[] = []
  for (const key of await engine.listKeys(TOKEN_PREFIX)) {
    const token = (await engine.get(key)) as StoredToken | undefined
    if (token !== undefined && token.expiresAtMs <= now()) expired.push({ type: 'del', key })
  }
  if (expired.length > 0) await engine.batch(expired)
}

function parseList(body: Json): Json[] {
  const list = body['TransactItems']
  if (!Array.isArray(list) || list.length < 1 || list.length > MAX_ACTIONS) {
    throw refuse(
      `1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length between 1 and ${MAX_ACTIONS}`,
    )
  }
  return list as Json[]
}

function parseOperations({ engine }: WriteContext, body: Json): Operation[] {
  return parseList(body).map(item => {
    const kinds = Object.keys(item)
    const kind = kinds[0]
    if (kinds.length !== 1 || kind === undefined || !Object.hasOwn(ACTION_OF_KIND, kind)) {
      throw refuse('TransactItems can only contain one of Check, Put, Update or Delete')
    }
    const operation = item[kind] as Json
    if (kind === 'ConditionCheck' && operation['ConditionExpression'] === undefined) {
      throw refuse('The expression can not be empty; a ConditionCheck needs a ConditionExpression')
    }
    const known = kind as Operation['kind']
    return { kind: known, request: engine.parse(ACTION_OF_KIND[known], operation), body: operation }
  })
}

/** Every table must exist, and no item may be written twice: both fail the whole request, not one operation. */
async function checkTargets({ engine }: WriteContext, operations: readonly Operation[]): Promise<void> {
  const seen = new Set<string>()
  for (const { request, body } of operations) {
    const table = await engine.getTable(request.TableName ?? '')
    const source = (body['Key'] ?? body['Item'] ?? {}) as Item
    const key = JSON.stringify([table.TableName, ...table.KeySchema.map(({ AttributeName }) => source[AttributeName])])
    if (seen.has(key)) throw refuse('Transaction request cannot include multiple operations on one item')
    seen.add(key)
  }
}

/** Runs one operation into the write set; its cancellation reason, `None` when it could be done. */
async function runOperation(
  { engine }: WriteContext,
  writes: WriteSet,
  { kind, request, body }: Operation,
): Promise<Json> {
  try {
    if (kind === 'ConditionCheck') await checkCondition(engine, writes, request)
    else await engine.run(ACTION_OF_KIND[kind], request, writes.store)
    return { Code: 'None' }
  } catch (error) {
    if (!(error instanceof DynamoError)) throw error
    if (error.type === 'ConditionalCheckFailedException') return renderFailedCondition(error, body, writes)
    if (error.type === 'ValidationException') return { Code: 'ValidationError', Message: error.message }
    throw error
  }
}

function renderFailedCondition(error: DynamoError, body: Json, writes: WriteSet): Json {
  const item = body['ReturnValuesOnConditionCheckFailure'] === 'ALL_OLD' ? writes.lastRead() : undefined
  return { Code: 'ConditionalCheckFailed', Message: error.message, ...(item === undefined ? {} : { Item: item }) }
}

async function checkCondition(engine: WriteContext['engine'], writes: WriteSet, request: ParsedRequest): Promise<void> {
  const table = await engine.getTable(request.TableName ?? '')
  engine.checkKey(request.Key, table)
  const { Item: item } = await engine.run(
    'getItem',
    { TableName: table.TableName, Key: request.Key ?? {} },
    writes.store,
  )
  const failed = engine.findFailedCondition(request, item as Item | undefined)
  if (failed !== undefined) throw failed
}

function checkSize({ engine }: WriteContext, writes: WriteSet): void {
  const bytes = writes
    .changes()
    .reduce((sum, { before, after }) => sum + engine.itemSizeBytes(after ?? before ?? {}), 0)
  if (bytes > MAX_TRANSACTION_BYTES) throw refuse('Transaction size exceeds the limit of 4 MB')
}

function cancelled(reasons: readonly Json[]): DynamoError {
  const codes = reasons.map(reason => String(reason['Code'])).join(', ')
  const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`
  return new DynamoError('TransactionCanceledException', message, {
    // AWS's own spelling: `Message` in this error, beside `message` which the SDKs read first.
    Message: message,
    CancellationReasons: reasons,
  })
}

interface Token {
  readonly key: string
  readonly bodyHash: string
}

function parseToken(body: Json): Token | undefined {
  const token = body['ClientRequestToken']
  if (token === undefined) return undefined
  if (typeof token !== 'string' || token.length < 1 || token.length > 36) {
    throw refuse("Value at 'clientRequestToken' failed to satisfy constraint: length between 1 and 36")
  }
  const bodyHash = createHash('sha256').update(JSON.stringify(body['TransactItems'])).digest('hex')
  return { key: TOKEN_PREFIX + token, bodyHash }
}

async function isRepeated({ engine, now }: WriteContext, token: Token): Promise<boolean> {
  const stored = (await engine.get(token.key)) as StoredToken | undefined
  if (stored === undefined || stored.expiresAtMs <= now()) return false
  if (stored.bodyHash === token.bodyHash) return true
  throw new DynamoError(
    'IdempotentParameterMismatchException',
    'The request uses the same client token as a previous, but non-identical request.',
  )
}

function rememberToken(token: Token, nowMs: number): BatchOperation {
  const stored: StoredToken = { bodyHash: token.bodyHash, expiresAtMs: nowMs + TOKEN_LIFETIME_MS }
  return { type: 'put', key: token.key, value: stored }
}
