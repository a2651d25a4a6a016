/**
 * What accepting a job costs over its floor: the same TransactWriteItems and SendMessage, done bare. One submission and one
 * floor in turn, sequentially, on emulators in another process; then the same for the whole handler of the API.
 */
import { readFileSync } from 'node:fs'
import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb'
import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { createHandler } from '../functions/api/handler.ts'
import { defaultPlatform } from '../local/local-platform.ts'
import { jobItem } from '../shared/adapters/dynamodb-job-item.ts'
import { CONDITIONS, specKey } from '../shared/adapters/dynamodb-table.ts'
import type { CanonicalSpec } from '../shared/domain/job-spec/canonical-spec.ts'
import type { Job } from '../shared/domain/job.ts'
import type { JobStore } from '../shared/operations/ports.ts'
import type { SubmitRequest } from '../shared/operations/submit-job.ts'
import { submitJob } from '../shared/operations/submit-job.ts'
import { lazySpecs } from '../shared/runtime/lazy-specs.ts'
import { systemClock } from '../shared/runtime/wire.ts'
import { bareClients, benchAdapters, ENDLESS_SPEC, QUIET_LOG, SHORT_SPEC, submission } from './bench-adapters.ts'
import { median, noisePercent, quantile } from './bench-report.ts'
import type { Bench } from './bench-report.ts'
import { startEmulatorProcess } from './emulator-process.ts'
import type { EmulatorProcess } from './emulator-process.ts'

const PAIRS = 400
const QUICK_PAIRS = 50
const WARM_UP = 40
const BUDGET_RATIO = 1.3

export const benchAccept: Bench = async ({ quick }) => {
  const emulators = await startEmulatorProcess(defaultPlatform(), 1)
  try {
    const ways = waysToAccept(emulators)
    const times = new Map<string, number[]>(Object.keys(ways).map(name => [name, []]))
    const pairs = quick ? QUICK_PAIRS : PAIRS
    for (let round = -WARM_UP; round < pairs; round++) {
      // The order turns with each round: nobody always runs behind the same one.
      const order = Object.entries(ways)
      for (let index = 0; index < order.length; index++) {
        const [name, way] = order[(index + round + WARM_UP) % order.length] ?? []
        if (name === undefined || way === undefined) continue
        const took = await way(`accept-${round}-${name.replaceAll(/\W/g, '-')}`)
        if (round >= 0) times.get(name)?.push(took)
      }
    }
    return report(times, pairs)
  } finally {
    await emulators.close()
  }
}

function report(times: ReadonlyMap<string, readonly number[]>, pairs: number) {
  const [floor = []] = times.values()
  const ratio = (values: readonly number[]): number => median(values) / median(floor)
  const operation = times.get('submitJob, YAML') ?? []
  return {
    title: 'Accepting a job',
    how: `${pairs} of each in turn, sequentially; the DynamoDB and SQS emulators run in another process, so the floor is mostly theirs. In AWS the floor is longer (two network calls) and the same overhead a smaller share.`,
    columns: ['what', 'median ms', 'p95 ms', 'median ÷ floor', 'p95 ÷ floor', 'noise'],
    rows: [...times].map(([name, values]) => [
      name,
      median(values).toFixed(2),
      quantile(values, 0.95).toFixed(2),
      ratio(values).toFixed(2),
      (quantile(values, 0.95) / quantile(floor, 0.95)).toFixed(2),
      noisePercent(values),
    ]),
    verdicts: [
      {
        budget: `accepting ≤ ${BUDGET_RATIO} × the bare calls`,
        measured: `${ratio(operation).toFixed(2)} × (${(median(operation) - median(floor)).toFixed(2)} ms more)`,
        met: ratio(operation) <= BUDGET_RATIO,
      },
    ],
  }
}

/** Each takes a fresh idempotency key and answers the milliseconds it took, preparations left out. */
function waysToAccept(emulators: EmulatorProcess): Readonly<Record<string, (key: string) => Promise<number>>> {
  const platform = defaultPlatform()
  const adapters = benchAdapters(emulators.endpoints, platform, 'reconcile')
  const clients = bareClients(emulators.endpoints)
  const deps = { platform, clock: systemClock, ...adapters }
  const handler = createHandler({ ...deps, log: QUIET_LOG })
  const { tableName } = emulators.endpoints
  const accept = async (request: SubmitRequest): Promise<void> => {
    const { outcome } = await submitJob(deps, request)
    if (outcome !== 'accepted') throw new Error(`the job was not accepted: ${outcome}`)
  }
  return {
    'bare calls': async key => {
      const { job, spec } = await recordOf(key)
      const put = {
        TableName: tableName,
        Item: jobItem(job, platform.retentionDays),
        ConditionExpression: CONDITIONS.isNew,
      }
      const specItem = { ...specKey(job), type: { S: 'spec' }, spec: { S: JSON.stringify(spec) } }
      const body = JSON.stringify({ version: 1, team: job.team, jobId: job.jobId })
      return timed(async () => {
        await clients.dynamodb.send(
          new TransactWriteItemsCommand({
            TransactItems: [{ Put: put }, { Put: { TableName: tableName, Item: specItem } }],
          }),
        )
        await clients.sqs.send(
          new SendMessageCommand({
            QueueUrl: emulators.endpoints.queues.reconcile,
            MessageBody: body,
            DelaySeconds: 0,
          }),
        )
      })
    },
    'submitJob, YAML': key => timed(() => accept(submission(key, SHORT_SPEC))),
    'submitJob, JSON': key => timed(() => accept(submission(key, ENDLESS_SPEC))),
    'api handler, YAML': key => {
      const event = { ...SUBMIT_EVENT, headers: { ...SUBMIT_EVENT.headers, 'idempotency-key': key } }
      return timed(async () => {
        const { statusCode } = (await handler(event as never, LAMBDA_CONTEXT as never)) as { statusCode?: number }
        if (statusCode !== 202) throw new Error(`the API answered ${String(statusCode)}`)
      })
    },
  }
}

const SUBMIT_EVENT = JSON.parse(readFileSync(new URL('../events/api/submit.json', import.meta.url), 'utf8')) as {
  readonly headers: Readonly<Record<string, string>>
}

const LAMBDA_CONTEXT = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 30_000 }

/** What submitJob would write for this key. */
async function recordOf(key: string): Promise<{ job: Job; spec: CanonicalSpec | undefined }> {
  let written: { job: Job; spec: CanonicalSpec | undefined } | undefined
  const store = {
    create: async (job: Job, spec: CanonicalSpec | undefined) => {
      written = { job, spec }
      return { outcome: 'created' as const }
    },
  } as Partial<JobStore> as JobStore
  const deps = {
    platform: defaultPlatform(),
    store,
    reconcileQueue: { send: async () => {}, askForPass: async () => {}, askForRemoval: async () => {} },
    specs: lazySpecs,
    clock: systemClock,
  }
  await submitJob(deps, submission(key, SHORT_SPEC))
  if (written === undefined) throw new Error('submitJob wrote nothing')
  return written
}

async function timed(action: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await action()
  return performance.now() - started
}
