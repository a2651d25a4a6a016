/**
 * RateLimits over the table, without a write a request: a process takes a block of a team's minute at a time and gives it
 * out in memory. What is taken in all never exceeds the limit; the first few requests of a process in a minute are free, so
 * that a quiet team costs nothing.
 */
import { ConditionalCheckFailedException, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { RateLimits, RateVerdict } from '../operations/api-ports.ts'
import { CONDITIONS, rateKey, TTL_ATTRIBUTE } from './dynamodb-table.ts'

const WINDOW_SECONDS = 60
/** A block is a twentieth of the limit, at most this: five writes for a hundred requests, and little lies idle. */
const MAX_BLOCK = 20
/** Free requests of a process in one minute: at most a tenth of the limit, and this. */
const MAX_FREE = 10
/** Long enough that no clock's skew deletes a minute that still counts. */
const KEEP_SECONDS = 3_600

interface Minute {
  readonly number: number
  free: number
  /** Taken and not yet given out. */
  inHand: number
  /** Of the whole team, when last asked. */
  left: number
  exhausted: boolean
}

export class DynamoDbRateLimits implements RateLimits {
  private readonly client: DynamoDBClient
  private readonly tableName: string
  /** One entry a team of the platform file. */
  private readonly minutes = new Map<string, Minute>()

  constructor({ client, tableName }: { readonly client: DynamoDBClient; readonly tableName: string }) {
    this.client = client
    this.tableName = tableName
  }

  async take(team: string, perMinute: number, now: number): Promise<RateVerdict> {
    const seconds = Math.floor(now / 1000)
    const number = Math.floor(seconds / WINDOW_SECONDS)
    const resetSeconds = (number + 1) * WINDOW_SECONDS - seconds
    const minute = this.minuteOf(team, number, perMinute)
    if (minute.free > 0) minute.free--
    else if (minute.inHand > 0) minute.inHand--
    else {
      if (!minute.exhausted) await this.takeBlock(team, perMinute, minute)
      if (minute.inHand === 0) return { allowed: false, remaining: 0, resetSeconds }
      minute.inHand--
    }
    return { allowed: true, remaining: minute.free + minute.inHand + minute.left, resetSeconds }
  }

  private minuteOf(team: string, number: number, perMinute: number): Minute {
    const known = this.minutes.get(team)
    if (known?.number === number) return known
    const free = Math.min(MAX_FREE, Math.floor(perMinute / 10))
    const fresh: Minute = { number, free, inHand: 0, left: perMinute - free, exhausted: false }
    this.minutes.set(team, fresh)
    return fresh
  }

  private async takeBlock(team: string, perMinute: number, minute: Minute): Promise<void> {
    const block = Math.max(1, Math.min(MAX_BLOCK, Math.floor(perMinute / 20)))
    try {
      const { Attributes } = await this.client.send(
        new UpdateItemCommand({
          TableName: this.tableName,
          Key: rateKey(team, minute.number),
          UpdateExpression: 'ADD #taken :block SET #expires = :expires',
          ConditionExpression: CONDITIONS.roomInMinute,
          ExpressionAttributeNames: { '#taken': 'taken', '#expires': TTL_ATTRIBUTE },
          ExpressionAttributeValues: {
            ':block': { N: String(block) },
            ':most': { N: String(perMinute - block) },
            ':expires': { N: String((minute.number + 1) * WINDOW_SECONDS + KEEP_SECONDS) },
          },
          ReturnValues: 'UPDATED_NEW',
        }),
      )
      minute.inHand += block
      minute.left = perMinute - Number(Attributes?.['taken']?.N ?? block)
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error
      minute.exhausted = true
      minute.left = 0
    }
  }
}
