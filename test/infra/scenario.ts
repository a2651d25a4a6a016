/** What people and time do to a gateway: every way in, every way out, and what goes wrong on the way. */
import { readFileSync } from 'node:fs'
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { vi } from 'vitest'
import { parse } from 'yaml'
import { KEYS, REGION } from '../../local/local-platform.ts'
import type { Platform } from '../../shared/domain/platform/platform.ts'
import { DynamoDbAdmissionStore } from '../../shared/adapters/dynamodb-admission-store.ts'
import { DynamoDbObserverStore } from '../../shared/adapters/dynamodb-observer-store.ts'
import { jobKey } from '../../shared/adapters/dynamodb-table.ts'
import { gatewayLabels } from '../../shared/domain/job-spec/rendering/render-spark-application.ts'
import type { JsonObject } from '../../shared/domain/job-spec/canonical-spec.ts'
import { PROGRAM_CONTAINERS } from '../../shared/domain/pod-names.ts'
import { streamPrefixOf } from '../../shared/domain/pod-log-streams.ts'
import { clientOf as clusterClientOf } from '../support/embedded-cluster-client.ts'
import { testPlatform } from '../support/embedded-stack.ts'
import type { BundledGateway } from './bundled-gateway.ts'

const readSpec = (name: string): string => readFileSync(new URL(`../../events/specs/${name}`, import.meta.url), 'utf8')

const SPARK_PI = readSpec('spark-pi.yaml')
/** Twelve minutes at this speed: whoever looks late, on a busy machine, still finds it running. */
const LONG_RUNNING = readSpec('long-running.json').replace('"600"', '"36000"')
const JSON_TYPE = { 'content-type': 'application/json' }
const INVALID = readSpec('invalid-many-mistakes.yaml')
const NO_JOB = 'jaaaaaaaaaaaaaaaaaaaaaaaa'
const AFTER_NOBODY = SPARK_PI.replace(
  'name: spark-pi',
  `name: spark-pi\n  annotations: { sparkgate.dev/depends-on: ${NO_JOB} }`,
)
const WAIT = { timeout: 60_000, interval: 200 }

const INBOX = 'sparkgate-inbox'
/** A dot in a bucket's name has it addressed by path, not by host: both ways are tried. */
const ARCHIVE = 'sparkgate.archive'

const farRole = (identity: string): string => `arn:aws:iam::444455556666:role/sparkgate-${identity}`
const FAR_ROLES = {
  reconcile: farRole('reconcile'),
  observe: farRole('observe'),
  api: farRole('api'),
  externalId: 'sparkgate-of-111122223333',
}

/** Team lab has room for one job at a time; team remote's cluster is in another account. */
export function scenarioPlatform(): Platform {
  const schedule = { team: 'payments', expression: 'rate(1 hour)' }
  const platform = testPlatform(
    { inboxBuckets: [INBOX], archiveBucket: ARCHIVE },
    {
      good: { ...schedule, spec: SPARK_PI },
      bad: { ...schedule, spec: INVALID },
      'after-nobody': { ...schedule, spec: AFTER_NOBODY },
    },
  )
  const { lab, risk } = platform.teams
  const { local } = platform.clusters
  if (lab === undefined || risk === undefined || local === undefined) throw new Error('the platform has changed')
  return {
    ...platform,
    admins: [{ claim: 'payments' }],
    clusters: {
      local: { ...local, podLogGroup: '/sparkgate/sparkgate-local/pods' },
      far: { ...local, eksName: 'analytics-far', assume: FAR_ROLES },
    },
    teams: {
      ...platform.teams,
      lab: { ...lab, limits: { jobs: 1 } },
      remote: { ...risk, clusters: ['far'], namespace: 'team-remote', claims: ['remote'], inboxPrefixes: ['remote/'] },
    },
  }
}

/** Runs all of it; returns when every kind of call has been made. */
export async function runScenario(gateway: BundledGateway): Promise<void> {
  const api = clientOf(gateway)
  await leaveOrphan(gateway)
  // The observer's first list fails: it polls, and asks itself to come again.
  gateway.kubernetes.control.failNext({
    verb: 'list',
    resource: 'sparkapplications',
    how: { kind: 'status', code: 503, retryAfterSeconds: 1 },
  })
  const long = await api.submit('long', LONG_RUNNING, JSON_TYPE)
  await Promise.all([
    submitAndRead(api),
    readWhatWasShipped(api, gateway),
    retryAfterMemory(api),
    fillRoom(api),
    runFarAway(api),
    stopAndRelease(api),
    dropSpecs(gateway),
    fireSchedules(gateway),
  ])
  await api.untilState(long, 'RUNNING')
  await letTimePass(gateway, long)
  await api.call('DELETE', `/v1/jobs/${long}`)
  await untilRemoved(gateway)
}

type Api = ReturnType<typeof clientOf>

/** An object of ours whose job nobody knows: from a table that was restored, say. */
async function leaveOrphan({ kubernetes }: BundledGateway): Promise<void> {
  const labels = {
    [gatewayLabels.managed]: 'true',
    [gatewayLabels.team]: 'lab',
    [gatewayLabels.jobId]: NO_JOB,
    [gatewayLabels.attempt]: '1',
  }
  const object = parse(SPARK_PI) as JsonObject
  const { cluster, close } = clusterClientOf(kubernetes, KEYS.reconcile)
  const metadata = { name: 'orphan', namespace: 'team-lab', labels }
  const { outcome } = await cluster.create('team-lab', { ...object, metadata })
  close()
  if (outcome !== 'created') throw new Error(`the orphan was ${outcome}`)
}

async function submitAndRead(api: Api): Promise<void> {
  const id = await api.submit('pi', SPARK_PI)
  await api.submit('after-pi', `${SPARK_PI.trimEnd()}\n`, { 'x-unused': 'x' })
  await api.untilState(id, 'SUCCEEDED')
  await api.call('GET', '/v1/jobs?limit=2')
  await api.call('GET', '/v1/jobs?state=SUCCEEDED')
  for (const part of ['attempts', 'events', 'spec', 'logs']) await api.call('GET', `/v1/jobs/${id}/${part}`)
  for (const path of ['clusters', 'teams/payments/usage', 'whoami', 'healthz']) await api.call('GET', `/v1/${path}`)
  await api.call('POST', `/v1/jobs/${id}/cancel`)
  await api.call('GET', `/v1/jobs/${NO_JOB}`)
  await api.post('refused', INVALID)
}

/** Of an executor whose pod is gone: this one never was. */
async function readWhatWasShipped(api: Api, { shippedLogs }: BundledGateway): Promise<void> {
  const id = await api.submit('shipped', SPARK_PI)
  await api.untilState(id, 'SUCCEEDED')
  const { body } = await api.call('GET', `/v1/jobs/${id}`)
  const [attempt] = body['attempts'] as { objectName: string }[]
  const place = { cluster: 'local', namespace: 'team-payments', objectName: attempt?.objectName ?? '', role: 9 }
  const stream = `${streamPrefixOf(place)}pi-exec-9.${PROGRAM_CONTAINERS.executor}`
  shippedLogs?.streams.set(stream, [{ timestamp: Date.now(), message: 'a line of executor 9' }])
  const log = await api.call('GET', `/v1/jobs/${id}/logs?role=executor-9`)
  if (!JSON.stringify(log.body).includes('a line of executor 9'))
    throw new Error(`the log was answered with ${log.status} ${JSON.stringify(log.body)}`)
}

async function retryAfterMemory(api: Api): Promise<void> {
  // The second attempt waits for the create window of the first; what the functions ask AWS for is the same.
  const id = await api.submit('memory', readSpec('out-of-memory.yaml'))
  await api.untilAttempt(id, 2)
  await api.call('GET', `/v1/jobs/${id}/logs?attempt=1`)
  const vanishing = await api.submit('no-class', SPARK_PI.replace('SparkPi', 'NoSuchClass'))
  await api.untilOver(vanishing)
  await api.call('POST', `/v1/jobs/${vanishing}/retry`, { 'idempotency-key': 'again' })
}

/** Nobody has looked at a running job for long, the observer is silent, and a pass for admission did not come. */
async function letTimePass({ endpoints, lambda }: BundledGateway, jobId: string): Promise<void> {
  const client = new DynamoDBClient({ endpoint: endpoints.dynamodbUrl, region: REGION, credentials: KEYS.people })
  const { tableName } = endpoints
  const [observers, admission] = [
    new DynamoDbObserverStore(client, { tableName }),
    new DynamoDbAdmissionStore({ client, tableName, retentionDays: 15 }),
  ]
  await client.send(
    new UpdateItemCommand({
      TableName: tableName,
      Key: jobKey({ team: 'payments', jobId }),
      UpdateExpression: 'SET dueAt = :long',
      ExpressionAttributeValues: { ':long': { N: '1' } },
    }),
  )
  // Written where the gateway does not write just then.
  await vi.waitFor(async () => {
    const plan = await admission.getPlan()
    const planned = await admission.savePlan(plan, { ...plan, plannedAt: 1 })
    const state = await observers.get('local')
    if (state === undefined || planned === 'conflict') throw new Error('somebody else wrote')
    const silent = { ...state, sequence: state.sequence + 1, tickedAt: 1 }
    if ((await observers.advance(state.sequence, silent)) === 'conflict') throw new Error('somebody else wrote')
  }, WAIT)
  client.destroy()
  await lambda.invoke('sweep-jobs', {})
}

/** CANCELLED comes a create window later; what the functions ask AWS for has happened by then. */
const untilRemoved = ({ kubernetes }: BundledGateway) =>
  vi.waitFor(() => {
    const deleted = kubernetes.auditLog.some(
      ({ verb, objectRef }) => verb === 'delete' && objectRef?.resource === 'sparkapplications',
    )
    if (!deleted) throw new Error('nothing was deleted')
  }, WAIT)

/** An admin stops and releases a team and a cluster that nobody uses just then. */
async function stopAndRelease(api: Api): Promise<void> {
  const because = JSON.stringify({ reason: 'a test' })
  for (const path of ['teams/risk/pause', 'teams/risk/resume'])
    await api.call('POST', `/v1/${path}`, JSON_TYPE, because)
}

/** One job of team lab runs, the next has no room. */
async function fillRoom(api: Api): Promise<void> {
  const lab = await api.as('lab')
  const first = await lab.submit('lab-1', LONG_RUNNING, JSON_TYPE)
  await lab.untilState(first, 'RUNNING')
  const second = await lab.submit('lab-2', SPARK_PI)
  await lab.call('GET', `/v1/jobs/${second}`)
}

/** On a cluster of another account: created, followed, and its log read. */
async function runFarAway(api: Api): Promise<void> {
  const remote = await api.as('remote')
  const id = await remote.submit('far', SPARK_PI)
  await remote.untilState(id, 'SUCCEEDED')
  const { status } = await remote.call('GET', `/v1/jobs/${id}/logs`)
  if (status !== 200) throw new Error(`the log of ${id} was answered with ${status}`)
}

async function dropSpecs({ endpoints }: BundledGateway): Promise<void> {
  const s3 = new S3Client({ endpoint: endpoints.s3Url, region: REGION, credentials: KEYS.people, forcePathStyle: true })
  const drop = (key: string, body: string) => s3.send(new PutObjectCommand({ Bucket: INBOX, Key: key, Body: body }))
  const untilThere = (key: string) => vi.waitFor(() => s3.send(new GetObjectCommand({ Bucket: INBOX, Key: key })), WAIT)
  await drop('payments/pi.yaml', SPARK_PI)
  await drop('payments/bad.yaml', INVALID)
  await drop('nobody/pi.yaml', SPARK_PI)
  await drop('payments/after-nobody.yaml', AFTER_NOBODY)
  const { VersionId } = await drop('payments/gone.yaml', SPARK_PI)
  await s3.send(new DeleteObjectCommand({ Bucket: INBOX, Key: 'payments/gone.yaml', VersionId }))
  await untilThere('payments/pi.yaml.result.json')
  await untilThere('payments/bad.yaml.rejected.json')
  await untilThere('nobody/pi.yaml.rejected.json')
  await untilThere('payments/after-nobody.yaml.rejected.json')
  s3.destroy()
}

async function fireSchedules({ lambda }: BundledGateway): Promise<void> {
  for (const schedule of ['good', 'bad', 'after-nobody', 'gone'])
    await lambda.invoke('schedule-fired', { schedule, scheduledTime: '2026-11-21T03:00:00Z' })
}

function clientOf(gateway: BundledGateway, team = 'payments') {
  const call = async (method: string, path: string, headers: Record<string, string> = {}, body?: string) => {
    const authorization = `Bearer ${await gateway.token(team)}`
    const response = await fetch(`${gateway.apiUrl}${path}`, {
      method,
      headers: { authorization, ...headers },
      ...(body !== undefined && { body }),
    })
    return { status: response.status, body: (await response.json()) as Readonly<Record<string, unknown>> }
  }
  const post = (key: string, body: string, headers: Record<string, string> = {}) =>
    call('POST', '/v1/jobs', { 'content-type': 'application/yaml', 'idempotency-key': key, ...headers }, body)
  const until = (id: string, what: string, isThere: (state: string) => boolean) =>
    vi.waitFor(async () => {
      const { body } = await call('GET', `/v1/jobs/${id}`)
      if (!isThere(String(body['state'])))
        throw new Error(`${id} is ${String(body['state'])} ${String(body['message'])}, not ${what}`)
    }, WAIT)
  return {
    call,
    post,
    as: async (other: string) => clientOf(gateway, other),
    async submit(key: string, spec: string, headers: Record<string, string> = {}): Promise<string> {
      const { status, body } = await post(key, spec, headers)
      if (status !== 202) throw new Error(`not accepted: ${status} ${JSON.stringify(body)}`)
      return String(body['id'])
    },
    untilState: (id: string, state: string) => until(id, state, now => now === state),
    untilAttempt: (id: string, number: number) =>
      vi.waitFor(async () => {
        const { body } = await call('GET', `/v1/jobs/${id}`)
        if (Number(body['attempt']) < number) throw new Error(`${id} is in attempt ${String(body['attempt'])}`)
      }, WAIT),
    untilOver: (id: string) =>
      until(id, 'over', state => ['SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT'].includes(state)),
  }
}
