/**
 * A node that dies with a driver on it, as it was recorded (test/traces/without-replay/node-lost.jsonl): the cluster of these tests has
 * but one node, and nothing could be tried after it. Needs no cluster.
 */
import { describe, expect, it } from 'vitest'
import { applicationView } from '../../../shared/adapters/kubernetes-views.ts'
import { diagnoseFailure } from '../../../shared/domain/diagnosis.ts'
import { readTrace } from '../../support/embedded-kubernetes-traces.ts'
import type { TraceLine } from '../../support/embedded-kubernetes-traces.ts'

/** With their seconds, which no replay asks for. */
const lines = readTrace('without-replay/node-lost') as readonly (TraceLine & { readonly t: number })[]
const timeOf = (action: string): number => lines.find(({ type }) => type === action)?.t ?? Number.NaN
const applications = lines.filter(({ source }) => source === 'sparkapplication')
const stateOf = ({ object }: TraceLine): string => applicationView(object).operatorState

describe('a job whose node has died', () => {
  it('stays RUNNING while the node is missed, and while its pods are evicted', () => {
    const evicted = lines.find(line => JSON.stringify(line).includes('DeletionByTaintManager'))
    expect(evicted?.t).toBeGreaterThan(timeOf('NODE-KILLED'))
    const states = applications.filter(({ t }) => t < timeOf('NODE-REMOVED')).map(stateOf)
    expect(states.at(-1)).toBe('RUNNING')
  })
  it('has lost its driver within a minute after the node object is removed', () => {
    const failed = applications.find(line => stateOf(line) === 'FAILED')
    expect((failed?.t ?? Number.NaN) - timeOf('NODE-REMOVED')).toBeLessThan(60)
    const view = applicationView(failed?.object)
    expect(view.errorMessage).toBe('driver container status missing')
    // The pod is gone by then.
    expect(diagnoseFailure(view, [])).toMatchObject({ meaning: 'failed', reason: 'DRIVER_LOST' })
  })
})
