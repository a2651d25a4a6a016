/** What people do with the gateway: HTTP calls with a team's token and drops in the inbox, with waits as long as real Spark needs. */
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { INBOX_BUCKET, KEYS, REGION } from '../../../local/local-platform.ts'
import { waitFor } from './wait-for.ts'

/** A job as the API shows it. */
export interface JobSeen {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly reason: string
  readonly message: string
  readonly namespace: string
  readonly createdAt: string
  readonly stateSince: string
  readonly attempts: readonly AttemptSeen[]
  readonly trigger: Readonly<Record<string, unknown>>
}

export interface AttemptSeen {
  readonly number: number
  readonly objectName: string
  readonly outcome?: string
  readonly reason?: string
  readonly createdAt?: string
  readonly runningAt?: string
  readonly endedAt?: string
  readonly remedies: readonly Readonly<Record<string, unknown>>[]
}

export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

interface LogPage {
  readonly lines: readonly { readonly text: string }[]
  readonly next?: string
  readonly ended: boolean
  readonly source: 'pod' | 'archive'
}

/** A Spark job on a busy machine of two cores, with others beside it. */
const JOB_SECONDS = 360
const OVER = ['SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT', 'REJECTED']

export type GatewayClient = ReturnType<typeof gatewayClient>

export function gatewayClient(apiUrl: string, token: string) {
  const call = async (method: string, path: string, body?: unknown, headers = {}): Promise<Answer> => {
    const response = await fetch(`${apiUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Answer['body']) }
  }
  const get = async (id: string): Promise<JobSeen> => {
    const { status, body } = await call('GET', `/v1/jobs/${id}`)
    if (status !== 200) throw new Error(`no job ${id}: ${status}`)
    return body as unknown as JobSeen
  }
  const submit = (key: string, spec: unknown): Promise<Answer> =>
    call('POST', '/v1/jobs', spec, { 'content-type': 'application/json', 'idempotency-key': key })
  /** The job once `isThere` holds; fails at once when it has ended otherwise. */
  const until = async (id: string, isThere: (job: JobSeen) => boolean, seconds = JOB_SECONDS): Promise<JobSeen> => {
    let last: JobSeen | undefined
    const found = await waitFor(
      `job ${id}`,
      seconds,
      async () => {
        last = await get(id)
        return isThere(last) || OVER.includes(last.state) ? last : undefined
      },
      () => `; last seen: ${last?.state} ${last?.reason}: ${last?.message}`,
    )
    if (!isThere(found)) throw new Error(`${id} has ended otherwise: ${found.state} ${found.reason}: ${found.message}`)
    return found
  }
  const readLog = async (id: string, since?: string): Promise<LogPage | undefined> => {
    const { status, body } = await call('GET', `/v1/jobs/${id}/logs${since === undefined ? '' : `?since=${since}`}`)
    return status === 200 ? (body as unknown as LogPage) : undefined
  }
  return {
    call,
    get,
    submit,
    until,
    readLog,
    /** The id of a job that must be accepted. */
    async accepted(key: string, spec: unknown): Promise<string> {
      const { status, body } = await submit(key, spec)
      if (status !== 202) throw new Error(`not accepted: ${status} ${JSON.stringify(body)}`)
      return String(body['id'])
    },
    untilState: (id: string, state: string, seconds?: number) => until(id, job => job.state === state, seconds),
    untilOver: (id: string, seconds?: number) => until(id, job => OVER.includes(job.state), seconds),
    cancel: (id: string) => call('POST', `/v1/jobs/${id}/cancel`),
    /** All jobs of that name. */
    named: async (name: string): Promise<readonly JobSeen[]> =>
      (await call('GET', `/v1/jobs?name=${name}&limit=100`)).body['jobs'] as readonly JobSeen[],
    /** The driver's log as one text, once it has `words`. */
    untilLogged: (id: string, words: string, seconds = JOB_SECONDS): Promise<string> =>
      waitFor(`${words} in the log of ${id}`, seconds, async () => {
        const text = (await readLog(id))?.lines.map(line => line.text).join('\n')
        return text?.includes(words) ? text : undefined
      }),
  }
}

export function inboxClient(s3Url: string) {
  const s3 = new S3Client({ endpoint: s3Url, region: REGION, credentials: KEYS.people, forcePathStyle: true })
  return {
    drop: (key: string, spec: unknown) =>
      s3.send(new PutObjectCommand({ Bucket: INBOX_BUCKET, Key: key, Body: JSON.stringify(spec) })),
    /** The report beside a spec, once it is there. */
    untilReport: (key: string, kind: 'accepted' | 'rejected' | 'result', seconds = JOB_SECONDS) =>
      waitFor(`${key}.${kind}.json`, seconds, async () => {
        try {
          const { Body } = await s3.send(new GetObjectCommand({ Bucket: INBOX_BUCKET, Key: `${key}.${kind}.json` }))
          return JSON.parse((await Body?.transformToString()) ?? '{}') as { readonly job: JobSeen }
        } catch (error) {
          if (error instanceof NoSuchKey) return undefined
          throw error
        }
      }),
    close: () => s3.destroy(),
  }
}
