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
import type { GatewayIdentity } from '../shared/domain/platform/cluster-grants.ts'
import type { Platform } from '../shared/domain/platform/platform.ts'
import type { SparkClusters } from '../shared/operations/ports.ts'
import { windowsOf } from '../shared/runtime/cluster-clients.ts'
import type { Config } from '../shared/runtime/config.ts'
import type { Log } from '../shared/runtime/logging.ts'
import { CHANGE_STREAM, FUNCTIONS, QUEUE_NAMES, QUEUES } from '../shared/runtime/function-table.ts'
import type { FunctionName, FunctionRow } from '../shared/runtime/function-table.ts'
import { lazySpecs } from '../shared/runtime/lazy-specs.ts'
import { wireApi } from '../shared/runtime/wire-api.ts'
import { wireS3Archive } from '../shared/runtime/wire-archive.ts'
import {
  reconcileSettings,
  systemClock,
  systemRandom,
  wireArchive,
  wireBus,
  wireClusters,
  wireInbox,
  wireLogKeeper,
  wireQueues,
  wireStores,
} from '../shared/runtime/wire.ts'
import { startHttpApi } from './aws/http-api/http-api.ts'
import { createLambdaRunner } from './aws/lambda/lambda-runner.ts'
import type { FunctionDefinition } from './aws/lambda/function-runtime.ts'
import type { InvocationRecord, LambdaRunner } from './aws/lambda/lambda-runner.ts'
import { startEmbeddedScheduler } from './aws/scheduler/embedded-scheduler.ts'
import type { EmbeddedScheduler } from './aws/scheduler/embedded-scheduler.ts'
import type { EksCluster, RoleKeys } from './eks-cluster.ts'
import type { Endpoints } from './emulators.ts'
import {
  ACCOUNT_ID,
  AUDIENCE,
  KEYS,
  KUBERNETES_TIMEOUT_SECONDS,
  LOCAL_SETTINGS,
  REGION,
  REMOTE_SETTINGS,
  REMOTE_TIMEOUT_SECONDS,
  ROLES,
} from './local-platform.ts'

export interface GatewayOptions {
  readonly endpoints: Endpoints
  readonly platform: Platform
  readonly dataDir: string
  readonly log: Log
  /** A way to a cluster other than the embedded one: `--kubeconfig`. */
  readonly clusters?: (config: Config) => SparkClusters
  /** The cluster that EKS answers with is this one: its roles' keys, and the times of a network. */
  readonly eksCluster?: EksCluster
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
    platform: { ...platform, clusters: clustersHere(platform) },
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

/** The embedded clusters are in no other account, and EKS's stand-in says where they are. */
const clustersHere = ({ clusters }: Platform): Platform['clusters'] =>
  Object.fromEntries(
    Object.entries(clusters).map(([name, { assume: _assume, endpoint: _endpoint, ...cluster }]) => [name, cluster]),
  )

/** Three identities, as in AWS: one changes team namespaces, one only watches, one reads logs and tries creates. */
function clustersAs(
  identity: GatewayIdentity,
  config: Config,
  { clusters, eksCluster }: GatewayOptions,
): SparkClusters {
  if (clusters !== undefined) return clusters(config)
  if (config.aws === undefined) throw new Error('the local gateway needs endpoints')
  // A cluster from elsewhere has roles for two.
  const credentials: RoleKeys = eksCluster?.keys[identity === 'api' ? 'reconcile' : identity] ?? KEYS[identity]
  return wireClusters({ ...config, aws: { ...config.aws, eks: { ...config.aws.eks, credentials } } }, identity).clusters
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
  const asReconcile = wrap({ clusters: clustersAs('reconcile', config, options) })
  const asObserve = { clusters: clustersAs('observe', config, options) }
  const observing = { ...common, ...asObserve, watchSeconds: config.watchSeconds }
  const sweeping = {
    ...common,
    clusters: Object.keys(platform.clusters),
    graceSeconds: config.sweepGraceSeconds,
    watchSeconds: config.watchSeconds,
  }
  const archive = wireS3Archive(config)
  const dead = { onFailureQueueUrl: endpoints.queues['events-dead'] }
  const register = (name: FunctionName, handler: FunctionDefinition['handler']): void => {
    const row: FunctionRow = FUNCTIONS[name]
    const { timeoutSeconds, memoryMiB, reservedConcurrency, asynchronousRetries } = row
    lambda.register({
      name,
      timeoutSeconds,
      memoryMiB,
      handler,
      ...(reservedConcurrency !== undefined && { reservedConcurrency }),
      ...(asynchronousRetries !== undefined && { maximumRetryAttempts: asynchronousRetries }),
      ...(row.isCalledAsynchronously === true && dead),
    })
  }
  register(
    'api',
    createApi({
      ...common,
      ...wireApi(config),
      windows: windowsOf(clustersAs('api', config, options), config),
      ...(archive !== undefined && { logs: archive }),
    }),
  )
  register('object-created', createObjectCreated(common))
  register('schedule-fired', createScheduleFired(common))
  register(
    'reconcile-job',
    createReconcileJob({
      ...common,
      ...asReconcile,
      ...wireLogKeeper(config, asReconcile.clusters, log),
      ...reconcileSettings(config),
    }),
  )
  register('observe-cluster', createObserveCluster(observing))
  register('sweep-jobs', createSweepJobs(sweeping))
  register('notify', createNotify(common))
}

function addSources(lambda: LambdaRunner, endpoints: Endpoints, dataDir: string): void {
  for (const name of QUEUE_NAMES) {
    const { feeds, batchSize, maximumConcurrency } = QUEUES[name]
    lambda.addSqsSource({
      functionName: feeds,
      queueUrl: endpoints.queues[name],
      batchSize,
      maximumConcurrency,
      reportBatchItemFailures: true,
      retryVisibilitySeconds: 1,
    })
  }
  lambda.addStreamSource({
    functionName: 'notify',
    endpoint: endpoints.dynamodbUrl,
    tableName: endpoints.tableName,
    batchSize: CHANGE_STREAM.batchSize,
    checkpointFile: join(dataDir, 'notify-checkpoint.json'),
    reportBatchItemFailures: true,
    maximumRetryAttempts: CHANGE_STREAM.retryAttempts,
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
