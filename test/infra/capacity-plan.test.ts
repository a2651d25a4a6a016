/** The capacity plan: its arithmetic, its source, and the page that is written from it. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { planCapacity, QUOTAS, readMeasuredJob } from '../../infra/capacity-plan.ts'

const results = readFileSync(new URL('../../bench/RESULTS.md', import.meta.url), 'utf8')
const JOB = {
  writeUnits: 100,
  readUnits: 40,
  sqsRequests: 40,
  invocations: 20,
  lambdaGigabyteSeconds: 0.4,
  events: 5,
  s3Puts: 1,
  logBytes: 16_000,
  storedBytes: 4_000,
  kubernetesRequests: 18,
  dollars: 0.000_114,
}

describe('a capacity plan', () => {
  it('for a million jobs a day counts operators by the busiest hour, and the rest by jobs', () => {
    expect(planCapacity(1_000_000, JOB)).toMatchObject({
      meanPerSecond: expect.closeTo(11.57, 2) as number,
      peakPerSecond: expect.closeTo(34.72, 2) as number,
      operators: 22,
      clusters: 6,
      writeUnits: expect.closeTo(3_472, 0) as number,
      // 34.7 jobs a second × 0.8 s × 2 for CPU, and six observers.
      executions: 62,
      tableGigabytes: 360,
      dollarsADay: expect.closeTo(114, 0) as number,
    })
  })
  it('lets ended objects go before they are more than a cluster bears, and never keeps them longer than by default', () => {
    const large = planCapacity(1_000_000, JOB)
    expect(large.objectTimeToLiveHours).toBe(2)
    expect(large.keptObjects).toBeLessThanOrEqual(20_000)
    expect(planCapacity(1_000, JOB).objectTimeToLiveHours).toBe(72)
  })
  it('needs one operator and one cluster for nothing, and never less than the default concurrency', () => {
    expect(planCapacity(0, JOB)).toMatchObject({ operators: 1, clusters: 1, reconcileConcurrency: 4, writeUnits: 0 })
  })
  it('grows in proportion: ten times the jobs, ten times the requests', () => {
    const [one, ten] = [planCapacity(100_000, JOB), planCapacity(1_000_000, JOB)]
    expect(ten.writeUnits / one.writeUnits).toBeCloseTo(10)
    expect(ten.dollarsADay / one.dollarsADay).toBeCloseTo(10)
  })
})

describe('what a job asks for', () => {
  it('is read from the results of the benches', () => {
    const job = readMeasuredJob(results)
    for (const value of Object.values(job)) expect(value).toBeGreaterThan(0)
    expect(job.dollars * 1e6).toBeLessThan(1_000)
  })
  it('is not guessed where a table or a number is gone', () => {
    expect(() => readMeasuredJob('# nothing')).toThrow('no section')
    expect(() => readMeasuredJob(results.replace('| SQS requests | ', '| SQS calls | '))).toThrow('"SQS requests"')
  })
})

describe('docs/capacity.md', () => {
  it('is what the generator writes', () => {
    const script = new URL('../../scripts/generate-capacity-docs.ts', import.meta.url).pathname
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })
  it('stays below every quota at a million jobs a day', () => {
    const need = planCapacity(1_000_000, readMeasuredJob(results))
    for (const { what, quota, need: needOf } of QUOTAS)
      expect({ what, isBelow: needOf(need) < quota }).toEqual({ what, isBelow: true })
  })
})
