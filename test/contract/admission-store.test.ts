/** The contract of AdmissionStore over the fake and over the DynamoDB adapter. */
import { afterAll, beforeAll } from 'vitest'
import { DynamoDbAdmissionStore } from '../../shared/adapters/dynamodb-admission-store.ts'
import { DynamoDbJobStore } from '../../shared/adapters/dynamodb-job-store.ts'
import { DynamoDbObserverStore } from '../../shared/adapters/dynamodb-observer-store.ts'
import { FakeObserverStore } from '../support/fake-queues.ts'
import { startEmbeddedTables } from '../support/embedded-table.ts'
import type { EmbeddedTables } from '../support/embedded-table.ts'
import { FakeAdmissionStore } from '../support/fake-admission-store.ts'
import { FakeJobStore } from '../support/fake-job-store.ts'
import { admissionStoreContract } from './admission-store.contract.ts'

let tables: EmbeddedTables
beforeAll(async () => {
  tables = await startEmbeddedTables()
})
afterAll(() => tables.close())

admissionStoreContract('in memory', async () => {
  const store = new FakeJobStore()
  const observers = new FakeObserverStore()
  return { store, observers, admission: new FakeAdmissionStore(store, observers) }
})
admissionStoreContract('on the embedded DynamoDB', async () => {
  const { client } = tables
  const table = { client, tableName: await tables.create(), retentionDays: 15 }
  return {
    store: new DynamoDbJobStore(client, table),
    observers: new DynamoDbObserverStore(client, table),
    admission: new DynamoDbAdmissionStore(table),
  }
})
