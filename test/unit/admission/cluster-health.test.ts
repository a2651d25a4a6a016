import { describe, expect, test } from 'vitest'
import { circuitOf, smoothLag, turnInterval } from '../../../shared/domain/admission/cluster-health.ts'

const NOW = 1_000_000_000

describe('the circuit of a cluster', () => {
  const failed = (failures: number, secondsAgo: number, reachableAt?: number) =>
    circuitOf({
      now: NOW,
      failures,
      failedAt: NOW - secondsAgo * 1000,
      ...(reachableAt !== undefined && { reachableAt }),
    })
  test('stays closed for single failures', () => {
    expect(circuitOf({ now: NOW, failures: 0 })).toEqual({ state: 'closed' })
    expect(failed(2, 1)).toEqual({ state: 'closed' })
  })
  test('opens after three in a row, for longer with each further one, and lets one try then', () => {
    expect(failed(3, 1)).toMatchObject({ state: 'open', until: NOW + 29_000 })
    expect(failed(4, 1)).toMatchObject({ state: 'open', until: NOW + 59_000 })
    expect(failed(30, 1)).toMatchObject({ state: 'open', until: NOW + 599_000 })
    expect(failed(3, 31)).toEqual({ state: 'half-open' })
  })
  test('closes as soon as anybody had an answer, and after long silence of failures', () => {
    expect(failed(9, 10, NOW - 5_000)).toEqual({ state: 'closed' })
    expect(failed(9, 10, NOW - 15_000)).toMatchObject({ state: 'open' })
    expect(failed(9, 86_400)).toEqual({ state: 'closed' })
  })
})

describe('the rate that an operator is offered', () => {
  test('is the configured one while it keeps up, and falls with its lag to a sixteenth', () => {
    expect(turnInterval(2)).toBe(500)
    expect(turnInterval(2, 4_000)).toBe(500)
    expect(turnInterval(2, 20_000)).toBe(2_000)
    expect(turnInterval(2, 3_600_000)).toBe(8_000)
  })
  test('follows measurements smoothly', () => {
    expect(smoothLag(undefined, 4_000)).toBe(4_000)
    expect(smoothLag(4_000, 8_000)).toBe(5_000)
  })
})
