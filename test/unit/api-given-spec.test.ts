/** The text of a spec as it was given: kept with its job, whoever submitted it, as far as it fits. */
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createHandler } from '../../functions/api/handler.ts'
import { givenAttributes, givenOfItem } from '../../shared/adapters/dynamodb-given-spec.ts'
import { submitJob } from '../../shared/operations/submit-job.ts'
import { bytesOf, SPARK_PI } from '../support/make-spec.ts'
import { makeWorld } from '../support/make-world.ts'
import { silentLog } from '../support/silent-log.ts'

async function specOf(world: ReturnType<typeof makeWorld>, id: string) {
  const event = {
    routeKey: 'GET /v1/jobs/{id}/spec',
    rawPath: `/v1/jobs/${id}/spec`,
    rawQueryString: '',
    pathParameters: { id },
    headers: {},
    requestContext: { requestId: 'r', authorizer: { jwt: { claims: { sub: 'ada', 'sparkgate:team': 'payments' } } } },
  }
  const answer = await createHandler({ ...world.deps, log: silentLog })(event as never, { awsRequestId: 'r' } as never)
  return JSON.parse(answer.body ?? '') as { readonly given?: object; readonly canonical: object }
}

const submitted = async (text: string, contentType?: 'json' | 'yaml') => {
  const world = makeWorld()
  const result = await submitJob(world.deps, {
    team: 'payments',
    trigger: { kind: 'schedule', schedule: 'nightly', scheduledTime: '2026-11-21T03:00:00.000Z' },
    idempotencyKey: 'key',
    content: { kind: 'text', bytes: bytesOf(text), ...(contentType !== undefined && { contentType }) },
  })
  if (result.outcome !== 'accepted') throw new Error(JSON.stringify(result))
  return { world, result }
}

describe('a spec as it was given', () => {
  it('is answered with its comments, its order and its byte order mark', async () => {
    const text = `\uFEFF# nightly, ask Ada\n${SPARK_PI}`
    const { world, result } = await submitted(text, 'yaml')
    expect((await specOf(world, result.job.jobId)).given).toEqual({ text, contentType: 'application/yaml' })
  })
  it('of several documents is kept once, and answered for each', async () => {
    const text = `${SPARK_PI}---\n${SPARK_PI.replace('spark-pi', 'second')}`
    const { world, result } = await submitted(text)
    const [second] = result.more
    expect((await specOf(world, result.job.jobId)).given).toEqual({ text })
    expect((await specOf(world, second?.jobId ?? '')).given).toEqual({ text, with: result.job.jobId })
    expect([...world.store.given.values()].filter(given => 'bytes' in given)).toHaveLength(1)
  })
  it('is left out where nothing was kept', async () => {
    const { world, result } = await submitted(SPARK_PI)
    world.store.given.clear()
    expect(await specOf(world, result.job.jobId)).not.toHaveProperty('given')
  })
  it('is left out where it does not fit beside its canonical form, which always is', () => {
    const bytes = new Uint8Array(randomBytes(150_000))
    expect(givenAttributes({ bytes }, 'x'.repeat(300_000))).toEqual({})
    expect(givenOfItem(givenAttributes({ bytes }, 'x'.repeat(200_000)))).toEqual({ bytes })
  })
  it('that repeats itself takes little room', () => {
    const bytes = bytesOf(SPARK_PI.repeat(500))
    expect(givenAttributes({ bytes }, '')['given']?.B?.length).toBeLessThan(bytes.length / 50)
  })
})
