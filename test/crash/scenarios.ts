/** The ways a job gets in, and a cancel: what a client does, what it does again after a crash, and what must come out. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { defaultPlatform } from '../../local/local-platform.ts'
import { parsePlatform } from '../../shared/domain/platform/platform.ts'
import type { Platform } from '../../shared/domain/platform/platform.ts'
import { waitFor } from './wait-for.ts'
import type { JobSeen } from './judge.ts'
import type { Lane } from './lane.ts'

export interface Run {
  /** For Lane.arm. */
  readonly about: string
  /** What the client does, and does again as long as it has no answer. False: no answer. */
  act(): Promise<boolean>
  /** The job, once there is one to be seen; throws if there are two. Undefined also while nobody answers. */
  find(): Promise<JobSeen | undefined>
  /** What is wrong besides the job itself, once it is over. */
  check?(): Promise<string[]>
}

export interface Scenario {
  readonly name: string
  readonly ends: { readonly state: string; readonly attempts: number }
  /** Crash points up to and including the first effect of this name; all without it. */
  readonly lastEffect?: string
  /** `tag` is new for each run. */
  prepare(lane: Lane, tag: string): Promise<Run>
}

/** The platform of all lanes: quick retries, and a schedule that fires only when the test says so. */
export const crashPlatform = (): Platform =>
  parsePlatform({
    ...defaultPlatform({
      nightly: { team: 'payments', expression: 'at(2099-01-01T00:00:00)', spec: text('spark-pi.yaml') },
    }),
    retry: { maxAttempts: 3, firstDelaySeconds: 1, maxDelaySeconds: 2 },
  })

/** By the API; the driver runs out of memory and the second attempt succeeds with more. */
export const submitWithRetry: Scenario = {
  name: 'submit, retry, succeed',
  ends: { state: 'SUCCEEDED', attempts: 2 },
  async prepare(lane, tag) {
    const body = spec('out-of-memory.yaml', tag)
    return { about: tag, act: () => post(lane, tag, body), find: () => findByName(lane, tag) }
  },
}

export const dropIntoInbox: Scenario = {
  name: 'S3 drop',
  ends: { state: 'SUCCEEDED', attempts: 1 },
  lastEffect: 'cluster.create',
  async prepare(lane, tag) {
    const key = `payments/${tag}.json`
    return {
      about: tag,
      act: async () => {
        await lane.drop(key, spec('spark-pi.yaml', tag))
        return true
      },
      find: () => findByName(lane, tag),
      check: async () => {
        const reports = [`${key}.accepted.json`, `${key}.result.json`]
        const missing = async (report: string) => ((await lane.hasObject(report)) ? [] : [`${report} is missing`])
        return (await Promise.all(reports.map(missing))).flat()
      },
    }
  },
}

/** So long before it fires that the crash point is armed by then. The scheduler counts in whole seconds. */
const FIRES_AFTER_MILLISECONDS = 1_500

export const fireSchedule: Scenario = {
  name: 'schedule',
  ends: { state: 'SUCCEEDED', attempts: 1 },
  lastEffect: 'cluster.create',
  async prepare(lane, tag) {
    const at = new Date(Math.ceil((Date.now() + FIRES_AFTER_MILLISECONDS) / 1000) * 1000)
    return {
      about: at.toISOString(),
      act: async () => {
        await lane.putSchedule(tag, { at: at.toISOString().slice(0, 19), fires: 'nightly' })
        return true
      },
      find: () => findOne(lane, 'spark-pi', job => job.trigger?.scheduledTime === at.toISOString()),
    }
  },
}

export const cancelRunning: Scenario = {
  name: 'cancel',
  ends: { state: 'CANCELLED', attempts: 1 },
  async prepare(lane, tag) {
    await post(lane, tag, spec('long-running.json', tag))
    const running = await waitFor(`${tag} to run`, async () => {
      const job = await findByName(lane, tag)
      return job?.state === 'RUNNING' ? job : undefined
    })
    return {
      about: running.id,
      act: async () => (await lane.call('POST', `/v1/jobs/${running.id}/cancel`))?.status === 202,
      find: () => findByName(lane, tag),
    }
  },
}

/** events/specs/<file> under another name. */
export function spec(file: string, name: string): object {
  const given = parse(text(file)) as { readonly metadata: object }
  return { ...given, metadata: { ...given.metadata, name } }
}

const text = (file: string): string => readFileSync(new URL(`../../events/specs/${file}`, import.meta.url), 'utf8')

/** Submits under the key `tag`; false when nobody answers. */
export async function post(lane: Lane, tag: string, body: object): Promise<boolean> {
  const answer = await lane.call('POST', '/v1/jobs', { body, key: tag })
  if (answer !== undefined && answer.status !== 202 && answer.status < 500)
    throw new Error(`POST /v1/jobs answers ${answer.status}: ${JSON.stringify(answer.body)}`)
  return answer?.status === 202
}

export const findByName = (lane: Lane, name: string): Promise<JobSeen | undefined> => findOne(lane, name, () => true)

type Listed = JobSeen & { readonly trigger?: { readonly scheduledTime?: string } }

async function findOne(lane: Lane, name: string, isIt: (job: Listed) => boolean): Promise<JobSeen | undefined> {
  const answer = await lane.call('GET', `/v1/jobs?name=${name}&limit=100`)
  const found = ((answer?.body['jobs'] ?? []) as readonly Listed[]).filter(isIt)
  if (found.length > 1) throw new Error(`there are ${found.length} jobs: ${found.map(job => job.id).join()}`)
  return found[0]
}
