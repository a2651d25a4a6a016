/**
 * Kills the handlers' process at each effect of a job, before it and after it, starts it again on the same data, and lets
 * the cluster's own history judge: one SparkApplication an attempt, the next only when the last is gone, and every job
 * ends. Emulators and cluster live on, as AWS and EKS would.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Lane } from './lane.ts'
import { runPoint } from './run-point.ts'
import type { PointResult } from './run-point.ts'
import { cancelRunning, crashPlatform, dropIntoInbox, fireSchedule, submitWithRetry } from './scenarios.ts'
import type { Scenario } from './scenarios.ts'

/** Runs mostly wait, so that there are more of them than cores. */
const LANES = 6
/**
 * How many looks a job needs depends on the machine's pace: a run may end without the last repetition of an effect. If more
 * than this share of the points is not reached, the test no longer tests.
 */
const MAX_UNREACHED = 0.1

describe('a gateway that dies at any effect and starts again', () => {
  const lanes: Lane[] = []
  const table: Record<string, string | number>[] = []

  beforeAll(async () => {
    lanes.push(...(await Promise.all(Array.from({ length: LANES }, () => Lane.start(crashPlatform())))))
  })
  afterAll(async () => {
    console.table(table)
    await Promise.all(lanes.map(lane => lane.close()))
  })

  it.each([submitWithRetry, dropIntoInbox, fireSchedule, cancelRunning])(
    'loses and doubles nothing: $name',
    async scenario => {
      const began = Date.now()
      const counted = await Promise.all(lanes.map(lane => runPoint(lane, scenario, undefined)))
      expect(counted.flatMap(run => run.violations)).toEqual([])
      const places = placesOf(scenario, counted)
      const points = places.flatMap(place => [`before:${place}`, `after:${place}`])
      const results = await runAll(lanes, scenario, points)
      const reached = results.filter(result => result.died)
      const bad = results.filter(result => result.violations.length > 0)
      table.push({
        scenario: scenario.name,
        effects: places.length,
        'points × modes': points.length,
        killed: reached.length,
        violations: bad.length,
        seconds: Math.round((Date.now() - began) / 1000),
      })
      expect(bad.map(({ crashAt, violations }) => ({ crashAt, violations }))).toEqual([])
      expect(reached.length).toBeGreaterThanOrEqual(points.length * (1 - MAX_UNREACHED))
      expect(kindsOf(reached.map(({ crashAt = '' }) => crashAt))).toEqual(kindsOf(points))
      expect((await Promise.all(lanes.map(lane => lane.deadLetters()))).flat()).toEqual([])
    },
  )
})

/** `effect#occurrence` of everything that each of the counted runs did, up to the scenario's last effect of interest. */
function placesOf({ lastEffect }: Scenario, counted: readonly PointResult[]): string[] {
  const runs = counted.map(({ effects }) => {
    const last = lastEffect === undefined ? -1 : effects.findIndex(({ effect }) => effect === lastEffect)
    const kept = last < 0 ? effects : effects.slice(0, last + 1)
    return kept.map(({ effect, occurrence }) => `${effect}#${occurrence}`)
  })
  const [first = [], ...others] = runs
  return first.filter(place => others.every(run => run.includes(place)))
}

/** Each lane takes the next point that nobody has taken. A point that was not reached gets a second run. */
async function runAll(lanes: readonly Lane[], scenario: Scenario, points: readonly string[]): Promise<PointResult[]> {
  const results: PointResult[] = []
  const waiting = [...points]
  const work = async (lane: Lane): Promise<void> => {
    for (let point = waiting.shift(); point !== undefined; point = waiting.shift()) {
      const first = await runPoint(lane, scenario, point)
      const result = first.died || first.violations.length > 0 ? first : await runPoint(lane, scenario, point)
      results.push(result)
      const verdict = result.violations.length > 0 ? result.violations.join('; ') : 'well'
      console.log(`${scenario.name} ${point} (${result.died ? 'killed' : 'not reached'}): ${verdict}`)
    }
  }
  await Promise.all(lanes.map(work))
  return results
}

/** The names of the effects, without their occurrence, sorted. */
const kindsOf = (points: readonly string[]): string[] =>
  [...new Set(points.map(point => point.replace(/#\d+$/, '')))].toSorted()
