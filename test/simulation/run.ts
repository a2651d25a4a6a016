/** One run: a scenario, a seed, a plan of faults → violations, the hash of its trace, and what it took. */
import type { EffectName, FaultPlan, PlannedFault, WorldFault } from './faults.ts'
import { judgeEnd, judgeUnknown } from './judge-end.ts'
import type { Violation } from './invariants.ts'
import type { Prng } from './prng.ts'
import { STEADY_PACE } from './simulated-operator.ts'
import type { DriverPlan, Pace } from './simulated-operator.ts'
import type { People } from './people.ts'
import { simulatedPlatform } from './simulated-platform.ts'
import type { Timing } from './worker.ts'
import { START, World } from './world.ts'

export interface Scenario {
  readonly name: string
  /** One sentence: what happens when nothing goes wrong. */
  readonly what: string
  /** How the driver of an attempt of a spec of this name fares; well, if absent. */
  readonly driver?: (name: string, attempt: number) => DriverPlan
  readonly play: (people: People) => void
  /** Faults of the world that are tried at each effect besides the effect's own. */
  readonly worldFaults?: readonly WorldFault[]
  /** State in which each job ends when nothing goes wrong, by name. */
  readonly ends: Readonly<Record<string, string>>
  readonly platform?: Readonly<Record<string, unknown>>
  readonly notifies?: boolean
  /** When usage was last recounted; just now, if absent. */
  readonly recountedSecondsAgo?: number
  /** Something goes on for long after the last job: virtual hours, in which the sweep comes every half hour. */
  readonly afterHours?: number
  /** Chance in the scenario itself: random mode. */
  readonly conditions?: Conditions
}

/** Where random runs differ from the exhaustive ones. */
export interface Conditions {
  readonly timing: (prng: Prng) => Timing
  readonly pace: (prng: Prng) => Pace
  readonly duplicateRate: number
  readonly maxJitter: number
  readonly maxSkew: number
  readonly outageSeconds: number
  readonly recountedSecondsAgo: number
  /** Virtual seconds after which no fault is injected any more. */
  readonly faultSeconds: number
}

export interface RunResult {
  readonly violations: readonly Violation[]
  readonly hash: string
  readonly steps: number
  readonly plan: FaultPlan
  /** The effects before all was quiet for good: later ones are those of sweeps that find nothing. All, where something goes on. */
  readonly effects: readonly EffectName[]
  readonly injected: readonly PlannedFault[]
  readonly lines: readonly string[]
  /** Final state of each job, by name. */
  readonly ends: Readonly<Record<string, string>>
  readonly virtualSeconds: number
  readonly deadLetters: number
  /** Seconds from a driver's end to its job's, at most. */
  readonly slowestEndSeconds: number
}

const STEADY_TIMING: Timing = {
  latency: () => 1,
  slow: () => 8_000,
  late: () => 14_000,
  staleness: () => 3_000,
  indexLag: () => 0,
}
const STEADY: Conditions = {
  timing: () => STEADY_TIMING,
  pace: () => STEADY_PACE,
  duplicateRate: 0,
  maxJitter: 0,
  maxSkew: 0,
  outageSeconds: 40,
  recountedSecondsAgo: 0,
  faultSeconds: Infinity,
}
/** Liveness: longer than any wait that the engine allows itself (six hours between two looks at a running job). */
const BOUND_MILLISECONDS = 8 * 3_600_000
/** After all is quiet: what was on the wire (25 s) arrives, and what it started shows; where nothing was late, what goes on by itself. */
const SETTLE_MILLISECONDS = 90_000
const SHORT_SETTLE_MILLISECONDS = 30_000
const SWEEP_MILLISECONDS = 60_000
/** Once a scenario that goes on for long is in its long part. */
const RARE_SWEEP_MILLISECONDS = 4 * 3_600_000
const OFTEN_SWEPT_MILLISECONDS = 600_000
/** A run that takes more is a loop. */
const MAX_STEPS = 400_000
/** What the gateway adds to a job's name (render-spark-application.ts). */
const ATTEMPT_SUFFIX = /-[a-z2-7]{12}-a\d+$/

export async function run(
  scenario: Scenario,
  options: { readonly seed: number; readonly plan: FaultPlan & { stop?(): void }; readonly keepTrace?: boolean },
): Promise<RunResult> {
  const conditions = scenario.conditions ?? STEADY
  const { driver = () => 'succeeds' } = scenario
  const world = new World({
    ...conditions,
    recountedSecondsAgo: scenario.recountedSecondsAgo ?? conditions.recountedSecondsAgo,
    platform: simulatedPlatform(scenario.platform),
    seed: options.seed,
    plan: options.plan,
    notifies: scenario.notifies ?? false,
    keepTrace: options.keepTrace ?? false,
    mayDie: scenario.conditions !== undefined,
    // Somebody's own object ends like any other.
    planOf: ({ name, identity }) =>
      identity.jobId === undefined ? 'succeeds' : driver(name.replace(ATTEMPT_SUFFIX, ''), identity.attempt ?? 1),
  })
  sweepAgain(world, scenario.afterHours === undefined ? SWEEP_MILLISECONDS : RARE_SWEEP_MILLISECONDS)
  scenario.play(world.people)
  const { faultSeconds } = conditions
  if (Number.isFinite(faultSeconds)) world.scheduler.after(faultSeconds * 1000, () => options.plan.stop?.())
  const quietAt = await runToTheEnd(world, (scenario.afterHours ?? 0) * 3_600_000)
  judgeEnd(world)
  if (scenario.afterHours !== undefined) judgeUnknown(world)
  for (const { invariant, message } of world.judge.violations)
    world.trace.add(world.scheduler.now, `✗ ${invariant} ${message}`)
  return {
    violations: world.judge.violations,
    deadLetters: world.deadLetters(),
    slowestEndSeconds: Math.round(world.judge.slowestEnd / 1000),
    hash: world.trace.hash(),
    steps: world.scheduler.steps,
    plan: options.plan,
    effects: scenario.afterHours === undefined ? options.plan.effects.slice(0, quietAt) : options.plan.effects,
    injected: options.plan.injected,
    lines: world.trace.lines,
    ends: Object.fromEntries(world.table.jobs().map(job => [job.name, job.state])),
    virtualSeconds: (world.scheduler.now - START) / 1000,
  }
}

/** Every minute; every `later` milliseconds after the first ten minutes. */
function sweepAgain(world: World, later: number): void {
  const often = world.scheduler.now - START < OFTEN_SWEPT_MILLISECONDS
  world.scheduler.after(often ? SWEEP_MILLISECONDS : later, () => {
    world.functions.sweep()
    sweepAgain(world, later)
  })
}

/** Until nothing is left to do and nothing came after that, or the bound is reached; how many effects there were before that. */
async function runToTheEnd(world: World, after: number): Promise<number> {
  const { scheduler, plan } = world
  let quietSince: number | undefined
  let effects = 0
  await scheduler.run({
    until: START + BOUND_MILLISECONDS + after,
    maxSteps: MAX_STEPS,
    isOver: () => {
      if (world.judge.violations.length > 0) return true
      if (!world.isQuiet()) quietSince = undefined
      else if (quietSince === undefined) [quietSince, effects] = [scheduler.now, plan.effects.length]
      if (quietSince === undefined) return false
      const wasLate = plan.injected.some(({ kind }) => kind === 'late')
      const settle = wasLate ? SETTLE_MILLISECONDS : SHORT_SETTLE_MILLISECONDS
      return scheduler.now - quietSince > settle + after
    },
  })
  return quietSince === undefined ? plan.effects.length : effects
}
