/**
 * What a request to the API costs over real HTTP on the local stack, beside the same emulator calls made bare; and whether the
 * first and the last page of a list of 100,000 jobs cost the same. `node bench/api.ts [--quick]`: not part of `npm run bench`,
 * it fills a table for minutes.
 */
import { performance } from 'node:perf_hooks'
import { BatchWriteItemCommand, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { jobItem, jobOfItem } from '../shared/adapters/dynamodb-job-item.ts'
import { jobKey, TEAM_INDEX } from '../shared/adapters/dynamodb-table.ts'
import type { Job } from '../shared/domain/job.ts'
import { defaultPlatform } from '../local/local-platform.ts'
import { startStack } from '../local/stack.ts'
import type { Stack } from '../local/stack.ts'
import { bareClients, QUIET_LOG, SHORT_SPEC } from './bench-adapters.ts'
import { median, quantile } from './bench-report.ts'

const quick = process.argv.includes('--quick')
const ROUNDS = quick ? 50 : 300
const JOBS = quick ? 5_000 : 100_000
const PAGE = 50
/** BatchWriteItem's limit. */
const BATCH = 25
const PARALLEL = 4

type Way = () => Promise<unknown>

async function main(): Promise<void> {
  const stack = await startStack({ platform: defaultPlatform(), speed: 1, spark: 'off', log: QUIET_LOG })
  try {
    await benchCalls(stack)
    await benchPages(stack)
  } finally {
    await stack.close()
  }
}

async function caller(stack: Stack, team: string) {
  const authorization = `Bearer ${await stack.token(team)}`
  return async (method: string, path: string, body?: string, headers: Record<string, string> = {}) => {
    const init = { method, headers: { authorization, ...headers }, ...(body !== undefined && { body }) }
    const response = await fetch(`${stack.apiUrl}${path}`, init)
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return JSON.parse(text) as { id: string; nextToken?: string; jobs: unknown[] }
  }
}

async function benchCalls(stack: Stack): Promise<void> {
  const call = await caller(stack, 'payments')
  const { dynamodb, sqs } = bareClients(stack.endpoints)
  let count = 0
  const submit: Way = () =>
    call('POST', '/v1/jobs', SHORT_SPEC, { 'content-type': 'application/yaml', 'idempotency-key': `bench-${count++}` })
  const { id } = (await submit()) as { id: string }
  const { tableName } = stack.endpoints
  const key = jobKey({ team: 'payments', jobId: id })
  const ways: Readonly<Record<string, Way>> = {
    'bare GetItem': () => dynamodb.send(new GetItemCommand({ TableName: tableName, Key: key, ConsistentRead: true })),
    'GET /v1/jobs/{id}/attempts': () => call('GET', `/v1/jobs/${id}/attempts`),
    'GET /v1/jobs/{id}': () => call('GET', `/v1/jobs/${id}`),
    'bare Query of 10': () => dynamodb.send(new QueryCommand(teamPage(tableName, 'payments', 10))),
    'GET /v1/jobs?limit=10': () => call('GET', '/v1/jobs?limit=10'),
    'POST /v1/jobs': submit,
  }
  const rows = await inTurn(ways)
  console.log(`\n${ROUNDS} of each in turn, one at a time, everything in one process; ms\n`)
  console.log(`${'what'.padEnd(30)} ${'median'.padStart(7)} ${'p99'.padStart(7)} ${'a second'.padStart(9)}`)
  for (const [name, times] of rows) {
    const cells = [median(times).toFixed(2), quantile(times, 0.99).toFixed(2)].map(cell => cell.padStart(7))
    console.log(`${name.padEnd(30)} ${cells.join(' ')} ${(1000 / median(times)).toFixed(0).padStart(9)}`)
  }
  dynamodb.destroy()
  sqs.destroy()
}

/** Nobody always runs behind the same one. */
async function inTurn(ways: Readonly<Record<string, Way>>): Promise<ReadonlyMap<string, number[]>> {
  const times = new Map<string, number[]>(Object.keys(ways).map(name => [name, []]))
  const order = Object.entries(ways)
  for (let round = -10; round < ROUNDS; round++) {
    for (let index = 0; index < order.length; index++) {
      const [name, way] = order[(index + round + 10) % order.length] ?? []
      if (name === undefined || way === undefined) continue
      const started = performance.now()
      await way()
      if (round >= 0) times.get(name)?.push(performance.now() - started)
    }
  }
  return times
}

const teamPage = (TableName: string, team: string, Limit: number) => ({
  TableName,
  IndexName: TEAM_INDEX,
  KeyConditionExpression: 'teamKey = :team',
  ExpressionAttributeValues: { ':team': { S: `TEAM#${team}` } },
  ScanIndexForward: false,
  Limit,
})

/** All pages of a long list, in their order: the time of the first and of the last tenth. */
async function benchPages(stack: Stack): Promise<void> {
  await fill(stack, 'lab', JOBS)
  const call = await caller(stack, 'lab')
  const times: number[] = []
  let next: string | undefined
  let seen = 0
  do {
    const started = performance.now()
    const page = await call('GET', `/v1/jobs?limit=${PAGE}${next === undefined ? '' : `&nextToken=${next}`}`)
    times.push(performance.now() - started)
    seen += page.jobs.length
    next = page.nextToken
  } while (next !== undefined && times.length <= JOBS / PAGE + 1)
  const tenth = Math.ceil(times.length / 10)
  const [first, last] = [times.slice(0, tenth), times.slice(-tenth)].map(median)
  console.log(`\n${seen} jobs in ${times.length} pages of ${PAGE}: median of the first tenth ${first?.toFixed(1)} ms,`)
  console.log(`of the last tenth ${last?.toFixed(1)} ms; p99 of all ${quantile(times, 0.99).toFixed(1)} ms`)
}

/** Records of jobs that are over, straight into the table: submissions would take hours. */
async function fill(stack: Stack, team: string, count: number): Promise<void> {
  const { dynamodb, sqs } = bareClients(stack.endpoints)
  const call = await caller(stack, team)
  const key = { 'content-type': 'application/yaml', 'idempotency-key': 'model' }
  const { id } = await call('POST', '/v1/jobs', SHORT_SPEC, key)
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: stack.endpoints.tableName, Key: jobKey({ team, jobId: id }) }),
  )
  const model = jobOfItem(Item)
  if (model === undefined) throw new Error('the model job is not in the table')
  const batches = Array.from({ length: Math.ceil(count / BATCH) }, (_, index) => index)
  const workers = Array.from({ length: PARALLEL }, async () => {
    for (let index = batches.pop(); index !== undefined; index = batches.pop()) {
      const jobs = Array.from({ length: BATCH }, (_, offset) => endedJob(model, (index ?? 0) * BATCH + offset))
      const PutRequests = jobs.map(job => ({ PutRequest: { Item: jobItem(job, 90) } }))
      await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [stack.endpoints.tableName]: PutRequests } }))
    }
  })
  await Promise.all(workers)
  dynamodb.destroy()
  sqs.destroy()
}

const endedJob = ({ readyAt: _ready, dueAt: _due, claim: _claim, ...model }: Job, index: number): Job => ({
  ...model,
  jobId: `j${index
    .toString(16)
    .replaceAll(/[0189]/g, digit => 'wxyz'['0189'.indexOf(digit)] ?? '')
    .padStart(24, 'k')}`,
  state: 'SUCCEEDED',
  createdAt: model.createdAt - index * 1_000,
  updatedAt: model.createdAt,
})

await main()
