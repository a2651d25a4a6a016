/**
 * A write set: dynalite's own actions run on it unchanged, but what they write is collected instead of stored.
 *
 * dynalite writes an index entry and the item one after the other. Collecting first lets one LevelDB batch store the
 * items, their index entries, the stream records and the idempotency token together: that is what makes transactions
 * atomic and streams complete through a kill -9. Whoever uses a write set holds the write lock from its opening to its
 * commit, because reads inside it must see what the commit will meet.
 */
import {
  indexStorageKey,
  itemStorageKey,
  type BatchOperation,
  type DynaliteEngine,
  type EngineStore,
  type Item,
  type SubStore,
} from './dynalite-engine.ts'

/** One item before and after; at least one of the two is there. */
export interface ItemChange {
  readonly tableName: string
  readonly before: Item | undefined
  readonly after: Item | undefined
}

export interface WriteSet {
  /** Give this to `engine.run` in place of the real store. */
  readonly store: EngineStore
  /** The item last read through this set, whatever became of it; for ReturnValuesOnConditionCheckFailure. */
  lastRead(): Item | undefined
  changes(): ItemChange[]
  /** Items and index entries to store, in no particular order. */
  operations(): BatchOperation[]
}

/** Its type (local or global), its table and its own name. */
type IndexName = Parameters<EngineStore['getIndexDb']>

/** What a set has seen so far. */
interface Collected {
  readonly changed: Map<string, ItemChange>
  readonly indexEntries: Map<string, BatchOperation>
  lastRead: Item | undefined
}

/** Opens an empty write set over the engine's store. */
export function openWriteSet(engine: DynaliteEngine): WriteSet {
  const collected: Collected = { changed: new Map(), indexEntries: new Map(), lastRead: undefined }
  const store = Object.assign(Object.create(engine.store) as EngineStore, {
    getItemDb: (tableName: string) => viewItems(engine.store, collected, tableName),
    getIndexDb: (...index: IndexName) => viewIndex(engine.store, collected, index),
  })
  return {
    store,
    lastRead: () => collected.lastRead,
    changes: () =>
      [...collected.changed.values()].filter(({ before, after }) => before !== undefined || after !== undefined),
    operations: () => [...toItemOperations(collected.changed), ...collected.indexEntries.values()],
  }
}

/** Items of one table: reads see the set's own writes. */
function viewItems(real: EngineStore, collected: Collected, tableName: string): SubStore {
  const items = real.getItemDb(tableName)
  const before = new Map<string, Item | undefined>()
  const record = (key: string, after: Item | undefined): void => {
    const storageKey = itemStorageKey(tableName, key)
    const known = collected.changed.get(storageKey)
    collected.changed.set(storageKey, { tableName, before: known ? known.before : before.get(key), after })
  }
  return {
    lock: holdNothing,
    get(key, callback) {
      items.get(key, (error, item) => {
        const pending = collected.changed.get(itemStorageKey(tableName, key))
        collected.lastRead = pending ? pending.after : item
        before.set(key, item)
        callback(error, collected.lastRead)
      })
    },
    put(key, item, callback) {
      record(key, item)
      callback(null)
    },
    del(key, callback) {
      record(key, undefined)
      callback(null)
    },
  }
}

/** Entries of one index, which dynalite's writing actions only write. */
function viewIndex(real: EngineStore, { indexEntries }: Collected, index: IndexName): SubStore {
  const toStorageKey = (key: string): string => indexStorageKey(...index, key)
  return {
    lock: holdNothing,
    get: (key, callback) => real.getIndexDb(...index).get(key, callback),
    put(key, value, callback) {
      indexEntries.set(toStorageKey(key), { type: 'put', key: toStorageKey(key), value })
      callback(null)
    },
    del(key, callback) {
      indexEntries.set(toStorageKey(key), { type: 'del', key: toStorageKey(key) })
      callback(null)
    },
  }
}

function toItemOperations(changed: ReadonlyMap<string, ItemChange>): BatchOperation[] {
  return [...changed].map(([key, { after }]) =>
    after === undefined ? { type: 'del', key } : { type: 'put', key, value: after },
  )
}

/** dynalite locks keys one by one; under the write lock of the whole database there is nothing left to lock. */
function holdNothing(_key: string, run: (release: <T>(callback: T) => T) => void): void {
  run(callback => callback)
}
