/**
 * The seeds' own job on a real Spark: three CSV files of 50,000 orders are dropped in, revenue by city comes out as
 * parquet. The sums are checked against an independent computation in whole cents, and the parquet is read by a reader that
 * has nothing to do with Spark.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultPlatform, INBOX_BUCKET, KEYS, REGION } from '../../local/local-platform.ts'
import { startStack } from '../../local/stack.ts'
import type { Stack } from '../../local/stack.ts'
import { silentLog } from '../support/silent-log.ts'

const KEY = 'payments/sales-etl.yaml'
let stack: Stack
let s3: S3Client
let input: string
let output: string

beforeAll(async () => {
  stack = await startStack({ platform: defaultPlatform(), speed: 5, spark: 'auto', log: silentLog })
  s3 = new S3Client({ endpoint: stack.endpoints.s3Url, region: REGION, credentials: KEYS.people, forcePathStyle: true })
  input = join(stack.dataDir, 'work/sales-etl/input')
  output = join(stack.dataDir, 'work/sales-etl/output')
  mkdirSync(input, { recursive: true })
  const generated = spawnSync('python3', ['examples/sales-etl/generate.py', input], { encoding: 'utf8' })
  if (generated.status !== 0) throw new Error(generated.stderr)
})
afterAll(async () => {
  s3.destroy()
  await stack.close()
})

describe('sales-etl, dropped in the inbox', () => {
  it('has a Spark to run on', () => {
    expect(stack.endpoints.sparkHome, 'SPARK_HOME or spark-submit on the PATH').toBeDefined()
  })

  it('runs for real to SUCCEEDED', async () => {
    const spec = readFileSync('examples/sales-etl/sales-etl.yaml')
    await s3.send(new PutObjectCommand({ Bucket: INBOX_BUCKET, Key: KEY, Body: spec }))
    const report = await waitForReport(`${KEY}.result.json`)
    expect(report.job).toMatchObject({ state: 'SUCCEEDED', attempts: [{ run: 'real' }] })
  })

  it('writes revenue by city to the cent', async () => {
    const expected = revenueByCity(input)
    expect(expected.size).toBe(8)
    const rows = await readParquet(join(output, 'revenue_by_city'))
    const found = new Map(rows.map(row => [String(row['city']), Math.round(Number(row['revenue']) * 100)]))
    expect(found).toEqual(new Map([...expected].map(([city, { cents }]) => [city, cents])))
    expect(rows.map(row => Number(row['orders']))).toEqual([...expected.values()].map(({ orders }) => orders))
  })
})

/** Sums in whole cents, without Spark: 150,000 orders, none left out. */
function revenueByCity(folder: string): Map<string, { cents: number; orders: number }> {
  const sums = new Map<string, { cents: number; orders: number }>()
  let orders = 0
  for (const file of readdirSync(folder)) {
    for (const line of readFileSync(join(folder, file), 'utf8').trimEnd().split(/\r?\n/).slice(1)) {
      const [, city = '', , amount = '', quantity = ''] = line.split(',')
      const sum = sums.get(city) ?? { cents: 0, orders: 0 }
      sums.set(city, { cents: sum.cents + Number(amount.replace('.', '')) * Number(quantity), orders: sum.orders + 1 })
      orders++
    }
  }
  expect(orders).toBe(150_000)
  return new Map([...sums].toSorted(([a], [b]) => a.localeCompare(b)))
}

async function readParquet(folder: string): Promise<Record<string, unknown>[]> {
  const files = readdirSync(folder).filter(name => name.endsWith('.parquet'))
  const rows: Record<string, unknown>[] = []
  for (const name of files)
    rows.push(...(await parquetReadObjects({ file: await asyncBufferFromFile(join(folder, name)) })))
  return rows
}

interface Report {
  readonly job: { readonly state: string; readonly message: string }
}

/** A Spark on two cores takes up to a minute; four are the limit. */
async function waitForReport(key: string): Promise<Report> {
  const deadline = Date.now() + 240_000
  while (Date.now() < deadline) {
    const report = await s3.send(new GetObjectCommand({ Bucket: INBOX_BUCKET, Key: key })).then(
      async ({ Body }) => JSON.parse((await Body?.transformToString()) ?? '') as Report,
      () => undefined,
    )
    if (report !== undefined) return report
    await new Promise(resolve => setTimeout(resolve, 500))
  }
  throw new Error(`no ${key} within four minutes`)
}
