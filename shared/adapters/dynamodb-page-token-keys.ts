/**
 * PageTokenKeys in the table: the key is made by whoever first needs it and read once by each process. No deployment has to
 * carry a secret; who can read the table can read every job anyway. Deleting the item makes all tokens that are out void.
 */
import { randomBytes } from 'node:crypto'
import { ConditionalCheckFailedException, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { PageTokenKeys } from '../operations/api-ports.ts'
import { CONDITIONS, PAGE_TOKEN_KEY } from './dynamodb-table.ts'

/** Of AES-256. */
const KEY_BYTES = 32

export class DynamoDbPageTokenKeys implements PageTokenKeys {
  private readonly client: DynamoDBClient
  private readonly tableName: string
  private known: Promise<Uint8Array> | undefined

  constructor({ client, tableName }: { readonly client: DynamoDBClient; readonly tableName: string }) {
    this.client = client
    this.tableName = tableName
  }

  get(): Promise<Uint8Array> {
    this.known ??= this.readOrMake().catch((error: unknown) => {
      this.known = undefined
      throw error
    })
    return this.known
  }

  private async readOrMake(): Promise<Uint8Array> {
    return (await this.read()) ?? (await this.make())
  }

  private async read(): Promise<Uint8Array | undefined> {
    const { Item } = await this.client.send(
      new GetItemCommand({ TableName: this.tableName, Key: PAGE_TOKEN_KEY, ConsistentRead: true }),
    )
    return Item?.['key']?.B
  }

  /** Of two that make one at the same time, the second takes the first's. */
  private async make(): Promise<Uint8Array> {
    const key = randomBytes(KEY_BYTES)
    const Item = { ...PAGE_TOKEN_KEY, type: { S: 'secret' }, key: { B: key } }
    try {
      await this.client.send(
        new PutItemCommand({ TableName: this.tableName, Item, ConditionExpression: CONDITIONS.isNew }),
      )
      return key
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error
      const others = await this.read()
      if (others === undefined) throw new Error('the key of page tokens was there and is gone again', { cause: error })
      return others
    }
  }
}
