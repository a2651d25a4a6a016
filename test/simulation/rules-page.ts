/** docs/simulation.md: what is simulated and judged, and for each safety rule what goes wrong when it is switched off. */
import { runCampaign } from './campaign.ts'
import { EFFECTS } from './faults.ts'
import { INVARIANTS } from './invariants.ts'
import type { PlannedFault } from './faults.ts'
import type { Found, Task } from './tasks.ts'
import { SWITCHES } from './without-rule.ts'
import type { NamedSwitch } from './without-rule.ts'
import { SCENARIOS } from './scenarios.ts'

/** A rule whose absence shows in none of so many seeds is not tested. */
const MAX_SEEDS = 2_000
const SEEDS_PER_TASK = 50
const PARALLEL = 2

type Fault = PlannedFault['kind']

export interface RuleFinding {
  readonly rule: NamedSwitch
  /** The first run of the short scenarios that violates, and the first seed of the random ones. */
  readonly short: Found | undefined
  readonly seed: Found | undefined
}

/** Switches off each rule that a simulation can see. One line is told for each. */
export async function ruleFindings(tell: (line: string) => void): Promise<readonly RuleFinding[]> {
  const waiting = SWITCHES.filter(each => each.unseen === undefined)
  const findings = new Map<string, RuleFinding>()
  const work = async (): Promise<void> => {
    for (let rule = waiting.shift(); rule !== undefined; rule = waiting.shift()) {
      const short = await firstFound(rule, SHORT_TASKS)
      const seed = await firstFound(rule, SEED_TASKS)
      findings.set(rule.id, { rule, short, seed })
      const noticed =
        seed === undefined && short === undefined ? 'NOBODY NOTICED' : `${placeOf(short)}; ${seedOf(seed)}`
      tell(`rule ${rule.id} off (${rule.what}): ${noticed}`)
      if (seed === undefined && short === undefined) process.exitCode = 1
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, work))
  return SWITCHES.flatMap(({ id }) => findings.get(id) ?? [])
}

const SHORT_TASKS: readonly Task[] = SCENARIOS.map(({ name }) => ({
  kind: 'faults',
  scenario: name,
  part: 0,
  of: 1,
  pairs: 'none',
}))

const SEED_TASKS: readonly Task[] = Array.from({ length: MAX_SEEDS / SEEDS_PER_TASK }, (_, index) => ({
  kind: 'seeds',
  from: 1 + index * SEEDS_PER_TASK,
  count: SEEDS_PER_TASK,
}))

/**
 * What the page says was found, each found again: a rule whose run violates no more, or violates something else, is told. Reads
 * the page that `simulationPage` wrote; throws for a rule that it does not have.
 */
export async function recordedFindings(page: string, tell: (line: string) => void): Promise<readonly RuleFinding[]> {
  const recorded = SWITCHES.filter(each => each.unseen === undefined).map(rule => findingOf(page, rule))
  const waiting = [...recorded]
  const work = async (): Promise<void> => {
    for (let finding = waiting.shift(); finding !== undefined; finding = waiting.shift()) {
      for (const found of [finding.short, finding.seed]) {
        if (found === undefined) continue
        const again = await firstFound(finding.rule, [taskOf(found)])
        if (again?.invariant === found.invariant) continue
        tell(`rule ${finding.rule.id} off: ${placeOf(found)} does not violate ${found.invariant} any more`)
        process.exitCode = 1
      }
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, work))
  return recorded
}

const RANDOM = 'random'

const taskOf = ({ scenario, seed, faults }: Found): Task =>
  scenario === RANDOM ? { kind: 'seeds', from: seed, count: 1 } : { kind: 'chosen', scenario, faults }

/** The row of a rule, read back. */
function findingOf(page: string, rule: NamedSwitch): RuleFinding {
  const row = page.split('\n').find(line => line.startsWith(`| ${rule.id} | `))
  if (row === undefined) throw new Error(`the page has no rule ${rule.id}`)
  const short = /`(?<invariant>\w+)` (?<scenario>[\w-]+), (?:no fault|(?<kind>[\w-]+) at #(?<at>\d+)) \|/.exec(
    row,
  )?.groups
  const random = /`(?<invariant>\w+)` seed (?<seed>\d+)/.exec(row)?.groups
  const found = (groups: Readonly<Record<string, string | undefined>>, more: Partial<Found>): Found => ({
    scenario: RANDOM,
    seed: 1,
    faults: [],
    invariant: groups['invariant'] as Found['invariant'],
    message: 'as the page says',
    ...more,
  })
  return {
    rule,
    short:
      short &&
      found(short, {
        scenario: short['scenario'] ?? '',
        faults: short['kind'] === undefined ? [] : [{ at: Number(short['at']), kind: short['kind'] as Fault }],
      }),
    seed: random && found(random, { seed: Number(random['seed']) }),
  }
}

/** One thread, so that the first one found is always the same. */
async function firstFound(rule: NamedSwitch, tasks: readonly Task[]): Promise<Found | undefined> {
  const results = await runCampaign({
    tasks,
    without: rule.id,
    threads: 1,
    onResult: (_task, { found }) => (found.length > 0 ? 'stop' : 'go-on'),
  })
  return results.flatMap(({ found }) => found)[0]
}

const placeOf = (found: Found | undefined): string =>
  found === undefined
    ? 'no single fault shows it'
    : `\`${found.invariant}\` ${found.scenario}, ${found.faults.map(({ at, kind }) => `${kind} at #${at}`).join(', ') || 'no fault'}`

const seedOf = (found: Found | undefined): string =>
  found === undefined ? `none of ${MAX_SEEDS}` : `\`${found.invariant}\` seed ${found.seed}`

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n')

/** The whole page. */
export function simulationPage(findings: readonly RuleFinding[]): string {
  const rules = findings.map(({ rule, short, seed }) => [rule.id, rule.what, placeOf(short), seedOf(seed)])
  const unseen = SWITCHES.flatMap(({ id, what, unseen }) => (unseen === undefined ? [] : [[id, what, unseen]]))
  return `<!-- Written by \`npm run simulate -- --rules\` from the code: change that, then run it again. -->

# The simulation

One thread, one seed, virtual time: the real operations, and around them a clock, queues, a table, a bucket, functions,
Kubernetes and an operator that misbehave as the real ones do. A judge reads what those services wrote down, never what the
gateway believes, and asserts invariants at each create, delete, pod and write.

- \`npm run simulate\` runs every single fault at every effect of the short scenarios, every pair of those that have at most 21,000
  pairs and an even spread of 6,000 of each of the others, and 2,000 random long runs: less than five minutes on two cores.
- \`--seeds N --from S\`, \`--scenario X\`, \`--no-pairs\`, \`--all-pairs\` choose; \`--trace\` prints the shortest trace of a violation.
- \`--without RULE\` takes a safety rule out of the code first; \`--rules\` does that with each and writes this page;
  \`--rules --check\` repeats only what the page says, and fails where it is not so any more.
- \`--explore\` walks every interleaving of a small model around the same decision function.

The same seed gives the same trace and the same hash. Faults come until everything is quiet: what a sweep does that finds nothing is
not taken apart. Pairs leave out kinds that leave the same world as another (a throw and a death at the same effect); singles try
them all. Of a scenario with more pairs every n-th is tried, spread evenly over first and second faults; \`--all-pairs\` tries each.

Machines' clocks are right, or off by up to half a second, or by up to five minutes. Workers read them through the clock of the
functions, which corrects itself by the \`Date\` headers of DynamoDB's answers (whole seconds, and late when the answer is). Each
worker is a cold one: it knows nothing before its first answer. What the judge measures by clocks it then judges less strictly, by
1.5 seconds. Indexes lag by up to two seconds, and a write may arrive up to nine seconds late.

The edge is simulated too, but not run: middy sets real timers, so that batches go through what the handlers call
(\`handleBatch\`, \`readTask\`, \`readMessage\`, \`readDrops\`, \`readFiring\`), and the change stream through a loop like that of \`notify\`.

## What must hold

${table(['', 'invariant'], Object.entries(INVARIANTS))}

## Short scenarios

${table(
  ['scenario', 'what happens', 'ends'],
  SCENARIOS.map(({ name, what, ends }) => [
    name,
    what,
    Object.entries(ends)
      .map(each => each.join(' '))
      .join(', '),
  ]),
)}

## What can go wrong where

${table(
  ['effect', 'faults'],
  Object.entries(EFFECTS).map(([effect, kinds]) => [`\`${effect}\``, kinds.join(', ')]),
)}

Besides: duplicates and any order of messages, visibility time-outs, workers killed at their time limit, an operator that
crashes between driver pod and status and submits again, statuses and pick-ups late by up to an hour, lost nodes, clusters
that are away for seconds or for longer than a team waits, forgotten watch histories, indexes that lag, outsiders who delete, occupy
or apply objects, people who cancel, ask for further attempts of what is over or is not, stop and release teams, clusters and
everything. Teams have limits or none, wait for lost clusters or move; clusters drain, are slow, are small.

## Each rule switched off once

${table(['rule', 'switched off', 'first short run that violates', 'first random run'], rules)}

Not visible to a simulation of the engine, and tested elsewhere (docs/rules.md):

${table(['rule', 'switched off', 'why'], unseen)}
`
}
