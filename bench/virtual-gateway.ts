/**
 * The whole gateway in virtual time: the real handlers, operations and DynamoDB, SQS and EventBridge adapters on services in
 * memory that count what AWS would bill. Submissions enter by submitJob, so what the API's front does besides is not in here.
 * Times of requests are assumed (`TRAVEL`) and hold within one region; CPU is not simulated, so durations are waiting alone.
 */
import { createHandler as createNotify } from '../functions/notify/handler.ts'
import { createHandler as createObserveCluster } from '../functions/observe-cluster/handler.ts'
import { createHandler as createReconcileJob } from '../functions/reconcile-job/handler.ts'
import { createHandler as createSweepJobs } from '../functions/sweep-jobs/handler.ts'
import { CHANGE_STREAM, FUNCTIONS, QUEUES } from '../shared/runtime/function-table.ts'
import type { FunctionName } from '../shared/runtime/function-table.ts'
import { DynamoDbAdmissionStore } from '../shared/adapters/dynamodb-admission-store.ts'
import { DynamoDbJobStore } from '../shared/adapters/dynamodb-job-store.ts'
import { jobOfItem } from '../shared/adapters/dynamodb-job-item.ts'
import type { Item } from '../shared/adapters/dynamodb-job-item.ts'
import { DynamoDbObserverStore } from '../shared/adapters/dynamodb-observer-store.ts'
import { EventBridgeBus } from '../shared/adapters/eventbridge-bus.ts'
import { SqsObserveQueue, SqsReconcileQueue } from '../shared/adapters/sqs-queues.ts'
import { DEFAULT_ENGINE_SETTINGS } from '../shared/domain/engine-settings.ts'
import type { Job } from '../shared/domain/job.ts'
import type { Platform } from '../shared/domain/platform/platform.ts'
import { readSpecs } from '../shared/operations/read-specs.ts'
import type { SpecReader } from '../shared/operations/ports.ts'
import { submitJob } from '../shared/operations/submit-job.ts'
import type { SubmitRequest } from '../shared/operations/submit-job.ts'
import type { Log } from '../shared/runtime/logging.ts'
import { VirtualCluster } from './virtual-cluster.ts'
import type { VirtualClusterOptions } from './virtual-cluster.ts'
import { startVirtualDynamoDb } from './virtual-dynamodb.ts'
import { invokeIn, runningFunction, travel } from './virtual-lambda.ts'
import type { Handler, Invocations } from './virtual-lambda.ts'
import { VirtualQueue } from './virtual-queue.ts'
import { VirtualTime } from './virtual-time.ts'

/** Milliseconds of a request, the client's own work at 512 MiB included: assumed, within one region. */
export const TRAVEL = { dynamodb: 6, sqs: 12, eventbridge: 20, s3: 30, kubernetes: 20 } as const
/** How often Lambda looks at a stream. */
const STREAM_POLL_MILLISECONDS = 250
const SWEEP_MILLISECONDS = 60_000
const WATCH_SECONDS = 50
const TABLE_NAME = 'sparkgate'
/** As infra sets the queues. */
const VISIBILITY_FACTOR = 6

export interface VirtualGatewayOptions {
  readonly platform: Platform
  readonly runSeconds: number
  /** Told of every version of every job, once it is committed. */
  readonly onJob?: (before: Job | undefined, after: Job) => void
  readonly onState?: VirtualClusterOptions['onState']
  /** Batches of each queue in work at once; the deployment's numbers unless said. */
  readonly maximumConcurrency?: number
}

export type VirtualGateway = ReturnType<typeof startVirtualGateway>

/** `submit` answers when the API has answered; everything else happens as `time` runs. */
export function startVirtualGateway(options: VirtualGatewayOptions) {
  const time = new VirtualTime()
  const { platform, runSeconds, onState, onJob, maximumConcurrency: concurrency } = options
  const functions = new Map<FunctionName, Invocations>()
  const other = new Map<string, number>()
  const count = (what: string, many = 1): void => void other.set(what, (other.get(what) ?? 0) + many)
  const changes: Change[] = []
  const dynamodb = startVirtualDynamoDb({
    travel: () => travel(time, TRAVEL.dynamodb),
    payer: () => runningFunction() ?? 'nobody',
    onChange: (before, after) => {
      if (after['sk']?.S !== 'JOB') return
      changes.push({ before, after })
      const job = jobOfItem(after)
      if (job !== undefined) onJob?.(jobOfItem(before), job)
    },
  })
  const makeCluster = (): VirtualCluster =>
    new VirtualCluster({
      time,
      travel: () => travel(time, TRAVEL.kubernetes),
      runSeconds,
      ...(onState && { onState }),
    })
  const clusters = new Map(Object.keys(platform.clusters).map(name => [name, makeCluster()]))
  const [cluster = makeCluster()] = clusters.values()
  const invoke = <Answer>(name: FunctionName, handler: Handler, event: unknown): Promise<Answer> =>
    invokeIn(time, functions, { name, handler }, event) as Promise<Answer>
  const queue = (name: QueueName): VirtualQueue =>
    startQueue(
      time,
      { ...QUEUES[name], ...(concurrency !== undefined && { maximumConcurrency: concurrency }) },
      Records => invoke(QUEUES[name].feeds, handlers[QUEUES[name].feeds], { Records }),
    )
  const queues = { reconcile: queue('reconcile'), observe: queue('observe') }
  const handlers = makeHandlers({ time, platform, clusters, dynamodb: dynamodb.client, queues, count })
  startSweeps(time, () => invoke('sweep-jobs', handlers['sweep-jobs'], {}).then(() => count('Scheduler invocation')))
  startStream(time, changes, Records => invoke('notify', handlers.notify, { Records }))
  return {
    time,
    /** The first of them; most benches have one. */
    cluster,
    clusters,
    functions,
    /** Requests besides those of DynamoDB and SQS. */
    other,
    dynamodb,
    queues,
    async submit(request: SubmitRequest): Promise<void> {
      count('API request')
      await invoke('api', handlers.api, request)
    },
  }
}

type QueueName = 'reconcile' | 'observe'

function startQueue(
  time: VirtualTime,
  source: { readonly feeds: FunctionName; readonly batchSize: number; readonly maximumConcurrency: number },
  invoke: (records: readonly object[]) => Promise<BatchAnswer | undefined>,
): VirtualQueue {
  return new VirtualQueue({
    time,
    ...source,
    travel: () => travel(time, TRAVEL.sqs),
    retryMilliseconds: VISIBILITY_FACTOR * FUNCTIONS[source.feeds].timeoutSeconds * 1000,
    deliver: async bodies => {
      const answer = await invoke(bodies.map((body, index) => ({ body, messageId: String(index) })))
      // Killed at its time limit: all come again.
      if (answer === undefined) return new Set(bodies.keys())
      return new Set(answer.batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier)))
    },
  })
}

interface Change {
  readonly before: Item | undefined
  readonly after: Item
}
interface BatchAnswer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[]
}
interface Services {
  readonly time: VirtualTime
  readonly platform: Platform
  readonly clusters: ReadonlyMap<string, VirtualCluster>
  readonly dynamodb: ReturnType<typeof startVirtualDynamoDb>['client']
  readonly queues: Readonly<Record<'reconcile' | 'observe', VirtualQueue>>
  readonly count: (what: string, many?: number) => void
}

function makeHandlers({ time, platform, clusters, dynamodb, queues, count }: Services) {
  const table = { client: dynamodb, tableName: TABLE_NAME, retentionDays: platform.retentionDays }
  const eventBridge = {
    send: async ({ input }: { readonly input: { readonly Entries: readonly unknown[] } }) => {
      count('PutEvents')
      count('event', input.Entries.length)
      await travel(time, TRAVEL.eventbridge)
      return {}
    },
  }
  const put = async (): Promise<void> => {
    count('S3 PUT')
    await travel(time, TRAVEL.s3)
  }
  const log = countingLog(count)
  const deps = {
    platform,
    store: new DynamoDbJobStore(dynamodb, table),
    observers: new DynamoDbObserverStore(dynamodb, table),
    admission: new DynamoDbAdmissionStore(table),
    reconcileQueue: new SqsReconcileQueue(queues.reconcile.client, 'reconcile'),
    observeQueue: new SqsObserveQueue(queues.observe.client, 'observe'),
    clusters: { of: (name: string) => clusterOf(clusters, name) },
    specs: rememberedSpecs(),
    clock: time,
    random: { next: () => Math.random() },
    settings: DEFAULT_ENGINE_SETTINGS,
    objectTimeToLiveSeconds: platform.objectTimeToLiveSeconds,
    watchSeconds: WATCH_SECONDS,
    log,
  }
  const inbox = { read: async () => ({ outcome: 'missing' as const }), writeReport: put }
  const bus = new EventBridgeBus(eventBridge as never, 'sparkgate')
  const names = Object.keys(platform.clusters)
  const submit = async (request: SubmitRequest): Promise<void> => {
    const { outcome } = await submitJob(deps, request)
    if (outcome !== 'accepted') throw new Error(`the job was not accepted: ${outcome}`)
  }
  return {
    api: submit as Handler,
    'reconcile-job': createReconcileJob(deps) as Handler,
    'observe-cluster': createObserveCluster(deps) as Handler,
    'sweep-jobs': createSweepJobs({ ...deps, clusters: names, graceSeconds: 60 }) as Handler,
    notify: createNotify({ inbox, bus, archive: { write: put }, log }) as Handler,
  }
}

function clusterOf(clusters: ReadonlyMap<string, VirtualCluster>, name: string): VirtualCluster {
  const cluster = clusters.get(name)
  if (cluster === undefined) throw new Error(`there is no cluster ${name}`)
  return cluster
}

/** Bytes of a line of Powertools besides its message and fields, as logged locally. */
const LOG_LINE_BYTES = 190

function countingLog(count: Services['count']): Log {
  const add = (message: string, fields: object): void =>
    count(`log bytes ${runningFunction()}`, LOG_LINE_BYTES + message.length + JSON.stringify(fields).length)
  return { info: add, warn: add, error: add }
}

/** The same text is read once: ten thousand submissions of one spec say nothing more about reading. */
function rememberedSpecs(): SpecReader {
  const known = new Map<string, ReturnType<typeof readSpecs>>()
  return {
    read: async (platform, team, input) => {
      const key = `${team} ${Buffer.from(input.bytes).toString('base64')}`
      const verdicts = known.get(key) ?? readSpecs(platform, team, input)
      known.set(key, verdicts)
      return verdicts
    },
  }
}

function startSweeps(time: VirtualTime, sweep: () => Promise<unknown>): void {
  time.after(SWEEP_MILLISECONDS, () => {
    void sweep()
    startSweeps(time, sweep)
  })
}

/** One shard, one batch at a time, in order. */
function startStream(
  time: VirtualTime,
  changes: Change[],
  notify: (records: readonly unknown[]) => Promise<unknown>,
): void {
  let sequence = 0
  const poll = async (): Promise<void> => {
    const batch = changes.splice(0, CHANGE_STREAM.batchSize)
    const images = batch.map(({ before, after }) => ({
      dynamodb: { SequenceNumber: String(++sequence), NewImage: after, ...(before && { OldImage: before }) },
    }))
    if (images.length > 0) await notify(images)
    time.after(STREAM_POLL_MILLISECONDS, () => void poll())
  }
  time.after(STREAM_POLL_MILLISECONDS, () => void poll())
}
