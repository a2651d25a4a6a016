/** A job from its trigger to its end, by every way in, and by a cancel at any time, over real HTTP and S3: what people see, and one create for each attempt. */
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { KEYS, REGION } from '../../local/local-platform.ts'
import type { Platform } from '../../shared/domain/platform/platform.ts'
import { clientOf } from '../support/embedded-cluster-client.ts'
import {
  E2E_TEST_MILLISECONDS,
  eventually,
  readEvent,
  START_SECONDS,
  startTestStack,
  testPlatform,
} from '../support/embedded-stack.ts'
import type { JobAnswer, TestStack } from '../support/embedded-stack.ts'

const SPARK_PI = readEvent('specs/spark-pi.yaml')
const LONG_RUNNING = readEvent('specs/long-running.json')
/** The embedded kubelet cannot reach registries of this domain. */
const NO_IMAGE = SPARK_PI.replace('registry.example.com', 'registry.invalid')
const sleeping = (seconds: number): string => LONG_RUNNING.replace('"600"', `"${seconds}"`)

const secondsFromNow = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19)

/** Team lab is on a cluster whose operator takes one submission in a hundred seconds: its second job waits. */
function platformWithQueue(): Platform {
  const platform = testPlatform(
    {},
    { soon: { team: 'payments', expression: `at(${secondsFromNow(START_SECONDS)})`, spec: SPARK_PI } },
  )
  const { local } = platform.clusters
  const { lab } = platform.teams
  if (local === undefined || lab === undefined) throw new Error('the platform has changed')
  return {
    ...platform,
    clusters: { local, slow: { ...local, eksName: 'sparkgate-slow', submitsPerSecond: 0.01 } },
    teams: { ...platform.teams, lab: { ...lab, clusters: ['slow'] } },
  }
}

vi.setConfig({ testTimeout: E2E_TEST_MILLISECONDS })

let stack: TestStack
beforeAll(async () => {
  stack = await startTestStack({ platform: platformWithQueue() })
})
afterAll(() => stack.close())

/** States that the bus was told of for a job, in order, repeats left out. */
const statesTold = (id: string): string[] => {
  const told = stack.events.filter(event => event.detail['jobId'] === id)
  const ids = [...new Set(told.map(event => String(event.detail['eventId'])))]
  return ids.map(eventId => eventId.split('#').slice(1).join(' '))
}
const toldAll = (id: string, states: readonly string[]) => eventually(() => expect(statesTold(id)).toEqual(states))
/** A fast job may be seen to have ended before it was seen to run: both are true stories. */
const toldOf = (id: string, end: string) =>
  eventually(() => {
    const states = statesTold(id).filter(state => state !== '1 RUNNING')
    expect(states).toEqual(['1 QUEUED', '1 SUBMITTING', '1 PENDING', end])
  })
const objectsOf = (job: JobAnswer): string[] => job.attempts.map(attempt => attempt.objectName)

describe.concurrent('a job ends SUCCEEDED', () => {
  it('when it is posted with a token', async () => {
    const id = await stack.accepted('jwt', SPARK_PI)
    const job = await stack.untilState(id, 'SUCCEEDED')
    expect(job).toMatchObject({ reason: 'COMPLETED', trigger: { kind: 'api', caller: 'payments-local' } })
    expect(stack.created(job)).toEqual(objectsOf(job))
    await toldOf(id, '1 SUCCEEDED')
  })
  it('when it is posted with a signature of an IAM role', async () => {
    const headers = await signed('POST', '/v1/jobs', SPARK_PI, {
      'idempotency-key': 'iam',
      'content-type': 'text/yaml',
    })
    const answer = await stack.submit('iam', SPARK_PI, { headers })
    expect(answer.status).toBe(202)
    expect(answer.headers.get('location')).toBe(`/v1/jobs/${String(answer.body['id'])}`)
    const job = await stack.untilState(String(answer.body['id']), 'SUCCEEDED')
    expect(job).toMatchObject({ team: 'payments', trigger: { caller: expect.stringContaining('payments-ci') } })
    expect(stack.created(job)).toEqual(objectsOf(job))
    await toldOf(job.id, '1 SUCCEEDED')
  })
  it('when it is dropped in the inbox, and says so beside the spec', async () => {
    const version = await stack.drop('payments/etl.yaml', SPARK_PI)
    const accepted = await stack.untilReport('payments/etl.yaml', 'accepted')
    expect(accepted).toMatchObject({ report: 'accepted', job: { state: 'QUEUED', trigger: { version } } })
    const result = await stack.untilReport('payments/etl.yaml', 'result')
    expect(result).toMatchObject({ report: 'result', job: { id: accepted.job.id, state: 'SUCCEEDED', attempt: 1 } })
    expect(stack.created(result.job)).toEqual(objectsOf(result.job))
    await toldOf(accepted.job.id, '1 SUCCEEDED')
    const keys = ['payments/etl.yaml', 'payments/etl.yaml.accepted.json', 'payments/etl.yaml.result.json']
    expect(await stack.keys('payments/etl.yaml')).toEqual(keys)
  })
  it('when its schedule fires', async () => {
    const job = await eventually(async () => {
      const fired = (await stack.jobs()).filter(each => (each['trigger'] as { schedule?: string }).schedule === 'soon')
      expect(fired).toMatchObject([{ state: 'SUCCEEDED' }])
      return fired[0]!
    })
    expect(stack.created(job)).toEqual(objectsOf(job))
    await toldOf(job.id, '1 SUCCEEDED')
  })
})

describe.concurrent('a spec with errors', () => {
  it('is rejected in a report beside it, with every error, and on the bus', async () => {
    await stack.drop('payments/bad.yaml', readEvent('specs/invalid-many-mistakes.yaml'))
    const { job } = await stack.untilReport('payments/bad.yaml', 'rejected')
    expect(job).toMatchObject({ state: 'REJECTED', reason: 'SPEC_REFUSED', attempts: [] })
    expect((job['findings'] as unknown[]).length).toBeGreaterThanOrEqual(8)
    await toldAll(job.id, ['1 REJECTED'])
    expect(await stack.keys('payments/bad.yaml')).toEqual(['payments/bad.yaml', 'payments/bad.yaml.rejected.json'])
  })
})

describe.concurrent('a cancel', () => {
  const cancel = async (id: string, team = 'payments') => {
    const answer = await stack.call('POST', `/v1/jobs/${id}/cancel`, { team })
    expect(answer.status).toBe(202)
    const job = await stack.untilState(id, 'CANCELLED', team)
    expect(job).toMatchObject({ reason: 'CANCELLED_ON_REQUEST', stop: { requestedBy: `${team}-local` } })
    return job
  }
  const hasNothingLeft = async (job: JobAnswer) => {
    const client = clientOf(stack.kubernetes, KEYS.reconcile)
    for (const { objectName } of job.attempts) {
      expect(await client.cluster.get('team-payments', objectName)).toEqual({ outcome: 'absent' })
      expect(await client.cluster.listPods('team-payments', objectName)).toEqual({ outcome: 'listed', pods: [] })
    }
    client.close()
  }
  it('of a queued job ends it before its first attempt', async () => {
    await stack.accepted('takes-the-turn', sleeping(5), 'lab')
    const id = await stack.accepted('waits-for-its-turn', SPARK_PI, 'lab')
    await stack.untilJob(id, job => job.state === 'QUEUED', 'lab')
    const job = await cancel(id, 'lab')
    expect(job.attempts).toEqual([])
    await toldAll(id, ['1 QUEUED', '1 CANCELLING', '1 CANCELLED'])
  })
  it('of a pending job removes what waits', async () => {
    const id = await stack.accepted('cancel-pending', NO_IMAGE)
    await stack.untilJob(id, job => job.reason === 'IMAGE_PULL_WAITING')
    const job = await cancel(id)
    expect(stack.created(job)).toEqual(objectsOf(job))
    await hasNothingLeft(job)
  })
  it('of a running job removes what runs', async () => {
    const id = await stack.accepted('cancel-running', LONG_RUNNING)
    await stack.untilState(id, 'RUNNING')
    const job = await cancel(id)
    expect(stack.created(job)).toEqual(objectsOf(job))
    await hasNothingLeft(job)
    await toldAll(id, ['1 QUEUED', '1 SUBMITTING', '1 PENDING', '1 RUNNING', '1 CANCELLING', '1 CANCELLED'])
  })
  it('of a job that has ended is a conflict; of a cancelled one it is the same answer again', async () => {
    const id = await stack.accepted('cancel-ended', SPARK_PI)
    await stack.untilState(id, 'SUCCEEDED')
    expect((await stack.call('DELETE', `/v1/jobs/${id}`)).status).toBe(409)
    const cancelled = await stack.accepted('cancel-twice', LONG_RUNNING)
    await cancel(cancelled)
    expect((await stack.call('DELETE', `/v1/jobs/${cancelled}`)).status).toBe(202)
  })
  it('right behind the submission leaves nothing, whatever was under way', async () => {
    const ids = await Promise.all(
      Array.from({ length: 5 }, (_, index) => stack.accepted(`cancel-race-${index}`, LONG_RUNNING)),
    )
    for (const job of await Promise.all(ids.map(id => cancel(id)))) {
      expect(stack.created(job)).toEqual(objectsOf(job))
      await hasNothingLeft(job)
    }
  })
})

describe('after all of it', () => {
  it('no message was left for a person', async () => {
    for (const name of ['intake-dead', 'reconcile-dead', 'observe-dead', 'events-dead'] as const)
      expect([name, await stack.peek(name)]).toEqual([name, []])
  })
  it('no object was created that is not an attempt’s, and none twice', async () => {
    const attempts = (await stack.jobs()).flatMap(job => job.attempts.map(attempt => attempt.objectName))
    const created = stack.creates().filter(entry => entry.responseStatus.code === 201)
    expect(created).toHaveLength(attempts.length)
    expect(new Set(created.map(entry => entry.objectRef?.name))).toEqual(new Set(attempts))
  })
})

async function signed(method: string, path: string, body: string, headers: Record<string, string>) {
  const { hostname, port, host } = new URL(stack.apiUrl)
  const signer = new SignatureV4({ service: 'execute-api', region: REGION, credentials: KEYS.people, sha256: Sha256 })
  const request = {
    method,
    protocol: 'http:',
    hostname,
    port: Number(port),
    path,
    query: {},
    headers: { host, ...headers },
    body,
  }
  const { headers: all } = await signer.sign(request)
  const { host: _host, ...rest } = all
  return rest
}
