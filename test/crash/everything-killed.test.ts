/**
 * The lights go out: gateway, AWS and cluster are killed at the same moment, with jobs in different states, and start
 * again on their data folders. Every job ends, and the cluster's audit log has one create an attempt.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { creates, judgeCreates } from './judge.ts'
import type { JobSeen } from './judge.ts'
import { Lane } from './lane.ts'
import { crashPlatform, findByName, post, spec } from './scenarios.ts'
import { waitFor } from './wait-for.ts'

const OVER = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT', 'REJECTED'])

describe('everything killed at once', () => {
  let lane: Lane

  beforeAll(async () => {
    lane = await Lane.start(crashPlatform())
  })
  afterAll(() => lane.close())

  it('ends every job after the restart, with one create an attempt', async () => {
    await submitInManyStates(lane)
    await lane.killEverything()
    await lane.startEmulators()
    await lane.startGateway()
    // A client without an answer asks again; the same key is the same job.
    expect(await post(lane, 'just-sent', spec('spark-pi.yaml', 'just-sent'))).toBe(true)
    const expected = {
      'long-ago': ['SUCCEEDED', 1],
      retried: ['SUCCEEDED', 2],
      unlucky: ['SUCCEEDED', 2],
      running: ['SUCCEEDED', 1],
      stopping: ['CANCELLED', 1],
      'just-sent': ['SUCCEEDED', 1],
      dropped: ['SUCCEEDED', 1],
    } as const
    const { audit } = lane.history.read()
    expect(audit.length).toBeGreaterThan(0)
    for (const [name, [state, attempts]] of Object.entries(expected)) {
      const job = await over(lane, name)
      const mine = lane.history.read().audit.filter(({ objectRef }) => objectRef?.name?.includes(job.id.slice(1, 13)))
      expect({ name, state: job.state, problems: judgeCreates(mine, job, attempts) }).toEqual({
        name,
        state,
        problems: [],
      })
    }
    expect(creates(lane.history.read().audit)).toHaveLength(9)
    expect(await lane.deadLetters()).toEqual([])
  })
})

/** Comes back with one job over, one on its second attempt, one waiting for it, one running, one being cancelled, and two that were only just taken. */
async function submitInManyStates(lane: Lane): Promise<void> {
  await post(lane, 'long-ago', spec('spark-pi.yaml', 'long-ago'))
  await over(lane, 'long-ago')
  await post(lane, 'retried', spec('out-of-memory.yaml', 'retried'))
  await post(lane, 'running', sleeping('running', 200))
  await post(lane, 'stopping', sleeping('stopping', 600))
  await until(lane, 'retried', job => job.attempts.length === 2)
  await post(lane, 'unlucky', spec('out-of-memory.yaml', 'unlucky'))
  await until(lane, 'unlucky', job => job.state === 'QUEUED' && job.attempts.length === 1)
  const stopping = await until(lane, 'stopping', job => job.state === 'RUNNING')
  await lane.call('POST', `/v1/jobs/${stopping.id}/cancel`)
  await lane.drop('payments/dropped.json', spec('spark-pi.yaml', 'dropped'))
  // Not awaited by its client: it may have been taken or not.
  void post(lane, 'just-sent', spec('spark-pi.yaml', 'just-sent'))
}

/** Works for so many seconds of cluster time. */
function sleeping(name: string, seconds: number): object {
  const application = spec('long-running.json', name) as { readonly spec: object }
  return { ...application, spec: { ...application.spec, arguments: [String(seconds)] } }
}

const over = (lane: Lane, name: string): Promise<JobSeen> => until(lane, name, job => OVER.has(job.state))

async function until(lane: Lane, name: string, isIt: (job: JobSeen) => boolean): Promise<JobSeen> {
  let last: JobSeen | undefined
  const look = async () => {
    last = await findByName(lane, name)
    return last !== undefined && isIt(last) ? last : undefined
  }
  return waitFor(name, look, () => `; last seen: ${JSON.stringify(last ?? 'nothing')}`)
}
