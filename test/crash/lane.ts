/**
 * A lane: emulators that live on and a gateway that is killed and started again, each in a process of its own on one data
 * folder, and a client that talks to them from outside. Lanes share nothing, so that several can run at a time.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import type { EffectRecord } from '../../local/crash-point.ts'
import type { Endpoints, QueueName } from '../../local/emulators.ts'
import { INBOX_BUCKET, KEYS, REGION } from '../../local/local-platform.ts'
import { mintToken } from '../../local/stack.ts'
import type { Platform } from '../../shared/domain/platform/platform.ts'
import { startChild } from './child.ts'
import type { Child } from './child.ts'
import { openHistory, tailOf } from './cluster-history.ts'
import type { ClusterHistory } from './cluster-history.ts'

/** Forty times the recorded pace: a run takes about a second. */
const OPERATOR_SPEED = 40
/** A message that a killed gateway had received comes again after this time, instead of after three minutes. */
const VISIBILITY_SECONDS = 4
/**
 * A poller that was killed stays a poller of the embedded SQS until its long poll ends (20 s), and may swallow a message
 * once. Lambda's pollers do not die; here so many may have died within one poll, besides the five receives of a failure.
 */
const MAX_RECEIVES = 10
/** Longer than the slowest request of a live gateway; a dead one refuses at once. */
const REQUEST_MILLISECONDS = 10_000
const DEAD_QUEUES: readonly QueueName[] = ['intake-dead', 'reconcile-dead', 'observe-dead', 'events-dead']

export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

export class Lane {
  readonly platform: Platform
  readonly dataDir = mkdtempSync(join(tmpdir(), 'sparkgate-crash-'))
  readonly history: ClusterHistory = openHistory(join(this.dataDir, 'emulators', 'kubernetes-local'))
  gateway!: Child
  private emulators!: Child
  private endpoints!: Endpoints
  private addresses = { apiUrl: '', schedulerUrl: '' }
  private token = ''
  private readonly newEffects = tailOf<EffectRecord>(join(this.dataDir, 'effects.jsonl'))
  private effects: EffectRecord[] = []

  private constructor(platform: Platform) {
    this.platform = platform
    writeFileSync(this.file('platform.json'), JSON.stringify(platform))
  }

  /** A new lane on an empty folder, ready to take jobs. */
  static async start(platform: Platform): Promise<Lane> {
    const lane = new Lane(platform)
    await lane.startEmulators()
    await lane.startGateway()
    return lane
  }

  async startEmulators(): Promise<void> {
    const options = ['--data', this.file('emulators'), '--platform', this.file('platform.json')]
    const pace = ['--speed', String(OPERATOR_SPEED)]
    const queues = ['--visibility-seconds', String(VISIBILITY_SECONDS), '--max-receives', String(MAX_RECEIVES)]
    this.emulators = startChild('emulators-main.ts', [...options, ...pace, ...queues])
    const line = await this.emulators.nextLine()
    writeFileSync(this.file('endpoints.json'), line)
    this.endpoints = JSON.parse(line) as Endpoints
    this.token = await mintToken(this.endpoints, this.platform, 'payments')
  }

  /** On the folder of the one before. */
  async startGateway(): Promise<void> {
    const files = ['--endpoints', this.file('endpoints.json'), '--platform', this.file('platform.json')]
    const data = ['--data', this.file('gateway'), '--effects', this.file('effects.jsonl'), '--quick']
    this.gateway = startChild('gateway-main.ts', [...files, ...data])
    this.addresses = JSON.parse(await this.gateway.nextLine()) as typeof this.addresses
  }

  /** From now on effects about this job are counted, and the gateway dies at `crashAt` (see parseCrashPoint). */
  async arm(about: string, crashAt: string | undefined): Promise<void> {
    this.gateway.tell(JSON.stringify({ about, ...(crashAt !== undefined && { crashAt }) }))
    await this.gateway.nextLine()
  }

  /** No crash any more; false when the gateway is dead already. */
  async disarm(): Promise<boolean> {
    try {
      await this.arm('no job at all', undefined)
      return true
    } catch {
      return false
    }
  }

  /** Effects that were counted for this job so far. */
  effectsOf(about: string): EffectRecord[] {
    this.effects = [...this.effects, ...this.newEffects()].filter(record => record.about === about)
    return this.effects
  }

  /** A request to the API as team payments; undefined when there was no answer, as when the gateway dies meanwhile. */
  async call(
    method: 'GET' | 'POST',
    path: string,
    given?: { readonly body: unknown; readonly key: string },
  ): Promise<Answer | undefined> {
    const headers = {
      authorization: `Bearer ${this.token}`,
      ...(given && { 'content-type': 'application/json', 'idempotency-key': given.key }),
    }
    try {
      const answer = await fetch(`${this.addresses.apiUrl}${path}`, {
        method,
        headers,
        signal: AbortSignal.timeout(REQUEST_MILLISECONDS),
        ...(given && { body: JSON.stringify(given.body) }),
      })
      return { status: answer.status, body: (await answer.json()) as Answer['body'] }
    } catch {
      return undefined
    }
  }

  async putSchedule(name: string, schedule: { readonly at: string; readonly fires: string }): Promise<void> {
    const input = JSON.stringify({ schedule: schedule.fires, scheduledTime: '<aws.scheduler.scheduled-time>' })
    const answer = await fetch(`${this.addresses.schedulerUrl}/schedules/${name}`, {
      method: 'POST',
      body: JSON.stringify({
        ScheduleExpression: `at(${schedule.at})`,
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: { Arn: 'schedule-fired', RoleArn: 'arn:aws:iam::111122223333:role/scheduler', Input: input },
      }),
    })
    if (!answer.ok) throw new Error(`the scheduler answers ${answer.status}: ${await answer.text()}`)
  }

  async drop(key: string, body: unknown): Promise<void> {
    await this.s3().send(new PutObjectCommand({ Bucket: INBOX_BUCKET, Key: key, Body: JSON.stringify(body) }))
  }

  async hasObject(key: string): Promise<boolean> {
    try {
      await this.s3().send(new GetObjectCommand({ Bucket: INBOX_BUCKET, Key: key }))
      return true
    } catch (error) {
      if (error instanceof NoSuchKey) return false
      throw error
    }
  }

  /** `queue: number` of each dead-letter queue that is not empty. */
  async deadLetters(): Promise<string[]> {
    const sqs = new SQSClient({ endpoint: this.endpoints.sqsUrl, region: REGION, credentials: KEYS.people })
    const found = DEAD_QUEUES.map(async name => {
      const ask = new GetQueueAttributesCommand({ QueueUrl: this.endpoints.queues[name], AttributeNames: ['All'] })
      const { Attributes } = await sqs.send(ask)
      const messages = Attributes?.['ApproximateNumberOfMessages'] ?? '?'
      return messages === '0' ? [] : [`${name}: ${messages}`]
    })
    return (await Promise.all(found)).flat()
  }

  /** Both processes at the same time, without a warning. */
  async killEverything(): Promise<void> {
    await Promise.all([this.gateway.kill('SIGKILL'), this.emulators.kill('SIGKILL')])
  }

  async close(): Promise<void> {
    await this.killEverything()
    rmSync(this.dataDir, { recursive: true, force: true })
  }

  private file(name: string): string {
    return join(this.dataDir, name)
  }

  private s3(): S3Client {
    const { s3Url: endpoint } = this.endpoints
    return new S3Client({ endpoint, region: REGION, credentials: KEYS.people, forcePathStyle: true })
  }
}
