/**
 * What a request to the API costs over real HTTP on the local stack, beside the same emulator calls made bare; and whether the
 * first and the last page of a list of 100,000 jobs cost the same.
 */
import { performance } from 'node:perf_hooks'
import { GetItemCommand, QueryCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb'
import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { defaultPlatform } from '../local/local-platform.ts'
import { startStack } from '../local/stack.ts'
import type { Stack } from '../local/stack.ts'
import { jobItem } from '../shared/adapters/dynamodb-job-item.ts'
import { CONDITIONS, jobKey, specKey, TEAM_INDEX } from '../shared/adapters/dynamodb-table.ts'
import type { Platform } from '../shared/domain/platform/platform.ts'
import { callerOf, endedJob, modelJob } from './api-caller.ts'
import { timePages } from './api-pages.ts'
import type { PageTimes } from './api-pages.ts'
import { bareClients, QUIET_LOG } from './bench-adapters.ts'
import { median, noisePercent, quantile } from './bench-report.ts'
import type { Bench } from './bench-report.ts'

interface Size {
  /** Of each way alone; the same again with several at once. */
  readonly rounds: number
  /** In the long list. */
  readonly jobs: number
}

const FULL: Size = { rounds: 300, jobs: 100_000 }
const QUICK: Size = { rounds: 40, jobs: 2_000 }
const WARM_UP = 10
const AT_ONCE = 8
/** One team's jobs are called one by one, another's are the long list. */
const [CALLED, LISTED] = ['payments', 'lab'] as const
/** What measuring alone makes of it on a machine that does other things. */
const FLAT_RATIO = 1.5

type Way = () => Promise<unknown>
type Clients = ReturnType<typeof bareClients>

export const benchApi: Bench = async ({ quick }) => {
  const size = quick ? QUICK : FULL
  const stack = await startStack({ platform: idlePlatform(), speed: 1, spark: 'off', log: QUIET_LOG })
  const clients = bareClients(stack.endpoints)
  try {
    const ways = await waysToCall(stack, clients)
    const alone = await inTurn(ways, size.rounds)
    const rates = new Map<string, number>()
    for (const [name, way] of Object.entries(ways)) rates.set(name, await ratePerSecond(way, size.rounds))
    const pages = await timePages(stack, clients.dynamodb, LISTED, size.jobs)
    return report(size, alone, rates, pages)
  } finally {
    clients.dynamodb.destroy()
    clients.sqs.destroy()
    await stack.close()
  }
}

/** Its clusters take no attempts: what is measured has the processor for itself. */
function idlePlatform(): Platform {
  const platform = defaultPlatform()
  const clusters = Object.entries(platform.clusters).map(([name, cluster]) => [
    name,
    { ...cluster, state: 'draining' as const },
  ])
  return { ...platform, clusters: Object.fromEntries(clusters) as Platform['clusters'] }
}

function report(
  size: Size,
  alone: ReadonlyMap<string, readonly number[]>,
  rates: ReadonlyMap<string, number>,
  { pages, first, last }: PageTimes,
) {
  const ratio = median(last) / median(first)
  const row = (name: string, values: readonly number[], rate = '') => [
    name,
    median(values).toFixed(2),
    quantile(values, 0.99).toFixed(2),
    rate,
    noisePercent(values),
  ]
  const list = `list of ${size.jobs} jobs in ${pages} pages`
  return {
    title: 'Requests to the API',
    how: `${size.rounds} of each in turn, over HTTP with a token, then ${size.rounds} of each with ${AT_ONCE} at once for the rate. Gateway, emulators and caller share one process and so one core, the bare calls too; what a request adds is signature checks, the handler and the fetch. In Lambda each request has a process of its own.`,
    columns: ['what', 'median ms', 'p99 ms', `requests/s, ${AT_ONCE} at once`, 'noise'],
    rows: [
      ...[...alone].map(([name, values]) => row(name, values, rates.get(name)?.toFixed(0))),
      row(`${list}: first tenth`, first),
      row(`${list}: last tenth`, last),
    ],
    verdicts: [
      {
        budget: `the last pages of a long list cost ≤ ${FLAT_RATIO} × the first`,
        measured: `${ratio.toFixed(2)} ×`,
        met: ratio <= FLAT_RATIO,
      },
    ],
  }
}

/** Each bare way is followed by the requests that make the same calls. */
async function waysToCall(stack: Stack, clients: Clients): Promise<Readonly<Record<string, Way>>> {
  const call = await callerOf(stack, CALLED)
  const { dynamodb } = clients
  const { tableName: TableName } = stack.endpoints
  let count = 0
  const { jobId } = await modelJob(stack, dynamodb, CALLED)
  const Key = jobKey({ team: CALLED, jobId })
  return {
    'bare GetItem': () => dynamodb.send(new GetItemCommand({ TableName, Key, ConsistentRead: true })),
    'GET /v1/jobs/{id}/attempts': () => call('GET', `/v1/jobs/${jobId}/attempts`),
    'GET /v1/jobs/{id}': () => call('GET', `/v1/jobs/${jobId}`),
    'bare Query of 10': () => dynamodb.send(new QueryCommand(teamPage(TableName, CALLED, 10))),
    'GET /v1/jobs?limit=10': () => call('GET', '/v1/jobs?limit=10'),
    'bare TransactWriteItems and SendMessage': await bareSubmit(stack, clients),
    'POST /v1/jobs': () => call('POST', '/v1/jobs', `bench-${count++}`),
  }
}

/** What accepting a job sends, for jobs that are over: nobody has anything to do with them. */
async function bareSubmit(stack: Stack, { dynamodb, sqs }: Clients): Promise<Way> {
  const model = await modelJob(stack, dynamodb, CALLED)
  const { tableName: TableName, queues } = stack.endpoints
  let count = 0
  return async () => {
    const job = endedJob(model, count++)
    const put = { TableName, Item: jobItem(job, 1), ConditionExpression: CONDITIONS.isNew }
    const spec = { TableName, Item: { ...specKey(job), type: { S: 'spec' }, spec: { S: '{}' } } }
    await dynamodb.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: put }, { Put: spec }] }))
    const MessageBody = JSON.stringify({ version: 1, team: job.team, jobId: job.jobId })
    await sqs.send(new SendMessageCommand({ QueueUrl: queues.reconcile, MessageBody }))
  }
}

const teamPage = (TableName: string, team: string, Limit: number) => ({
  TableName,
  IndexName: TEAM_INDEX,
  KeyConditionExpression: 'teamKey = :team',
  ExpressionAttributeValues: { ':team': { S: `TEAM#${team}` } },
  ScanIndexForward: false,
  Limit,
})

/** Nobody always runs behind the same one. */
async function inTurn(ways: Readonly<Record<string, Way>>, rounds: number): Promise<ReadonlyMap<string, number[]>> {
  const times = new Map<string, number[]>(Object.keys(ways).map(name => [name, []]))
  const order = Object.entries(ways)
  for (let round = -WARM_UP; round < rounds; round++) {
    for (let index = 0; index < order.length; index++) {
      const [name, way] = order[(index + round + WARM_UP) % order.length] ?? []
      if (name === undefined || way === undefined) continue
      const started = performance.now()
      await way()
      if (round >= 0) times.get(name)?.push(performance.now() - started)
    }
  }
  return times
}

async function ratePerSecond(way: Way, count: number): Promise<number> {
  let left = count
  const started = performance.now()
  const workers = Array.from({ length: AT_ONCE }, async () => {
    while (left-- > 0) await way()
  })
  await Promise.all(workers)
  return (count * 1000) / (performance.now() - started)
}
