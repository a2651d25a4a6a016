import { describe, expect, it } from 'vitest'
import { teamOfClaim, teamOfInboxKey, teamOfPrincipal } from '../../shared/domain/identity.ts'
import { inboxKey, JOB_ID_PATTERN, jobIdFor, scheduleKey } from '../../shared/domain/job-identity.ts'
import { parsePlatform, PlatformFileError } from '../../shared/domain/platform/platform.ts'
import { makePlatform } from '../support/make-job.ts'

const platform = makePlatform()

describe('a team comes from a verified identity, exactly', () => {
  it.each([
    ['payments', 'payments'],
    ['risk', 'risk'],
  ])('claim %s → %s', (claim, team) => {
    expect(teamOfClaim(platform, claim)).toBe(team)
  })
  it.each([
    ['payment'],
    ['payments '],
    ['Payments'],
    ['payments-x'],
    ['__proto__'],
    ['constructor'],
    [['payments']],
    ['[payments]'],
    [undefined],
    [{ toString: (): string => 'payments' }],
  ])('claim %j names nobody', claim => {
    expect(teamOfClaim(platform, claim)).toBeUndefined()
  })
  it('knows a role in any of its sessions, and no other role', () => {
    expect(teamOfPrincipal(platform, 'arn:aws:sts::111122223333:assumed-role/payments-ci/run-7')).toBe('payments')
    expect(teamOfPrincipal(platform, 'arn:aws:iam::111122223333:role/payments-ci')).toBe('payments')
    expect(teamOfPrincipal(platform, 'arn:aws:sts::111122223333:assumed-role/payments-ci-2/run')).toBeUndefined()
    expect(teamOfPrincipal(platform, 'arn:aws:sts::999922223333:assumed-role/payments-ci/run')).toBeUndefined()
    expect(teamOfPrincipal(platform, 'arn:aws:sts::111122223333:assumed-role/x/payments-ci/run')).toBeUndefined()
  })
  it('takes the longest whole prefix of an inbox key', () => {
    expect(teamOfInboxKey(platform, 'payments/a.yaml')).toBe('payments')
    expect(teamOfInboxKey(platform, 'payments/risk/a.yaml')).toBe('risk')
    expect(teamOfInboxKey(platform, 'payments-evil/a.yaml')).toBeUndefined()
    expect(teamOfInboxKey(platform, 'a.yaml')).toBeUndefined()
  })
})

describe('identities are deterministic', () => {
  it('gives the same id for the same request, and another for anything else', () => {
    const id = jobIdFor('payments', 'api', 'key')
    expect(id).toMatch(JOB_ID_PATTERN)
    expect(jobIdFor('payments', 'api', 'key')).toBe(id)
    const others = [
      jobIdFor('payment', 'api', 'skey'),
      jobIdFor('payments', 's3', 'key'),
      jobIdFor('risk', 'api', 'key'),
      jobIdFor('payments', 'api', 'key2'),
    ]
    expect(new Set([id, ...others]).size).toBe(5)
  })
  it('names a version of an object, and a time of a schedule', () => {
    expect(inboxKey('b', 'k', 'v1')).not.toBe(inboxKey('b', 'k', 'v2'))
    expect(scheduleKey('nightly', '2026-11-21T03:00:00.000Z')).toBe('nightly@2026-11-21T03:00:00.000Z')
  })
})

describe('the platform file', () => {
  it('names every problem at once', () => {
    const broken = () =>
      parsePlatform({
        clusters: { main: { eksName: 'x', region: 'nowhere' } },
        teams: { a: { clusters: ['main'], namespace: 'Bad_Name' } },
        typo: 1,
      })
    expect(broken).toThrow(PlatformFileError)
    expect(broken).toThrow(/clusters\.main\.region[\s\S]*teams\.a\.namespace/)
  })
  it('refuses an identity that two teams claim, and names that point nowhere', () => {
    const team = { clusters: ['main'], namespace: 'n', claims: ['same'] }
    const clash = () =>
      parsePlatform({
        clusters: { main: { eksName: 'x', region: 'eu-central-1' } },
        teams: { a: team, b: { ...team, namespace: 'm' }, c: { clusters: ['gone'], namespace: 'o' } },
        schedules: { s: { team: 'nobody', expression: 'rate(1 hour)', spec: 'x' } },
      })
    expect(clash).toThrow(/no cluster gone[\s\S]*no team nobody[\s\S]*claim same already belongs to team a/)
  })
})
