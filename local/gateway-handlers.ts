/** The handlers of all functions out of their sources, in this process: what each `functions/<name>/main.ts` puts together in Lambda. */
import { createHandler as createApi } from '../functions/api/handler.ts'
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
import type { EksCluster, RoleKeys } from './eks-cluster.ts'
import type { FunctionHandlers } from './gateway-functions.ts'
import type { Endpoints } from './emulators.ts'
import { KEYS, REGION } from './local-platform.ts'

/** What may be other than in AWS: the way to the clusters, and what functions are given. */
export interface HandlerOptions {
  /** A way to a cluster other than the embedded one: `--kubeconfig`. */
  readonly clusters?: (config: Config) => SparkClusters
  /** The cluster that EKS answers with is this one: its roles' keys, and the times of a network. */
  readonly eksCluster?: EksCluster
  /** Wraps what functions are given: the crash test's hook. */
  readonly wrap?: <Deps extends object>(deps: Deps) => Deps
}

/** What functions are told, wherever they run. */
export interface FunctionSetting {
  readonly endpoints: Endpoints
  readonly platform: Platform
  readonly pace: GatewayPace
  readonly log: Log
}

/** The times that are not the table's of functions: seconds, but for the sweep. */
export interface GatewayPace {
  readonly settings: EngineSettings
  readonly kubernetesTimeoutSeconds: number
  readonly watchSeconds: number
  readonly sweepMilliseconds: number
  readonly sweepGraceSeconds: number
}

/** Handlers on `endpoints`, with the times of `pace`. */
export function sourceHandlers(setting: FunctionSetting, options: HandlerOptions): FunctionHandlers {
  const { log } = setting
  const config = configFor(setting.endpoints, setting.platform, setting.pace)
  const wrap = options.wrap ?? (deps => deps)
  const { platform } = config
  const base = wrap({
    ...wireStores(config),
    ...wireQueues(config),
    ...wireInbox(config),
    ...wireArchive(config),
    ...wireBus(config),
  })
  const common = { ...base, platform, specs: lazySpecs, clock: systemClock, random: systemRandom, log }
  const asReconcile = wrap({ clusters: clustersAs('reconcile', config, options) })
  const asObserve = { clusters: clustersAs('observe', config, options) }
  const archive = wireS3Archive(config)
  return {
    api: createApi({
      ...common,
      ...wireApi(config),
      windows: windowsOf(clustersAs('api', config, options), config),
      ...(archive !== undefined && { logs: archive }),
    }),
    'object-created': createObjectCreated(common),
    'schedule-fired': createScheduleFired(common),
    'reconcile-job': createReconcileJob({
      ...common,
      ...asReconcile,
      ...wireLogKeeper(config, asReconcile.clusters, log),
      ...reconcileSettings(config),
    }),
    'observe-cluster': createObserveCluster({ ...common, ...asObserve, watchSeconds: config.watchSeconds }),
    'sweep-jobs': createSweepJobs({
      ...common,
      clusters: Object.keys(platform.clusters),
      graceSeconds: config.sweepGraceSeconds,
      watchSeconds: config.watchSeconds,
    }),
    notify: createNotify(common),
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
  { clusters, eksCluster }: HandlerOptions,
): SparkClusters {
  if (clusters !== undefined) return clusters(config)
  if (config.aws === undefined) throw new Error('the local gateway needs endpoints')
  // A cluster from elsewhere has roles for two.
  const credentials: RoleKeys = eksCluster?.keys[identity === 'api' ? 'reconcile' : identity] ?? KEYS[identity]
  return wireClusters({ ...config, aws: { ...config.aws, eks: { ...config.aws.eks, credentials } } }, identity).clusters
}
