/**
 * The untyped boundary: everything Sparkgate uses of dynalite 4.0.0, typed, in one file.
 *
 * dynalite is a DynamoDB in JavaScript without types and without transactions, streams or time to live. Its HTTP server
 * is not used: its validations and actions run here, in this process, on its own LevelDB (or memory) store. That makes
 * room for what it lacks (see write-set.ts) and saves a second HTTP hop (measured: see dynamodb-server.ts).
 */
import { createRequire } from 'node:module'
import { DynamoError } from './dynamo-error.ts'

export type Item = Record<string, Record<string, unknown>>
/** A request or answer of the DynamoDB JSON protocol. */
export type Json = Record<string, unknown>

/** What `parse` made of a request: typed, defaulted, with its expressions compiled by dynalite. Opaque to us. */
export interface ParsedRequest {
  readonly TableName?: string
  readonly Key?: Item
}

export interface Table {
  readonly TableName: string
  TableStatus: string
  readonly TableArn?: string
  readonly KeySchema: ReadonlyArray<{ readonly AttributeName: string }>
  GlobalSecondaryIndexes?: Array<{ IndexStatus: string }>
}

export type BatchOperation =
  | { readonly type: 'put'; readonly key: string; readonly value: unknown }
  | { readonly type: 'del'; readonly key: string }

export type Callback<T> = (error: unknown, value?: T) => void

/** One of dynalite's prefixed views of its database; write-set.ts puts its own in their place. */
export interface SubStore {
  get(key: string, callback: Callback<Item>): void
  put(key: string, value: Item, callback: Callback<void>): void
  del(key: string, callback: Callback<void>): void
  lock(key: string, run: (release: <T>(callback: T) => T) => void): void
}

export interface EngineStore {
  readonly tableDb: { awsAccountId: string; awsRegion: string }
  getItemDb(tableName: string): SubStore
  getIndexDb(indexType: string, tableName: string, indexName: string): SubStore
}

interface KeyRange {
  readonly gt: string
  readonly lt: string
  readonly limit?: number
}

interface LevelDatabase {
  open(): Promise<void>
  get(key: string): Promise<unknown>
  batch(operations: readonly BatchOperation[]): Promise<void>
  keys(range: KeyRange): { all(): Promise<string[]> }
  values(range: KeyRange): { all(): Promise<unknown[]> }
}

interface DynaliteStore extends EngineStore {
  readonly db: LevelDatabase
  readonly lifecycleManager: { gracefulClose(): Promise<void> }
}

interface ActionValidation {
  readonly types: unknown
  readonly custom?: unknown
}

const requireModule = createRequire(import.meta.url)
const database = requireModule('dynalite/db') as {
  create(options: Json): DynaliteStore
  checkConditional(data: ParsedRequest, item: Item | undefined): unknown
  itemSize(item: Item): number
  validateKey(key: Item | undefined, table: Table): unknown
}
const validations = requireModule('dynalite/validations') as {
  checkTypes(data: Json, types: unknown): ParsedRequest
  checkValidations(data: ParsedRequest, types: unknown, custom: unknown, store: EngineStore): void
}
type Action = (store: EngineStore, data: ParsedRequest, callback: Callback<Json>) => void

export interface DynaliteEngine {
  readonly store: EngineStore
  /** Checks and compiles a request of `action` (`putItem` …). Throws DynamoError. Takes its own copy of `body`. */
  parse(action: string, body: Json): ParsedRequest
  /** Runs one action on `store` (the real one, or a write set's). Rejects with DynamoError. */
  run(action: string, request: ParsedRequest, store?: EngineStore): Promise<Json>
  /** Evaluates the request's condition; the error it would be answered with, or undefined when it holds. */
  findFailedCondition(request: ParsedRequest, item: Item | undefined): DynamoError | undefined
  /** Rejects with ResourceNotFoundException. A table that is being created is found as well. */
  getTable(name: string): Promise<Table>
  /** Rejects with ValidationException when `key` is not a whole key of `table`. */
  checkKey(key: Item | undefined, table: Table): void
  /** DynamoDB's own measure of an item, in bytes. */
  itemSizeBytes(item: Item): number
  get(key: string): Promise<unknown>
  /** All or nothing, also through a kill -9: one LevelDB write. */
  batch(operations: readonly BatchOperation[]): Promise<void>
  listKeys(prefix: string, options?: RangeOptions): Promise<string[]>
  listValues(prefix: string, options?: RangeOptions): Promise<unknown[]>
  close(): Promise<void>
}

/** Entries with `prefix` whose rest sorts after `after`, at most `limit` of them. */
export interface RangeOptions {
  readonly after?: string
  readonly limit?: number
}

/** Opens the store in `path`, or in memory. Rejects when another process has it open. */
export async function openDynaliteEngine(options: { path?: string; region: string }): Promise<DynaliteEngine> {
  const store = database.create({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0, path: options.path })
  store.tableDb.awsRegion = options.region
  store.tableDb.awsAccountId = '000000000000'
  await store.db.open()
  const run = (action: string, request: ParsedRequest, on: EngineStore = store): Promise<Json> =>
    new Promise((resolve, reject) => {
      loadAction(action)(on, request, (error, answer) => (error ? reject(toDynamoError(error)) : resolve(answer ?? {})))
    })
  return {
    store,
    run,
    parse: (action, body) => parseRequest(store, action, body),
    findFailedCondition(request, item) {
      const error = database.checkConditional(request, item)
      return error ? (toDynamoError(error) as DynamoError) : undefined
    },
    async getTable(name) {
      const answer = await run('describeTable', { TableName: name })
      return answer['Table'] as Table
    },
    checkKey(key, table) {
      const error = database.validateKey(key ?? {}, table)
      if (error) throw toDynamoError(error)
    },
    itemSizeBytes: item => database.itemSize(item),
    get: key => store.db.get(key),
    batch: operations => store.db.batch(operations),
    listKeys: (prefix, range) => store.db.keys(toKeyRange(prefix, range)).all(),
    listValues: (prefix, range) => store.db.values(toKeyRange(prefix, range)).all(),
    close: () => store.lifecycleManager.gracefulClose(),
  }
}

/** The key under which dynalite keeps an item. Fact: dynalite 4.0.0 db/index.js, getItemDb and createPrefixedDbWrapper. */
export function itemStorageKey(tableName: string, key: string): string {
  return `item-${tableName}~${key}`
}

/** The key under which dynalite keeps an index entry. Fact: as above, getIndexDb. */
export function indexStorageKey(indexType: string, tableName: string, indexName: string, key: string): string {
  return `index-${indexType.toLowerCase()}~${tableName}~${indexName}~${key}`
}

/** The key under which dynalite keeps a table's description. Fact: as above, tableDb. */
export function tableStorageKey(tableName: string): string {
  return `table~${tableName}`
}

function parseRequest(store: EngineStore, action: string, body: Json): ParsedRequest {
  const rules = requireModule(`dynalite/validations/${action}`) as ActionValidation
  try {
    // dynalite deletes members it does not know from what it is given.
    const parsed = validations.checkTypes(structuredClone(body), rules.types)
    validations.checkValidations(parsed, rules.types, rules.custom, store)
    return parsed
  } catch (error) {
    throw toDynamoError(error)
  }
}

function loadAction(action: string): Action {
  return requireModule(`dynalite/actions/${action}`) as Action
}

function toKeyRange(prefix: string, options: RangeOptions = {}): KeyRange {
  const range = { gt: prefix + (options.after ?? ''), lt: `${prefix}\u{10FFFF}` }
  return options.limit === undefined ? range : { ...range, limit: options.limit }
}

function toDynamoError(error: unknown): unknown {
  const { body, statusCode } = error as { body?: Json; statusCode?: number }
  if (body === undefined || statusCode === undefined) return error
  const type = String(body['__type']).replace(/^.*#/, '')
  const message = body['message'] ?? body['Message']
  return new DynamoError(type, typeof message === 'string' ? message : '', {}, statusCode)
}
