/**
 * The objects of the embedded cluster: one rising resourceVersion, a bounded history for watches, and, with a journal,
 * everything survives a restart and kill -9. What a real cluster keeps in etcd and the API server's watch cache.
 */
import { ObjectJournal } from './object-journal.ts'
import type { KubernetesEvent, Pod, SparkApplication } from './kubernetes-object.ts'

/** What is stored under each plural. */
export interface StoredObjects {
  readonly sparkapplications: SparkApplication
  readonly pods: Pod
  readonly events: KubernetesEvent
}
export type StoredPlural = keyof StoredObjects
export type StoredObject = StoredObjects[StoredPlural]

/** One change, as a watch sees it. `previous` is the object before a MODIFIED. */
export interface StoreChange<T extends StoredObject = StoredObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly resourceVersion: number
  readonly object: T
  readonly previous?: T
}

/** How far back a watch may start. The real watch cache keeps at least 100 events and about 75 s. */
export interface HistoryLimits {
  readonly events: number
  readonly seconds: number
}
export const DEFAULT_HISTORY: HistoryLimits = { events: 1000, seconds: 75 }

/** Events of the real cluster live an hour; ours are bounded by number, because tests make many quickly. */
const MAX_STORED_EVENTS = 5000
const PLURALS = ['sparkapplications', 'pods', 'events'] as const

interface Shelf {
  readonly objects: Map<string, StoredObject>
  history: { readonly change: StoreChange; readonly atMs: number }[]
  /** A watch may start at this resourceVersion or later. */
  oldest: number
  readonly listeners: Set<(change: StoreChange) => void>
}

export class ObjectStore {
  readonly #shelves: Record<StoredPlural, Shelf>
  readonly #records = new Map<string, unknown>()
  readonly #limits: HistoryLimits
  readonly #journal: ObjectJournal | undefined
  #version = 1000

  /** With `journalPath` the objects of an earlier run are there again; watch history is not, as after a real restart. */
  constructor(options: { readonly journalPath?: string; readonly history?: HistoryLimits } = {}) {
    const shelf = (): Shelf => ({ objects: new Map(), history: [], oldest: 0, listeners: new Set() })
    this.#shelves = { sparkapplications: shelf(), pods: shelf(), events: shelf() }
    this.#limits = options.history ?? DEFAULT_HISTORY
    this.#journal = options.journalPath === undefined ? undefined : new ObjectJournal(options.journalPath)
    for (const line of this.#journal?.read() ?? []) this.#replay(line as JournalLine)
    this.#journal?.rewrite(this.#snapshot())
    for (const plural of PLURALS) this.#shelves[plural].oldest = this.#version
  }

  /** The newest resourceVersion of the whole cluster. */
  get version(): number {
    return this.#version
  }

  /** Stores a new object and answers it with its resourceVersion, or undefined where the name is taken. */
  create<P extends StoredPlural>(plural: P, object: StoredObjects[P]): StoredObjects[P] | undefined {
    if (this.get(plural, object.metadata.namespace, object.metadata.name) !== undefined) return undefined
    const stored = this.#put(plural, object, 'ADDED')
    if (plural === 'events') this.#dropOldestEvents()
    return stored
  }

  get<P extends StoredPlural>(plural: P, namespace: string, name: string): StoredObjects[P] | undefined {
    return this.#shelves[plural].objects.get(keyOf(namespace, name)) as StoredObjects[P] | undefined
  }

  /** In order of creation: for the cluster's own use, where a sorted list would cost too much. */
  find<P extends StoredPlural>(
    plural: P,
    namespace: string,
    matches: (object: StoredObjects[P]) => boolean,
  ): StoredObjects[P][] {
    const objects = [...this.#shelves[plural].objects.values()] as StoredObjects[P][]
    return objects.filter(object => object.metadata.namespace === namespace && matches(object))
  }

  /** Sorted by namespace and name, as etcd's keys are. */
  list<P extends StoredPlural>(plural: P, namespace?: string): StoredObjects[P][] {
    const found = [...this.#shelves[plural].objects.entries()]
      .filter(([key]) => namespace === undefined || key.startsWith(`${namespace}/`))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
    return found.map(([, object]) => object as StoredObjects[P])
  }

  /** Replaces the object by `change` of it; undefined where it does not exist. */
  update<P extends StoredPlural>(
    plural: P,
    namespace: string,
    name: string,
    change: (object: StoredObjects[P]) => StoredObjects[P],
  ): StoredObjects[P] | undefined {
    const previous = this.get(plural, namespace, name)
    return previous === undefined ? undefined : this.#put(plural, change(previous), 'MODIFIED', previous)
  }

  remove<P extends StoredPlural>(plural: P, namespace: string, name: string): StoredObjects[P] | undefined {
    const object = this.get(plural, namespace, name)
    if (object === undefined) return undefined
    this.#version += 1
    const last = withVersion(object, this.#version)
    this.#shelves[plural].objects.delete(keyOf(namespace, name))
    this.#write({ plural, del: keyOf(namespace, name), version: this.#version })
    this.#announce(plural, { type: 'DELETED', resourceVersion: this.#version, object: last })
    return last
  }

  /** Changes after `version`, or `expired` where the history does not reach back that far. */
  changesSince(plural: StoredPlural, version: number): StoreChange[] | { readonly expired: number } {
    const shelf = this.#shelves[plural]
    this.#trim(shelf)
    if (version < shelf.oldest) return { expired: shelf.oldest }
    return shelf.history.map(entry => entry.change).filter(change => change.resourceVersion > version)
  }

  /** Calls `listener` after each change of this plural. The answer ends it. */
  subscribe<P extends StoredPlural>(plural: P, listener: (change: StoreChange<StoredObjects[P]>) => void): () => void {
    const entry = listener as (change: StoreChange) => void
    this.#shelves[plural].listeners.add(entry)
    return () => void this.#shelves[plural].listeners.delete(entry)
  }

  /** Forgets the history, as a restarted API server does: every older resourceVersion is expired. */
  forgetHistory(): void {
    this.#version += 1
    for (const plural of PLURALS) Object.assign(this.#shelves[plural], { history: [], oldest: this.#version })
  }

  /** Plans of the cluster's own controllers: kept like objects, not served. */
  record(key: string): unknown {
    return this.#records.get(key)
  }

  records(): [string, unknown][] {
    return [...this.#records.entries()]
  }

  /** `undefined` removes the record. */
  setRecord(key: string, value: unknown): void {
    if (value === undefined) this.#records.delete(key)
    else this.#records.set(key, value)
    this.#write({ record: key, value })
  }

  close(): void {
    this.#journal?.close()
  }

  #put<P extends StoredPlural>(
    plural: P,
    object: StoredObjects[P],
    type: 'ADDED' | 'MODIFIED',
    previous?: StoredObject,
  ): StoredObjects[P] {
    this.#version += 1
    const stored = withVersion(object, this.#version)
    this.#shelves[plural].objects.set(keyOf(stored.metadata.namespace, stored.metadata.name), stored)
    this.#write({ plural, put: stored })
    const change = { type, resourceVersion: this.#version, object: stored }
    this.#announce(plural, previous === undefined ? change : { ...change, previous })
    return stored
  }

  #announce(plural: StoredPlural, change: StoreChange): void {
    const shelf = this.#shelves[plural]
    shelf.history.push({ change, atMs: Date.now() })
    this.#trim(shelf)
    for (const listener of shelf.listeners) listener(change)
  }

  #trim(shelf: Shelf): void {
    const since = Date.now() - this.#limits.seconds * 1000
    let drop = Math.max(0, shelf.history.length - this.#limits.events)
    while (drop < shelf.history.length && (shelf.history[drop]?.atMs ?? 0) < since) drop += 1
    if (drop === 0) return
    shelf.oldest = shelf.history[drop - 1]?.change.resourceVersion ?? shelf.oldest
    shelf.history = shelf.history.slice(drop)
  }

  #dropOldestEvents(): void {
    const [oldest] = this.#shelves.events.objects.values()
    if (this.#shelves.events.objects.size <= MAX_STORED_EVENTS || oldest === undefined) return
    this.remove('events', oldest.metadata.namespace, oldest.metadata.name)
  }

  #write(line: JournalLine): void {
    if (this.#journal === undefined) return
    this.#journal.append(line)
    const kept = PLURALS.reduce((sum, plural) => sum + this.#shelves[plural].objects.size, this.#records.size)
    if (this.#journal.isLong(kept)) this.#journal.rewrite(this.#snapshot())
  }

  #replay(line: JournalLine): void {
    const { plural, put, del, record, value, version = 0 } = line
    this.#version = Math.max(this.#version, version, Number(put?.metadata.resourceVersion ?? 0))
    if (record !== undefined && value === undefined) this.#records.delete(record)
    if (record !== undefined && value !== undefined) this.#records.set(record, value)
    if (plural === undefined) return
    const { objects } = this.#shelves[plural]
    if (del !== undefined) objects.delete(del)
    if (put !== undefined) objects.set(keyOf(put.metadata.namespace, put.metadata.name), put)
  }

  /** The shortest journal that gives the same store. */
  #snapshot(): JournalLine[] {
    const objects = PLURALS.flatMap(plural => [...this.#shelves[plural].objects.values()].map(put => ({ plural, put })))
    const records = [...this.#records].map(([record, value]) => ({ record, value }))
    return [{ version: this.#version }, ...objects, ...records]
  }
}

interface JournalLine {
  readonly plural?: StoredPlural
  readonly put?: StoredObject
  readonly del?: string
  readonly version?: number
  readonly record?: string
  readonly value?: unknown
}

function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`
}

function withVersion<T extends StoredObject>(object: T, version: number): T {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } }
}
