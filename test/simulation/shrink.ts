/** From a run that violates to the fewest faults that still do: drops faults one by one, first in large pieces. */
import { runWith } from './exhaust.ts'
import { ChosenFaults } from './faults.ts'
import type { PlannedFault } from './faults.ts'
import { randomScenario } from './random-scenario.ts'
import { run } from './run.ts'
import type { RunResult } from './run.ts'
import { scenarioOf } from './tasks.ts'
import type { Found } from './tasks.ts'

/** Runs that one shrinking may take. */
const MAX_RUNS = 600

export interface Shrunk {
  readonly faults: readonly PlannedFault[]
  readonly result: RunResult
}

/** The shortest that was found; the run is repeated with its trace. */
export async function shrink(found: Found): Promise<Shrunk> {
  const count = { runs: 0 }
  const violates = async (faults: readonly PlannedFault[]): Promise<boolean> => {
    count.runs++
    const { violations } = await again(found, faults)
    return violations[0]?.invariant === found.invariant
  }
  let faults = found.faults
  for (let piece = Math.ceil(faults.length / 2); piece >= 1; piece = piece === 1 ? 0 : Math.ceil(piece / 2)) {
    for (let start = 0; start < faults.length;) {
      if (count.runs >= MAX_RUNS) break
      const fewer = [...faults.slice(0, start), ...faults.slice(start + piece)]
      if (await violates(fewer)) faults = fewer
      else start += piece
    }
  }
  return { faults, result: await again(found, faults, true) }
}

const again = (found: Found, faults: readonly PlannedFault[], keepTrace = false): Promise<RunResult> =>
  found.scenario === 'random'
    ? run(randomScenario(found.seed), { seed: found.seed, plan: new ChosenFaults(faults), keepTrace })
    : runWith(scenarioOf(found.scenario), faults, keepTrace)
