/**
 * Two teams on one gateway: no sequence of calls by one changes or reveals anything of the other. The judge is the other
 * team's whole view, and what the store was asked.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createHandler } from '../../functions/api/handler.ts'
import { CATCH_ALL } from '../../functions/api/fallback.ts'
import { ROUTES } from '../../functions/api/routes.ts'
import { decideAdmissions } from '../../shared/domain/admission/decide-admissions.ts'
import { silentLog } from '../support/silent-log.ts'
import { makeWorld } from '../support/make-world.ts'
import { SPARK_PI } from '../support/make-spec.ts'

interface Call {
  readonly team: string
  readonly route: string
  readonly path?: Readonly<Record<string, string>>
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}
interface Answered {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A gateway on fakes, with two jobs of team risk in different states, and one of team payments. */
async function makeGateway() {
  const world = makeWorld()
  const reads: string[] = []
  const store = new Proxy(world.store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...given: unknown[]) => {
        reads.push(String(name))
        return (value as (...all: unknown[]) => unknown).apply(target, given)
      }
    },
  })
  const handler = createHandler({ ...world.deps, store, log: silentLog })
  const call = async ({ team, route, path = {}, query = '', headers = {}, body }: Call): Promise<Answered> => {
    const event = {
      routeKey: route,
      rawPath: route.split(' ')[1]?.replaceAll(/\{(\w+)\}/g, (_, name: string) => path[name] ?? ''),
      rawQueryString: query,
      pathParameters: path,
      headers,
      requestContext: {
        requestId: 'r',
        http: { method: route.split(' ')[0], sourceIp: '192.0.2.1' },
        authorizer: { jwt: { claims: { sub: `${team}-person`, 'sparkgate:team': team } } },
      },
      ...(body !== undefined && { body }),
    }
    return (await handler(event as never, { awsRequestId: 'r' } as never)) as Answered
  }
  const submit = async (team: string, key: string): Promise<string> => {
    const headers = { 'content-type': 'application/yaml', 'idempotency-key': key }
    const answer = await call({ team, route: 'POST /v1/jobs', headers, body: SPARK_PI })
    return (JSON.parse(answer.body) as { id: string }).id
  }
  const theirs = [await submit('risk', 'key-1'), await submit('risk', 'key-2')]
  const running = await world.store.get({ team: 'risk', jobId: theirs[0] ?? '' })
  if (running !== undefined) await world.reconcile(running)
  const own = await submit('payments', 'key-1')
  return { world, call, theirs, own, reads }
}

type Gateway = Awaited<ReturnType<typeof makeGateway>>

const VIEWS = ['', '/attempts', '/events', '/spec'] as const

/** Everything that team risk can see. */
async function viewOfRisk({ call, theirs, world }: Gateway): Promise<unknown> {
  const jobs = theirs.flatMap(id =>
    VIEWS.map(async view => (await call({ team: 'risk', route: `GET /v1/jobs/{id}${view}`, path: { id } })).body),
  )
  const lists = ['GET /v1/jobs', 'GET /v1/clusters', 'GET /v1/whoami'].map(
    async route => (await call({ team: 'risk', route })).body,
  )
  const usage = await call({ team: 'risk', route: 'GET /v1/teams/{team}/usage', path: { team: 'risk' } })
  const stored = [...world.store.jobs.values()].filter(job => job.team === 'risk')
  return structuredClone([await Promise.all(jobs), await Promise.all(lists), usage.body, stored])
}

/** `0` and `1` are ids of the other team, `2` our own, `3` nobody's; routes and queries of the whole API. */
const JOB_ROUTES = Object.keys(ROUTES).filter(route => route.includes('{id}'))
const step = fc.oneof(
  fc.record({ kind: fc.constant('job' as const), route: fc.constantFrom(...JOB_ROUTES), id: fc.nat(3) }),
  fc.record({
    kind: fc.constant('list' as const),
    query: fc.constantFrom('', 'limit=1', 'state=QUEUED', 'name=spark-pi', 'cluster=main', 'ids=ALL'),
  }),
  fc.record({
    kind: fc.constant('submit' as const),
    key: fc.constantFrom('key-1', 'key-2', 'key-3'),
    other: fc.boolean(),
    query: fc.constantFrom('', 'dryRun=render', 'dryRun=server'),
  }),
  fc.record({
    kind: fc.constant('platform' as const),
    route: fc.constantFrom(...Object.keys(ROUTES).filter(route => !route.includes('{id}') && route !== CATCH_ALL)),
    name: fc.constantFrom('risk', 'payments', 'main', 'nobody'),
  }),
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

async function take({ call, theirs, own }: Gateway, taken: Step): Promise<Answered> {
  const ids = [...theirs, own, `j${'z'.repeat(24)}`]
  const team = 'payments'
  const headers = { 'content-type': 'application/yaml', 'x-team': 'risk' }
  switch (taken.kind) {
    case 'job':
      return call({ team, route: taken.route, path: { id: ids[taken.id] ?? '' }, headers })
    case 'list':
      return call({ team, route: 'GET /v1/jobs', query: taken.query.replace('ALL', ids.join(',')), headers })
    case 'submit': {
      const body = taken.other ? SPARK_PI.replace('spark-pi', 'other') : SPARK_PI
      const keyed = { ...headers, 'idempotency-key': taken.key }
      return call({ team, route: 'POST /v1/jobs', query: taken.query, headers: keyed, body })
    }
    case 'platform':
      return call({ team, route: taken.route, path: { team: taken.name, name: taken.name }, headers, body: '{}' })
  }
}

describe('one team', () => {
  it('changes and learns nothing of another, whatever it calls', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async steps => {
        const gateway = await makeGateway()
        const before = await viewOfRisk(gateway)
        for (const each of steps) {
          const answer = await take(gateway, each)
          expect(answer.statusCode).toBeLessThan(500)
          // What it asked for comes back as missing; nothing else may name another team's job.
          const { missing: _asked, ...rest } = JSON.parse(answer.body || '{}') as Record<string, unknown>
          for (const id of gateway.theirs) expect(JSON.stringify(rest)).not.toContain(id)
          expect(JSON.stringify(rest)).not.toMatch(/risk-person|team-b"/)
        }
        expect(await viewOfRisk(gateway)).toEqual(before)
      }),
      { numRuns: 60 },
    )
  })

  it.each(JOB_ROUTES)('is answered about another’s job as about none, after the same reads: %s', async route => {
    const gateway = await makeGateway()
    const ask = async (id: string) => {
      gateway.reads.length = 0
      const answer = await gateway.call({ team: 'payments', route, path: { id } })
      return { answer, reads: [...gateway.reads] }
    }
    const nobodys = await ask(`j${'z'.repeat(24)}`)
    for (const id of gateway.theirs) expect(await ask(id)).toEqual(nobodys)
    expect(nobodys.answer.statusCode).toBe(404)
    expect(nobodys.reads).toEqual(['get'])
  })

  it('pays as much for a batch of another’s ids as for one of nobody’s', async () => {
    const gateway = await makeGateway()
    const readsFor = async (ids: readonly string[]): Promise<number> => {
      gateway.reads.length = 0
      const answer = await gateway.call({ team: 'payments', route: 'GET /v1/jobs', query: `ids=${ids.join(',')}` })
      expect(JSON.parse(answer.body)).toEqual({ jobs: [], missing: ids })
      return gateway.reads.length
    }
    expect(await readsFor(gateway.theirs)).toBe(await readsFor([`j${'y'.repeat(24)}`, `j${'z'.repeat(24)}`]))
  })

  it('is told that room is kept for another job, and not for which', () => {
    const size = { cores: 8, memoryMiB: 1 }
    const theirs = { team: 'risk', jobId: `j${'r'.repeat(24)}`, priority: 'normal', readyAt: 0, size } as const
    const own = { ...theirs, team: 'payments', jobId: `j${'p'.repeat(24)}`, size: { cores: 1, memoryMiB: 1 } }
    const full = { usage: { jobs: 1, cores: 6, memoryMiB: 0 }, limits: { cores: 10 }, turns: 10 }
    const free = { usage: { jobs: 0, cores: 0, memoryMiB: 0 }, limits: {}, turns: 10 }
    const decide = (...clusters: readonly string[]) =>
      decideAdmissions({
        now: 3_600_000,
        lanes: [
          { team: 'risk', clusters: ['full'], jobs: [theirs] },
          { team: 'payments', clusters, jobs: [{ ...own, readyAt: 3_599_000 }] },
        ],
        teams: new Map(),
        clusters: new Map([
          ['full', full],
          ['free', free],
        ]),
        most: 10,
      })
    const [, waits] = decide('full').blocked
    expect(waits?.why).toBe('Cluster full: room is kept for a job that has waited longer.')
    const [goes] = decide('full', 'free').admitted
    expect(goes?.why).toContain('room is kept for a job')
    expect(`${waits?.why} ${goes?.why}`).not.toMatch(/j[a-z2-7]{24}|risk/)
  })
})
