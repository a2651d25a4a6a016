/** What each sample event in events/ promises by its name, and how that is checked on the embedded stack. */
import { expect } from 'vitest'
import { eventually, readEvent } from '../support/embedded-stack.ts'
import type { JobAnswer, TestStack } from '../support/embedded-stack.ts'

const SPARK_PI = readEvent('specs/spark-pi.yaml')
/** The key that the sample events of S3 name. */
const KEY = 'payments/spark-pi.yaml'

/** One sample event: `check` gets its text, and rejects where the promise does not hold. */
export interface EventCase {
  readonly promise: string
  readonly check: (stack: TestStack, text: string) => Promise<void>
}

/** One entry for each file in events/. */
export const CASES: Readonly<Record<string, EventCase>> = {
  'api/submit.json': {
    promise: 'is accepted and ends SUCCEEDED',
    async check(stack, text) {
      const { statusCode, body } = await invokeApi(stack, text)
      expect([statusCode, body['state']]).toEqual([202, 'QUEUED'])
      await endsSucceeded(stack, String(body['id']))
    },
  },
  'api/submit-iam.json': {
    promise: 'is accepted for the team of the role, and ends SUCCEEDED',
    async check(stack, text) {
      const { statusCode, body } = await invokeApi(stack, text)
      expect([statusCode, body['team']]).toEqual([202, 'payments'])
      expect(body['trigger']).toMatchObject({ caller: 'arn:aws:sts::111122223333:assumed-role/payments-ci/run-7' })
      await endsSucceeded(stack, String(body['id']))
    },
  },
  'api/get.json': {
    promise: 'answers the job',
    async check(stack, text) {
      const id = await stack.accepted('events-get', SPARK_PI)
      expect(await invokeApi(stack, text.replaceAll('JOB', id))).toMatchObject({ statusCode: 200, body: { id } })
    },
  },
  'api/attempts.json': {
    promise: 'answers the attempts of the job',
    async check(stack, text) {
      const id = await stack.accepted('events-attempts', SPARK_PI)
      await stack.untilState(id, 'SUCCEEDED')
      const attempts = [{ number: 1, outcome: 'SUCCEEDED' }]
      expect(await invokeApi(stack, text.replaceAll('JOB', id))).toMatchObject({ statusCode: 200, body: { attempts } })
    },
  },
  'api/list.json': {
    promise: 'answers at most ten jobs of the team',
    async check(stack, text) {
      const id = await stack.accepted('events-list', SPARK_PI)
      await eventually(async () => {
        const { statusCode, body } = await invokeApi(stack, text)
        const jobs = body['jobs'] as JobAnswer[]
        expect(statusCode).toBe(200)
        expect(jobs.length).toBeLessThanOrEqual(10)
        expect(jobs.map(job => job.id)).toContain(id)
      })
    },
  },
  'api/cancel.json': {
    promise: 'cancels the job, and nothing of it runs after that',
    async check(stack, text) {
      const id = await stack.accepted('events-cancel', readEvent('specs/long-running.json'))
      await stack.untilState(id, 'RUNNING')
      expect(await invokeApi(stack, text.replaceAll('JOB', id))).toMatchObject({ statusCode: 202 })
      const job = await stack.untilState(id, 'CANCELLED')
      expect(stack.created(job)).toHaveLength(1)
    },
  },
  'api/invalid-no-idempotency-key.json': {
    promise: 'is answered with 400 that names the header',
    check: (stack, text) => isRefused(stack, text, 400, /Idempotency-Key/),
  },
  'api/invalid-no-team.json': {
    promise: 'is answered with 403: a list in brackets is nobody’s team',
    check: (stack, text) => isRefused(stack, text, 403, /no team/),
  },
  'api/invalid-not-json.json': {
    promise: 'is answered with 422 that says where the text breaks off',
    check: (stack, text) => isRefused(stack, text, 422, /nothing was created/),
  },
  'api/invalid-unknown-job.json': {
    promise: 'is answered with 404',
    check: (stack, text) => isRefused(stack, text, 404, /no such job/),
  },
  's3/object-created.json': { promise: 'becomes one job that ends SUCCEEDED', check: becomesOneJob },
  's3/eventbridge-object-created.json': { promise: 'becomes one job that ends SUCCEEDED', check: becomesOneJob },
  's3/test-event.json': { promise: 'is taken without a word', check: (stack, text) => isTakenInSilence(stack, text) },
  's3/invalid-foreign-bucket.json': {
    promise: 'is ignored: somebody else’s bucket is no inbox',
    check: (stack, text) => isTakenInSilence(stack, text),
  },
  's3/invalid-deleted-version.json': {
    promise: 'is ignored: what was deleted is not wanted any more',
    check: (stack, text) => isTakenInSilence(stack, text),
  },
  's3/invalid-not-an-event.json': {
    promise: 'comes into the dead-letter queue, for a person',
    async check(stack, text) {
      await stack.send('intake', text)
      await eventually(async () => expect(await stack.peek('intake-dead')).toEqual([text]))
    },
  },
  'scheduler/scheduler-payload.json': { promise: 'becomes one job that ends SUCCEEDED', check: firesOneJob },
  'scheduler/scheduled-event.json': { promise: 'is the same firing and the same job', check: firesOneJob },
  'scheduler/invalid-gone-schedule.json': {
    promise: 'is ignored, once: nothing but a person brings the schedule back',
    async check(stack, text) {
      const outcome = await stack.lambda.invoke('schedule-fired', JSON.parse(text))
      expect(outcome).toEqual({ outcome: 'ignored' })
    },
  },
  'scheduler/invalid-shape.json': {
    promise: 'comes into the dead-letter queue of events, for a person',
    async check(stack, text) {
      await stack.lambda.invokeAsync('schedule-fired', JSON.parse(text))
      await eventually(async () => {
        const [failure, ...more] = await stack.peek('events-dead')
        expect(more).toEqual([])
        expect(JSON.parse(failure ?? '{}')).toMatchObject({ requestPayload: JSON.parse(text) })
      })
    },
  },
  'specs/spark-pi.yaml': {
    promise: 'is accepted and ends SUCCEEDED',
    check: async (stack, text) => endsSucceeded(stack, await stack.accepted('specs-spark-pi', text)),
  },
  'specs/pi.spark-submit': {
    promise: 'is accepted as it is and ends SUCCEEDED',
    check: async (stack, text) => endsSucceeded(stack, await stack.accepted('specs-spark-submit', text)),
  },
  'specs/short-form.yaml': {
    promise: 'is accepted and ends SUCCEEDED',
    check: async (stack, text) => endsSucceeded(stack, await stack.accepted('specs-short-form', text)),
  },
  'specs/short-form-python.yaml': {
    promise: 'is accepted, though it is JSON, and ends SUCCEEDED',
    check: async (stack, text) => endsSucceeded(stack, await stack.accepted('specs-short-python', text)),
  },
  'specs/short-form-stream.yaml': {
    promise: 'is accepted and ends SUCCEEDED when the stream stops',
    check: async (stack, text) => endsSucceeded(stack, await stack.accepted('specs-short-stream', text)),
  },
  'specs/short-form-sql.yaml': {
    promise: 'is refused, with what a platform has to offer first',
    check: (stack, text) => isRefusedFor(stack, 'specs-short-sql', text, ['sql']),
  },
  'specs/short-form-everything.yaml': {
    promise: 'is refused here: it is a schedule, and asks for what this team is not allowed',
    check: (stack, text) => isRefusedFor(stack, 'specs-short-everything', text, ['priority', 'notify[0]']),
  },
  'specs/invalid-short-form.yaml': {
    promise: 'is refused with all of its mistakes, in the words of the short form',
    check: (stack, text) =>
      isRefusedFor(stack, 'specs-short-invalid', text, [
        'mainFile',
        'numExecutors',
        'memory',
        'executors.instances',
        'args',
      ]),
  },
  'specs/long-running.json': {
    promise: 'is accepted, runs, and ends SUCCEEDED when its time is over',
    async check(stack, text) {
      const id = await stack.accepted('specs-long-running', text.replace('"600"', '"250"'))
      await stack.untilState(id, 'RUNNING')
      await endsSucceeded(stack, id)
    },
  },
  'specs/out-of-memory.yaml': {
    promise: 'runs out of memory once and ends SUCCEEDED with 1.5 times of it',
    async check(stack, text) {
      const id = await stack.accepted('specs-out-of-memory', text)
      const job = await stack.untilState(id, 'SUCCEEDED')
      expect(job.attempts).toMatchObject([
        { number: 1, outcome: 'FAILED', reason: 'DRIVER_OUT_OF_MEMORY' },
        {
          number: 2,
          outcome: 'SUCCEEDED',
          remedies: [{ role: 'driver', factor: 1.5, beforeMiB: 2560, afterMiB: 3840 }],
        },
      ])
      expect(stack.created(job)).toEqual(job.attempts.map(attempt => attempt.objectName))
    },
  },
  'specs/invalid-many-mistakes.yaml': {
    promise: 'is answered with 422 and all of its mistakes at once',
    async check(stack, text) {
      const answer = await stack.submit('specs-many-mistakes', text)
      expect(answer.status).toBe(422)
      const errors = (answer.body['errors'] as { path: string; severity: string; line?: number }[]).filter(
        finding => finding.severity === 'error',
      )
      const places = [
        'metadata.name',
        'type',
        'mode',
        'mainApplicationFile',
        'spark.master',
        'cores',
        'memory',
        'instance',
      ]
      for (const place of places) expect(errors.map(error => error.path).join('\n')).toContain(place)
      expect(errors.every(error => error.line !== undefined)).toBe(true)
    },
  },
}

async function invokeApi(stack: TestStack, text: string) {
  const answer = (await stack.lambda.invoke('api', JSON.parse(text))) as { statusCode: number; body: string }
  return { statusCode: answer.statusCode, body: JSON.parse(answer.body) as Record<string, unknown> }
}

async function endsSucceeded(stack: TestStack, id: string): Promise<void> {
  const job = await stack.untilState(id, 'SUCCEEDED')
  expect(stack.created(job)).toHaveLength(1)
}

async function isRefused(stack: TestStack, text: string, status: number, detail: RegExp): Promise<void> {
  const { statusCode, body } = await invokeApi(stack, text)
  expect([statusCode, body['status']]).toEqual([status, status])
  expect(body['detail']).toMatch(detail)
}

/** The two forms tell of one version of one object, which S3 itself has told of as well: three tellings, one job. */
async function becomesOneJob(stack: TestStack, text: string): Promise<void> {
  const key = text.includes('aws.s3') ? `${KEY.slice(0, -5)}-bridge.yaml` : KEY
  const version = await stack.drop(key, SPARK_PI)
  const told = text.replaceAll(KEY, key).replace('096fKKXTRTtl3on89fVO.nfljtsv6qko', version)
  for (let times = 0; times < 2; times++) await stack.send('intake', told)
  const { job } = await stack.untilReport(key, 'result')
  expect(job).toMatchObject({ state: 'SUCCEEDED', trigger: { kind: 's3', key, version } })
  const same = (await stack.jobs()).filter(each => (each['trigger'] as { key?: string }).key === key)
  expect(same.map(each => each.id)).toEqual([job.id])
  expect(stack.created(job)).toHaveLength(1)
}

async function isTakenInSilence(stack: TestStack, text: string): Promise<void> {
  const key = /"key": "([^"]*)"/.exec(text)?.[1]
  await stack.send('intake', text)
  // A good drop behind it comes through: the queue went on.
  const behind = `payments/behind-${Math.abs(hash(text))}.yaml`
  await stack.drop(behind, SPARK_PI)
  await stack.untilReport(behind, 'accepted')
  const triggers = (await stack.jobs()).map(job => (job['trigger'] as { key?: string; version?: string }).version)
  for (const version of ['v1', 'this-version-was-deleted']) expect(triggers).not.toContain(version)
  if (key !== undefined && key !== KEY)
    expect(await stack.keys(decodeURIComponent(key.replaceAll('+', ' ')))).toEqual([])
}

const hash = (text: string): number => [...Buffer.from(text)].reduce((sum, byte) => (sum * 31 + byte) | 0, 7)

async function firesOneJob(stack: TestStack, text: string): Promise<void> {
  await stack.lambda.invokeAsync('schedule-fired', JSON.parse(text))
  const trigger = { kind: 'schedule', schedule: 'nightly-pi', scheduledTime: '2026-11-21T03:00:00.000Z' }
  const job = await eventually(async () => {
    const fired = (await stack.jobs()).filter(each => (each['trigger'] as { kind: string }).kind === 'schedule')
    expect(fired).toMatchObject([{ state: 'SUCCEEDED', trigger }])
    return fired[0]!
  })
  expect(stack.created(job)).toHaveLength(1)
}

/** Answered with 422 that names these paths; nothing was created. */
async function isRefusedFor(stack: TestStack, key: string, text: string, paths: readonly string[]): Promise<void> {
  const answer = await stack.submit(key, text)
  expect(answer.status).toBe(422)
  const errors = (answer.body['errors'] as { path: string; severity: string }[]).filter(
    finding => finding.severity === 'error',
  )
  expect(errors.map(({ path }) => path)).toEqual(expect.arrayContaining([...paths]))
}
