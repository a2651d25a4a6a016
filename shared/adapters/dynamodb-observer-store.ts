/** ObserverStore on DynamoDB: one item a cluster, guarded by its sequence. */
import { isDeepStrictEqual } from 'node:util'
import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import type { ObserverState, ObserverStore, Orphan } from '../operations/ports.ts'
import { CONDITIONS, observerKey, orphanKey, TTL_ATTRIBUTE } from './dynamodb-table.ts'

/** Longer than any object lives after its end. */
const ORPHAN_MEMORY_SECONDS = 31 * 86_400

export class DynamoDbObserverStore implements ObserverStore {
  private readonly client: DynamoDBClient
  private readonly tableName: string

  constructor(client: DynamoDBClient, settings: { readonly tableName: string }) {
    this.client = client
    this.tableName = settings.tableName
  }

  async get(cluster: string): Promise<ObserverState | undefined> {
    const { Item } = await this.client.send(
      new GetItemCommand({ TableName: this.tableName, Key: observerKey(cluster), ConsistentRead: true }),
    )
    if (Item === undefined) return undefined
    const { pk: _pk, sk: _sk, ...state } = unmarshall(Item)
    return state as ObserverState
  }

  async noteOrphan(orphan: Orphan, now: number): Promise<number> {
    const { Attributes } = await this.client.send(
      new UpdateItemCommand({
        TableName: this.tableName,
        Key: orphanKey(orphan),
        UpdateExpression: 'SET #seen = if_not_exists(#seen, :now), #expires = :expires, #orphan = :orphan',
        ExpressionAttributeNames: { '#seen': 'firstSeenAt', '#expires': TTL_ATTRIBUTE, '#orphan': 'orphan' },
        ExpressionAttributeValues: marshall({
          ':now': now,
          ':expires': Math.floor(now / 1000) + ORPHAN_MEMORY_SECONDS,
          ':orphan': orphan,
        }),
        ReturnValues: 'ALL_NEW',
      }),
    )
    return Number(Attributes?.['firstSeenAt']?.N ?? now)
  }

  async advance(from: number, next: ObserverState): Promise<'saved' | 'conflict'> {
    const item = { ...observerKey(next.cluster), ...marshall(next, { removeUndefinedValues: true }) }
    try {
      await this.client.send(
        new PutItemCommand({
          TableName: this.tableName,
          Item: item,
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          ...(from === 0
            ? { ConditionExpression: CONDITIONS.isNew }
            : {
                ConditionExpression: CONDITIONS.sameSequence,
                ExpressionAttributeNames: { '#sequence': 'sequence' },
                ExpressionAttributeValues: { ':from': { N: String(from) } },
              }),
        }),
      )
      return 'saved'
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error
      // The SDK may have repeated a write whose answer was lost: then what is stored is exactly ours.
      return isDeepStrictEqual(error.Item, item) ? 'saved' : 'conflict'
    }
  }
}
