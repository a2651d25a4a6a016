/** The checks of requests by hand, held against the document that is made from schemas; and what they refuse beyond it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { checkAccept } from '../../functions/api/accept.ts'
import { KEY_PATTERN, readReason, readSpecBody, SPEC_TYPES } from '../../functions/api/bodies.ts'
import { CATCH_ALL } from '../../functions/api/fallback.ts'
import { openApiDocument } from '../../functions/api/openapi/document.ts'
import { LIST_TIMES, LOG_SINCE_PARAMETER, QUERY_PARAMETERS } from '../../functions/api/openapi/parameters.ts'
import { stopReason } from '../../functions/api/openapi/platform-schemas.ts'
import { principalOf } from '../../functions/api/caller.ts'
import { openPageToken, processKeys, sealPageToken } from '../../functions/api/page-token.ts'
import { readIds, readListQuery, readLogQuery, readQuery, readWaitSeconds } from '../../functions/api/query.ts'
import { ROUTES } from '../../functions/api/routes.ts'
import { HttpProblem, unexpected } from '../../shared/runtime/http.ts'

const accepts = (check: () => unknown): boolean => {
  try {
    check()
    return true
  } catch (error) {
    if (error instanceof HttpProblem) return false
    throw error
  }
}
const list = (name: string) => (value: string) => readListQuery(new URLSearchParams({ [name]: value }))
const log = (name: string) => (value: string) => readLogQuery(new URLSearchParams({ [name]: value }))

const READERS: Readonly<Record<string, (value: string) => unknown>> = {
  ...Object.fromEntries(
    ['state', 'name', 'label', 'cluster', 'trigger', 'limit', 'since', 'until'].map(each => [each, list(each)]),
  ),
  ...Object.fromEntries(['role', 'tail', 'attempt'].map(each => [each, log(each)])),
  'log since': log('since'),
  ids: value => readIds(new URLSearchParams({ ids: value })),
  wait: value => readWaitSeconds(new URLSearchParams({ wait: value })),
}
const PARAMETERS = { ...QUERY_PARAMETERS, ...LIST_TIMES, 'log since': LOG_SINCE_PARAMETER }

/** Near misses of every kind of parameter, and noise. */
const SAMPLES = [
  'RUNNING',
  'running',
  'api',
  's3',
  'schedule',
  'driver',
  'executor-1',
  'executor-0',
  'executor-999999',
  'executor-1000000',
  'a',
  'a-b',
  '-a',
  'a-',
  'A',
  'a'.repeat(63),
  'a'.repeat(64),
  'k=v',
  'k=',
  '=v',
  'a.b/c=d',
  'a=b=c',
  'a_b=c-d',
  `${'a'.repeat(64)}=b`,
  '0',
  '1',
  '-1',
  '01',
  '1.5',
  '25',
  '26',
  '100',
  '101',
  '9999',
  '10000',
  '10001',
  '1e3',
  '',
  '2026-11-21T03:00:00Z',
  '2026-11-21T03:00:00.123456789Z',
  '2026-11-21T03:00:00+01:00',
  '2026-11-21',
  '2026-11-21T03:00Z',
  '2026-11-21T03:00:00Z~3',
  '2026-11-21T03:00:00Z~',
  '2026-11-21t03:00:00z',
  `j${'a'.repeat(24)}`,
  `j${'a'.repeat(24)},j${'b'.repeat(24)}`,
  `j${'a'.repeat(24)},`,
  `j${'1'.repeat(24)}`,
  `j${'a'.repeat(23)}`,
]

describe('a parameter', () => {
  it.each(Object.keys(READERS))('%s is taken exactly where the document says so', name => {
    const schema = PARAMETERS[name as keyof typeof PARAMETERS].schema
    const isDocumented = (value: string): boolean => {
      const number = /^\d+$/.test(value) ? Number(value) : value
      return z.safeParse(schema, value).success || z.safeParse(schema, number).success
    }
    const read = READERS[name]!
    for (const value of SAMPLES) expect([value, accepts(() => read(value))]).toEqual([value, isDocumented(value)])
    fc.assert(
      fc.property(fc.string(), value => {
        expect(accepts(() => read(value))).toBe(isDocumented(value))
      }),
    )
  })
  it('that is unknown or repeated is refused on every route, with those that are allowed', () => {
    for (const { query } of Object.values(ROUTES)) {
      expect(() => readQuery('nonsense=1', query)).toThrow(/no parameter "nonsense"/)
      for (const name of query) expect(() => readQuery(`${name}=1&${name}=1`, query)).toThrow(/more than once/)
    }
  })
  it('of times must make a range, tail and since exclude each other, ids go alone', () => {
    const range = new URLSearchParams({ since: '2026-11-22T00:00:00Z', until: '2026-11-21T00:00:00Z' })
    expect(() => readListQuery(range)).toThrow(/since must be before until/)
    expect(() => readLogQuery(new URLSearchParams({ tail: '1', since: '2026-11-21T03:00:00Z' }))).toThrow(/exclude/)
    expect(() => readIds(new URLSearchParams({ ids: `j${'a'.repeat(24)}`, limit: '1' }))).toThrow(/no other/)
  })
  it('of a day that is none is refused', () => {
    expect(() => readListQuery(new URLSearchParams({ since: '2026-02-31T99:00:00Z' }))).toThrow(/since must be/)
    expect(() => readLogQuery(new URLSearchParams({ since: '2026-13-01T00:00:00Z' }))).toThrow(/since must be/)
  })
})

describe('the document', () => {
  it('has every route, each parameter that it knows, and a schema for each answer', () => {
    const { paths } = openApiDocument('0', { json: {}, yaml: '', submit: '' }) as {
      paths: Record<string, Record<string, { parameters: { name: string; in: string }[] }>>
    }
    for (const [key, route] of Object.entries(ROUTES)) {
      if (key === CATCH_ALL) continue
      const [method = '', path = ''] = key.split(' ')
      const { parameters = [] } = paths[path]?.[method.toLowerCase()] ?? {}
      expect(parameters.filter(each => each.in === 'query').map(each => each.name)).toEqual([...route.query])
      expect(parameters.filter(each => each.in === 'path').map(each => `{${each.name}}`)).toEqual(
        path.match(/\{\w+\}/g) ?? [],
      )
    }
  })
})

const event = (headers: Record<string, string>, body?: string) => ({ headers, body, isBase64Encoded: false }) as never

describe('a body', () => {
  it.each(Object.keys(SPEC_TYPES))('of %s is a spec', type => {
    expect(accepts(() => readSpecBody(event({ 'content-type': type }, 'x'), 256 * 1_024))).toBe(true)
    expect(accepts(() => readSpecBody(event({ 'content-type': `${type}; charset=UTF-8` }, 'x'), 256 * 1_024))).toBe(
      true,
    )
    expect(accepts(() => readSpecBody(event({ 'content-type': `${type}; charset=latin1` }, 'x'), 256 * 1_024))).toBe(
      false,
    )
    expect(
      accepts(() => readSpecBody(event({ 'content-type': type, 'content-encoding': 'gzip' }, 'x'), 256 * 1_024)),
    ).toBe(false)
  })
  it('with a reason is taken exactly where the document says so, but for what no line holds', () => {
    const json = { 'content-type': 'application/json' }
    const read = (value: unknown): boolean => accepts(() => readReason(event(json, JSON.stringify(value))))
    const printable = fc.string({ unit: fc.constantFrom('a', 'B', ' ', 'ü', '7', '"', '{'), maxLength: 600 })
    fc.assert(
      fc.property(fc.oneof(fc.record({ reason: printable }), fc.record({ why: printable }), fc.jsonValue()), value => {
        // An own `__proto__` is no field to a schema, and one too many here.
        fc.pre(!JSON.stringify(value).includes('__proto__'))
        expect(read(value)).toBe(z.safeParse(stopReason, value).success)
      }),
    )
    expect(read({ reason: 'two\nlines' })).toBe(false)
    expect(read({ reason: 'a\u2028b' })).toBe(false)
    expect(readReason(event({}))).toMatch(/No reason/)
  })
  it('has a key that the document’s pattern takes', () => {
    const pattern = /^[!-+\--~]{1,255}$/
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), key => {
        expect(KEY_PATTERN.test(key)).toBe(pattern.test(key))
      }),
    )
  })
})

describe('Accept', () => {
  it.each([
    '*/*',
    'application/json',
    'application/*;q=0.2',
    'text/html, */*;q=0.1',
    'APPLICATION/JSON; charset=utf-8',
    '',
  ])('of %j takes JSON', accept => expect(accepts(() => checkAccept(event({ accept })))).toBe(true))
  it.each(['text/html', 'application/json;q=0', 'application/json; q=0.000', 'application/yaml, text/*', 'json'])(
    'of %j does not',
    accept => expect(accepts(() => checkAccept(event({ accept })))).toBe(false),
  )
})

describe('a page token', () => {
  const keys = processKeys()
  const mine = { principal: 'jwt:ada', team: 'payments', limit: 50, state: 'RUNNING' } as const
  it('opens for its list, whatever the size of the page', async () => {
    const token = await sealPageToken(keys, mine, 'place')
    expect(await openPageToken(keys, { ...mine, limit: 1 }, token)).toBe('place')
    expect(token).not.toContain('cGxhY2U')
  })
  it.each<[string, object]>([
    ['somebody else', { principal: 'jwt:ben' }],
    ['another team', { team: 'risk' }],
    ['another state', { state: 'FAILED' }],
    ['no state', { state: undefined }],
    ['another name', { name: 'x' }],
    ['another label', { label: { name: 'a', value: 'b' } }],
    ['another time', { since: 1 }],
  ])('does not open for %s', async (_, change) => {
    const token = await sealPageToken(keys, mine, 'place')
    await expect(openPageToken(keys, { ...mine, ...change }, token)).rejects.toThrow(/not a page token/)
  })
  it('does not open when any of its bits was changed, nor with another key', async () => {
    const token = await sealPageToken(keys, mine, 'place')
    const bytes = Buffer.from(token, 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      await expect(openPageToken(keys, mine, changed.toString('base64url'))).rejects.toThrow(/not a page token/)
    }
    await expect(openPageToken(processKeys(), mine, token)).rejects.toThrow(/not a page token/)
    for (const text of ['', 'x', `${token}=`, `${token}A`, ` ${token}`, 'A'.repeat(5_000)])
      await expect(openPageToken(keys, mine, text)).rejects.toThrow(/not a page token/)
  })
})

describe('the principal of a caller', () => {
  const iam = { roles: [], isAdmin: false, by: 'iam' } as const
  const role = 'arn:aws:sts::111122223333:assumed-role/etl'
  it.each([
    [`${role}/run-1`, `iam:${role}`],
    [`${role}/i-0a@b.c`, `iam:${role}`],
    ['arn:aws:iam::111122223333:user/ada', 'iam:arn:aws:iam::111122223333:user/ada'],
  ])('%s is %s: sessions of a role are one', (name, principal) => {
    expect(principalOf({ ...iam, name })).toBe(principal)
  })
  it('is not the same for a JWT whose subject looks like an ARN', () => {
    expect(principalOf({ ...iam, by: 'jwt', name: role })).not.toBe(principalOf({ ...iam, name: role }))
  })
})

describe('an unexpected failure', () => {
  it.each([
    [Object.assign(new Error('x'), { name: 'ThrottlingException' }), 'not-available'],
    [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'not-available'],
    [Object.assign(new Error('x'), { $metadata: { httpStatusCode: 503 } }), 'not-available'],
    [new TypeError('x'), 'internal'],
    ['text', 'internal'],
  ])('%s is %s', (error, kind) => {
    const told = unexpected(error)
    expect(told.kind).toBe(kind)
    expect('retry-after' in told.headers).toBe(kind === 'not-available')
  })
})
