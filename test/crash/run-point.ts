/** One crash point of one scenario: act, die, start again, wait for the end, judge. */
import { setTimeout as pause } from 'node:timers/promises'
import type { EffectRecord } from '../../local/crash-point.ts'
import { judgeCreates, judgeGone, judgeOrder } from './judge.ts'
import type { JobSeen } from './judge.ts'
import type { Lane } from './lane.ts'
import type { Run, Scenario } from './scenarios.ts'
import { waitFor } from './wait-for.ts'

export interface PointResult {
  /** See parseCrashPoint; undefined: counted only. */
  readonly crashAt: string | undefined
  /** Whether it died there; false: the run had no such effect. */
  readonly died: boolean
  readonly effects: readonly EffectRecord[]
  /** What the cluster's own history says against it. */
  readonly violations: readonly string[]
}

const OVER = ['SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT', 'REJECTED']
/** A job that is over still has its last events and reports sent: within this time. */
const QUIET_MILLISECONDS = 700
/** Answers that a client may have to ask for again. */
const MAX_REPEATS = 20

export async function runPoint(lane: Lane, scenario: Scenario, crashAt: string | undefined): Promise<PointResult> {
  const tag = `crash-${nextTag++}`
  lane.history.mark()
  const run = await scenario.prepare(lane, tag)
  await lane.arm(run.about, crashAt)
  const violations: string[] = []
  let effects: readonly EffectRecord[] = []
  let died = false
  try {
    const answered = await run.act()
    await diesOrEnds(lane, run, answered)
    await lane.disarm()
    effects = lane.effectsOf(run.about)
    died = effects.some(effect => effect.died !== undefined)
    if (died) violations.push(...(await recover(lane, run, answered)))
    violations.push(...(await judge(lane, scenario, run)))
  } catch (error) {
    violations.push(error instanceof Error ? error.message : String(error))
    if (lane.gateway.ended !== undefined) await lane.startGateway()
  }
  return { crashAt, died, effects, violations }
}

let nextTag = 1

/** Until the gateway is dead, or the job is over and no effect follows any more. */
async function diesOrEnds(lane: Lane, run: Run, answered: boolean): Promise<void> {
  await waitFor(
    'the crash or the end of the job',
    async () => {
      if (lane.gateway.ended !== undefined) return true
      if (!answered || !(await isOver(run))) return undefined
      const before = lane.effectsOf(run.about).length
      await pause(QUIET_MILLISECONDS)
      return lane.gateway.ended !== undefined || lane.effectsOf(run.about).length === before ? true : undefined
    },
    () => `: ${JSON.stringify(lane.effectsOf(run.about).slice(-3))}`,
  )
}

/** The process must have died by the crash point's own signal. */
async function recover(lane: Lane, run: Run, answered: boolean): Promise<string[]> {
  await lane.gateway.end()
  const signal = lane.gateway.ended?.signal
  await lane.startGateway()
  for (let repeat = 0; !answered && repeat < MAX_REPEATS; repeat++) answered = await run.act()
  if (!answered) return ['the restarted gateway does not answer']
  return signal === 'SIGKILL' ? [] : [`the gateway ended by ${signal}, not by SIGKILL`]
}

async function judge(lane: Lane, scenario: Scenario, run: Run): Promise<string[]> {
  let last: JobSeen | undefined
  const job = await waitFor(
    'the job to be over',
    async () => {
      last = (await run.find()) ?? last
      return last !== undefined && OVER.includes(last.state) ? last : undefined
    },
    () => `; last seen: ${JSON.stringify(last ?? 'nothing')}`,
  )
  const problems = run.check === undefined ? [] : await settled(run.check)
  const { audit, journal } = lane.history.read()
  return [
    ...problems,
    ...(job.state === scenario.ends.state ? [] : [`it ended ${job.state}, not ${scenario.ends.state}: ${job.message}`]),
    ...judgeCreates(audit, job, scenario.ends.attempts),
    ...judgeOrder(journal, job),
    ...(job.state === 'CANCELLED' ? judgeGone(journal, job) : []),
  ]
}

/** Reports are written after the record: what is missing gets its time to come. */
async function settled(check: () => Promise<string[]>): Promise<string[]> {
  let problems: string[] = []
  const look = async () => {
    problems = await check()
    return problems.length === 0 ? true : undefined
  }
  await waitFor('the reports', look).catch(() => undefined)
  return problems
}

async function isOver(run: Run): Promise<boolean> {
  const job = await run.find()
  return job !== undefined && OVER.includes(job.state)
}
