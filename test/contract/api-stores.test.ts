/** The contracts of RateLimits and PageTokenKeys over the DynamoDB adapters. */
import { afterAll, beforeAll } from 'vitest'
import { DynamoDbPageTokenKeys } from '../../shared/adapters/dynamodb-page-token-keys.ts'
import { DynamoDbRateLimits } from '../../shared/adapters/dynamodb-rate-limits.ts'
import { startEmbeddedTables } from '../support/embedded-table.ts'
import type { EmbeddedTables } from '../support/embedded-table.ts'
import { pageTokenKeysContract } from './page-token-keys.contract.ts'
import { rateLimitsContract } from './rate-limits.contract.ts'

let tables: EmbeddedTables
beforeAll(async () => {
  tables = await startEmbeddedTables()
})
afterAll(() => tables.close())

const newTable = async () => ({ client: tables.client, tableName: await tables.create() })

rateLimitsContract('on the embedded DynamoDB', async () => {
  const table = await newTable()
  return () => new DynamoDbRateLimits(table)
})
pageTokenKeysContract('on the embedded DynamoDB', async () => {
  const table = await newTable()
  return () => new DynamoDbPageTokenKeys(table)
})
