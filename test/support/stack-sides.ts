/** What tests do to a stack from outside: HTTP calls, drops, look-ups in the audit log and in the dead-letter queues. */
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
import type { AuditEntry } from '../../local/kubernetes/audit-log.ts'
import { INBOX_BUCKET, KEYS, REGION } from '../../local/local-platform.ts'
import type { Stack } from '../../local/stack.ts'
import type { HttpAnswer, JobAnswer, RequestBody } from './embedded-stack.ts'

/** Every wait of an e2e test ends after this: seconds on a free machine, ten times that on a busy one. */
export const WAIT = { timeout: 50_000, interval: 100 }
const TERMINAL = ['SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT', 'REJECTED']

/** What tests do to a stack from outside; `close` closes the stack too. */
export function sidesOf(stack: Stack) {
  const aws = { region: REGION, credentials: KEYS.people }
  const s3 = new S3Client({ ...aws, endpoint: stack.endpoints.s3Url, forcePathStyle: true })
  const sqs = new SQSClient({ ...aws, endpoint: stack.endpoints.sqsUrl })
  return {
    s3,
    ...httpSide(stack),
    ...inboxSide(s3),
    ...queueSide(stack, sqs),
    ...auditSide(stack),
    async close() {
      s3.destroy()
      sqs.destroy()
      await stack.close()
    },
  }
}

function httpSide(stack: Stack) {
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
    }, WAIT)
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

function inboxSide(s3: S3Client) {
  const keys = async (prefix: string): Promise<string[]> => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: INBOX_BUCKET, Prefix: prefix }))
    return Contents.map(object => object.Key ?? '')
  }
  return {
    /** Puts an object; answers its version. */
    async drop(key: string, body: string | Uint8Array): Promise<string> {
      return (
        (await s3.send(new PutObjectCommand({ Bucket: INBOX_BUCKET, Key: key, Body: Buffer.from(body) }))).VersionId ??
        ''
      )
    },
    async removeVersion(key: string, version: string): Promise<void> {
      await s3.send(new DeleteObjectCommand({ Bucket: INBOX_BUCKET, Key: key, VersionId: version }))
    },
    keys,
    /** The report beside a spec, once it is there. */
    untilReport: (key: string, kind: 'accepted' | 'rejected' | 'result') =>
      vi.waitFor(async () => {
        const at = { Bucket: INBOX_BUCKET, Key: `${key}.${kind}.json` }
        const { Body } = await s3.send(new GetObjectCommand(at))
        return parseObject((await Body?.transformToString()) ?? '') as Readonly<Record<string, unknown>> & {
          job: JobAnswer
        }
      }, WAIT),
  }
}

function queueSide(stack: Stack, sqs: SQSClient) {
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

function auditSide(stack: Stack) {
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
