/**
 * The gateway itself on local endpoints: the same handlers as in AWS, on a Lambda runner with queue and stream sources, a
 * scheduler and an HTTP API front.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createHandler as createApi } from '../functions/api/handler.ts'
import { ROUTES } from '../functions/api/routes.ts'
import { createHandler as createNotify } from '../functions/notify/handler.ts'
import { createHandler as createObjectCreated } from '../functions/object-created/handler.ts'
import { createHandler as createObserveCluster } from '../functions/observe-cluster/handler.ts'
import { createHandler as createReconcileJob } from '../functions/reconcile-job/handler.ts'
import { createHandler as createScheduleFired } from '../functions/schedule-fired/handler.ts'
import { createHandler as createSweepJobs } from '../functions/sweep-jobs/handler.ts'
import type { EngineSettings } from '../shared/domain/engine-settings.ts'
import type { Platform } from '../shared/domain/platform/platform.ts'
import type { SparkClusters } from '../shared/operations/ports.ts'
import type { Config } from '../shared/runtime/config.ts'
import type { Log } from '../shared/runtime/logging.ts'
import { lazySpecs } from '../shared/runtime/lazy-specs.ts'
import { windowsOf, wireApi } from '../shared/runtime/wire-api.ts'
import {
  reconcileSettings,
  systemClock,
  systemRandom,
  wireArchive,
  wireBus,
  wireClusters,
  wireInbox,
  wireQueues,
  wireStores,
} from '../shared/runtime/wire.ts'
import { startHttpApi } from './aws/http-api/http-api.ts'
import { createLambdaRunner } from './aws/lambda/lambda-runner.ts'
import type { InvocationRecord, LambdaRunner } from './aws/lambda/lambda-runner.ts'
import { startEmbeddedScheduler } from './aws/scheduler/embedded-scheduler.ts'
import type { EmbeddedScheduler } from './aws/scheduler/embedded-scheduler.ts'
import type { Endpoints } from './emulators.ts'
import {
  ACCOUNT_ID,
  AUDIENCE,
  KEYS,
  KUBERNETES_TIMEOUT_SECONDS,
  LOCAL_SETTINGS,
  REGION,
  ROLES,
} from './local-platform.ts'

export interface GatewayOptions {
  readonly endpoints: Endpoints
  readonly platform: Platform
  readonly dataDir: string
  readonly log: Log
  /** A way to a cluster other than the embedded one: `--kubeconfig`. */
  readonly clusters?: (config: Config) => SparkClusters
  /** Wraps what functions are given: the crash test's hook. */
  readonly wrap?: <Deps extends object>(deps: Deps) => Deps
  readonly onInvocation?: (record: InvocationRecord) => void
  /** The times of one machine unless told otherwise. */
  readonly pace?: GatewayPace
}

export interface GatewayPace {
  readonly settings: EngineSettings
  readonly kubernetesTimeoutSeconds: number
  readonly watchSeconds: number
  readonly sweepMilliseconds: number
  readonly sweepGraceSeconds: number
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
const STOP_MILLISECONDS = 500

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { endpoints, platform, dataDir, log } = options
  const pace = options.pace ?? LOCAL_PACE
  const config = configFor(endpoints, platform, pace)
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
  registerFunctions(lambda, config, options)
  addSources(lambda, endpoints, dataDir)
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
  const api = await startApi(lambda, endpoints)
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
    },
  }
}

function configFor(endpoints: Endpoints, platform: Platform, pace: GatewayPace): Config {
  const client = (endpoint: string) => ({ endpoint, region: REGION, credentials: KEYS.people })
  return {
    tableName: endpoints.tableName,
    reconcileQueueUrl: endpoints.queues.reconcile,
    observeQueueUrl: endpoints.queues.observe,
    eventBusName: 'sparkgate',
    platform,
    settings: pace.settings,
    watchSeconds: pace.watchSeconds,
    sweepGraceSeconds: pace.sweepGraceSeconds,
    kubernetesTimeoutSeconds: pace.kubernetesTimeoutSeconds,
    aws: {
      dynamodb: client(endpoints.dynamodbUrl),
      sqs: client(endpoints.sqsUrl),
      s3: client(endpoints.s3Url),
      eventbridge: client(endpoints.eventBridgeUrl),
      eks: client(endpoints.eksUrl),
    },
  }
}

/** Two identities, as in AWS: one changes team namespaces, the other only watches. */
function clustersAs(
  keys: { accessKeyId: string; secretAccessKey: string },
  config: Config,
  { clusters }: GatewayOptions,
): SparkClusters {
  if (clusters !== undefined) return clusters(config)
  if (config.aws === undefined) throw new Error('the local gateway needs endpoints')
  return wireClusters({ ...config, aws: { ...config.aws, eks: { ...config.aws.eks, credentials: keys } } }).clusters
}

function registerFunctions(lambda: LambdaRunner, config: Config, options: GatewayOptions): void {
  const { log, endpoints } = options
  const wrap = options.wrap ?? (deps => deps)
  const { platform } = config
  const stores = wireStores(config)
  const base = wrap({
    ...stores,
    ...wireQueues(config),
    ...wireInbox(config),
    ...wireArchive(config),
    ...wireBus(config),
  })
  const common = { ...base, platform, specs: lazySpecs, clock: systemClock, random: systemRandom, log }
  const asReconcile = wrap({ clusters: clustersAs(KEYS.reconcile, config, options) })
  const asObserve = { clusters: clustersAs(KEYS.observe, config, options) }
  const observing = { ...common, ...asObserve, watchSeconds: config.watchSeconds }
  const sweeping = {
    ...common,
    clusters: Object.keys(platform.clusters),
    graceSeconds: config.sweepGraceSeconds,
    watchSeconds: config.watchSeconds,
  }
  const dead = { onFailureQueueUrl: endpoints.queues['events-dead'] }
  lambda.register({
    name: 'api',
    timeoutSeconds: 29,
    handler: createApi({
      ...common,
      ...wireApi(config),
      windows: windowsOf(clustersAs(KEYS.reconcile, config, options), config),
    }),
  })
  lambda.register({ name: 'object-created', timeoutSeconds: 30, handler: createObjectCreated(common) })
  lambda.register({ name: 'schedule-fired', timeoutSeconds: 30, handler: createScheduleFired(common), ...dead })
  lambda.register({
    name: 'reconcile-job',
    timeoutSeconds: 30,
    handler: createReconcileJob({ ...common, ...asReconcile, ...reconcileSettings(config) }),
  })
  lambda.register({ name: 'observe-cluster', timeoutSeconds: 60, handler: createObserveCluster(observing) })
  lambda.register({
    name: 'sweep-jobs',
    timeoutSeconds: 60,
    handler: createSweepJobs(sweeping),
    reservedConcurrency: 1,
  })
  lambda.register({ name: 'notify', timeoutSeconds: 30, handler: createNotify(common) })
}

function addSources(lambda: LambdaRunner, endpoints: Endpoints, dataDir: string): void {
  const queue = (functionName: string, queueUrl: string, maximumConcurrency: number) =>
    lambda.addSqsSource({
      functionName,
      queueUrl,
      batchSize: 10,
      maximumConcurrency,
      reportBatchItemFailures: true,
      retryVisibilitySeconds: 1,
    })
  queue('object-created', endpoints.queues.intake, 2)
  queue('reconcile-job', endpoints.queues.reconcile, 4)
  queue('observe-cluster', endpoints.queues.observe, 2)
  lambda.addStreamSource({
    functionName: 'notify',
    endpoint: endpoints.dynamodbUrl,
    tableName: endpoints.tableName,
    batchSize: 100,
    checkpointFile: join(dataDir, 'notify-checkpoint.json'),
    reportBatchItemFailures: true,
    maximumRetryAttempts: 10,
    onFailureQueueUrl: endpoints.queues['events-dead'],
  })
}

function startApi(lambda: LambdaRunner, endpoints: Endpoints) {
  return startHttpApi({
    routes: Object.keys(ROUTES).map(routeKey => ({ routeKey, authorization: 'required' as const })),
    invoke: event => lambda.invoke('api', event),
    accountId: ACCOUNT_ID,
    jwt: {
      issuer: endpoints.issuer,
      audience: [AUDIENCE],
      jwks: async () => (await (await fetch(`${endpoints.issuer}/.well-known/jwks.json`)).json()) as { keys: [] },
    },
    iam: {
      region: REGION,
      principals: [
        {
          ...KEYS.people,
          accountId: ACCOUNT_ID,
          userId: 'AROALOCAL:local',
          userArn: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${ROLES.people.split('/')[1]}/local`,
        },
      ],
    },
  })
}

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
