/**
 * What each function is given: time, memory, batches, repeats. One table for the deployment (infra/), the embedded stack
 * (local/gateway.ts) and the benches, so that what is tried locally is what is deployed.
 */
import type { GatewayIdentity } from '../domain/platform/cluster-grants.ts'

export interface FunctionRow {
  readonly summary: string
  /** The queue that feeds it shows a message again after six times this (AWS's advice for queue sources). */
  readonly timeoutSeconds: number
  /** Memory buys CPU: 512 MiB where a cold start parses specs or opens TLS to a cluster while somebody waits. */
  readonly memoryMiB: number
  /** Runs at once, for ever kept free for it; absent: the account's common pool. */
  readonly reservedConcurrency?: number
  /** Who it is on the Kubernetes API, where it calls that: then it may have to run inside a VPC. */
  readonly clusterIdentity?: GatewayIdentity
  /** Called without anybody who waits for the answer: by EventBridge Scheduler. */
  readonly isCalledAsynchronously?: true
  /** Lambda's own repeats of an asynchronous call, 0 to 2. */
  readonly asynchronousRetries?: number
}

/** Every function under functions/, by its folder's name. */
export const FUNCTIONS = {
  // Logs, and what a cluster would say to a spec.
  api: { summary: 'The HTTPS API', timeoutSeconds: 29, memoryMiB: 512, clusterIdentity: 'api' },
  'object-created': { summary: 'Takes specs from the inbox', timeoutSeconds: 30, memoryMiB: 512 },
  'schedule-fired': {
    summary: 'Submits the job of a schedule',
    timeoutSeconds: 30,
    memoryMiB: 512,
    isCalledAsynchronously: true,
    asynchronousRetries: 2,
  },
  'reconcile-job': {
    summary: 'Takes the next step of a job',
    timeoutSeconds: 30,
    memoryMiB: 512,
    clusterIdentity: 'reconcile',
  },
  'observe-cluster': {
    summary: 'Watches the SparkApplications of a cluster',
    timeoutSeconds: 60,
    memoryMiB: 256,
    clusterIdentity: 'observe',
  },
  'sweep-jobs': {
    summary: 'Sends again whatever is overdue',
    timeoutSeconds: 60,
    memoryMiB: 256,
    reservedConcurrency: 1,
    isCalledAsynchronously: true,
    // The next minute brings the next sweep.
    asynchronousRetries: 0,
  },
  notify: { summary: 'Tells state changes to the bus and to the inbox', timeoutSeconds: 30, memoryMiB: 256 },
} as const satisfies Readonly<Record<string, FunctionRow>>

export type FunctionName = keyof typeof FUNCTIONS

export const FUNCTION_NAMES = Object.keys(FUNCTIONS) as readonly FunctionName[]

/** Those that may have to run inside a VPC, and that need an access entry on each cluster. */
export const CLUSTER_CALLERS = FUNCTION_NAMES.filter(name => 'clusterIdentity' in FUNCTIONS[name])

/** Every queue that feeds a function; each has a dead-letter queue `<name>-dead`. */
export const QUEUES = {
  intake: { feeds: 'object-created', batchSize: 10, maximumConcurrency: 2 },
  reconcile: { feeds: 'reconcile-job', batchSize: 10, maximumConcurrency: 4 },
  observe: { feeds: 'observe-cluster', batchSize: 10, maximumConcurrency: 2 },
} as const satisfies Readonly<Record<string, { feeds: FunctionName; batchSize: number; maximumConcurrency: number }>>

export type QueueName = keyof typeof QUEUES
export const QUEUE_NAMES = Object.keys(QUEUES) as readonly QueueName[]

/** A message that failed this often is for a person (facts: sweeps count too, so at least 5). */
export const MAX_RECEIVES = 5
/** The age of a dead letter counts from its first arrival in the source queue, so it must live longer there: SQS's most. */
export const DEAD_LETTER_DAYS = 14
export const MESSAGE_DAYS = 4

/** The change stream → notify. */
export const CHANGE_STREAM = { batchSize: 100, retryAttempts: 10 } as const
