/**
 * The embedded stack for e2e tests: a small platform at fifty times the recorded pace, and what tests do to it from outside:
 * HTTP calls, drops, look-ups in the audit log and in the dead-letter queues.
 */
import { readFileSync } from 'node:fs'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { vi } from 'vitest'
import type { QueueName } from '../../local/emulators.ts'
import { defaultPlatform, INBOX_BUCKET, KEYS, LOCAL_SETTINGS, REGION } from '../../local/local-platform.ts'
import type { Schedules } from '../../local/local-platform.ts'
import { startStack } from '../../local/stack.ts'
import type { Stack, StackOptions } from '../../local/stack.ts'
import type { Platform } from '../../shared/domain/platform/platform.ts'
import type { AuditEntry } from '../../local/kubernetes/audit-log.ts'
import { silentLog } from './silent-log.ts'

/** A job as the API shows it; loosely typed on purpose, tests assert what is in it. */
export interface JobAnswer {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly reason: string
  readonly message: string
  readonly attempt: number
  readonly attempts: readonly {
    readonly number: number
    readonly objectName: string
    readonly outcome?: string
    readonly reason?: string
    readonly remedies: readonly Readonly<Record<string, unknown>>[]
  }[]
  readonly [field: string]: unknown
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Parsed JSON; `{}` where the answer is none. */
  readonly body: Readonly<Record<string, unknown>>
}

export interface BusEvent {
  readonly detailType: string
  readonly detail: Readonly<Record<string, unknown>>
}

/** What a request may carry. */
export type RequestBody = string | Uint8Array<ArrayBuffer>

/** Every wait of an e2e test ends after this: seconds on a free machine, ten times that on a busy one. */
const WAIT = { timeout: 50_000, interval: 100 }
const TERMINAL = ['SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT', 'REJECTED']
const SPEED = 50

/** The default platform with an operator that takes 50 submissions a second and retries after a second. */
export function testPlatform(change: Partial<Platform> = {}, schedules: Schedules = {}): Platform {
  const platform = defaultPlatform(schedules)
  const clusters = Object.fromEntries(
    Object.entries(platform.clusters).map(([name, cluster]) => [name, { ...cluster, submitsPerSecond: 50 }]),
  )
  return { ...platform, clusters, retry: { maxAttempts: 3, firstDelaySeconds: 1, maxDelaySeconds: 2 }, ...change }
}

export const readEvent = (path: string): string =>
  readFileSync(new URL(`../../events/${path}`, import.meta.url), 'utf8')

export type TestStack = Awaited<ReturnType<typeof startTestStack>>

export async function startTestStack(options: Partial<StackOptions> = {}) {
  const events: BusEvent[] = []
  const stack = await startStack({
    platform: testPlatform(),
    speed: SPEED,
    spark: 'off',
    log: silentLog,
    onEvent: event => events.push(event),
    pace: {
      settings: { ...LOCAL_SETTINGS, createWindowSeconds: 4, vanishedGraceSeconds: 4 },
      kubernetesTimeoutSeconds: 3,
      watchSeconds: 2,
      sweepMilliseconds: 1_000,
      sweepGraceSeconds: 2,
    },
    ...options,
  })
  return {
    ...stack,
    ...sidesOf(stack, INBOX_BUCKET),
    /** What the bus was told, in order. */
    events,
  }
}

/** What the helpers of tests need of a stack, however its functions run. */
export type ReachedStack = Pick<Stack, 'apiUrl' | 'endpoints' | 'kubernetes' | 'lambda' | 'token' | 'close'>

/** What tests do to a stack from outside; `close` closes the stack too. `wait` is how long jobs and reports may take. */
export function sidesOf(stack: ReachedStack, inboxBucket: string, wait: typeof WAIT = WAIT) {
  const aws = { region: REGION, credentials: KEYS.people }
  const s3 = new S3Client({ ...aws, endpoint: stack.endpoints.s3Url, forcePathStyle: true })
  const sqs = new SQSClient({ ...aws, endpoint: stack.endpoints.sqsUrl })
  return {
    s3,
    ...httpSide(stack, wait),
    ...inboxSide(s3, inboxBucket, wait),
    ...queueSide(stack, sqs),
    ...auditSide(stack),
    async close() {
      s3.destroy()
      sqs.destroy()
      await stack.close()
    },
  }
}

function httpSide(stack: ReachedStack, wait: typeof WAIT) {
  const tokens = new Map<string, Promise<string>>()
  const tokenOf = (team: string): Promise<string> => {
    const known = tokens.get(team) ?? stack.token(team)
    tokens.set(team, known)
    return known
  }
  /** A call as `team`; `headers` may replace the token. */
  const call = async (
    method: string,
    path: string,
    options: { team?: string; body?: RequestBody; headers?: Record<string, string> } = {},
  ): Promise<HttpAnswer> => {
    const authorization = `Bearer ${await tokenOf(options.team ?? 'payments')}`
    const response = await fetch(`${stack.apiUrl}${path}`, {
      method,
      headers: { authorization, ...options.headers },
      ...(options.body !== undefined && { body: options.body }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: parseObject(text) }
  }
  const submit = (key: string, body: RequestBody, options: { team?: string; headers?: Record<string, string> } = {}) =>
    call('POST', '/v1/jobs', {
      ...options,
      body,
      headers: { 'idempotency-key': key, 'content-type': 'application/yaml', ...options.headers },
    })
  /** The id of a job that was accepted. */
  const accepted = async (key: string, body: RequestBody, team = 'payments'): Promise<string> => {
    const answer = await submit(key, body, { team })
    if (answer.status !== 202) throw new Error(`not accepted: ${answer.status} ${answer.text}`)
    return String(answer.body['id'])
  }
  const get = async (id: string, team = 'payments'): Promise<JobAnswer> => {
    const answer = await call('GET', `/v1/jobs/${id}`, { team })
    if (answer.status !== 200) throw new Error(`no job ${id}: ${answer.status}`)
    return answer.body as JobAnswer
  }
  /** The job once `isThere` holds; fails at once when the job has ended otherwise. */
  const untilJob = async (id: string, isThere: (job: JobAnswer) => boolean, team = 'payments'): Promise<JobAnswer> => {
    const found = await vi.waitFor(async () => {
      const job = await get(id, team)
      if (isThere(job)) return job
      if (TERMINAL.includes(job.state)) return job
      throw new Error(`${id} is ${job.state} ${job.reason}: ${job.message}`)
    }, wait)
    if (!isThere(found)) throw new Error(`${id} has ended otherwise: ${found.state} ${found.reason}: ${found.message}`)
    return found
  }
  return {
    call,
    submit,
    accepted,
    get,
    untilJob,
    untilState: (id: string, state: string, team = 'payments') => untilJob(id, job => job.state === state, team),
    untilOver: (id: string, team = 'payments') => untilJob(id, job => TERMINAL.includes(job.state), team),
    jobs: async (team = 'payments') =>
      (await call('GET', '/v1/jobs?limit=100', { team })).body['jobs'] as readonly JobAnswer[],
  }
}

function inboxSide(s3: S3Client, inboxBucket: string, wait: typeof WAIT) {
  const keys = async (prefix: string): Promise<string[]> => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: inboxBucket, Prefix: prefix }))
    return Contents.map(object => object.Key ?? '')
  }
  return {
    /** Puts an object; answers its version. */
    async drop(key: string, body: string | Uint8Array): Promise<string> {
      return (
        (await s3.send(new PutObjectCommand({ Bucket: inboxBucket, Key: key, Body: Buffer.from(body) }))).VersionId ??
        ''
      )
    },
    async removeVersion(key: string, version: string): Promise<void> {
      await s3.send(new DeleteObjectCommand({ Bucket: inboxBucket, Key: key, VersionId: version }))
    },
    keys,
    /** The report beside a spec, once it is there. */
    untilReport: (key: string, kind: 'accepted' | 'rejected' | 'result') =>
      vi.waitFor(async () => {
        const at = { Bucket: inboxBucket, Key: `${key}.${kind}.json` }
        const { Body } = await s3.send(new GetObjectCommand(at))
        return parseObject((await Body?.transformToString()) ?? '') as Readonly<Record<string, unknown>> & {
          job: JobAnswer
        }
      }, wait),
  }
}

function queueSide(stack: ReachedStack, sqs: SQSClient) {
  const url = (name: QueueName): string => stack.endpoints.queues[name]
  return {
    async send(name: QueueName, body: string): Promise<void> {
      await sqs.send(new SendMessageCommand({ QueueUrl: url(name), MessageBody: body }))
    },
    /** Bodies of the messages that lie in a dead-letter queue; they stay there, invisible for a moment. */
    async peek(name: QueueName): Promise<string[]> {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: url(name), MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
      )
      return Messages.map(message => message.Body ?? '')
    },
    /** How many messages a queue has: waiting, delayed and in work. */
    async count(name: QueueName): Promise<number> {
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: url(name), AttributeNames: ['All'] }),
      )
      const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible, ApproximateNumberOfMessagesDelayed } =
        Attributes
      const counts = [
        ApproximateNumberOfMessages,
        ApproximateNumberOfMessagesNotVisible,
        ApproximateNumberOfMessagesDelayed,
      ].map(Number)
      return counts.reduce((sum, each) => sum + each, 0)
    },
  }
}

function auditSide(stack: ReachedStack) {
  /** Creates of SparkApplications that reached the cluster, for objects whose name contains `part`. */
  const creates = (part = ''): readonly AuditEntry[] =>
    stack.kubernetes.auditLog.filter(
      ({ verb, objectRef }) =>
        verb === 'create' && objectRef?.resource === 'sparkapplications' && (objectRef.name ?? '').includes(part),
    )
  return {
    creates,
    /** Names of the objects that were really created for a job, in order: one for each of its attempts, if all is well. */
    created: (job: JobAnswer): string[] => {
      const names = new Set(job.attempts.map(attempt => attempt.objectName))
      return creates()
        .filter(({ responseStatus, objectRef }) => responseStatus.code === 201 && names.has(objectRef?.name ?? ''))
        .map(({ objectRef }) => objectRef?.name ?? '')
    },
  }
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}

/** Of a whole e2e test. */
export const E2E_TEST_MILLISECONDS = 60_000

/** Polls until `check` does not throw any more. */
export const eventually = <Result>(check: () => Result | Promise<Result>): Promise<Result> => vi.waitFor(check, WAIT)
