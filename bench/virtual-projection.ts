/** What the indexes of the table hold of an item, and the write units that a change of it costs them. */
import { isDeepStrictEqual } from 'node:util'
import type { Item } from '../shared/adapters/dynamodb-job-item.ts'
import { TABLE_SCHEMA } from '../shared/adapters/dynamodb-table.ts'
import { itemBytes } from './virtual-item.ts'

export const PROJECTED = TABLE_SCHEMA.GlobalSecondaryIndexes
export const WRITE_BYTES = 1024

/** Begun units count, and at least one. */
export const units = (bytes: number, each: number): number => Math.max(1, Math.ceil(bytes / each))

/** What an index holds of an item. */
export function projected(indexName: string | undefined, item: Item): Item {
  const index = PROJECTED.find(({ IndexName }) => IndexName === indexName)
  if (index === undefined || index.Projection.ProjectionType === 'ALL') return item
  const names = [
    'pk',
    'sk',
    ...index.KeySchema.map(({ AttributeName }) => AttributeName),
    ...('NonKeyAttributes' in index.Projection ? index.Projection.NonKeyAttributes : []),
  ]
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)))
}

const keysOf = (indexName: string) => PROJECTED.find(({ IndexName }) => IndexName === indexName)?.KeySchema ?? []

/** What an index has of an item: nothing unless both its keys are there. */
export const entryOf = (indexName: string, item: Item | undefined): Item | undefined =>
  item !== undefined && keysOf(indexName).every(({ AttributeName }) => item[AttributeName] !== undefined)
    ? projected(indexName, item)
    : undefined

/** Unchanged entries cost nothing; one whose key changes is deleted and written. */
export function indexUnits(indexName: string, before: Item | undefined, after: Item): number {
  const [was, is] = [entryOf(indexName, before), entryOf(indexName, after)]
  const size = (item: Item | undefined): number => (item === undefined ? 0 : units(itemBytes(item), WRITE_BYTES))
  if (was === undefined || is === undefined) return size(was) + size(is)
  if (isDeepStrictEqual(was, is)) return 0
  const sameKey = keysOf(indexName).every(({ AttributeName: name }) => isDeepStrictEqual(was[name], is[name]))
  return sameKey ? Math.max(size(was), size(is)) : size(was) + size(is)
}
