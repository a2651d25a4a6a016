/** Key conditions of queries, as the stores write them. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Range } from './virtual-index.ts'
import type { Expressions } from './virtual-item.ts'

/** `partition = :a [AND sort <op> …]`, as the stores write them. */
export function keyRange(input: Expressions & { readonly KeyConditionExpression?: string }): {
  partition: string
  range: Range
} {
  const { KeyConditionExpression = '', ExpressionAttributeValues = {} } = input
  const value = (name: string | undefined): AttributeValue => {
    const found = name === undefined ? undefined : ExpressionAttributeValues[name]
    if (found === undefined) throw new Error(`the query ${KeyConditionExpression} has no ${String(name)}`)
    return found
  }
  const [, first, , rest = ''] = /^\w+ = (:\w+)( AND (.*))?$/.exec(KeyConditionExpression) ?? []
  const sort = (name: string | undefined) => value(name).N ?? value(name).S ?? ''
  const numeric = (name: string | undefined): string | number =>
    value(name).N === undefined ? sort(name) : Number(sort(name))
  const between = /^\w+ BETWEEN (:\w+) AND (:\w+)$/.exec(rest)
  const compared = /^\w+ ([<>]) (:\w+)$/.exec(rest)
  const begins = /^begins_with\(\w+, (:\w+)\)$/.exec(rest)
  const partition = value(first).S ?? ''
  if (between) return { partition, range: { from: numeric(between[1]), to: numeric(between[2]) } }
  if (compared?.[1] === '>') return { partition, range: { above: numeric(compared[2]) } }
  if (compared?.[1] === '<') return { partition, range: { below: numeric(compared[2]) } }
  if (begins) return { partition, range: { from: sort(begins[1]), below: `${sort(begins[1])}\uffff` } }
  if (rest !== '') throw new Error(`cannot read the query ${KeyConditionExpression}`)
  return { partition, range: {} }
}
