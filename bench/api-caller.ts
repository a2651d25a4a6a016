/** A member of a team who calls the API of the local stack over HTTP, and a record to make many of. */
import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Stack } from '../local/stack.ts'
import { jobOfItem } from '../shared/adapters/dynamodb-job-item.ts'
import { jobKey } from '../shared/adapters/dynamodb-table.ts'
import type { Job } from '../shared/domain/job.ts'
import { SHORT_SPEC } from './bench-adapters.ts'

/** What the API answers, as far as a bench looks at it. */
interface Answer {
  readonly id: string
  readonly nextToken?: string
  readonly jobs: readonly unknown[]
}

export type Caller = (method: string, path: string, submission?: string) => Promise<Answer>

/** `submission` is the key under which a short job is sent. Throws for any answer that is none of success. */
export async function callerOf(stack: Stack, team: string): Promise<Caller> {
  const authorization = `Bearer ${await stack.token(team)}`
  return async (method, path, submission) => {
    const sent = submission !== undefined && {
      body: SHORT_SPEC,
      headers: { authorization, 'content-type': 'application/yaml', 'idempotency-key': submission },
    }
    const response = await fetch(`${stack.apiUrl}${path}`, { method, headers: { authorization }, ...sent })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return JSON.parse(text) as Answer
  }
}

/** A job as a submission writes it, to be copied. */
export async function modelJob(stack: Stack, dynamodb: DynamoDBClient, team: string): Promise<Job> {
  const { id } = await (await callerOf(stack, team))('POST', '/v1/jobs', 'model')
  const { tableName: TableName } = stack.endpoints
  const { Item } = await dynamodb.send(new GetItemCommand({ TableName, Key: jobKey({ team, jobId: id }) }))
  const model = jobOfItem(Item)
  if (model === undefined) throw new Error('the model job is not in the table')
  return model
}

/** The model, over since long, under an id of its own; one second older for each `index`. */
export const endedJob = ({ readyAt: _ready, dueAt: _due, claim: _claim, ...model }: Job, index: number): Job => ({
  ...model,
  jobId: `j${index
    .toString(16)
    .replaceAll(/[0189]/g, digit => 'wxyz'['0189'.indexOf(digit)] ?? '')
    .padStart(24, 'k')}`,
  state: 'SUCCEEDED',
  createdAt: model.createdAt - index * 1_000,
  updatedAt: model.createdAt,
})
