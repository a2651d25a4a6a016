/**
 * DynamoDB in memory behind `client.send`: the real stores run on it with their own commands, expressions and items, and
 * each request is counted with the units that AWS would bill for it. Indexes are never behind; nothing is throttled.
 * What it bills: "DynamoDB on-demand capacity", developer guide: a write unit is 1 KB (twice that in a transaction), a read unit
 * 4 KB (half when it need not be consistent), an index write is billed like a write of what the index holds.
 */
import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Item } from '../shared/adapters/dynamodb-job-item.ts'
import { itemBytes, plainAttributes, updated } from './virtual-item.ts'
import type { Expressions } from './virtual-item.ts'
import { matches } from './virtual-condition.ts'
import { entryOf, indexUnits, projected, PROJECTED, units, WRITE_BYTES } from './virtual-projection.ts'
import { SortedIndex } from './virtual-index.ts'
import { keyRange } from './virtual-key-range.ts'

/** What was asked and what it costs. `requests` by SDK command. */
export interface DynamoDbBill {
  readonly requests: Map<string, number>
  readUnits: number
  writeUnits: number
}

export interface VirtualDynamoDb {
  readonly client: DynamoDBClient
  /** By who asked. */
  readonly bills: ReadonlyMap<string, DynamoDbBill>
  /** What is stored, indexes and 100 bytes an entry included (what AWS bills). */
  readonly bytes: () => number
  /** Forgets everything: what is left in memory then is not the table's. */
  readonly clear: () => void
}

export interface VirtualDynamoDbOptions {
  /** Waits for as long as a request takes. */
  readonly travel: () => Promise<void>
  /** Who asks, for the bill. */
  readonly payer: () => string
  /** Images of the change stream. */
  readonly onChange: (before: Item | undefined, after: Item) => void
}

interface Input extends Expressions {
  readonly Key?: Item
  readonly Item?: Item
  readonly ConditionExpression?: string
  readonly ConsistentRead?: boolean
  readonly IndexName?: string
  readonly KeyConditionExpression?: string
  readonly ScanIndexForward?: boolean
  readonly Limit?: number
  readonly Select?: string
  readonly ReturnValues?: string
  readonly RequestItems?: Readonly<Record<string, { readonly Keys: readonly Item[] }>>
  readonly TransactItems?: readonly { readonly Put?: Input; readonly Update?: Input }[]
}

const READ_BYTES = 4096
const ENTRY_BYTES = 100

export function startVirtualDynamoDb({ travel, payer, onChange }: VirtualDynamoDbOptions): VirtualDynamoDb {
  const table = new Table(onChange)
  const bills = new Map<string, DynamoDbBill>()
  const answer: Readonly<Record<string, (input: Input) => unknown>> = {
    GetItem: input => table.getItem(input),
    BatchGetItem: input => table.batchGet(input),
    Query: input => table.query(input),
    PutItem: input => table.write(input, 1),
    UpdateItem: input => table.write(input, 1),
    DeleteItem: input => table.deleteItem(input),
    TransactWriteItems: input => table.transact(input),
  }
  const client = {
    async send(command: { readonly input: Input; readonly constructor: { readonly name: string } }) {
      const name = command.constructor.name.replace('Command', '')
      const who = payer()
      const bill = bills.get(who) ?? { requests: new Map<string, number>(), readUnits: 0, writeUnits: 0 }
      bills.set(who, bill)
      bill.requests.set(name, (bill.requests.get(name) ?? 0) + 1)
      await travel()
      const apply = answer[name]
      if (apply === undefined) throw new Error(`this DynamoDB does not know ${name}`)
      table.bill = bill
      return apply(command.input)
    },
  }
  return {
    client: client as unknown as DynamoDBClient,
    bills,
    bytes: () => table.bytes(),
    clear: () => table.clear(),
  }
}

class Table {
  /** Of whoever asks at this moment. */
  bill: DynamoDbBill = { requests: new Map(), readUnits: 0, writeUnits: 0 }
  private readonly items = new Map<string, Item>()
  private readonly indexes = new Map<string, SortedIndex>([
    ['', new SortedIndex('pk', 'sk')],
    ...PROJECTED.map(({ IndexName, KeySchema: [hash, range] }) => [IndexName, indexOn(hash, range)] as const),
  ])
  private readonly onChange: VirtualDynamoDbOptions['onChange']

  constructor(onChange: VirtualDynamoDbOptions['onChange']) {
    this.onChange = onChange
  }

  bytes(): number {
    const sizes = [...this.items.values()].flatMap(item => [
      itemBytes(item),
      ...PROJECTED.flatMap(({ IndexName }) => {
        const entry = entryOf(IndexName, item)
        return entry === undefined ? [] : [itemBytes(entry)]
      }),
    ])
    return sizes.reduce((sum, size) => sum + size + ENTRY_BYTES, 0)
  }

  clear(): void {
    this.items.clear()
    for (const index of this.indexes.values()) index.clear()
  }

  getItem({ Key, ConsistentRead }: Input): { readonly Item?: Item } {
    const item = this.items.get(keyOf(Key))
    this.read(item === undefined ? 0 : itemBytes(item), ConsistentRead)
    return item === undefined ? {} : { Item: item }
  }

  batchGet({ RequestItems = {} }: Input) {
    const [name, { Keys }] = Object.entries(RequestItems)[0] ?? ['', { Keys: [] }]
    const found = Keys.map(key => this.getItem({ Key: key, ConsistentRead: true }).Item)
    return { Responses: { [name]: found.filter(item => item !== undefined) } }
  }

  query(input: Input) {
    const index = this.indexes.get(input.IndexName ?? '')
    if (index === undefined) throw new Error(`there is no index ${String(input.IndexName)}`)
    const { partition, range } = keyRange(input)
    const keys = index.keys(partition, range, input.Limit ?? Infinity, input.ScanIndexForward !== false)
    const items = keys.flatMap(key => {
      const item = this.items.get(key)
      return item === undefined ? [] : [projected(input.IndexName, item)]
    })
    this.read(
      items.reduce((sum, item) => sum + itemBytes(item), 0),
      input.ConsistentRead,
    )
    const last = items.at(-1)
    return {
      Count: items.length,
      ...(input.Select !== 'COUNT' && { Items: items }),
      ...(last !== undefined && items.length === input.Limit && { LastEvaluatedKey: last }),
    }
  }

  /** `factor`: 2 within a transaction. */
  write(input: Input, factor: 1 | 2) {
    const key = keyOf(input.Key ?? input.Item)
    const before = this.items.get(key)
    if (!this.allows(input, before)) {
      this.bill.writeUnits += factor * units(before === undefined ? 0 : itemBytes(before), WRITE_BYTES)
      const stored = before !== undefined && { Item: before }
      throw new ConditionalCheckFailedException({ message: 'the condition failed', $metadata: {}, ...stored })
    }
    const after = input.Item ?? updated(before ?? input.Key ?? {}, input)
    this.put(key, before, after, factor)
    return { Attributes: after }
  }

  deleteItem({ Key }: Input) {
    const before = this.items.get(keyOf(Key))
    if (before !== undefined) for (const index of this.indexes.values()) index.remove(before, keyOf(Key))
    this.items.delete(keyOf(Key))
    this.bill.writeUnits += 1
    return {}
  }

  transact({ TransactItems = [] }: Input) {
    const writes = TransactItems.map(({ Put, Update }) => Put ?? Update ?? {})
    const reasons = writes.map(write => {
      const stored = this.items.get(keyOf(write.Key ?? write.Item))
      return this.allows(write, stored)
        ? { Code: 'None' }
        : { Code: 'ConditionalCheckFailed', ...(stored && { Item: stored }) }
    })
    if (reasons.some(({ Code }) => Code !== 'None'))
      throw new TransactionCanceledException({ message: 'cancelled', $metadata: {}, CancellationReasons: reasons })
    for (const write of writes) this.write(write, 2)
    return {}
  }

  private allows({ ConditionExpression, ...rest }: Input, stored: Item | undefined): boolean {
    return ConditionExpression === undefined || matches(ConditionExpression, plainAttributes(stored ?? {}), rest)
  }

  private put(key: string, before: Item | undefined, after: Item, factor: 1 | 2): void {
    const bytes = Math.max(itemBytes(after), before === undefined ? 0 : itemBytes(before))
    this.bill.writeUnits += factor * units(bytes, WRITE_BYTES)
    for (const { IndexName } of PROJECTED) this.bill.writeUnits += indexUnits(IndexName, before, after)
    for (const index of this.indexes.values()) {
      if (before !== undefined) index.remove(before, key)
      index.add(after, key)
    }
    this.items.set(key, after)
    this.onChange(before, after)
  }

  private read(bytes: number, consistent = false): void {
    this.bill.readUnits += units(bytes, READ_BYTES) * (consistent ? 1 : 0.5)
  }
}

const keyOf = (item: Item | undefined): string => `${item?.['pk']?.S}\u0000${item?.['sk']?.S}`

interface KeyPart {
  readonly AttributeName: string
}
const indexOn = (hash: KeyPart, range: KeyPart): SortedIndex => new SortedIndex(hash.AttributeName, range.AttributeName)
