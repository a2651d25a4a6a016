/** The API's own stores on the DynamoDB emulator: limits that many processes share, and the one key of page tokens. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEmulators } from '../../local/emulators.ts'
import type { Emulators } from '../../local/emulators.ts'
import { defaultPlatform, KEYS, REGION } from '../../local/local-platform.ts'
import { DynamoDbPageTokenKeys } from '../../shared/adapters/dynamodb-page-token-keys.ts'
import { DynamoDbRateLimits } from '../../shared/adapters/dynamodb-rate-limits.ts'

const MINUTE = 60_000
const NOW = Date.parse('2026-11-21T03:00:10Z')

let folder: string
let emulators: Emulators
let client: DynamoDBClient
let requests = 0
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sparkgate-api-stores-'))
  emulators = await startEmulators({
    platform: defaultPlatform(),
    dataDir: folder,
    keep: 'memory',
    speed: 50,
    spark: 'off',
  })
  client = new DynamoDBClient({ endpoint: emulators.endpoints.dynamodbUrl, region: REGION, credentials: KEYS.people })
  client.middlewareStack.add(
    next => async input => {
      requests++
      return next(input)
    },
    { step: 'initialize' },
  )
})
afterAll(async () => {
  client.destroy()
  await emulators.close()
  rmSync(folder, { recursive: true, force: true })
})

const table = () => ({ client, tableName: emulators.endpoints.tableName })
const limiter = () => new DynamoDbRateLimits(table())

describe('the limit of a team', () => {
  it('is never exceeded, however many processes give it out at once', async () => {
    const processes = Array.from({ length: 5 }, limiter)
    const asked = processes.flatMap(each => Array.from({ length: 40 }, () => each))
    const verdicts = await Promise.all(asked.map(each => each.take('crowd', 100, NOW)))
    const allowed = verdicts.filter(verdict => verdict.allowed).length
    // Each process gives ten for nothing; all together never take more than the hundred.
    expect(allowed).toBeGreaterThan(100)
    expect(allowed).toBeLessThanOrEqual(100 + 5 * 10)
  })
  it('is exact where it is small', async () => {
    const one = limiter()
    const verdicts = []
    for (let count = 0; count < 8; count++) verdicts.push(await one.take('small', 5, NOW))
    expect(verdicts.map(verdict => verdict.allowed)).toEqual([true, true, true, true, true, false, false, false])
    expect(verdicts.map(verdict => verdict.remaining)).toEqual([4, 3, 2, 1, 0, 0, 0, 0])
    expect(verdicts[0]?.resetSeconds).toBe(50)
  })
  it('begins anew each minute, for each team', async () => {
    const one = limiter()
    for (let count = 0; count < 4; count++) await one.take('minutes', 3, NOW)
    expect((await one.take('minutes', 3, NOW + 49_999)).allowed).toBe(false)
    expect((await one.take('minutes', 3, NOW + 50_000)).allowed).toBe(true)
    expect((await one.take('others', 3, NOW)).allowed).toBe(true)
  })
  it('costs nothing for the first requests, and one write for twenty after that', async () => {
    const one = limiter()
    const before = requests
    for (let count = 0; count < 10; count++) await one.take('quiet', 600, NOW)
    expect(requests - before).toBe(0)
    for (let count = 0; count < 200; count++) await one.take('quiet', 600, NOW)
    expect(requests - before).toBe(10)
  })
  it('costs nothing either for who goes on when it is used up', async () => {
    const one = limiter()
    for (let count = 0; count < 6; count++) await one.take('hammer', 5, NOW)
    const before = requests
    for (let count = 0; count < 50; count++) expect((await one.take('hammer', 5, NOW)).allowed).toBe(false)
    expect(requests - before).toBe(0)
  })
  it('leaves nothing behind: its items leave the table by themselves', async () => {
    await limiter().take('left', 1, NOW)
    const { Items = [] } = await client.send(new ScanCommand({ TableName: emulators.endpoints.tableName }))
    const left = Items.filter(item => item['pk']?.S?.startsWith('RATE#'))
    expect(left.length).toBeGreaterThan(0)
    for (const item of left) expect(Number(item['expiresAt']?.N) * 1_000).toBeLessThan(NOW + 70 * MINUTE)
  })
})

describe('the key of page tokens', () => {
  it('is made once and the same for all, also when many need it first', async () => {
    const processes = Array.from({ length: 10 }, () => new DynamoDbPageTokenKeys(table()))
    const keys = await Promise.all(processes.map(each => each.get()))
    expect(new Set(keys.map(key => Buffer.from(key).toString('hex'))).size).toBe(1)
    expect(keys[0]).toHaveLength(32)
    const before = requests
    await processes[0]?.get()
    expect(requests - before).toBe(0)
  })
  it('is asked for again after a failure', async () => {
    const away = new DynamoDBClient({
      endpoint: 'http://127.0.0.1:9',
      region: REGION,
      credentials: KEYS.people,
      maxAttempts: 1,
    })
    const keys = new DynamoDbPageTokenKeys({ client: away, tableName: 'x' })
    await expect(keys.get()).rejects.toThrow(/./)
    await expect(keys.get()).rejects.toThrow(/./)
    away.destroy()
  })
})
