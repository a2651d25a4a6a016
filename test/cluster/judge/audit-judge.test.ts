/** The judge itself: each fault that it is there for is noticed, and a good run is not accused. Needs no cluster. */
import { describe, expect, it } from 'vitest'
import { judgeCreates, judgeFences, judgeRights, neverCreated, requestsPerMinute } from './audit-judge.ts'
import type { AuditEntry, JudgedJob } from './audit-judge.ts'

const SECOND = 1_000
const START = Date.parse('2026-11-21T12:00:00Z')
const at = (seconds: number): string => new Date(START + seconds * SECOND).toISOString()

function entry(verb: string, name: string, seconds: number, change: Partial<AuditEntry> = {}): AuditEntry {
  return {
    verb,
    stage: 'ResponseComplete',
    requestURI: '/apis',
    user: { extra: { canonicalArn: ['arn:aws:iam::111122223333:role/sparkgate-reconcile'] } },
    objectRef: { resource: 'sparkapplications', namespace: 'team-a', name },
    responseStatus: { code: verb === 'create' ? 201 : 200 },
    requestReceivedTimestamp: at(seconds),
    ...change,
  }
}

const JOB: JudgedJob = {
  id: 'j1',
  state: 'CANCELLED',
  stateSince: at(30),
  attempts: [{ objectName: 'job-a1' }],
  stop: { requestedAt: at(20) },
}
const NOTHING = new Map<string, ReadonlySet<string>>()

describe('the judge of creates', () => {
  it('finds nothing in one create an attempt', () => {
    expect(judgeCreates([entry('create', 'job-a1', 1)], [JOB], new Map([['job-a1', new Set(['u1'])]]))).toEqual([])
  })
  it('takes an answered conflict for no create', () => {
    const conflict = entry('create', 'job-a1', 2, { responseStatus: { code: 409 } })
    expect(judgeCreates([entry('create', 'job-a1', 1), conflict], [JOB], NOTHING)).toEqual([])
  })
  it('notices a second create', () => {
    const twice = [entry('create', 'job-a1', 1), entry('create', 'job-a1', 5)]
    expect(judgeCreates(twice, [JOB], NOTHING)).toEqual(['job-a1 was created 2 times'])
  })
  it('notices an object of no job', () => {
    expect(judgeCreates([entry('create', 'job-a2', 1)], [JOB], NOTHING)).toEqual([
      'job-a2 was created and is no attempt of a job',
    ])
  })
  it('notices by the watch what the audit log lost', () => {
    const twice = new Map([['job-a1', new Set(['u1', 'u2'])]])
    expect(judgeCreates([], [JOB], twice)).toEqual(['job-a1 was 2 objects: u1, u2'])
  })
  it('names attempts that never were, unless one of both saw them', () => {
    expect(neverCreated([], [JOB], NOTHING)).toEqual(['job-a1'])
    expect(neverCreated([], [JOB], new Map([['job-a1', new Set(['u1'])]]))).toEqual([])
  })
})

describe('the judge of fences', () => {
  it('lets a request arrive that was on its way', () => {
    expect(judgeFences([entry('create', 'job-a1', 25)], [JOB], 6)).toEqual([])
  })
  it('notices a later one', () => {
    expect(judgeFences([entry('create', 'job-a1', 27)], [JOB], 6)).toEqual([
      'job-a1 was created 7000 ms after the fence',
    ])
  })
  it('notices one after CANCELLED, however soon', () => {
    const quick = { ...JOB, stateSince: at(21) }
    expect(judgeFences([entry('create', 'job-a1', 22)], [quick], 6)).toEqual(['job-a1 was created after CANCELLED'])
  })
})

describe('the judge of rights', () => {
  it('notices a verb that was not granted, and a refusal', () => {
    const patch = entry('patch', 'job-a1', 1)
    const refused = entry('list', '', 2, {
      objectRef: { resource: 'pods', namespace: 'team-a' },
      responseStatus: { code: 403 },
    })
    expect(judgeRights([patch, refused])).toEqual([
      'reconcile did patch sparkapplications',
      'reconcile was refused list pods',
    ])
  })
  it('does not judge others', () => {
    expect(judgeRights([entry('patch', 'job-a1', 1, { user: { username: 'admin' } })])).toEqual([])
  })
})

it('counts requests a minute of one identity in a window', () => {
  const entries = [1, 10, 20, 40].map(seconds => entry('get', 'job-a1', seconds))
  expect(requestsPerMinute(entries, 'reconcile', START, START + 30 * SECOND)).toBe(6)
  expect(requestsPerMinute(entries, 'observe', START, START + 30 * SECOND)).toBe(0)
})

it('counts a watch when it starts, not again when it ends', () => {
  const entries = ['ResponseStarted', 'ResponseComplete'].map(stage => entry('watch', '', 1, { stage }))
  expect(requestsPerMinute(entries, 'reconcile', START, START + 60 * SECOND)).toBe(1)
})
