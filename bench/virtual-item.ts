/** Items of the DynamoDB in memory: their size as AWS counts it, and the update expressions that the stores write. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Item } from '../shared/adapters/dynamodb-job-item.ts'

export interface Expressions {
  readonly UpdateExpression?: string
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>
  readonly ExpressionAttributeValues?: Readonly<Record<string, AttributeValue>>
}

const sizes = new WeakMap<Item, number>()

/** Bytes that are billed ("DynamoDB item sizes and formats", developer guide). Items are never changed in place. */
export function itemBytes(item: Item): number {
  const known = sizes.get(item)
  if (known !== undefined) return known
  const bytes = Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value),
    0,
  )
  sizes.set(item, bytes)
  return bytes
}

function valueBytes({ S, N, M, L }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S)
  // Two digits a byte, and one byte more.
  if (N !== undefined) return Math.ceil(N.replace(/^-|\./g, '').length / 2) + 1
  if (M !== undefined)
    return (
      3 + Object.entries(M).reduce((sum, [name, value]) => sum + 1 + Buffer.byteLength(name) + valueBytes(value), 0)
    )
  if (L !== undefined) return 3 + L.reduce((sum, value) => sum + 1 + valueBytes(value), 0)
  return 1
}

/** Texts, numbers and truth values of an item, by name. */
export const plainAttributes = (item: Item): Readonly<Record<string, string | number | boolean | undefined>> =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plainValue(value)]))

export const plainValue = ({ S, N, BOOL }: AttributeValue): string | number | boolean | undefined =>
  N === undefined ? (S ?? BOOL) : Number(N)

/** A copy of the item after `SET a = …, …`, `ADD a :b, …` or `REMOVE a`. Throws for what it cannot read. */
export function updated(item: Item, input: Expressions): Item {
  const { UpdateExpression = '', ExpressionAttributeNames = {}, ExpressionAttributeValues = {} } = input
  const next: Record<string, AttributeValue> = { ...item }
  const [, verb = '', body = ''] = /^(SET|ADD|REMOVE) (.*)$/.exec(UpdateExpression) ?? []
  const attribute = (name = ''): string => ExpressionAttributeNames[name] ?? name
  const given = (name = ''): AttributeValue => {
    const value = ExpressionAttributeValues[name]
    if (value === undefined) throw new Error(`cannot read the update ${UpdateExpression}`)
    return value
  }
  const sum = (a: AttributeValue | undefined, b: AttributeValue): AttributeValue => ({
    N: String(Number(a?.N ?? 0) + Number(b.N)),
  })
  for (const part of body.split(/, (?=#)/)) {
    const [, name = '', other, value] = /^(#\w+)(?: =)?(?: (#\w+) \+)? ?(:\w+)?$/.exec(part) ?? []
    const seen = /^(#\w+) = if_not_exists\(#\w+, (:\w+)\)$/.exec(part)
    if (seen) next[attribute(seen[1])] ??= given(seen[2])
    else if (name === '') throw new Error(`cannot read the update ${UpdateExpression}`)
    else if (verb === 'REMOVE') delete next[attribute(name)]
    else if (verb === 'ADD') next[attribute(name)] = sum(next[attribute(name)], given(value))
    else next[attribute(name)] = other === undefined ? given(value) : sum(next[attribute(other)], given(value))
  }
  return next
}
