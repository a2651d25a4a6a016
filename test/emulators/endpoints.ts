/** Where the emulators of this run are, and clients of them. */
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { TABLE_SCHEMA } from '../../shared/adapters/dynamodb-table.ts'

/** Those of the kit: other keys are other accounts, or refused. */
export const EMULATOR = {
  region: 'eu-central-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
} as const

const names = { 'DynamoDB Local': 'DYNAMODB', ElasticMQ: 'ELASTICMQ', ministack: 'MINISTACK' } as const
export type Emulator = keyof typeof names

/** The URL of an emulator. Throws where none was started. */
export function urlOf(emulator: Emulator): string {
  const url = process.env[`SPARKGATE_EMULATORS_${names[emulator]}`]
  if (url === undefined) throw new Error(`${emulator} does not run: these tests are for npm run test:emulators`)
  return url
}

export interface Tables {
  readonly client: DynamoDBClient
  /** Creates the gateway's table under a new name and answers that name. */
  create(): Promise<string>
}

/** Tables at an emulator; nothing resets it, so that each has a name of its own. */
export function tablesOf(emulator: Emulator): Tables {
  const client = new DynamoDBClient({ ...EMULATOR, endpoint: urlOf(emulator) })
  return {
    client,
    async create() {
      const TableName = `contract-${crypto.randomUUID()}`
      await client.send(new CreateTableCommand({ ...structuredClone(TABLE_SCHEMA), TableName } as never))
      return TableName
    },
  }
}
