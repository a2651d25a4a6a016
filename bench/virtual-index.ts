/** One index: keys of items by partition, sorted. Insertion is a binary search; 10,000 entries a partition are cheap. */
import type { Item } from '../shared/adapters/dynamodb-job-item.ts'

/** Bounds of the sort key; `above` and `below` are exclusive. */
export interface Range {
  readonly from?: string | number
  readonly to?: string | number
  readonly above?: string | number
  readonly below?: string | number
}

interface Entry {
  readonly sort: string | number
  /** Of the item in the table. */
  readonly key: string
}

export class SortedIndex {
  private readonly hash: string
  private readonly range: string
  private readonly partitions = new Map<string, Entry[]>()

  constructor(hash: string, range: string) {
    this.hash = hash
    this.range = range
  }

  add(item: Item, key: string): void {
    const entry = this.entryOf(item, key)
    if (entry === undefined) return
    const entries = this.partitions.get(entry.partition) ?? []
    this.partitions.set(entry.partition, entries)
    entries.splice(placeOf(entries, entry), 0, { sort: entry.sort, key })
  }

  remove(item: Item, key: string): void {
    const entry = this.entryOf(item, key)
    const entries = entry && this.partitions.get(entry.partition)
    if (entries === undefined || entry === undefined) return
    const place = placeOf(entries, entry)
    if (entries[place]?.key === key) entries.splice(place, 1)
  }

  clear(): void {
    this.partitions.clear()
  }

  /** Keys of at most `limit` items. */
  keys(partition: string, range: Range, limit: number, forward: boolean): readonly string[] {
    const entries = this.partitions.get(partition) ?? []
    const keys: string[] = []
    const { from, to, above, below } = range
    const lowest = above ?? from
    const first = forward && lowest !== undefined ? placeOf(entries, { sort: lowest, key: '' }) : 0
    for (let step = first; step < entries.length && keys.length < limit; step++) {
      const entry = entries[forward ? step : entries.length - 1 - step]
      if (entry === undefined) break
      if ((above !== undefined && entry.sort <= above) || (from !== undefined && entry.sort < from)) continue
      if ((below !== undefined && entry.sort >= below) || (to !== undefined && entry.sort > to)) break
      keys.push(entry.key)
    }
    return keys
  }

  private entryOf(item: Item, key: string) {
    const partition = item[this.hash]?.S
    const sort = item[this.range]
    if (partition === undefined || sort === undefined) return undefined
    return { partition, sort: sort.N === undefined ? (sort.S ?? '') : Number(sort.N), key }
  }
}

/** Where an entry is or would be. */
function placeOf(entries: readonly Entry[], { sort, key }: Entry): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >> 1
    const entry = entries[middle]
    if (entry !== undefined && (entry.sort < sort || (entry.sort === sort && entry.key < key))) low = middle + 1
    else high = middle
  }
  return low
}
