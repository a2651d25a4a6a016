/**
 * The gateway itself on local endpoints: the same functions as in AWS, on a Lambda runner with queue and stream sources, a
 * scheduler and an HTTP API front.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Platform } from '../shared/domain/platform/platform.ts'
import type { Log } from '../shared/runtime/logging.ts'
import { createLambdaRunner } from './aws/lambda/lambda-runner.ts'
import type { InvocationRecord, LambdaRunner } from './aws/lambda/lambda-runner.ts'
import { startEmbeddedScheduler } from './aws/scheduler/embedded-scheduler.ts'
import type { EmbeddedScheduler } from './aws/scheduler/embedded-scheduler.ts'
import type { Endpoints } from './emulators.ts'
import { startGatewayApi } from './gateway-api.ts'
import { addSources, registerFunctions } from './gateway-functions.ts'
import type { FunctionHandlers } from './gateway-functions.ts'
import { sourceHandlers } from './gateway-handlers.ts'
import type { FunctionSetting, GatewayPace, HandlerOptions } from './gateway-handlers.ts'
import {
  ACCOUNT_ID,
  KEYS,
  KUBERNETES_TIMEOUT_SECONDS,
  LOCAL_SETTINGS,
  REGION,
  REMOTE_SETTINGS,
  REMOTE_TIMEOUT_SECONDS,
} from './local-platform.ts'

export interface GatewayOptions extends HandlerOptions {
  readonly endpoints: Endpoints
  readonly platform: Platform
  readonly dataDir: string
  readonly log: Log
  readonly onInvocation?: (record: InvocationRecord) => void
  /** The times of one machine unless told otherwise. */
  readonly pace?: GatewayPace
  /** Runs the functions elsewhere than in this process; then `clusters`, `eksCluster` and `wrap` reach nothing. */
  readonly runFunctions?: (setting: FunctionSetting) => Promise<RunningFunctions>
}

export interface RunningFunctions {
  readonly handlers: FunctionHandlers
  close(): Promise<void>
}

export interface Gateway {
  readonly apiUrl: string
  readonly lambda: LambdaRunner
  readonly scheduler: EmbeddedScheduler
  close(): Promise<void>
}

/** Sweeps each 3 s instead of each minute: nobody waits for a minute in front of a terminal. */
const LOCAL_PACE: GatewayPace = {
  settings: LOCAL_SETTINGS,
  kubernetesTimeoutSeconds: KUBERNETES_TIMEOUT_SECONDS,
  watchSeconds: 5,
  sweepMilliseconds: 3_000,
  sweepGraceSeconds: 3,
}

/** For clusters that are not in this process. */
const REMOTE_PACE: GatewayPace = {
  ...LOCAL_PACE,
  settings: REMOTE_SETTINGS,
  kubernetesTimeoutSeconds: REMOTE_TIMEOUT_SECONDS,
  watchSeconds: 15,
}
const STOP_MILLISECONDS = 500

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { endpoints, platform, dataDir, log } = options
  const isRemote = options.clusters !== undefined || options.eksCluster !== undefined
  const pace = options.pace ?? (isRemote ? REMOTE_PACE : LOCAL_PACE)
  const functions = await (options.runFunctions ?? hereBy(options))({ endpoints, platform, pace, log })
  mkdirSync(dataDir, { recursive: true })
  const lambda = createLambdaRunner({
    region: REGION,
    accountId: ACCOUNT_ID,
    sqs: { endpoint: endpoints.sqsUrl, credentials: KEYS.people },
    dataDir: join(dataDir, 'lambda'),
    retryDelayScale: 1 / 60,
    onInvocation: options.onInvocation ?? (() => {}),
    onProblem: (message, error) => log.error(message, { error }),
  })
  registerFunctions(lambda, functions.handlers, endpoints)
  addSources(lambda, endpoints, join(dataDir, 'notify-checkpoint.json'))
  const scheduler = await startEmbeddedScheduler({
    dataDir: join(dataDir, 'scheduler'),
    region: REGION,
    accountId: ACCOUNT_ID,
    port: 0,
    invoke: async (target, payload) => {
      await lambda.invokeAsync(target, payload)
    },
    onProblem: (message, error) => log.error(message, { error }),
  })
  for (const [name, schedule] of Object.entries(platform.schedules)) {
    const input = JSON.stringify({ schedule: name, scheduledTime: '<aws.scheduler.scheduled-time>' })
    scheduler.put({
      name,
      groupName: schedule.team,
      expression: schedule.expression,
      timezone: schedule.timezone,
      state: 'ENABLED',
      target: 'schedule-fired',
      input,
    })
  }
  const api = await startGatewayApi(lambda, endpoints)
  const sweeping = startSweeping(lambda, pace.sweepMilliseconds, log)
  return {
    apiUrl: api.url,
    lambda,
    scheduler,
    async close() {
      clearInterval(sweeping)
      await Promise.all([api.close(), scheduler.close()])
      // A watch may be under way: it ends with the cluster, and nobody needs its answer.
      await lambda.stop(STOP_MILLISECONDS)
      await functions.close()
    },
  }
}

const hereBy =
  (options: GatewayOptions) =>
  async (setting: FunctionSetting): Promise<RunningFunctions> => ({
    handlers: sourceHandlers(setting, options),
    close: async () => {},
  })

/** One sweep at a time: the next begins when the last has ended. */
function startSweeping(lambda: LambdaRunner, milliseconds: number, log: Log): NodeJS.Timeout {
  let running = false
  return setInterval(() => {
    if (running) return
    running = true
    lambda
      .invoke('sweep-jobs', {})
      .catch((error: unknown) => log.error('a sweep failed', { error }))
      .finally(() => (running = false))
  }, milliseconds)
}
