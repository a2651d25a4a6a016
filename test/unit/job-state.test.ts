import { describe, expect, it } from 'vitest'
import { canMove, isTerminal, JOB_STATES, progressOf } from '../../shared/domain/job-state.ts'
import type { JobState } from '../../shared/domain/job-state.ts'

const STATES = Object.keys(JOB_STATES) as JobState[]

describe('the state table', () => {
  it.each(STATES)('%s: what is terminal leads nowhere, what is not leads on', state => {
    expect(JOB_STATES[state].next.length > 0).toBe(!isTerminal(state))
  })
  it('raises (attempt, rank) with every move', () => {
    for (const from of STATES) {
      for (const to of JOB_STATES[from].next) {
        expect(progressOf({ attempt: 1, state: to })).toBeGreaterThan(progressOf({ attempt: 1, state: from }))
      }
    }
  })
  it('lets every live state be cancelled', () => {
    for (const state of STATES.filter(each => !isTerminal(each) && each !== 'CANCELLING')) {
      expect(canMove({ attempt: 1, state }, { attempt: 1, state: 'CANCELLING' })).toBe(true)
    }
  })
  it('never leaves a terminal state, not even for itself', () => {
    for (const from of STATES.filter(isTerminal)) {
      for (const to of STATES) expect(canMove({ attempt: 1, state: from }, { attempt: 1, state: to })).toBe(false)
    }
  })
  it('retries only from SUBMITTING (its cluster is lost), PENDING and RUNNING, to QUEUED of the very next attempt', () => {
    for (const from of STATES) {
      expect(canMove({ attempt: 1, state: from }, { attempt: 2, state: 'QUEUED' })).toBe(
        from === 'SUBMITTING' || from === 'PENDING' || from === 'RUNNING',
      )
      expect(canMove({ attempt: 1, state: from }, { attempt: 3, state: 'QUEUED' })).toBe(false)
      expect(canMove({ attempt: 1, state: from }, { attempt: 2, state: 'RUNNING' })).toBe(false)
    }
  })
  it('reaches every state from QUEUED but REJECTED', () => {
    const reached = new Set<JobState>(['QUEUED'])
    for (const state of reached) for (const next of JOB_STATES[state].next) reached.add(next)
    expect(STATES.filter(state => !reached.has(state))).toEqual(['REJECTED'])
  })
})
