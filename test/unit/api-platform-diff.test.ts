/** What a change of the platform file is said to do: complete, attributed to the right teams, the worst first. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diffPlatforms } from '../../shared/domain/platform/diff-platforms.ts'
import { parsePlatform } from '../../shared/domain/platform/platform.ts'

const base = {
  clusters: {
    main: { eksName: 'a', region: 'eu-central-1', limits: { cores: 100 } },
    second: { eksName: 'b', region: 'eu-central-1' },
  },
  teams: {
    payments: {
      clusters: ['main'],
      namespace: 'p',
      claims: ['payments'],
      inboxPrefixes: ['payments/'],
      limits: { jobs: 5 },
    },
    risk: { clusters: ['main', 'second'], namespace: 'r', claims: ['risk'], policy: 'open' },
  },
}
type File = typeof base & Record<string, unknown>
const diff = (change: (file: File) => void) => {
  const file = structuredClone(base) as File
  change(file)
  return diffPlatforms(parsePlatform(base), parsePlatform(file))
}
const set = (file: File, team: 'payments' | 'risk', fields: object): void =>
  void Object.assign(file.teams[team], fields)

describe('a change of the platform file', () => {
  it('that is none says nothing', () => expect(diff(() => {})).toEqual([]))
  it.each<[string, (file: File) => void, object]>([
    [
      'a lower limit',
      f => set(f, 'payments', { limits: { jobs: 3 } }),
      { effect: 'restricts', path: 'teams.payments.limits.jobs', teams: ['payments'] },
    ],
    [
      'a new limit',
      f => set(f, 'payments', { limits: { jobs: 5, cores: 9 } }),
      { effect: 'restricts', path: 'teams.payments.limits.cores' },
    ],
    [
      'no limit any more',
      f => set(f, 'payments', { limits: {} }),
      { effect: 'allows', path: 'teams.payments.limits.jobs' },
    ],
    [
      'another namespace',
      f => set(f, 'risk', { namespace: 'other' }),
      { effect: 'breaks', path: 'teams.risk.namespace', teams: ['risk'] },
    ],
    [
      'a claim that goes',
      f => set(f, 'risk', { claims: [] }),
      { effect: 'breaks', message: 'Claims: risk loses all access.' },
    ],
    [
      'a member that comes',
      f => set(f, 'risk', { members: [{ claim: 'x', roles: ['viewer'] }] }),
      { effect: 'allows', teams: ['risk'] },
    ],
    ['another policy', f => set(f, 'risk', { policy: 'strict' }), { effect: 'changes', path: 'teams.risk.policy' }],
    [
      'a cluster that drains',
      f => Object.assign(f.clusters.main, { state: 'draining' }),
      { effect: 'restricts', teams: ['payments', 'risk'] },
    ],
    [
      'a cluster of one team',
      f => Object.assign(f.clusters.second, { limits: { jobs: 1 } }),
      { effect: 'restricts', teams: ['risk'] },
    ],
    [
      'another cluster under the name',
      f => Object.assign(f.clusters.second, { eksName: 'c' }),
      { effect: 'breaks', teams: ['risk'] },
    ],
    [
      'a new team',
      f => Object.assign(f.teams, { lab: { clusters: ['main'], namespace: 'l' } }),
      { effect: 'allows', path: 'teams.lab', teams: ['lab'] },
    ],
    [
      'defaults of all',
      f => Object.assign(f, { defaults: { sparkVersion: '4.0.1' } }),
      { effect: 'changes', path: 'defaults', teams: ['payments', 'risk'] },
    ],
    ['an admin', f => Object.assign(f, { admins: [{ claim: 'boss' }] }), { effect: 'allows', teams: [] }],
    [
      'another team claim',
      f => Object.assign(f, { jwt: { teamClaim: 'team' } }),
      { effect: 'breaks', path: 'jwt', teams: ['payments', 'risk'] },
    ],
    ['shorter retention', f => Object.assign(f, { retentionDays: 20 }), { effect: 'restricts', path: 'retentionDays' }],
  ])('%s', (_, change, expected) => {
    expect(diff(change)).toMatchObject([expected])
  })
  it('that removes a team tells so', () => {
    const changes = diff(file => Reflect.deleteProperty(file.teams, 'risk'))
    expect(changes).toMatchObject([{ effect: 'breaks', path: 'teams.risk', teams: ['risk'] }])
  })
  it('that gives an identity to another team is told as a move, first', () => {
    const changes = diff(file => {
      set(file, 'payments', { claims: ['risk'] })
      set(file, 'risk', { claims: ['payments'] })
    })
    expect(changes.map(each => each.message)).toContain(
      'Claim risk moves from team risk to team payments, and sees its jobs.',
    )
    expect(changes[0]?.effect).toBe('breaks')
  })
  it('of a policy names the teams that have it, also through what it extends', () => {
    const policies = { own: { extends: 'strict', gateway: { priorities: ['low'] } } }
    const before = structuredClone(base) as File
    Object.assign(before, { policies })
    set(before, 'payments', { policy: 'own' })
    const after = structuredClone(before)
    Object.assign(after, { policies: { own: { extends: 'strict', gateway: { priorities: ['high'] } } } })
    const changes = diffPlatforms(parsePlatform(before), parsePlatform(after))
    expect(changes).toMatchObject([{ path: expect.stringContaining('policies.own'), teams: ['payments'] }])
  })
  it('is never silent: whatever differs is told', () => {
    const numbers = fc.record({
      jobs: fc.nat(9),
      retentionDays: fc.integer({ min: 15, max: 30 }),
      rate: fc.integer({ min: 1, max: 9 }),
    })
    fc.assert(
      fc.property(numbers, numbers, (left, right) => {
        const file = ({ jobs, retentionDays, rate }: typeof left) =>
          parsePlatform({
            ...base,
            retentionDays,
            api: { requestsPerMinute: rate },
            teams: { ...base.teams, payments: { ...base.teams.payments, limits: { jobs } } },
          })
        const same = JSON.stringify(left) === JSON.stringify(right)
        expect(diffPlatforms(file(left), file(right)).length === 0).toBe(same)
      }),
    )
  })
})
