/** Every single fault at every effect of a scenario, and every pair: the plans, in a fixed order. */
import { ChosenFaults, EFFECTS, PAIR_KINDS } from './faults.ts'
import type { EffectName, FaultKind, PlannedFault } from './faults.ts'
import { run } from './run.ts'
import type { RunResult, Scenario } from './run.ts'

/** `some`: all of short scenarios, and of longer ones an even spread. */
export type WhichPairs = 'none' | 'some' | 'all'

/** Exhaustive runs have no chance in them; the seed only feeds jitter. */
const SEED = 1

/** Runs a scenario with exactly these faults. */
export const runWith = (scenario: Scenario, faults: readonly PlannedFault[], keepTrace = false): Promise<RunResult> =>
  run(scenario, { seed: SEED, plan: new ChosenFaults(faults), keepTrace })

/** All single faults of a scenario: every kind of each effect, and the faults of the world. */
export const singlesOf = (scenario: Scenario, effects: readonly EffectName[]): PlannedFault[] =>
  effects.flatMap((effect, at) => [...EFFECTS[effect], ...(scenario.worldFaults ?? [])].map(kind => ({ at, kind })))

/** Whether pairs begin with this fault, too. */
export const beginsPairs = (
  { at, kind }: PlannedFault,
  effects: readonly EffectName[],
  scenario: Scenario,
): boolean => {
  const effect = effects[at]
  return effect !== undefined && (kindsOfPairs(effect, scenario) as readonly string[]).includes(kind)
}

/** The second faults that the run with the first one shows: all later effects, each with its kinds. */
export function secondsOf(scenario: Scenario, first: PlannedFault, single: RunResult): readonly PlannedFault[] {
  return single.effects.flatMap((effect, at) =>
    at > first.at ? kindsOfPairs(effect, scenario).map(kind => ({ at, kind })) : [],
  )
}

/** A scenario with at most so many pairs has all of them tried at each commit: about half of the scenarios. */
const MAX_PAIRS = 21_000
/** Of one with more so many are tried, spread evenly over all: together they fit in five minutes on two cores. */
const SPREAD_PAIRS = 6_000

/** Every how manieth pair is tried; 0: none. */
export function stepOfPairs(scenario: Scenario, effects: readonly EffectName[], which: WhichPairs): number {
  if (which === 'none') return 0
  const ones = effects.reduce((sum, effect) => sum + kindsOfPairs(effect, scenario).length, 0)
  const pairs = (ones * ones) / 2
  return which === 'all' || pairs <= MAX_PAIRS ? 1 : Math.ceil(pairs / SPREAD_PAIRS)
}

const kindsOfPairs = (effect: EffectName, { worldFaults = [] }: Scenario): readonly (FaultKind | 'cancel')[] =>
  worldFaults.includes('cancel') ? [...PAIR_KINDS[effect], 'cancel'] : PAIR_KINDS[effect]
