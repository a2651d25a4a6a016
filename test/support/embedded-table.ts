/** An embedded DynamoDB with the gateway's table: one server for a test file, a fresh table for each test that wants one. */
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { startEmbeddedDynamoDb } from '../../local/aws/dynamodb/dynamodb-server.ts'
import type { EmbeddedDynamoDb } from '../../local/aws/dynamodb/dynamodb-server.ts'
import { TABLE_SCHEMA } from '../../shared/adapters/dynamodb-table.ts'

/** Credentials that open nothing: the embedded services check none, or these. */
export const TEST_KEYS = { accessKeyId: 'TESTKEY', secretAccessKey: 'test-secret' }
export const TEST_REGION = 'eu-central-1'

export interface EmbeddedTables {
  readonly control: EmbeddedDynamoDb['control']
  readonly client: DynamoDBClient
  /** Creates the gateway's table under a new name and answers that name. */
  create(): Promise<string>
  close(): Promise<void>
}

export async function startEmbeddedTables(): Promise<EmbeddedTables> {
  const server = await startEmbeddedDynamoDb({ region: TEST_REGION })
  const client = new DynamoDBClient({ endpoint: server.url, region: TEST_REGION, credentials: TEST_KEYS })
  let made = 0
  return {
    control: server.control,
    client,
    async create() {
      const TableName = `contract-${++made}`
      await client.send(new CreateTableCommand({ ...structuredClone(TABLE_SCHEMA), TableName } as never))
      return TableName
    },
    async close() {
      client.destroy()
      await server.close()
    },
  }
}
