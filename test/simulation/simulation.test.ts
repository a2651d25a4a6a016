/** The simulation itself: it repeats, it covers what it says, the engine holds in it, and it notices when a rule is gone. */
import { describe, expect, it } from 'vitest'
import { CONDITIONS } from '../../shared/adapters/dynamodb-table.ts'
import { runCampaign, sumOf } from './campaign.ts'
import { compileCondition } from './condition-expression.ts'
import { runWith, secondsOf, singlesOf } from './exhaust.ts'
import { EFFECTS, PAIR_KINDS, RandomFaults } from './faults.ts'
import { randomScenario } from './random-scenario.ts'
import { run } from './run.ts'
import { SCENARIOS } from './scenarios.ts'
import { shrink } from './shrink.ts'

const randomRun = (seed: number) => run(randomScenario(seed), { seed, plan: new RandomFaults(seed) })

describe('a run', () => {
  it('is the same for the same seed, and another for another', async () => {
    const [first, second, other] = [await randomRun(7), await randomRun(7), await randomRun(8)]
    expect(second.hash).toBe(first.hash)
    expect(second.injected).toEqual(first.injected)
    expect(other.hash).not.toBe(first.hash)
  })

  it('is the same whatever ran beside it', async () => {
    const alone = await randomRun(11)
    const [beside] = await Promise.all([randomRun(11), randomRun(12)])
    expect(beside.hash).toBe(alone.hash)
  })

  it.each(SCENARIOS)('ends as it should when nothing goes wrong: $name', async scenario => {
    const { ends, violations, injected } = await runWith(scenario, [])
    expect({ ends, violations, injected }).toEqual({ ends: scenario.ends, violations: [], injected: [] })
  })
})

describe('the faults', () => {
  it('reach every effect that an operation has in some scenario', async () => {
    const reached = new Set<string>()
    for (const scenario of SCENARIOS)
      for (const effect of (await runWith(scenario, [])).plan.effects) reached.add(effect)
    for (let seed = 1; seed <= 20; seed++)
      for (const effect of (await randomRun(seed)).plan.effects) reached.add(effect)
    // Only the API asks these.
    const unreached = Object.keys(EFFECTS).filter(effect => !reached.has(effect))
    expect(unreached).toEqual(['store.list', 'admission.countAhead', 'admission.listPauses'])
  })

  it('of pairs are faults of singles', () => {
    for (const [effect, kinds] of Object.entries(PAIR_KINDS))
      for (const kind of kinds) expect(EFFECTS[effect as keyof typeof EFFECTS]).toContain(kind)
  })

  it('come second only after the first', async () => {
    const [scenario] = SCENARIOS
    if (scenario === undefined) throw new Error('no scenario')
    const base = await runWith(scenario, [])
    const first = singlesOf(scenario, base.effects)[20]
    if (first === undefined) throw new Error('no fault')
    const seconds = secondsOf(scenario, first, await runWith(scenario, [first]))
    expect(seconds.length).toBeGreaterThan(50)
    expect(seconds.every(({ at }) => at > first.at)).toBe(true)
  })
})

describe('conditions of the table', () => {
  it('are read as DynamoDB reads them', () => {
    const test = compileCondition(CONDITIONS.stillStands)
    const item = { version: 3, terminal: false, progress: 120 }
    expect(test(item, { seen: 3, over: false, progress: 120 })).toBe(true)
    expect(test(item, { seen: 2, over: false, progress: 120 })).toBe(false)
    expect(test({ ...item, terminal: true }, { seen: 3, over: false, progress: 120 })).toBe(false)
    expect(test({}, { seen: 3, over: false, progress: 120 })).toBe(false)
    expect(compileCondition('attribute_not_exists(#a) OR #a < :b')({}, { b: 1 })).toBe(true)
    expect(compileCondition('(#a = :x OR #a = :y) AND #c <> :x')({ a: 2, c: 3 }, { x: 1, y: 2 })).toBe(true)
    expect(() => compileCondition('begins_with(#a, :b)')).toThrow('cannot read')
  })
})

describe('the engine', () => {
  it('holds under every single fault of a submission, and under fifty seeds', async () => {
    const results = await runCampaign({
      tasks: [
        { kind: 'faults', scenario: 'submit', part: 0, of: 1, pairs: 'none' },
        { kind: 'seeds', from: 1, count: 50 },
      ],
    })
    const sum = sumOf(results)
    expect(sum.found).toEqual([])
    expect(sum.singles).toBeGreaterThan(300)
    expect(sum.seeds).toBe(50)
  })
})

describe('a rule that is switched off', () => {
  it('is noticed, and the trace shrinks to what is needed', async () => {
    const results = await runCampaign({
      tasks: [{ kind: 'seeds', from: 1, count: 100 }],
      without: '6.1',
      threads: 1,
    })
    const [found] = results.flatMap(each => each.found)
    expect(found?.invariant).toBe('I8')
    if (found === undefined) throw new Error('not found')
    // Here the rule is in force again: the same run is well.
    expect((await shrink(found)).result.violations).toEqual([])
  })
})
