/**
 * The embedded stack for e2e tests: a small platform at fifty times the recorded pace (stack-sides.ts is what tests do to it). Its
 * functions are the sources in this process, or bundles in processes of their own where vitest.bundles.config.ts provides them.
 */
import { readFileSync } from 'node:fs'
import { inject, vi } from 'vitest'
import type { GatewayPace } from '../../local/gateway-handlers.ts'
import { defaultPlatform, LOCAL_SETTINGS } from '../../local/local-platform.ts'
import type { Schedules } from '../../local/local-platform.ts'
import { startStack } from '../../local/stack.ts'
import type { StackOptions } from '../../local/stack.ts'
import type { Platform } from '../../shared/domain/platform/platform.ts'
import { startBundledFunctions } from '../bundles/bundled-functions.ts'
import { forbiddingInbox } from './embedded-bad-input.ts'
import { silentLog } from './silent-log.ts'
import { sidesOf, WAIT } from './stack-sides.ts'

/** A job as the API shows it; loosely typed on purpose, tests assert what is in it. */
export interface JobAnswer {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly reason: string
  readonly message: string
  readonly attempt: number
  readonly attempts: readonly {
    readonly number: number
    readonly objectName: string
    readonly outcome?: string
    readonly reason?: string
    readonly remedies: readonly Readonly<Record<string, unknown>>[]
  }[]
  readonly [field: string]: unknown
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Parsed JSON; `{}` where the answer is none. */
  readonly body: Readonly<Record<string, unknown>>
}

export interface BusEvent {
  readonly detailType: string
  readonly detail: Readonly<Record<string, unknown>>
}

/** What a request may carry. */
export type RequestBody = string | Uint8Array<ArrayBuffer>

const SPEED = 50

/** The default platform with an operator that takes 50 submissions a second and retries after a second. */
export function testPlatform(change: Partial<Platform> = {}, schedules: Schedules = {}): Platform {
  const platform = defaultPlatform(schedules)
  const clusters = Object.fromEntries(
    Object.entries(platform.clusters).map(([name, cluster]) => [name, { ...cluster, submitsPerSecond: 50 }]),
  )
  return { ...platform, clusters, retry: { maxAttempts: 3, firstDelaySeconds: 1, maxDelaySeconds: 2 }, ...change }
}

export const readEvent = (path: string): string =>
  readFileSync(new URL(`../../events/${path}`, import.meta.url), 'utf8')

export type TestStack = Awaited<ReturnType<typeof startTestStack>>

export interface TestStackOptions extends Partial<StackOptions> {
  /** S3 denies the gateway this key of the inbox, as a bucket's policy would. */
  readonly unreadableKey?: string
}

/** Short times, by the arithmetic of DEFAULT_ENGINE_SETTINGS. */
export const TEST_PACE: GatewayPace = {
  settings: { ...LOCAL_SETTINGS, createWindowSeconds: 4, vanishedGraceSeconds: 4 },
  kubernetesTimeoutSeconds: 3,
  watchSeconds: 2,
  sweepMilliseconds: 1_000,
  sweepGraceSeconds: 2,
}

export async function startTestStack({ unreadableKey, ...options }: TestStackOptions = {}) {
  const events: BusEvent[] = []
  const s3Url = Promise.withResolvers<string>()
  const stack = await startStack({
    platform: testPlatform(),
    speed: SPEED,
    spark: 'off',
    log: silentLog,
    onEvent: event => events.push(event),
    pace: TEST_PACE,
    ...functionsFor(unreadableKey, s3Url.promise),
    ...options,
  })
  s3Url.resolve(stack.endpoints.s3Url)
  return {
    ...stack,
    ...sidesOf(stack),
    /** What the bus was told, in order. */
    events,
  }
}

/** Where the functions run, and how one of them is kept from reading `unreadableKey` there. */
export function functionsFor(
  unreadableKey?: string,
  s3Url: Promise<string> = Promise.resolve(''),
): Pick<StackOptions, 'runFunctions' | 'wrap'> {
  const bundles = inject('bundles')
  const denied = unreadableKey === undefined ? {} : { unreadableKey }
  if (bundles !== undefined)
    return { runFunctions: setting => startBundledFunctions({ ...setting, ...denied }, bundles) }
  if (unreadableKey === undefined) return {}
  const inbox = forbiddingInbox(s3Url, unreadableKey)
  return { wrap: deps => ('inbox' in deps ? { ...deps, inbox } : deps) }
}

/** A schedule for once may be set this far ahead: the stack runs by then. Bundles are eight processes that have to start first. */
export const START_SECONDS = inject('bundles') === undefined ? 4 : 15

/** Of a whole e2e test. */
export const E2E_TEST_MILLISECONDS = 60_000

/** Polls until `check` does not throw any more. */
export const eventually = <Result>(check: () => Result | Promise<Result>): Promise<Result> => vi.waitFor(check, WAIT)
