/** Whether a page of a long list costs the same wherever it is: all pages of a team's jobs in their order, over HTTP. */
import { performance } from 'node:perf_hooks'
import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Stack } from '../local/stack.ts'
import { jobItem } from '../shared/adapters/dynamodb-job-item.ts'
import { callerOf, endedJob, modelJob } from './api-caller.ts'

const PAGE = 50
/** BatchWriteItem's limit. */
const BATCH = 25
const PARALLEL = 4
const RETENTION_DAYS = 90

export interface PageTimes {
  readonly pages: number
  /** Milliseconds of pages of the first and of the last tenth, asked for in turn: what else the machine does meets both. */
  readonly first: readonly number[]
  readonly last: readonly number[]
}

/** Walks a list of so many jobs and one from its newest to its oldest, and asks for the pages at its ends again. */
export async function timePages(
  stack: Stack,
  dynamodb: DynamoDBClient,
  team: string,
  count: number,
): Promise<PageTimes> {
  await fill(stack, dynamodb, team, count)
  const call = await callerOf(stack, team)
  const ask = (token: string) => call('GET', `/v1/jobs?limit=${PAGE}${token === '' ? '' : `&nextToken=${token}`}`)
  const tokens: string[] = []
  let seen = 0
  for (let token: string | undefined = ''; token !== undefined && tokens.length <= count / PAGE + 1;) {
    tokens.push(token)
    const page = await ask(token)
    seen += page.jobs.length
    token = page.nextToken
  }
  if (seen !== count + 1) throw new Error(`the list has ${seen} jobs, not ${count + 1}`)
  const tenth = Math.ceil(tokens.length / 10)
  const [first, last]: [number[], number[]] = [[], []]
  for (let index = 0; index < tenth; index++) {
    first.push(await timed(() => ask(tokens[index] ?? '')))
    last.push(await timed(() => ask(tokens.at(-1 - index) ?? '')))
  }
  return { pages: tokens.length, first, last }
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await action()
  return performance.now() - started
}

/** Records of jobs that are over, straight into the table: submissions would take hours. */
async function fill(stack: Stack, dynamodb: DynamoDBClient, team: string, count: number): Promise<void> {
  const model = await modelJob(stack, dynamodb, team)
  const batches = Array.from({ length: Math.ceil(count / BATCH) }, (_, index) => index)
  const workers = Array.from({ length: PARALLEL }, async () => {
    for (let index = batches.pop(); index !== undefined; index = batches.pop()) {
      const first = index * BATCH
      const jobs = Array.from({ length: Math.min(BATCH, count - first) }, (_, offset) =>
        endedJob(model, first + offset),
      )
      const puts = jobs.map(job => ({ PutRequest: { Item: jobItem(job, RETENTION_DAYS) } }))
      await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [stack.endpoints.tableName]: puts } }))
    }
  })
  await Promise.all(workers)
}
