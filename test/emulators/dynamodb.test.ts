/** The contracts of the stores on AWS's own DynamoDB Local, and on a second DynamoDB of somebody else. */
import { afterAll } from 'vitest'
import { DynamoDbAdmissionStore } from '../../shared/adapters/dynamodb-admission-store.ts'
import { DynamoDbJobStore } from '../../shared/adapters/dynamodb-job-store.ts'
import { DynamoDbObserverStore } from '../../shared/adapters/dynamodb-observer-store.ts'
import { DynamoDbPageTokenKeys } from '../../shared/adapters/dynamodb-page-token-keys.ts'
import { DynamoDbRateLimits } from '../../shared/adapters/dynamodb-rate-limits.ts'
import { admissionStoreContract } from '../contract/admission-store.contract.ts'
import { jobStoreContract } from '../contract/job-store.contract.ts'
import { observerStoreContract } from '../contract/observer-store.contract.ts'
import { pageTokenKeysContract } from '../contract/page-token-keys.contract.ts'
import { rateLimitsContract } from '../contract/rate-limits.contract.ts'
import { tablesOf } from './endpoints.ts'

for (const emulator of ['DynamoDB Local', 'ministack'] as const) {
  const tables = tablesOf(emulator)
  const { client } = tables
  const newTable = async () => ({ client, tableName: await tables.create(), retentionDays: 15 })
  afterAll(() => client.destroy())

  jobStoreContract(`on ${emulator}`, async () => new DynamoDbJobStore(client, await newTable()))
  admissionStoreContract(`on ${emulator}`, async () => {
    const table = await newTable()
    return {
      store: new DynamoDbJobStore(client, table),
      observers: new DynamoDbObserverStore(client, table),
      admission: new DynamoDbAdmissionStore(table),
    }
  })
  observerStoreContract(`on ${emulator}`, async () => new DynamoDbObserverStore(client, await newTable()))
  rateLimitsContract(`on ${emulator}`, async () => {
    const table = await newTable()
    return () => new DynamoDbRateLimits(table)
  })
  pageTokenKeysContract(`on ${emulator}`, async () => {
    const table = await newTable()
    return () => new DynamoDbPageTokenKeys(table)
  })
}
