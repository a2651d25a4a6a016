/** The contract of ObserverStore over the fake and over the DynamoDB adapter. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DynamoDbObserverStore } from '../../shared/adapters/dynamodb-observer-store.ts'
import { startEmbeddedTables } from '../support/embedded-table.ts'
import type { EmbeddedTables } from '../support/embedded-table.ts'
import { FakeObserverStore } from '../support/fake-queues.ts'
import { observerStoreContract } from './observer-store.contract.ts'

let tables: EmbeddedTables
beforeAll(async () => {
  tables = await startEmbeddedTables()
})
afterAll(() => tables.close())

observerStoreContract('in memory', async () => new FakeObserverStore())
observerStoreContract(
  'on the embedded DynamoDB',
  async () => new DynamoDbObserverStore(tables.client, { tableName: await tables.create() }),
)

it('DynamoDbObserverStore: has advanced when the answer is lost and the SDK repeats the write', async () => {
  const store = new DynamoDbObserverStore(tables.client, { tableName: await tables.create() })
  const state = { cluster: 'main', sequence: 1, active: true, tickedAt: 1 }
  for (const from of [0, 1]) {
    tables.control.failNext({ target: 'PutItem', kind: 'commit-then-drop' })
    expect(await store.advance(from, { ...state, sequence: from + 1 })).toBe('saved')
  }
  expect(await store.advance(1, { ...state, sequence: 2, tickedAt: 2 })).toBe('conflict')
})
