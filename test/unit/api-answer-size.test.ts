/** Answers that Lambda could not give: what is too large is a 413 with what to do, never a 500. */
import { describe, expect, it } from 'vitest'
import { createHandler } from '../../functions/api/handler.ts'
import type { Finding } from '../../shared/domain/job-spec/findings/finding.ts'
import type { SpecReader } from '../../shared/operations/ports.ts'
import { SPARK_PI } from '../support/make-spec.ts'
import { makeWorld } from '../support/make-world.ts'
import { silentLog } from '../support/silent-log.ts'

/** The limit of Lambda for a synchronous answer. */
const LAMBDA_BYTES = 6 * 1024 * 1024

async function post(route: string, body: string, findings: (document: number) => readonly Finding[]) {
  const world = makeWorld()
  const specs: SpecReader = {
    read: async (platform, team, input) =>
      (await world.specs.read(platform, team, input)).map((verdict, index) => ({
        ...verdict,
        findings: findings(index),
      })),
  }
  const event = {
    routeKey: `POST ${route}`,
    rawPath: route,
    rawQueryString: '',
    body,
    headers: { 'content-type': 'application/yaml', 'idempotency-key': 'key' },
    requestContext: { requestId: 'r', authorizer: { jwt: { claims: { sub: 'ada', 'sparkgate:team': 'payments' } } } },
  }
  const handler = createHandler({ ...world.deps, specs, log: silentLog })
  const answer = await handler(event as never, { awsRequestId: 'r' } as never)
  return { ...answer, size: Buffer.byteLength(JSON.stringify(answer)), jobs: [...world.store.jobs.values()] }
}

const warnings = (count: number, message: string): Finding[] =>
  Array.from({ length: count }, () => ({ severity: 'warning', rule: 'advice', path: '$', message }))
const documents = (count: number): string => `---\n${SPARK_PI}`.repeat(count)

describe('an answer', () => {
  it.each([
    ['letters', 'x'],
    ['quotes, which are escaped twice', '"'],
    ['control characters, which take seven bytes each', '\u0001'],
    ['characters of four bytes', '😀'],
  ])('of too many %s is refused before Lambda does it', async (_, character) => {
    // As text in JSON in a text in JSON, without the quotes around both.
    const bytes = Buffer.byteLength(JSON.stringify(JSON.stringify(character))) - 6
    const message = character.repeat(Math.ceil(65_000 / bytes))
    const answer = await post('/v1/validate', SPARK_PI, () => warnings(100, message))
    expect([answer.statusCode, answer.size < LAMBDA_BYTES]).toEqual([413, true])
    expect(JSON.parse(answer.body ?? '')).toMatchObject({
      type: 'urn:sparkgate:problem:too-large',
      detail: expect.stringContaining('fewer documents') as string,
    })
  })
  it('that fits is given', async () => {
    const answer = await post('/v1/validate', SPARK_PI, () => warnings(100, 'x'.repeat(50_000)))
    expect([answer.statusCode, answer.size > 5_000_000, answer.size < LAMBDA_BYTES]).toEqual([200, true, true])
  })
  it('about many jobs leaves findings to GET, and is a 202: the jobs are there', async () => {
    const answer = await post('/v1/jobs', documents(200), () => warnings(101, 'm'.repeat(300)))
    expect([answer.statusCode, answer.size < LAMBDA_BYTES, answer.jobs.length]).toEqual([202, true, 200])
    const { jobs } = JSON.parse(answer.body ?? '') as { jobs: { findings: unknown[] }[] }
    expect([jobs[0]?.findings.length, jobs.at(-1)?.findings.length]).toEqual([101, 0])
    expect(answer.jobs.at(-1)?.findings).toHaveLength(101)
  })
  it('about more jobs than one call submits is one refusal, and nothing is created', async () => {
    const answer = await post('/v1/jobs', documents(201), () => [])
    expect([answer.statusCode, answer.jobs]).toEqual([422, []])
    expect(JSON.parse(answer.body ?? '')).toMatchObject({ errors: [{ rule: 'too-many-documents' }] })
  })
})
