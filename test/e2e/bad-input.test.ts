/** What people and systems get wrong, over real HTTP and S3: an answer or a report each time, no object on the cluster, no loop. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { INBOX_BUCKET } from '../../local/local-platform.ts'
import { mintToken, yamlBomb } from '../support/embedded-bad-input.ts'
import { E2E_TEST_MILLISECONDS, eventually, readEvent, startTestStack } from '../support/embedded-stack.ts'
import type { JobAnswer, RequestBody, TestStack } from '../support/embedded-stack.ts'

const SPARK_PI = readEvent('specs/spark-pi.yaml')
const MEGABYTES = 1024 * 1024
const UNREADABLE = 'payments/unreadable.yaml'

vi.setConfig({ testTimeout: E2E_TEST_MILLISECONDS })

let stack: TestStack
beforeAll(async () => {
  stack = await startTestStack({ unreadableKey: UNREADABLE })
})
afterAll(() => stack.close())

const triggerOf = (job: JobAnswer) => job['trigger'] as { kind: string; key?: string; version?: string }
const jobsAt = async (key: string) => (await stack.jobs()).filter(job => triggerOf(job).key === key)

describe.concurrent('a dropped object', () => {
  it.each<[string, string, string | Uint8Array, RegExp]>([
    ['that the gateway may not read', UNREADABLE, SPARK_PI, /unreadable-object/],
    ['that is empty', 'payments/empty.yaml', '', /./],
    ['of ten megabytes', 'payments/huge.yaml', new Uint8Array(10 * MEGABYTES), /too-large/],
    ['that is binary', 'payments/binary.yaml', randomBytes(4_096), /./],
    ['of another kind', 'payments/pod.yaml', 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n', /./],
    ['that is neither YAML nor JSON', 'payments/text.yaml', '{"kind": [1, 2', /./],
    ['of a YAML bomb', 'payments/bomb.yaml', yamlBomb(), /./],
    [
      'with many mistakes',
      'payments/mistakes.yaml',
      readEvent('specs/invalid-many-mistakes.yaml'),
      /did you mean|instance/i,
    ],
  ])('%s is refused in a report beside it, and on record', async (_, key, body, mention) => {
    await stack.drop(key, body)
    const report = await stack.untilReport(key, 'rejected')
    expect(report['report']).toBe('rejected')
    expect(JSON.stringify(report['job'])).toMatch(mention)
    const errors = (report.job['findings'] as { severity: string; message: string }[]).filter(
      finding => finding.severity === 'error',
    )
    expect(errors.length).toBeGreaterThan(0)
    await eventually(async () =>
      expect(await jobsAt(key)).toMatchObject([{ state: 'REJECTED', reason: 'SPEC_REFUSED', attempts: [] }]),
    )
  })

  it.each([
    'payments/a b.yaml',
    'payments/a+b.yaml',
    'payments/100%.yaml',
    'payments/a%2Fb.yaml',
    'payments/größe-日本語-🚀.yaml',
    'payments/no-suffix',
  ])('at the key %j is accepted and ends with a result beside it', async key => {
    const version = await stack.drop(key, SPARK_PI)
    expect((await stack.untilReport(key, 'accepted')).job).toMatchObject({ trigger: { key, version } })
    const { job } = await stack.untilReport(key, 'result')
    expect(job.state).toBe('SUCCEEDED')
    expect(stack.created(job)).toHaveLength(1)
  })

  it('under a prefix of nobody is refused in a report, and is nobody’s job', async () => {
    await stack.drop('nobody/spec.yaml', SPARK_PI)
    const report = await stack.untilReport('nobody/spec.yaml', 'rejected')
    expect(report).toMatchObject({ findings: [{ rule: 'unknown-prefix' }], object: { key: 'nobody/spec.yaml' } })
    expect(report).not.toHaveProperty('job')
  })
  it('under another team’s prefix is that team’s job, not mine', async () => {
    await stack.drop('risk/spec.yaml', SPARK_PI)
    const { job } = await stack.untilReport('risk/spec.yaml', 'accepted')
    expect(job).toMatchObject({ team: 'risk', namespace: 'team-risk' })
    expect((await stack.call('GET', `/v1/jobs/${job.id}`)).status).toBe(404)
  })
  it('that is a folder or one of the gateway’s own reports is left alone', async () => {
    for (const key of ['payments/folder/', 'payments/x.yaml.result.json']) await stack.drop(key, SPARK_PI)
    await stack.drop('payments/after-folder.yaml', SPARK_PI)
    await stack.untilReport('payments/after-folder.yaml', 'accepted')
    expect(await stack.keys('payments/folder/')).toEqual(['payments/folder/'])
    expect(await stack.keys('payments/x.yaml.result.json')).toEqual(['payments/x.yaml.result.json'])
  })
  it('told of twice and out of order is one job for each version, and one object for each job', async () => {
    const key = 'payments/twice.yaml'
    const versions = [await stack.drop(key, SPARK_PI), await stack.drop(key, SPARK_PI.replace('"100"', '"200"'))]
    for (const version of [...versions.toReversed(), ...versions])
      await stack.send('intake', notification(key, version))
    await eventually(async () => {
      const jobs = await jobsAt(key)
      expect(jobs.map(job => job.state)).toEqual(['SUCCEEDED', 'SUCCEEDED'])
      expect(new Set(jobs.map(job => triggerOf(job).version))).toEqual(new Set(versions))
      for (const job of jobs) expect(stack.created(job)).toHaveLength(1)
    })
  })
  it('whose version was deleted before it was read is left alone', async () => {
    const key = 'payments/deleted.yaml'
    await stack.send('intake', notification(key, 'never-there'))
    await stack.drop('payments/after-deleted.yaml', SPARK_PI)
    await stack.untilReport('payments/after-deleted.yaml', 'accepted')
    expect(await stack.keys(key)).toEqual([])
    expect(await jobsAt(key)).toEqual([])
  })
  it('in a bucket that is not ours is left alone', async () => {
    await stack.send('intake', notification('payments/foreign.yaml', 'v1', 'somebody-elses-bucket'))
    await stack.drop('payments/after-foreign.yaml', SPARK_PI)
    await stack.untilReport('payments/after-foreign.yaml', 'accepted')
    expect(await jobsAt('payments/foreign.yaml')).toEqual([])
  })
})

describe.concurrent('a schedule', () => {
  it.each([
    ['that no longer exists', { schedule: 'gone', scheduledTime: '2026-11-21T03:00:00Z' }],
    ['named like something of every object', { schedule: '__proto__', scheduledTime: '2026-11-21T03:00:00Z' }],
  ])('%s is ignored', async (_, event) => {
    expect(await stack.lambda.invoke('schedule-fired', event)).toEqual({ outcome: 'ignored' })
  })
})

describe.concurrent('a request', () => {
  const post = (headers: Record<string, string>, body: RequestBody = SPARK_PI) =>
    stack.submit('bad-request', body, { headers })
  it.each<[string, Record<string, string>, RequestBody, number]>([
    ['whose body is neither JSON nor YAML', {}, '{"kind": [1, 2', 422],
    ['whose body is not the JSON that it says', { 'content-type': 'application/json' }, SPARK_PI, 422],
    ['without a body', {}, '', 422],
    ['of binary', {}, randomBytes(1_000), 422],
    ['of a YAML bomb', {}, yamlBomb(), 422],
    ['over the limit of a spec', {}, 'x'.repeat(300_000), 413],
    ['over the limit of the API', {}, 'x'.repeat(11 * MEGABYTES), 413],
    ['of another media type', { 'content-type': 'text/html' }, SPARK_PI, 415],
    ['in another character set', { 'content-type': 'application/yaml; charset=utf-16' }, SPARK_PI, 415],
    ['with an empty key', { 'idempotency-key': '' }, SPARK_PI, 400],
    ['with a key that is too long', { 'idempotency-key': 'k'.repeat(256) }, SPARK_PI, 400],
    ['with a key of several words', { 'idempotency-key': 'two words' }, SPARK_PI, 400],
    ['without a token', { authorization: '' }, SPARK_PI, 401],
    ['with a token that is none', { authorization: 'Bearer nonsense' }, SPARK_PI, 401],
    ['with a signature that is none', { authorization: 'AWS4-HMAC-SHA256 nonsense' }, SPARK_PI, 403],
  ])('%s is refused', async (_, headers, body, status) => {
    const answer = await post(headers, body)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toMatch(/^application\/(problem\+)?json/)
  })
  it.each([
    ['for another audience', { aud: 'another-service' }, 401],
    ['of another issuer', { iss: 'https://issuer.example' }, 401],
    ['that has expired', { exp: 1_700_000_000 }, 401],
    ['of no team', { 'sparkgate:team': 'nobody' }, 403],
    ['of two teams at once', { 'sparkgate:team': ['payments', 'risk'] }, 403],
  ])('with a token %s is refused', async (_, claims, status) => {
    const answer = await post({ authorization: `Bearer ${await mintToken(stack, claims)}` })
    expect(answer.status).toBe(status)
  })
  it.each([
    '/v1/jobs?limit=0',
    '/v1/jobs?state=NOPE',
    '/v1/jobs?nextToken=',
    '/v1/jobs?nextToken=x',
    '/v1/jobs?what=1',
  ])('for %s is refused with what is allowed', async path => {
    expect(await stack.call('GET', path)).toMatchObject({ status: 400, body: { title: 'Bad request' } })
  })
  it('for another team’s job is answered, byte for byte, like one for a job that never was', async () => {
    const id = await stack.accepted('not-yours', SPARK_PI, 'risk')
    for (const [method, suffix] of [
      ['GET', ''],
      ['GET', '/attempts'],
      ['POST', '/cancel'],
      ['DELETE', ''],
    ] as const) {
      const theirs = await stack.call(method, `/v1/jobs/${id}${suffix}`)
      const nobodys = await stack.call(method, `/v1/jobs/j222222222222222222222222${suffix}`)
      expect([theirs.status, withoutRequestId(theirs.text)]).toEqual([404, withoutRequestId(nobodys.text)])
      expect(headersOf(theirs)).toEqual(headersOf(nobodys))
    }
    await stack.untilState(id, 'SUCCEEDED', 'risk')
  })
  it('with a used key and another body is a conflict that names the job and creates nothing', async () => {
    const id = await stack.accepted('used-key', SPARK_PI)
    const answer = await stack.submit('used-key', SPARK_PI.replace('"100"', '"7"'))
    expect(answer).toMatchObject({ status: 409, body: { detail: expect.stringContaining(id) } })
    const job = await stack.untilState(id, 'SUCCEEDED')
    expect(stack.created(job)).toHaveLength(1)
  })
  it('with another team’s key is a job of its own', async () => {
    const [ours, theirs] = [
      await stack.accepted('same-key', SPARK_PI),
      await stack.accepted('same-key', SPARK_PI, 'risk'),
    ]
    expect(ours).not.toBe(theirs)
  })
  it('sent fifty times at once with one key is one job and one object', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => stack.submit('fifty-times', SPARK_PI)))
    expect(new Set(answers.map(answer => answer.status))).toEqual(new Set([202]))
    const ids = new Set(answers.map(answer => String(answer.body['id'])))
    expect(ids.size).toBe(1)
    expect(answers.filter(answer => !answer.headers.has('idempotent-replayed'))).toHaveLength(1)
    const job = await stack.untilState([...ids][0] ?? '', 'SUCCEEDED')
    expect(stack.created(job)).toHaveLength(1)
    // Workers that meet may repeat the POST under the same name; the cluster says exists to all but one.
    const codes = stack.creates(job.attempts[0]?.objectName).map(entry => entry.responseStatus.code)
    expect(codes.filter(code => code !== 409)).toEqual([201])
  })
})

describe('after all of it', () => {
  it('no message was left for a person: all of it was answered where it came from', async () => {
    for (const name of ['intake-dead', 'reconcile-dead', 'observe-dead', 'events-dead'] as const)
      expect([name, await stack.peek(name)]).toEqual([name, []])
  })
  it('every create that reached the cluster was an attempt of an accepted job', async () => {
    // The creates first: an attempt is on record before its create is sent, and some jobs are still under way.
    const created = stack.creates().map(({ objectRef }) => objectRef?.name)
    const jobs = [...(await stack.jobs()), ...(await stack.jobs('risk'))]
    const attempts = new Set(jobs.flatMap(job => job.attempts.map(attempt => attempt.objectName)))
    expect(created.filter(name => name === undefined || !attempts.has(name))).toEqual([])
    expect(created).not.toEqual([])
  })
})

function notification(key: string, versionId: string, bucket = INBOX_BUCKET): string {
  const object = { key: encodeURIComponent(key).replaceAll('%20', '+'), versionId, sequencer: '00', size: 1 }
  return JSON.stringify({ Records: [{ eventName: 'ObjectCreated:Put', s3: { bucket: { name: bucket }, object } }] })
}

const withoutRequestId = (text: string): string => text.replace(/"requestId":"[^"]*"/, '')
const headersOf = ({ headers }: { headers: Headers }) =>
  [...headers].filter(([name]) => !['apigw-requestid', 'date'].includes(name))
