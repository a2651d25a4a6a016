/**
 * From the API's 202 to the create of the SparkApplication, as the API server's audit log saw it: one job at a time, then
 * a burst of 20 that has to queue for the operator's turns (rule 11: two a second).
 */
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { startGateway } from '../local/gateway.ts'
import type { Gateway } from '../local/gateway.ts'
import { defaultPlatform } from '../local/local-platform.ts'
import { mintToken } from '../local/stack.ts'
import { ENDLESS_SPEC, QUIET_LOG, TEAM } from './bench-adapters.ts'
import { quantile } from './bench-report.ts'
import type { Bench } from './bench-report.ts'
import { startEmulatorProcess } from './emulator-process.ts'
import type { EmulatorProcess } from './emulator-process.ts'

const SINGLES = 20
const QUICK_SINGLES = 3
const BURST = 20
const QUICK_BURST = 5
/** Longer than any create here takes. */
const LIMIT_MILLISECONDS = 60_000
const POLL_MILLISECONDS = 100
/** No budget of the design: what one would call "at once", and the whole seconds of a delayed message. */
const EXPECTED_MILLISECONDS = { single: 500, overTurn: 1_500 }

export const benchSubmitToCreated: Bench = async ({ quick }) => {
  const platform = defaultPlatform()
  const emulators = await startEmulatorProcess(platform, 1)
  const gateway = await startGateway({
    platform,
    log: QUIET_LOG,
    endpoints: emulators.endpoints,
    dataDir: join(emulators.folder, 'gateway'),
  })
  try {
    const token = await mintToken(emulators.endpoints, platform, TEAM)
    const interval = 1000 / (platform.clusters['local']?.submitsPerSecond ?? 1)
    const singles: number[] = []
    for (let number = 0; number < (quick ? QUICK_SINGLES : SINGLES); number++) {
      const { jobId, acceptedAt } = await submit(gateway, token, `single-${number}`)
      const createdAt = (await creates(emulators, [jobId])).get(jobId) ?? Number.NaN
      singles.push(createdAt - acceptedAt)
      await wait(interval)
    }
    const jobs = await Promise.all(
      Array.from({ length: quick ? QUICK_BURST : BURST }, (_, number) => submit(gateway, token, `burst-${number}`)),
    )
    const created = await creates(
      emulators,
      jobs.map(job => job.jobId),
    )
    return report(singles, jobs, created, interval)
  } finally {
    await gateway.close()
    await emulators.close()
  }
}

interface Accepted {
  readonly jobId: string
  /** Epoch milliseconds, when the 202 was read. */
  readonly acceptedAt: number
}

function report(
  singles: readonly number[],
  jobs: readonly Accepted[],
  created: ReadonlyMap<string, number>,
  interval: number,
) {
  const times = [...created.values()].toSorted((a, b) => a - b)
  const firstAccepted = Math.min(...jobs.map(job => job.acceptedAt))
  const fromAccept = jobs.map(({ jobId, acceptedAt }) => (created.get(jobId) ?? Number.NaN) - acceptedAt)
  // The n-th create cannot come before the n-th turn.
  const overTurn = times.map((at, index) => at - (firstAccepted + index * interval))
  const lastTurn = (jobs.length - 1) * interval
  const spread = (times.at(-1) ?? Number.NaN) - firstAccepted
  const row = (name: string, values: readonly number[]): string[] => [
    name,
    String(values.length),
    ...[0.5, 0.95, 1].map(share => quantile(values, share).toFixed(0)),
  ]
  return {
    title: 'From 202 to the SparkApplication',
    how: `The audit log's requestReceivedTimestamp minus the time at which the client had read its 202 (same machine, same clock). Turns at the operator come every ${interval} ms; a delayed SQS message waits whole seconds.`,
    columns: ['what', 'jobs', 'p50 ms', 'p95 ms', 'max ms'],
    rows: [
      row('one at a time', singles),
      row(`burst, from its 202`, fromAccept),
      row('burst, over its turn', overTurn),
    ],
    verdicts: [
      {
        budget: `one at a time: p50 ≤ ${EXPECTED_MILLISECONDS.single} ms (our own expectation)`,
        measured: `${quantile(singles, 0.5).toFixed(0)} ms`,
        met: quantile(singles, 0.5) <= EXPECTED_MILLISECONDS.single,
      },
      {
        budget: `burst: p95 at most ${EXPECTED_MILLISECONDS.overTurn} ms after the turn (our own expectation)`,
        measured: `${quantile(overTurn, 0.95).toFixed(0)} ms; all ${jobs.length} within ${(spread / 1000).toFixed(1)} s, turns alone take ${(lastTurn / 1000).toFixed(1)} s (${(spread / lastTurn).toFixed(2)} ×)`,
        met: quantile(overTurn, 0.95) <= EXPECTED_MILLISECONDS.overTurn,
      },
    ],
  }
}

async function submit({ apiUrl }: Gateway, token: string, key: string): Promise<Accepted> {
  const response = await fetch(`${apiUrl}/v1/jobs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key },
    body: ENDLESS_SPEC,
  })
  const { id } = (await response.json()) as { id: string }
  if (response.status !== 202) throw new Error(`the API answered ${response.status}`)
  return { jobId: id, acceptedAt: Date.now() }
}

/** When each job's object was created, epoch milliseconds; waits for all. Names hold a part of the id (objectNameFor). */
async function creates(emulators: EmulatorProcess, jobIds: readonly string[]): Promise<Map<string, number>> {
  const deadline = Date.now() + LIMIT_MILLISECONDS
  while (Date.now() < deadline) {
    const found = new Map<string, number>()
    for (const entry of await emulators.audit()) {
      if (entry.verb !== 'create' || entry.responseStatus.code !== 201) continue
      const jobId = jobIds.find(id => entry.objectRef?.name?.includes(id.slice(1, 13)))
      if (jobId !== undefined) found.set(jobId, microTime(entry.requestReceivedTimestamp))
    }
    if (found.size === jobIds.length) return found
    await wait(POLL_MILLISECONDS)
  }
  throw new Error(`not all of ${jobIds.length} objects were created in ${LIMIT_MILLISECONDS} ms`)
}

/** Date.parse keeps milliseconds; audit times have microseconds. */
const microTime = (text: string): number => Date.parse(text) + Number(/\.\d{3}(\d{3})Z$/.exec(text)?.[1] ?? 0) / 1000
