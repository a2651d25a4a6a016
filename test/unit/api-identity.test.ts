/** Who may do what: memberships with roles, role patterns, admins, and the platform files that would be ambiguous. */
import { describe, expect, it } from 'vitest'
import { callerOf } from '../../functions/api/caller.ts'
import { isAdmin, membershipOf } from '../../shared/domain/identity.ts'
import { parsePlatform } from '../../shared/domain/platform/platform.ts'

const role = (name: string): string => `arn:aws:iam::111122223333:role/${name}`
const session = (name: string): string => `arn:aws:sts::111122223333:assumed-role/${name}/run-7`
const team = (namespace: string, fields: object) => ({ clusters: ['main'], namespace, ...fields })
const file = (teams: Record<string, object>, more: object = {}) =>
  parsePlatform({ clusters: { main: { eksName: 'x', region: 'eu-central-1' } }, teams, ...more })

const platform = file(
  {
    payments: team('p', {
      claims: ['payments'],
      principals: [role('ci'), role('sso/eu/Reserved_Payments')],
      members: [
        { claim: 'payments-readers', roles: ['viewer'] },
        { principal: role('etl-*'), roles: ['submitter'] },
        { principal: role('etl-admin-*'), roles: ['operator'] },
        { principal: role('etl-night'), roles: ['viewer'] },
      ],
    }),
    risk: team('r', { members: [{ principal: role('etl-risk'), roles: ['submitter', 'operator'] }] }),
  },
  { admins: [{ claim: 'boss' }, { principal: role('platform-admin') }] },
)

describe('a membership', () => {
  it.each<[string, string, readonly string[]]>([
    ['ci', 'payments', ['submitter', 'operator']],
    ['Reserved_Payments', 'payments', ['submitter', 'operator']],
    ['etl-1', 'payments', ['submitter']],
    ['etl-admin-1', 'payments', ['operator']],
    ['etl-night', 'payments', ['viewer']],
    ['etl-risk', 'risk', ['submitter', 'operator']],
  ])('of the role %s is in %s as %j', (name, expected, roles) => {
    const known = { team: expected, roles }
    expect(membershipOf(platform, { userArn: session(name) })).toEqual(known)
    expect(membershipOf(platform, { userArn: role(name) })).toEqual(known)
  })
  it.each([
    session('etl'),
    session('Etl-1'),
    session('x-etl-1'),
    session('ci-2'),
    'arn:aws:sts::999922223333:assumed-role/etl-1/run',
    'arn:aws:sts::111122223333:assumed-role/x/etl-1/run',
    'arn:aws:sts::111122223333:federated-user/etl-1',
    'arn:aws:iam::111122223333:user/etl-1',
    'arn:aws:iam::111122223333:root',
    role('etl-*'),
    '',
    undefined,
    42,
    [session('ci')],
  ])('is not had by %j', userArn => {
    const found = membershipOf(platform, { userArn })
    // The pattern itself as a principal would be a role of that name, which IAM does not allow; it is what the pattern fits.
    expect(userArn === role('etl-*') ? found?.roles : found).toEqual(
      userArn === role('etl-*') ? ['submitter'] : undefined,
    )
  })
  it('of a claim is exact', () => {
    expect(membershipOf(platform, { claim: 'payments-readers' })).toEqual({ team: 'payments', roles: ['viewer'] })
    for (const claim of ['payments-reader', 'payments-readers ', ['payments-readers'], role('ci')])
      expect(membershipOf(platform, { claim })).toBeUndefined()
  })
  it('is no matter of being an admin', () => {
    expect(isAdmin(platform, { claim: 'boss' })).toBe(true)
    expect(isAdmin(platform, { userArn: session('platform-admin') })).toBe(true)
    expect(membershipOf(platform, { claim: 'boss' })).toBeUndefined()
    for (const identity of [
      { claim: 'payments' },
      { claim: role('platform-admin') },
      { userArn: 'boss' },
      { claim: undefined },
    ])
      expect(isAdmin(platform, identity)).toBe(false)
  })
})

describe('a platform file', () => {
  it.each<[string, Record<string, object>, RegExp]>([
    [
      'with patterns of two teams that fit the same roles',
      {
        a: team('a', { members: [{ principal: role('etl-*'), roles: ['viewer'] }] }),
        b: team('b', { members: [{ principal: role('etl-b-*'), roles: ['viewer'] }] }),
      },
      /etl-b-\* fits roles that .*etl-\* of team a fits/,
    ],
    [
      'with a role of two teams, once with its path',
      {
        a: team('a', { principals: [role('x/y/ci')] }),
        b: team('b', { members: [{ principal: role('ci'), roles: ['viewer'] }] }),
      },
      /principal .*role\/ci already belongs to team a/,
    ],
    [
      'with a claim of two teams',
      { a: team('a', { claims: ['x'] }), b: team('b', { members: [{ claim: 'x', roles: ['viewer'] }] }) },
      /claim x already belongs/,
    ],
    [
      'with a star for all roles',
      { a: team('a', { members: [{ principal: role('*'), roles: ['viewer'] }] }) },
      /members/,
    ],
    [
      'with a star in the account',
      { a: team('a', { members: [{ principal: 'arn:aws:iam::*:role/x', roles: ['viewer'] }] }) },
      /members/,
    ],
    [
      'with a star inside a name',
      { a: team('a', { members: [{ principal: role('a*b'), roles: ['viewer'] }] }) },
      /members/,
    ],
    ['with a member of no role', { a: team('a', { members: [{ claim: 'x', roles: [] }] }) }, /members/],
    ['with a role that is none', { a: team('a', { members: [{ claim: 'x', roles: ['admin'] }] }) }, /members/],
    [
      'with a member of two kinds',
      { a: team('a', { members: [{ claim: 'x', principal: role('y'), roles: ['viewer'] }] }) },
      /members/,
    ],
  ])('%s is refused', (_, teams, problem) => {
    expect(() => file(teams)).toThrow(problem)
  })
  it('with a pattern for admins is refused', () => {
    expect(() => file({}, { admins: [{ principal: role('admin-*') }] })).toThrow(/admins/)
  })
})

describe('the caller', () => {
  const event = (authorizer: object) =>
    ({ headers: { 'x-team': 'risk' }, requestContext: { requestId: 'r', authorizer } }) as never
  it('is who the authorizer says, and nobody without it', () => {
    expect(callerOf(platform, event({ jwt: { claims: { sub: 'ada', 'sparkgate:team': 'payments' } } }))).toMatchObject({
      team: 'payments',
      name: 'ada',
      by: 'jwt',
    })
    expect(callerOf(platform, event({ iam: { userArn: session('ci') } }))).toMatchObject({
      team: 'payments',
      by: 'iam',
    })
    expect(callerOf(platform, event({}))).toEqual({ roles: [], isAdmin: false, by: 'iam', name: 'unknown' })
    expect(callerOf(platform, { headers: {}, requestContext: { requestId: 'r' } } as never)).not.toHaveProperty('team')
  })
  it('with an ID token is refused, unless the platform takes them', () => {
    const claims = { sub: 'ada', 'sparkgate:team': 'payments', token_use: 'id' }
    expect(() => callerOf(platform, event({ jwt: { claims } }))).toThrow(/ID token/)
    const lenient = file({ payments: team('p', { claims: ['payments'] }) }, { jwt: { idTokens: 'accept' } })
    expect(callerOf(lenient, event({ jwt: { claims } }))).toMatchObject({ team: 'payments' })
  })
})
