/** The parts of a campaign: what one thread does in one go, and what it found. */
import { beginsPairs, runWith, secondsOf, singlesOf, stepOfPairs } from './exhaust.ts'
import { RandomFaults } from './faults.ts'
import type { WhichPairs } from './exhaust.ts'
import type { PlannedFault } from './faults.ts'
import type { Invariant } from './invariants.ts'
import { Prng } from './prng.ts'
import { randomScenario } from './random-scenario.ts'
import { run } from './run.ts'
import type { RunResult, Scenario } from './run.ts'
import { SCENARIOS } from './scenarios.ts'

export type Task =
  /** Every `of`-th single fault of a scenario, beginning with `part`, and the pairs that begin with it. */
  | {
      readonly kind: 'faults'
      readonly scenario: string
      readonly part: number
      readonly of: number
      readonly pairs: WhichPairs
    }
  | { readonly kind: 'seeds'; readonly from: number; readonly count: number }
  /** One run with exactly these faults. */
  | { readonly kind: 'chosen'; readonly scenario: string; readonly faults: readonly PlannedFault[] }

export interface Found {
  readonly scenario: string
  readonly seed: number
  readonly faults: readonly PlannedFault[]
  /** `hang`: the code never gave up the thread. */
  readonly invariant: Invariant | 'hang'
  readonly message: string
}

export interface TaskResult {
  readonly singles: number
  readonly pairs: number
  /** How many pairs there are. */
  readonly ofPairs: number
  readonly seeds: number
  readonly steps: number
  readonly effects: number
  readonly faults: number
  readonly deadLetters: number
  /** Seconds from a driver's end to its job's, at most. */
  readonly slowestEndSeconds: number
  readonly hash: string
  readonly found: readonly Found[]
}

/** A broken rule breaks thousands of runs: a task ends after so many. */
const MAX_FOUND = 3

/** Told before each run, so that a watchdog can say which one never ended. */
export type OnRun = (scenario: string, seed: number, faults: readonly PlannedFault[]) => void

export async function runTask(task: Task, onRun: OnRun): Promise<TaskResult> {
  const tally = new Tally()
  const take = async (
    scenario: Scenario,
    seed: number,
    faults: readonly PlannedFault[],
    start: () => Promise<RunResult>,
  ) => {
    onRun(scenario.name, seed, faults)
    // Nothing may use this; what does (rule 2 switched off) is repeatable all the same.
    Math.random = seededRandom(seed)
    const result = await start()
    tally.add(scenario, seed, result)
    return result
  }
  if (task.kind === 'seeds') {
    for (let seed = task.from; seed < task.from + task.count && tally.found.length < MAX_FOUND; seed++) {
      await take(randomScenario(seed), seed, [], () =>
        run(randomScenario(seed), { seed, plan: new RandomFaults(seed) }),
      )
      tally.seeds++
    }
    return tally.result()
  }
  const scenario = scenarioOf(task.scenario)
  if (task.kind === 'chosen') {
    await take(scenario, 1, task.faults, () => runWith(scenario, task.faults))
    return tally.result()
  }
  const chosen = (faults: readonly PlannedFault[]) => take(scenario, 1, faults, () => runWith(scenario, faults))
  const base = await chosen([])
  const every = stepOfPairs(scenario, base.effects, task.pairs)
  for (const [index, first] of singlesOf(scenario, base.effects).entries()) {
    if (index % task.of !== task.part) continue
    const single = await chosen([first])
    tally.singles++
    const goesOn = every > 0 && single.violations.length === 0 && beginsPairs(first, base.effects, scenario)
    const seconds = goesOn ? secondsOf(scenario, first, single) : []
    tally.ofPairs += seconds.length
    for (const [later, second] of seconds.entries()) {
      if ((index + later) % every !== 0) continue
      await chosen([first, second])
      tally.pairs++
      if (tally.found.length >= MAX_FOUND) break
    }
    if (tally.found.length >= MAX_FOUND) break
  }
  return tally.result()
}

function seededRandom(seed: number): () => number {
  const prng = new Prng(seed)
  return () => prng.next()
}

/** Throws for a name that no scenario has. */
export function scenarioOf(name: string): Scenario {
  const scenario = SCENARIOS.find(each => each.name === name)
  if (scenario === undefined)
    throw new Error(`there is no scenario ${name}; there are ${SCENARIOS.map(each => each.name).join(', ')}`)
  return scenario
}

class Tally {
  singles = 0
  pairs = 0
  ofPairs = 0
  seeds = 0
  readonly found: Found[] = []
  private steps = 0
  private effects = 0
  private faults = 0
  private deadLetters = 0
  private slowestEndSeconds = 0
  private hash = 0x811c9dc5

  add(scenario: Scenario, seed: number, result: RunResult): void {
    this.steps += result.steps
    this.effects += result.plan.effects.length
    this.faults += result.injected.length
    this.deadLetters += result.deadLetters
    this.slowestEndSeconds = Math.max(this.slowestEndSeconds, result.slowestEndSeconds)
    for (const digit of result.hash) this.hash = Math.imul(this.hash ^ digit.charCodeAt(0), 0x01000193)
    const [first] = result.violations
    if (first === undefined) return
    const { invariant, message } = first
    this.found.push({ scenario: scenario.name, seed, faults: result.injected, invariant, message })
  }

  result(): TaskResult {
    const { singles, pairs, ofPairs, seeds, steps, effects, faults, deadLetters, slowestEndSeconds, found } = this
    const hash = (this.hash >>> 0).toString(16).padStart(8, '0')
    return { singles, pairs, ofPairs, seeds, steps, effects, faults, deadLetters, slowestEndSeconds, hash, found }
  }
}
