/**
 * `npm run simulate`: the engine under every fault, in virtual time (docs/simulation.md).
 *
 *   --seeds N --from S   random runs (2,000 from 1; with --scenario none)
 *   --scenario X         only this scenario, or `random`
 *   --no-pairs           single faults only
 *   --all-pairs          every pair of every scenario (a quarter of an hour); without it those of longer ones are a spread
 *   --without RULE       with this rule switched off (`8.2`: second switch of rule 8); a violation is then expected
 *   --trace              prints the shortest trace of each violation; of a single seed its trace
 *   --rules              every rule switched off once → docs/simulation.md; minutes
 *   --rules --check      what that page says, found again; less than a minute
 *   --explore            the exhaustive model of the decision
 *
 * Exit code 1 on a violation.
 */
import { parseArgs } from 'node:util'
import { runCampaign, sumOf } from '../test/simulation/campaign.ts'
import type { Found, Task, TaskResult } from '../test/simulation/tasks.ts'
import { switchOff } from '../test/simulation/without-rule.ts'

const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    scenario: { type: 'string' },
    'no-pairs': { type: 'boolean', default: false },
    'all-pairs': { type: 'boolean', default: false },
    without: { type: 'string' },
    trace: { type: 'boolean', default: false },
    rules: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    explore: { type: 'boolean', default: false },
  },
})

const DEFAULT_SEEDS = 2_000
const SEEDS_PER_TASK = 100
/** A scenario's faults are split into so many tasks. */
const PARTS = 16
/** Violations that are shrunk and shown; more of the same kind tell nothing new. */
const MAX_SHOWN = 5
const TRACE_LINES = 80

const began = performance.now()
const seconds = (): string => ((performance.now() - began) / 1000).toFixed(1)

if (options.rules) {
  await rulesPage()
} else if (options.explore) {
  const { exploreModel } = await import('../test/simulation/explore.ts')
  const { states, transitions, violations } = exploreModel()
  console.log(`${states} states, ${transitions} transitions, ${violations.length} violations, ${seconds()} s`)
  for (const violation of violations) console.log(violation)
  if (violations.length > 0) process.exitCode = 1
} else {
  if (options.without !== undefined) switchOff(options.without)
  await simulate()
}

async function simulate(): Promise<void> {
  const { SCENARIOS } = await import('../test/simulation/scenarios.ts')
  const names = SCENARIOS.map(({ name }) => name).filter(name => [undefined, name].includes(options.scenario))
  const results = new Map<Task, TaskResult>()
  const tasks = [...names.flatMap(faultTasks), ...seedTasks()]
  const all = await runCampaign({
    tasks,
    ...(options.without !== undefined && { without: options.without }),
    onResult: (task, result, done) => {
      results.set(task, result)
      if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${tasks.length} parts, ${seconds()} s `)
      return 'go-on'
    },
  })
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K')
  console.table([...rowsOf(names, results), rowOf('all', all)])
  const sum = sumOf(all)
  const perSecond = (count: number): number => Math.round((count * 1000) / (performance.now() - began))
  const runs = sum.singles + sum.pairs + sum.seeds
  console.log(`${runs} runs (${perSecond(runs)}/s), ${sum.steps} steps (${perSecond(sum.steps)}/s), ${seconds()} s`)
  console.log(
    `slowest end after its driver's: ${sum.slowestEndSeconds} s; dead letters of random runs: ${sum.deadLetters}`,
  )
  console.log(`trace hash ${sum.hash}`)
  await show(sum.found)
  if (options.trace && sum.found.length === 0 && options.seeds === '1') await showSeed(Number(options.from))
}

function faultTasks(scenario: string): Task[] {
  const pairs = options['no-pairs'] ? 'none' : options['all-pairs'] ? 'all' : 'some'
  return Array.from({ length: PARTS }, (_, part) => ({ kind: 'faults', scenario, part, of: PARTS, pairs }))
}

function seedTasks(): Task[] {
  const isWanted = options.scenario === undefined || options.scenario === 'random'
  const wanted = isWanted ? Number(options.seeds ?? DEFAULT_SEEDS) : 0
  const from = Number(options.from)
  return Array.from({ length: Math.ceil(wanted / SEEDS_PER_TASK) }, (_, index) => ({
    kind: 'seeds',
    from: from + index * SEEDS_PER_TASK,
    count: Math.min(SEEDS_PER_TASK, wanted - index * SEEDS_PER_TASK),
  }))
}

function rowsOf(names: readonly string[], results: ReadonlyMap<Task, TaskResult>): object[] {
  const of = (isIt: (task: Task) => boolean): TaskResult[] =>
    [...results].filter(([task]) => isIt(task)).map(([, result]) => result)
  const rows = names.map(name =>
    rowOf(
      name,
      of(task => task.kind === 'faults' && task.scenario === name),
    ),
  )
  const seeds = of(task => task.kind === 'seeds')
  return seeds.length > 0 ? [...rows, rowOf('random', seeds)] : rows
}

/** Points are effects that were reached in all runs; faults those that hit one. */
function rowOf(name: string, results: readonly TaskResult[]): object {
  const { singles, pairs, ofPairs, seeds, effects, faults, steps, found } = sumOf(results)
  return { name, singles, pairs, of: ofPairs, seeds, points: effects, faults, steps, violations: found.length }
}

async function show(found: readonly Found[]): Promise<void> {
  if (found.length === 0) return
  process.exitCode = 1
  const { shrink } = await import('../test/simulation/shrink.ts')
  const kinds = new Map(found.map(each => [`${each.invariant} ${each.scenario}`, each]))
  for (const each of [...kinds.values()].slice(0, MAX_SHOWN)) {
    console.log(`\n✗ ${each.invariant} in ${each.scenario}, seed ${each.seed}: ${each.message}`)
    if (each.invariant === 'hang') {
      console.log(`  faults: ${JSON.stringify(each.faults)}`)
      continue
    }
    const { faults, result } = await shrink(each)
    console.log(`  ${each.faults.length} faults, of which ${faults.length} are needed; trace ${result.hash}`)
    for (const { at, kind } of faults) console.log(`  #${at} ${result.plan.effects[at]}: ${kind}`)
    if (options.trace) console.log(result.lines.slice(-TRACE_LINES).join('\n'))
  }
}

async function showSeed(seed: number): Promise<void> {
  const { run } = await import('../test/simulation/run.ts')
  const { randomScenario } = await import('../test/simulation/random-scenario.ts')
  const { RandomFaults } = await import('../test/simulation/faults.ts')
  const { lines } = await run(randomScenario(seed), { seed, plan: new RandomFaults(seed), keepTrace: true })
  console.log(lines.join('\n'))
}

async function rulesPage(): Promise<void> {
  const { recordedFindings, ruleFindings, simulationPage } = await import('../test/simulation/rules-page.ts')
  const { readFileSync, writeFileSync } = await import('node:fs')
  const file = new URL('../docs/simulation.md', import.meta.url)
  const tell = (line: string): void => console.log(line)
  if (!options.check) return writeFileSync(file, simulationPage(await ruleFindings(tell)))
  const page = readFileSync(file, 'utf8')
  const findings = await recordedFindings(page, tell)
  console.log(`${findings.length} rules switched off, ${seconds()} s`)
  if (page === simulationPage(findings)) return
  console.error('docs/simulation.md is not what the simulation says: run `npm run simulate -- --rules`')
  process.exitCode = 1
}
